import { decodeText } from '@elcert/core';
import { FnRefusal } from './errors.js';

/** What the drive finds in a code by itself. */
export interface FnLocalCheck {
  /** Tag 2004: 0 not checked, 1 negative, 3 positive. */
  readonly localStatus: number;
  /** Why it was not checked: 0 it was, 1 the drive does not check this type. */
  readonly reason: number;
  /** Tag 2100, 0 to 5. */
  readonly codeType: number;
  /** The child of tag 1163 and its value: the code without its cryptographic tail. */
  readonly product: { readonly tag: number; readonly value: string };
}

/** An accepted product. */
export interface FnMarkedProduct extends FnLocalCheck {
  /** Tag 2106. */
  readonly result: number;
}

/** What a drive knows of marked products between two receipts. All refusals are `FnRefusal`s. */
export interface FnMarking {
  /** Checks a code; one that was neither accepted nor rejected is forgotten. */
  check(code: Uint8Array): FnLocalCheck;
  /** Takes the service's answer (tag 2005) about the code that was checked last. @returns tag 2106 */
  answer(serviceResult: number): number;
  /** Keeps the code that was checked last. @returns tag 2106 */
  accept(): number;
  reject(): void;
  clear(): void;
  /** An accepted product. @throws FnRefusal 3Eh for a code that was not accepted */
  bound(code: Uint8Array): FnMarkedProduct;
  readonly pending: boolean;
  readonly saved: number;
  /** Notifications of sales of marked products made so far. */
  readonly notifications: number;
}

const tableSize = 128;

/**
 * Takes a code apart by its application identifiers. Types by the length of the check code (AI 92): 88 characters are 2, 44
 * are 4 (both checked by the drive), AI 93 alone is 5; 29 characters that begin with a GTIN are a short code, 1.
 */
export function readMarkingCode(code: Uint8Array): FnLocalCheck {
  const text = decodeText(code, 'windows-1251');
  const [head = '', ...fields] = text.split('\u001d');
  const gs1 = /^01(\d{14})21(.{1,20})$/s.exec(head);
  if (gs1 !== null) {
    const key = fields.find((field) => field.startsWith('92'))?.length;
    const codeType = key === 90 ? 2 : key === 46 ? 4 : fields.some((field) => /^93.{4}/.test(field)) ? 5 : 0;
    const checked = codeType === 2 || codeType === 4;
    return {
      localStatus: checked ? 3 : 0,
      reason: checked ? 0 : 1,
      codeType,
      product: { tag: 1305, value: head },
    };
  }
  const notChecked = { localStatus: 0, reason: 1 } as const;
  if (/^\d{14}.{15}$/s.test(text))
    return { ...notChecked, codeType: 1, product: { tag: 1306, value: text.slice(0, 25) } };
  return { ...notChecked, codeType: 0, product: { tag: 1300, value: text.slice(0, 32) } };
}

/** Makes the marking part of a drive. */
export function createMarking(
  allowed: () => boolean,
): FnMarking & { sold(results: readonly number[]): void } {
  const table = new Map<string, FnMarkedProduct>();
  let current: { readonly code: string; readonly product: FnMarkedProduct } | undefined;
  let notifications = 0;
  const keyOf = (code: Uint8Array) => decodeText(code, 'windows-1251');
  const needAllowed = () => {
    if (!allowed()) throw new FnRefusal(0x32, 'trade in marked products was not registered (tag 1290)');
  };
  const needCurrent = () => {
    if (current === undefined) throw new FnRefusal(0x33, 'no code was checked');
    return current;
  };
  return {
    check(code) {
      needAllowed();
      const local = readMarkingCode(code);
      // Bits 1 and 2 of tag 2106 mean what tag 2004 means.
      current = { code: keyOf(code), product: { ...local, result: local.localStatus } };
      return local;
    },
    answer(serviceResult) {
      const { code, product } = needCurrent();
      // Where the drive does not check, the service's word on the code stands; bits 4 and 8 are its own.
      const onCode = product.localStatus === 0 ? serviceResult & 3 : product.localStatus;
      const result = onCode | (serviceResult & 12);
      current = { code, product: { ...product, result } };
      return result;
    },
    accept() {
      const { code, product } = needCurrent();
      if (table.size >= tableSize && !table.has(code))
        throw new FnRefusal(0x35, `${tableSize} codes are kept already`);
      table.set(code, product);
      current = undefined;
      return product.result;
    },
    reject() {
      needCurrent();
      current = undefined;
    },
    clear() {
      current = undefined;
      table.clear();
    },
    bound(code) {
      needAllowed();
      const product = table.get(keyOf(code));
      if (product === undefined) throw new FnRefusal(0x3e, 'this code was not checked and accepted');
      return product;
    },
    get pending() {
      return current !== undefined;
    },
    get saved() {
      return table.size;
    },
    get notifications() {
      return notifications;
    },
    sold(results) {
      if (results.length > 0) notifications += 1;
      table.clear();
      current = undefined;
    },
  };
}
