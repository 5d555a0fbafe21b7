import {
  type ByteChannel,
  byteReader,
  byteWriter,
  type Clock,
  channelReader,
  concatBytes,
  decodeText,
  ElcertError,
  encodeText,
  equalBytes,
  type FnMessage,
  type FnMessageSource,
  isElcertError,
  type Kopecks,
  kopecks,
  type Logger,
  type LookupAnswer,
  outcomeOf,
  sleep,
  systemClock,
  throwIfAborted,
} from '@elcert/core';
import type {
  FiscalCallOptions,
  FiscalEvidence,
  FiscalRegister,
  FiscalResult,
  MarkingSession,
  Receipt,
  RegisterCapabilities,
  RegisterIdentity,
  RegisterStatus,
} from '@elcert/fiscal-doc';
import type { WireTrace } from '../wire-trace.js';
import { type AnyFields, decodeAnswer, encodeRequest, type RequestOf, type ResponseOf } from './codec.js';
import { type CommandCode, type CommandRow, commands } from './commands.js';
import { describeShtrihError } from './errors.js';
import { isThisReceipt, readDriveDocument, resultOfDocument, wrapDocument } from './evidence.js';
import {
  detectLayer,
  type LinkOptions,
  packetLink,
  type ShtrihLayer,
  type ShtrihLink,
  standardLink,
} from './link.js';
import { type LinkFailure, type LinkTimings, newPacketSession, type PacketSession } from './machine.js';
import { markingRequest, readMarkingCheck } from './marking.js';
import { planReceipt, type ReceiptPlanOptions, type ReceiptStep, tlvOf } from './receipt-commands.js';
import { RegisterError, type RegisterErrorCode } from './register-error.js';
import {
  planRegistration,
  type RegistrationRequest,
  type RegistrationSummary,
  readRegistration,
} from './registration.js';
import { maskedTrace } from './trace.js';

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

type WithoutPassword<T> = Omit<T, 'password'>;

