export type { Share } from './allocation.js';
export { createFesInMemory, type FesInMemory } from './memory.js';
export type { Admission, Programme, ProgrammeControls, ProgrammeState } from './programmes.js';
export type { PointState } from './registry.js';
export {
  createFesResponder,
  type FesHttpAnswer,
  type FesHttpRequest,
  type FesResponderOptions,
} from './responder.js';
export type { DeskEvent, FesControls } from './scene.js';
export { type FesEmulator, type FesEmulatorOptions, startFes } from './server.js';
export {
  type CertificateState,
  createFesState,
  type EmulatedArticle,
  type EmulatedBasket,
  type EmulatedReceipt,
  type FesReply,
  type FesRules,
  type FesState,
} from './state.js';
export type { WireReceipt } from './wire.js';
