export { type FnCode, type FnErrorCode, FnRefusal, fnCodes } from './errors.js';
export { createEmulatedFn } from './fn.js';
export type { FnLocalCheck, FnMarkedProduct, FnMarking } from './marking.js';
export * from './signs.js';
export { fnMessageSource } from './source.js';
export * from './types.js';
