export type { AtolQuirks, MarkingService } from './context.js';
export { type AtolWebEmulator, type AtolWebEmulatorOptions, startAtolWeb } from './emulator.js';
