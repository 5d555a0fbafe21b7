#!/usr/bin/env node
import { processIo } from './io.js';
import { run } from './run.js';

// `elcert … | head` closes our output early: that is the reader's choice, not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(process.argv.slice(2), processIo());
