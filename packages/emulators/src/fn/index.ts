export { type FnCode, type FnErrorCode, FnRefusal, fnCodes } from './errors.js';
export { createEmulatedFn } from './fn.js';
export * from './signs.js';
export { fnMessageSource } from './source.js';
export * from './types.js';
