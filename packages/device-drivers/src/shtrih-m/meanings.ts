import { formatRubles } from '@elcert/core';
import { inspectTlv, settlementTypes, taxationTypes } from '@elcert/fiscal-doc';
import type { FieldValue } from './layout.js';
import { readModelParameters } from './model-parameters.js';
import { receiptTypes, vatRateBytes } from './receipt-commands.js';

// What the numbers of a command mean, for people who read a log.

const modes: Readonly<Record<number, string>> = {
  1: 'data output',
  2: 'shift open',
  3: 'shift older than 24 hours',
  4: 'shift closed',
  5: 'blocked by a wrong password',
  6: 'waits for the date to be confirmed',
  7: 'the decimal point may be moved',
  8: 'document open',
  9: 'technological reset allowed',
  10: 'test run',
  11: 'full fiscal report',
  12: 'long journal report',
  13: 'slip',
  14: 'slip is printed',
};

const submodes = [
  'paper is there',
  'no paper',
  'paper ran out while printing',
  'paper is back, B0h goes on',
  'prints a long report',
  'prints',
];

/** Bits of 10h and 11h that are described, and not of tapes that registers of today have no more. */
const flagNames: readonly (readonly [bit: number, name: string])[] = [
  [1, 'receipt roll'],
  [7, 'receipt paper seen'],
  [9, 'head down'],
  [10, 'lid open'],
  [11, 'drawer open'],
];

const documentTypes = ['sale', 'purchase', 'sale return', 'purchase return', 'non-fiscal'];

const phases: readonly (readonly [bit: number, name: string])[] = [
  [0, 'set up'],
  [1, 'fiscal mode opened'],
  [2, 'fiscal mode closed'],
  [3, 'everything delivered'],
];

const warnings: readonly (readonly [bit: number, name: string])[] = [
  [0, 'replace within 3 days'],
  [1, 'replace within 30 days'],
  [2, 'archive full to 99 %'],
  [3, 'operator silent'],
];

function bitsOf(value: number, names: readonly (readonly [bit: number, name: string])[]): string | undefined {
  const set = names.filter(([bit]) => ((value >> bit) & 1) === 1).map(([, name]) => name);
  return set.length === 0 ? undefined : set.join(', ');
}

function keyOf(table: Readonly<Record<string, number>>, value: number): string | undefined {
  return Object.entries(table).find(([, code]) => code === value)?.[0];
}

function modeOf(value: number): string | undefined {
  const mode = modes[value & 0x0f];
  const type = (value & 0x0f) === 8 ? documentTypes[value >> 4] : undefined;
  return type === undefined ? mode : `${mode}: ${type}`;
}

/** Requisites one by one, by tag and official name. */
function tlvOf(bytes: Uint8Array): string | undefined {
  const rows = inspectTlv(bytes, { ffdVersion: '1.2' });
  if (rows.length === 0) return undefined;
  return rows
    .map(({ tag, title, value, meaning, raw, fault }) => {
      const shown = value === undefined ? raw : value instanceof Uint8Array ? raw : String(value);
      const named = `${tag}${title === '' ? '' : ` ${title}`}`;
      const told = shown === '' ? named : `${named} = ${shown}`;
      return `${told}${meaning === undefined ? '' : ` (${meaning})`}${fault === undefined ? '' : ` – ${fault}`}`;
    })
    .join('; ');
}

function modelOf(data: Uint8Array): string | undefined {
  try {
    return readModelParameters(data).features.join(', ');
  } catch {
    return undefined;
  }
}

/** Fields that hold kopecks, by their type in the table. */
const moneyTypes: ReadonlySet<string> = new Set(['sum', 'sumOrAuto', 'sum6', 'sum8']);

/** What a field means, where there is more to say than its value. */
export function meaningOf(code: string, field: string, type: string, value: FieldValue): string | undefined {
  const kind = type.replace(/\?$/, '');
  if (moneyTypes.has(kind)) {
    if (value === 'auto') return 'the register computes';
    // Not every money counter is money (1Ah has sums alone), so every one of these is.
    return typeof value === 'number' ? `${formatRubles(value)} ₽` : undefined;
  }
  if (value instanceof Uint8Array) {
    if (field === 'tlv') return tlvOf(value);
    if (code === 'FF61' && field === 'extra' && value.length > 2) return tlvOf(value.subarray(2));
    if (code === 'F7' && field === 'data') return modelOf(value);
    return undefined;
  }
  if (typeof value !== 'number') return undefined;
  const short = code === '10' || code === '11';
  if (short && field === 'mode') return modeOf(value);
  if (short && field === 'submode') return submodes[value];
  if (short && field === 'flags') return bitsOf(value, flagNames);
  if (code === 'FF01' && field === 'phase') return bitsOf(value, phases);
  if (code === 'FF01' && field === 'warnings') return bitsOf(value, warnings);
  if (code === 'FF01' && field === 'shiftOpen') return value === 1 ? 'open' : 'closed';
  if (code === '8D' && field === 'type') return keyOf(receiptTypes, value);
  if ((code === 'FF46' || code === 'FF36' || code === 'FF4A') && field === 'operation')
    return Object.entries(settlementTypes).find(([, row]) => row.code === value)?.[0];
  if (code === 'FF46' && field === 'taxRate') {
    const rate = keyOf(vatRateBytes, value);
    return rate === undefined ? undefined : rate === 'none' ? 'no VAT' : `VAT ${rate} %`;
  }
  if (field === 'taxation' && code.startsWith('FF')) {
    const names = Object.values(taxationTypes).filter((row) => (value & row.code) !== 0);
    return names.length === 0 ? undefined : names.map((row) => row.label).join(', ');
  }
  return undefined;
}
