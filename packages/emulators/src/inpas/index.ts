export type { BankHost } from './bank-host.js';
export { startBankHost } from './bank-host.js';
export type { DualConnectorEmulator } from './dual-connector.js';
export { startDualConnector } from './dual-connector.js';
export type { PadOperation } from './operation.js';
export type { InpasPadOptions } from './pad.js';
export type { InpasEmulator, InpasEmulatorOptions, InpasTerminalControls } from './sa.js';
export { startInpas } from './sa.js';
