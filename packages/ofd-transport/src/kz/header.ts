import { byteReader, byteWriter } from '@elcert/core';
import { KzError } from './errors.js';

/** Bytes of a header; the same both ways, all numbers little-endian. */
export const kzHeaderBytes = 18;

/** The application code that every message begins with. */
export const kzAppCode = 0x81a2;

/** Most bytes of a message that are taken unless told otherwise. The protocol knows no limit; this one is *ours*. */
export const kzMaxFrameBytes = 1 << 20;

/** Versions that have a schema: header number = X·100 + Y·10 + Z of X.Y.Z. */
export const kzVersions = [202, 203, 204] as const;

/** 2.0.2, 2.0.3 or 2.0.4 as the header writes it. */
export type KzVersion = (typeof kzVersions)[number];

/** What precedes a message. */
export interface KzHeader {
  readonly version: KzVersion;
  /** Number of the device at its operator. */
  readonly id: number;
  /** The rotating key, 0 to 4294967295. */
  readonly token: number;
  /** Counter of requests, 0 to 65535. */
  readonly reqnum: number;
}

/** A header as it is on the wire: with the size of the whole message. */
export interface KzSizedHeader extends KzHeader {
  /** Bytes of the message, header included. */
  readonly size: number;
}

/**
 * Reads a header of 18 bytes; what follows is not looked at.
 *
 * @throws KzError `BAD_SIZE`, `BAD_HEADER`, `UNSUPPORTED_VERSION`, each with a position
 */
export function decodeKzHeader(bytes: Uint8Array): KzSizedHeader {
  if (bytes.length < kzHeaderBytes) {
    throw new KzError({
      code: 'BAD_SIZE',
      message: `a header of ${kzHeaderBytes} bytes wanted, ${bytes.length} are there`,
      position: bytes.length,
    });
  }
  const reader = byteReader(bytes.subarray(0, kzHeaderBytes));
  if (reader.u16le() !== kzAppCode)
    throw new KzError({ code: 'BAD_HEADER', message: 'not the application code 81A2h', position: 0 });
  const version = reader.u16le();
  const known = kzVersions.find((one) => one === version);
  if (known === undefined) {
    throw new KzError({
      code: 'UNSUPPORTED_VERSION',
      message: `protocol version ${version}; ${kzVersions.join(', ')} are known`,
      position: 2,
      details: { version },
    });
  }
  const size = reader.u32le();
  if (size < kzHeaderBytes)
    throw new KzError({
      code: 'BAD_HEADER',
      message: `a message of ${size} bytes is less than its header`,
      position: 4,
    });
  return { version: known, size, id: reader.u32le(), token: reader.u32le(), reqnum: reader.u16le() };
}

/**
 * Joins a header and a protobuf payload.
 *
 * @throws KzError `BAD_VALUE` with the path of the number that does not fit
 */
export function joinKzFrame(header: KzHeader, payload: Uint8Array): Uint8Array {
  for (const [name, limit] of [
    ['id', 0xffff_ffff],
    ['token', 0xffff_ffff],
    ['reqnum', 0xffff],
  ] as const) {
    const value: unknown = header[name];
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > limit)
      throw new KzError({
        code: 'BAD_VALUE',
        message: `header/${name}: a whole number of 0 to ${limit} wanted`,
        path: `header/${name}`,
      });
  }
  if (!kzVersions.includes(header.version))
    throw new KzError({
      code: 'UNSUPPORTED_VERSION',
      message: `header/version: one of ${kzVersions.join(', ')} wanted`,
      path: 'header/version',
    });
  const size = kzHeaderBytes + payload.length;
  return byteWriter(size)
    .u16le(kzAppCode)
    .u16le(header.version)
    .u32le(size)
    .u32le(header.id)
    .u32le(header.token)
    .u16le(header.reqnum)
    .bytes(payload)
    .finish();
}
