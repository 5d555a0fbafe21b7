export * from './file-store.js';
export * from './socks.js';
