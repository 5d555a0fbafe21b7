#!/usr/bin/env node
// The one entry to this repository for a machine that has Node and npm and nothing else.
//
//   node scripts/run.mjs elcert ARGS…   the command line, from the sources
//   node scripts/run.mjs check [STAGE…] what CI runs (npm test)
//   node scripts/run.mjs bench [NAME…]  benchmarks
//   node scripts/run.mjs install        pinned pnpm and frozen dependencies, if something is missing
//   node scripts/run.mjs pnpm ARGS…     the pinned pnpm
//
// Everything it says itself goes to stderr, so that stdout belongs to what it runs.
// This file stays parseable by old versions of Node, whose users are owed a clear sentence and not a stack trace.

import('./lib/node-version.mjs')
  .then((version) => {
    const problem = version.nodeVersionProblem(process.versions.node);
    if (problem) {
      process.stderr.write(`elcert: ${problem}\n`);
      process.exitCode = 1;
      return undefined;
    }
    return import('./lib/main.mjs').then((main) => main.main(process.argv.slice(2)));
  })
  .catch((error) => {
    process.stderr.write(`elcert: ${error?.expected ? error.message : error?.stack || error}\n`);
    process.exitCode = process.exitCode || 1;
  });
