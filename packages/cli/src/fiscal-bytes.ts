import { type ElcertError, isElcertError } from '@elcert/core';
import { isDocumentCode, tagDefinition } from '@elcert/fiscal-doc';
import {
  type DecodedSessionHeader,
  decodeContainer,
  decodeRawData,
  decodeSession,
  decodeSessionHeader,
  documentServiceData,
  type FiscalBytesKind,
  recognise,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { badInput } from './outcome.js';

/** Kinds of bytes that `elcert fd` knows. */
export const fiscalKinds: readonly FiscalBytesKind[] = [
  'session',
  'sessionHeader',
  'container',
  'rawData',
  'document',
  'tlv',
];

/** The envelopes around a list of tags, opened from the outside in. Layers that are not there are absent. */
export interface FiscalLayers {
  readonly kind: FiscalBytesKind;
  readonly session?: DecodedSessionHeader;
  readonly container?: Record<string, unknown>;
  /** A document TLV, or a bare list, still as bytes, and where it begins. */
  readonly tlv?: { readonly is: 'document' | 'tags'; readonly offset: number; readonly bytes: Uint8Array };
  readonly messageSign?: Uint8Array;
  readonly trailer?: Uint8Array;
}

/**
 * Recognises fiscal bytes and opens their envelopes.
 *
 * @param kind - when the caller knows better than the recogniser
 * @throws ElcertError `NOT_FISCAL_BYTES`, or what the codec of the layer at fault throws
 */
export function openFiscalBytes(
  bytes: Uint8Array,
  kind: FiscalBytesKind | undefined = recognise(bytes),
): FiscalLayers {
  switch (kind) {
    case 'session': {
      const { body, ...header } = decodeSession(bytes);
      const session = { ...header, bodySize: body.length };
      const inside = body.length === 0 ? {} : openContainer(body, bytes.length - body.length);
      return { kind, session, ...inside };
    }
    case 'sessionHeader':
      return { kind, session: decodeSessionHeader(bytes) };
    case 'container':
      return { kind, ...openContainer(bytes, 0) };
    case 'rawData': {
      const { header, document, ...signs } = decodeRawData(bytes);
      return {
        kind,
        ...(header === undefined ? {} : { container: { ...header } }),
        tlv: { is: 'document', offset: header === undefined ? 0 : 32, bytes: document },
        ...present(signs),
      };
    }
    case 'document':
      return { kind, tlv: { is: 'document', offset: 0, bytes } };
    case 'tlv':
      return { kind, tlv: { is: 'tags', offset: 0, bytes } };
    default:
      throw badInput(
        'NOT_FISCAL_BYTES',
        `these ${bytes.length} bytes look like no session, container, document or list of tags; --kind says what to try`,
        { position: 0 },
      );
  }
}

/** {@link FiscalLayers} of bytes that may be broken, and what is wrong with their envelope. */
export interface InspectedLayers extends FiscalLayers {
  readonly fault?: ElcertError;
}

/** Where the document begins when the envelopes around it are as long as they always are. */
const usualOffsets: Partial<Readonly<Record<FiscalBytesKind, number>>> = { session: 62, container: 32 };

/**
 * {@link openFiscalBytes} for dumps from the field: where an envelope lies or the end is missing, the tags are looked for where they
 * usually begin.
 *
 * @throws ElcertError as {@link openFiscalBytes}, when no known tag stands there either
 */
export function inspectFiscalBytes(
  bytes: Uint8Array,
  kind: FiscalBytesKind | undefined = recognise(bytes),
): InspectedLayers {
  try {
    return openFiscalBytes(bytes, kind);
  } catch (error) {
    if (!isElcertError(error)) throw error;
    const offset = (kind === undefined ? undefined : usualOffsets[kind]) ?? 0;
    if (bytes.length < offset + 4) throw error;
    const number = (at: number) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    const tag = number(offset);
    const is = isDocumentCode(tag) ? ('document' as const) : ('tags' as const);
    if (tagDefinition(tag) === undefined) throw error;
    const end = is === 'document' ? Math.min(bytes.length, offset + 4 + number(offset + 2)) : bytes.length;
    const tlv = { is, offset, bytes: bytes.subarray(offset, end) };
    return { kind: kind ?? (is === 'document' ? 'document' : 'tlv'), tlv, fault: error };
  }
}

function openContainer(bytes: Uint8Array, offset: number): Omit<FiscalLayers, 'kind'> {
  const { data, ...header } = decodeContainer(bytes);
  const { document, ...signs } = splitContainerData(data, header.documentCode);
  return {
    container: { ...header, inferredServiceData: documentServiceData(header.serviceData2) },
    tlv: { is: 'document', offset: offset + bytes.length - data.length, bytes: document },
    ...present(signs),
  };
}

function present(signs: { readonly messageSign: Uint8Array | undefined; readonly trailer: Uint8Array }) {
  return {
    ...(signs.messageSign === undefined ? {} : { messageSign: signs.messageSign }),
    ...(signs.trailer.length === 0 ? {} : { trailer: signs.trailer }),
  };
}
