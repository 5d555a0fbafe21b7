import { concatBytes } from '@elcert/core';
import type { BarcodeKind } from '@elcert/fiscal-doc';
import { encodeEscPos } from './codec.js';

// Bar codes: what may stand in them, how wide they are, and the command that prints them.

const digits = /^\d+$/;

function checkDigit(text: string): number {
  let sum = 0;
  // Weights 3 and 1 from the right.
  [...text].reverse().forEach((digit, index) => {
    sum += Number(digit) * (index % 2 === 0 ? 3 : 1);
  });
  return (10 - (sum % 10)) % 10;
}

function eanProblem(text: string, length: number): string | undefined {
  if (!digits.test(text) || (text.length !== length && text.length !== length - 1))
    return `${length - 1} digits, or ${length} with the check digit, are wanted`;
  return text.length === length && Number(text.at(-1)) !== checkDigit(text.slice(0, -1))
    ? 'the check digit is wrong'
    : undefined;
}

/** What is wrong with the text of a bar code, if anything. */
export function barcodeProblem(kind: BarcodeKind, text: string): string | undefined {
  switch (kind) {
    case 'ean8':
      return eanProblem(text, 8);
    case 'ean13':
      return eanProblem(text, 13);
    case 'code39':
      return /^[0-9A-Z $%+\-./]{1,60}$/.test(text)
        ? undefined
        : 'digits, capitals and " $%+-./", at most 60, are wanted';
    case 'code128':
      return /^[\x20-\x7e]{1,80}$/.test(text)
        ? undefined
        : 'printable ASCII, at most 80 characters, is wanted';
    case 'itf':
      return digits.test(text) && text.length % 2 === 0 && text.length <= 80
        ? undefined
        : 'an even number of digits, at most 80, is wanted';
  }
}

/** Modules of a bar code that {@link barcodeProblem} has passed, without its quiet zones. */
export function barcodeModules(kind: BarcodeKind, text: string): number {
  switch (kind) {
    case 'ean8':
      return 67;
    case 'ean13':
      return 95;
    case 'code39':
      // 6 narrow and 3 wide bars of 2.5 modules, and a gap; start and stop besides.
      return (text.length + 2) * 14;
    case 'code128':
      return (text.length + 2) * 11 + 13;
    case 'itf':
      return (text.length / 2) * 19 + 10;
  }
}

const formA: Readonly<Partial<Record<BarcodeKind, number>>> = { ean13: 2, ean8: 3, code39: 4, itf: 5 };
const formB: Readonly<Record<BarcodeKind, number>> = {
  ean13: 67,
  ean8: 68,
  code39: 69,
  itf: 70,
  code128: 73,
};

/** Kinds that a form of the command knows. */
export function barcodeKinds(form: 'A' | 'B' | 'none'): BarcodeKind[] {
  if (form === 'none') return [];
  return form === 'B' ? ['ean8', 'ean13', 'code39', 'code128', 'itf'] : ['ean8', 'ean13', 'code39', 'itf'];
}

/** The commands of a bar code: module, height of 10 mm, its text below, the bars. */
export function barcodeCommands(
  kind: BarcodeKind,
  text: string,
  { form, module }: { readonly form: 'A' | 'B'; readonly module: number },
): Uint8Array {
  // CODE128 names its set first; a brace of the text is doubled.
  const written = kind === 'code128' ? `{B${text.replaceAll('{', '{{')}` : text;
  const data = Uint8Array.from(written, (character) => character.charCodeAt(0));
  return concatBytes(
    encodeEscPos('GS h', [80]),
    encodeEscPos('GS w', [module]),
    encodeEscPos('GS H', [2]),
    encodeEscPos('GS k', [form === 'B' ? formB[kind] : (formA[kind] ?? 0)], data),
  );
}
