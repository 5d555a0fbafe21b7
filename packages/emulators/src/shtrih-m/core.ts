import {
  type Clock,
  formatRubles,
  type Kopecks,
  localDateTime,
  localToUnixSeconds,
  unixSecondsToLocal,
} from '@elcert/core';
import { encodeTags, type TagEntry } from '@elcert/fiscal-doc';
import type { EmulatedFn, FnDocument, FnRegistration } from '../fn/index.js';
import { createPaper, type Paper } from '../kernel/paper.js';
import type { ShtrihMModel } from './model.js';
import type { OpenReceipt } from './receipt.js';
import { byDrive } from './refusal.js';
import { createTables, type Tables } from './tables.js';
import { createTotals, type RegisterTotals } from './totals.js';

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

/** What a register remembers. */
export interface RegisterState {
  fn: EmulatedFn;
  /** What the register was registered with, by this drive or an earlier one. */
  registration: FnRegistration | undefined;
  receipt: OpenReceipt | undefined;
  /** A fiscal document other than a receipt, begun by FF41, FF42, FF37 …: its form code. */
  begun: number | undefined;
  /** A registration that was begun by FF05, and the requisites it was given. */
  registering: { readonly type: number; readonly tlv: Uint8Array[]; size: number } | undefined;
  /** Cash in the drawer, kopecks. */
  drawer: Kopecks;
  drawerOpen: boolean;
  documentNumber: number;
  /** Seconds that the register's clock is ahead of the emulator's. */
  clockOffset: number;
  /** A date that 22h has set and 23h has not confirmed. */
  pendingDate: string | undefined;
  testRun: boolean;
  lastPrinted: readonly string[];
  /** Texts that are printed after the document (bit 7 of the flags). */
  delayed: string[];
  /** Who sent the command that is carried out. */
  operator: number;
  /** Lines of a report that went into the buffer instead of on paper. */
  buffer: readonly string[];
}

/** What all commands of a register stand on. */
export interface Core {
  readonly state: RegisterState;
  readonly paper: Paper;
  readonly tables: Tables;
  readonly totals: RegisterTotals;
  readonly model: ShtrihMModel;
  readonly markingService: MarkingService;
  /** The register's own time. */
  now(): string;
  /** Mode byte of 10h. */
  mode(): number;
  /** Flags of 10h. */
  flags(): number;
  center(text: string): string;
  pair(left: string, right: string): string;
  sum(value: Kopecks): string;
  /** Prints something of the register's own; 8Ch repeats it. */
  print(lines: readonly string[]): void;
  /** Prints a receipt or a report, unless table 17 says that it is not to be printed. */
  printDocument(kind: 'receipt' | 'report', lines: readonly string[]): void;
  /** Nothing is printed of the document that comes (table 17, field 7). */
  silent(): boolean;
  headerLines(): string[];
  fiscalLines(document: FnDocument): string[];
  /** Name of an operator from table 2. */
  cashierName(operator?: number): string;
  /** Makes a document of the drive, whether or not it was begun before. */
  writeDocument(form: number, own: readonly TagEntry[], more?: readonly Uint8Array[]): FnDocument;
  countDocument(): void;
  /** Puts what the registration says into table 18. */
  fillTables(): void;
}

/** Flag bits of 10h and 11h. */
const flagBits = {
  paperRoll: 0x0002,
  /** Stands on real units and in no text. */
  undocumented: 0x0010,
  paperSensor: 0x0080,
  headDown: 0x0200,
  coverOpen: 0x0400,
  drawerOpen: 0x0800,
} as const;

