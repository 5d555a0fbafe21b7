import {
  countedFamily,
  type EscPosCommandName,
  type EscPosCommandRow,
  escPosCommands,
  openers,
  realTimeRequestLengths,
} from './commands.js';
import { escPosError } from './errors.js';

// Two framers: of what a host sends, and of what a printer answers. Pure and incremental.

/** Something found in a host's bytes. */
export type EscPosEvent =
  /** Bytes to print, 20h and above. Which characters they are decides the code page. */
  | { readonly type: 'text'; readonly position: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'command';
      readonly position: number;
      readonly name: EscPosCommandName;
      /** Parameters before the data; lengths are left out where the data tells them. */
      readonly parameters: Uint8Array;
      readonly data: Uint8Array;
    }
  /** Bytes that open no command of the table. */
  | { readonly type: 'unknown'; readonly position: number; readonly bytes: Uint8Array };

/** Takes a host's bytes in any pieces. */
export interface EscPosFramer {
  /** @throws ElcertError `COMMAND_TOO_LONG` (with the position), then `FRAMER_DEAD` */
  push(chunk: Uint8Array): EscPosEvent[];
  /** Bytes of a command whose end has not come. */
  readonly pending: Uint8Array;
}

interface Found {
  readonly event: EscPosEvent;
  readonly length: number;
}

/** Either something found, or how many bytes are needed to look again. */
type Attempt = Found | number;

const byCode = new Map<number, { readonly name: EscPosCommandName; readonly row: EscPosCommandRow }[]>();
for (const [name, row] of Object.entries(escPosCommands) as [EscPosCommandName, EscPosCommandRow][]) {
  const first = row.code[0] ?? 0;
  byCode.set(first, [...(byCode.get(first) ?? []), { name, row }]);
}

const none = new Uint8Array(0);
/** Longest list of tab stops, or bar code of form A. */
const longestToZero = 255;

/**
 * Cuts a host's bytes into texts and commands.
 *
 * @param options - `maxDataBytes`: longest data of one command, 4 MiB unless told; a printer has no more memory than that
 */
export function escPosFramer({
  maxDataBytes = 1 << 22,
}: {
  readonly maxDataBytes?: number;
} = {}): EscPosFramer {
  let buffer = new Uint8Array(1024);
  let end = 0;
  let base = 0;
  let needed = 1;
  let dead = false;

  const append = (chunk: Uint8Array) => {
    if (end + chunk.length > buffer.length) {
      const grown = new Uint8Array(Math.max(buffer.length * 2, end + chunk.length));
      grown.set(buffer.subarray(0, end));
      buffer = grown;
    }
    buffer.set(chunk, end);
    end += chunk.length;
  };

  const attempt = (from: number): Attempt => {
    const available = end - from;
    const first = buffer[from] as number;
    const position = base + from;
    if (first >= 0x20) {
      let to = from + 1;
      while (to < end && (buffer[to] as number) >= 0x20) to += 1;
      return { event: { type: 'text', position, bytes: buffer.slice(from, to) }, length: to - from };
    }
    const unknown = (length: number): Found => ({
      event: { type: 'unknown', position, bytes: buffer.slice(from, from + length) },
      length,
    });
    if (openers.has(first) && available < 2) return 2;
    const second = buffer[from + 1];
    const candidates = (byCode.get(first) ?? []).filter(
      ({ row }) => row.code.length === 1 || row.code[1] === second,
    );
    const counted = openers.has(first) && second === countedFamily;
    if (candidates.length === 0 && !counted) return unknown(openers.has(first) ? 2 : 1);
    if ((counted || candidates.some(({ row }) => row.code.length === 3)) && available < 3) return 3;
    const hit = candidates.find(({ row }) => row.code.length < 3 || row.code[2] === buffer[from + 2]);
    const limit = (length: number, overhead: number) => {
      if (length > maxDataBytes) {
        dead = true;
        throw escPosError({
          code: 'COMMAND_TOO_LONG',
          message: `a command with ${length} bytes of data, ${maxDataBytes} are kept`,
          position,
        });
      }
      return overhead + length;
    };
    if (hit === undefined) {
      // An unknown member of a counted family at least says how long it is.
      if (!counted) return unknown(3);
      if (available < 5) return 5;
      const total = limit(int(from + 3), 5);
      return available < total ? total : unknown(total);
    }
    const { name, row } = hit;
    const head = row.code.length;
    const at = from + head;
    const command = (parameters: number, dataFrom: number, dataLength: number, length: number): Found => ({
      event: {
        type: 'command',
        position,
        name,
        parameters: parameters === 0 ? none : buffer.slice(at, at + parameters),
        data: dataLength === 0 ? none : buffer.slice(dataFrom, dataFrom + dataLength),
      },
      length,
    });
    const simple = (count: number): Attempt =>
      available < head + count ? head + count : command(count, at, 0, head + count);
    switch (row.shape.kind) {
      case 'fixed':
        return simple(row.shape.parameters.length);
      case 'cut':
        if (available < head + 1) return head + 1;
        return simple((buffer[at] as number) >= 65 && (buffer[at] as number) < 97 ? 2 : 1);
      case 'real-time-status':
        if (available < head + 1) return head + 1;
        return simple((buffer[at] as number) >= 7 ? 2 : 1);
      case 'real-time-request':
        if (available < head + 1) return head + 1;
        return simple(1 + (realTimeRequestLengths[buffer[at] as number] ?? 0));
      case 'to-zero':
        return toZero(at, 0);
      case 'barcode': {
        if (available < head + 2) return head + 2;
        if ((buffer[at] as number) < 65) return toZero(at + 1, 1);
        const length = buffer[at + 1] as number;
        const total = head + 2 + length;
        return available < total ? total : command(1, at + 2, length, total);
      }
      case 'counted': {
        if (available < head + 2) return head + 2;
        const length = int(at);
        const total = limit(length, head + 2);
        return available < total ? total : command(0, at + 2, length, total);
      }
      case 'counted-long': {
        if (available < head + 4) return head + 4;
        const length = int(at) + int(at + 2) * 0x1_0000;
        const total = limit(length, head + 4);
        return available < total ? total : command(0, at + 4, length, total);
      }
      case 'raster': {
        if (available < head + 5) return head + 5;
        const length = int(at + 1) * int(at + 3);
        const total = limit(length, head + 5);
        return available < total ? total : command(5, at + 5, length, total);
      }
      case 'columns': {
        if (available < head + 3) return head + 3;
        const length = int(at + 1) * ((buffer[at] as number) >= 32 ? 3 : 1);
        const total = limit(length, head + 3);
        return available < total ? total : command(3, at + 3, length, total);
      }
    }
    function toZero(dataFrom: number, parameters: number): Attempt {
      const stop = buffer.subarray(0, end).indexOf(0, dataFrom);
      if (stop < 0 && end - dataFrom < longestToZero) return available + 1;
      // No end in sight: what has come is all that is taken for the command's.
      const length = stop < 0 || stop - dataFrom > longestToZero ? longestToZero : stop - dataFrom;
      const closed = dataFrom + length < end && buffer[dataFrom + length] === 0 ? 1 : 0;
      return command(parameters, dataFrom, length, dataFrom - from + length + closed);
    }
  };
  const int = (at: number) => (buffer[at] as number) + (buffer[at + 1] as number) * 256;

  return {
    get pending() {
      return buffer.slice(0, end);
    },
    push(chunk) {
      if (dead) throw escPosError({ code: 'FRAMER_DEAD', message: 'the framer has seen a fatal error' });
      append(chunk);
      const out: EscPosEvent[] = [];
      let from = 0;
      while (from < end) {
        if (end - from < needed) break;
        const found = attempt(from);
        if (typeof found === 'number') {
          needed = found;
          break;
        }
        needed = 1;
        out.push(found.event);
        from += found.length;
      }
      if (from > 0) {
        buffer.copyWithin(0, from, end);
        end -= from;
        base += from;
      }
      return out;
    },
  };
}

