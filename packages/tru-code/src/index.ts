export * from './explain.js';
export * from './tru-code.js';
