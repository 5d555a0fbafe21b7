// @ts-check
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { root } from './root.mjs';
import { endLike, run } from './spawn.mjs';

/**
 * Runs the benchmarks, bundled as a release is: what runs TypeScript on the fly wraps functions to keep their names,
 * and would be measured along.
 *
 * @param {readonly string[]} args parts of file names
 */
export async function bench(args) {
  const { build } = await import('esbuild');
  const folder = path.join(root, 'benchmarks');
  const outdir = path.join(root, '.cache', 'benchmarks');
  rmSync(outdir, { recursive: true, force: true });
  const files = readdirSync(folder).filter((name) => name === 'run.ts' || name.endsWith('.bench.ts'));
  await build({
    entryPoints: files.map((name) => path.join(folder, name)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['@elcert/source'],
    logLevel: 'warning',
  });
  endLike(await run(process.execPath, [path.join(outdir, 'run.mjs'), ...args]));
}
