export * from './agent.js';
export {
  type AgentTiming,
  type BacklogLevel,
  backlogLevel,
  backlogLevels,
  defaultAgentTiming,
} from './agent-machine.js';
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
export * from './operators.js';
export * from './recognise.js';
