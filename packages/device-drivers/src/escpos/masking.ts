import { redactText } from '@elcert/core';

// Digits with what may stand between them; FFh is the no-break space of CP866. A whole run is looked at: cut at some length, a
// card's number behind another one would be cut too, and not be known.
const run = /\d[\d .\-\u00a0\u00ff]{10,}\d/g;

/** Masks numbers of cards in what goes to paper; the number of bytes stays. */
export function maskPrinted(bytes: Uint8Array): Uint8Array {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  // A picture's dots are no text, and a number is no shorter than twelve digits.
  const masked = text.replace(run, (numbers) => {
    const read = numbers.replaceAll('\u00ff', '\u00a0');
    return redactText(read) === read ? numbers : numbers.replace(/\d/g, '*');
  });
  return masked === text ? bytes : Uint8Array.from(masked, (character) => character.charCodeAt(0));
}
