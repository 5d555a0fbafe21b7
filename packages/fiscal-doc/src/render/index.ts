export * from './receipt-text.js';
