import { defineConfig, type Options } from 'tsup';

/** One build for every package: ESM, ES2022, declarations, nothing bundled that package.json names. */
export function elcertPackage(entry: Record<string, string>, overrides: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    ...overrides,
  });
}
