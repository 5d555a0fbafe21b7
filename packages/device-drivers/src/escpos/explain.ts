import { isElcertError, toHex } from '@elcert/core';
import { decodePage, type EscPosCodePage } from './code-pages.js';
import { stateOfAsb } from './codec.js';
import { escPosCommands } from './commands.js';
import { type EscPosEvent, escPosFramer, printerFramer } from './framer.js';
import { maskPrinted } from './masking.js';
import { type EscPosProfile, escPosProfile } from './profiles.js';

/** One thing found in the bytes of a host or of a printer. */
export interface EscPosExplanation {
  readonly kind: 'text' | 'command' | 'answer' | 'unknown' | 'damaged';
  /** Index of its first byte. */
  readonly position: number;
  readonly title: string;
  readonly lines: readonly string[];
}

/** How bytes are read. */
export interface ExplainEscPosOptions {
  /** `host` unless told. */
  readonly side?: 'host' | 'printer' | undefined;
  /** Whose numbers of code pages are meant; `default` unless told. */
  readonly profile?: string | EscPosProfile | undefined;
}

/**
 * Explains logged bytes: texts in the code page that was chosen, commands by name. Numbers of cards are masked.
 *
 * @throws ElcertError `BAD_PROFILE`
 * @example
 * ```ts
 * explainEscPos(fromHex('1B 74 11 8A A0 E1 E1 A0 0A'));
 * // ESC t 11h: code page · text «Касса» · LF
 * ```
 */
export function explainEscPos(
  bytes: Uint8Array,
  { side = 'host', profile: wanted }: ExplainEscPosOptions = {},
): EscPosExplanation[] {
  const profile = escPosProfile(wanted);
  return side === 'host' ? explainHost(maskPrinted(bytes), profile) : explainAnswers(bytes);
}

function explainHost(bytes: Uint8Array, profile: EscPosProfile): EscPosExplanation[] {
  const framer = escPosFramer();
  let events: EscPosEvent[];
  try {
    events = framer.push(bytes);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return [{ kind: 'damaged', position: error.position ?? 0, title: error.message, lines: [] }];
  }
  let page: EscPosCodePage = 'ibm866';
  const out: EscPosExplanation[] = [];
  for (const event of events) {
    const { position } = event;
    if (event.type === 'text') {
      const text = decodePage(event.bytes, page);
      out.push({ kind: 'text', position, title: `text «${text}»`, lines: [] });
    } else if (event.type === 'unknown')
      out.push({
        kind: 'unknown',
        position,
        title: `no command known: ${hexText(event.bytes)}`,
        lines: [],
      });
    else {
      const { name, parameters, data } = event;
      if (name === 'ESC t') page = pageOf(profile, parameters[0]) ?? page;
      const values = parameters.length === 0 ? '' : ` ${hexText(parameters)}h`;
      const lines = data.length === 0 ? [] : [dataLine(data)];
      const chosen =
        name === 'ESC t'
          ? `: ${pageOf(profile, parameters[0]) ?? 'not a Cyrillic one of this model'}`
          : name === 'ESC !'
            ? `: ${flagsOf(parameters[0] ?? 0, letterFlags).join(', ') || 'plain, font A'}`
            : '';
      out.push({
        kind: 'command',
        position,
        title: `${name}${values} ${escPosCommands[name].meaning}${chosen}`,
        lines,
      });
    }
  }
  const rest = framer.pending.length;
  if (rest > 0)
    out.push({
      kind: 'damaged',
      position: bytes.length - rest,
      title: `a command cut short, ${rest} bytes of it`,
      lines: [],
    });
  return out;
}

const letterFlags = [
  [0x01, 'font B'],
  [0x08, 'bold'],
  [0x10, 'double height'],
  [0x20, 'double width'],
  [0x80, 'underline'],
] as const;

const flagsOf = (byte: number, pairs: readonly (readonly [number, string])[]): string[] =>
  pairs.flatMap(([mask, word]) => ((byte & mask) === mask ? [word] : []));

const hexText = (bytes: Uint8Array) => toHex(bytes, ' ').toUpperCase();

function pageOf({ codePages }: EscPosProfile, number: number | undefined): EscPosCodePage | undefined {
  return (Object.keys(codePages) as EscPosCodePage[]).find((page) =>
    codePages[page]?.some((one) => one === number),
  );
}

/** Short data as hex and as text; of long data how much it is. */
function dataLine(data: Uint8Array): string {
  if (data.length > 64) return `${data.length} bytes`;
  const text = [...data].every((byte) => byte >= 0x20 && byte < 0x7f)
    ? ` «${String.fromCharCode(...data)}»`
    : '';
  return `${hexText(data)}${text}`;
}

function explainAnswers(bytes: Uint8Array): EscPosExplanation[] {
  const framer = printerFramer();
  const out: EscPosExplanation[] = [];
  bytes.forEach((byte, position) => {
    for (const event of framer.push(Uint8Array.of(byte))) {
      const hex = hexText(Uint8Array.of(byte));
      const one = (kind: 'answer' | 'unknown', title: string, lines: readonly string[] = []) =>
        void out.push({ kind, position, title, lines });
      switch (event.type) {
        case 'real-time':
          one('answer', `answer to DLE EOT: ${hex}h`, realTimeMeanings(byte));
          break;
        case 'in-order':
          one('answer', `answer to GS r: ${hex}h`, [`paper: ${inOrderPaper(byte)}`]);
          break;
        case 'asb': {
          const { online, paper, coverOpen, drawerPin } = stateOfAsb(event.bytes);
          one('answer', `state, told by itself: ${hexText(event.bytes)}`, [
            `${online ? 'on line' : 'off line'}, paper ${paper}, cover ${coverOpen === true ? 'open' : 'closed'}, drawer contact ${drawerPin}`,
          ]);
          break;
        }
        case 'identity':
          one('answer', `answer to GS I: «${event.text}»`);
          break;
        case 'xon':
          one('answer', 'XON: go on sending');
          break;
        case 'xoff':
          one('answer', 'XOFF: stop sending');
          break;
        case 'junk':
          one('unknown', `no answer known: ${hex}h`);
      }
    }
  });
  return out;
}

function inOrderPaper(byte: number): string {
  if ((byte & 0x0c) !== 0) return 'out';
  return (byte & 0x03) !== 0 ? 'near its end' : 'there';
}

/** Which question was asked the byte does not tell: what it would mean as the answer to each. */
function realTimeMeanings(byte: number): string[] {
  const flags = (pairs: readonly (readonly [number, string])[]) => flagsOf(byte, pairs);
  const line = (question: string, found: readonly string[], none: string) =>
    `${question}: ${found.length === 0 ? none : found.join(', ')}`;
  return [
    line(
      '1',
      flags([
        [0x08, 'off line'],
        [0x04, 'drawer contact high'],
      ]),
      'on line',
    ),
    line(
      '2',
      flags([
        [0x04, 'cover open'],
        [0x08, 'feed button'],
        [0x20, 'stopped for paper'],
        [0x40, 'error'],
      ]),
      'no reason to be off line',
    ),
    line(
      '3',
      flags([
        [0x04, 'recoverable error'],
        [0x08, 'cutter'],
        [0x20, 'error beyond repair'],
        [0x40, 'overheated or the like'],
      ]),
      'no error',
    ),
    line(
      '4',
      flags([
        [0x0c, 'paper near its end'],
        [0x60, 'no paper'],
      ]),
      'paper is there',
    ),
  ];
}
