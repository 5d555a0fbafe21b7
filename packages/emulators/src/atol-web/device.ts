import {
  type Clock,
  formatRubles,
  isElcertError,
  type Kopecks,
  localDateTime,
  localToUnixSeconds,
} from '@elcert/core';
import {
  type AtolObject,
  type AtolTaskType,
  atolDocumentTypes,
  atolRubles,
  atolTasks,
  checkAtolTask,
  isAtolCodecError,
  isAtolObject,
  kopecksOfAtol,
} from '@elcert/device-drivers/atol';
import { decodeDocument, encodeTags, type TagEntry } from '@elcert/fiscal-doc';
import { type EmulatedFn, type FnDocument, FnRefusal, fnPhaseNumber, fnWarnings } from '../fn/index.js';
import { createPaper, type Paper } from '../kernel/paper.js';
import { isReceiptType, printedText, readReceiptTask, receiptRequisites } from './receipt.js';
import { AtolRefusal, atolCodesOfFn } from './refusal.js';

/** The register behind the web server. */
export interface AtolDevice {
  readonly fn: EmulatedFn;
  readonly paper: Paper;
  /** Cash in the drawer, kopecks. */
  readonly drawer: Kopecks;
  /** Carries out a task. @throws AtolRefusal with the driver's code */
  execute(task: AtolObject): AtolObject;
}

const columns = 42;

