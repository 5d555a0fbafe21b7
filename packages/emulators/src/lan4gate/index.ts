export type { TerminalOperation } from './memory.js';
export type {
  Lan4GateEmulator,
  Lan4GateEmulatorOptions,
  TerminalQuestion,
} from './terminal.js';
export { startLan4Gate } from './terminal.js';
