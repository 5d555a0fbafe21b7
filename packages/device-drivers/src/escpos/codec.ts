import { concatBytes } from '@elcert/core';
import type { PrinterStatus } from '@elcert/fiscal-doc';
import { type EscPosCommandName, type EscPosCommandRow, escPosCommands } from './commands.js';
import { escPosError } from './errors.js';

// Commands to bytes, and the printer's state bytes to values. Pure.

/**
 * The bytes of a command.
 *
 * @param parameters - its bytes, as the table names them; for shapes with data those before the data (a length is made here)
 * @param data - what follows them: text of a bar code, dots of a picture, the function and data of `GS ( k`
 * @throws ElcertError `BAD_COMMAND` when they do not fit the table
 * @example
 * ```ts
 * encodeEscPos('ESC t', [17]); // 1B 74 11
 * ```
 */
export function encodeEscPos(
  name: EscPosCommandName,
  parameters: readonly number[] = [],
  data: Uint8Array | readonly number[] = [],
): Uint8Array {
  const { code, shape }: EscPosCommandRow = escPosCommands[name];
  const refuse = (message: string) => escPosError({ code: 'BAD_COMMAND', message: `${name}: ${message}` });
  for (const one of [...parameters, ...data])
    if (!Number.isInteger(one) || one < 0 || one > 255) throw refuse(`${one} is no byte`);
  const wanted = (count: number) => {
    if (parameters.length !== count) throw refuse(`${parameters.length} parameters, ${count} are wanted`);
  };
  const exact = (length: number) => {
    if (data.length !== length) throw refuse(`${data.length} bytes of data, ${length} are wanted`);
  };
  const bytes = (...parts: readonly (readonly number[] | Uint8Array)[]) =>
    concatBytes(Uint8Array.from(code), ...parts.map((part) => Uint8Array.from(part)));
  const at = (index: number) => parameters[index] ?? 0;
  switch (shape.kind) {
    case 'fixed':
      wanted(shape.parameters.length);
      exact(0);
      return bytes(parameters);
    case 'to-zero':
      wanted(0);
      if ([...data].includes(0)) throw refuse('a zero ends the data');
      return bytes(data, [0]);
    case 'cut':
      wanted(at(0) >= 65 ? 2 : 1);
      exact(0);
      return bytes(parameters);
    case 'barcode':
      wanted(1);
      if (at(0) >= 65 ? data.length > 255 : [...data].includes(0))
        throw refuse('data that its form cannot carry');
      return at(0) >= 65 ? bytes(parameters, [data.length], data) : bytes(parameters, data, [0]);
    case 'counted':
      wanted(0);
      if (data.length > 0xffff) throw refuse('more data than its length can tell');
      return bytes([data.length & 0xff, data.length >> 8], data);
    case 'counted-long':
      wanted(0);
      return bytes(
        [0, 8, 16, 24].map((shift) => (data.length >>> shift) & 0xff),
        data,
      );
    case 'raster':
      wanted(5);
      exact((at(1) + (at(2) << 8)) * (at(3) + (at(4) << 8)));
      return bytes(parameters, data);
    case 'columns':
      wanted(3);
      exact((at(1) + (at(2) << 8)) * (at(0) >= 32 ? 3 : 1));
      return bytes(parameters, data);
    case 'real-time-status':
      wanted(at(0) >= 7 ? 2 : 1);
      return bytes(parameters);
    case 'real-time-request':
      return bytes(parameters);
  }
}

/** State bytes of a printer: the four answers to `DLE EOT`. Those that it did not give are absent. */
export interface EscPosReading {
  readonly printer?: number | undefined;
  readonly offline?: number | undefined;
  readonly error?: number | undefined;
  readonly paper?: number | undefined;
}

/** What stands in a printer's way. */
export type EscPosTrouble = 'paper-out' | 'cover-open' | 'cutter' | 'error' | 'offline';

