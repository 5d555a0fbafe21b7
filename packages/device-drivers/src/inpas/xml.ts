import { decodeText, type ElcertError, isElcertError, redactText } from '@elcert/core';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type InpasFields, inpasBytes } from './codec.js';
import { type InpasErrorCode, inpasError } from './errors.js';

// DualConnector's own envelope of the same fields:
// <request><field id="00">15000</field>…<timeout>180000</timeout></request>, and <response> with fields or an error.

/** Longest answer that is read, bytes. */
export const maxDualConnectorAnswer = 1 << 18;

/** An answer of the service. */
export type DualConnectorAnswer =
  | { readonly type: 'fields'; readonly fields: InpasFields }
  /** The service itself failed: what the terminal did is not said. */
  | { readonly type: 'error'; readonly code: string; readonly text: string };

const escaped: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

/**
 * A request in UTF-8. Ids have two digits at least, as most public clients write them.
 *
 * @param timeoutMs - how long the service shall wait for the terminal
 * @throws ElcertError `BAD_FIELD` with `path` for a character that XML does not have
 */
export function encodeDualConnectorRequest(fields: InpasFields, timeoutMs?: number): Uint8Array<ArrayBuffer> {
  const members = [...fields].map(([number, value]) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff]/u.test(value)) {
      throw inpasError({
        code: 'BAD_FIELD',
        message: 'a character that XML does not have',
        path: String(number),
        outcome: 'not-sent',
      });
    }
    const text = value.replace(/[&<>"\r]/g, (character) => escaped[character] as string);
    return `<field id="${String(number).padStart(2, '0')}">${text}</field>`;
  });
  const timeout = timeoutMs === undefined ? '' : `<timeout>${Math.round(timeoutMs)}</timeout>`;
  return new TextEncoder().encode(
    `<?xml version="1.0" encoding="UTF-8"?><request>${members.join('')}${timeout}</request>`,
  );
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  // A slip begins and ends with spaces.
  trimValues: false,
  // `&#13;` and the five names; a document type, which could define more, is refused beforehand.
  processEntities: true,
  htmlEntities: true,
  isArray: (name) => name === 'field',
});

const bad = (message: string, cause?: unknown): ElcertError<InpasErrorCode> =>
  inpasError({ code: 'BAD_XML', message, cause });

/** The text of a member, or nothing. */
function textOf(member: unknown): string | undefined {
  if (typeof member === 'string') return member;
  if (typeof member !== 'object' || member === null) return undefined;
  // Anything but attributes and text would be an element inside.
  if (Object.keys(member).some((key) => key !== '#text' && !key.startsWith('@'))) return undefined;
  const text = (member as { readonly '#text'?: unknown })['#text'];
  return text === undefined ? '' : typeof text === 'string' ? text : undefined;
}

function decoded(bytes: Uint8Array): string {
  const start = decodeText(bytes.subarray(0, 200), 'windows-1251');
  const isUtf8 =
    (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) ||
    /encoding\s*=\s*["']utf-?8["']/i.test(start);
  // windows-1251 is what the service speaks, whatever HTTP says.
  return isUtf8 ? new TextDecoder('utf-8').decode(bytes) : decodeText(bytes, 'windows-1251');
}

/**
 * Reads an answer. Ids come with and without a leading zero; members that are not known are left aside.
 *
 * @throws ElcertError `BAD_XML` for anything that is not `<response>` with fields or an error code, has a document type, names
 * a field twice or is longer than {@link maxDualConnectorAnswer}
 */
export function decodeDualConnectorAnswer(bytes: Uint8Array): DualConnectorAnswer {
  if (bytes.length > maxDualConnectorAnswer) throw bad(`an answer of ${bytes.length} bytes`);
  const text = decoded(bytes);
  // No entity but the predefined ones is ever looked at.
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text)) throw bad('a document type');
  let root: unknown;
  try {
    const valid = XMLValidator.validate(text);
    if (valid !== true) throw bad(`not XML: ${valid.err.code} in line ${valid.err.line}`);
    root = parser.parse(text);
  } catch (error) {
    if (isElcertError(error)) throw error;
    throw bad('not XML', error);
  }
  const response = (root as { readonly response?: unknown }).response;
  if (typeof response !== 'object' || response === null) throw bad('not a response');
  const { field, errorcode, errordescription } = response as Readonly<Record<string, unknown>>;
  if (errorcode !== undefined) {
    const code = textOf(errorcode)?.trim() ?? '';
    const text = (textOf(errordescription) ?? '').trim();
    return { type: 'error', code: redactText(code.slice(0, 20)), text: redactText(text).slice(0, 200) };
  }
  if (!Array.isArray(field)) throw bad('a response without fields');
  if (field.length > 256) throw bad('more than 256 fields');
  const fields = new Map<number, string>();
  for (const one of field as readonly unknown[]) {
    const id =
      typeof one === 'object' && one !== null ? (one as { readonly '@id'?: unknown })['@id'] : undefined;
    const value = textOf(one);
    if (typeof id !== 'string' || !/^\s*\d{1,3}\s*$/.test(id) || Number(id) > 255 || value === undefined)
      throw bad('a field without a number, or with more than text inside');
    const number = Number(id);
    if (fields.has(number)) throw bad(`field ${number} stands twice`);
    fields.set(number, value);
  }
  return { type: 'fields', fields: new Map([...fields].sort(([a], [b]) => a - b)) };
}

/** An answer as the service writes it, in windows-1251: for emulators and tests. */
export function encodeDualConnectorAnswer(answer: DualConnectorAnswer): Uint8Array<ArrayBuffer> {
  const text = (value: string) => value.replace(/[&<>"\r]/g, (character) => escaped[character] as string);
  const inside =
    answer.type === 'error'
      ? `<errorcode>${text(answer.code)}</errorcode><errordescription>${text(answer.text)}</errordescription>`
      : [...answer.fields].map(([number, value]) => `<field id="${number}">${text(value)}</field>`).join('');
  const xml = `<?xml version="1.0" encoding="windows-1251" standalone="no"?><response>${inside}</response>`;
  return new Uint8Array(inpasBytes(xml));
}

/** A request, read: for emulators and tests. */
export function decodeDualConnectorRequest(bytes: Uint8Array): {
  readonly fields: InpasFields;
  readonly timeoutMs: number | undefined;
} {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, maxDualConnectorAnswer));
  const answer = decodeDualConnectorAnswer(
    new TextEncoder().encode(
      text
        .replace(/<(\/?)request>/g, '<$1response>')
        .replace(/<\?xml[^>]*\?>/, '<?xml version="1.0" encoding="UTF-8"?>'),
    ),
  );
  if (answer.type !== 'fields') throw bad('a request without fields');
  const timeout = /<timeout>\s*(\d{1,9})\s*<\/timeout>/.exec(text)?.[1];
  return { fields: answer.fields, timeoutMs: timeout === undefined ? undefined : Number(timeout) };
}
