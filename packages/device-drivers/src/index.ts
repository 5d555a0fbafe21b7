export * from './terminal.js';
export * from './wire-trace.js';
