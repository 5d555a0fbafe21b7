export * from './ofd.js';
