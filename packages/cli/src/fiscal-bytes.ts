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
