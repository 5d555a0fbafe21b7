import {
  type Clock,
  type FetchLike,
  isElcertError,
  type Kopecks,
  kopecks,
  type Logger,
  type LookupAnswer,
  outcomeOf,
  type Random,
  randomUuid,
  sleep,
  systemClock,
  systemRandom,
  throwIfAborted,
} from '@elcert/core';
import {
  type FiscalCallOptions,
  type FiscalEvidence,
  type FiscalRegister,
  type FiscalResult,
  isDocumentCode,
  type Receipt,
  type RegisterCapabilities,
  type RegisterIdentity,
  type RegisterStatus,
} from '@elcert/fiscal-doc';
import { isThisReceipt, readDriveDocument, resultOfDocument, wrapDocument } from '../shtrih-m/evidence.js';
import { RegisterError, type RegisterErrorCode } from '../shtrih-m/register-error.js';
import {
  type AtolTaskAnswer,
  type AtolVersion,
  atolPaths,
  atolRubles,
  checkAtolResult,
  checkAtolTask,
  decodeAtolAnswers,
  encodeAtolRequest,
  isAtolCodecError,
  isAtolObject,
  kopecksOfAtol,
  localTimeOfAtol,
} from './codec.js';
import { describeAtolError, isDoubtfulAtolError } from './errors.js';
import { type AtolHttpOutcome, type AtolTrace, atolHttp } from './http.js';
import {
  type AtolRequestInput,
  type AtolTimings,
  type AtolVerdict,
  atolAsking,
  atolPosting,
  defaultAtolTimings,
  stepAtolRequest,
} from './machine.js';
import { atolDocumentTypes } from './names.js';
import { type AtolReceiptOptions, atolReceiptTask } from './receipt-task.js';
import {
  type AtolObject,
  type AtolTaskFields,
  type AtolTaskResult,
  type AtolTaskType,
  atolTasks,
} from './tasks.js';

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
  readonly logger?: Logger | undefined;
  /** Every exchange, masked. */
  readonly trace?: AtolTrace | undefined;
}

/** Options of a call that is no fiscal document. With a key of one's own it is done once, however often it is called. */
export interface AtolCallOptions {
  readonly operationKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An ATOL register: the neutral contract, and what goes beyond it. */
export interface AtolRegister extends FiscalRegister {
  /** The interface that was chosen or found. */
  readonly version: AtolVersion;
  /** It delivers its documents to the operator itself. */
  readonly fnMessages: undefined;
  /**
   * One task, typed by the table.
   *
   * @throws RegisterError; `RECEIPT_NOT_SUPPORTED` with a path when the table does not know the task
   */
  task<T extends AtolTaskType>(
    type: T,
    fields: AtolTaskFields<T>,
    options?: AtolCallOptions,
  ): Promise<AtolTaskResult<T>>;
  /** Prints lines of text outside a receipt. */
  printText(lines: readonly string[], options?: AtolCallOptions): Promise<void>;
  /** Prints the X report: totals of the shift, nothing changes. */
  printXReport(options?: AtolCallOptions): Promise<void>;
  /** Cash put into the drawer. Kopecks. */
  cashIn(sum: Kopecks, options?: AtolCallOptions): Promise<void>;
  /** Cash taken out of the drawer. Kopecks. */
  cashOut(sum: Kopecks, options?: AtolCallOptions): Promise<void>;
}

type Outcome = 'not-sent' | 'refused' | 'unknown';

const refusalCodes: Readonly<Record<number, RegisterErrorCode>> = {
  2: 'LINK_LOST',
  3: 'LINK_LOST',
  4: 'LINK_LOST',
  44: 'PAPER_OUT',
  45: 'COVER_OPEN',
  55: 'REGISTER_BUSY',
  68: 'SHIFT_EXPIRED',
  71: 'WRONG_PASSWORD',
  73: 'SHIFT_CLOSED',
  82: 'DOCUMENT_OPEN',
  83: 'SHIFT_OPEN',
  89: 'REGISTER_NOT_READY',
  141: 'SHIFT_EXPIRED',
  200: 'DOCUMENT_OPEN',
  203: 'DOCUMENT_OPEN',
  225: 'REGISTER_NOT_READY',
  241: 'LINK_LOST',
  601: 'REGISTER_BUSY',
};

/** Documents that a lookup reads at most. */
const lookupDepth = 64;
/** How often an operation may be begun anew after a clean refusal. */
const maxAttempts = 64;
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function failed(
  code: RegisterErrorCode,
  message: string,
  outcome: Outcome,
  userMessage?: string,
  more: {
    readonly details?: Readonly<Record<string, unknown>>;
    readonly cause?: unknown;
    readonly path?: string;
  } = {},
): RegisterError {
  return new RegisterError({ code, message, outcome, userMessage, ...more });
}

function unknownOutcome(what: string, cause?: unknown): RegisterError {
  return failed(
    'OUTCOME_UNKNOWN',
    `${what}: it is not known whether it was done`,
    'unknown',
    'Неизвестно, пробит ли чек: проверьте кассу, не пробивайте повторно',
    { cause },
  );
}

/**
 * The uuid of the n-th attempt of an operation. The first is the operation's key itself. The server remembers a uuid with its end
 * for good, so an operation that was refused needs another one to be begun anew; it is made from the key, so that it can be found
 * again.
 */
export function atolAttemptUuid(operationKey: string, attempt: number): string {
  const key = operationKey.toLowerCase();
  if (attempt === 0) return key;
  const tail = (Number.parseInt(key.slice(-2), 16) + attempt) & 0xff;
  // Version 8 of a UUID is free for uses of one's own.
  return `${key.slice(0, 14)}8${key.slice(15, -2)}${tail.toString(16).padStart(2, '0')}`;
}

function base64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
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
  const { clock = systemClock(), random = systemRandom(), logger } = options;
  const timings: AtolTimings = { ...defaultAtolTimings, ...options.timings };
  const http = atolHttp({
    baseUrl: options.baseUrl,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock,
    timeoutMs: timings.httpTimeoutMs,
    credentials: options.credentials,
    trace: options.trace,
  });

