import { concatBytes, type ElcertError, formatRubles, isElcertError } from '@elcert/core';
import { assumedCertificateCodes } from './certificates.js';
import { type InpasFields, inpasNumber, inpasText, redactInpas, safeDecodeInpasTlv } from './codec.js';
import { inpasFramer } from './framer.js';
import { readRelayRequest } from './relay.js';
import { inpasFieldSpec, inpasOperationSpec, inpasOperations, inpasStatuses } from './table.js';
import { decodeDualConnectorAnswer, decodeDualConnectorRequest } from './xml.js';

/** One field of a message, masked. */
export interface InpasExplainedField {
  readonly number: number;
  readonly name: string;
  readonly value: string;
  /** What the field is, or what its value stands for, where a table knows. */
  readonly meaning: string;
}

/** One thing found in a stream. */
export interface InpasExplained {
  readonly kind: 'message' | 'piece' | 'control' | 'unreadable' | 'junk' | 'incomplete';
  /** Offset of its first byte, from 0. */
  readonly position: number;
  /** One line in English. */
  readonly title: string;
  readonly fields: readonly InpasExplainedField[];
  readonly error?: ElcertError;
}

const amounts = new Set([0, 1, 29, 31, 49, 51]);

function meaningOf(number: number, value: string): string {
  const spec = inpasFieldSpec(number);
  if (spec === undefined) return 'not in the table';
  const count = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (count !== undefined && amounts.has(number)) return `${spec.en}: ${formatRubles(count)}`;
  if (count !== undefined && number === 25) return operation(count);
  if (count !== undefined && number === 39) return inpasStatuses[count]?.en ?? 'unknown';
  return spec.en;
}

function operation(code: number): string {
  const known = inpasOperationSpec(code);
  if (known !== undefined) return known.en;
  const ours = Object.entries(assumedCertificateCodes).find(([, one]) => one === code);
  return ours === undefined ? 'unknown' : `certificate, ${ours[0]} (ours)`;
}

/** Fields of a message with their meaning, masked. */
export function explainInpasFields(fields: InpasFields): readonly InpasExplainedField[] {
  return [...redactInpas(fields)].map(([number, value]) => ({
    number,
    name: inpasFieldSpec(number)?.name ?? `field${number}`,
    value,
    meaning: meaningOf(number, value),
  }));
}

function titleOf(fields: InpasFields): string {
  const code = inpasNumber(fields, 'operationCode');
  const status = inpasNumber(fields, 'status');
  const told = code === undefined ? 'message without an operation' : `operation ${code} ${operation(code)}`;
  if (code === inpasOperations.command.code) {
    const answered = inpasNumber(fields, 'commandResult');
    if (answered !== undefined) return `${told} – ${answered === 0 ? 'done' : 'failed'}`;
    const request = readRelayRequest(fields);
    return `${told} – ${request.type === 'open' ? `connect to ${request.host}:${request.port}` : request.type}`;
  }
  return status === undefined ? told : `${told} – ${inpasStatuses[status]?.en ?? `status ${status}`}`;
}

// XML of DualConnector begins as no frame does.
const xmlStart = /^\ufeff?\s*<(?:\?xml|request|response)\b/;

/** One request or answer of DualConnector. */
function explainXml(bytes: Uint8Array): InpasExplained {
  const head = { position: 0, fields: [] };
  try {
    const isRequest = /<request[\s>]/.test(inpasText(bytes.subarray(0, 1000)));
    const read = isRequest
      ? { type: 'fields' as const, fields: decodeDualConnectorRequest(bytes).fields }
      : decodeDualConnectorAnswer(bytes);
    if (read.type === 'error') {
      const title = `DualConnector itself failed: ${read.code} ${read.text} – the terminal’s part is not known`;
      return { ...head, kind: 'message', title };
    }
    return { ...head, kind: 'message', title: titleOf(read.fields), fields: explainInpasFields(read.fields) };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return { ...head, kind: 'unreadable', title: error.message, error };
  }
}

/**
 * Explains a piece of SA traffic, one direction, frame by frame; the pieces of a long message are put together with the last of
 * them. XML of DualConnector, one request or answer, is known by its beginning. Everything that is shown is masked.
 *
 * @example
 * ```ts
 * for (const { position, title } of explainInpas(bytes)) console.log(position, title);
 * // 0 operation 26 link test
 * ```
 */
export function explainInpas(bytes: Uint8Array): readonly InpasExplained[] {
  if (xmlStart.test(new TextDecoder().decode(bytes.subarray(0, 100)))) return [explainXml(bytes)];
  const framer = inpasFramer({ resync: 'at-once', maxFrame: 1 << 16, maxJunk: 1 << 24 });
  const found: InpasExplained[] = [];
  let pieces: Uint8Array[] = [];
  const message = (position: number, body: Uint8Array, note = '') => {
    const read = safeDecodeInpasTlv(body);
    found.push(
      read.ok
        ? {
            kind: 'message',
            position,
            title: `${titleOf(read.fields)}${note}`,
            fields: explainInpasFields(read.fields),
          }
        : { kind: 'unreadable', position, title: read.error.message, fields: [], error: read.error },
    );
  };
  for (const event of [...framer.push(bytes), ...framer.expire()]) {
    const { position } = event;
    switch (event.type) {
      case 'frame':
        message(position, event.body);
        break;
      case 'fragment': {
        const { number, data } = event;
        if (number === '1') pieces = [];
        const whole = pieces.length > 0 || number === '1' || number === '0';
        pieces.push(data);
        const title = `piece ${number === '0' ? '0 (the last)' : number} of a long message, ${data.length} bytes`;
        found.push({ kind: 'piece', position, title, fields: [] });
        if (number !== '0') break;
        // A last piece alone may be a whole message, or the end of one whose beginning is elsewhere.
        if (whole && (pieces.length > 1 || safeDecodeInpasTlv(data).ok))
          message(position, concatBytes(...pieces), ` (${pieces.length} pieces)`);
        pieces = [];
        break;
      }
      case 'control': {
        const title = { ack: 'ACK: taken', nak: 'NAK: repeat', eot: 'EOT: the end' }[event.name];
        found.push({ kind: 'control', position, title, fields: [] });
        break;
      }
      case 'junk':
        found.push({ kind: 'junk', position, title: `${event.length} bytes between frames`, fields: [] });
        break;
      case 'damaged': {
        const why = {
          crc: 'a wrong check sum',
          header: 'a header that is none',
          length: 'a length that cannot be',
          incomplete: 'no end',
        }[event.why];
        found.push({
          kind: event.why === 'incomplete' ? 'incomplete' : 'unreadable',
          position,
          title: `a frame of ${event.length} bytes with ${why}`,
          fields: [],
        });
        break;
      }
      case 'fatal':
        found.push({
          kind: 'unreadable',
          position,
          title: event.error.message,
          fields: [],
          error: event.error,
        });
        break;
    }
  }
  return found;
}
