export { RegisterError, type RegisterErrorCode } from '../shtrih-m/register-error.js';
export * from './codec.js';
export * from './driver.js';
export * from './errors.js';
export * from './machine.js';
export { atolCheckOf, atolMarkParams, checkOfAtol, readAtolMarkingCheck } from './marking.js';
export * from './names.js';
export { atolAttemptUuid } from './operations.js';
export { atolPrintItems } from './printer.js';
export { type AtolProbe, type AtolProbeOptions, atolWebPort, probeAtol } from './probe.js';
export * from './receipt-task.js';
export { type AtolOperatorServer, atolRegistrationTask } from './registration.js';
export * from './tasks.js';
export {
  type AtolExplanation,
  type AtolTrace,
  type AtolTraceEntry,
  explainAtol,
  maskAtolBody,
  type ReplayedAtol,
  replayAtol,
} from './trace.js';
