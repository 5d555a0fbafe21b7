export * from './serial.js';
