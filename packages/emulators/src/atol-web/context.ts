import {
  type Clock,
  isElcertError,
  type Kopecks,
  localDateTime,
  localToUnixSeconds,
  sumKopecks,
} from '@elcert/core';
import {
  type AtolObject,
  type AtolTaskType,
  atolCheckOf,
  atolRubles,
  isAtolObject,
} from '@elcert/device-drivers/atol';
import { encodeTags, type SettlementType, type TagEntry } from '@elcert/fiscal-doc';
import { type EmulatedFn, type FnDocument, FnRefusal, type FnRegistration } from '../fn/index.js';
import type { Paper } from '../kernel/paper.js';
import { AtolRefusal, atolCodesOfFn } from './refusal.js';

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

/** Ways in which versions of the driver differ. */
export interface AtolQuirks {
  /** openShift's answer has no members. */
  readonly emptyOpenShift?: boolean | undefined;
  /** States come as numbers: 0 closed, 1 opened, 2 expired. */
  readonly numericStates?: boolean | undefined;
  /** getFnDocument gives no raw data, as older drivers. */
  readonly noRawData?: boolean | undefined;
}

/** Receipts of one kind: number, sum, and sums by kinds of payment, in kopecks. */
export interface Tally {
  count: number;
  sum: Kopecks;
  readonly payments: Record<'cash' | 'electronic' | 'prepaid' | 'credit' | 'other', Kopecks>;
}

/** What a shift, or the whole life of the register, has come to. */
export interface Totals {
  readonly receipts: Record<SettlementType, Tally>;
  readonly income: { count: number; sum: Kopecks };
  readonly outcome: { count: number; sum: Kopecks };
  /** By department and kind. */
  readonly departments: Map<number, Record<SettlementType, Kopecks>>;
}

function tally(): Tally {
  return { count: 0, sum: 0, payments: { cash: 0, electronic: 0, prepaid: 0, credit: 0, other: 0 } };
}

/** Totals that stand at nothing. */
export function emptyTotals(): Totals {
  return {
    receipts: { sale: tally(), saleReturn: tally(), purchase: tally(), purchaseReturn: tally() },
    income: { count: 0, sum: 0 },
    outcome: { count: 0, sum: 0 },
    departments: new Map(),
  };
}

/** What the register remembers. */
export interface DeviceState {
  fn: EmulatedFn;
  powered: boolean;
  readonly kktSerialNumber: string;
  /** What it was registered with; outlives its drives. */
  registration: FnRegistration | undefined;
  /** Where it delivers, as the registration told. */
  ofdServer: AtolObject;
  /** Cash in the drawer, kopecks. */
  drawer: Kopecks;
  drawerOpen: boolean;
  /** Milliseconds that its clock is ahead of the emulator's. */
  clockOffset: number;
  shift: Totals;
  readonly overall: Totals;
  readonly settings: Map<number, string>;
  /** Names of pictures that were loaded; pictureFromMemory counts them from 1. */
  readonly pictures: string[];
  /** The last trouble with the operator. */
  exchange:
    | { readonly code: number; readonly description: string; readonly documentNumber: number }
    | undefined;
  lastExchangeAt: string;
}

/** What the tasks of every topic share. */
export interface DeviceContext {
  readonly state: DeviceState;
  readonly paper: Paper;
  readonly quirks: AtolQuirks;
  readonly markingService: MarkingService;
  /** How long the marking service takes, milliseconds of the clock. */
  readonly markingDelayMs: number;
  /** Milliseconds of the emulator's clock. */
  epoch(): number;
  /** The register's wall clock. */
  now(): string;
  /** A local time as the tasks write it, with its zone. */
  zoned(local: string): string;
  refuse(code: number, why?: string): never;
  byDrive<T>(run: () => T): T;
  needPaper(): void;
  needShift(): void;
  /** Makes a document of the drive. */
  write(form: number, tags: readonly TagEntry[] | Uint8Array): FnDocument;
  operatorTags(task: AtolObject): TagEntry[];
  /** Prints (unless told not to), and tells what the tasks tell of a document. */
  done(
    document: FnDocument,
    title: string,
    lines: readonly string[],
    options?: { readonly printed?: boolean },
  ): AtolObject;
  /** A state in the version's own way. */
  shiftState(): string | number;
}

