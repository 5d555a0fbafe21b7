import { redactText } from '@elcert/core';

/** Masks numbers of cards in what goes to paper; the number of bytes stays. */
export function maskPrinted(bytes: Uint8Array): Uint8Array {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  // A picture's dots are no text, and a number is no shorter than twelve digits.
  const masked = text.replace(/\d[\d -]{10,22}\d/g, (number) =>
    redactText(number) === number ? number : number.replace(/\d/g, '*'),
  );
  return masked === text ? bytes : Uint8Array.from(masked, (character) => character.charCodeAt(0));
}