/** Makes the core of a register. */
export function createCore(
  options: Required<RegisterOptions> & {
    readonly model: ShtrihMModel;
    readonly markingService: MarkingService;
  },
): Core {
  const { clock, timeZone, model, markingService } = options;
  const paper = createPaper(model.columns);
  const tables = createTables();
  const totals: RegisterTotals = {
    receipt: createTotals(),
    shift: createTotals(),
    ever: createTotals(),
  };
  const state: RegisterState = {
    fn: options.fn,
    registration: options.fn.registration,
    receipt: undefined,
    begun: undefined,
    registering: undefined,
    drawer: 0,
    drawerOpen: false,
    documentNumber: 0,
    clockOffset: 0,
    pendingDate: undefined,
    testRun: false,
    lastPrinted: [],
    delayed: [],
    operator: 30,
    buffer: [],
  };

  const now = () =>
    unixSecondsToLocal(localToUnixSeconds(localDateTime(clock.now(), timeZone)) + state.clockOffset);
  const center = (text: string) => `${' '.repeat(Math.max(0, (model.columns - text.length) >> 1))}${text}`;
  const pair = (left: string, right: string) =>
    left.length + right.length < model.columns
      ? left + ' '.repeat(model.columns - left.length - right.length) + right
      : `${left} ${right}`;
  const countDocument = () => {
    state.documentNumber = (state.documentNumber + 1) & 0xffff;
  };
  const silentField = () => tables.number(17, 1, 7);

  const core: Core = {
    state,
    paper,
    tables,
    totals,
    model,
    markingService,
    now,
    mode() {
      if (state.testRun) return 10;
      if (state.receipt !== undefined) return 8 | ((state.receipt.type ?? 0) << 4);
      if (state.pendingDate !== undefined) return 6;
      const { shiftOpen, shiftExpired } = state.fn.status();
      return shiftExpired ? 3 : shiftOpen ? 2 : 4;
    },
    flags() {
      // Receipt roll present, lower supply ok, receipt paper seen, head down.
      let value: number = flagBits.undocumented | flagBits.headDown;
      if (paper.submode !== 1 && paper.submode !== 2) value |= flagBits.paperRoll | flagBits.paperSensor;
      if (paper.coverOpen) value |= flagBits.coverOpen;
      if (state.drawerOpen) value |= flagBits.drawerOpen;
      return value;
    },
    center,
    pair,
    sum: (value) => `=${formatRubles(value)}`,
    print(lines) {
      state.lastPrinted = lines;
      paper.print(lines);
    },
    silent: () => silentField() !== 0,
    printDocument(kind, lines) {
      const field = silentField();
      state.lastPrinted = lines;
      const { delayed } = state;
      state.delayed = [];
      // 1 leaves out the next document alone, 2 and 3 every one; field 53 leaves out reports.
      if (field === 1) tables.set(17, 1, 7, 0);
      if (field !== 0 || (kind === 'report' && tables.number(17, 1, 53) !== 0)) return;
      paper.print([...lines, ...delayed]);
    },
    headerLines() {
      const known = state.fn.registration;
      return [
        center('ЭМУЛЯТОР: НЕ ЯВЛЯЕТСЯ КАССОВЫМ ЧЕКОМ'),
        ...(known === undefined ? [] : [known.userName, known.address, known.place]),
      ];
    },
    fiscalLines: (document) => [
      pair(
        document.dateTime.replace('T', ' '),
        `СМЕНА ${document.shiftNumber ?? '-'}${document.receiptNumber === undefined ? '' : ` ЧЕК ${document.receiptNumber}`}`,
      ),
      pair(`ФН ${state.fn.fiscalDriveNumber}`, `ФД ${document.fiscalDocumentNumber}`),
      `ФП ${String(document.fiscalSign).padStart(10, '0')}`,
    ],
    cashierName: (operator = state.operator) => tables.text(2, operator, 2),
    writeDocument(form, own, more = []) {
      const { fn } = state;
      if (state.begun !== form) byDrive(() => fn.begin(form));
      state.begun = form;
      try {
        const place = { document: form as 2, ffdVersion: '1.2' } as const;
        const document = byDrive(() => {
          fn.add(encodeTags(own, place));
          for (const tlv of more) fn.add(tlv);
          return fn.commit({ dateTime: now() });
        });
        state.begun = undefined;
        countDocument();
        return document;
      } catch (error) {
        fn.cancel();
        state.begun = undefined;
        throw error;
      }
    },
    countDocument,
    fillTables() {
      tables.set(18, 1, 4, state.fn.fiscalDriveNumber);
      const known = state.registration;
      if (known === undefined) return;
      const values: readonly (readonly [field: number, value: string | number])[] = [
        [1, known.kktSerialNumber],
        [2, known.inn],
        [3, known.kktRegistrationNumber],
        [5, known.taxation],
        [7, known.userName],
        [8, known.cashier],
        [9, known.address],
        [10, known.ofd.name],
        [12, known.ofd.inn],
        [13, 'www.nalog.gov.ru'],
        [14, known.place],
        [15, known.senderEmail],
      ];
      for (const [field, value] of values) tables.set(18, 1, field, value);
    },
  };
  core.fillTables();
  return core;
}
