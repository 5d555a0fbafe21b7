export { type EscPosEmulator, type EscPosEmulatorOptions, startEscPos } from './emulator.js';
export { createPrinterMachine, type Effect, type PrinterMachine, type SensorBytes } from './machine.js';
export * from './paper.js';
