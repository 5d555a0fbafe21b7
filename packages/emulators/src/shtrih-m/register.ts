import {
  byteReader,
  byteWriter,
  type Clock,
  concatBytes,
  decodeCp866,
  formatRubles,
  isElcertError,
  type Kopecks,
  localDateTime,
  localToUnixSeconds,
  sumKopecks,
  unixSecondsToLocal,
} from '@elcert/core';
import {
  type AnyFields,
  type CommandCode,
  type CommandRow,
  commandCodeOf,
  commands,
  decodeRequest,
  describeShtrihError,
  encodeAnswer,
  encodeErrorAnswer,
  isCommandCode,
  type RequestOf,
  type ResponseOf,
} from '@elcert/device-drivers/shtrih-m';
import {
  encodeTags,
  joinTlv,
  type RussianVatRate,
  settlementTypes,
  splitTlv,
  type TagEntry,
} from '@elcert/fiscal-doc';
import { decodeSession, encodeSession, sessionSignature } from '@elcert/ofd-transport/ru';
import { type EmulatedFn, type FnDocument, FnRefusal, fnPhaseNumber } from '../fn/index.js';
import { readTlv } from '../fn/tlv.js';
import { createPaper, type Paper } from '../kernel/paper.js';
import {
  amountOf,
  type OpenReceipt,
  type RegisterLine,
  rateOfByte,
  rateOfGroup,
  receiptRequisites,
  spread,
  totalOf,
  vatAgrees,
  vatOf,
} from './receipt.js';
import { createTables, type Tables } from './tables.js';

/** What a model calls itself. */
export interface ShtrihMModel {
  readonly name: string;
  /** Model number of FCh. */
  readonly number: number;
  /** Two characters of the firmware version, e.g. `C3`. */
  readonly firmware: string;
  readonly build: number;
  readonly columns: number;
}

/** A unit like the one whose tables are emulated. */
export const defaultModel: ShtrihMModel = {
  name: 'ШТРИХ-НАНО-Ф (ЭМУЛЯТОР)',
  number: 45,
  firmware: 'C3',
  build: 664,
  columns: 48,
};

/** The register without a wire. */
export interface Register {
  readonly fn: EmulatedFn;
  readonly paper: Paper;
  readonly tables: Tables;
  /** Cash in the drawer, kopecks. */
  readonly drawer: Kopecks;
  /** Mode byte as 10h tells it. */
  readonly mode: number;
  /** Executes the body of a command and makes the body of its answer; never throws for what a host may send. */
  execute(body: Uint8Array): { readonly code: string; readonly error: number; readonly answer: Uint8Array };
}

/**
 * Stands for the marking service.
 *
 * @param plannedStatus - tag 2003
 * @returns tag 2005 (15: all is well; 5: neither code nor status is) and tag 2109 (1 right, 2 wrong, 3 suspended); nothing when it does
 * not answer in time
 */
export type MarkingService = (
  code: Uint8Array,
  plannedStatus: number,
) => { readonly result: 5 | 7 | 13 | 15; readonly status?: 1 | 2 | 3 } | undefined;

/** How a register is made. */
export interface RegisterOptions {
  readonly fn: EmulatedFn;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly model?: ShtrihMModel | undefined;
  readonly markingService?: MarkingService | undefined;
}

/** Ends a command with a result code. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  constructor(code: number) {
    super(`result ${code}`);
    this.code = code;
  }
}

const refuse = (code: number): never => {
  throw new Refusal(code);
};

const errors = {
  noData: 0x34,
  wrongParameters: 0x33,
  notSupported: 0x37,
  shiftOpen: 0x3c,
  shiftClosed: 0x3d,
  lessThanTotal: 0x45,
  notEnoughCash: 0x46,
  receiptOpen: 0x4a,
  cashlessTooMuch: 0x4d,
  shiftExpired: 0x4e,
  wrongPassword: 0x4f,
  receiptClosed: 0x55,
  nothingToRepeat: 0x56,
  awaitsContinue: 0x58,
  otherOperator: 0x59,
  notValid: 0x5e,
  noPaper: 0x6b,
  wrongMode: 0x73,
  dateMismatch: 0x7c,
  totalZero: 0x8e,
  payout: 0x2e,
} as const;

/** Marking codes of the drive (32h and up) come out shifted, so that they do not clash with the register's own. */
const markingShift = 0x6e;

/** Commands that put something on the tape: they need paper. */
const printing: ReadonlySet<string> = new Set([
  '12',
  '17',
  '18',
  '19',
  '25',
  '29',
  '2C',
  '2F',
  '40',
  '41',
  '4D',
  '4F',
  '50',
  '51',
  '52',
  '53',
  '54',
  '80',
  '81',
  '82',
  '83',
  '84',
  '85',
  '86',
  '87',
  '8C',
  '8D',
  '8E',
  'C1',
  'C2',
  'C3',
  'C5',
  'CB',
  'DE',
  'E0',
  'E2',
  'FF06',
  'FF0B',
  'FF34',
  'FF36',
  'FF38',
  'FF3E',
  'FF43',
  'FF44',
  'FF45',
  'FF46',
  'FF4A',
  'FF0D',
]);

/** Commands that any operator may send although the table asks for the administrator. */
const anyOperator: ReadonlySet<string> = new Set(['FF45', 'FF46', 'FF4D', 'FF0C', 'FF44', 'FF0D', 'FF4B']);

/** Commands that are refused while a receipt is open. */
const notInReceipt: ReadonlySet<string> = new Set([
  '16',
  '19',
  '1E',
  '21',
  '22',
  '23',
  '24',
  '27',
  '2C',
  '40',
  '41',
  '42',
  '43',
  '50',
  '51',
  '52',
  '53',
  '54',
  '8C',
  '8D',
  'C6',
  'E0',
  'FF05',
  'FF06',
  'FF07',
  'FF08',
  'FF0B',
  'FF34',
  'FF35',
  'FF36',
  'FF37',
  'FF38',
  'FF3D',
  'FF3E',
  'FF41',
  'FF42',
  'FF43',
  'FF4A',
]);

/** Registers of money (1Ah) that drivers ask for. */
const cashRegister = 241;
const cashInRegister = 242;
const cashOutRegister = 243;