  let closed = false;
  /** What this process did under a key. */
  const operations = new Map<
    string,
    {
      readonly what: string;
      /** The attempt that the next call makes, or asks for. */
      readonly attempt: number;
      /** Of an attempt that may have been done. */
      readonly evidence?: FiscalEvidence | undefined;
      readonly result?: FiscalResult | undefined;
    }
  >();

  // ------------------------------------------------------------------------------------------------------------- wire

  const wrongPassword = () =>
    failed(
      'WRONG_PASSWORD',
      'the web server wants another sign-in',
      'refused',
      'Веб-сервер кассы не принял логин и пароль',
    );
  const notConnected = (what: string, cause?: unknown) =>
    failed(
      'LINK_LOST',
      `${what}: the web server cannot be reached, nothing was registered`,
      'not-sent',
      'Нет связи с веб-сервером кассы: чек не пробит',
      { cause },
    );

  const detect = async (): Promise<AtolVersion> => {
    if (options.version === 'v1' || options.version === 'v2') return options.version;
    let outcome = await http('GET', '/api/v2/deviceInfo');
    // A connection that was kept open may have died meanwhile.
    if (outcome.type === 'lost') outcome = await http('GET', '/api/v2/deviceInfo');
    if (outcome.type !== 'answer') throw notConnected('connecting');
    if (outcome.httpStatus === 401 || outcome.httpStatus === 403) throw wrongPassword();
    return outcome.httpStatus === 200 ? 'v2' : 'v1';
  };
  const version = await detect();
  const root = atolPaths[version];

  const inputOf = (outcome: AtolHttpOutcome, uuid: string): AtolRequestInput => {
    if (outcome.type !== 'answer') return outcome;
    const { httpStatus, body } = outcome;
    if (httpStatus !== 200) return { type: 'answer', httpStatus };
    if (body === undefined) return { type: 'answer', httpStatus, broken: true };
    try {
      return { type: 'answer', httpStatus, answers: decodeAtolAnswers(body, uuid) };
    } catch (error) {
      if (!isAtolCodecError(error)) throw error;
      logger?.warn(
        { uuid, code: error.code, path: error.path },
        'an answer of the web server was unreadable',
      );
      return { type: 'answer', httpStatus, broken: true };
    }
  };