/** The tasks of one topic. */
export type Handlers = { readonly [T in AtolTaskType]?: (task: AtolObject) => AtolObject };

/** Tag 2106 as `itemInfoCheckResult`. */
export const checkResultOf = atolCheckOf;

/** Width of the paper. */
export const columns = 42;

/** Makes the shared part. */
export function createContext(options: {
  readonly state: DeviceState;
  readonly paper: Paper;
  readonly clock: Clock;
  readonly timeZone: string;
  readonly quirks: AtolQuirks;
  readonly markingService: MarkingService;
  readonly markingDelayMs: number;
}): DeviceContext {
  const { state, paper, clock, timeZone, quirks } = options;

  const refuse = (code: number, why?: string): never => {
    throw new AtolRefusal(code, why);
  };
  const now = () => localDateTime(clock.now() + state.clockOffset, timeZone);
  const zone = (): string => {
    const minutes = Math.round(
      localToUnixSeconds(localDateTime(clock.now(), timeZone)) / 60 - clock.now() / 60_000,
    );
    const text = (value: number) => String(value).padStart(2, '0');
    return `${minutes < 0 ? '-' : '+'}${text(Math.floor(Math.abs(minutes) / 60))}:${text(Math.abs(minutes) % 60)}`;
  };
  const zoned = (local: string) => `${local.length === 16 ? `${local}:00` : local}${zone()}`;

  const byDrive = <T>(run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof FnRefusal) return refuse(atolCodesOfFn[error.fnCode] ?? 115, error.message);
      throw error;
    }
  };

  const shiftWord = () => {
    const { shiftOpen, shiftExpired } = state.fn.status();
    return shiftExpired ? 'expired' : shiftOpen ? 'opened' : 'closed';
  };

  return {
    state,
    paper,
    quirks,
    markingService: options.markingService,
    markingDelayMs: options.markingDelayMs,
    epoch: () => clock.now(),
    now,
    zoned,
    refuse,
    byDrive,
    needPaper() {
      if (paper.coverOpen) refuse(45);
      if (paper.submode !== 0) refuse(44);
    },
    needShift() {
      const { shiftOpen, shiftExpired } = state.fn.status();
      if (!shiftOpen) refuse(73);
      if (shiftExpired) refuse(68);
    },
    write(form, tags) {
      const { fn } = state;
      let tlv: Uint8Array;
      try {
        tlv =
          tags instanceof Uint8Array ? tags : encodeTags([...tags], { document: form, ffdVersion: '1.2' });
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return refuse(148, error.message);
      }
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
    },
    operatorTags(task) {
      const operator = isAtolObject(task.operator) ? task.operator : {};
      const { name, vatin } = operator;
      return [
        ...(typeof name === 'string' && name !== '' ? [{ tag: 1021, value: name }] : []),
        ...(typeof vatin === 'string' && vatin !== '' ? [{ tag: 1203, value: vatin }] : []),
      ];
    },
    done(document, title, lines, { printed = true } = {}) {
      const { fn } = state;
      const known = fn.registration;
      if (printed)
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
        warnings: { notPrinted: printed && paper.submode !== 0 },
      };
    },
    shiftState: () =>
      quirks.numericStates === true ? ['closed', 'opened', 'expired'].indexOf(shiftWord()) : shiftWord(),
  };
}

/** Counts a receipt in. Corrections are no receipts of a shift. */
export function countReceipt(
  totals: Totals,
  settlement: SettlementType,
  total: Kopecks,
  payments: Partial<Record<keyof Tally['payments'], Kopecks | undefined>>,
  lines: readonly { readonly department: number; readonly amount: Kopecks }[],
): void {
  const one = totals.receipts[settlement];
  one.count += 1;
  one.sum = sumKopecks([one.sum, total]);
  for (const name of Object.keys(one.payments) as (keyof Tally['payments'])[])
    one.payments[name] = sumKopecks([one.payments[name], payments[name] ?? 0]);
  for (const { department, amount } of lines) {
    const sums = totals.departments.get(department) ?? {
      sale: 0,
      saleReturn: 0,
      purchase: 0,
      purchaseReturn: 0,
    };
    sums[settlement] = sumKopecks([sums[settlement], amount]);
    totals.departments.set(department, sums);
  }
}
