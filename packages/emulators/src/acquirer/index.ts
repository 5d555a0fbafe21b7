export type {
  AcquirerHost,
  AcquirerOperation,
  AcquirerOptions,
  AuthorizationAnswer,
  AuthorizationRequest,
  ClearingEntry,
  TerminalTotals,
} from './acquirer.js';
export { createAcquirer } from './acquirer.js';
export type { Acquirer } from './server.js';
export { startAcquirer } from './server.js';