  /** Puts tasks into the queue (or only asks for them) and stays with them to their end. */
  const converse = async (
    uuid: string,
    tasks: readonly AtolObject[] | undefined,
    brief = false,
  ): Promise<AtolVerdict> => {
    if (closed) throw failed('REGISTER_CLOSED', 'the driver was closed', 'not-sent');
    const deadline = clock.now() + timings.taskTimeoutMs;
    const path = `${root}/${uuid}`;
    let state = tasks === undefined ? atolAsking : atolPosting;
    let input: AtolRequestInput;
    if (tasks === undefined) input = inputOf(await http('GET', path), uuid);
    else {
      const outcome = await http('POST', root, encodeAtolRequest(uuid, tasks, options.deviceId));
      input =
        outcome.type === 'answer'
          ? { type: 'answer', httpStatus: outcome.httpStatus }
          : { type: outcome.type };
    }
    for (;;) {
      const step = stepAtolRequest(state, input, {
        late: clock.now() >= deadline,
        removable: version === 'v2',
        settleTimes: timings.settleTimes,
        brief,
      });
      if (step.do === 'end') {
        if (step.verdict.type !== 'answered') logger?.warn({ uuid, ...step.verdict }, 'no end of a task');
        return step.verdict;
      }
      if (step.delay !== 'none')
        await sleep(clock, step.delay === 'poll' ? timings.pollMs : timings.settleMs);
      state = step.state;
      input = inputOf(await http(step.do === 'remove' ? 'DELETE' : 'GET', path), uuid);
    }
  };

  const taskError = (type: AtolTaskType, answer: AtolTaskAnswer, outcome: Outcome): RegisterError => {
    // A state without a number: interrupted or canceled before it began.
    const code = answer.errorCode === 0 ? (answer.status === 'canceled' ? 249 : 502) : answer.errorCode;
    const meaning = describeAtolError(code);
    return failed(
      refusalCodes[code] ?? 'REGISTER_REFUSED',
      `${type} ${answer.status} with ${code}: ${meaning.text}`,
      outcome,
      meaning.textRu,
      { details: { task: type, result: code, status: answer.status, said: answer.errorDescription } },
    );
  };

  const succeeded = (answer: AtolTaskAnswer) => answer.status === 'ready' && answer.errorCode === 0;

  const badAnswer = (type: AtolTaskType, cause: unknown, outcome: Outcome) =>
    failed('BAD_ANSWER', `${type}: the answer does not fit the table`, outcome, undefined, {
      cause,
      details: { task: type },
    });

  const resultOf = <T extends AtolTaskType>(type: T, answer: AtolTaskAnswer, outcome: Outcome) => {
    try {
      return checkAtolResult(type, answer.result) as unknown as AtolTaskResult<T>;
    } catch (cause) {
      throw badAnswer(type, cause, outcome);
    }
  };

  type Question = readonly [AtolTaskType, (AtolObject | undefined)?];

  /** Questions change nothing: whatever fails, they may be asked again. One request, in order. */
  const questions = async (list: readonly Question[]): Promise<readonly AtolTaskAnswer[]> => {
    const what = list.map(([type]) => type).join(', ');
    const tasks = list.map(([type, fields]) => ({ type, ...fields }));
    let verdict = await converse(randomUuid(random), tasks, true);
    if ('reason' in verdict && (verdict.reason === 'not-found' || verdict.reason === 'silent'))
      verdict = await converse(randomUuid(random), tasks, true);
    if (verdict.type === 'rejected') {
      if (verdict.httpStatus === 401 || verdict.httpStatus === 403) throw wrongPassword();
      throw failed('REGISTER_REFUSED', `${what}: HTTP ${verdict.httpStatus}`, 'refused', undefined, {
        details: { httpStatus: verdict.httpStatus },
      });
    }
    if (verdict.type !== 'answered') {
      if (
        verdict.reason === 'still-waiting' ||
        verdict.reason === 'still-running' ||
        verdict.reason === 'removed'
      )
        throw failed(
          'REGISTER_BUSY',
          `${what}: ${verdict.reason}`,
          'not-sent',
          'Касса занята другими заданиями',
        );
      throw failed('LINK_LOST', `${what}: ${verdict.reason}`, 'not-sent', 'Нет связи с веб-сервером кассы');
    }
    if (verdict.answers.length !== list.length)
      throw failed('BAD_ANSWER', `${verdict.answers.length} answers to ${list.length} tasks`, 'refused');
    return verdict.answers;
  };

