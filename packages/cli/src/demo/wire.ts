import { type ByteChannel, type FetchLike, redact, redactText, toHex } from '@elcert/core';
import { type CommandCode, commands } from '@elcert/device-drivers/shtrih-m';

/** Something that went over a wire, fit to be shown: secrets are masked, long bytes shortened. */
export interface WireEvent {
  readonly wire: string;
  readonly direction: '→' | '←' | '×';
  readonly text: string;
}

/** Who gets to see {@link WireEvent}s. */
export type WireListener = (event: WireEvent) => void;

/** Turns the bytes of one wire into text, or into nothing when they are not worth showing. */
export type WireText = (bytes: Uint8Array) => string | undefined;

/** A channel that shows what passes through it. */
export function shownChannel(
  channel: ByteChannel,
  wire: string,
  toText: WireText,
  show: WireListener,
): ByteChannel {
  const tell = (direction: '→' | '←', bytes: Uint8Array) => {
    const text = toText(bytes);
    if (text !== undefined) show({ wire, direction, text });
  };
  return {
    label: channel.label,
    async write(bytes, options) {
      tell('→', bytes);
      await channel.write(bytes, options);
    },
    close: () => channel.close(),
    async *[Symbol.asyncIterator]() {
      for await (const bytes of channel) {
        tell('←', bytes);
        yield bytes;
      }
      show({ wire, direction: '×', text: 'the other side has closed' });
    },
  };
}

/** A `fetch` that shows requests and answers. */
export function shownFetch(
  fetch: FetchLike,
  wire: string,
  secrets: readonly string[],
  show: WireListener,
): FetchLike {
  return async (url, init) => {
    const headers = Object.entries(redact(init.headers))
      .filter(([name]) => name.toLowerCase().startsWith('x-'))
      .map(([name, value]) => ` ${name}: ${value}`)
      .join('');
    show({
      wire,
      direction: '→',
      text: `${init.method} ${new URL(url).pathname}${headers} ${maskedJson(init.body, secrets)}`,
    });
    const response = await fetch(url, init).catch((error: unknown) => {
      show({ wire, direction: '×', text: 'no answer' });
      throw error;
    });
    const body = await response.arrayBuffer().catch((error: unknown) => {
      show({ wire, direction: '×', text: 'the answer broke off' });
      throw error;
    });
    show({ wire, direction: '←', text: `${response.status} ${maskedJson(new Uint8Array(body), secrets)}` });
    return { status: response.status, headers: response.headers, arrayBuffer: async () => body };
  };
}

/** JSON text with secrets masked; a text that is not JSON is masked as it is. */
export function maskedJson(body: Uint8Array | undefined, secrets: readonly string[]): string {
  const text = new TextDecoder().decode(body ?? new Uint8Array());
  try {
    return JSON.stringify(redact(JSON.parse(text) as unknown, secrets));
  } catch {
    return redactText(text, secrets);
  }
}

/** Frames of Shtrih-M with the names of their commands; bare control bytes (ENQ, ACK, NAK) are left out. */
export function shtrihText(bytes: Uint8Array): string | undefined {
  const start = bytes.findIndex((byte) => byte === 0x02 || byte === 0x8f);
  const at = bytes[start] === 0x02 ? start + 2 : start + 5;
  if (start < 0 || at >= bytes.length) return undefined;
  const code = toHex(bytes.subarray(at, bytes[at] === 0xff ? at + 2 : at + 1)).toUpperCase();
  const row: { readonly name: string } | undefined = commands[code as CommandCode];
  return `${code}h ${row?.name ?? '?'} | ${shortHex(bytes.subarray(start))}`;
}

/** Bytes as hex, shortened in the middle. */
export function shortHex(bytes: Uint8Array, most = 32): string {
  if (bytes.length <= most) return toHex(bytes, ' ');
  const kept = most >> 1;
  return `${toHex(bytes.subarray(0, kept), ' ')} … ${toHex(bytes.subarray(-kept), ' ')} (${bytes.length} bytes)`;
}