/** Makes a register around a drive. It computes VAT itself and writes whole FFD 1.2 documents into the drive. */
export function createAtolDevice(options: {
  readonly fn: EmulatedFn;
  readonly clock: Clock;
  readonly timeZone: string;
}): AtolDevice {
  const { fn, clock, timeZone } = options;
  const paper = createPaper(columns);
  let drawer: Kopecks = 0;

  const refuse = (code: number, why?: string): never => {
    throw new AtolRefusal(code, why);
  };

  const zone = (): string => {
    const minutes = Math.round(
      localToUnixSeconds(localDateTime(clock.now(), timeZone)) / 60 - clock.now() / 60_000,
    );
    const text = (value: number) => String(value).padStart(2, '0');
    return `${minutes < 0 ? '-' : '+'}${text(Math.floor(Math.abs(minutes) / 60))}:${text(Math.abs(minutes) % 60)}`;
  };
  const zoned = (local: string) => `${local.length === 16 ? `${local}:00` : local}${zone()}`;
  const now = () => localDateTime(clock.now(), timeZone);

  const byDrive = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof FnRefusal) return refuse(atolCodesOfFn[error.fnCode] ?? 115, error.message);
      throw error;
    }
  };

  const needPaper = () => {
    if (paper.coverOpen) refuse(45);
    if (paper.submode !== 0) refuse(44);
  };

  const operatorTags = (task: AtolObject): TagEntry[] => {
    const operator = isAtolObject(task.operator) ? task.operator : {};
    const { name, vatin } = operator;
    return [
      ...(typeof name === 'string' && name !== '' ? [{ tag: 1021, value: name }] : []),
      ...(typeof vatin === 'string' && vatin !== '' ? [{ tag: 1203, value: vatin }] : []),
    ];
  };

  const write = (form: number, tlv: Uint8Array): FnDocument => {
    byDrive(() => fn.begin(form));
    try {
      return byDrive(() => {
        fn.add(tlv);
        return fn.commit({ dateTime: now() });
      });
    } catch (error) {
      fn.cancel();
      throw error;
    }
  };

  const report = (form: 2 | 5 | 21, task: AtolObject): FnDocument => {
    let tlv: Uint8Array;
    try {
      tlv = encodeTags(operatorTags(task), { document: form, ffdVersion: '1.2' });
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return refuse(148, error.message);
    }
    return write(form, tlv);
  };

  /** Prints, and tells what the tasks tell of a document. */
  const done = (document: FnDocument, title: string, lines: readonly string[]): AtolObject => {
    const known = fn.registration;
    paper.print([
      'ЭМУЛЯТОР: НЕ ЯВЛЯЕТСЯ КАССОВЫМ ЧЕКОМ',
      ...(known === undefined ? [] : [known.userName, known.place]),
      title,
      ...lines,
      `ФН ${fn.fiscalDriveNumber} ФД ${document.fiscalDocumentNumber}`,
      `ФП ${String(document.fiscalSign).padStart(10, '0')}`,
    ]);
    return {
      fiscalParams: {
        fiscalDocumentDateTime: zoned(document.dateTime),
        fiscalDocumentNumber: document.fiscalDocumentNumber,
        fiscalDocumentSign: String(document.fiscalSign),
        fnNumber: fn.fiscalDriveNumber,
        registrationNumber: known?.kktRegistrationNumber ?? '',
        shiftNumber: document.shiftNumber ?? 0,
        fnsUrl: 'www.nalog.gov.ru',
        ...(document.receiptNumber === undefined ? {} : { fiscalReceiptNumber: document.receiptNumber }),
        ...(document.totalSum === undefined ? {} : { total: atolRubles(document.totalSum) }),
      },
      // The document is in the drive; only its paper is missing.
      warnings: { notPrinted: paper.submode !== 0 },
    };
  };

  const needShift = () => {
    const { shiftOpen, shiftExpired } = fn.status();
    if (!shiftOpen) refuse(73);
    if (shiftExpired) refuse(68);
  };

  const receipt = (task: AtolObject): AtolObject => {
    needPaper();
    needShift();
    const read = readReceiptTask(task);
    const { payments, settlementType } = read.receipt;
    const cash = payments.cash ?? 0;
    // Money goes out at returns and at purchases.
    const out = settlementType === 'saleReturn' || settlementType === 'purchase';
    if (out && cash > drawer) refuse(80);
    const { form, tlv } = receiptRequisites(read.receipt);
    const document = write(form, tlv);
    drawer += out ? -cash : cash;
    return done(document, `ЧЕК: ${String(task.type)}`, [
      ...read.text,
      `ИТОГ =${formatRubles(read.total)}`,
      ...(read.change > 0 ? [`СДАЧА =${formatRubles(read.change)}`] : []),
    ]);
  };

  const shiftReceipts = () => fn.status().receiptNumber;

  const cashMove = (task: AtolObject, sign: 1 | -1): AtolObject => {
    needPaper();
    let sum: Kopecks;
    try {
      sum = kopecksOfAtol(task.cashSum, 'cashSum');
    } catch {
      return refuse(16);
    }
    if (sum <= 0) refuse(16);
    if (sign < 0 && sum > drawer) refuse(80);
    if (fn.status().shiftExpired) refuse(68);
    drawer += sign * sum;
    paper.print([`${sign > 0 ? 'ВНЕСЕНИЕ' : 'ВЫПЛАТА'} =${formatRubles(sum)}`]);
    return { counters: { cashSum: atolRubles(drawer) } };
  };

  const shiftWord = () => {
    const { shiftOpen, shiftExpired } = fn.status();
    return shiftExpired ? 'expired' : shiftOpen ? 'opened' : 'closed';
  };

  const tagText = (value: unknown): string =>
    typeof value === 'object' && value !== null
      ? JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one))
      : String(value);

  const handlers: { readonly [T in AtolTaskType]?: (task: AtolObject) => AtolObject } = {
    openShift: (task) => {
      needPaper();
      const { shiftOpen, shiftExpired } = fn.status();
      if (shiftExpired) refuse(68);
      if (shiftOpen) refuse(83);
      return done(report(2, task), 'ОТКРЫТИЕ СМЕНЫ', []);
    },
    closeShift: (task) => {
      needPaper();
      if (!fn.status().shiftOpen) refuse(73);
      const receiptsCount = shiftReceipts();
      const result = done(report(5, task), 'ЗАКРЫТИЕ СМЕНЫ', [`НАЛИЧНОСТЬ =${formatRubles(drawer)}`]);
      return { ...result, fiscalParams: { ...(result.fiscalParams as AtolObject), receiptsCount } };
    },
    reportX: () => {
      needPaper();
      if (!fn.status().shiftOpen) refuse(73);
      paper.print(['X-ОТЧЁТ', `ЧЕКОВ ${shiftReceipts()}`, `НАЛИЧНОСТЬ =${formatRubles(drawer)}`]);
      return {};
    },
    reportOfdExchangeStatus: (task) => {
      needPaper();
      return done(report(21, task), 'ОТЧЁТ О СОСТОЯНИИ РАСЧЁТОВ', []);
    },
    cashIn: (task) => cashMove(task, 1),
    cashOut: (task) => cashMove(task, -1),
    openCashDrawer: () => ({}),
    getCashDrawerStatus: () => ({
      cashDrawerStatus: { cashDrawerOpened: false },
      counters: { cashSum: atolRubles(drawer) },
    }),
    nonFiscal: (task) => {
      needPaper();
      paper.print(printedText(task.items));
      return {};
    },
    continuePrint: () => {
      if (paper.submode === 1 || paper.submode === 2) refuse(44);
      paper.resume();
      return {};
    },
    printLastReceiptCopy: () => {
      needPaper();
      const last = fn.documents().findLast(({ receiptNumber }) => receiptNumber !== undefined);
      if (last === undefined) return refuse(232);
      paper.print([`КОПИЯ ФД ${last.fiscalDocumentNumber}`]);
      return {};
    },
    printFnDocument: (task) => {
      needPaper();
      const document = fn.document(Number(task.fiscalDocumentNumber));
      if (document === undefined) return refuse(123);
      paper.print([`КОПИЯ ФД ${document.fiscalDocumentNumber}`]);
      return {};
    },
    getShiftStatus: () => {
      const { shiftNumber, receiptNumber, shiftOpenedAt } = fn.status();
      return {
        shiftStatus: {
          state: shiftWord(),
          number: shiftNumber,
          documentsCount: receiptNumber,
          expiredTime:
            shiftOpenedAt === undefined
              ? ''
              : zoned(localDateTime((localToUnixSeconds(shiftOpenedAt) + 86_400) * 1000, 'UTC')),
        },
      };
    },
    getDeviceInfo: () => ({
      deviceInfo: {
        model: 69,
        modelName: 'АТОЛ (ЭМУЛЯТОР)',
        serial: fn.registration?.kktSerialNumber ?? '',
        firmwareVersion: '5.10.0',
        configurationVersion: '5.10.0',
        receiptLineLength: columns,
        receiptLineLengthPix: columns * 12,
        ffdVersion: '1.2',
        fnFfdVersion: '1.2',
      },
    }),
    getDeviceStatus: () => ({
      deviceStatus: {
        currentDateTime: zoned(now()),
        shift: shiftWord(),
        blocked: false,
        coverOpened: paper.coverOpen,
        paperPresent: paper.submode === 0 || paper.submode === 3,
        fiscal: fn.registration !== undefined,
        fnFiscal: fn.status().phase === 'fiscal',
        fnPresent: true,
        cashDrawerOpened: false,
      },
    }),
    getFnInfo: () => {
      const { phase, warnings, registrationsLeft, validUntil } = fn.status();
      return {
        fnInfo: {
          serial: fn.fiscalDriveNumber,
          version: 'fn emulated',
          execution: 'Эмулятор',
          numberOfRegistrations: 12 - registrationsLeft,
          registrationsRemaining: registrationsLeft,
          validityDate: validUntil === undefined ? '' : zoned(`${validUntil}T00:00`),
          ffdVersion: '1.2',
          fnFfdVersion: '1.2',
          livePhase: fnPhaseNumber[phase] === 3 ? 'fiscalMode' : phase,
          warnings: {
            memoryOverflow: (warnings & fnWarnings.memory) !== 0,
            needReplacement: (warnings & fnWarnings.urgentReplacement) !== 0,
            ofdTimeout: (warnings & fnWarnings.ofdTimeout) !== 0,
            resourceExhausted: (warnings & fnWarnings.exhaustion) !== 0,
            criticalError: (warnings & fnWarnings.critical) !== 0,
          },
        },
      };
    },
    getFnStatus: () => {
      const { lastFiscalDocumentNumber, receiptNumber } = fn.status();
      return {
        fnStatus: { fiscalDocumentNumber: lastFiscalDocumentNumber, fiscalReceiptNumber: receiptNumber },
      };
    },
    getFnDocument: (task) => {
      const document = fn.document(Number(task.fiscalDocumentNumber));
      if (document === undefined) return refuse(123);
      const { tags } = decodeDocument(document.bytes);
      const fiscalDocumentType = Object.keys(atolDocumentTypes).find(
        (name) => atolDocumentTypes[name] === document.documentCode,
      );
      return {
        documentTLV: {
          ...Object.fromEntries(
            tags.map(({ tag, value }) => [
              String(tag),
              tagText(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value),
            ]),
          ),
          fiscalDocumentType,
          short: false,
          qr: '',
        },
        ...(task.withRawData === true
          ? { rawData: Buffer.from(document.bytes.subarray(4)).toString('base64') }
          : {}),
      };
    },
    ofdExchangeStatus: () => {
      const { unsentDocuments, firstUnsentNumber, firstUnsentAt } = fn.status();
      return {
        status: {
          notSentCount: unsentDocuments,
          notSentFirstDocNumber: firstUnsentNumber ?? 0,
          notSentFirstDocDateTime: firstUnsentAt === undefined ? '' : zoned(firstUnsentAt),
        },
        errors: {},
      };
    },
    getRegistrationInfo: () => {
      const known = fn.registration;
      if (known === undefined) return refuse(225);
      return {
        organization: {
          name: known.userName,
          vatin: known.inn,
          email: known.senderEmail,
          address: known.address,
        },
        device: {
          registrationNumber: known.kktRegistrationNumber,
          paymentsAddress: known.place,
          fnsUrl: 'www.nalog.gov.ru',
          ffdVersion: '1.2',
        },
        ofd: { name: known.ofd.name, vatin: known.ofd.inn },
      };
    },
  };

  return {
    fn,
    paper,
    get drawer() {
      return drawer;
    },
    execute(task) {
      const { type } = task;
      try {
        checkAtolTask(task);
      } catch (error) {
        if (!isAtolCodecError(error)) throw error;
        return refuse(501, error.message);
      }
      const name = type as AtolTaskType;
      if (isReceiptType(name)) return receipt(task);
      const handler = handlers[name];
      if (handler === undefined) return refuse(atolTasks[name].effect === 'mark' ? 406 : 11);
      return handler(task);
    },
  };
}
