import {
  type ByteChannel,
  type Clock,
  ElcertError,
  type FnMessageSource,
  type Logger,
  systemClock,
} from '@elcert/core';
import type {
  FiscalCallOptions,
  FiscalRegister,
  FiscalResult,
  MarkingSession,
  ReceiptPrinter,
  RegisterCapabilities,
  RegisterIdentity,
  RegisterStatus,
  RegistrationDesk,
} from '@elcert/fiscal-doc';
import { documentRows } from '@elcert/fiscal-doc/render';
import type { WireTrace } from '../wire-trace.js';
import { driveArchive } from './archive.js';
import { cashDesk } from './cash.js';
import type { RequestOf, ResponseOf } from './codec.js';
import type { CommandCode } from './commands.js';
import { readDriveState, registrationDesk, settlementReport } from './drive-documents.js';
import { readDriveDocument } from './evidence.js';
import { harmless } from './fail.js';
import { fnMessageSource } from './fn-messages.js';
import type { ShtrihLayer } from './link.js';
import type { LinkTimings } from './machine.js';
import { markingSession } from './marking-session.js';
import { type ModelParameters, readModelParameters } from './model-parameters.js';
import { type NotificationExport, notificationExport } from './notifications.js';
import { registerOperations } from './operations.js';
import { registerPrinter } from './printer.js';
import type { ReceiptPlanOptions } from './receipt-commands.js';
import { type DocumentParts, registerReceipt, shiftDocument } from './receipts.js';
import { RegisterError } from './register-error.js';
import { isRefused, isUntold, openSession, type Session, type WithoutPassword } from './session.js';
import { documentSettings } from './settings.js';
import { documentMode, isCoverOpen, registerState } from './state.js';
import { registerTables } from './tables.js';

/** What {@link openShtrihM} needs. */
export interface ShtrihMOptions {
  /** Opens a channel; called again after the connection broke. E.g. `() => openTcp({ host, port: 7778 })`. */
  readonly connect: () => Promise<ByteChannel>;
  /** `auto` (default) asks by ENQ, then by a sync packet. */
  readonly layer?: ShtrihLayer | 'auto' | undefined;
  /** 30, the system administrator's default, for both unless told. A document must be made under one password. */
  readonly passwords?: { readonly operator?: number; readonly administrator?: number } | undefined;
  readonly clock?: Clock | undefined;
  readonly timings?: LinkTimings | undefined;
  /** Longest pause inside a frame, milliseconds. */
  readonly byteTimeoutMs?: number | undefined;
  /** How long an answer may take, milliseconds; the table's own value for each command unless told. */
  readonly answerTimeoutMs?: number | undefined;
  /** How long a register may go on printing before a command gives up, milliseconds; 30,000 unless told. */
  readonly printTimeoutMs?: number | undefined;
  /** What to do with a document that somebody left open; `cancel` unless told. */
  readonly onOpenDocument?: 'cancel' | 'refuse' | undefined;
  readonly receipt?: ReceiptPlanOptions | undefined;
  readonly logger?: Logger | undefined;
  /** Every byte, for a trace that `replayShtrihM` plays back; passwords are masked. */
  readonly trace?: WireTrace | undefined;
}

/** A Shtrih-M register: the neutral contract, and what goes beyond it. */
export interface ShtrihMRegister extends FiscalRegister {
  /** The layer that was chosen or found. */
  readonly layer: ShtrihLayer;
  readonly fnMessages: FnMessageSource;
  readonly marking: MarkingSession;
  readonly printer: ReceiptPrinter;
  readonly registration: RegistrationDesk;
  /** Notifications of marked products of a register that works offline (FF71–FF73). */
  readonly notifications: NotificationExport;
  settlementReport(options: FiscalCallOptions): Promise<FiscalResult>;
  printCopy(fiscalDocumentNumber: number, options?: { readonly signal?: AbortSignal }): Promise<void>;
  driveState(options?: {
    readonly signal?: AbortSignal;
  }): ReturnType<NonNullable<FiscalRegister['driveState']>>;
  /**
   * One command by its code, typed by the table; the password is added. A busy printer is waited for, an error byte is thrown.
   *
   * @throws RegisterError
   */
  call<C extends CommandCode>(
    code: C,
    fields: WithoutPassword<RequestOf<C>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ResponseOf<C>>;
  /** What the model has (F7h); `undefined` for one that does not tell. */
  modelParameters(options?: { readonly signal?: AbortSignal }): Promise<ModelParameters | undefined>;
  /** Value of a table's field: a number or a text, as the register declares it. */
  readTable(table: number, row: number, field: number): Promise<number | string>;
  writeTable(table: number, row: number, field: number, value: number | string): Promise<void>;
}

/** Commands that change the cash in the drawer, or clear it: nobody knows what a caller's own has done. */
const drawerCommands: ReadonlySet<CommandCode> = new Set<CommandCode>([
  '16',
  '24',
  '27',
  '41',
  '50',
  '51',
  '85',
  '8E',
  'C6',
  'FF36',
  'FF43',
  'FF45',
  'FF4A',
  'FF62',
]);

/** Characters of a line where the register does not tell. */
const usualColumns = 48;

/** What is known of the paper; models without the commands keep what is usual. */
async function paperFacts({ call }: Session): Promise<{
  readonly columns: number | undefined;
  readonly model: ModelParameters | undefined;
}> {
  const told = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isUntold(error)) throw error;
      return undefined;
    }
  };
  const font = await told(() => call('26', { font: 1 }));
  const columns =
    font === undefined || font.characterWidth === 0
      ? undefined
      : Math.floor(font.printWidth / font.characterWidth);
  const model = await told(async () =>
    readModelParameters((await call('F7', { type: 1, data: new Uint8Array(0) })).data),
  );
  return { columns, model };
}