/** A Shtrih-M register: the neutral contract, and what goes beyond it. */
export interface ShtrihMRegister extends FiscalRegister {
  /** The layer that was chosen or found. */
  readonly layer: ShtrihLayer;
  readonly fnMessages: FnMessageSource;
  readonly marking: MarkingSession;
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
  /** Prints lines of text outside a receipt. Longer lines are cut by the register. */
  printText(lines: readonly string[], options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Prints the X report: totals of the shift, nothing changes. */
  printXReport(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Cash put into the drawer. Kopecks. */
  cashIn(sum: Kopecks, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Cash taken out of the drawer. Kopecks. */
  cashOut(sum: Kopecks, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /**
   * Registers the register with its drive, or changes the registration (FF05, FF0C, FF06 or FF34). The shift is closed. It
   * cannot be taken back: a drive takes twelve registrations, and the first one ties it to this register.
   */
  registerDrive(request: RegistrationRequest, options: FiscalCallOptions): Promise<FiscalResult>;
  /** The last registration (FF09), or one by its number from 1 (FF4C). */
  readRegistration(
    number?: number,
    options?: { readonly signal?: AbortSignal },
  ): Promise<RegistrationSummary>;
  /** Makes and prints the report on the state of settlements, form 21 (FF37, FF38). */
  settlementsReport(options: FiscalCallOptions): Promise<FiscalResult>;
  /**
   * Ends the fiscal life of the drive for ever, form 6 (FF3D, FF3E). The shift is closed and no document waits for the operator.
   *
   * @throws RegisterError `UNSENT_DOCUMENTS` (`refused`) while some wait
   */
  closeDrive(options: FiscalCallOptions): Promise<FiscalResult>;
  /** Value of a table's field: a number or a text, as the register declares it. */
  readTable(table: number, row: number, field: number): Promise<number | string>;
  writeTable(table: number, row: number, field: number, value: number | string): Promise<void>;
}

interface ShortStatus {
  readonly mode: number;
  readonly submode: number;
  readonly flags: number;
  readonly operator: number;
}

const refusalCodes: Readonly<Record<number, RegisterErrorCode>> = {
  // 16h of the drive and 4Eh of the register: older than 24 hours.
  22: 'SHIFT_EXPIRED',
  78: 'SHIFT_EXPIRED',
  60: 'SHIFT_OPEN',
  61: 'SHIFT_CLOSED',
  74: 'DOCUMENT_OPEN',
  79: 'WRONG_PASSWORD',
  107: 'PAPER_OUT',
  // 3Eh of the drive.
  172: 'MARKING_NOT_CHECKED',
};

const stillPrinting = 0x50;
const awaitsContinue = 0x58;
const coverFlag = 1 << 10;
const sessionSignature = Uint8Array.of(0x2a, 0x08, 0x41, 0x0a);
const sessionHeaderLength = 30;
/** Documents that a lookup reads at most. */
const lookupDepth = 64;

function failed(
  code: RegisterErrorCode,
  message: string,
  outcome: 'not-sent' | 'refused' | 'unknown',
  userMessage?: string,
  more: { readonly details?: Readonly<Record<string, unknown>>; readonly cause?: unknown } = {},
): RegisterError {
  return new RegisterError({ code, message, outcome, userMessage, ...more });
}

/** Raised inside a call when the line failed: the reason decides what may be done next. */
function lineError(code: CommandCode, reason: LinkFailure): RegisterError {
  const unknown = reason === 'answer-lost' || reason === 'closed-after';
  return failed(
    'LINK_LOST',
    `${code}h: ${reason}`,
    unknown ? 'unknown' : 'not-sent',
    'Нет связи с кассой: проверьте подключение',
    { details: { command: code, reason } },
  );
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
  const { clock = systemClock(), logger, printTimeoutMs = 30_000 } = options;
  const passwords = {
    operatorPassword: options.passwords?.operator ?? options.passwords?.administrator ?? 30,
    adminPassword: options.passwords?.administrator ?? 30,
  };
  const linkOptions: LinkOptions = {
    clock,
    timings: options.timings,
    byteTimeoutMs: options.byteTimeoutMs,
    trace: options.trace === undefined ? undefined : maskedTrace(options.trace),
  };

  let link: ShtrihLink | undefined;
  let layer: ShtrihLayer | undefined =
    options.layer === 'auto' || options.layer === undefined ? undefined : options.layer;
  let closed = false;
  let columns: number | undefined;
  let cashierOnRegister: string | undefined;
  let swaps20to22: boolean | undefined;
  let replyHeader: Uint8Array | undefined;
  /** What this process did under a key: its result, or the evidence by which it can still be found. */
  const operations = new Map<
    string,
    { readonly what: string; readonly evidence: FiscalEvidence; readonly result?: FiscalResult }
  >();

  // ------------------------------------------------------------------------------------------------------------- wire

  const drop = async () => {
    const old = link;
    link = undefined;
    await old?.close();
  };

  const connected = async (session: PacketSession = newPacketSession): Promise<ShtrihLink> => {
    if (closed) throw failed('REGISTER_CLOSED', 'the driver was closed', 'not-sent');
    if (link !== undefined) return link;
    const channel = await options.connect();
    const reader = channelReader(channel, clock);
    layer ??= await detectLayer(channel, reader, linkOptions);
    if (layer === undefined) {
      await channel.close();
      throw failed('LINK_LOST', 'no answer to ENQ nor to a sync packet', 'not-sent', 'Касса не отвечает');
    }
    link =
      layer === 'standard'
        ? standardLink(channel, linkOptions, reader)
        : packetLink(channel, { ...linkOptions, session }, reader);
    return link;
  };

  /** One exchange; after a failure the connection is dropped, as nobody knows what still comes over it. */
  const exchange = async (code: CommandCode, body: Uint8Array): Promise<Uint8Array> => {
    const row: CommandRow = commands[code];
    const request = {
      body,
      answerTimeoutMs: options.answerTimeoutMs ?? row.timeoutMs,
      repeatable: row.effect !== 'act',
    };
    let session: PacketSession | undefined;
    // What an earlier attempt left open stays open, however a later one ends: not even connecting again may hide it.
    let open: RegisterError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const one = await connected(session).catch((error: unknown) => {
        throw open ?? error;
      });
      const result = await one.exchange(request);
      if (result.ok) return result.body;
      session = one.session;
      await drop();
      const error = lineError(code, result.reason);
      logger?.warn({ command: code, reason: result.reason, attempt }, 'register link failed');
      const { last, pending } = session;
      // Protocol 2 is exactly-once by number: the same command under the same number is safe over a new connection. A
      // register that was restarted begins at 1, so low numbers prove nothing.
      const resumable = last !== undefined && last >= 2 && pending !== undefined;
      const again = request.repeatable || error.outcome === 'not-sent' || resumable;
      if (error.outcome === 'unknown') open ??= error;
      if (attempt > 1 || !again) throw open ?? error;
      if (!resumable) session = undefined;
    }
  };

  const bodyOf = <C extends CommandCode>(code: C, fields: WithoutPassword<RequestOf<C>>): Uint8Array => {
    const layout = commands[code].request as Readonly<Record<string, string>>;
    const kind = layout.password as keyof typeof passwords | undefined;
    return encodeRequest(code, {
      ...(kind === undefined ? {} : { password: passwords[kind] }),
      ...fields,
    } as RequestOf<C>);
  };

  /** What the protocol has no room for must stop a document before its first byte. */
  const checkSteps = (steps: readonly { readonly code: CommandCode; readonly fields: AnyFields }[]): void => {
    for (const { code, fields } of steps) {
      try {
        bodyOf(code, fields as unknown as WithoutPassword<RequestOf<CommandCode>>);
      } catch (cause) {
        if (!isElcertError(cause)) throw cause;
        throw new RegisterError({
          code: 'RECEIPT_NOT_SUPPORTED',
          message: cause.message,
          userMessage: 'Касса не может принять такой чек: проверьте суммы и количества',
          outcome: 'not-sent',
          path: cause.path,
          cause,
        });
      }
    }
  };

  const call = async <C extends CommandCode>(
    code: C,
    fields: WithoutPassword<RequestOf<C>>,
  ): Promise<ResponseOf<C>> => {
    const body = bodyOf(code, fields);
    const deadline = clock.now() + printTimeoutMs;
    let continued = false;
    for (;;) {
      const bytes = await exchange(code, body);
      let answer: ReturnType<typeof decodeAnswer>;
      try {
        answer = decodeAnswer(bytes);
      } catch (cause) {
        throw failed('BAD_ANSWER', `${code}h: the answer does not fit the table`, 'unknown', undefined, {
          cause,
          details: { command: code },
        });
      }
      if (answer.error === 0) return answer.fields as ResponseOf<C>;
      if (answer.error === stillPrinting && clock.now() < deadline) {
        await sleep(clock, 200);
        continue;
      }
      if (answer.error === awaitsContinue && !continued && code !== 'B0') {
        continued = true;
        await call('B0', {});
        continue;
      }
      const meaning = describeShtrihError(answer.error);
      throw failed(
        refusalCodes[answer.error] ?? 'REGISTER_REFUSED',
        `${code}h refused with ${answer.error.toString(16).padStart(2, '0').toUpperCase()}h: ${meaning.text}`,
        'refused',
        meaning.textRu,
        { details: { command: code, result: answer.error, scope: meaning.scope } },
      );
    }
  };

  const callAny = (code: CommandCode, fields: AnyFields) =>
    call(code, fields as unknown as WithoutPassword<RequestOf<CommandCode>>);

  let tail: Promise<unknown> = Promise.resolve();
  /** Whole operations one after the other, whatever the callers do. */
  const exclusive = <T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> => {
    const next = tail.then(() => {
      throwIfAborted(signal);
      return run();
    });
    tail = next.catch(() => {});
    return next;
  };

  // ------------------------------------------------------------------------------------------------------------ state

  const shortStatus = async (): Promise<ShortStatus> => {
    const { mode, submode, flags, operator } = await call('10', {});
    return { mode, submode, flags, operator };
  };

  /** A document that this driver began, and of which it has seen no end. */
  let begun = false;

  const cancelDocument = async (): Promise<void> => {
    if (((await shortStatus()).mode & 0x0f) !== 8) return;
    await call('88', {});
    begun = false;
    logger?.info({}, 'the open document was cancelled');
  };

  /**
   * Cancels the open document before a look into the drive, so that it cannot be closed later by accident. Where open documents of
   * others are to be left alone, only one that this driver began.
   */
  const cancelOurDocument = async (): Promise<void> => {
    if (options.onOpenDocument === 'refuse' && !begun && ((await shortStatus()).mode & 0x0f) === 8) {
      throw failed('DOCUMENT_OPEN', 'a document is open that this driver did not begin', 'unknown');
    }
    await cancelDocument();
  };

  /** Waits until a document can begin. @returns the mode: 2 shift open, 3 expired, 4 closed */
  const ready = async (): Promise<{ readonly mode: 2 | 3 | 4; readonly operator: number }> => {
    const deadline = clock.now() + printTimeoutMs;
    for (let turn = 0; ; turn += 1) {
      const { mode, submode, flags, operator } = await shortStatus();
      if (submode === 1 || submode === 2) {
        throw failed(
          'PAPER_OUT',
          'no receipt paper',
          'refused',
          'Закончилась чековая лента: вставьте бумагу',
        );
      }
      if ((flags & coverFlag) !== 0) {
        throw failed('COVER_OPEN', 'the lid is open', 'refused', 'Закройте крышку кассы');
      }
      if (submode === 3 && clock.now() < deadline) {
        await call('B0', {});
        await sleep(clock, 200);
        continue;
      }
      if (submode !== 0) {
        if (clock.now() >= deadline) {
          throw failed('REGISTER_BUSY', 'it goes on printing', 'not-sent', 'Касса занята печатью');
        }
        await sleep(clock, 200);
        continue;
      }
      const low = mode & 0x0f;
      if (low === 2 || low === 3 || low === 4) return { mode: low, operator };
      if (low === 8 && turn < 3) {
        if (options.onOpenDocument === 'refuse') {
          throw failed(
            'DOCUMENT_OPEN',
            'a document is open',
            'refused',
            'На кассе открыт чек: аннулируйте его',
          );
        }
        await call('88', {});
        logger?.warn({ mode }, 'a document left open was cancelled');
        continue;
      }
      throw failed('REGISTER_NOT_READY', `mode ${low}`, 'refused', 'Касса не готова к работе', {
        details: { mode: low, submode },
      });
    }
  };

  const requireShift = (mode: 2 | 3 | 4) => {
    if (mode === 4)
      throw failed('SHIFT_CLOSED', 'the shift is closed', 'refused', 'Смена закрыта: откройте смену');
    if (mode === 3) {
      throw failed(
        'SHIFT_EXPIRED',
        'the shift has lasted more than 24 hours',
        'refused',
        'Смена длится более 24 часов: закройте её',
      );
    }
  };

  const driveStatus = () => call('FF01', {});

  const readContent = async (documentNumber: number): Promise<{ type: number; content: Uint8Array }> => {
    let head: { readonly type: number; readonly size: number };
    try {
      head = await call('FF3A', { documentNumber });
    } catch (error) {
      if (isElcertError(error) && error.details?.result === 8) {
        throw failed(
          'DOCUMENT_NOT_FOUND',
          `the drive has no document ${documentNumber}`,
          'refused',
          'Документ не найден в ФН',
        );
      }
      throw error;
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    while (size < head.size) {
      const { tlv } = await call('FF3B', {});
      if (tlv.length === 0 || size + tlv.length > head.size) {
        throw failed('BAD_ANSWER', `document ${documentNumber} is not ${head.size} bytes long`, 'refused');
      }
      parts.push(tlv);
      size += tlv.length;
    }
    return { type: head.type, content: concatBytes(...parts) };
  };

  /** Reading goes requisite by requisite; when the line fails in between, it begins anew. */
  const readTlv = async (documentNumber: number): Promise<Uint8Array> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const { type, content } = await readContent(documentNumber);
        return wrapDocument(type, content);
      } catch (error) {
        if (attempt === 3 || !isElcertError(error, 'LINK_LOST')) throw error;
      }
    }
  };

  const resultOf = async (documentNumber: number, fiscalDriveNumber: string): Promise<FiscalResult> =>
    resultOfDocument(readDriveDocument(await readTlv(documentNumber)), {
      fiscalDriveNumber,
      fiscalDocumentNumber: documentNumber,
    });

  const madeUnderAnotherKey = (key: string | undefined, drive: string, number: number): boolean => {
    for (const [other, { result }] of operations) {
      if (other !== key && result?.fiscalDocumentNumber === number && result.fiscalDriveNumber === drive)
        return true;
    }
    return false;
  };

  /** What became of an operation, told by the documents that came after a number. */
  const find = async (evidence: FiscalEvidence, key?: string): Promise<LookupAnswer<FiscalResult>> => {
    const { fiscalDriveNumber, lastDocumentNumber } = await driveStatus();
    if (evidence.fiscalDriveNumber !== undefined && evidence.fiscalDriveNumber !== fiscalDriveNumber) {
      return { state: 'unknown', reason: 'the drive was changed since' };
    }
    if (lastDocumentNumber <= evidence.afterDocumentNumber) return { state: 'not-done' };
    if (lastDocumentNumber - evidence.afterDocumentNumber > lookupDepth) {
      return { state: 'unknown', reason: `more than ${lookupDepth} documents were made since` };
    }
    const matches: FiscalResult[] = [];
    for (let number = evidence.afterDocumentNumber + 1; number <= lastDocumentNumber; number += 1) {
      // Two equal receipts in a row are two sales: what another key has made is not ours.
      if (madeUnderAnotherKey(key, fiscalDriveNumber, number)) continue;
      const document = readDriveDocument(await readTlv(number));
      const fits =
        evidence.receipt === undefined
          ? evidence.documentCode === undefined
            ? document.code === 2 || document.code === 5
            : document.code === evidence.documentCode
          : isThisReceipt(document, evidence.receipt);
      if (fits) {
        matches.push(resultOfDocument(document, { fiscalDriveNumber, fiscalDocumentNumber: number }));
      }
    }
    const [match] = matches;
    if (match === undefined) return { state: 'not-done' };
    return matches.length === 1
      ? { state: 'done', result: match }
      : { state: 'unknown', reason: `${matches.length} documents since fit` };
  };

  const remember = (key: string, what: string, evidence: FiscalEvidence, result?: FiscalResult): void => {
    operations.delete(key);
    operations.set(key, { what, evidence, ...(result === undefined ? {} : { result }) });
    if (operations.size <= 256) return;
    for (const [other, { result: kept }] of operations) {
      if (kept === undefined) continue;
      operations.delete(other);
      return;
    }
  };

  /**
   * A key that was used before: its result, or – when its outcome was left unknown – what the drive says now.
   *
   * @returns nothing when the operation may be done
   */
  const known = async (key: string, what: string): Promise<FiscalResult | undefined> => {
    const former = operations.get(key);
    if (former === undefined) return undefined;
    if (former.what !== what) {
      throw failed('OPERATION_KEY_REUSED', 'this key belongs to another operation', 'not-sent');
    }
    if (former.result !== undefined) return former.result;
    await cancelOurDocument();
    const answer = await find(former.evidence, key);
    if (answer.state === 'unknown') throw unknownOutcome(undefined, 'the operation of this key');
    if (answer.state === 'not-done') {
      operations.delete(key);
      return undefined;
    }
    remember(key, what, former.evidence, answer.result);
    return answer.result;
  };

  const unknownOutcome = (cause: unknown, what: string): RegisterError =>
    failed(
      'OUTCOME_UNKNOWN',
      `${what}: it is not known whether the document was written`,
      'unknown',
      'Неизвестно, пробит ли чек: проверьте кассу, не пробивайте повторно',
      { cause },
    );

  const nothingWritten = (cause: unknown, what: string): RegisterError =>
    failed(
      'LINK_LOST',
      `${what}: the link failed, nothing was registered`,
      'not-sent',
      'Нет связи с кассой: чек не пробит',
      {
        cause,
      },
    );

  // ----------------------------------------------------------------------------------------------------------- tables

  const readField = async (table: number, row: number, field: number): Promise<number | string> => {
    const { text } = await call('2E', { table, field });
    const { value } = await call('1F', { table, row, field });
    if (text === 1) {
      const end = value.indexOf(0);
      return decodeText(end < 0 ? value : value.subarray(0, end), 'windows-1251').trimEnd();
    }
    return Number(byteReader(value).uintLe(value.length));
  };

  const writeField = async (
    table: number,
    row: number,
    field: number,
    value: number | string,
  ): Promise<void> => {
    const { text, size } = await call('2E', { table, field });
    let bytes: Uint8Array;
    if (text === 1) {
      bytes = new Uint8Array(size);
      bytes.set(encodeText(String(value), 'windows-1251').bytes.subarray(0, size));
    } else {
      if (typeof value !== 'number') {
        throw failed('RECEIPT_NOT_SUPPORTED', `field ${table}/${row}/${field} is a number`, 'not-sent');
      }
      bytes = byteWriter(size).uintLe(value, size).finish();
    }
    await call('1E', { table, row, field, value: bytes });
  };

  /** Tag 1021 is the name of the operator's row in table 2; it is written when it changed. */
  const setCashier = async (cashier: Receipt['cashier'], operator: number): Promise<void> => {
    if (cashier === undefined || cashier.name === cashierOnRegister) return;
    await writeField(2, operator, 2, cashier.name);
    cashierOnRegister = cashier.name;
  };

  /**
   * Firmware of 2026 can be told to take 20 % for 22 % (table 17, field 71). A receipt that really means 20 % – a return of an
   * old sale – would be registered with another rate than the till's: it is refused instead.
   */
  const checkRates = async (receipt: Receipt): Promise<void> => {
    const index = receipt.lines.findIndex(({ vat }) => vat === '20' || vat === '20/120');
    if (index < 0 || options.receipt?.vatRateBytes?.[receipt.lines[index]?.vat ?? '20'] !== undefined) return;
    if (swaps20to22 === undefined) {
      try {
        const { value } = await call('1F', { table: 17, row: 1, field: 71 });
        swaps20to22 = value[0] === 1;
      } catch (error) {
        if (outcomeOf(error) !== 'refused') throw error;
        // Older firmware has no such field.
        swaps20to22 = false;
      }
    }
    if (!swaps20to22) return;
    throw new RegisterError({
      code: 'RECEIPT_NOT_SUPPORTED',
      message: 'the register turns 20 % into 22 % (table 17, field 71)',
      userMessage: 'Касса настроена менять НДС 20 % на 22 %: чек со ставкой 20 % пробить нельзя',
      path: `receipt/lines[${index}]/vat`,
      outcome: 'not-sent',
    });
  };

  // --------------------------------------------------------------------------------------------------------- documents

  /**
   * Sends the one command that makes a document fiscal, and finds out what became of it when the line fails.
   *
   * It may be sent twice: a closed receipt cannot be closed again, nor an open shift opened, so a first copy that was done
   * after all turns the second into a refusal – and after a doubt a refusal is believed only when the drive confirms it.
   *
   * @param send - returns the result when the answer itself carries it
   * @param abandon - makes a late copy harmless and the register ready again; must fail when it could not
   */
  const commit = async (
    what: string,
    evidence: FiscalEvidence,
    send: () => Promise<FiscalResult | undefined>,
    abandon: () => Promise<void>,
  ): Promise<FiscalResult> => {
    /** A copy left this machine, and its answer never came. */
    let doubt = false;
    /** What the drive says; a failure to ask is an unknown, or harmless when nothing left. */
    const asked = async (cause: unknown): Promise<LookupAnswer<FiscalResult>> => {
      try {
        return await find(evidence);
      } catch (error) {
        throw doubt ? unknownOutcome(error, what) : nothingWritten(cause, what);
      }
    };
    for (let attempt = 1; ; attempt += 1) {
      let failure: unknown;
      try {
        const result = await send();
        if (result !== undefined) return result;
        doubt = true;
        const answer = await asked(undefined);
        if (answer.state === 'done') return answer.result;
        throw unknownOutcome(undefined, what);
      } catch (error) {
        if (isElcertError(error, 'OUTCOME_UNKNOWN')) throw error;
        failure = error;
      }
      const refused = outcomeOf(failure) === 'refused';
      doubt ||= outcomeOf(failure) === 'unknown';
      if (refused && !doubt) {
        await abandon().catch(() => {});
        throw failure;
      }
      if (!refused && attempt === 1) {
        const answer = await asked(failure);
        if (answer.state === 'done') return answer.result;
        if (answer.state === 'unknown') throw unknownOutcome(failure, what);
        continue;
      }
      let harmless = true;
      await abandon().catch(() => {
        harmless = false;
      });
      const answer = await asked(failure);
      if (answer.state === 'done') return answer.result;
      if (answer.state === 'unknown' || (doubt && !harmless && !refused)) throw unknownOutcome(failure, what);
      throw refused ? failure : nothingWritten(failure, what);
    }
  };

  /** Runs an operation under its key: a result is kept, and so is a doubt. */
  const underKey = async (
    key: string,
    what: string,
    run: (begin: (evidence: FiscalEvidence) => void) => Promise<FiscalResult>,
  ): Promise<FiscalResult> => {
    const former = await known(key, what);
    if (former !== undefined) return former;
    let evidence: FiscalEvidence | undefined;
    try {
      const result = await run((begun) => {
        evidence = begun;
      });
      if (evidence !== undefined) remember(key, what, evidence, result);
      return result;
    } catch (error) {
      if (outcomeOf(error) !== 'unknown') throw error;
      // Before the evidence was taken only questions and settings went out: their lost answers leave nothing in doubt.
      if (evidence === undefined) throw nothingWritten(error, what);
      remember(key, what, evidence);
      throw error;
    }
  };

  const shiftDocument = async (
    cashier: Receipt['cashier'],
    kind: 'open' | 'close',
    begin: (evidence: FiscalEvidence) => void,
  ): Promise<FiscalResult> => {
    const { mode, operator } = await ready();
    if (kind === 'open' && mode !== 4) {
      if (mode === 3) requireShift(mode);
      throw failed('SHIFT_OPEN', 'the shift is open already', 'refused', 'Смена уже открыта');
    }
    if (kind === 'close' && mode === 4) requireShift(mode);
    await setCashier(cashier, operator);
    const before = (await driveStatus()).lastDocumentNumber;
    const evidence: FiscalEvidence = { afterDocumentNumber: before, documentCode: kind === 'open' ? 2 : 5 };
    begin(evidence);
    try {
      // Beginning and TLV are only needed for requisites that E0h and 41h do not carry.
      if (cashier?.inn !== undefined) {
        await callAny(kind === 'open' ? 'FF41' : 'FF42', {});
        await callAny('FF0C', { tlv: tlvOf({ operatorInn: cashier.inn }) });
      }
    } catch (error) {
      await call('FF08', {}).catch(() => {});
      if (outcomeOf(error) === 'unknown') throw nothingWritten(error, `${kind} shift`);
      throw error;
    }
    return commit(
      `${kind} shift`,
      evidence,
      async () => {
        await callAny(kind === 'open' ? 'E0' : '41', {});
        // Neither answer names the document.
        return undefined;
      },
      async () => {
        await call('FF08', {}).catch(() => {});
        // A copy that is still on its way cannot be called back.
        throw failed('LINK_LOST', 'cannot be called back', 'unknown');
      },
    );
  };

  /** A document that is begun in the drive and finished by its own command, whose answer names it. */
  const driveDocument = async (
    {
      what,
      form,
      body,
      finish,
    }: {
      readonly what: string;
      readonly form: number;
      readonly body: readonly ReceiptStep[];
      readonly finish: ReceiptStep;
    },
    begin: (evidence: FiscalEvidence) => void,
  ): Promise<FiscalResult> => {
    const { lastDocumentNumber: before, fiscalDriveNumber } = await driveStatus();
    const evidence: FiscalEvidence = { afterDocumentNumber: before, fiscalDriveNumber, documentCode: form };
    begin(evidence);
    try {
      for (const step of body) await callAny(step.code, step.fields);
    } catch (error) {
      await call('FF08', {}).catch(() => {});
      if (outcomeOf(error) === 'unknown') throw nothingWritten(error, what);
      throw error;
    }
    const send = async (): Promise<FiscalResult> => {
      const answer = (await callAny(finish.code, finish.fields)) as unknown as ResponseOf<'FF3E'>;
      if (answer.dateTime === undefined || answer.dateTime === '') {
        try {
          return await resultOf(answer.documentNumber, fiscalDriveNumber);
        } catch (error) {
          throw unknownOutcome(error, what);
        }
      }
      return {
        documentCode: form,
        fiscalDriveNumber,
        fiscalDocumentNumber: answer.documentNumber,
        fiscalSign: String(answer.fiscalSign).padStart(10, '0'),
        dateTime: answer.dateTime,
      };
    };
    // A late copy of the finishing command finds nothing begun.
    return commit(what, evidence, send, async () => void (await call('FF08', {})));
  };

  const requireNoShift = (mode: 2 | 3 | 4) => {
    if (mode !== 4) throw failed('SHIFT_OPEN', 'the shift is open', 'refused', 'Сначала закройте смену');
  };

  const registerDrive = async (
    plan: ReturnType<typeof planRegistration>,
    begin: (evidence: FiscalEvidence) => void,
  ): Promise<FiscalResult> => {
    requireNoShift((await ready()).mode);
    return driveDocument({ what: 'registration', ...plan }, begin);
  };

  const settlementsReport = async (begin: (evidence: FiscalEvidence) => void): Promise<FiscalResult> => {
    await ready();
    return driveDocument(
      {
        what: 'settlements report',
        form: 21,
        body: [{ code: 'FF37', fields: {} }],
        finish: { code: 'FF38', fields: {} },
      },
      begin,
    );
  };

  const closeDrive = async (begin: (evidence: FiscalEvidence) => void): Promise<FiscalResult> => {
    requireNoShift((await ready()).mode);
    const { queue } = await call('FF39', {});
    if (queue > 0) {
      throw failed(
        'UNSENT_DOCUMENTS',
        `${queue} documents wait for the operator`,
        'refused',
        'Сначала передайте документы в ОФД',
        { details: { queue } },
      );
    }
    return driveDocument(
      {
        what: 'closing of the drive',
        form: 6,
        body: [{ code: 'FF3D', fields: {} }],
        finish: { code: 'FF3E', fields: {} },
      },
      begin,
    );
  };

  const registerReceipt = async (
    receipt: Receipt,
    begin: (evidence: FiscalEvidence) => void,
  ): Promise<FiscalResult> => {
    const plan = planReceipt(receipt, { columns, ...options.receipt });
    checkMarking(receipt);
    checkSteps([plan.open, ...plan.body, plan.close]);
    const { mode, operator } = await ready();
    requireShift(mode);
    await checkRates(receipt);
    await setCashier(receipt.cashier, operator);
    const { lastDocumentNumber: before, fiscalDriveNumber } = await driveStatus();
    const shift = await call('FF40', {});
    const evidence: FiscalEvidence = { afterDocumentNumber: before, fiscalDriveNumber, receipt };
    begin(evidence);
    begun = true;

    try {
      for (const step of [plan.open, ...plan.body]) await callAny(step.code, step.fields);
    } catch (error) {
      // Without FF45 nothing is fiscal: whatever happened, cancelling makes the register ready for the next sale. When the
      // link is gone for now, the next call finds the open document and cancels it.
      await cancelDocument().catch(() => {});
      if (outcomeOf(error) === 'unknown') throw nothingWritten(error, 'receipt');
      throw error;
    }

    const close = async (): Promise<FiscalResult> => {
      const answer = (await callAny(plan.close.code, plan.close.fields)) as unknown as ResponseOf<'FF45'>;
      if (answer.dateTime === undefined || answer.dateTime === '') {
        // Older firmware does not tell the time. The receipt is done, so failing to read it must not look like a refusal.
        try {
          return await resultOf(answer.documentNumber, fiscalDriveNumber);
        } catch (error) {
          throw unknownOutcome(error, 'receipt');
        }
      }
      return {
        documentCode: receipt.correction === undefined ? 3 : 31,
        fiscalDriveNumber,
        fiscalDocumentNumber: answer.documentNumber,
        fiscalSign: String(answer.fiscalSign).padStart(10, '0'),
        dateTime: answer.dateTime,
        shiftNumber: shift.shiftNumber,
        receiptNumber: shift.receiptNumber + 1,
        totalSum: plan.totals.total,
        settlementType: receipt.settlementType,
      };
    };

    const result = await commit('receipt', evidence, close, cancelDocument);
    begun = false;
    return result;
  };

  const lookup = async (key: string, evidence: FiscalEvidence): Promise<LookupAnswer<FiscalResult>> => {
    const former = operations.get(key);
    if (former?.result !== undefined) return { state: 'done', result: former.result };
    try {
      // A document that is still open was not closed, and must not be closed later by accident.
      await cancelOurDocument();
      const answer = await find(former?.evidence ?? evidence, key);
      if (former !== undefined && answer.state === 'done')
        remember(key, former.what, former.evidence, answer.result);
      return answer;
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return { state: 'unknown', reason: error.message };
    }
  };

  // ---------------------------------------------------------------------------------------------------------- marking

  /** The code that was checked last, and the results of those that were accepted since the last receipt. */
  let checkedCode: string | undefined;
  const accepted = new Map<string, number>();

  /** Nothing fiscal happens here: a lost answer leaves nothing in doubt, the code is simply checked again. */
  const harmless = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw outcomeOf(error) === 'unknown' ? nothingWritten(error, what) : error;
    }
  };

  const decide = (decision: 0 | 1 | 2) =>
    harmless('marking decision', async () => (await call('FF69', { decision })).result);

  const marking: MarkingSession = {
    check: (item, { signal } = {}) =>
      exclusive(signal, () =>
        harmless('marking check', async () => {
          const request = markingRequest(item);
          checkedCode = undefined;
          const check = readMarkingCheck(await call('FF61', request));
          checkedCode = item.code;
          return check;
        }),
      ),
    accept: ({ signal } = {}) =>
      exclusive(signal, async () => {
        const code = checkedCode;
        if (code === undefined) {
          // Whatever the register holds then is not the product that the caller means.
          throw failed('MARKING_NOT_CHECKED', 'no code was checked', 'not-sent', 'Проверьте код маркировки');
        }
        checkedCode = undefined;
        const result = await decide(1);
        if (accepted.size >= 256) accepted.delete(accepted.keys().next().value as string);
        accepted.set(code, result);
        return result;
      }),
    reject: ({ signal } = {}) =>
      exclusive(signal, async () => {
        if (checkedCode === undefined) return;
        checkedCode = undefined;
        await decide(0);
      }),
    clear: ({ signal } = {}) =>
      exclusive(signal, async () => {
        checkedCode = undefined;
        accepted.clear();
        await decide(2);
      }),
  };

  /** A receipt that says another result than the register found would be another document than was asked for. */
  const checkMarking = (receipt: Receipt): void => {
    for (const [index, { markingCode, markingCheck }] of receipt.lines.entries()) {
      const found = markingCode === undefined ? undefined : accepted.get(markingCode);
      if (found !== undefined && found !== markingCheck) {
        throw new RegisterError({
          code: 'RECEIPT_NOT_SUPPORTED',
          message: `the check of this product ended in ${found}, not in ${markingCheck}`,
          path: `receipt/lines[${index}]/markingCheck`,
          outcome: 'not-sent',
        });
      }
    }
  };

  // ------------------------------------------------------------------------------------------------- operator's queue

  const nextMessage = async (): Promise<FnMessage | undefined> => {
    const { size, blockSize } = await call('FF30', {});
    if (size === 0) return undefined;
    const block = Math.min(Math.max(blockSize, 1), 240);
    const parts: Uint8Array[] = [];
    for (let offset = 0; offset < size; ) {
      const wanted = Math.min(block, size - offset);
      const { data } = await call('FF31', { offset, size: wanted });
      if (data.length === 0 || data.length > wanted) {
        throw failed('BAD_ANSWER', `a block of ${data.length} bytes instead of ${wanted}`, 'refused');
      }
      parts.push(data);
      offset += data.length;
    }
    const bytes = concatBytes(...parts);
    const { fiscalDriveNumber } = await call('FF02', {});
    // The buffer holds the whole session message: public drivers of the maker put it on the operator's socket as it is.
    if (equalBytes(bytes.subarray(0, 4), sessionSignature) && bytes.length > sessionHeaderLength) {
      replyHeader = bytes.slice(0, sessionHeaderLength);
      return { fiscalDriveNumber, container: bytes.slice(sessionHeaderLength) };
    }
    replyHeader = new Uint8Array(0);
    return { fiscalDriveNumber, container: bytes };
  };

  /** The reply as the drive wants it: a session message whose header is the request's, with the reply's size and flags. */
  const replyMessage = (message: FnMessage, reply: Uint8Array): Uint8Array => {
    if (replyHeader?.length === 0) return reply;
    const header =
      replyHeader ??
      concatBytes(
        sessionSignature,
        Uint8Array.of(0x81, 0xa2, 0x01, 0x20),
        new TextEncoder().encode(message.fiscalDriveNumber.padEnd(16, ' ').slice(0, 16)),
        new Uint8Array(6),
      );
    // Flags 0004h: a container follows, no reply is wanted, no check sum.
    const tail = byteWriter(6).u16le(reply.length).u16le(4).u16le(0).finish();
    return concatBytes(header.subarray(0, 24), tail, reply);
  };

  const confirmMessage = async (message: FnMessage, reply: Uint8Array): Promise<void> => {
    const bytes = replyMessage(message, reply);
    try {
      const { blockSize } = await call('FF32', { size: bytes.length });
      const block = Math.min(Math.max(blockSize, 1), 240);
      for (let offset = 0; offset < bytes.length; offset += block) {
        const data = bytes.subarray(offset, offset + block);
        await call('FF33', { offset, size: data.length, data });
      }
    } catch (error) {
      if (outcomeOf(error) !== 'refused' || !isElcertError(error)) throw error;
      throw failed(
        'REPLY_REFUSED',
        `the drive refused the reply: ${error.message}`,
        'refused',
        error.userMessage,
        {
          cause: error,
          details: error.details ?? {},
        },
      );
    }
  };

  // ------------------------------------------------------------------------------------------------------------ start

  await connected();
  try {
    const { printWidth, characterWidth } = await call('26', { font: 1 });
    if (characterWidth > 0) columns = Math.floor(printWidth / characterWidth);
  } catch (error) {
    // Models without the command keep the default width.
    if (outcomeOf(error) !== 'refused' || isElcertError(error, 'WRONG_PASSWORD')) {
      await drop();
      throw error;
    }
  }
  const capabilities: RegisterCapabilities = {
    fnMessages: true,
    readDocuments: true,
    paperColumns: columns,
    marking: true,
  };

  return {
    capabilities,
    get layer() {
      return layer ?? 'standard';
    },
    fnMessages: {
      next: ({ signal } = {}) => exclusive(signal, nextMessage),
      confirm: (message, reply, { signal } = {}) => exclusive(signal, () => confirmMessage(message, reply)),
    },
    marking,
    identity: ({ signal } = {}) =>
      exclusive(signal, async (): Promise<RegisterIdentity> => {
        const device = await call('FC', {});
        const status = await call('11', {});
        const { fiscalDriveNumber } = await call('FF02', {});
        let registration: { readonly inn: string; readonly registrationNumber: string } | undefined;
        try {
          registration = await call('FF09', {});
        } catch (error) {
          // A register that was never registered has none.
          if (outcomeOf(error) !== 'refused') throw error;
        }
        const serial = BigInt(status.serialNumber) + (BigInt(status.serialNumberHigh ?? 0) << 32n);
        return {
          model: device.name,
          serialNumber: String(serial).padStart(16, '0'),
          fiscalDriveNumber,
          inn: registration?.inn.trim(),
          kktRegistrationNumber: registration?.registrationNumber.trim(),
        };
      }),
    status: ({ signal } = {}) =>
      exclusive(signal, async (): Promise<RegisterStatus> => {
        const full = await call('11', {});
        const drive = await driveStatus();
        const exchanged = await call('FF39', {});
        const shift = await call('FF40', {});
        const low = full.mode & 0x0f;
        return {
          shift: low === 3 ? 'expired' : drive.shiftOpen === 1 ? 'open' : 'closed',
          documentOpen: low === 8,
          paper: full.submode === 1 || full.submode === 2 ? 'out' : 'ok',
          coverOpen: (full.flags & coverFlag) !== 0,
          shiftNumber: shift.shiftNumber === 0 ? undefined : shift.shiftNumber,
          dateTime: `${full.date}T${full.time}`,
          fiscalDriveNumber: drive.fiscalDriveNumber,
          lastFiscalDocumentNumber: drive.lastDocumentNumber,
          unsentDocuments: exchanged.queue,
          oldestUnsentAt: exchanged.queue === 0 ? undefined : exchanged.firstDateTime,
          driveInFiscalPhase: drive.phase === 3,
        };
      }),
    openShift: (cashier, { operationKey, signal }: FiscalCallOptions) =>
      exclusive(signal, () =>
        underKey(operationKey, 'open shift', (begin) => shiftDocument(cashier, 'open', begin)),
      ),
    closeShift: (cashier, { operationKey, signal }: FiscalCallOptions) =>
      exclusive(signal, () =>
        underKey(operationKey, 'close shift', (begin) => shiftDocument(cashier, 'close', begin)),
      ),
    registerReceipt: (receipt, { operationKey, signal }) =>
      exclusive(signal, () =>
        underKey(operationKey, `receipt ${JSON.stringify(receipt)}`, (begin) =>
          registerReceipt(receipt, begin),
        ),
      ),
    registerDrive: async (request, { operationKey, signal }) => {
      const plan = planRegistration(request);
      return exclusive(signal, () =>
        underKey(operationKey, `registration ${JSON.stringify(request)}`, (begin) =>
          registerDrive(plan, begin),
        ),
      );
    },
    readRegistration: (number, { signal } = {}) =>
      exclusive(signal, async () =>
        readRegistration(
          number === undefined ? await call('FF09', {}) : await call('FF4C', { report: number }),
        ),
      ),
    settlementsReport: ({ operationKey, signal }) =>
      exclusive(signal, () => underKey(operationKey, 'settlements report', settlementsReport)),
    closeDrive: ({ operationKey, signal }) =>
      exclusive(signal, () => underKey(operationKey, 'closing of the drive', closeDrive)),
    lookup: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () => lookup(operationKey, evidence)),
    readDocument: (fiscalDocumentNumber, { signal } = {}) =>
      exclusive(signal, () => readTlv(fiscalDocumentNumber)),
    call: (code, fields, { signal } = {}) => exclusive(signal, () => call(code, fields)),
    printText: (lines, { signal } = {}) =>
      exclusive(signal, async () => {
        for (const text of lines) await call('17', { flags: 2, text });
      }),
    printXReport: ({ signal } = {}) => exclusive(signal, async () => void (await call('40', {}))),
    cashIn: (sum, { signal } = {}) =>
      exclusive(signal, async () => void (await call('50', { sum: kopecks(sum) }))),
    cashOut: (sum, { signal } = {}) =>
      exclusive(signal, async () => void (await call('51', { sum: kopecks(sum) }))),
    readTable: (table, row, field) => exclusive(undefined, () => readField(table, row, field)),
    writeTable: (table, row, field, value) =>
      exclusive(undefined, () => writeField(table, row, field, value)),
    async close() {
      closed = true;
      await drop();
    },
  };
}

/** Whether an error came from this driver. */
export function isRegisterError(error: unknown): error is RegisterError {
  return error instanceof RegisterError || (error instanceof ElcertError && error.name === 'RegisterError');
}
