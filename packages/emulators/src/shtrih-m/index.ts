export {
  registrationOf,
  type ShtrihMEmulator,
  type ShtrihMEmulatorOptions,
  startShtrihM,
} from './emulator.js';
export {
  createRegister,
  defaultModel,
  type Register,
  type RegisterOptions,
  type ShtrihMModel,
} from './register.js';
export type { TableField, TableStructure, Tables } from './tables.js';
