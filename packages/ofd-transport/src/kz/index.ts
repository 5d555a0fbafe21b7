export * from './codec.js';
export { KzError, type KzErrorCode } from './errors.js';
export * from './framer.js';
export * from './header.js';
export type { KzKind } from './schema.js';
