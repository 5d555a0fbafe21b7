export type { MonoPicture } from '../printing.js';
export * from './picture.js';
export { encodePng } from './png.js';
export * from './qr.js';
export * from './text.js';
export type { Typeface } from './typeface.js';
export { typeface9x15 } from './typeface-9x15.js';
export { typeface10x20 } from './typeface-10x20.js';
