import { byteWriter, concatBytes, crc16CcittFalse, decodeCp866, decodeText, encodeCp866 } from '@elcert/core';
import { joinTlv } from '@elcert/fiscal-doc';
import { FnRefusal } from './errors.js';
import { type FnTlv, readTlv, tlvNumber, tlvText, tlvUint8, tlvUint32 } from './tlv.js';

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
  /** The whole code, its bytes taken for Windows-1251. */
  readonly code: string;
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
  /** Notifications of an offline register that no host has taken out, oldest first. */
  readonly waiting: readonly FnNotification[];
  /** Forgets the first of them. @throws FnRefusal 09h for another number */
  taken(number: number): void;
}

const tableSize = 128;
/** Notifications that a drive keeps until they are taken out. */
const mostNotifications = 4000;

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

/** A notification of a sale of marked products (form 82), kept until a host takes it out of an offline register. */
export interface FnNotification {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What a drive adds to its marking part when a receipt is signed. */
export interface FnMarkingSale {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  readonly unixTime: number;
  readonly settlement: number;
  readonly taxation: number;
  readonly correction: boolean;
  /** Kept for a host to take out; otherwise it goes to the operator by itself. */
  readonly keep: boolean;
}

/** Bit of tag 2106: the register works without an operator. */
const offlineBit = 0x10;

/** One product of a notification (tag 2007) from the line that sold it. */
function markedGoods(line: readonly FnTlv[], sold: FnMarkedProduct, assignedStatus: number): FnTlv {
  const kept = (tag: number) => line.filter((entry) => entry.tag === tag);
  const or = (tag: number, otherwise: FnTlv) => {
    const [found] = kept(tag);
    return found ?? otherwise;
  };
  const text = encodeCp866(sold.code).bytes;
  return {
    tag: 2007,
    value: joinTlv([
      or(1030, tlvText(1030, 'ТОВАР')),
      ...[1023, 1043, 1079, 1214, 2108].flatMap(kept),
      or(1199, tlvUint8(1199, 6)),
      or(1200, tlvNumber(1200, 0)),
      { tag: 2000, value: text.subarray(0, 256) },
      tlvUint8(2100, sold.codeType),
      tlvText(2101, sold.product.value.slice(0, 38)),
      tlvUint8(2102, 0),
      tlvUint8(2106, sold.result),
      tlvUint8(2110, assignedStatus),
      { tag: 2115, value: kept(2115)[0]?.value ?? tlvText(2115, controlCode(sold.code)).value },
    ]),
  };
}

/** A placeholder of the four characters that a real drive makes of a code. */
function controlCode(code: string): string {
  return crc16CcittFalse(new TextEncoder().encode(code)).toString(16).toUpperCase().padStart(4, '0');
}

/**
 * Makes the marking part of a drive.
 *
 * @param allowed - whether trade in marked products was registered
 * @param offline - whether the register works without an operator
 */
export function createMarking(
  allowed: () => boolean,
  offline: () => boolean,
): FnMarking & { sold(lines: readonly (readonly FnTlv[])[], sale: FnMarkingSale): void } {
  const table = new Map<string, FnMarkedProduct>();
  let current: FnMarkedProduct | undefined;
  let notifications = 0;
  let waiting: FnNotification[] = [];
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
      if (waiting.length >= mostNotifications)
        throw new FnRefusal(0x34, `${waiting.length} notifications were not taken out`);
      const local = readMarkingCode(code);
      // Bits 1 and 2 of tag 2106 mean what tag 2004 means.
      current = {
        ...local,
        code: keyOf(code),
        result: local.localStatus | (offline() ? offlineBit : 0),
      };
      return local;
    },
    answer(serviceResult) {
      const product = needCurrent();
      if (offline()) throw new FnRefusal(0x33, 'a register without an operator asks no service');
      // Where the drive does not check, the service's word on the code stands; bits 4 and 8 are its own.
      const onCode = product.localStatus === 0 ? serviceResult & 3 : product.localStatus;
      const result = onCode | (serviceResult & 12);
      current = { ...product, result };
      return result;
    },
    accept() {
      const product = needCurrent();
      if (table.size >= tableSize && !table.has(product.code))
        throw new FnRefusal(0x35, `${tableSize} codes are kept already`);
      table.set(product.code, product);
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
    get waiting() {
      return waiting;
    },
    taken(number) {
      if (waiting[0]?.number !== number) throw new FnRefusal(0x09, `notification ${number} is not the first`);
      waiting = waiting.slice(1);
    },
    sold(lines, sale) {
      const marked = lines.filter((line) => line.some((entry) => entry.tag === 2106));
      if (marked.length > 0) {
        notifications += 1;
        const returned = sale.settlement === 2 || sale.settlement === 3;
        const goods = marked.flatMap((line) => {
          const id = line.find((entry) => entry.tag === 1163)?.value;
          const [child] = id === undefined ? [] : readTlv(id);
          const said = child === undefined ? '' : decodeCp866(child.value).trimEnd();
          const product = [...table.values()].find((one) => one.product.value.trimEnd() === said);
          return product === undefined ? [] : [markedGoods(line, product, returned ? 3 : 1)];
        });
        if (sale.keep && goods.length > 0) {
          const content = joinTlv([
            tlvUint8(1011, 2),
            tlvUint32(1012, sale.unixTime),
            tlvUint32(1040, sale.fiscalDocumentNumber),
            tlvText(1041, sale.fiscalDriveNumber, 16),
            tlvUint8(1054, sale.settlement),
            tlvUint8(1055, sale.taxation),
            tlvUint32(2002, notifications),
            tlvUint32(2040, sale.fiscalDocumentNumber),
            tlvUint8(2116, sale.correction ? 2 : 1),
            ...goods,
          ]);
          const bytes = concatBytes(byteWriter(4).u16le(82).u16le(content.length).finish(), content);
          waiting = [...waiting, { number: notifications, bytes }];
        }
      }
      table.clear();
      current = undefined;
    },
  };
}
