export * from './check-link.js';
export * from './codec.js';
export * from './counters.js';
export * from './devices.js';
export * from './driver.js';
export { KzError, type KzErrorCode } from './errors.js';
export * from './framer.js';
export * from './header.js';
export type { KzLanguage } from './labels.js';
export {
  freshKzState,
  type KzInput,
  type KzMoment,
  type KzOutcome,
  type KzReply,
  type KzStep,
  kzResultOf,
  stepKz,
} from './machine.js';
export * from './messages.js';
export * from './register.js';
export * from './register-api.js';
export * from './report-rows.js';
export * from './results.js';
export type { KzKind } from './schema.js';
export { kzAdText } from './service-block.js';
export * from './session.js';
export * from './session-api.js';
export * from './store.js';
export * from './taxpayer-number.js';
export * from './ticket.js';
export * from './ticket-details.js';
export * from './ticket-reader.js';
export {
  type KzOfd,
  type KzReceiptItem,
  type KzRowOptions,
  type KzSeller,
  type KzTicketView,
  kzReceiptItems,
  kzTicketRows,
  missingKzReceiptItems,
} from './ticket-rows.js';
export * from './units.js';
export * from './vat.js';
