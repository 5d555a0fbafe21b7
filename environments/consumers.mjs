// @ts-check
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import { specifierOf } from '../scripts/check/entries.mjs';
import { root } from '../scripts/lib/root.mjs';
import { makeConsumer } from './consumer.mjs';
import { packedPackages } from './pack.mjs';

/**
 * @typedef {import('./consumer.mjs').Consumer} Consumer
 * @typedef {import('./pack.mjs').PackedPackage} PackedPackage
 * @typedef {import('../scripts/lib/workspace.mjs').Manifest} Manifest
 */

/** Heavy things that nobody gets without asking: they are optional peers behind subpaths. */
const neverUnasked = ['serialport', '@serialport/bindings-cpp', 'better-sqlite3', 'pg', 'msw'];

/** Export paths that promise Node. All others, every `.` among them, must run in a browser too. */
const nodePaths = [
  /\/node$/,
  /^@elcert\/device-drivers\/serial$/,
  /^@elcert\/emulators\//,
  // Files of tables, read by csv-parse, which wants Buffer.
  /^@elcert\/fes-client\/desks$/,
  /^@elcert\/tru-code\/(?:catalogue|enrich)$/,
];

/** A TRU code as the catalogue prints it, and the same in full. */
const tru = { printed: '329921120.060010102.0008.0001.643', full: '329921120.06001010200080001643' };

/**
 * Installs the packed packages as their users do and counts each promise kept.
 *
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @returns {Promise<import('../scripts/check/plan.mjs').Outcome>}
 */
export async function checkConsumers(context) {
  let passed = 0;
  /** @type {string[]} */
  const failures = [];
  /** @param {string} name @param {() => unknown} work */
  const check = async (name, work) => {
    context.log(`── ${name}`);
    try {
      await work();
      passed += 1;
    } catch (error) {
      context.log(error instanceof Error ? error.message : String(error));
      failures.push(name);
    }
  };

  const packed = packedPackages();
  const names = packed.map(({ manifest }) => manifest.name);
  const all = await makeConsumer(context, packed, names, toolVersions());
  try {
    const specifiers = packed.flatMap(({ manifest }) => publicPaths(manifest));
    for (const entry of packed) {
      await check(`${entry.manifest.name}: what is in the tarball`, () => requireCleanManifest(all, entry));
    }
    // With nothing but what the packages bring along: a path that lacks an optional peer has its turn afterwards.
    const peers = optionalPeers(packed);
    /** @type {string[]} */
    const waiting = [];
    for (const [specifier, failure] of await loadAll(all, specifiers, 'import')) {
      const peer = missingPeer(failure, peers);
      if (peer !== undefined) waiting.push(specifier);
      if (peer !== undefined) context.log(`${specifier} needs its optional peer ${peer}`);
    }
    const light = specifiers.filter((specifier) => !waiting.includes(specifier));
    await checkPaths(all, light, ['ES2022'], '', check);
    for (const { manifest } of packed) {
      for (const command of Object.keys(manifest.bin ?? {})) {
        await check(`${command} as installed`, () => runCommand(all, context, manifest, command));
      }
    }
    await check('optional peers can be added', () => all.add(peers));
    // msw's own types speak of the DOM.
    await checkPaths(all, waiting, ['ES2022', 'DOM', 'DOM.Iterable'], ', its peer added', check);
    for (const specifier of specifiers.filter((name) => !nodePaths.some((pattern) => pattern.test(name)))) {
      await check(`browser bundle of ${specifier}`, () => bundleForBrowser(all, specifier));
    }
  } finally {
    all.remove();
  }

  // Alone, a package has only what it declares.
  for (const { manifest } of packed) {
    await check(`${manifest.name} installed alone`, async () => {
      const alone = await makeConsumer(context, packed, [manifest.name]);
      try {
        const unasked = neverUnasked.filter((name) => alone.installed().has(name));
        if (unasked.length > 0) throw new Error(`it brings ${unasked.join(', ')}`);
        const own = optionalPeers(packed.filter((entry) => entry.manifest === manifest));
        for (const [specifier, failure] of await loadAll(alone, publicPaths(manifest), 'import')) {
          if (missingPeer(failure, own) === undefined) throw new Error(`${specifier}: ${failure}`);
        }
      } finally {
        alone.remove();
      }
    });
  }
  const failed = failures.length;
  return { passed, failed, note: failed > 0 ? failures.join(', ') : `${passed} promises kept` };
}