  /** One question whose refusal is an error. */
  const question = async <T extends AtolTaskType>(
    type: T,
    fields?: AtolObject,
  ): Promise<AtolTaskResult<T>> => {
    const [answer] = (await questions([[type, fields]])) as readonly [AtolTaskAnswer];
    if (!succeeded(answer)) throw taskError(type, answer, 'refused');
    return resultOf(type, answer, 'refused');
  };

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

  // ------------------------------------------------------------------------------------------------------------ drive

  const wholeNumber = (value: unknown, type: AtolTaskType, name: string): number => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
    throw badAnswer(type, new Error(`${name} is no whole number`), 'refused');
  };

  const lastDocumentNumber = async (): Promise<number> => {
    const { fnStatus } = await question('getFnStatus');
    return wholeNumber(fnStatus.fiscalDocumentNumber, 'getFnStatus', 'fiscalDocumentNumber');
  };

  const driveNumber = async (): Promise<string> => {
    const { fnInfo } = await question('getFnInfo');
    return String(fnInfo.serial ?? '').trim();
  };

  const readTlv = async (documentNumber: number): Promise<Uint8Array> => {
    let answer: AtolTaskResult<'getFnDocument'>;
    try {
      answer = await question('getFnDocument', { fiscalDocumentNumber: documentNumber, withRawData: true });
    } catch (error) {
      if (!isElcertError(error) || error.details?.result !== 123) throw error;
      throw failed(
        'DOCUMENT_NOT_FOUND',
        `the drive has no document ${documentNumber}`,
        'refused',
        'Документ не найден в ФН',
        { cause: error },
      );
    }
    const raw = answer.rawData === undefined ? undefined : base64(answer.rawData);
    const tlv = answer.documentTLV ?? {};
    if (raw === undefined || raw.length === 0 || tlv.short === true)
      throw failed(
        'BAD_ANSWER',
        `document ${documentNumber}: the driver gives no raw data`,
        'refused',
        'Эта версия драйвера кассы не отдаёт документы ФН целиком',
      );
    // Whether the outer tag is part of the raw data is not told: taken as it comes.
    const outer = raw.length >= 4 ? (raw[0] as number) | ((raw[1] as number) << 8) : 0;
    const length = raw.length >= 4 ? (raw[2] as number) | ((raw[3] as number) << 8) : 0;
    if (isDocumentCode(outer) && length + 4 === raw.length) return raw;
    const form = atolDocumentTypes[String(tlv.fiscalDocumentType)];
    if (form === undefined || raw.length > 0xffff)
      throw failed('BAD_ANSWER', `document ${documentNumber} is of no known type`, 'refused');
    return wrapDocument(form, raw);
  };

  /** What became of an operation, told by the documents that came after a number. */
  const find = async (evidence: FiscalEvidence): Promise<LookupAnswer<FiscalResult>> => {
    const fiscalDriveNumber = await driveNumber();
    if (evidence.fiscalDriveNumber !== undefined && evidence.fiscalDriveNumber !== fiscalDriveNumber)
      return { state: 'unknown', reason: 'another drive is in the register' };
    const last = await lastDocumentNumber();
    if (last <= evidence.afterDocumentNumber) return { state: 'not-done' };
    if (last - evidence.afterDocumentNumber > lookupDepth)
      return { state: 'unknown', reason: `more than ${lookupDepth} documents were made since` };
    const matches: FiscalResult[] = [];
    for (let number = evidence.afterDocumentNumber + 1; number <= last; number += 1) {
      const document = readDriveDocument(await readTlv(number));
      const fits =
        evidence.receipt === undefined
          ? document.code === evidence.documentCode ||
            (evidence.documentCode === undefined && (document.code === 2 || document.code === 5))
          : isThisReceipt(document, evidence.receipt);
      if (fits) matches.push(resultOfDocument(document, { fiscalDriveNumber, fiscalDocumentNumber: number }));
    }
    const [match] = matches;
    if (match === undefined) return { state: 'not-done' };
    return matches.length === 1
      ? { state: 'done', result: match }
      : { state: 'unknown', reason: `${matches.length} documents since fit` };
  };

  // --------------------------------------------------------------------------------------------------------- documents

  const checkedKey = (operationKey: string): string => {
    const key = typeof operationKey === 'string' ? operationKey.toLowerCase() : '';
    if (uuidForm.test(key)) return key;
    throw failed('RECEIPT_NOT_SUPPORTED', 'the operation key must be a UUID', 'not-sent', undefined, {
      path: 'operationKey',
    });
  };

  const remember = (
    key: string,
    entry: { what: string; attempt: number; evidence?: FiscalEvidence; result?: FiscalResult },
  ): void => {
    operations.delete(key);
    operations.set(key, entry);
    if (operations.size > 256) operations.delete(operations.keys().next().value as string);
  };

  interface FiscalTask {
    readonly what: string;
    readonly type: AtolTaskType;
    readonly task: AtolObject;
    readonly documentCode: number;
    readonly receipt?: Receipt | undefined;
    readonly total?: Kopecks | undefined;
  }

  /** The result out of the answer. @returns nothing when the answer does not name the document, as openShift's may not */
  const fiscalResult = (
    job: Pick<FiscalTask, 'type' | 'documentCode' | 'receipt'>,
    answer: AtolTaskAnswer,
  ): FiscalResult | undefined => {
    const params = isAtolObject(answer.result?.fiscalParams) ? answer.result.fiscalParams : {};
    const { fiscalDocumentNumber, fiscalDocumentSign, fnNumber, shiftNumber, fiscalReceiptNumber } = params;
    const dateTime = localTimeOfAtol(params.fiscalDocumentDateTime);
    const sign = String(fiscalDocumentSign ?? '');
    if (
      typeof fiscalDocumentNumber !== 'number' ||
      !/^\d{1,10}$/.test(sign) ||
      typeof fnNumber !== 'string' ||
      dateTime === undefined
    )
      return undefined;
    return {
      documentCode: job.documentCode,
      fiscalDriveNumber: fnNumber.trim(),
      fiscalDocumentNumber,
      fiscalSign: sign.padStart(10, '0'),
      dateTime,
      shiftNumber: typeof shiftNumber === 'number' ? shiftNumber : undefined,
      ...(job.receipt === undefined
        ? {}
        : {
            receiptNumber: typeof fiscalReceiptNumber === 'number' ? fiscalReceiptNumber : undefined,
            totalSum:
              params.total === undefined ? undefined : kopecksOfAtol(params.total, 'fiscalParams/total'),
            settlementType: job.receipt.settlementType,
          }),
    };
  };

  const keyReused = () => failed('OPERATION_KEY_REUSED', 'this key belongs to another operation', 'not-sent');

  /** What the drive says after a doubt; an error when it cannot be asked. */
  const asked = async (
    evidence: FiscalEvidence,
  ): Promise<LookupAnswer<FiscalResult> | { state: 'silent'; cause: unknown }> => {
    try {
      return await find(evidence);
    } catch (cause) {
      return { state: 'silent', cause };
    }
  };

  /** One attempt under one uuid. @returns nothing when it ended long ago with a refusal, so that another may begin */
  const attempt = async (
    key: string,
    number: number,
    job: FiscalTask,
    evidence: FiscalEvidence,
  ): Promise<FiscalResult | undefined> => {
    const verdict = await converse(atolAttemptUuid(key, number), [job.task]);
    switch (verdict.type) {
      case 'not-queued':
        if (verdict.reason === 'removed')
          throw failed(
            'REGISTER_BUSY',
            `${job.what}: others' tasks kept the register, ours was taken back`,
            'not-sent',
            'Касса занята другими заданиями: чек не пробит',
          );
        throw notConnected(job.what, new Error(verdict.reason));
      case 'rejected':
        if (verdict.httpStatus === 401 || verdict.httpStatus === 403) throw wrongPassword();
        throw failed(
          'REGISTER_REFUSED',
          `${job.what}: HTTP ${verdict.httpStatus}`,
          'refused',
          'Веб-сервер кассы не принял задание',
          { details: { httpStatus: verdict.httpStatus } },
        );
      case 'unknown': {
        const answer = await asked(evidence);
        if (answer.state === 'done') return answer.result;
        // Forgotten by the queue and not in the drive: it will not come any more. In all other cases it may.
        if (answer.state === 'not-done' && verdict.reason === 'not-found') throw notConnected(job.what);
        throw unknownOutcome(job.what, new Error(verdict.reason));
      }
      case 'answered':
    }
    const [answer] = verdict.answers as readonly [AtolTaskAnswer];
    if (succeeded(answer)) {
      let result: FiscalResult | undefined;
      try {
        result = fiscalResult(job, answer);
      } catch (error) {
        if (!isAtolCodecError(error)) throw error;
      }
      if (result === undefined) {
        const told = await asked(evidence);
        if (told.state === 'done') return told.result;
        throw unknownOutcome(job.what);
      }
      // The key may have been used before, by another process and for something else.
      if (verdict.repeated && job.total !== undefined && result.totalSum !== job.total) throw keyReused();
      return result;
    }
    const told = await asked(evidence);
    if (told.state === 'done') return told.result;
    const open =
      isDoubtfulAtolError(answer.errorCode) || (answer.errorCode === 0 && answer.status === 'interrupted');
    if (verdict.repeated) {
      // It ended before this call: the documents since then say nothing about it.
      if (open) throw unknownOutcome(job.what, taskError(job.type, answer, 'unknown'));
      return undefined;
    }
    if (told.state === 'not-done' || (told.state === 'silent' && !open)) {
      throw taskError(job.type, answer, 'refused');
    }
    throw unknownOutcome(job.what, taskError(job.type, answer, 'unknown'));
  };

  const fiscal = async (operationKey: string, job: FiscalTask): Promise<FiscalResult> => {
    const key = checkedKey(operationKey);
    const former = operations.get(key);
    if (former !== undefined && former.what !== job.what) throw keyReused();
    if (former?.result !== undefined) return former.result;
    let number = former?.attempt ?? 0;
    if (former?.evidence !== undefined) {
      // An attempt of this process whose end is open: ask for it before anything is begun.
      const told = await lookup(key, former.evidence);
      if (told.state === 'done') return told.result;
      if (told.state === 'unknown') throw unknownOutcome(job.what, new Error(told.reason));
      number = operations.get(key)?.attempt ?? number;
    }
    const afterDocumentNumber = await lastDocumentNumber();
    const evidence: FiscalEvidence = {
      afterDocumentNumber,
      ...(job.receipt === undefined ? { documentCode: job.documentCode } : { receipt: job.receipt }),
    };
    for (; number < maxAttempts; number += 1) {
      try {
        const result = await attempt(key, number, job, evidence);
        if (result === undefined) continue;
        remember(key, { what: job.what, attempt: number, result });
        return result;
      } catch (error) {
        const outcome = outcomeOf(error);
        if (outcome === 'unknown') remember(key, { what: job.what, attempt: number, evidence });
        // The server keeps the refusal under its uuid: the next call needs another one.
        else if (outcome === 'refused' && isElcertError(error) && error.details?.result !== undefined)
          remember(key, { what: job.what, attempt: number + 1 });
        // A task that was taken back stays in the queue's memory as cancelled.
        else if (isElcertError(error, 'REGISTER_BUSY'))
          remember(key, { what: job.what, attempt: number + 1 });
        throw error;
      }
    }
    throw failed('REGISTER_REFUSED', `${maxAttempts} attempts under one key`, 'refused');
  };

  const lookup = async (
    operationKey: string,
    evidence: FiscalEvidence,
  ): Promise<LookupAnswer<FiscalResult>> => {
    let key: string;
    try {
      key = checkedKey(operationKey);
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return { state: 'unknown', reason: error.message };
    }
    const former = operations.get(key);
    if (former?.result !== undefined) return { state: 'done', result: former.result };
    const done = (result: FiscalResult): LookupAnswer<FiscalResult> => {
      if (former !== undefined) remember(key, { what: former.what, attempt: former.attempt, result });
      return { state: 'done', result };
    };
    const { receipt } = evidence;
    try {
      let ended = 0;
      for (; ended < maxAttempts; ended += 1) {
        const verdict = await converse(atolAttemptUuid(key, ended), undefined);
        if (verdict.type === 'not-queued') break;
        if (verdict.type !== 'answered')
          return {
            state: 'unknown',
            reason: verdict.type === 'rejected' ? `HTTP ${verdict.httpStatus}` : verdict.reason,
          };
        const [answer] = verdict.answers as readonly [AtolTaskAnswer];
        if (!succeeded(answer)) continue;
        const params = isAtolObject(answer.result?.fiscalParams) ? answer.result.fiscalParams : {};
        const documentCode =
          receipt === undefined
            ? (evidence.documentCode ?? (params.receiptsCount === undefined ? 2 : 5))
            : receipt.correction === undefined
              ? 3
              : 31;
        const result = fiscalResult({ type: 'sell', documentCode, receipt }, answer);
        if (result !== undefined) return done(result);
      }
      const answer = await find(evidence);
      if (answer.state === 'done') return done(answer.result);
      if (answer.state === 'not-done' && former !== undefined)
        remember(key, { what: former.what, attempt: ended });
      return answer;
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return { state: 'unknown', reason: error.message };
    }
  };

  const operator = (cashier: Receipt['cashier']): AtolObject =>
    cashier === undefined
      ? {}
      : {
          operator: {
            name: cashier.name,
            ...(cashier.inn === undefined ? {} : { vatin: cashier.inn }),
          },
        };

  const shiftJob = (type: 'openShift' | 'closeShift', cashier: Receipt['cashier']): FiscalTask => ({
    what: type,
    type,
    task: { type, ...operator(cashier) },
    documentCode: type === 'openShift' ? 2 : 5,
  });

  /** A task of the table; what it did is told by its end alone. */
  const plain = async <T extends AtolTaskType>(
    type: T,
    fields: AtolTaskFields<T>,
    operationKey: string | undefined,
  ): Promise<AtolTaskResult<T>> => {
    const task = { type, ...fields };
    try {
      checkAtolTask(task);
    } catch (error) {
      if (!isAtolCodecError(error)) throw error;
      throw failed('RECEIPT_NOT_SUPPORTED', error.message, 'not-sent', undefined, {
        path: error.path ?? 'task',
        cause: error,
      });
    }
    const effect = atolTasks[type].effect;
    if (effect === 'read') return question(type, fields as AtolObject);
    const uuid = operationKey === undefined ? randomUuid(random) : checkedKey(operationKey);
    const verdict = await converse(uuid, [task]);
    if (verdict.type === 'not-queued') throw notConnected(type, new Error(verdict.reason));
    if (verdict.type === 'rejected') {
      if (verdict.httpStatus === 401 || verdict.httpStatus === 403) throw wrongPassword();
      throw failed('REGISTER_REFUSED', `${type}: HTTP ${verdict.httpStatus}`, 'refused', undefined, {
        details: { httpStatus: verdict.httpStatus },
      });
    }
    if (verdict.type === 'unknown') throw unknownOutcome(type, new Error(verdict.reason));
    const [answer] = verdict.answers as readonly [AtolTaskAnswer];
    if (!succeeded(answer))
      throw taskError(type, answer, isDoubtfulAtolError(answer.errorCode) ? 'unknown' : 'refused');
    // It is done, whatever its answer looks like.
    return resultOf(type, answer, 'unknown');
  };

  // ------------------------------------------------------------------------------------------------------------ start

  const { deviceInfo } = await question('getDeviceInfo');
  const lineLength = deviceInfo.receiptLineLength;
  const columns =
    typeof lineLength === 'number' && lineLength > 0 && lineLength <= 256 ? lineLength : undefined;
  const receiptOptions: AtolReceiptOptions = {
    columns,
    ffdVersion: typeof deviceInfo.ffdVersion === 'string' ? deviceInfo.ffdVersion : undefined,
    ...options.receipt,
  };
  /** Older drivers give no raw data: seen at the last document, before anybody relies on it. */
  const readsDocuments = await (async () => {
    const last = await lastDocumentNumber();
    if (last === 0) return true;
    try {
      await readTlv(last);
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
  };

  const shiftWord = (state: unknown): RegisterStatus['shift'] => {
    // A word, or its number in the driver's enumeration.
    if (state === 'opened' || state === 1) return 'open';
    if (state === 'expired' || state === 2) return 'expired';
    if (state === 'closed' || state === 0) return 'closed';
    throw badAnswer('getShiftStatus', new Error('unknown state'), 'refused');
  };

  const status = async (): Promise<RegisterStatus> => {
    const types = [
      'getDeviceStatus',
      'getShiftStatus',
      'getFnInfo',
      'getFnStatus',
      'ofdExchangeStatus',
    ] as const;
    const answers = await questions(types.map((type) => [type]));
    const part = <T extends AtolTaskType>(type: T, index: number): AtolTaskResult<T> => {
      const answer = answers[index] as AtolTaskAnswer;
      if (!succeeded(answer)) throw taskError(type, answer, 'refused');
      return resultOf(type, answer, 'refused');
    };
    const { deviceStatus } = part('getDeviceStatus', 0);
    const { shiftStatus } = part('getShiftStatus', 1);
    const { fnInfo } = part('getFnInfo', 2);
    const { fnStatus } = part('getFnStatus', 3);
    const { status: exchange = {} } = part('ofdExchangeStatus', 4);
    const { number } = shiftStatus;
    return {
      shift: shiftWord(shiftStatus.state),
      // A task is a whole document: none stays open between two of them.
      documentOpen: false,
      paper:
        deviceStatus.paperPresent === true ? 'ok' : deviceStatus.paperPresent === false ? 'out' : 'unknown',
      coverOpen: typeof deviceStatus.coverOpened === 'boolean' ? deviceStatus.coverOpened : undefined,
      shiftNumber: typeof number === 'number' && number > 0 ? number : undefined,
      dateTime: localTimeOfAtol(deviceStatus.currentDateTime),
      fiscalDriveNumber: String(fnInfo.serial ?? '').trim(),
      lastFiscalDocumentNumber: wholeNumber(
        fnStatus.fiscalDocumentNumber,
        'getFnStatus',
        'fiscalDocumentNumber',
      ),
      unsentDocuments: wholeNumber(exchange.notSentCount ?? 0, 'ofdExchangeStatus', 'notSentCount'),
    };
  };

  const identity = async (): Promise<RegisterIdentity> => {
    const fiscalDriveNumber = await driveNumber();
    let registration: AtolTaskResult<'getRegistrationInfo'> = {};
    try {
      registration = await question('getRegistrationInfo');
    } catch (error) {
      // A register that was never registered has none.
      if (outcomeOf(error) !== 'refused') throw error;
    }
    const word = (value: unknown) => (typeof value === 'string' ? value.trim() : undefined);
    return {
      model: String(deviceInfo.modelName ?? deviceInfo.model ?? 'ATOL'),
      serialNumber: String(deviceInfo.serial ?? '').trim(),
      fiscalDriveNumber,
      inn: word(registration.organization?.vatin),
      kktRegistrationNumber: word(registration.device?.registrationNumber),
    };
  };

  const cash = (type: 'cashIn' | 'cashOut', sum: Kopecks, { operationKey, signal }: AtolCallOptions) =>
    exclusive(signal, async () => {
      await plain(type, { cashSum: atolRubles(kopecks(sum)) }, operationKey);
    });

  return {
    version,
    capabilities,
    fnMessages: undefined,
    identity: ({ signal } = {}) => exclusive(signal, identity),
    status: ({ signal } = {}) => exclusive(signal, status),
    openShift: (cashier, { operationKey, signal }: FiscalCallOptions) =>
      exclusive(signal, () => fiscal(operationKey, shiftJob('openShift', cashier))),
    closeShift: (cashier, { operationKey, signal }: FiscalCallOptions) =>
      exclusive(signal, () => fiscal(operationKey, shiftJob('closeShift', cashier))),
    registerReceipt: (receipt, { operationKey, signal }) =>
      exclusive(signal, () => {
        const { type, task, totals } = atolReceiptTask(receipt, receiptOptions);
        return fiscal(operationKey, {
          what: `receipt ${JSON.stringify(receipt)}`,
          type,
          task,
          documentCode: receipt.correction === undefined ? 3 : 31,
          receipt,
          total: totals.total,
        });
      }),
    lookup: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () => lookup(operationKey, evidence)),
    readDocument: (fiscalDocumentNumber, { signal } = {}) =>
      exclusive(signal, () => readTlv(fiscalDocumentNumber)),
    task: (type, fields, { operationKey, signal } = {}) =>
      exclusive(signal, () => plain(type, fields, operationKey)),
    printText: (lines, { operationKey, signal } = {}) =>
      exclusive(signal, async () => {
        await plain('nonFiscal', { items: lines.map((text) => ({ type: 'text', text })) }, operationKey);
      }),
    printXReport: ({ operationKey, signal } = {}) =>
      exclusive(signal, async () => {
        await plain('reportX', {}, operationKey);
      }),
    cashIn: (sum, callOptions = {}) => cash('cashIn', sum, callOptions),
    cashOut: (sum, callOptions = {}) => cash('cashOut', sum, callOptions),
    async close() {
      closed = true;
    },
  };
}
