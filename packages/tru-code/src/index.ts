export * from './tru-code.js';