/**
 * @param {Consumer} consumer
 * @param {readonly string[]} specifiers
 * @param {readonly string[]} lib what TypeScript takes for granted
 * @param {string} suffix what to add to the names of the checks
 * @param {(name: string, work: () => unknown) => Promise<void>} check
 */
async function checkPaths(consumer, specifiers, lib, suffix, check) {
  if (specifiers.length === 0) return;
  for (const how of /** @type {const} */ (['import', 'require'])) {
    const failures = await loadAll(consumer, specifiers, how);
    for (const specifier of specifiers) {
      await check(`${how} ${specifier}${suffix}`, () => {
        const failure = failures.get(specifier);
        if (failure !== undefined) throw new Error(failure);
      });
    }
  }
  for (const resolution of ['NodeNext', 'Bundler']) {
    const name = `types under ${resolution}, libraries checked too${suffix}`;
    await check(name, () => typeCheck(consumer, specifiers, resolution, lib));
  }
}

/**
 * The optional peers of packages, in the versions that this workspace is tested with.
 *
 * @param {readonly PackedPackage[]} packed
 * @returns {Record<string, string>}
 */
function optionalPeers(packed) {
  return Object.fromEntries(
    packed.flatMap(({ dir, manifest }) =>
      Object.entries(manifest.peerDependenciesMeta ?? {})
        .filter(([, { optional }]) => optional)
        .map(([name]) => {
          const file = path.join(dir, 'node_modules', name, 'package.json');
          return [name, JSON.parse(readFileSync(file, 'utf8')).version];
        }),
    ),
  );
}

/**
 * Loads paths, all in one process, which then has to end by itself: loading starts nothing.
 *
 * @param {Consumer} consumer
 * @param {readonly string[]} specifiers
 * @param {'import' | 'require'} how
 * @returns {Promise<Map<string, string>>} the paths that failed, and how
 */
async function loadAll(consumer, specifiers, how) {
  const load = how === 'import' ? 'await import(specifier)' : 'require(specifier)';
  const file = how === 'import' ? 'load.mjs' : 'load.cjs';
  consumer.write(
    file,
    `const failures = [];
    const main = async () => {
      for (const specifier of ${JSON.stringify(specifiers)}) {
        try {
          ${load};
        } catch (error) {
          failures.push([specifier, String(error?.stack ?? error)]);
        }
      }
      console.log(JSON.stringify(failures));
    };
    main();`,
  );
  return new Map(JSON.parse(await consumer.node(file)));
}

/**
 * The optional peer whose absence is why a path could not be imported.
 *
 * @param {string} failure
 * @param {Record<string, string>} peers
 * @returns {string | undefined}
 */
function missingPeer(failure, peers) {
  const name = /Cannot find package '([^']+)'/.exec(failure)?.[1];
  return name !== undefined && name in peers ? name : undefined;
}

