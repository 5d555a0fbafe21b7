export * from './terminal.js';
export * from './trace-file.js';
export * from './wire-trace.js';
