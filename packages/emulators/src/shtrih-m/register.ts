import { isElcertError, type Kopecks } from '@elcert/core';
import {
  type AnyFields,
  type CommandCode,
  type CommandRow,
  commandCodeOf,
  commands,
  decodeRequest,
  encodeAnswer,
  encodeErrorAnswer,
  isCommandCode,
  type ResponseOf,
} from '@elcert/device-drivers/shtrih-m';
import type { EmulatedFn } from '../fn/index.js';
import type { Paper } from '../kernel/paper.js';
import {
  anyOperator,
  duringDateEntry,
  duringTestRun,
  makesDocument,
  notInReceipt,
  printing,
  systemAdministrator,
} from './access.js';
import { createCore, type RegisterOptions } from './core.js';
import { driveHandlers } from './drive.js';
import { markingHandlers } from './marking.js';
import { defaultModel } from './model.js';
import { oldReceiptHandlers } from './old-receipts.js';
import { printingHandlers } from './printing.js';
import { createReceipts } from './receipts.js';
import { newReceiptHandlers } from './receipts-v2.js';
import { type Handlers, Refusal, refuse, results } from './refusal.js';
import { registrationHandlers } from './registration.js';
import { serviceHandlers } from './service.js';
import { shiftHandlers } from './shift.js';
import { tableHandlers } from './table-commands.js';
import type { Tables } from './tables.js';

export type { MarkingService, RegisterOptions } from './core.js';
export { defaultModel, type ShtrihMModel } from './model.js';

/** The register without a wire. */
export interface Register {
  /** The drive that is in it. */
  readonly fn: EmulatedFn;
  readonly paper: Paper;
  readonly tables: Tables;
  /** Cash in the drawer, kopecks. */
  readonly drawer: Kopecks;
  readonly drawerOpen: boolean;
  /** Mode byte as 10h tells it. */
  readonly mode: number;
  /** Executes the body of a command and makes the body of its answer; never throws for what a host may send. */
  execute(body: Uint8Array): { readonly code: string; readonly error: number; readonly answer: Uint8Array };
  closeDrawer(): void;
  /** Power off and on: a test run ends, a date that was not confirmed is forgotten. */
  restart(): void;
  /** Puts another drive in: an open receipt is lost, tables and totals stay. */
  replaceDrive(fn: EmulatedFn): void;
}

/**
 * Makes an emulated register around a drive. It computes sums and VAT itself, keeps modes and submodes, and writes whole
 * FFD 1.2 documents into the drive.
 */
export function createRegister(options: RegisterOptions): Register {
  const core = createCore({
    ...options,
    model: options.model ?? defaultModel,
    markingService: options.markingService ?? (() => ({ result: 15, status: 1 })),
  });
  const { state, paper, tables } = core;
  const receipts = createReceipts(core);
  const { handlers: printingCommands, uploaded } = printingHandlers(core, receipts);
  const handlers: Handlers = {
    ...serviceHandlers(core),
    ...tableHandlers(core),
    ...printingCommands,
    ...shiftHandlers(core),
    ...oldReceiptHandlers(core, receipts),
    ...newReceiptHandlers(core, receipts, uploaded),
    ...registrationHandlers(core),
    ...driveHandlers(core),
    ...markingHandlers(core, receipts),
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
      const lowest = systemAdministrator.has(code)
        ? 30
        : kind === 'adminPassword' && !anyOperator.has(code)
          ? 28
          : 1;
      if (who < lowest) refuse(results.wrongPassword);
      state.operator = who;
    }
    if (state.testRun && !duringTestRun.has(code)) refuse(results.wrongMode);
    if (state.pendingDate !== undefined && !duringDateEntry.has(code)) refuse(results.wrongMode);
    // A document that is not printed needs no paper.
    const unprinted = core.silent() && (state.receipt !== undefined || makesDocument.has(code));
    if (printing.has(code) && !unprinted) {
      if (paper.submode === 3) refuse(results.awaitsContinue);
      if (paper.submode !== 0) refuse(results.noPaper);
    }
    if (state.receipt !== undefined) {
      if (notInReceipt.has(code)) refuse(results.receiptOpen);
      // The administrators may finish what a cashier began.
      if (printing.has(code) && state.operator < 28 && state.operator !== state.receipt.operator)
        refuse(results.otherOperator);
    }
  };

  /** A test may register the drive behind the register's back. */
  const takeRegistration = () => {
    const { registration } = state.fn;
    if (registration === undefined || registration === state.registration) return;
    state.registration = registration;
    core.fillTables();
  };

  return {
    get fn() {
      return state.fn;
    },
    paper,
    tables,
    get drawer() {
      return state.drawer;
    },
    get drawerOpen() {
      return state.drawerOpen;
    },
    get mode() {
      return core.mode();
    },
    closeDrawer() {
      state.drawerOpen = false;
    },
    restart() {
      state.testRun = false;
      state.pendingDate = undefined;
      state.delayed = [];
    },
    replaceDrive(fn) {
      state.fn = fn;
      state.receipt = undefined;
      state.begun = undefined;
      state.registering = undefined;
      core.fillTables();
      takeRegistration();
    },
    execute(body) {
      const code = commandCodeOf(body) ?? '00';
      const done = (error: number, answer: Uint8Array) => ({ code, error, answer });
      const refused = (error: number) => done(error, encodeErrorAnswer(code, error));
      const handler = isCommandCode(code)
        ? (handlers[code] as ((fields: AnyFields) => AnyFields) | undefined)
        : undefined;
      if (!isCommandCode(code) || handler === undefined) return refused(results.notSupported);
      takeRegistration();
      let fields: AnyFields;
      try {
        fields = decodeRequest(body).fields;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return refused(results.wrongLength);
      }
      try {
        admit(code, fields);
        return done(0, encodeAnswer(code, handler(fields) as ResponseOf<typeof code>));
      } catch (error) {
        if (error instanceof Refusal) return refused(error.code);
        // Values that no document can hold (a text too long for its tag, a date that is none).
        if (isElcertError(error)) return refused(results.wrongParameters);
        throw error;
      }
    },
  };
}
