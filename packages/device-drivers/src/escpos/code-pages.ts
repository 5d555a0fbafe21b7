import { type CodePage, decodeText, encodeText, type Replacement } from '@elcert/core';

/** Code pages with Cyrillic that printers have. `kz1048` is windows-1251 with the Kazakh letters. */
export type EscPosCodePage = CodePage | 'kz1048';

/** What of windows-1251 is another character in KZ-1048 (ST RK 1048-2002). */
const kazakhBytes: Readonly<Record<string, number>> = {
  Қ: 0x8d,
  Һ: 0x8e,
  қ: 0x9d,
  һ: 0x9e,
  Ұ: 0xa1,
  ұ: 0xa2,
  Ә: 0xa3,
  Ө: 0xa5,
  Ғ: 0xaa,
  Ү: 0xaf,
  ө: 0xb4,
  ғ: 0xba,
  ә: 0xbc,
  Ң: 0xbd,
  ң: 0xbe,
  ү: 0xbf,
};
const kazakhCharacters = new Map(Object.entries(kazakhBytes).map(([character, byte]) => [byte, character]));

/** Kazakh letters where the page lacks them: the Russian letter that they are written with in its absence (*ours*). */
const kazakhReplacements: Readonly<Record<string, string>> = {
  Ә: 'А',
  ә: 'а',
  Ғ: 'Г',
  ғ: 'г',
  Қ: 'К',
  қ: 'к',
  Ң: 'Н',
  ң: 'н',
  Ө: 'О',
  ө: 'о',
  Ұ: 'У',
  ұ: 'у',
  Ү: 'У',
  ү: 'у',
  Һ: 'Х',
  һ: 'х',
  І: 'I',
  і: 'i',
  '₸': 'тг',
};

/** A text as a code page can carry it. */
export interface CarriedText {
  readonly text: string;
  /** Positions are those of the text in Unicode's composed form (NFC). */
  readonly replaced: readonly Replacement[];
}

const tables = new Map<EscPosCodePage, ReadonlyMap<string, number>>();

/** Bytes of a page by their characters, made when the page is first used. */
function tableOf(page: EscPosCodePage): ReadonlyMap<string, number> {
  const known = tables.get(page);
  if (known !== undefined) return known;
  const made = new Map(
    Array.from({ length: 256 }, (_, byte) => [decodePage(Uint8Array.of(byte), page), byte] as const),
  );
  tables.set(page, made);
  return made;
}

function replacementOf(character: string, page: EscPosCodePage): string {
  const kazakh = kazakhReplacements[character];
  if (kazakh !== undefined) return kazakh;
  const [replaced] = encodeText(character, page === 'kz1048' ? 'windows-1251' : page).replaced;
  return replaced?.replacement ?? '?';
}

/**
 * Puts what a page lacks into characters that it has, before lines are laid out: a replacement may be longer. Control characters never
 * pass: a line feed or a tab becomes a space, the others `?`, so that no text can be a command.
 */
export function carryText(text: string, page: EscPosCodePage): CarriedText {
  const table = tableOf(page);
  const replaced: Replacement[] = [];
  let out = '';
  let position = 0;
  for (const character of text.normalize('NFC')) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x09 || code === 0x0a || code === 0x0d || code === 0xa0) out += ' ';
    else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      replaced.push({ position, character, replacement: '?' });
      out += '?';
    } else if (table.has(character)) out += character;
    else {
      const replacement = replacementOf(character, page);
      replaced.push({ position, character, replacement });
      out += replacement;
    }
    position += character.length;
  }
  return { text: out, replaced };
}

/** The bytes of a text that {@link carryText} has passed. */
export function encodePage(text: string, page: EscPosCodePage): Uint8Array {
  const table = tableOf(page);
  return Uint8Array.from(text, (character) => table.get(character) ?? 0x3f);
}

/** Bytes of a page to text, as the printer draws them. */
export function decodePage(bytes: Uint8Array, page: EscPosCodePage): string {
  if (page !== 'kz1048') return decodeText(bytes, page);
  let text = '';
  for (const byte of bytes)
    text += kazakhCharacters.get(byte) ?? decodeText(Uint8Array.of(byte), 'windows-1251');
  return text;
}
