export * from './device-file.js';
