import { byteReader, byteWriter, crc16CcittFalse, isElcertError, toHex } from '@elcert/core';
import { OfdError, type OfdErrorCode } from './errors.js';

// Session message and container of the KKT–OFD protocol. No official text of it is public; the layout is that of running
// implementations and of real messages whose check sums were recomputed (see README, "What is known, and how").

/** Bytes of a session header. */
export const sessionHeaderBytes = 30;
/** Bytes of a container's header. */
export const containerHeaderBytes = 32;
/** A document with its envelope may take 32 KB; with signs and headers a container never takes more than this. */
export const maxContainerBytes = 0x8000 + 64;

/** First four bytes of every session message. */
export const sessionSignature: Uint8Array = Uint8Array.of(0x2a, 0x08, 0x41, 0x0a);

/** What the check sum of a session header covers (flag bits 0–1). */
export type SessionCrcMode = 'none' | 'header' | 'header-and-body';

const crcModes: readonly SessionCrcMode[] = ['none', 'header', 'header-and-body'];

/** A session message without its body. */
export interface SessionHeader {
  /** Version of the session layer: the two bytes as hex, `81A2` in all real traffic seen, `82FB` in one variant. */
  readonly sVersion: string;
  /**
   * Version of the application layer: the two bytes as hex. `0001`, `0002`, `0100` (FFD 1.0), `0105`, `0110`, `0120`. It does
   * not tell the format of the document inside: take tag 1209 for that.
   */
  readonly aVersion: string;
  /** 16 characters; shorter numbers of test drives end in spaces. */
  readonly fiscalDriveNumber: string;
  readonly crcMode: SessionCrcMode;
  /** Flag bit 2. */
  readonly hasContainer: boolean;
  /** Flag bits 4–5. */
  readonly replyWanted: boolean;
  /** Flag bits 6–7, 0 to 3. */
  readonly priority: number;
}

/** A whole session message. */
export interface SessionMessage extends SessionHeader {
  /** The container, or nothing in a ping. */
  readonly body: Uint8Array;
}

function fail(code: OfdErrorCode, message: string, position?: number): never {
  throw new OfdError({ code, message, position });
}

function versionText(value: number): string {
  return value.toString(16).toUpperCase().padStart(4, '0');
}

function versionValue(text: string, name: string): number {
  if (!/^[0-9a-fA-F]{4}$/.test(text)) fail('BAD_NUMBER', `${name} is four hex digits, e.g. 0120`);
  return Number.parseInt(text, 16);
}

/** A header as it stands on the wire, with what only the wire needs. */
export interface DecodedSessionHeader extends SessionHeader {
  /** Bytes that follow the header. */
  readonly bodySize: number;
}

/**
 * Reads the 30 bytes of a session header; bytes after them are the body and are not looked at.
 *
 * The check sum is verified here in mode `header`, and with the body by {@link decodeSession}. In mode `none` its field is
 * not looked at.
 *
 * @throws OfdError `BAD_SESSION`, `BAD_SESSION_FLAGS`, `BAD_SESSION_CRC`, each with the position of the field
 */
