export * from './terminal.js';
export type { RelayOpened, TerminalRelay, TerminalRelayOptions } from './terminal-relay.js';
export { terminalRelay } from './terminal-relay.js';
export * from './trace-file.js';
export * from './wire-trace.js';
