import {
  type Clock,
  type FetchLike,
  type Logger,
  outcomeOf,
  type Random,
  systemClock,
  systemRandom,
} from '@elcert/core';
import type {
  FiscalRegister,
  MarkingSession,
  ReceiptPrinter,
  RegisterCapabilities,
  RegistrationDesk,
} from '@elcert/fiscal-doc';
import { atolCash } from './cash.js';
import type { AtolVersion } from './codec.js';
import { connectAtol } from './connection.js';
import { atolDocuments } from './documents.js';
import { type AtolTimings, defaultAtolTimings } from './machine.js';
import { atolMarking } from './marking.js';
import { atolOperations, checkedKey } from './operations.js';
import { atolPrinter } from './printer.js';
import type { AtolReceiptOptions } from './receipt-task.js';
import { type AtolOperatorServer, atolRegistration } from './registration.js';
import { atolState } from './state.js';
import type { AtolTaskFields, AtolTaskResult, AtolTaskType } from './tasks.js';
import type { AtolTrace } from './trace.js';

/** What {@link openAtolWeb} needs. */
export interface AtolWebOptions {
  /** Where the web server is: `http://127.0.0.1:16732`. */
  readonly baseUrl: string;
  /** `auto` (default) asks for the device of `v2` and takes `v1` when there is none. */
  readonly version?: AtolVersion | 'auto' | undefined;
  /** The platform's own unless told. */
  readonly fetch?: FetchLike | undefined;
  /** Sign-in of the web server, when it asks for one. */
  readonly credentials?: { readonly login: string; readonly password: string } | undefined;
  /** `v2`, when one server serves several registers. */
  readonly deviceId?: string | undefined;
  readonly clock?: Clock | undefined;
  /** For the uuids of questions; the platform's unless told. */
  readonly random?: Random | undefined;
  readonly timings?: Partial<AtolTimings> | undefined;
  readonly receipt?: Pick<AtolReceiptOptions, 'columns' | 'printCertificateLines'> | undefined;
  /** For registrations: where the register is to deliver its documents. It keeps what it has when this is not told. */
  readonly operator?: AtolOperatorServer | undefined;
  readonly logger?: Logger | undefined;
  /** Every exchange, masked. */
  readonly trace?: AtolTrace | undefined;
}

/** Options of {@link AtolRegister.task}. With a key of one's own it is done once, however often it is called. */
export interface AtolTaskOptions {
  readonly operationKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An ATOL register: the whole neutral contract, and any task of the table beyond it. */
export interface AtolRegister extends FiscalRegister {
  /** The interface that was chosen or found. */
  readonly version: AtolVersion;
  /** It delivers its documents to the operator itself. */
  readonly fnMessages: undefined;
  readonly marking: MarkingSession;
  readonly printer: ReceiptPrinter;
  readonly registration: RegistrationDesk;
  readonly settlementReport: NonNullable<FiscalRegister['settlementReport']>;
  readonly printCopy: NonNullable<FiscalRegister['printCopy']>;
  readonly driveState: NonNullable<FiscalRegister['driveState']>;
  /**
   * One task, typed by the table.
   *
   * @throws RegisterError; `RECEIPT_NOT_SUPPORTED` with a path when the table does not know the task
   */
  task<T extends AtolTaskType>(
    type: T,
    fields: AtolTaskFields<T>,
    options?: AtolTaskOptions,
  ): Promise<AtolTaskResult<T>>;
}

/**
 * Opens a register behind ATOL's web server and returns it as a {@link FiscalRegister}.
 *
 * A fiscal call is one task under the operation's key: whatever is lost on the way, the server is asked for that key, and when it
 * cannot tell, the drive is. Calls are queued. `signal` stops a call before its first byte; from then on it runs to its end.
 *
 * @throws RegisterError `LINK_LOST` (`not-sent`), `WRONG_PASSWORD`, or what the register answers
 * @example
 * ```ts
 * const register = await openAtolWeb({ baseUrl: 'http://127.0.0.1:16732' });
 * await register.openShift({ name: 'Иванова А. А.' }, { operationKey });
 * ```
 */
export async function openAtolWeb(options: AtolWebOptions): Promise<AtolRegister> {
  const { clock = systemClock(), random = systemRandom() } = options;
  const timings = { ...defaultAtolTimings, ...options.timings };
  const connection = await connectAtol({
    baseUrl: options.baseUrl,
    version: options.version,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    credentials: options.credentials,
    deviceId: options.deviceId,
    clock,
    random,
    timings,
    logger: options.logger,
    trace: options.trace,
  });
  const { version, exclusive, question, run } = connection;

  const { deviceInfo } = await question('getDeviceInfo');
  const lineLength = deviceInfo.receiptLineLength;
  const columns =
    typeof lineLength === 'number' && lineLength > 0 && lineLength <= 256 ? lineLength : undefined;
  const ffdVersion = typeof deviceInfo.ffdVersion === 'string' ? deviceInfo.ffdVersion : undefined;
  const dots = deviceInfo.receiptLineLengthPix;
  const pictureWidth = typeof dots === 'number' && dots > 0 && dots <= 4096 ? dots : undefined;

  const marking = atolMarking(connection, {
    random,
    pollMs: timings.pollMs,
    waitMs: timings.taskTimeoutMs,
    now: () => clock.now(),
  });
  const operations = atolOperations(connection);
  const documents = atolDocuments(connection, operations, {
    options: {
      columns,
      ffdVersion,
      ...options.receipt,
      plannedStatus: marking.plannedStatus,
    },
    onReceipt: marking.sold,
  });

  /** Older drivers give no raw data: seen at the last document, before anybody relies on it. */
  const readsDocuments = await (async () => {
    const { last } = await documents.drive();
    if (last === 0) return true;
    try {
      await documents.readDocument(last);
      return true;
    } catch (error) {
      if (outcomeOf(error) !== 'refused') throw error;
      return false;
    }
  })();
  const capabilities: RegisterCapabilities = {
    fnMessages: false,
    readDocuments: readsDocuments,
    paperColumns: columns,
    // Marks are checked from FFD 1.2 on.
    marking: ffdVersion === undefined || ffdVersion === '1.2',
    electronicOnly: true,
  };

  return {
    version,
    capabilities,
    fnMessages: undefined,
    ...atolState(connection, deviceInfo),
    openShift: documents.openShift,
    closeShift: documents.closeShift,
    registerReceipt: documents.registerReceipt,
    settlementReport: documents.settlementReport,
    lookup: documents.lookup,
    readDocument: documents.readDocument,
    ...atolCash(connection, operations),
    ...atolPrinter(connection, { columns, pictureWidth }),
    registration: atolRegistration(connection, documents, options.operator),
    marking: marking.session,
    task: (type, fields, { operationKey, signal } = {}) =>
      exclusive(signal, () =>
        run(type, fields, operationKey === undefined ? undefined : checkedKey(operationKey)),
      ),
    async close() {
      connection.close();
    },
  };
}
