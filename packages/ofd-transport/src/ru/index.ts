export * from './codec.js';
export { OfdError, type OfdErrorCode } from './errors.js';
export * from './recognise.js';
