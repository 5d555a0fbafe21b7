// The floors and rooms of the house, held by dependency-cruiser (`npm test -- floors`).
// What each floor is for stands in AGENTS.md; scripts/check/floors.test.mjs proves that every rule bites.

/** A package imports only from packages of lower floors. */
const floors = /** @type {Record<string, number>} */ ({
  core: 0,
  'tru-code': 1,
  'fiscal-doc': 1,
  'fes-client': 2,
  'ofd-transport': 2,
  'device-drivers': 2,
  checkout: 3,
  emulators: 4,
  cli: 5,
});

const tests = String.raw`(\.test\.ts$|^packages/[^/]+/test/)`;

/** Emulators that the others may stand on: every device has its own folder besides. */
const emulatorGround = ['kernel', 'fn', 'acquirer'];

/** Folders of `emulators` that join devices into one world. */
const emulatorRoof = ['world', 'console'];

/** Where a package may need Node: a folder `node` that has a subpath of its own, and serial lines. */
const nodeRooms = [
  '^packages/[^/]+/src/node/',
  '^packages/[^/]+/src/.+/node/',
  '^packages/device-drivers/src/serial/',
];

/** The four rooms of a protocol, from the purest. A room knows only those before it. */
const rooms = ['codec', 'framer', 'machine', 'driver'];
/** @param {string[]} names */
const roomPath = (names) => `/(?:${names.flatMap((name) => [name, `[^/]+-${name}`]).join('|')})(?:/|\\.ts$)`;

/** @param {string[]} names */
const anyOf = (names) => `(?:${names.join('|')})`;

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Modules that need each other are one module, or share a third one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment:
        'Every import leads somewhere; a file of another package that its `exports` does not name leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'known-package',
      comment: 'A new package gets its floor here first.',
      severity: 'error',
      from: {},
      to: { path: '^packages/', pathNot: `^packages/${anyOf(Object.keys(floors))}/` },
    },
    ...Object.entries(floors).map(([name, floor]) => {
      const allowed = Object.keys(floors).filter((other) => other === name || (floors[other] ?? 0) < floor);
      return {
        name: `floor-${name}`,
        comment: `${name} stands on floor ${floor} and imports only from below it.`,
        severity: 'error',
        from: { path: `^packages/${name}/` },
        to: { path: '^packages/', pathNot: `^packages/${anyOf(allowed)}/` },
      };
    }),
    {
      name: 'cli-is-a-process',
      comment: 'Nothing imports the command line; tests start it as a process.',
      severity: 'error',
      from: { pathNot: '^packages/cli/' },
      to: { path: '^packages/cli/' },
    },
    {
      name: 'emulators-for-the-roof',
      comment: 'Of the packages, only the command line imports emulators; what needs both lives in tests/.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/(?:cli|emulators)/' },
      to: { path: '^packages/emulators/' },
    },
    {
      name: 'roof-is-not-imported',
      comment: 'tests, benchmarks, environments, examples and scripts stand on the roof.',
      severity: 'error',
      from: { path: '^packages/', pathNot: '^packages/[^/]+/[^/]+$' },
      to: { path: '^(?:tests|benchmarks|environments|examples|scripts|tools)/' },
    },
    {
      name: 'packages-by-name',
      comment: 'Another package is imported by its public name, never by a path into its folder.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'packages-by-name-from-the-roof',
      comment: 'The roof uses packages as their users do.',
      severity: 'error',
      from: { path: '^(?:tests|benchmarks|examples)/' },
      to: { path: '^packages/', dependencyTypes: ['local'] },
    },
    {
      name: 'core-has-no-dependencies',
      comment: 'core brings nothing along.',
      severity: 'error',
      from: { path: '^packages/core/src/', pathNot: tests },
      to: { path: 'node_modules' },
    },
    {
      name: 'pure-without-node',
      comment: 'The `.` of a package runs anywhere; what needs Node has its own subpath.',
      severity: 'error',
      from: {
        path: '^packages/[^/]+/src/',
        pathNot: ['^packages/(?:emulators|cli)/', ...nodeRooms, tests],
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-without-node-rooms',
      comment: 'Nor does it reach Node through the subpath of a package that has one.',
      severity: 'error',
      from: {
        path: '^packages/[^/]+/src/',
        pathNot: ['^packages/(?:emulators|cli)/', ...nodeRooms, tests],
      },
      to: { path: nodeRooms },
    },
    {
      name: 'serialport-in-serial',
      comment: 'serialport is an optional peer: only the subpath that promises it may load it.',
      severity: 'error',
      from: { path: '^packages/', pathNot: ['^packages/device-drivers/src/serial/', tests] },
      to: { path: 'node_modules/(?:@serialport|serialport)/' },
    },
    ...rooms.slice(0, -1).map((room, i) => ({
      name: `room-${room}`,
      comment: `A ${room} knows nothing of ${rooms.slice(i + 1).join(', ')}.`,
      severity: 'error',
      from: { path: `^packages/[^/]+/src/.*${roomPath([room])}`, pathNot: tests },
      to: { path: `^packages/[^/]+/src/.*${roomPath(rooms.slice(i + 1))}` },
    })),
    {
      name: 'emulators-apart',
      comment: 'The emulator of one device knows no other, so that one can be installed and used alone.',
      severity: 'error',
      from: {
        path: '^packages/emulators/src/([^/]+)/',
        pathNot: [`^packages/emulators/src/${anyOf(emulatorRoof)}/`, tests],
      },
      to: {
        path: '^packages/emulators/src/[^/]+/',
        pathNot: ['^packages/emulators/src/$1/', `^packages/emulators/src/${anyOf(emulatorGround)}/`],
      },
    },
    {
      name: 'declared-dependencies',
      comment:
        'What a package imports at run time is in its package.json, and not only among devDependencies.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: {
        pathNot: String.raw`\.json$`,
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-bundled'],
        // A peer is listed twice: as a peer for users and for development here.
        dependencyTypesNot: ['npm', 'npm-peer', 'npm-optional', 'type-only'],
      },
    },
    {
      name: 'no-tests-in-sources',
      comment: 'What ships does not import what tests it.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|coverage|docs/api)/' },
    // Type-only imports count: a floor that is crossed by a type is crossed.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: `${__dirname}/tsconfig.json` },
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@elcert/source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
