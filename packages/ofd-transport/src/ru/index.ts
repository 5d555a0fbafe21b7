export * from './codec.js';
export {
  type OfdConfirmation,
  ofdResponseCodes,
  operatorMessageBits,
  readConfirmation,
} from './confirmation.js';
export * from './driver.js';
export { OfdError, type OfdErrorCode } from './errors.js';
export * from './framer.js';
export * from './machine.js';
export * from './recognise.js';
