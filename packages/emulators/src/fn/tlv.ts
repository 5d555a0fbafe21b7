import { byteWriter, encodeCp866, isElcertError } from '@elcert/core';
import { splitTlv, type TlvElement } from '@elcert/fiscal-doc';
import { FnRefusal } from './errors.js';

// A drive sees TLVs as tag and bytes only, whatever the dictionary says of them; hence no dictionary here.

/** One requisite as a drive sees it. */
export type FnTlv = Pick<TlvElement, 'tag' | 'value'>;

/** Splits a list of TLVs, as copies. @throws FnRefusal 18h when lengths do not add up */
export function readTlv(bytes: Uint8Array): FnTlv[] {
  try {
    return splitTlv(bytes.slice());
  } catch (error) {
    if (!isElcertError(error)) throw error;
    throw new FnRefusal(0x18, error.message);
  }
}

/** A text; one of a fixed length is filled with spaces. */
export function tlvText(tag: number, value: string, length?: number): FnTlv {
  return { tag, value: encodeCp866(length === undefined ? value : value.padEnd(length, ' ')).bytes };
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
