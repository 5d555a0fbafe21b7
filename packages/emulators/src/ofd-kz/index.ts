export type { OfdKzApplication, OfdKzApplicationInput, OfdKzCabinet } from './cabinet.js';
export type { OfdKzDevice, OfdKzDeviceOptions, OfdKzFinding, OfdKzTicket } from './device.js';
export * from './ofd.js';
