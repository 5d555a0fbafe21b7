export * from './receipt.js';
export * from './register.js';