/** The versions of the tools that this workspace itself uses. @returns {Record<string, string>} */
function toolVersions() {
  return Object.fromEntries(
    ['typescript', '@types/node'].map((name) => [
      name,
      JSON.parse(readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version,
    ]),
  );
}

/** @param {Manifest} manifest */
function publicPaths(manifest) {
  const exported = manifest.publishConfig?.exports ?? manifest.exports ?? {};
  return Object.keys(exported)
    .filter((exportPath) => !exportPath.endsWith('.json'))
    .map((exportPath) => specifierOf(manifest.name, exportPath));
}

/**
 * @param {Consumer} consumer
 * @param {PackedPackage} entry
 */
function requireCleanManifest(consumer, { manifest }) {
  const folder = path.join(consumer.dir, 'node_modules', manifest.name);
  const text = readFileSync(path.join(folder, 'package.json'), 'utf8');
  for (const leftover of ['@elcert/source', 'workspace:', 'catalog:', './src/']) {
    if (text.includes(leftover)) throw new Error(`package.json still says ${leftover}`);
  }
  for (const file of ['LICENSE', 'README.md']) {
    if (!existsSync(path.join(folder, file))) throw new Error(`${file} is missing`);
  }
}

/**
 * @param {Consumer} consumer
 * @param {readonly string[]} specifiers
 * @param {string} resolution
 * @param {readonly string[]} lib
 */
async function typeCheck(consumer, specifiers, resolution, lib) {
  const imports = specifiers.map((specifier, i) => `import * as m${i} from ${JSON.stringify(specifier)};`);
  const uses = specifiers.map((_, i) => `m${i}`).join(', ');
  const source = `${imports.join('\n')}\nexport const all = [${uses}];\n`;
  const folder = `types-${resolution}`;
  consumer.write(`${folder}/index.ts`, source);
  // A CommonJS file may import ES modules too: Node's require() takes them.
  if (resolution === 'NodeNext') consumer.write(`${folder}/common.cts`, source);
  const compilerOptions = {
    target: 'ES2022',
    lib,
    module: resolution === 'Bundler' ? 'Preserve' : 'NodeNext',
    moduleResolution: resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    types: ['node'],
  };
  consumer.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['*'] }));
  await consumer.node('node_modules/typescript/bin/tsc', '-p', folder);
}

/**
 * @param {Consumer} consumer
 * @param {import('../scripts/check/check.mjs').StageContext} context
 * @param {Manifest} manifest
 * @param {string} command
 */
async function runCommand(consumer, context, manifest, command) {
  const script = path.join('node_modules', manifest.name, manifest.bin?.[command] ?? '');
  const version = (await consumer.node(script, '--version')).trim();
  if (version !== manifest.version) throw new Error(`--version says ${version}, not ${manifest.version}`);
  const { ok, full } = JSON.parse(await consumer.node(script, 'tru', 'parse', tru.printed, '--json'));
  if (ok !== true || full !== tru.full) throw new Error(`tru parse says ${full}`);
  if (process.platform !== 'win32') {
    // The link in .bin needs the first line and the permission to execute.
    await context.run(path.join(consumer.dir, 'node_modules', '.bin', command), ['--version'], {
      cwd: consumer.dir,
    });
  }
}

/**
 * Bundles a path as for a web page and runs it where nothing of Node is in sight.
 *
 * @param {Consumer} consumer
 * @param {string} specifier
 */
async function bundleForBrowser(consumer, specifier) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: `export * from ${JSON.stringify(specifier)};`, resolveDir: consumer.dir },
    bundle: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    write: false,
    metafile: true,
    external: ['node:*'],
    logLevel: 'silent',
  });
  const nodeImports = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ path: name }) => name.startsWith('node:'));
  if (nodeImports.length > 0)
    throw new Error(`it needs ${nodeImports.map(({ path: name }) => name).join(', ')}`);
  vm.runInNewContext(outputFiles[0]?.text ?? '', browserGlobals());
}

/** What a browser page has besides the language itself, as far as Node has it too. */
function browserGlobals() {
  const { AbortController, AbortSignal, TextDecoder, TextEncoder, URL, URLSearchParams, Event, EventTarget } =
    globalThis;
  const { Headers, Request, Response, FormData, Blob, ReadableStream, DOMException, crypto, fetch } =
    globalThis;
  const { setTimeout, clearTimeout, queueMicrotask, structuredClone, btoa, atob, performance } = globalThis;
  return {
    ...{ AbortController, AbortSignal, TextDecoder, TextEncoder, URL, URLSearchParams, Event, EventTarget },
    ...{ Headers, Request, Response, FormData, Blob, ReadableStream, DOMException, crypto, fetch },
    ...{ setTimeout, clearTimeout, queueMicrotask, structuredClone, btoa, atob, performance },
  };
}
