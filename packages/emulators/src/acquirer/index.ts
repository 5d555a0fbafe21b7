export { createAcquirer } from './acquirer.js';
export { formatClearingFile, parseClearingFile } from './clearing.js';
export type { ReconciledBasket, ReconciliationDifference } from './reconcile.js';
export { reconcile } from './reconcile.js';
export type { Acquirer } from './server.js';
export { startAcquirer } from './server.js';
export type {
  AcquirerHost,
  AcquirerOperation,
  AcquirerOptions,
  AuthorizationAnswer,
  AuthorizationRequest,
  CardBalance,
  ClearingEntry,
  ClearingFile,
  PinRules,
  Settlement,
  TerminalTotals,
} from './types.js';
