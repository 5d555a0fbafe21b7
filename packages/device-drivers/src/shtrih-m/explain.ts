import { isElcertError, toHex } from '@elcert/core';
import { type AnyFields, commandCodeOf, decodeAnswer, decodeRequest, isCommandCode } from './codec.js';
import { type CommandRow, commands } from './commands.js';
import { describeShtrihError } from './errors.js';
import { packetFramer, standardFramer } from './framer.js';
import type { Layout } from './layout.js';
import { meaningOf } from './meanings.js';

/** Who sent something. */
export type WireSide = 'host' | 'register';

/** A command or an answer, field by field. */
export interface ExplainedBody {
  readonly code: string;
  readonly name: string;
  readonly nameRu: string;
  /** Of a packet of protocol 2. */
  readonly number: number | undefined;
  readonly fields: AnyFields;
  /** What fields mean, where there is more to say than the value: modes, flags, sums in rubles, requisites of a TLV. */
  readonly meanings: Readonly<Record<string, string>>;
}

/** One thing found in bytes of either layer. */
export type ShtrihExplanation =
  | { readonly kind: 'control'; readonly name: 'ENQ' | 'ACK' | 'NAK' | 'sync'; readonly text: string }
  | (ExplainedBody & { readonly kind: 'command' })
  | (ExplainedBody & {
      readonly kind: 'answer';
      /** 0, or a result code. */
      readonly error: number;
      readonly errorText: string | undefined;
    })
  | { readonly kind: 'empty'; readonly number: number; readonly text: string }
  | { readonly kind: 'damaged'; readonly text: string }
  | { readonly kind: 'junk'; readonly text: string }
  /** A whole frame that the table does not describe. */
  | {
      readonly kind: 'unreadable';
      readonly code: string | undefined;
      readonly text: string;
      readonly hex: string;
    };

const controls = {
  enq: { name: 'ENQ', text: 'host asks: idle, or an answer to fetch?' },
  ack: { name: 'ACK', text: 'taken' },
  nak: { name: 'NAK', text: 'register: idle, send a command; or: damaged' },
} as const;

function meaningsOf(code: string, layout: Layout, fields: AnyFields): Record<string, string> {
  const meanings: Record<string, string> = {};
  for (const [name, type] of Object.entries(layout)) {
    const meaning = meaningOf(code, name, type, fields[name]);
    if (meaning !== undefined) meanings[name] = meaning;
  }
  return meanings;
}

/** Fields without their passwords. */
function masked(fields: AnyFields, alsoSecret?: string): AnyFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      /password/i.test(name) || name === alsoSecret ? '***' : value,
    ]),
  );
}

/** Request and answer of a command may both fit a body: the side decides, or what fits. */
function explainBody(
  body: Uint8Array,
  number: number | undefined,
  side: WireSide | undefined,
): ShtrihExplanation {
  const code = commandCodeOf(body);
  let problem = 'no command code';
  if (code !== undefined && isCommandCode(code)) {
    const row: CommandRow = commands[code];
    const base = { code, name: row.name, nameRu: row.nameRu, number };
    for (const kind of side === undefined ? (['host', 'register'] as const) : [side]) {
      try {
        if (kind === 'host') {
          const { fields } = decodeRequest(body);
          // Field 1 of table 2 is a cashier's password.
          const writesPassword = code === '1E' && fields.table === 2 && fields.field === 1;
          const shown = masked(fields, writesPassword ? 'value' : undefined);
          return { kind: 'command', ...base, fields: shown, meanings: meaningsOf(code, row.request, fields) };
        }
        const { error, fields } = decodeAnswer(body);
        return {
          kind: 'answer',
          ...base,
          error,
          errorText: error === 0 ? undefined : describeShtrihError(error).text,
          fields: masked(fields ?? {}),
          meanings: meaningsOf(code, row.response, fields ?? {}),
        };
      } catch (caught) {
        if (!isElcertError(caught)) throw caught;
        problem = caught.message;
      }
    }
  } else if (code !== undefined) problem = `no command ${code}h`;
  return { kind: 'unreadable', code, text: problem, hex: toHex(body) };
}

/**
 * Explains logged bytes of either link layer: frames, control bytes, damage and junk, in their order. Passwords are masked.
 *
 * @param side - who sent them; without it a body that fits a command is taken as one
 * @example
 * ```ts
 * explainShtrihM(fromHex('02 03 FF 45 4D F4')); // [{ kind: 'answer', code: 'FF45', error: 0x4d, … }]
 * ```
 */
export function explainShtrihM(bytes: Uint8Array, side?: WireSide): ShtrihExplanation[] {
  const out: ShtrihExplanation[] = [];
  const junk: number[] = [];
  const flush = () => {
    if (junk.length > 0) out.push({ kind: 'junk', text: toHex(Uint8Array.from(junk.splice(0)), ' ') });
  };
  if (bytes.includes(0x8f) && bytes[0] === 0x8f) {
    const framer = packetFramer();
    for (const event of framer.push(bytes)) {
      if (event.type === 'junk') {
        junk.push(event.byte);
        continue;
      }
      flush();
      if (event.type === 'sync') out.push({ kind: 'control', name: 'sync', text: 'tell your number' });
      else if (event.type === 'bad-packet')
        out.push({ kind: 'damaged', text: `packet: wrong ${event.reason}` });
      else if (event.body.length === 0) {
        out.push({
          kind: 'empty',
          number: event.number,
          text: 'this is the number of the last command that I have executed',
        });
      } else out.push(explainBody(event.body, event.number, side));
    }
    flush();
    if (framer.inFrame) out.push({ kind: 'damaged', text: 'half a packet at the end' });
    return out;
  }
  const framer = standardFramer();
  for (const event of framer.push(bytes)) {
    if (event.type === 'junk') {
      junk.push(event.byte);
      continue;
    }
    flush();
    if (event.type === 'frame') out.push(explainBody(event.body, undefined, side));
    else if (event.type === 'bad-frame')
      out.push({ kind: 'damaged', text: 'frame: wrong check byte or length 0' });
    else out.push({ kind: 'control', ...controls[event.type] });
  }
  flush();
  if (framer.inFrame) out.push({ kind: 'damaged', text: 'half a frame at the end' });
  return out;
}
