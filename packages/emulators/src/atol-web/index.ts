export { type AtolWebEmulator, type AtolWebEmulatorOptions, startAtolWeb } from './emulator.js';
