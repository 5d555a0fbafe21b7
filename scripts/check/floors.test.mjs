// @ts-check
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../lib/root.mjs';
import { toolScript } from '../lib/tools.mjs';

/**
 * A house of crooked walls: each file breaks the rule that stands beside it, or none where `undefined` does.
 *
 * @type {Record<string, [source: string, rule: string | undefined]>}
 */
const files = {
  'packages/core/src/index.ts': ['export const core = 1;', undefined],
  'packages/core/src/node/index.ts': ["import 'node:net'; import '../index.js';", undefined],
  'packages/ofd-transport/src/ru/node/outbox.ts': ["import 'node:fs/promises';", undefined],
  'packages/ofd-transport/src/ru/session.ts': ["import './node/outbox.js';", 'pure-without-node-rooms'],
  'packages/core/src/sockets.ts': ["import 'node:net';", 'pure-without-node'],
  'packages/core/src/tcp-shortcut.ts': ["import './node/index.js';", 'pure-without-node-rooms'],
  'packages/core/src/hash.ts': ["import 'thirdparty';", 'core-has-no-dependencies'],
  'packages/core/src/up.ts': ["import '@elcert/fiscal-doc';", 'floor-core'],
  'packages/core/src/lost.ts': ["import './nowhere.js';", 'resolvable'],
  'packages/core/src/private.test.ts': ["import 'node:fs';", undefined],
  'packages/tru-code/src/index.ts': ["import '@elcert/core';", undefined],
  'packages/tru-code/src/sideways.ts': ["import '@elcert/fiscal-doc';", 'floor-tru-code'],
  'packages/tru-code/src/by-path.ts': ["import '../../core/src/index.js';", 'packages-by-name'],
  'packages/fiscal-doc/src/index.ts': ["import '@elcert/core';", undefined],
  'packages/fiscal-doc/src/a.ts': ["import type { B } from './b.js'; export type A = B;", 'no-cycles'],
  // A cycle is reported once, at the first of its modules.
  'packages/fiscal-doc/src/b.ts': ["import type { A } from './a.js'; export type B = A | 1;", undefined],
  'packages/fiscal-doc/src/tru.ts': ["import '@elcert/tru-code';", 'floor-fiscal-doc'],
  'packages/fiscal-doc/src/uses-test.ts': ["import './some.test.js';", 'no-tests-in-sources'],
  'packages/fiscal-doc/src/some.test.ts': ['export const t = 1;', undefined],
  'packages/fes-client/src/index.ts': ["import '@elcert/tru-code'; import '@elcert/fiscal-doc';", undefined],
  'packages/fes-client/src/drivers.ts': ["import '@elcert/device-drivers';", 'floor-fes-client'],
  'packages/fes-client/src/undeclared.ts': ["import 'thirdparty';", 'declared-dependencies'],
  'packages/fes-client/src/for-tests.ts': ["import 'devtool';", 'declared-dependencies'],
  'packages/fes-client/src/roof.ts': ["import '../../../tests/help.js';", 'roof-is-not-imported'],
  'packages/ofd-transport/src/index.ts': ["import '@elcert/core';", undefined],
  'packages/ofd-transport/test/integration/ofd.test.ts': [
    "import '@elcert/emulators/kernel';",
    'emulators-for-the-roof',
  ],
  'packages/ofd-transport/src/drivers.ts': ["import '@elcert/device-drivers';", 'floor-ofd-transport'],
  'packages/device-drivers/src/fes.ts': ["import '@elcert/fes-client';", 'floor-device-drivers'],
  'packages/device-drivers/src/index.ts': ["import '@elcert/fiscal-doc';", undefined],
  'packages/device-drivers/src/serial/index.ts': ["import 'serialport'; import 'node:events';", undefined],
  'packages/device-drivers/src/quick-serial.ts': ["import 'serialport';", 'serialport-in-serial'],
  'packages/device-drivers/src/x/codec.ts': ["import './framer.js';", 'room-codec'],
  'packages/device-drivers/src/x/framer.ts': ["import './sale-machine.js';", 'room-framer'],
  'packages/device-drivers/src/x/sale-machine.ts': ["import './driver.js';", 'room-machine'],
  'packages/device-drivers/src/x/driver.ts': ['export const driver = 1;', undefined],
  'packages/device-drivers/src/y/codec.ts': ['export const codec = 1;', undefined],
  'packages/device-drivers/src/y/machine.ts': ["import './codec.js';", undefined],
  'packages/device-drivers/src/y/driver.ts': ["import './machine.js'; import './codec.js';", undefined],
  'packages/checkout/src/index.ts': [
    "import '@elcert/fes-client'; import '@elcert/device-drivers';",
    undefined,
  ],
  'packages/checkout/src/rehearsal.ts': ["import '@elcert/emulators/kernel';", 'floor-checkout'],
  'packages/emulators/src/kernel/index.ts': ["import '@elcert/core/node';", undefined],
  'packages/emulators/src/fes/index.ts': ["import '../kernel/index.js'; import 'node:http';", undefined],
  'packages/emulators/src/lan4gate/index.ts': ["import '../fes/index.js';", 'emulators-apart'],
  'packages/emulators/src/world/index.ts': [
    "import '../fes/index.js'; import '../lan4gate/index.js';",
    undefined,
  ],
  'packages/emulators/src/checks.ts': ["import '@elcert/checkout';", undefined],
  'packages/emulators/src/command.ts': ["import '@elcert/cli';", 'floor-emulators'],
  'packages/cli/src/index.ts': ["import '@elcert/emulators/kernel'; import 'node:fs';", undefined],
  'packages/newcomer/src/index.ts': ["import './other.js';", 'known-package'],
  'packages/newcomer/src/other.ts': ['export const other = 1;', undefined],
  'tests/help.ts': ["import '@elcert/emulators/kernel';", undefined],
  'tests/e2e/shortcut.test.ts': [
    "import '../../packages/core/src/index.js';",
    'packages-by-name-from-the-roof',
  ],
  'tests/e2e/cli.test.ts': ["import '@elcert/cli';", 'cli-is-a-process'],
  'examples/inside.ts': ["import '@elcert/core/src/sockets.js';", 'resolvable'],
};

