export { RegisterError, type RegisterErrorCode } from '../shtrih-m/register-error.js';
export * from './codec.js';
export * from './driver.js';
export * from './errors.js';
export type { AtolTrace, AtolTraceEntry } from './http.js';
export * from './machine.js';
export * from './names.js';
export * from './receipt-task.js';
export * from './tasks.js';
