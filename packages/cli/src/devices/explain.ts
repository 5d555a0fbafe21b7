import { explainAtol } from '@elcert/device-drivers/atol';
import { explainEscPos } from '@elcert/device-drivers/escpos';
import { explainInpas } from '@elcert/device-drivers/inpas';
import { explainLan4Gate } from '@elcert/device-drivers/lan4gate';
import { explainShtrihM } from '@elcert/device-drivers/shtrih-m';
import { errorJson } from '../outcome.js';

/** What bytes alone do not tell. */
export interface ExplainHints {
  readonly side?: 'host' | 'register';
  readonly framing?: 'sized' | 'bare';
}

/** One thing found in the bytes of a device. */
export interface Explained {
  readonly ok: boolean;
  /** One line of English. */
  readonly title: string;
  readonly lines: readonly string[];
  /** A byte of the link, of interest only to those who look for a fault of the line. */
  readonly minor?: true;
  readonly value: unknown;
}

/** Who explains the bytes of a family. */
export const explainers = {
  'shtrih-m': explainRegister,
  atol: explainTasks,
  lan4gate: explainTerminal,
  inpas: explainSmartSale,
  escpos: explainPrinter,
} as const satisfies Readonly<Record<string, (bytes: Uint8Array, hints: ExplainHints) => Explained[]>>;

/** A family whose bytes can be explained. */
export type Family = keyof typeof explainers;

/** Whether somebody here explains this family. */
export function isFamily(name: string): name is Family {
  return Object.hasOwn(explainers, name);
}

function explainRegister(bytes: Uint8Array, { side }: ExplainHints): Explained[] {
  return explainShtrihM(bytes, side).map((one): Explained => {
    const head = { value: one, lines: [] };
    if (one.kind === 'command' || one.kind === 'answer') {
      const number = one.number === undefined ? '' : ` #${one.number}`;
      const verdict =
        one.kind === 'command'
          ? ''
          : one.error === 0
            ? ', done'
            : `, error ${hexByte(one.error)}: ${one.errorText}`;
      const lines = Object.entries(one.fields).map(([name, value]) => {
        const meaning = one.meanings[name];
        return `${name}: ${fieldText(value)}${meaning === undefined ? '' : ` (${meaning})`}`;
      });
      return {
        ...head,
        ok: true,
        title: `${one.kind} ${one.code}h${number} ${one.name} (${one.nameRu})${verdict}`,
        lines,
      };
    }
    if (one.kind === 'control') return { ...head, ok: true, minor: true, title: `${one.name}: ${one.text}` };
    if (one.kind === 'empty') return { ...head, ok: true, title: `empty packet #${one.number}: ${one.text}` };
    return { ...head, ok: false, title: `${one.kind}: ${one.text}` };
  });
}

/** The JSON of a request, or of an answer, as it went over HTTP. */
function explainTasks(bytes: Uint8Array): Explained[] {
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    const title =
      'this is not JSON: of ATOL the tasks over HTTP are known, not the bytes of its own protocol';
    return [{ ok: false, title, lines: [], value: undefined }];
  }
  const asked = typeof body === 'object' && body !== null && 'request' in body;
  const exchange = { method: asked ? 'POST' : 'GET', path: '/requests', body } as const;
  return explainAtol(
    asked ? { ...exchange, direction: 'out' } : { ...exchange, direction: 'in', httpStatus: 200 },
  ).map((one) => ({ ...one, value: one }));
}

/** A printer's side is that which a till does not say. */
function explainPrinter(bytes: Uint8Array, { side }: ExplainHints): Explained[] {
  return explainEscPos(bytes, { side: side === 'register' ? 'printer' : 'host' }).map((one) => ({
    ok: one.kind !== 'damaged',
    title: one.title,
    lines: one.lines,
    value: one,
  }));
}

function explainTerminal(bytes: Uint8Array, { framing }: ExplainHints): Explained[] {
  return explainLan4Gate(bytes, framing === undefined ? {} : { framing }).map(
    ({ kind, position, title, members, error }) => ({
      ok: kind === 'message',
      title,
      lines: members.map(
        ({ name, value, meaning }) =>
          `${name}: ${fieldText(value)}${meaning === undefined ? '' : ` (${meaning})`}`,
      ),
      value: { kind, position, title, members, ...(error === undefined ? {} : { error: errorJson(error) }) },
    }),
  );
}

function explainSmartSale(bytes: Uint8Array): Explained[] {
  return explainInpas(bytes).map(({ kind, position, title, fields, error }): Explained => {
    const value = {
      kind,
      position,
      title,
      fields,
      ...(error === undefined ? {} : { error: errorJson(error) }),
    };
    const lines = fields.map(({ number, name, value: text, meaning }) => {
      const [first = '', ...rest] = text.split(/\r?\n/);
      return `${number} ${name}: ${[first, ...rest].join('\n      ')} (${meaning})`;
    });
    const head = { title, lines, value };
    if (kind === 'control' || kind === 'piece') return { ...head, ok: true, minor: true };
    return { ...head, ok: kind === 'message' };
  });
}

function hexByte(value: number): string {
  return `${value.toString(16).toUpperCase().padStart(2, '0')}h`;
}

/** A field's value as people read it. */
export function fieldText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