export function decodeSessionHeader(bytes: Uint8Array): DecodedSessionHeader {
  if (bytes.length < sessionHeaderBytes)
    fail(
      'BAD_SESSION',
      `a session header has ${sessionHeaderBytes} bytes, not ${bytes.length}`,
      bytes.length,
    );
  const wrong = sessionSignature.findIndex((byte, index) => bytes[index] !== byte);
  if (wrong >= 0) fail('BAD_SESSION', 'not the signature of a session message', wrong);
  const reader = byteReader(bytes.subarray(0, sessionHeaderBytes));
  reader.take(sessionSignature.length);
  const sVersion = versionText(reader.u16be());
  const aVersion = versionText(reader.u16be());
  let fiscalDriveNumber = '';
  for (const byte of reader.take(16)) {
    if (byte < 0x20 || byte > 0x7e)
      fail('BAD_SESSION', 'the drive number is not ASCII', 8 + fiscalDriveNumber.length);
    fiscalDriveNumber += String.fromCharCode(byte);
  }
  const bodySize = reader.u16le();
  const flags = reader.u16le();
  const crc = reader.u16le();
  const crcMode = crcModes[flags & 3];
  if (crcMode === undefined) fail('BAD_SESSION_FLAGS', 'check sum mode 11 is forbidden', 26);
  const reply = (flags >> 4) & 3;
  if (reply > 1) fail('BAD_SESSION_FLAGS', 'reply bits are neither 00 nor 01', 26);
  if ((flags & 0xff08) !== 0) fail('BAD_SESSION_FLAGS', 'reserved bits are set', 26);
  const hasContainer = (flags & 4) !== 0;
  if (hasContainer !== bodySize > 0)
    fail(
      'BAD_SESSION_FLAGS',
      hasContainer ? 'a container is announced, its size is 0' : 'a body without a container flag',
      26,
    );
  if (crcMode === 'header' && crc16CcittFalse(bytes.subarray(0, 28)) !== crc)
    fail('BAD_SESSION_CRC', 'wrong check sum of the session header', 28);
  return {
    sVersion,
    aVersion,
    fiscalDriveNumber,
    crcMode,
    hasContainer,
    replyWanted: reply === 1,
    priority: (flags >> 6) & 3,
    bodySize,
  };
}

/**
 * Reads a whole session message. What it returns gives the same bytes again in {@link encodeSession}.
 *
 * @throws OfdError `BAD_SESSION` (also for bytes missing or left over), `BAD_SESSION_FLAGS`, `BAD_SESSION_CRC`
 */
export function decodeSession(bytes: Uint8Array): SessionMessage {
  const { bodySize, ...header } = decodeSessionHeader(bytes);
  const size = sessionHeaderBytes + bodySize;
  if (bytes.length !== size)
    fail(
      'BAD_SESSION',
      `the header announces ${size} bytes, there are ${bytes.length}`,
      Math.min(size, bytes.length),
    );
  if (header.crcMode === 'header-and-body') {
    const body = bytes.subarray(sessionHeaderBytes);
    const crc = crc16CcittFalse(body, crc16CcittFalse(bytes.subarray(0, 28)));
    if (byteReader(bytes.subarray(28, 30)).u16le() !== crc)
      fail('BAD_SESSION_CRC', 'wrong check sum of the session message', 28);
  }
  return { ...header, body: bytes.slice(sessionHeaderBytes) };
}

/**
 * Writes a session message.
 *
 * @throws OfdError `BAD_NUMBER` for a value that does not fit its field, `SESSION_TOO_LONG` for a body above 65,535 bytes,
 * `BAD_SESSION_FLAGS` when `hasContainer` and the body disagree
 * @example
 * ```ts
 * const bytes = encodeSession({
 *   sVersion: '81A2',
 *   aVersion: '0120',
 *   fiscalDriveNumber: '9999078900005488',
 *   crcMode: 'none',
 *   hasContainer: true,
 *   replyWanted: true,
 *   priority: 0,
 *   body: container,
 * });
 * ```
 */
export function encodeSession(message: SessionMessage): Uint8Array {
  const { fiscalDriveNumber, body } = message;
  if (!/^[\x20-\x7e]{16}$/.test(fiscalDriveNumber))
    fail('BAD_NUMBER', 'the drive number of a session has 16 ASCII characters');
  if (body.length > 0xffff) fail('SESSION_TOO_LONG', `a body of ${body.length} bytes does not fit a session`);
  if (message.hasContainer !== body.length > 0)
    fail('BAD_SESSION_FLAGS', 'the container flag and the body disagree', 26);
  const mode = crcModes.indexOf(message.crcMode);
  if (mode < 0) fail('BAD_SESSION_FLAGS', `no such check sum mode: ${String(message.crcMode)}`, 26);
  if (!Number.isInteger(message.priority) || message.priority < 0 || message.priority > 3)
    fail('BAD_NUMBER', 'a priority is 0 to 3');
  const flags =
    mode | (message.hasContainer ? 4 : 0) | (message.replyWanted ? 0x10 : 0) | (message.priority << 6);
  const writer = byteWriter(sessionHeaderBytes + body.length)
    .bytes(sessionSignature)
    .u16be(versionValue(message.sVersion, 'sVersion'))
    .u16be(versionValue(message.aVersion, 'aVersion'));
  for (const character of fiscalDriveNumber) writer.u8(character.charCodeAt(0));
  writer.u16le(body.length).u16le(flags);
  let crc = 0;
  if (message.crcMode !== 'none') {
    crc = crc16CcittFalse(writer.finish());
    if (message.crcMode === 'header-and-body') crc = crc16CcittFalse(body, crc);
  }
  return writer.u16le(crc).bytes(body).finish();
}