/** Something a printer said. */
export type PrinterEvent =
  /** One answer to `DLE EOT`: which of the four, only who has asked knows. */
  | { readonly type: 'real-time'; readonly byte: number }
  /** Four bytes that it sends of itself (`GS a`). */
  | { readonly type: 'asb'; readonly bytes: Uint8Array }
  /** The answer to `GS r`. */
  | { readonly type: 'in-order'; readonly byte: number }
  /** The answer to `GS I` 65–69. */
  | { readonly type: 'identity'; readonly text: string }
  /** Stop sending, go on sending: flow control of serial lines. */
  | { readonly type: 'xoff' }
  | { readonly type: 'xon' }
  | { readonly type: 'junk'; readonly byte: number };

/** Takes a printer's bytes in any pieces. */
export interface PrinterFramer {
  push(chunk: Uint8Array): PrinterEvent[];
}

const longestIdentity = 80;

/**
 * Cuts a printer's bytes into answers. They carry no number and no length; their fixed bits tell them apart: bit 4 set and bit 1 set –
 * `DLE EOT`; bit 4 set, bit 1 clear – the first of four of `GS a`; bit 4 clear – `GS r`.
 */
export function printerFramer(): PrinterFramer {
  let asb: number[] = [];
  let text: number[] | undefined;
  const take = (byte: number): PrinterEvent[] => {
    if (text !== undefined) {
      if (byte !== 0 && text.length < longestIdentity) {
        text.push(byte);
        return [];
      }
      const identity = String.fromCharCode(...text.filter((one) => one >= 0x20 && one < 0x7f));
      text = undefined;
      return [{ type: 'identity', text: identity }];
    }
    if (asb.length > 0 && (byte & 0x90) === 0) {
      asb.push(byte);
      if (asb.length < 4) return [];
      const bytes = Uint8Array.from(asb);
      asb = [];
      return [{ type: 'asb', bytes }];
    }
    if (byte === 0x13) return [{ type: 'xoff' }];
    if (byte === 0x11) return [{ type: 'xon' }];
    if ((byte & 0x93) === 0x12) return [{ type: 'real-time', byte }];
    if (asb.length === 0 && (byte & 0x93) === 0x10) {
      asb = [byte];
      return [];
    }
    if (byte === 0x5f) {
      text = [];
      return [];
    }
    if ((byte & 0x90) === 0) return [{ type: 'in-order', byte }];
    return [{ type: 'junk', byte }];
  };
  return { push: (chunk) => [...chunk].flatMap(take) };
}
