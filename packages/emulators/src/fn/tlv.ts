import { byteReader, byteWriter } from '@elcert/core';
import { FnRefusal } from './errors.js';

// A drive sees TLVs as tag and bytes only, whatever the dictionary says of them; hence no dictionary here.

/** One requisite as a drive sees it. */
export interface FnTlv {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** Splits a list of TLVs. @throws FnRefusal 18h when lengths do not add up */
export function splitTlv(bytes: Uint8Array): FnTlv[] {
  const reader = byteReader(bytes);
  const out: FnTlv[] = [];
  while (reader.remaining > 0) {
    if (reader.remaining < 4) throw new FnRefusal(0x18, `half a TLV header at ${reader.position}`);
    const tag = reader.u16le();
    const length = reader.u16le();
    if (length > reader.remaining)
      throw new FnRefusal(0x18, `tag ${tag} says ${length} bytes, ${reader.remaining} are left`);
    out.push({ tag, value: reader.take(length).slice() });
  }
  return out;
}

/** Writes TLVs in their order. */
export function joinTlv(list: readonly FnTlv[]): Uint8Array {
  const writer = byteWriter(0x10000);
  for (const { tag, value } of list) writer.u16le(tag).u16le(value.length).bytes(value);
  return writer.finish();
}

export function tlvUint8(tag: number, value: number): FnTlv {
  return { tag, value: Uint8Array.of(value) };
}

export function tlvUint16(tag: number, value: number): FnTlv {
  return { tag, value: byteWriter(2).u16le(value).finish() };
}

export function tlvUint32(tag: number, value: number): FnTlv {
  return { tag, value: byteWriter(4).u32le(value).finish() };
}

/** A variable-length number: as few bytes as it needs, at least one. */
export function tlvNumber(tag: number, value: number): FnTlv {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 256))
    bytes.push(rest % 256);
  return { tag, value: Uint8Array.from(bytes) };
}

export function readNumber(value: Uint8Array): number {
  let number = 0;
  for (let index = value.length - 1; index >= 0; index -= 1) number = number * 256 + (value[index] as number);
  if (value.length > 8 || !Number.isSafeInteger(number))
    throw new FnRefusal(0x18, 'a number that is too long');
  return number;
}