/** Options of a {@link pingMessage}. */
export interface PingOptions {
  readonly fiscalDriveNumber?: string;
  readonly sVersion?: string;
  readonly aVersion?: string;
}

/** A header without a body, as an operator's check tool sends it: does anybody speak the protocol there? */
export function pingMessage(options: PingOptions = {}): SessionMessage {
  return {
    sVersion: options.sVersion ?? '81A2',
    aVersion: options.aVersion ?? '0120',
    fiscalDriveNumber: options.fiscalDriveNumber ?? '9'.repeat(16),
    crcMode: 'none',
    hasContainer: false,
    replyWanted: true,
    priority: 0,
    body: new Uint8Array(0),
  };
}

/** Direction byte of a container that goes to the operator. */
export const containerToOfd = 0xa5;
/** Direction byte of the operator's reply. Named by one implementation, not seen in real traffic. */
export const containerFromOfd = 0x5a;

/** A container: one signed document on its way. */
export interface Container {
  /**
   * How the first field counts: `total` (with these 32 bytes, as every real message does) or `data` (without them, as one
   * client and one quotation of the protocol do).
   */
  readonly lengthForm: 'total' | 'data';
  /** A5h to the operator; 5Ah is read for the other way. */
  readonly messageType: number;
  /** Form code of the document: 1, 11, 2, 3 …; 7 for a confirmation. */
  readonly documentCode: number;
  readonly version: number;
  /** Two bytes of unknown meaning (`10 09` in all real containers), kept as they are. */
  readonly serviceData1: Uint8Array;
  /** 16 characters. They are packed by two; a nibble F stands for a space, A to E (never seen) for themselves. */
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Twelve bytes, kept as they are; see {@link documentServiceData} for what is known of them. */
  readonly serviceData2: Uint8Array;
  /** The document, its message sign and what follows; see {@link splitContainerData}. */
  readonly data: Uint8Array;
}

/** 16 characters of a drive's number out of its 8 packed bytes. */
export function unpackFnNumber(bytes: Uint8Array): string {
  return toHex(bytes).toUpperCase().replaceAll('F', ' ');
}

/**
 * A drive's number in 8 packed bytes; a shorter one is padded with spaces.
 *
 * @throws OfdError `BAD_NUMBER` for other characters than digits and spaces (and A to E, which {@link unpackFnNumber} may give)
 */
export function packFnNumber(text: string): Uint8Array {
  const padded = text.padEnd(16, ' ');
  if (!/^[0-9A-E ]{16}$/.test(padded)) fail('BAD_NUMBER', 'a drive number has at most 16 digits');
  return Uint8Array.from({ length: 8 }, (_, index) =>
    Number.parseInt(padded.slice(index * 2, index * 2 + 2).replaceAll(' ', 'F'), 16),
  );
}

/** Check sum of a container: over everything but the two bytes that hold it. */
function containerCrc(bytes: Uint8Array): number {
  return crc16CcittFalse(bytes.subarray(4), crc16CcittFalse(bytes.subarray(0, 2)));
}

/**
 * Reads a container. What it returns gives the same bytes again in {@link encodeContainer}. The data is not looked into:
 * a drive with encryption on sends a ciphered body.
 *
 * @throws OfdError `BAD_CONTAINER` (also for a length that fits neither spelling), `BAD_CONTAINER_CRC`
 */
