export type { OfdFinding } from './check.js';
export * from './ofd.js';
export type { WrongReply } from './reply.js';
