import { type CoreErrorCode, ElcertError } from './errors.js';

/** The single-byte code pages of registers and printers. */
export type CodePage = 'ibm866' | 'windows-1251';

/** What to do with a character that the code page does not have. */
export type UnmappablePolicy = 'replace' | 'refuse';

/** One character that was replaced on the way into a code page. */
export interface Replacement {
  /** Index of the character in the text, in UTF-16 units. */
  readonly position: number;
  readonly character: string;
  readonly replacement: string;
}

/** What {@link encodeText} returns. */
export interface EncodedText {
  readonly bytes: Uint8Array;
  /** Empty when every character was carried over as it is. */
  readonly replaced: readonly Replacement[];
}

// Typography that Russian names of goods carry and CP866, or windows-1251, lacks. Anything else becomes `?`.
const lookalikes: Readonly<Record<string, string>> = {
  '«': '"',
  '»': '"',
  '“': '"',
  '”': '"',
  '„': '"',
  '‘': "'",
  '’': "'",
  '—': '-',
  '–': '-',
  '‑': '-',
  '−': '-',
  '…': '...',
  '₽': 'руб.',
  '×': 'x',
  '±': '+/-',
  '•': '*',
  '′': "'",
  '″': '"',
  '²': '2',
  '³': '3',
  '€': 'EUR',
  '©': '(c)',
  '®': '(R)',
  '™': '(TM)',
  '\u00ad': '',
  '\u200b': '',
  '\u200d': '',
  '\u2060': '',
  '\ufeff': '',
  '\u2002': ' ',
  '\u2003': ' ',
  '\u2009': ' ',
  '\u200a': ' ',
  '\u202f': ' ',
};

interface Page {
  readonly characters: readonly string[];
  readonly bytes: ReadonlyMap<string, number>;
}

const pages = new Map<CodePage, Page>();

function page(name: CodePage): Page {
  const known = pages.get(name);
  if (known !== undefined) return known;
  const decoder = new TextDecoder(name);
  // The lower half is ASCII in both pages. It is not asked of the decoder, because Node's (ICU's) exchanges 1A, 1C and 7F of
  // CP866, which are control bytes of printers.
  const characters = Array.from({ length: 256 }, (_, byte) =>
    byte < 0x80 ? String.fromCharCode(byte) : decoder.decode(Uint8Array.of(byte)),
  );
  const made = {
    characters,
    bytes: new Map(characters.map((character, byte) => [character, byte] as const)),
  };
  pages.set(name, made);
  return made;
}

/**
 * Text to the bytes of a code page.
 *
 * With `replace` (the default) quotes, dashes, the ruble sign and the like become what the page has, anything else `?`,
 * and each replacement is reported; with `refuse` the first such character is an error.
 *
 * @throws ElcertError `UNMAPPABLE_CHARACTER` with the position, only under `refuse`.
 * @example
 * ```ts
 * encodeText('«Трость»', 'ibm866').replaced.length; // 2
 * ```
 */
export function encodeText(text: string, name: CodePage, policy: UnmappablePolicy = 'replace'): EncodedText {
  const { bytes: map } = page(name);
  const out: number[] = [];
  const replaced: Replacement[] = [];
  let position = 0;
  for (const character of text) {
    const byte = map.get(character);
    if (byte !== undefined) out.push(byte);
    else {
      if (policy === 'refuse') {
        throw new ElcertError<CoreErrorCode>({
          code: 'UNMAPPABLE_CHARACTER',
          message: `${name} has no character U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
          userMessage: `Символ «${character}» нельзя передать на кассу`,
          position,
        });
      }
      const replacement = lookalikes[character] ?? '?';
      replaced.push({ position, character, replacement });
      for (const other of replacement) out.push(map.get(other) ?? 0x3f);
    }
    position += character.length;
  }
  return { bytes: Uint8Array.from(out), replaced };
}

/** Bytes of a code page to text. Every byte has a character in both pages, so this never fails. */
export function decodeText(bytes: Uint8Array, name: CodePage): string {
  const { characters } = page(name);
  let text = '';
  for (const byte of bytes) text += characters[byte];
  return text;
}

/** {@link encodeText} to CP866, the code page of fiscal documents. */
export function encodeCp866(text: string, policy?: UnmappablePolicy): EncodedText {
  return encodeText(text, 'ibm866', policy);
}

/** {@link decodeText} from CP866. */
export function decodeCp866(bytes: Uint8Array): string {
  return decodeText(bytes, 'ibm866');
}
