import { defineConfig } from 'vitest/config';

// Sources are run as they are: the `@elcert/source` condition makes a build unnecessary.
const source = {
  resolve: { conditions: ['@elcert/source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['@elcert/source', 'node', 'import', 'default'] } },
};

// A slow or busy machine is no reason to fail: timeouts only end what hangs.
const patience = { testTimeout: 30_000, hookTimeout: 30_000 };

function project(name: string, include: string[], extra: object = {}) {
  return { ...source, test: { name, include, environment: 'node' as const, ...patience, ...extra } };
}

// What everybody runs plays the same random cases each time; new ones are looked for by the fuzz project.
const seeded = { setupFiles: ['./scripts/vitest-seed.ts'] };

export default defineConfig({
  test: {
    projects: [
      project(
        'unit',
        ['packages/*/src/**/*.test.ts', 'packages/*/test/unit/**/*.test.ts', 'scripts/**/*.test.mjs'],
        seeded,
      ),
      project('vectors', ['packages/*/test/vectors/**/*.test.ts'], seeded),
      project(
        'integration',
        ['packages/*/test/integration/**/*.test.ts', 'tests/integration/**/*.test.ts'],
        seeded,
      ),
      project('e2e', ['tests/e2e/**/*.test.ts'], { testTimeout: 60_000 }),
      project('faults', ['tests/faults/**/*.test.ts', 'packages/*/test/faults/**/*.test.ts'], {
        ...seeded,
        testTimeout: 60_000,
      }),
      project('fuzz', ['packages/*/test/fuzz/**/*.fuzz.test.ts'], { testTimeout: 600_000 }),
    ],
  },
});