type Handlers = { readonly [C in CommandCode]?: (fields: RequestOf<C>) => ResponseOf<C> };

const typeNames = ['ПРИХОД', 'РАСХОД', 'ВОЗВРАТ ПРИХОДА', 'ВОЗВРАТ РАСХОДА'];

/**
 * Makes an emulated register around a drive. It computes sums and VAT itself, keeps modes and submodes, and writes whole
 * FFD 1.2 documents into the drive.
 */
export function createRegister(options: RegisterOptions): Register {
  const {
    fn,
    clock,
    timeZone,
    model = defaultModel,
    markingService = () => ({ result: 15 as const, status: 1 as const }),
  } = options;
  const paper = createPaper(model.columns);
  const tables = createTables();
  let receipt: OpenReceipt | undefined;
  /** A fiscal document other than a receipt, begun by FF41, FF42, FF37 …: its form code. */
  let begun: number | undefined;
  let drawer: Kopecks = 0;
  let shiftCashIn: Kopecks = 0;
  let shiftCashOut: Kopecks = 0;
  let documentNumber = 0;
  let clockOffset = 0;
  let pendingDate: string | undefined;
  let lastPrinted: readonly string[] = [];
  let operator = 30;
  let reading: { readonly blocks: readonly Uint8Array[]; readonly at: number } | undefined;
  /** A registration that was begun by FF05, and the requisites it was given. */
  let registering: { readonly type: number; readonly tlv: Uint8Array[]; size: number } | undefined;
  let upload: { readonly bytes: Uint8Array; readonly written: number } | undefined;
  const shiftTotals = new Map<number, { count: number; sum: Kopecks }>();

  const fillTables = () => {
    const known = fn.registration;
    tables.set(18, 1, 4, fn.fiscalDriveNumber);
    if (known === undefined) return;
    tables.set(18, 1, 1, known.kktSerialNumber);
    tables.set(18, 1, 2, known.inn);
    tables.set(18, 1, 3, known.kktRegistrationNumber);
    tables.set(18, 1, 5, known.taxation);
    tables.set(18, 1, 7, known.userName);
    tables.set(18, 1, 8, known.cashier);
    tables.set(18, 1, 9, known.address);
    tables.set(18, 1, 10, known.ofd.name);
    tables.set(18, 1, 12, known.ofd.inn);
    tables.set(18, 1, 13, 'www.nalog.gov.ru');
    tables.set(18, 1, 14, known.place);
    tables.set(18, 1, 15, known.senderEmail);
  };
  fillTables();

  const now = () =>
    unixSecondsToLocal(localToUnixSeconds(localDateTime(clock.now(), timeZone)) + clockOffset);
  const swap = () => tables.number(17, 1, 71) === 1;

  const mode = (): number => {
    if (receipt !== undefined) return 8 | ((receipt.type ?? 0) << 4);
    if (pendingDate !== undefined) return 6;
    const { shiftOpen, shiftExpired } = fn.status();
    return shiftExpired ? 3 : shiftOpen ? 2 : 4;
  };

  const flags = (): number => {
    // Receipt roll present, lower supply ok (bit 4 stands on real units, undocumented), receipt paper seen, head down.
    let value = 0x0010 | 0x0200;
    if (paper.submode !== 1 && paper.submode !== 2) value |= 0x0082;
    if (paper.coverOpen) value |= 0x0400;
    return value;
  };

  const byDrive = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof FnRefusal)
        return refuse(error.fnCode >= 0x32 ? error.fnCode + markingShift : error.fnCode);
      throw error;
    }
  };

  const center = (text: string) => `${' '.repeat(Math.max(0, (model.columns - text.length) >> 1))}${text}`;
  const pair = (left: string, right: string) =>
    left.length + right.length < model.columns
      ? left + ' '.repeat(model.columns - left.length - right.length) + right
      : `${left} ${right}`;
  const sum = (value: Kopecks) => `=${formatRubles(value)}`;

  const print = (lines: readonly string[]) => {
    lastPrinted = lines;
    paper.print(lines);
  };

  const headerLines = (): string[] => {
    const known = fn.registration;
    return [
      center('ЭМУЛЯТОР: НЕ ЯВЛЯЕТСЯ КАССОВЫМ ЧЕКОМ'),
      ...(known === undefined ? [] : [known.userName, known.address, known.place]),
    ];
  };

  const fiscalLines = (document: FnDocument): string[] => [
    pair(
      document.dateTime.replace('T', ' '),
      `СМЕНА ${document.shiftNumber ?? '-'}${document.receiptNumber === undefined ? '' : ` ЧЕК ${document.receiptNumber}`}`,
    ),
    pair(`ФН ${fn.fiscalDriveNumber}`, `ФД ${document.fiscalDocumentNumber}`),
    `ФП ${String(document.fiscalSign).padStart(10, '0')}`,
  ];

  const cashierName = () => tables.text(2, operator, 2);

  const writeDocument = (
    form: number,
    own: readonly TagEntry[],
    more: readonly Uint8Array[] = [],
  ): FnDocument => {
    const started = begun === form;
    byDrive(() => {
      if (!started) fn.begin(form);
    });
    begun = form;
    try {
      const place = { document: form as 2, ffdVersion: '1.2' } as const;
      byDrive(() => {
        fn.add(encodeTags(own, place));
        for (const tlv of more) fn.add(tlv);
      });
      const document = byDrive(() => fn.commit({ dateTime: now() }));
      begun = undefined;
      documentNumber = (documentNumber + 1) & 0xffff;
      return document;
    } catch (error) {
      fn.cancel();
      begun = undefined;
      throw error;
    }
  };

  const openShift = (): FnDocument => {
    const { shiftOpen, shiftExpired } = fn.status();
    if (shiftExpired) refuse(errors.shiftExpired);
    if (shiftOpen) refuse(errors.shiftOpen);
    const document = writeDocument(2, [{ tag: 1021, value: cashierName() }]);
    shiftCashIn = 0;
    shiftCashOut = 0;
    shiftTotals.clear();
    print([
      ...headerLines(),
      center('ОТЧЁТ ОБ ОТКРЫТИИ СМЕНЫ'),
      `Кассир ${cashierName()}`,
      ...fiscalLines(document),
    ]);
    return document;
  };

  const totalsLines = () =>
    typeNames.map((name, type) => {
      const total = shiftTotals.get(type) ?? { count: 0, sum: 0 };
      return pair(`${name} ${total.count}`, sum(total.sum));
    });

  const closeShift = (): FnDocument => {
    if (!fn.status().shiftOpen) refuse(errors.shiftClosed);
    const document = writeDocument(5, [{ tag: 1021, value: cashierName() }]);
    print([
      ...headerLines(),
      center('ОТЧЁТ О ЗАКРЫТИИ СМЕНЫ'),
      ...totalsLines(),
      pair('НАЛИЧНОСТЬ', sum(drawer)),
      ...fiscalLines(document),
    ]);
    if (tables.number(1, 1, 2) === 1) drawer = 0;
    return document;
  };

  /** The receipt that operations go into; one is opened when the host did not. */
  const inReceipt = (type: number): OpenReceipt => {
    if (receipt === undefined) return openReceipt(type, false);
    if (receipt.type === undefined) {
      receipt = { ...receipt, type, text: [...receipt.text, center(typeNames[type] ?? '')] };
    }
    if (receipt.type !== type) refuse(0x49);
    return receipt;
  };

  const openReceipt = (type: number | undefined, correction: boolean): OpenReceipt => {
    if (type !== undefined && type > 3) refuse(errors.wrongParameters);
    const { shiftOpen, shiftExpired } = fn.status();
    if (!shiftOpen) refuse(errors.shiftClosed);
    if (shiftExpired) refuse(errors.shiftExpired);
    if (begun !== undefined) refuse(errors.wrongMode);
    receipt = {
      type,
      correction,
      operator,
      lines: [],
      tlv: [],
      text: [center(type === undefined ? 'ЧЕК КОРРЕКЦИИ' : (typeNames[type] ?? ''))],
    };
    return receipt;
  };

  const needReceipt = (): OpenReceipt => receipt ?? refuse(errors.receiptClosed);

  const addLine = (type: number, line: RegisterLine) => {
    const open = inReceipt(type);
    if (open.lines.length >= 200) refuse(0x94);
    receipt = {
      ...open,
      lines: [...open.lines, line],
      text: [
        ...open.text,
        ...(line.name.startsWith('//') || line.name === '' ? [] : [line.name]),
        pair(`${line.quantity.replace(/\.?0+$/, '')} X ${formatRubles(line.price)}`, sum(line.amount)),
      ],
    };
  };

  const oldLine = (type: number, fields: RequestOf<'80'>) => {
    const rate = rateOfGroup(fields.tax1, swap()) ?? refuse(errors.wrongParameters);
    addLine(type, {
      name: fields.text.trim() === '' ? 'ТОВАР' : fields.text.trim(),
      price: fields.price,
      quantity: fields.quantity,
      amount: amountOf(fields.price, fields.quantity),
      rate: rate as RussianVatRate,
      vat: undefined,
      method: 4,
      subject: 1,
      tlv: [],
    });
    return { operator };
  };

  const finishReceipt = (
    given: {
      readonly cash: Kopecks;
      readonly electronic: Kopecks;
      readonly prepaid: Kopecks;
      readonly credit: Kopecks;
      readonly other: Kopecks;
    },
    { rounding = 0, taxation, text = '' }: { rounding?: number; taxation?: number; text?: string },
  ): { readonly document: FnDocument; readonly change: Kopecks } => {
    const open = needReceipt();
    if (fn.status().shiftExpired) refuse(errors.shiftExpired);
    if (open.lines.length === 0) refuse(errors.totalZero);
    const total = totalOf(open) - rounding;
    if (rounding > 99 || total < 0) refuse(errors.wrongParameters);
    if (total === 0) refuse(errors.totalZero);
    const cashless = sumKopecks([given.electronic, given.prepaid, given.credit, given.other]);
    if (cashless > total) refuse(errors.cashlessTooMuch);
    const change = given.cash + cashless - total;
    if (change < 0) refuse(errors.lessThanTotal);
    const paysOut = open.type === 1 || open.type === 2;
    const cashPart = total - cashless;
    if (paysOut && cashPart > drawer) refuse(errors.notEnoughCash);
    const registered = fn.registration?.taxation ?? 1;
    // Old commands name no tax system: the lowest registered one.
    const system = taxation === undefined || taxation === 0 ? registered & -registered : taxation;
    const extra = concatBytes(...open.tlv);
    const requisites = receiptRequisites(
      open,
      { ...given, rounding },
      {
        taxation: system,
        cashier: tables.text(2, open.operator, 2),
        senderEmail: tables.text(18, 1, 15),
        taxSite: tables.text(18, 1, 13),
        electronicCopy: splitTlv(extra).some(({ tag }) => tag === 1008),
      },
    );
    const items = open.lines.map((line, index) => {
      const bound = concatBytes(...line.tlv);
      const unit = splitTlv(bound).some(({ tag }) => tag === 2108) ? [] : [{ tag: 2108, value: 0 }];
      const content = concatBytes(
        requisites.lines[index] ?? new Uint8Array(0),
        encodeTags(unit, { document: 3, ffdVersion: '1.2' }),
        bound,
      );
      return concatBytes(byteWriter(4).u16le(1059).u16le(content.length).finish(), content);
    });
    const document = byDrive(() => {
      fn.begin(open.correction ? 31 : 3);
      try {
        fn.add(requisites.header);
        for (const item of items) fn.add(item);
        fn.add(extra);
        return fn.commit({ dateTime: now() });
      } catch (error) {
        fn.cancel();
        throw error;
      }
    });
    drawer += paysOut ? -cashPart : cashPart;
    const type = open.type ?? 0;
    const turnover = shiftTotals.get(type) ?? { count: 0, sum: 0 };
    shiftTotals.set(type, { count: turnover.count + 1, sum: turnover.sum + total });
    documentNumber = (documentNumber + 1) & 0xffff;
    const paid = [
      ['НАЛИЧНЫМИ', given.cash],
      ['БЕЗНАЛИЧНЫМИ', given.electronic],
      ['ПРЕДВАРИТЕЛЬНАЯ ОПЛАТА (АВАНС)', given.prepaid],
      ['ПОСЛЕДУЮЩАЯ ОПЛАТА (КРЕДИТ)', given.credit],
      ['ИНАЯ ФОРМА ОПЛАТЫ', given.other],
    ] as const;
    print([
      ...headerLines(),
      ...open.text,
      pair('ИТОГ', sum(total)),
      ...paid.filter(([, value]) => value > 0).map(([name, value]) => pair(name, sum(value))),
      ...(change > 0 ? [pair('СДАЧА', sum(change))] : []),
      ...vatOf(open.lines).map(({ rate, sum: value }) =>
        pair(rate === 'none' ? 'СУММА БЕЗ НДС' : `СУММА НДС ${rate}%`, sum(value)),
      ),
      ...(text.trim() === '' ? [] : [text.trim()]),
      `Кассир ${tables.text(2, open.operator, 2)}`,
      ...fiscalLines(document),
    ]);
    receipt = undefined;
    return { document, change };
  };

  const registered = (document: FnDocument) => ({
    documentNumber: document.fiscalDocumentNumber,
    fiscalSign: document.fiscalSign,
    dateTime: document.dateTime,
  });

  const foundDocument = (number: number): FnDocument => fn.document(number) ?? refuse(0x08);

  /** The last registration report, or one by its number from 1. */
  const registrationReport = (number?: number) => {
    const reports = fn.documents().filter(({ documentCode }) => documentCode === 1 || documentCode === 11);
    const document = number === undefined ? reports.at(-1) : reports[number - 1];
    if (document === undefined) return refuse(0x08);
    const tags = new Map(splitTlv(document.bytes.subarray(4)).map(({ tag, value }) => [tag, value]));
    const said = (tag: number) => decodeCp866(tags.get(tag) ?? new Uint8Array(0)).trim();
    return {
      document,
      fields: {
        dateTime: document.dateTime,
        inn: said(1018),
        registrationNumber: said(1037),
        taxation: tags.get(1062)?.[0] ?? 0,
        workMode: 0,
      },
    };
  };

  const finishRegistration = (
    fields: Pick<RequestOf<'FF06'>, 'inn' | 'registrationNumber' | 'taxation' | 'workMode'>,
    ending: 'FF06' | 'FF34',
    reason = 0,
  ) => {
    const begunHere = registering;
    if (begunHere === undefined || (begunHere.type === 0) !== (ending === 'FF06')) return refuse(0x02);
    // Encryption, offline, automat and the like are not emulated: a document must not say what does not hold.
    if (fields.workMode !== 0) refuse(errors.notSupported);
    if (ending === 'FF34' && (reason < 1 || reason > 4)) refuse(errors.wrongParameters);
    const given = new Map(readTlv(concatBytes(...begunHere.tlv)).map(({ tag, value }) => [tag, value]));
    const before = fn.registration;
    const said = (tag: number, field: number): string => {
      const value = given.get(tag);
      // Hosts tell these by TLV, or write them into table 18 first.
      const text = value === undefined ? tables.text(18, 1, field) : decodeCp866(value);
      return text.trim() === '' ? refuse(0x3c + markingShift) : text.trim();
    };
    const bits = (tag: number) => {
      const value = given.get(tag);
      return value === undefined || value.length !== 4 ? undefined : byteReader(value).u32le();
    };
    const registration = {
      kktRegistrationNumber: fields.registrationNumber,
      kktSerialNumber: before?.kktSerialNumber ?? tables.text(18, 1, 1),
      inn: fields.inn,
      userName: said(1048, 7),
      address: said(1009, 9),
      place: said(1187, 14),
      taxation: fields.taxation,
      ofd: { inn: said(1017, 12), name: said(1046, 10) },
      cashier: given.has(1021) ? said(1021, 8) : cashierName(),
      senderEmail: said(1117, 15),
      kktVersion: `${model.firmware}.${model.build}`,
      usageConditions: bits(1290) ?? before?.usageConditions ?? 0,
    };
    // The bits of tag 1205 that the old reasons stand for.
    const reasons = ending === 'FF06' ? undefined : (bits(1205) ?? [1, 2, 0x0c, 0x8000_0000][reason - 1]);
    const document = byDrive(() =>
      fn.register(registration, { dateTime: now(), ...(reasons === undefined ? {} : { reasons }) }),
    );
    registering = undefined;
    fillTables();
    documentNumber = (documentNumber + 1) & 0xffff;
    print([
      ...headerLines(),
      center(ending === 'FF06' ? 'ОТЧЁТ О РЕГИСТРАЦИИ' : 'ОТЧЁТ ОБ ИЗМЕНЕНИИ ПАРАМЕТРОВ РЕГИСТРАЦИИ'),
      ...fiscalLines(document),
    ]);
    return registered(document);
  };

  const operatorBuffer = (): Uint8Array => {
    const container = fn.nextContainer();
    if (container === undefined) return new Uint8Array(0);
    return encodeSession({
      sVersion: '81A2',
      aVersion: '0120',
      fiscalDriveNumber: container.fiscalDriveNumber,
      crcMode: 'none',
      hasContainer: true,
      replyWanted: true,
      priority: 0,
      body: container.bytes,
    });
  };

  const loadReply = (bytes: Uint8Array) => {
    // A host may hand over the whole session message, as the maker's drivers do, or the container alone.
    let container = bytes;
    if (sessionSignature.every((byte, index) => bytes[index] === byte)) {
      try {
        container = decodeSession(bytes).body;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        refuse(0x20);
      }
    }
    byDrive(() => fn.loadReply(container));
  };

  const putText = (text: string) => {
    if (receipt === undefined) print([text]);
    else receipt = { ...receipt, text: [...receipt.text, text] };
    return { operator };
  };

  const payments = (fields: Readonly<Record<string, unknown>>, from: number, to: number) => {
    let total = 0;
    for (let index = from; index <= to; index += 1) total += Number(fields[`payment${index}`] ?? 0);
    return total;
  };

  const discount = (amount: Kopecks, sign: -1 | 1) => {
    const open = needReceipt();
    if (open.lines.length === 0 || (sign < 0 && amount >= totalOf(open))) refuse(0x5a);
    receipt = {
      ...open,
      lines: spread(open.lines, sign * amount),
      text: [...open.text, pair(sign < 0 ? 'СКИДКА' : 'НАДБАВКА', sum(amount))],
    };
    return { operator };
  };

  const handlers: Handlers = {
    '10': () => ({
      operator,
      flags: flags(),
      mode: mode(),
      submode: paper.submode,
      operationsLow: (receipt?.lines.length ?? 0) & 0xff,
      battery: 0x9f,
      supply: 0xe5,
      memoryError: 0,
      journalError: 0,
      operationsHigh: (receipt?.lines.length ?? 0) >> 8,
      reserved: new Uint8Array(3),
      lastPrintResult: paper.submode === 2 ? 1 : 0,
    }),
    '11': () => {
      const local = now();
      const serial = BigInt((fn.registration?.kktSerialNumber ?? '0').replaceAll(/\D/g, '') || '0');
      const { shiftNumber, shiftOpen } = fn.status();
      return {
        operator,
        firmwareVersion: model.firmware,
        firmwareBuild: model.build,
        firmwareDate: '2026-01-21',
        numberInHall: tables.number(1, 1, 1),
        documentNumber,
        flags: flags(),
        mode: mode(),
        submode: paper.submode,
        port: 0,
        memoryVersion: '11',
        memoryBuild: 0,
        memoryDate: '2026-01-21',
        date: local.slice(0, 10),
        time: local.slice(11, 19),
        memoryFlags: 0x80 | (shiftOpen ? 0x01 : 0),
        serialNumber: Number(serial & 0xffffffffn),
        lastClosedShift: shiftOpen ? shiftNumber - 1 : shiftNumber,
        freeRecords: 4000,
        registrations: 1,
        registrationsLeft: fn.status().registrationsLeft,
        inn: Number(fn.registration?.inn ?? 0),
        serialNumberHigh: Number((serial >> 32n) & 0xffffn),
      };
    },
    '12': ({ text }) => putText(text),
    '13': () => ({ operator }),
    '15': () => ({ baudCode: 6, byteTimeoutCode: 100 }),
    '14': () => ({}),
    '17': ({ text }) => putText(text),
    '18': ({ title }) => {
      print([center(title)]);
      return { operator, documentNumber };
    },
    '19': () => ({ operator }),
    '1A': ({ register }) => ({
      operator,
      value:
        register === cashRegister
          ? drawer
          : register === cashInRegister
            ? shiftCashIn
            : register === cashOutRegister
              ? shiftCashOut
              : 0,
    }),
    '1B': ({ register }) => ({ operator, value: register === 152 ? documentNumber : 0 }),
    '1E': ({ table, row, field, value }) => {
      const code = tables.write(table, row, field, value);
      return code === 0 ? {} : refuse(code);
    },
    '1F': ({ table, row, field }) => {
      const value = tables.read(table, row, field);
      return value instanceof Uint8Array ? { value } : refuse(value.error);
    },
    '21': ({ time }) => {
      if (fn.status().shiftOpen) refuse(errors.shiftOpen);
      const wanted = `${now().slice(0, 10)}T${time}`;
      clockOffset += localToUnixSeconds(wanted) - localToUnixSeconds(now());
      return {};
    },
    '22': ({ date }) => {
      if (fn.status().shiftOpen) refuse(errors.shiftOpen);
      pendingDate = date;
      return {};
    },
    '23': ({ date }) => {
      if (pendingDate === undefined) refuse(errors.wrongMode);
      const matches = pendingDate === date;
      pendingDate = undefined;
      if (!matches) refuse(errors.dateMismatch);
      clockOffset += localToUnixSeconds(`${date}T${now().slice(11, 19)}`) - localToUnixSeconds(now());
      return {};
    },
    '24': () => {
      if (fn.status().shiftOpen) refuse(errors.shiftOpen);
      tables.reset();
      fillTables();
      return {};
    },
    '25': () => ({ operator }),
    '26': ({ font }) =>
      font >= 1 && font <= 7
        ? { printWidth: model.columns * 12, characterWidth: 12, characterHeight: 24, fonts: 7 }
        : refuse(errors.wrongParameters),
    '28': () => ({ operator }),
    '29': ({ lines }) => {
      paper.print(Array.from({ length: lines }, () => ''));
      return { operator };
    },
    '2B': () => ({ operator }),
    '2C': () => {
      print([...headerLines(), center('ОПЕРАЦИОННЫЕ РЕГИСТРЫ')]);
      return { operator };
    },
    '2D': ({ table }) => {
      const known = tables.structure(table);
      if (known === undefined) return refuse(0x5d);
      return { name: known.name, rows: known.rows, fields: known.fields.length };
    },
    '2E': ({ table, field }) => {
      const known = tables.structure(table);
      if (known === undefined) return refuse(0x5d);
      const column = known.fields[field - 1];
      if (column === undefined) return refuse(errors.wrongParameters);
      const { range } = column;
      return {
        name: column.name,
        text: range === undefined ? 1 : 0,
        size: column.size,
        range:
          range === undefined
            ? new Uint8Array(0)
            : byteWriter(16).uintLe(range.min, column.size).uintLe(range.max, column.size).finish(),
      };
    },
    '2F': ({ text }) => putText(text),
    '40': () => {
      if (!fn.status().shiftOpen) refuse(errors.shiftClosed);
      print([...headerLines(), center('X-ОТЧЁТ'), ...totalsLines(), pair('НАЛИЧНОСТЬ', sum(drawer))]);
      return { operator };
    },
    '41': () => {
      closeShift();
      return { operator };
    },
    '50': ({ sum: value }) => {
      if (fn.status().shiftExpired) refuse(errors.shiftExpired);
      drawer += value;
      shiftCashIn += value;
      documentNumber = (documentNumber + 1) & 0xffff;
      print([...headerLines(), pair('ВНЕСЕНИЕ', sum(value))]);
      return { operator, documentNumber };
    },
    '51': ({ sum: value }) => {
      if (fn.status().shiftExpired) refuse(errors.shiftExpired);
      if (value > drawer) refuse(errors.payout);
      drawer -= value;
      shiftCashOut += value;
      documentNumber = (documentNumber + 1) & 0xffff;
      print([...headerLines(), pair('ВЫПЛАТА', sum(value))]);
      return { operator, documentNumber };
    },
    '52': () => {
      print(headerLines());
      return { operator };
    },
    '53': () => ({ operator }),
    '54': () => ({ operator }),
    '6B': ({ error }) => ({ text: describeShtrihError(error).textRu }),
    '80': (fields) => oldLine(0, fields),
    '81': (fields) => oldLine(1, fields),
    '82': (fields) => oldLine(2, fields),
    '83': (fields) => oldLine(3, fields),
    '84': (fields) => {
      const open = needReceipt();
      const amount = amountOf(fields.price, fields.quantity);
      const at = open.lines.findLastIndex((line) => line.price === fields.price && line.amount === amount);
      if (at < 0) refuse(0x2d);
      receipt = {
        ...open,
        lines: open.lines.filter((_, index) => index !== at),
        text: [...open.text, pair('СТОРНО', sum(amount))],
      };
      return { operator };
    },
    '85': (fields) => {
      const { change } = finishReceipt(
        { cash: fields.cash, electronic: payments(fields, 2, 4), prepaid: 0, credit: 0, other: 0 },
        { text: fields.text },
      );
      return { operator, change };
    },
    '86': ({ amount }) => discount(amount, -1),
    '87': ({ amount }) => discount(amount, 1),
    '88': () => {
      const open = needReceipt();
      receipt = undefined;
      print([...open.text, center('ЧЕК АННУЛИРОВАН')]);
      return { operator };
    },
    '89': () => ({ operator, subtotal: totalOf(needReceipt()) }),
    '8C': () => {
      if (lastPrinted.length === 0) refuse(errors.nothingToRepeat);
      paper.print([center('ПОВТОР ДОКУМЕНТА'), ...lastPrinted]);
      return { operator };
    },
    '8D': ({ type }) => {
      openReceipt(type, false);
      return { operator };
    },
    '8E': (fields) => {
      const { change } = finishReceipt(
        {
          cash: fields.cash,
          electronic: payments(fields, 2, 13),
          prepaid: fields.payment14,
          credit: fields.payment15,
          other: fields.payment16,
        },
        { text: fields.text },
      );
      return { operator, change };
    },
    B0: () => {
      paper.resume();
      return { operator };
    },
    C0: () => ({ operator }),
    C1: () => ({ operator }),
    C2: () => ({ operator }),
    C3: () => ({ operator }),
    C4: () => ({ operator }),
    C5: () => ({ operator }),
    DD: () => ({ operator }),
    DE: () => ({ operator }),
    E0: () => {
      openShift();
      return { operator };
    },
    E2: () => ({ operator }),
    FC: () => ({
      type: 0,
      subtype: 0,
      protocolVersion: 2,
      protocolSubversion: 0,
      model: model.number,
      language: 0,
      name: model.name,
    }),

    FF01: () => {
      const status = fn.status();
      return {
        phase: fnPhaseNumber[status.phase],
        // Receipts are made in the drive in one go at their closing: what is open here is a report that was begun.
        currentDocument:
          status.openDocument === 2
            ? 2
            : status.openDocument === 5
              ? 8
              : status.openDocument === undefined
                ? 0
                : 1,
        documentData: status.openDocument === undefined ? 0 : 1,
        shiftOpen: status.shiftOpen ? 1 : 0,
        warnings: status.warnings,
        dateTime: status.lastDocumentAt ?? '',
        fiscalDriveNumber: status.fiscalDriveNumber,
        lastDocumentNumber: status.lastFiscalDocumentNumber,
      };
    },
    FF02: () => ({ fiscalDriveNumber: fn.fiscalDriveNumber }),
    FF03: () => {
      const status = fn.status();
      if (status.validUntil === undefined) return refuse(0x02);
      return {
        expires: status.validUntil,
        registrationsLeft: status.registrationsLeft,
        registrations: 12 - status.registrationsLeft,
      };
    },
    FF04: () => ({ version: 'ELCERT EMULATOR', type: 0 }),
    FF05: ({ type }) => {
      const { phase, shiftOpen, openDocument } = fn.status();
      if (type > 2) refuse(errors.wrongParameters);
      if (shiftOpen || openDocument !== undefined || phase !== (type === 2 ? 'fiscal' : 'ready'))
        refuse(0x02);
      registering = { type, tlv: [], size: 0 };
      return {};
    },
    FF06: (fields) => finishRegistration(fields, 'FF06'),
    FF34: (fields) => finishRegistration(fields, 'FF34', fields.reason),
    FF08: () => {
      fn.cancel();
      begun = undefined;
      registering = undefined;
      return {};
    },
    FF09: () => {
      if (fn.registration === undefined) return refuse(0x02);
      const { document, fields } = registrationReport();
      return {
        ...fields,
        tail: byteWriter(8).u32le(document.fiscalDocumentNumber).u32le(document.fiscalSign).finish(),
      };
    },
    FF0A: ({ documentNumber: number }) => {
      const document = foundDocument(number);
      const data = byteWriter(32);
      for (const part of document.dateTime.slice(2, 16).split(/[-T:]/)) data.u8(Number(part));
      data.u32le(document.fiscalDocumentNumber).u32le(document.fiscalSign);
      if (document.settlementType !== undefined) {
        data.u8(settlementTypes[document.settlementType].code).uintLe(document.totalSum ?? 0, 5);
      } else if (document.shiftNumber !== undefined) data.u16le(document.shiftNumber);
      return { type: document.documentCode, confirmed: fn.confirmed(number) ? 1 : 0, data: data.finish() };
    },
    FF0B: () => {
      const document = openShift();
      return { shiftNumber: document.shiftNumber ?? 0, ...registered(document) };
    },
    FF0C: ({ tlv }) => {
      if (tlv.length > 250) refuse(0x10);
      if (receipt !== undefined) {
        try {
          splitTlv(tlv);
        } catch {
          refuse(0x18);
        }
        receipt = { ...receipt, tlv: [...receipt.tlv, tlv] };
      } else if (registering !== undefined) {
        byDrive(() => readTlv(tlv));
        if (registering.size + tlv.length > 4096) refuse(0x10);
        registering.tlv.push(tlv);
        registering.size += tlv.length;
      } else byDrive(() => fn.add(tlv));
      return {};
    },
    FF30: () => ({ size: operatorBuffer().length, blockSize: 240 }),
    FF31: ({ offset, size }) => {
      const bytes = operatorBuffer();
      if (bytes.length === 0) refuse(0x08);
      if (offset + size > bytes.length) refuse(0x09);
      return { data: bytes.slice(offset, offset + size) };
    },
    FF32: ({ size }) => {
      upload = { bytes: new Uint8Array(size), written: 0 };
      return { blockSize: 240 };
    },
    FF33: ({ offset, size, data }) => {
      if (upload === undefined) return refuse(0x02);
      if (size !== data.length || offset !== upload.written || offset + size > upload.bytes.length)
        refuse(0x09);
      upload.bytes.set(data, offset);
      upload = { ...upload, written: upload.written + size };
      if (upload.written === upload.bytes.length) {
        const { bytes } = upload;
        upload = undefined;
        loadReply(bytes);
      }
      return {};
    },
    FF35: () => {
      openReceipt(undefined, true);
      return {};
    },
    // A summary without lines is a correction of FFD 1.05; this register writes 1.2, whose corrections have lines.
    FF36: () => refuse(errors.notSupported),
    FF4A: () => refuse(errors.notSupported),
    FF37: () => {
      byDrive(() => fn.begin(21));
      begun = 21;
      return {};
    },
    FF38: () => {
      if (begun !== 21) refuse(0x02);
      const document = writeDocument(21, []);
      const status = fn.status();
      print([...headerLines(), center('ОТЧЁТ О СОСТОЯНИИ РАСЧЁТОВ'), ...fiscalLines(document)]);
      return {
        ...registered(document),
        unconfirmed: status.unsentDocuments,
        firstUnconfirmed: (status.firstUnsentAt ?? document.dateTime).slice(0, 10),
      };
    },
    FF39: () => {
      const status = fn.status();
      return {
        status: status.unsentDocuments > 0 ? 2 : 0,
        readState: 0,
        queue: status.unsentDocuments,
        firstDocumentNumber: status.firstUnsentNumber ?? 0,
        firstDateTime: status.firstUnsentAt ?? '',
      };
    },
    FF3A: ({ documentNumber: number }) => {
      const document = foundDocument(number);
      const content = document.bytes.subarray(4);
      // One requisite an answer, as units give it; what is longer than an answer takes comes in pieces.
      const blocks: Uint8Array[] = [];
      for (const { value, offset } of splitTlv(content)) {
        const whole = content.subarray(offset, offset + 4 + value.length);
        for (let at = 0; at < whole.length; at += 240) blocks.push(whole.slice(at, at + 240));
      }
      reading = { blocks, at: 0 };
      return { type: document.documentCode, size: content.length };
    },
    FF3B: () => {
      const block = reading?.blocks[reading.at];
      if (reading === undefined || block === undefined) return refuse(0x08);
      reading = { blocks: reading.blocks, at: reading.at + 1 };
      return { tlv: block };
    },
    FF3D: () => {
      // A register hands everything to the operator first.
      if (fn.status().unsentDocuments > 0) refuse(0x02);
      byDrive(() => fn.begin(6));
      begun = 6;
      return {};
    },
    FF3E: () => {
      if (begun !== 6) refuse(0x02);
      const document = writeDocument(6, [{ tag: 1021, value: cashierName() }]);
      print([...headerLines(), center('ОТЧЁТ О ЗАКРЫТИИ ФН'), ...fiscalLines(document)]);
      return registered(document);
    },
    FF3F: () => ({ count: fn.status().unsentDocuments }),
    FF40: () => {
      const status = fn.status();
      return {
        open: status.shiftOpen ? 1 : 0,
        shiftNumber: status.shiftNumber,
        receiptNumber: status.receiptNumber,
      };
    },
    FF41: () => {
      byDrive(() => fn.begin(2));
      begun = 2;
      return {};
    },
    FF42: () => {
      byDrive(() => fn.begin(5));
      begun = 5;
      return {};
    },
    FF43: () => {
      const document = closeShift();
      return { shiftNumber: document.shiftNumber ?? 0, ...registered(document) };
    },
    FF45: (fields) => {
      const open = needReceipt();
      const slots = [fields.tax1, fields.tax2, fields.tax3, fields.tax4, fields.tax5, fields.tax6];
      if (!vatAgrees(open.lines, slots, swap())) refuse(errors.wrongParameters);
      if (fields.taxation !== 0 && ((fn.registration?.taxation ?? 0) & fields.taxation) === 0) {
        refuse(errors.wrongParameters);
      }
      const { document, change } = finishReceipt(
        {
          cash: fields.cash,
          electronic: fields.electronic + payments(fields, 3, 13),
          prepaid: fields.prepaid,
          credit: fields.credit,
          other: fields.other,
        },
        fields,
      );
      return { change, ...registered(document) };
    },
    FF46: (fields) => {
      const type = [undefined, 0, 2, 1, 3][fields.operation];
      const rate = rateOfByte(fields.taxRate, swap());
      if (type === undefined || rate === undefined) return refuse(errors.wrongParameters);
      if (fields.name.length > 128) refuse(errors.wrongParameters);
      const amount = fields.sum === 'auto' ? amountOf(fields.price, fields.quantity) : fields.sum;
      addLine(type, {
        name: fields.name.trim() === '' ? 'ТОВАР' : fields.name,
        price: fields.price,
        quantity: fields.quantity,
        amount,
        rate,
        vat: fields.tax === 'auto' ? undefined : fields.tax,
        method: fields.method === 0 ? 4 : fields.method,
        subject: fields.subject === 0 ? 1 : fields.subject,
        tlv: [],
      });
      return {};
    },
    FF4C: ({ report }) => {
      // 0 is the first one, too.
      const { document, fields } = registrationReport(Math.max(report, 1));
      const reason = document.documentCode === 1 ? 0 : 4;
      return {
        ...fields,
        tail: byteWriter(9)
          .u8(reason)
          .u32le(document.fiscalDocumentNumber)
          .u32le(document.fiscalSign)
          .finish(),
      };
    },
    FF4D: ({ tlv }) => {
      const open = needReceipt();
      const last = open.lines.at(-1);
      if (last === undefined) return refuse(errors.receiptClosed);
      if (tlv.length > 250) refuse(0x10);
      try {
        splitTlv(tlv);
      } catch {
        refuse(0x18);
      }
      receipt = { ...open, lines: [...open.lines.slice(0, -1), { ...last, tlv: [...last.tlv, tlv] }] };
      return {};
    },
    FF61: ({ code, plannedStatus, mode: checkMode, tlv }) => {
      if (![1, 2, 3, 4, 255].includes(plannedStatus) || checkMode !== 0 || code.length === 0) refuse(0x09);
      // Measured products name their measure and quantity.
      const given = byDrive(() => readTlv(tlv)).map(({ tag }) => tag);
      if ((plannedStatus === 2 || plannedStatus === 4) && ![2108, 1023].every((tag) => given.includes(tag)))
        refuse(0x3c + markingShift);
      const { localStatus, reason, codeType } = byDrive(() => fn.marking.check(code));
      const service = markingService(code, plannedStatus);
      const extra =
        service === undefined
          ? Uint8Array.of(0xff)
          : concatBytes(
              Uint8Array.of(
                0,
                byDrive(() => fn.marking.answer(service.result)),
              ),
              joinTlv([
                { tag: 2114, value: byteWriter(4).u32le(localToUnixSeconds(now())).finish() },
                { tag: 2105, value: Uint8Array.of(0) },
                { tag: 2005, value: Uint8Array.of(service.result) },
                ...(service.status === undefined
                  ? []
                  : [{ tag: 2109, value: Uint8Array.of(service.status) }]),
              ]),
            );
      return { localStatus, reason, codeType, extraLength: extra.length, extra };
    },
    FF67: ({ code }) => {
      const open = needReceipt();
      const last = open.lines.at(-1);
      if (last === undefined) return refuse(errors.receiptClosed);
      const { product, result, codeType } = byDrive(() => fn.marking.bound(code));
      const nested = encodeTags(
        [
          { tag: 1163, value: [{ tag: product.tag, value: product.value }] },
          { tag: 2102, value: 0 },
          { tag: 2106, value: result },
        ],
        { document: 3, ffdVersion: '1.2', path: '1059' },
      );
      receipt = {
        ...open,
        lines: [...open.lines.slice(0, -1), { ...last, tlv: [...last.tlv, nested] }],
        // What is printed beside the name of a marked product: checked in order, checked otherwise, not checked.
        text: [...open.text, result === 15 ? '[M+]' : (result & 5) === 0 ? '[M]' : '[M-]'],
      };
      return { prefix: 0x4d44, codeType };
    },
    FF68: () => ({
      state: 0,
      queue: 0,
      current: fn.marking.notifications,
      dateTime: '',
      fillPercent: 0,
    }),
    FF69: ({ decision }) =>
      byDrive(() => {
        if (decision === 1) return { result: fn.marking.accept() };
        if (decision === 0) fn.marking.reject();
        else if (decision === 2) fn.marking.clear();
        else refuse(0x09);
        return { result: 0 };
      }),
    FF70: () => ({
      state: fn.marking.pending ? 1 : 0,
      notificationState: 0,
      allowed: ((fn.registration?.usageConditions ?? 0) & 0x100) === 0 ? 0 : 0x1f,
      saved: fn.marking.saved,
      inNotification:
        receipt?.lines.filter((line) => line.tlv.some((tlv) => splitTlv(tlv).some(({ tag }) => tag === 2106)))
          .length ?? 0,
      warning: 0,
      queue: 0,
    }),
    FF62: () => ({}),
    FF63: () => ({ archive: 0x00ff_ffff, operator: 0x00ff_ffff, notifications: 0 }),
  };

  /** Who sends: by the passwords of table 2. 0 for a password that is nobody's. */
  const operatorOf = (password: number): number => {
    for (let row = 1; row <= 30; row += 1) if (tables.number(2, row, 1) === password) return row;
    return 0;
  };

  const admit = (code: CommandCode, fields: AnyFields) => {
    const row: CommandRow = commands[code];
    const kind = row.request.password;
    if (kind !== undefined) {
      const who = operatorOf(Number(fields.password));
      if (who === 0 || (kind === 'adminPassword' && who < 28 && !anyOperator.has(code)))
        refuse(errors.wrongPassword);
      operator = who;
    }
    if (pendingDate !== undefined && !['10', '11', '23', '22', 'FC', '6B'].includes(code))
      refuse(errors.wrongMode);
    if (printing.has(code)) {
      if (paper.submode === 3) refuse(errors.awaitsContinue);
      if (paper.submode !== 0) refuse(errors.noPaper);
    }
    if (receipt !== undefined) {
      if (notInReceipt.has(code)) refuse(errors.receiptOpen);
      // The administrators may finish what a cashier began.
      if (printing.has(code) && operator < 28 && operator !== receipt.operator) refuse(errors.otherOperator);
    }
  };

  return {
    fn,
    paper,
    tables,
    get drawer() {
      return drawer;
    },
    get mode() {
      return mode();
    },
    execute(body) {
      const code = commandCodeOf(body) ?? '00';
      const done = (error: number, answer: Uint8Array) => ({ code, error, answer });
      if (!isCommandCode(code))
        return done(errors.notSupported, encodeErrorAnswer(code, errors.notSupported));
      const handler = handlers[code] as ((fields: AnyFields) => AnyFields) | undefined;
      if (handler === undefined)
        return done(errors.notSupported, encodeErrorAnswer(code, errors.notSupported));
      let fields: AnyFields;
      try {
        fields = decodeRequest(body).fields;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        // A wrong length.
        return done(0x7e, encodeErrorAnswer(code, 0x7e));
      }
      try {
        admit(code, fields);
        return done(0, encodeAnswer(code, handler(fields) as ResponseOf<typeof code>));
      } catch (error) {
        if (error instanceof Refusal) return done(error.code, encodeErrorAnswer(code, error.code));
        // Values that no document can hold (a text too long for its tag, a date that is none).
        if (isElcertError(error))
          return done(errors.wrongParameters, encodeErrorAnswer(code, errors.wrongParameters));
        throw error;
      }
    },
  };
}
