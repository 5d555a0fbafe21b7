export {
  type AtolFnCode,
  atolFnCodes,
  explainFnCode,
  type FnCode,
  type FnErrorCode,
  FnRefusal,
  fnCodes,
} from './errors.js';
export { createEmulatedFn } from './fn.js';
export type { FnLocalCheck, FnMarkedProduct, FnMarking, FnNotification } from './marking.js';
export * from './signs.js';
export { fnMessageSource } from './source.js';
export { type FnModel, type FnTerm, type FnUse, keyTermOf } from './term.js';
export * from './types.js';
