import { defineConfig, type Options } from 'tsup';

/**
 * One build for every package: ESM, ES2022, declarations, nothing bundled that package.json names.
 * What subpaths share goes to a common chunk, so that a class is the same class whichever path it came by.
 */
export function elcertPackage(entry: Record<string, string>, overrides: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm'],
    target: 'es2022',
    platform: 'neutral',
    // `node:` says what is not for browsers; some names exist only with it.
    removeNodeProtocol: false,
    external: [/^node:/],
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    ...overrides,
  });
}