export function decodeContainer(bytes: Uint8Array): Container {
  if (bytes.length < containerHeaderBytes)
    fail(
      'BAD_CONTAINER',
      `a container has at least ${containerHeaderBytes} bytes, not ${bytes.length}`,
      bytes.length,
    );
  if (bytes.length > maxContainerBytes)
    fail(
      'BAD_CONTAINER',
      `a container of ${bytes.length} bytes, at most ${maxContainerBytes} are taken`,
      maxContainerBytes,
    );
  const reader = byteReader(bytes);
  const length = reader.u16le();
  const lengthForm =
    length === bytes.length ? 'total' : length === bytes.length - containerHeaderBytes ? 'data' : undefined;
  if (lengthForm === undefined)
    fail('BAD_CONTAINER', `the container says ${length} bytes, there are ${bytes.length}`, 0);
  const crc = reader.u16le();
  if (crc !== containerCrc(bytes)) fail('BAD_CONTAINER_CRC', 'wrong check sum of the container', 2);
  return {
    lengthForm,
    messageType: reader.u8(),
    documentCode: reader.u8(),
    version: reader.u8(),
    serviceData1: reader.take(2).slice(),
    fiscalDriveNumber: unpackFnNumber(reader.take(8)),
    fiscalDocumentNumber: reader.u24be(),
    serviceData2: reader.take(12).slice(),
    data: reader.take(reader.remaining).slice(),
  };
}

/**
 * Writes a container, check sum included.
 *
 * @throws OfdError `BAD_NUMBER` for a value that does not fit its field, `BAD_CONTAINER` for too much data
 */
export function encodeContainer(container: Container): Uint8Array {
  const { data, serviceData1, serviceData2 } = container;
  const total = containerHeaderBytes + data.length;
  if (total > maxContainerBytes)
    fail('BAD_CONTAINER', `a container of ${total} bytes is too long`, maxContainerBytes);
  if (serviceData1.length !== 2 || serviceData2.length !== 12)
    fail('BAD_NUMBER', 'service data has 2 and 12 bytes');
  const fiscalDriveNumber = packFnNumber(container.fiscalDriveNumber);
  try {
    const bytes = byteWriter(total)
      .u16le(container.lengthForm === 'total' ? total : data.length)
      .u16le(0)
      .u8(container.messageType)
      .u8(container.documentCode)
      .u8(container.version)
      .bytes(serviceData1)
      .bytes(fiscalDriveNumber)
      .u24be(container.fiscalDocumentNumber)
      .bytes(serviceData2)
      .bytes(data)
      .finish();
    const crc = containerCrc(bytes);
    bytes[2] = crc & 0xff;
    bytes[3] = crc >> 8;
    return bytes;
  } catch (error) {
    if (!isElcertError(error, 'NUMBER_OUT_OF_RANGE')) throw error;
    throw new OfdError({
      code: 'BAD_NUMBER',
      message: error.message,
      position: error.position,
      cause: error,
    });
  }
}

/** What stands in a plain (not ciphered) container. */
export interface ContainerData {
  /** The document TLV, outer tag included. */
  readonly document: Uint8Array;
  /** The message sign (ФПС) or the operator's sign of the reply (ФПП): 8 bytes, absent in mock replies. */
  readonly messageSign: Uint8Array | undefined;
  /** What follows the sign: two zero bytes in containers of drives. */
  readonly trailer: Uint8Array;
}

/**
 * Splits a container's data into document, sign and trailer.
 *
 * @param documentCode - form code that the container's header announces
 * @throws OfdError `BAD_CONTAINER_DATA` when the data does not begin with that document: a drive that ciphers (tag 1056 = 1)
 * cannot be read here
 */
export function splitContainerData(data: Uint8Array, documentCode: number): ContainerData {
  if (data.length < 4) fail('BAD_CONTAINER_DATA', 'no document in the container', data.length);
  const reader = byteReader(data);
  const tag = reader.u16le();
  const length = reader.u16le();
  if (tag !== documentCode)
    fail(
      'BAD_CONTAINER_DATA',
      `the header announces form ${documentCode}, the data begins with ${tag}: ciphered?`,
      0,
    );
  if (length > reader.remaining)
    fail('BAD_CONTAINER_DATA', `the document says ${length} bytes, ${reader.remaining} are left`, 2);
  reader.take(length);
  const document = data.slice(0, reader.position);
  if (reader.remaining < 8)
    return { document, messageSign: undefined, trailer: reader.take(reader.remaining).slice() };
  const messageSign = reader.take(8).slice();
  return { document, messageSign, trailer: reader.take(reader.remaining).slice() };
}

