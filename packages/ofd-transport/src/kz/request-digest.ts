import type { Receipt } from '@elcert/fiscal-doc';
import type { KzReceiptDetails } from './ticket-details.js';

// What tells two requests under one operation key apart, also after a restart.

const offset = 0xcbf2_9ce4_8422_2325n;
const prime = 0x100_0000_01b3n;

/** FNV-1a of 64 bits: enough for a mistake of the caller, whom nobody attacks with his own keys. */
export function fnv1a64(text: string): string {
  let hash = offset;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * prime);
  return hash.toString(16).padStart(16, '0');
}

/** The same text for the same content: members in order, without what is absent or empty. */
function canonical(value: unknown): string | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : `[${value.map((one) => canonical(one) ?? '').join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, member]) => {
      const text = canonical(member);
      return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
    });
  return members.length === 0 ? undefined : `{${members.join()}}`;
}

/**
 * A digest of a receipt as it was asked for. Who stands at the till is no part of it – another cashier may repeat what a first one has
 * begun – and neither is its time.
 */
export function receiptDigest(receipt: Receipt, details: KzReceiptDetails | undefined): string {
  const { cashier: _cashier, dateTime: _dateTime, ...content } = receipt;
  // Its name goes along: a later way of making one must not be compared with this one.
  return `1:${fnv1a64(canonical([content, details ?? {}]) ?? '')}`;
}

/** Whether two digests are surely of different requests. */
export function areOtherRequests(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined || a === b) return false;
  return a.slice(0, a.indexOf(':')) === b.slice(0, b.indexOf(':'));
}
