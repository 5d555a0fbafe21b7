import { defineConfig } from 'vitest/config';

// Sources are run as they are: the `@elcert/source` condition makes a build unnecessary.
const source = {
  resolve: { conditions: ['@elcert/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@elcert/source', 'node', 'import', 'default'] } },
};

function project(name: string, include: string[], extra: object = {}) {
  return { ...source, test: { name, include, environment: 'node' as const, ...extra } };
}

export default defineConfig({
  test: {
    projects: [
      project('unit', [
        'packages/*/src/**/*.test.ts',
        'packages/*/test/unit/**/*.test.ts',
        'scripts/**/*.test.mjs',
      ]),
      project('vectors', ['packages/*/test/vectors/**/*.test.ts']),
      project('integration', ['packages/*/test/integration/**/*.test.ts', 'tests/integration/**/*.test.ts']),
      project('e2e', ['tests/e2e/**/*.test.ts'], { testTimeout: 60_000 }),
      project('faults', ['tests/faults/**/*.test.ts', 'packages/*/test/faults/**/*.test.ts'], {
        testTimeout: 60_000,
      }),
      project('fuzz', ['packages/*/test/fuzz/**/*.fuzz.test.ts'], { testTimeout: 600_000 }),
    ],
  },
});
