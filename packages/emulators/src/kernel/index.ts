export type * from './buyer.js';
export * from './emulator.js';
export * from './faults.js';
export * from './ledger.js';
export * from './lines.js';
export * from './ports.js';
export * from './pty.js';
export * from './recorder.js';
export * from './scenario.js';