/** State of a printer, read out of its bytes. */
export interface EscPosState {
  readonly online: boolean;
  readonly paper: PrinterStatus['paper'];
  readonly coverOpen: boolean | undefined;
  /** Level of the drawer's contact; which of the two means "open" depends on the drawer. */
  readonly drawerPin: 'high' | 'low' | undefined;
  readonly trouble: EscPosTrouble | undefined;
}

const has = (byte: number | undefined, mask: number) => byte !== undefined && (byte & mask) === mask;
const told = (byte: number | undefined, mask: number) =>
  byte === undefined ? undefined : (byte & mask) !== 0;

/** Reads the answers to `DLE EOT` 1–4. What was not answered stays `unknown` or `undefined`. */
export function stateOfReading({ printer, offline, error, paper }: EscPosReading): EscPosState {
  const paperOut = has(paper, 0x60) || has(offline, 0x20);
  const coverOpen = told(offline, 0x04);
  const online = !has(printer, 0x08);
  return {
    online,
    paper: paperOut ? 'out' : paper === undefined ? 'unknown' : has(paper, 0x0c) ? 'near-end' : 'ok',
    coverOpen,
    drawerPin: printer === undefined ? undefined : has(printer, 0x04) ? 'high' : 'low',
    trouble: troubleOf({
      coverOpen,
      paperOut,
      cutter: has(error, 0x08),
      error: has(error, 0x04) || has(error, 0x20) || has(error, 0x40) || has(offline, 0x40),
      online,
    }),
  };
}

/** Reads the four bytes that a printer sends of itself (`GS a`). */
export function stateOfAsb(bytes: Uint8Array): EscPosState {
  const [first, second, third] = bytes;
  const paperOut = has(third, 0x0c);
  const coverOpen = has(first, 0x20);
  const online = !has(first, 0x08);
  return {
    online,
    paper: paperOut ? 'out' : has(third, 0x03) ? 'near-end' : 'ok',
    coverOpen,
    drawerPin: has(first, 0x04) ? 'high' : 'low',
    trouble: troubleOf({
      coverOpen,
      paperOut,
      cutter: has(second, 0x08),
      error: has(second, 0x04) || has(second, 0x20) || has(second, 0x40),
      online,
    }),
  };
}

function troubleOf(facts: {
  readonly coverOpen: boolean | undefined;
  readonly paperOut: boolean;
  readonly cutter: boolean;
  readonly error: boolean;
  readonly online: boolean;
}): EscPosTrouble | undefined {
  // An open cover says "no paper" too, and is what a person has to mend first.
  if (facts.coverOpen === true) return 'cover-open';
  if (facts.paperOut) return 'paper-out';
  if (facts.cutter) return 'cutter';
  if (facts.error) return 'error';
  return facts.online ? undefined : 'offline';
}

/** What is said to the cashier of each trouble. */
export const troubleTexts: Readonly<Record<EscPosTrouble, string>> = {
  'paper-out': 'В принтере закончилась бумага.',
  'cover-open': 'Открыта крышка принтера.',
  cutter: 'Заклинил отрезчик принтера: освободите его, выключите и включите принтер.',
  error: 'Принтер сообщает о неисправности: выключите и включите его.',
  offline: 'Принтер не готов к печати.',
};

/** The neutral status of a state; nothing known gives a status that says so. */
export function printerStatusOf(
  state: EscPosState | undefined,
  drawerOpenLevel?: 'high' | 'low' | undefined,
): PrinterStatus {
  if (state === undefined)
    return { online: true, paper: 'unknown', coverOpen: undefined, drawerOpen: undefined };
  const { online, paper, coverOpen, drawerPin, trouble } = state;
  return {
    online,
    paper,
    coverOpen,
    drawerOpen:
      drawerPin === undefined || drawerOpenLevel === undefined ? undefined : drawerPin === drawerOpenLevel,
    ...(trouble === undefined ? {} : { problem: troubleTexts[trouble] }),
  };
}
