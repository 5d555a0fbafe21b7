import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('bundles for a browser, without a module of Node', async () => {
  const result = await build({
    stdin: {
      contents: "export { assumedV1, createFesClient, splitBasket } from '@elcert/fes-client';",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    minify: true,
    platform: 'browser',
    conditions: ['@elcert/source'],
    write: false,
  });
  const text = result.outputFiles[0]?.text ?? '';
  expect(result.warnings).toEqual([]);
  expect(text).not.toMatch(/from"node:|require\("/);
  expect(text.length).toBeLessThan(120_000);
});