/** What is known of the twelve bytes `serviceData2`; read off four real messages, no document says so. */
export interface DocumentServiceData {
  /** Five bytes that look random. */
  readonly nonce: Uint8Array;
  /** Number of the report that opened the shift; 1 in a registration. */
  readonly shiftOpenDocumentNumber: number;
  /** 2 under FFD 1.0, 4 under FFD 1.05. */
  readonly format: number;
  /** Bytes of the document TLV, its header included. */
  readonly documentLength: number;
}

/** Reads `serviceData2` of a container that a drive made. Inferred from real messages: for display, not for decisions. */
export function documentServiceData(serviceData2: Uint8Array): DocumentServiceData {
  if (serviceData2.length !== 12) fail('BAD_NUMBER', 'service data has 12 bytes');
  const reader = byteReader(serviceData2);
  return {
    nonce: reader.take(5).slice(),
    shiftOpenDocumentNumber: reader.u24be(),
    format: reader.u16be(),
    documentLength: reader.u16be(),
  };
}

/** Writes the twelve bytes that {@link documentServiceData} reads. @throws OfdError `BAD_NUMBER` */
export function encodeDocumentServiceData(value: DocumentServiceData): Uint8Array {
  if (value.nonce.length !== 5) fail('BAD_NUMBER', 'the nonce has 5 bytes');
  return byteWriter(12)
    .bytes(value.nonce)
    .u24be(value.shiftOpenDocumentNumber)
    .u16be(value.format)
    .u16be(value.documentLength)
    .finish();
}

/** The tax service's `rawData`, decoded from base64. */
export interface RawData extends ContainerData {
  /** The container's header without length and check sum; newer answers have none. */
  readonly header: Omit<Container, 'lengthForm' | 'data'> | undefined;
}

/**
 * Reads the bytes of `rawData` in the tax service's JSON: an optional `FF FF 00 1C` with the 28 header bytes, the document
 * TLV, an optional message sign.
 *
 * @throws OfdError `BAD_RAW_DATA` or `BAD_CONTAINER_DATA`
 */
export function decodeRawData(bytes: Uint8Array): RawData {
  if (bytes.length < 4) fail('BAD_RAW_DATA', 'too short', bytes.length);
  if (bytes.length > maxContainerBytes)
    fail('BAD_RAW_DATA', `more than ${maxContainerBytes} bytes`, maxContainerBytes);
  if (!hasRawHeader(bytes)) {
    const documentCode = byteReader(bytes).u16le();
    return { header: undefined, ...splitContainerData(bytes, documentCode) };
  }
  if (bytes.length < 32) fail('BAD_RAW_DATA', 'the header is cut', bytes.length);
  const reader = byteReader(bytes.subarray(4, 32));
  const header = {
    messageType: reader.u8(),
    documentCode: reader.u8(),
    version: reader.u8(),
    serviceData1: reader.take(2).slice(),
    fiscalDriveNumber: unpackFnNumber(reader.take(8)),
    fiscalDocumentNumber: reader.u24be(),
    serviceData2: reader.take(12).slice(),
  };
  return { header, ...splitContainerData(bytes.subarray(32), header.documentCode) };
}

/** Writes what {@link decodeRawData} reads. */
export function encodeRawData(raw: RawData): Uint8Array {
  const { header } = raw;
  const writer = byteWriter(maxContainerBytes);
  if (header !== undefined) {
    writer
      .bytes(Uint8Array.of(0xff, 0xff, 0x00, 0x1c))
      .bytes(encodeContainer({ ...header, lengthForm: 'total', data: new Uint8Array(0) }).subarray(4));
  }
  return writer
    .bytes(raw.document)
    .bytes(raw.messageSign ?? new Uint8Array(0))
    .bytes(raw.trailer)
    .finish();
}

function hasRawHeader(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xff && bytes[2] === 0x00 && bytes[3] === 0x1c;
}
