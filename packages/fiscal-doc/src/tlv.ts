import { fiscalDocError } from './errors.js';

/** One element as it stands in the bytes. */
export interface TlvElement {
  readonly tag: number;
  /** A view into the input, not a copy. */
  readonly value: Uint8Array;
  /** Where the header of the element begins in the input. */
  readonly offset: number;
}

/** Most bytes the value of one TLV can have. */
export const maxTlvLength = 0xffff;

/**
 * Cuts bytes into TLV elements: tag and length are 16-bit little-endian numbers, nothing stands between elements. Only one
 * level; values are not interpreted.
 *
 * @throws ElcertError `TLV_TRUNCATED` with the position, when a header is cut short or a length points past the end
 * @example
 * ```ts
 * splitTlv(Uint8Array.of(0x37, 0x04, 0x02, 0x00, 0xc4, 0x09)); // [{ tag: 1079, value: c409, offset: 0 }]
 * ```
 */
export function splitTlv(bytes: Uint8Array): TlvElement[] {
  const elements: TlvElement[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const left = bytes.length - offset - 4;
    if (left < 0) {
      throw fiscalDocError({
        code: 'TLV_TRUNCATED',
        message: `${left + 4} bytes left at ${offset}, a TLV header has 4`,
        position: offset,
      });
    }
    const tag = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8);
    const length = (bytes[offset + 2] as number) | ((bytes[offset + 3] as number) << 8);
    if (length > left) {
      throw fiscalDocError({
        code: 'TLV_TRUNCATED',
        message: `tag ${tag} at ${offset} says ${length} bytes, ${left} are left`,
        position: offset,
      });
    }
    elements.push({ tag, value: bytes.subarray(offset + 4, offset + 4 + length), offset });
    offset += 4 + length;
  }
  return elements;
}

/**
 * Writes TLV elements one after the other: the exact inverse of {@link splitTlv}.
 *
 * @throws ElcertError `TAG_VALUE` for a tag that is no 16-bit number, `TLV_TOO_LONG` for a value of more than 65535 bytes
 */
export function joinTlv(elements: Iterable<Pick<TlvElement, 'tag' | 'value'>>): Uint8Array {
  const list = [...elements];
  let size = 0;
  for (const { tag, value } of list) {
    if (!Number.isInteger(tag) || tag < 0 || tag > 0xffff)
      throw fiscalDocError({ code: 'TAG_VALUE', message: `not a tag number: ${tag}`, path: String(tag) });
    if (value.length > maxTlvLength) {
      throw fiscalDocError({
        code: 'TLV_TOO_LONG',
        message: `${value.length} bytes do not fit a TLV`,
        path: String(tag),
      });
    }
    size += 4 + value.length;
  }
  const out = new Uint8Array(size);
  let offset = 0;
  for (const { tag, value } of list) {
    out[offset] = tag & 0xff;
    out[offset + 1] = tag >> 8;
    out[offset + 2] = value.length & 0xff;
    out[offset + 3] = value.length >> 8;
    out.set(value, offset + 4);
    offset += 4 + value.length;
  }
  return out;
}
