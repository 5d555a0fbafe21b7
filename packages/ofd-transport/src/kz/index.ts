export * from './codec.js';
export * from './counters.js';
export * from './driver.js';
export { KzError, type KzErrorCode } from './errors.js';
export * from './framer.js';
export * from './header.js';
export * from './messages.js';
export * from './results.js';
export type { KzKind } from './schema.js';
