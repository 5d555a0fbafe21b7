export * from './codec.js';
export { openLan4Gate } from './driver.js';
export type { Lan4GateErrorCode } from './errors.js';
export type { Lan4GateTimeouts, Lan4GateTraceEntry } from './exchange-driver.js';
export type { Lan4GateExplained, Lan4GateExplainedMember } from './explain.js';
export { explainLan4Gate } from './explain.js';
export * from './framer.js';
export type { IncomingLan4Gate, Lan4GateLink } from './incoming.js';
export { incomingLan4Gate } from './incoming.js';
export * from './machine.js';
export type {
  Lan4GateAnswer,
  Lan4GateMoneyOperation,
  Lan4GateOptions,
  Lan4GateTerminal,
  Lan4GateTransaction,
} from './options.js';
export type { Lan4GateProbe } from './probe.js';
export { probeLan4Gate } from './probe.js';
export type { ReplayedLan4Gate } from './replay.js';
export { replayLan4Gate } from './replay.js';
export * from './table.js';
export type { Lan4GateAsked, Lan4GateVerdict, Lan4GateVerdictReader } from './verdict.js';
export { readLan4GateVerdict } from './verdict.js';