/** Packages with more than one public path. @type {Record<string, Record<string, string>>} */
const subpaths = {
  core: { '.': './src/index.ts', './node': './src/node/index.ts' },
  emulators: { './kernel': './src/kernel/index.ts' },
};

/** @type {string} */
let house;
/** @type {Map<string, Set<string>>} rules broken by each file */
const broken = new Map();

beforeAll(() => {
  house = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'elcert floors ')));
  for (const [file, [source]] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(house, file)), { recursive: true });
    writeFileSync(path.join(house, file), `${source}\n`);
  }
  writeFileSync(path.join(house, 'package.json'), '{ "name": "house", "private": true }');
  const names = new Set(Object.keys(files).flatMap((file) => /^packages\/([^/]+)/.exec(file)?.[1] ?? []));
  mkdirSync(path.join(house, 'node_modules/@elcert'), { recursive: true });
  for (const name of names) {
    const exported = subpaths[name] ?? { '.': './src/index.ts' };
    writeFileSync(
      path.join(house, 'packages', name, 'package.json'),
      JSON.stringify({
        name: `@elcert/${name}`,
        exports: Object.fromEntries(
          Object.entries(exported).map(([key, source]) => [key, { '@elcert/source': source }]),
        ),
        dependencies: Object.fromEntries([...names].map((other) => [`@elcert/${other}`, '*'])),
        devDependencies: { devtool: '*' },
        ...(name === 'device-drivers' ? { peerDependencies: { serialport: '*' } } : {}),
      }),
    );
    // A junction needs no privilege on Windows.
    symlinkSync(
      path.join(house, 'packages', name),
      path.join(house, 'node_modules/@elcert', name),
      'junction',
    );
  }
  for (const name of ['thirdparty', 'devtool', 'serialport']) {
    mkdirSync(path.join(house, 'node_modules', name));
    writeFileSync(
      path.join(house, 'node_modules', name, 'package.json'),
      JSON.stringify({ name, main: 'index.js' }),
    );
    writeFileSync(path.join(house, 'node_modules', name, 'index.js'), '');
  }

  const config = path.join(root, '.dependency-cruiser.cjs');
  const argv = [toolScript('dependency-cruiser', 'depcruise'), 'packages', 'tests', 'examples'];
  const output = execFileSync(process.execPath, [...argv, '--config', config, '--output-type', 'json'], {
    cwd: house,
    maxBuffer: 1 << 26,
  });
  for (const { from, rule } of JSON.parse(output.toString()).summary.violations) {
    broken.set(from, (broken.get(from) ?? new Set()).add(rule.name));
  }
}, 60_000);

afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('the floors check', () => {
  for (const [file, [source, rule]] of Object.entries(files)) {
    it(`${rule ? `refuses by ${rule}` : 'allows'}: ${file} ← ${source}`, () => {
      if (rule) expect([...(broken.get(file) ?? [])]).toContain(rule);
      else expect([...(broken.get(file) ?? [])]).toEqual([]);
    });
  }

  it('has an example for each of its rules', async () => {
    const { forbidden = [] } = (await import('../../.dependency-cruiser.cjs')).default;
    const shown = new Set([...broken.values()].flatMap((rules) => [...rules]));
    // Above the command line there is nothing to import.
    const unprovable = 'floor-cli';
    const unproved = forbidden
      .map(({ name = '' }) => name)
      .filter((name) => !shown.has(name) && name !== unprovable);
    expect(unproved).toEqual([]);
  });
});
