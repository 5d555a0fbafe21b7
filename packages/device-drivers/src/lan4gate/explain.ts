import { type ElcertError, formatRubles } from '@elcert/core';
import { type Lan4GateMessage, redactLan4Gate, safeDecodeLan4Gate } from './codec.js';
import { lan4GateFramer } from './framer.js';
import {
  type Lan4GateField,
  type Lan4GateValues,
  lan4GateCardholderAuthMethods,
  lan4GateCardInputMethods,
  lan4GateDialogs,
  lan4GateFields,
  lan4GateNotifications,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateStatuses,
} from './table.js';

/** One member of a message, masked. */
export interface Lan4GateExplainedMember {
  readonly name: string;
  readonly value: unknown;
  /** What the value stands for, where a table knows. */
  readonly meaning?: string;
}

/** One thing found in a stream. */
export interface Lan4GateExplained {
  readonly kind: 'message' | 'unreadable' | 'junk' | 'incomplete';
  /** Offset of its first byte, from 0. */
  readonly position: number;
  /** One line in English. */
  readonly title: string;
  readonly members: readonly Lan4GateExplainedMember[];
  /** Masked. */
  readonly message?: Lan4GateMessage;
  readonly error?: ElcertError;
}

const operation = (code: number): string => {
  const name = lan4GateOperationName(code);
  return name === undefined ? `${code} (unknown)` : `${code} ${name}: ${lan4GateOperations[name].en}`;
};

const status = (code: number): string => {
  const known = lan4GateStatuses[code];
  return known === undefined ? 'unknown' : `${known.name}: ${known.en}`;
};

function meaningOf(field: Lan4GateField, value: unknown): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (lan4GateFields[field].kind === 'amount') return `${formatRubles(value)} in whole units`;
  switch (field) {
    case 'OriginalOperationCode':
      return operation(value);
    case 'OriginalOperationStatus':
      return status(value);
    case 'CardInputMethod':
      return lan4GateCardInputMethods[value];
    case 'CardholderAuthMethod':
      return lan4GateCardholderAuthMethods[value];
    default:
      return undefined;
  }
}

const member = (name: string, value: unknown, meaning?: string): Lan4GateExplainedMember =>
  meaning === undefined ? { name, value } : { name, value, meaning };

const membersOf = (fields: Lan4GateValues, unknown: Readonly<Record<string, unknown>> = {}) => [
  ...Object.entries(fields).map(([name, value]) =>
    member(name, value, meaningOf(name as Lan4GateField, value)),
  ),
  ...Object.entries(unknown).map(([name, value]) => member(name, value, 'not in the table')),
];

function describe(message: Lan4GateMessage): Pick<Lan4GateExplained, 'title' | 'members'> {
  switch (message.type) {
    case 'request':
      return {
        title: `request ${operation(message.operationCode)}`,
        members: [member('EcrNumber', message.ecrNumber), ...membersOf(message.fields, message.unknown)],
      };
    case 'response':
      return {
        title: `response ${operation(message.operationCode)} – ${status(message.status)}`,
        members: [
          ...(message.ecrNumber === undefined ? [] : [member('EcrNumber', message.ecrNumber)]),
          member('Status', message.status, status(message.status)),
          ...membersOf(message.fields, message.unknown),
        ],
      };
    case 'notification': {
      const known = lan4GateNotifications[message.code];
      return {
        title: `notification ${message.code}${known === undefined ? '' : ` ${known.name}: ${known.en}`}`,
        members: [
          ...(message.message === undefined ? [] : [member('Message', message.message)]),
          ...(message.additional === undefined ? [] : [member('Additional', message.additional)]),
        ],
      };
    }
    case 'interaction':
      return { title: `interaction ${message.code}${message.code === 1 ? ' Abort' : ''}`, members: [] };
    case 'receipt':
      return {
        title: `receipt ${message.code} ${['', 'Begin', 'Print', 'End'][message.code] ?? ''}`.trimEnd(),
        members: message.lines.map((line, index) => member(`Lines[${index}]`, line)),
      };
    case 'interface': {
      const { type: _type, dialog, ...rest } = message;
      const kind = lan4GateDialogs[dialog as keyof typeof lan4GateDialogs] ?? 'unknown';
      return {
        title: `interface ${dialog} ${kind}${message.result === undefined ? '' : ', answered'}`,
        members: Object.entries(rest).map(([name, value]) => member(name, value)),
      };
    }
    case 'other':
      return { title: `message of class ${message.className}`, members: membersOf({}, message.object) };
  }
}

/**
 * Explains a piece of traffic, one direction, message by message. Everything that is shown is masked.
 *
 * @example
 * ```ts
 * for (const { position, title } of explainLan4Gate(bytes)) console.log(position, title);
 * // 0 request 800 Registration: Register the till at the terminal
 * ```
 */
export function explainLan4Gate(
  bytes: Uint8Array,
  options: { readonly framing?: 'sized' | 'bare' } = {},
): readonly Lan4GateExplained[] {
  const framer = lan4GateFramer(options);
  const found: Lan4GateExplained[] = [];
  for (const event of framer.push(bytes)) {
    if (event.type === 'junk') {
      const { position } = event;
      found.push({ kind: 'junk', position, title: `${event.length} bytes between messages`, members: [] });
    } else if (event.type === 'fatal') {
      const { position } = event;
      return [
        ...found,
        { kind: 'unreadable', position, title: event.error.message, members: [], error: event.error },
      ];
    } else {
      const { position } = event;
      const read = safeDecodeLan4Gate(event.body);
      if (read.ok) {
        const message = redactLan4Gate(read.message);
        found.push({ kind: 'message', position, message, ...describe(message) });
      } else {
        found.push({
          kind: 'unreadable',
          position,
          title: read.error.message,
          members: [],
          error: read.error,
        });
      }
    }
  }
  if (framer.buffered > 0) {
    const position = bytes.length - framer.buffered;
    found.push({
      kind: 'incomplete',
      position,
      title: `${framer.buffered} bytes of a message that has not ended`,
      members: [],
    });
  }
  return found;
}