/**
 * Connects to a Shtrih-M register and returns it as a {@link FiscalRegister}.
 *
 * Calls are queued: one command at a time goes over the wire. A broken connection is opened again by the next call.
 * `signal` stops a call before its first effect; from then on it runs to its end.
 *
 * @throws RegisterError `LINK_LOST` (`not-sent`) when nobody answers on either layer, or what `connect` throws
 * @example
 * ```ts
 * const register = await openShtrihM({ connect: () => openTcp({ host: '192.168.137.111', port: 7778 }) });
 * const before = await register.status();
 * await register.registerReceipt(receipt, { operationKey });
 * ```
 */
export async function openShtrihM(options: ShtrihMOptions): Promise<ShtrihMRegister> {
  const session = openSession({
    connect: options.connect,
    layer: options.layer === 'auto' ? undefined : options.layer,
    passwords: options.passwords,
    clock: options.clock ?? systemClock(),
    timings: options.timings,
    byteTimeoutMs: options.byteTimeoutMs,
    answerTimeoutMs: options.answerTimeoutMs,
    printTimeoutMs: options.printTimeoutMs ?? 30_000,
    logger: options.logger,
    trace: options.trace,
  });
  const { call, exclusive } = session;
  const state = registerState(session, options.onOpenDocument ?? 'cancel');
  const archive = driveArchive(session);
  const operations = registerOperations(archive, state);
  const tables = registerTables(session);
  const settings = documentSettings(session, tables, options.receipt?.vatRateBytes);
  const cash = cashDesk(session, state);
  const { marking, checkMarking } = markingSession(session);
  const parts: DocumentParts = { session, state, archive, operations, settings };

  await session.connect();
  let facts: Awaited<ReturnType<typeof paperFacts>>;
  let canBeSilent: boolean;
  try {
    facts = await paperFacts(session);
    canBeSilent = await settings.canBeSilent();
  } catch (error) {
    await session.close();
    throw error;
  }
  const { columns, model } = facts;
  const printer = registerPrinter(session, state, {
    columns: columns ?? usualColumns,
    cutter: model?.features.includes('cutter'),
  });
  const receiptParts = {
    ...parts,
    cash,
    checkMarking,
    canBeSilent,
    plan: { columns, ...options.receipt },
  };
  const capabilities: RegisterCapabilities = {
    fnMessages: true,
    readDocuments: true,
    paperColumns: columns,
    marking: true,
    electronicOnly: canBeSilent,
  };

  const identity = async (): Promise<RegisterIdentity> => {
    const device = await call('FC', {});
    const status = await call('11', {});
    const { fiscalDriveNumber } = await call('FF02', {});
    let registered: { readonly inn: string; readonly registrationNumber: string } | undefined;
    try {
      registered = await call('FF09', {});
    } catch (error) {
      // A register that was never registered has none.
      if (!isRefused(error)) throw error;
    }
    const serial = BigInt(status.serialNumber) + (BigInt(status.serialNumberHigh ?? 0) << 32n);
    return {
      model: device.name,
      serialNumber: String(serial).padStart(16, '0'),
      fiscalDriveNumber,
      inn: registered?.inn.trim(),
      kktRegistrationNumber: registered?.registrationNumber.trim(),
    };
  };

  const status = async (): Promise<RegisterStatus> => {
    const full = await call('11', {});
    const drive = await archive.status();
    const exchanged = await call('FF39', {});
    const shift = await call('FF40', {});
    const low = full.mode & 0x0f;
    return {
      shift: low === 3 ? 'expired' : drive.shiftOpen === 1 ? 'open' : 'closed',
      documentOpen: low === documentMode,
      paper: full.submode === 1 || full.submode === 2 ? 'out' : 'ok',
      coverOpen: isCoverOpen(full.flags),
      shiftNumber: shift.shiftNumber === 0 ? undefined : shift.shiftNumber,
      dateTime: `${full.date}T${full.time}`,
      fiscalDriveNumber: drive.fiscalDriveNumber,
      lastFiscalDocumentNumber: drive.lastDocumentNumber,
      unsentDocuments: exchanged.queue,
      oldestUnsentAt: exchanged.queue === 0 ? undefined : exchanged.firstDateTime,
      driveInFiscalPhase: drive.phase === 3,
    };
  };

  const shift = (kind: 'open' | 'close') =>
    ((cashier, { operationKey, signal }) =>
      exclusive(signal, () =>
        operations.underKey(operationKey, `${kind} shift`, async (begin) => {
          try {
            return await shiftDocument(parts, cashier, kind, begin);
          } finally {
            // Some registers are set to empty the drawer's counter with the shift.
            if (kind === 'close') cash.noteDoubt();
          }
        }),
      )) satisfies FiscalRegister['openShift'];

  return {
    capabilities,
    get layer() {
      return session.layer;
    },
    fnMessages: fnMessageSource(session),
    marking,
    printer,
    registration: registrationDesk(parts),
    notifications: notificationExport(session),
    identity: ({ signal } = {}) => exclusive(signal, () => harmless('identity', identity)),
    status: ({ signal } = {}) => exclusive(signal, () => harmless('status', status)),
    openShift: shift('open'),
    closeShift: shift('close'),
    registerReceipt: (receipt, { operationKey, electronicOnly = false, signal }) =>
      exclusive(signal, () =>
        operations.underKey(operationKey, `receipt ${electronicOnly} ${JSON.stringify(receipt)}`, (begin) =>
          registerReceipt(receiptParts, receipt, electronicOnly, begin),
        ),
      ),
    lookup: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () => operations.lookup(operationKey, evidence)),
    readDocument: (fiscalDocumentNumber, { signal } = {}) =>
      exclusive(signal, () => harmless('a document', () => archive.readTlv(fiscalDocumentNumber))),
    shiftTotals: ({ signal } = {}) => exclusive(signal, cash.shiftTotals),
    printXReport: ({ signal } = {}) => exclusive(signal, async () => void (await call('40', {}))),
    moveCash: (movement, { operationKey, signal }) =>
      exclusive(signal, () => cash.moveCash(operationKey, movement)),
    lookupCash: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () => cash.lookupCash(operationKey, evidence)),
    settlementReport: ({ operationKey, signal }) =>
      exclusive(signal, () =>
        operations.underKey(operationKey, 'settlement report', (begin) => settlementReport(parts, begin)),
      ),
    async printCopy(fiscalDocumentNumber, { signal } = {}) {
      const tlv = await exclusive(signal, () =>
        harmless('a document', () => archive.readTlv(fiscalDocumentNumber)),
      );
      await printer.print(
        [{ type: 'title', text: 'КОПИЯ, НЕ ЯВЛЯЕТСЯ ЧЕКОМ' }, ...documentRows(readDriveDocument(tlv))],
        { signal },
      );
    },
    driveState: ({ signal } = {}) =>
      exclusive(signal, () => harmless('state of the drive', () => readDriveState(parts))),
    call: (code, fields, { signal } = {}) =>
      exclusive(signal, async () => {
        if (drawerCommands.has(code)) cash.noteDoubt();
        return call(code, fields);
      }),
    modelParameters: ({ signal } = {}) =>
      exclusive(signal, () =>
        harmless('parameters of the model', async () => {
          try {
            return readModelParameters((await call('F7', { type: 1, data: new Uint8Array(0) })).data);
          } catch (error) {
            if (!isUntold(error)) throw error;
            return undefined;
          }
        }),
      ),
    readTable: (table, row, field) => exclusive(undefined, () => tables.read(table, row, field)),
    writeTable: (table, row, field, value) =>
      exclusive(undefined, () => tables.write(table, row, field, value)),
    close: () => session.close(),
  };
}

/** Whether an error came from this driver. */
export function isRegisterError(error: unknown): error is RegisterError {
  return error instanceof RegisterError || (error instanceof ElcertError && error.name === 'RegisterError');
}
