import {
  type AuthorizationResult,
  type ByteChannel,
  type CertificatePayment,
  type Clock,
  ElcertError,
  formatRubles,
  isElcertError,
  type Kopecks,
  type Logger,
  type LookupAnswer,
  outcomeOf,
  throwIfAborted,
} from '@elcert/core';
import type {
  CardPayment,
  CardReading,
  CardRefund,
  CardRefundTerminal,
  CardVoid,
  CardVoidTerminal,
  LastOperation,
  SettlementTerminal,
  SettlementTotals,
  TerminalCallOptions,
} from '../terminal.js';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  type Lan4GateInterface,
  type Lan4GateMessage,
  type Lan4GateRequest,
  type Lan4GateResponse,
  lan4GateRequest,
  redactLan4Gate,
} from './codec.js';
import { encodeDialogAnswer, readDialog } from './dialog.js';
import { lan4GateError, lostAnswer, unknownMoney } from './errors.js';
import { lan4GateFramer } from './framer.js';
import type { Lan4GateLink } from './incoming.js';
import {
  type Lan4GateEffect,
  type Lan4GateEnd,
  type Lan4GateInput,
  type Lan4GateStep,
  lan4GateFingerprint,
  startLan4GateExchange,
  stepLan4GateExchange,
} from './machine.js';
import {
  type Lan4GateOperationName,
  type Lan4GateRequestValues,
  lan4GateMaxAmount,
  lan4GateNotifications,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateStatuses,
  lan4GateSuccess,
} from './table.js';
import {
  authorizationResult,
  type Lan4GateVerdict,
  type Lan4GateVerdictReader,
  readLan4GateVerdict,
  slipOf,
} from './verdict.js';

/** How long to wait, in milliseconds. */
export interface Lan4GateTimeouts {
  /** For the answer to a registration; 10 s. */
  readonly registrationMs: number;
  /** Longest silence of the terminal while a card operation runs; 180 s. Any sign of life starts it anew. */
  readonly answerMs: number;
  /** Longest card operation, signs of life or not; 15 min. */
  readonly totalMs: number;
  /** For the verdict after an abort was sent; 60 s. */
  readonly abortMs: number;
  /** For the answer to a confirmation (814); 30 s. */
  readonly confirmationMs: number;
  /** For operations without a card or the bank: 801, 804, 818; 30 s. */
  readonly serviceMs: number;
}

/** One event on the wire, masked: fit for a file. */
export interface Lan4GateTraceEntry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly kind: 'message' | 'junk' | 'garbage' | 'connected' | 'closed';
  /** Of a message: the masked frame, size prefix included, as it can be decoded and played back. */
  readonly frame?: string;
  /** Of junk and garbage: its length in bytes; the bytes themselves may hold card data. */
  readonly length?: number;
}

/** Settings of a {@link Lan4GateTerminal}. */
export interface Lan4GateOptions {
  /** Connect mode: `{ connect: () => openTcp({ host, port }) }`; listen mode: {@link incomingLan4Gate}. */
  readonly link: Lan4GateLink;
  /** Number of this till at the terminal, 1 … 999. */
  readonly ecrNumber: number;
  /** Number of the merchant at the terminal, 1 … 999. */
  readonly merchantNumber: number;
  readonly clock: Clock;
  /** ISO 4217 number; `643` unless told. */
  readonly currencyCode?: string;
  /**
   * What `Amount` of 302 and 303 stands for: the vendor's public library does not say. Ask the terminal's vendor.
   *
   * `own` (the default) – the buyer's own part; `total` – own part and certificate together. The default is the reading
   * that cannot overcharge: a terminal that wants the total sees less than the certificate and refuses, whereas the total
   * sent to a terminal that wants the own part would debit the card by the certificate's sum too.
   */
  readonly amountMeaning?: 'own' | 'total';
  /**
   * How far a {@link Lan4GateTerminal.lookup} may conclude. `cautious` (the default) – only from what was answered to this
   * process. `sole-till` – also from the terminal's last operation (804), asked before each money request and again by the
   * lookup; right only when no other till uses the terminal, it runs one operation at a time, and answers 804 only when
   * idle. None of that is promised by the vendor: you vouch for it.
   */
  readonly lookupTrust?: 'cautious' | 'sole-till';
  readonly timeouts?: Partial<Lan4GateTimeouts>;
  /** Reads which part was done; ours unless replaced. */
  readonly readVerdict?: Lan4GateVerdictReader;
  readonly logger?: Logger;
  readonly trace?: (entry: Lan4GateTraceEntry) => void;
  /** `bare` for a service that works without the vendor's size prefix. */
  readonly framing?: 'sized' | 'bare';
}

/** A terminal with LAN-4Gate. */
export interface Lan4GateTerminal extends CardRefundTerminal, CardVoidTerminal, SettlementTerminal {
  /** Whether the link to the terminal's application answers (801). */
  test(options?: TerminalCallOptions): Promise<void>;
  /**
   * Any operation that moves no money, as it is: members in, response out, whatever its status.
   *
   * @throws ElcertError `BAD_FIELD` (`not-sent`) for an operation that may move money: those go through the named calls, which
   * keep the rule of one request to one key
   */
  request<N extends Lan4GateOperationName>(
    name: N,
    values: Lan4GateRequestValues<N>,
    options?: TerminalCallOptions,
  ): Promise<Lan4GateResponse & { readonly slip: readonly string[] }>;
}

const defaultTimeouts: Lan4GateTimeouts = {
  registrationMs: 10_000,
  answerMs: 180_000,
  totalMs: 900_000,
  abortMs: 60_000,
  confirmationMs: 30_000,
  serviceMs: 30_000,
};

// Operations that need neither a card nor the bank.
const quick = new Set<Lan4GateOperationName>([
  'TestCommunication',
  'GetLastOperation',
  'GetOperationCopy',
  'GetCurrentPrinter',
  'GetMerchantList',
  'CheckDeviceStatus',
]);

// Answers that are remembered to know a duplicate by.
const takenLimit = 32;
// Settled operations that a lookup can still tell about.
const keyLimit = 1000;

interface Connection {
  readonly channel: ByteChannel;
  registered: boolean;
  alive: boolean;
  receive: ((input: Lan4GateInput) => void) | undefined;
}

type MoneyOperation = 'Sale' | 'Refund' | 'Void' | 'VoidLastSale' | 'ECertPayment' | 'ECertRefund';

interface MoneyAsked {
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly basketId?: string;
}

/** What is known of the terminal's last operation before a money request. */
type Baseline =
  | { readonly known: false }
  | { readonly known: true; readonly last: LastOperationFacts | undefined };

interface LastOperationFacts {
  readonly response: Lan4GateResponse;
  readonly fingerprint: string | undefined;
}

interface KeyRecord {
  readonly name: MoneyOperation;
  readonly digest: string;
  readonly asked: MoneyAsked;
  state: 'running' | 'not-sent' | 'settled' | 'unknown';
  result?: AuthorizationResult;
  error?: ElcertError;
  sentAt: number;
  /** Position among the money requests of this driver. */
  sequence: number;
  baseline: Baseline;
}

/**
 * A driver of LAN-4Gate terminals (Lanter). Connects with the first call, registers the till once for a connection, and
 * connects again with the next call after the link was lost.
 *
 * A money request is written once and never again. Its errors:
 * - `not-sent`: `BAD_FIELD`, `BUSY`, `CLOSED`, `ABORTED`, `NO_TERMINAL`, `CONNECT_FAILED`, `NOT_REGISTERED`, `CHANNEL_CLOSED`,
 *   `OPERATION_KEY_REUSED`: no request went out;
 * - `unknown`: `ANSWER_LOST`, `ANSWER_UNREADABLE`, `ANSWER_MISMATCH`, `UNCERTAIN`, `NOT_CONFIRMED`: ask `lookup`.
 *
 * A refusal is a result, not an error. The same key again gives the first result or error and sends nothing, unless
 * nothing was sent before.
 *
 * @example
 * ```ts
 * const terminal = openLan4Gate({
 *   link: { connect: ({ signal }) => openTcp({ host: '192.168.1.20', port: 20501, signal }) },
 *   clock: systemClock(), ecrNumber: 1, merchantNumber: 1,
 * });
 * const card = await terminal.readCard({ onProgress: ({ userMessage }) => show(userMessage) });
 * ```
 */
export function openLan4Gate(options: Lan4GateOptions): Lan4GateTerminal {
  const { link, ecrNumber, merchantNumber, clock, logger, trace } = options;
  const currencyCode = options.currencyCode ?? '643';
  const amountMeaning = options.amountMeaning ?? 'own';
  const trust = options.lookupTrust ?? 'cautious';
  const readVerdict = options.readVerdict ?? readLan4GateVerdict;
  const timeouts: Lan4GateTimeouts = { ...defaultTimeouts, ...options.timeouts };
  for (const [name, value] of Object.entries({ ecrNumber, merchantNumber })) {
    if (!Number.isInteger(value) || value < 1 || value > 999)
      throw lan4GateError({
        code: 'BAD_FIELD',
        message: `${name} is 1 to 999`,
        path: name,
        outcome: 'not-sent',
      });
  }

  let connection: Connection | undefined;
  let busy = false;
  let closed = false;
  let moneySequence = 0;
  const taken: Lan4GateResponse[] = [];
  const keys = new Map<string, KeyRecord>();

  // ── the wire ───────────────────────────────────────────────────────────────────────────────────────────────────

  const traced = (entry: Omit<Lan4GateTraceEntry, 'at'>) => trace?.({ at: clock.now(), ...entry });
  const maskedFrame = (message: Lan4GateMessage): string => {
    try {
      return new TextDecoder().decode(encodeLan4Gate(redactLan4Gate(message)));
    } catch {
      // A tolerant reader takes what the strict writer would refuse.
      return `{"__class":"${message.type}"}`;
    }
  };

  const drop = (one: Connection) => {
    if (connection === one) connection = undefined;
    if (!one.alive) return;
    one.alive = false;
    traced({ direction: 'out', kind: 'closed' });
    void one.channel
      .close()
      .catch((error: unknown) => logger?.debug({ error: String(error) }, 'closing failed'));
  };

  /** Reads a connection for as long as it lives, so that a loss, and what nobody asked for, is noticed between calls too. */
  const pump = async (one: Connection): Promise<void> => {
    const framer = lan4GateFramer({ framing: options.framing ?? 'sized' });
    const hand = (input: Lan4GateInput) => {
      if (one.receive !== undefined) one.receive(input);
      else if (input.type === 'message')
        logger?.warn(
          { message: redactLan4Gate(input.message) },
          'the terminal sent a message that nobody waits for',
        );
    };
    const garbage = (length: number, why: string) => {
      traced({ direction: 'in', kind: 'garbage', length });
      logger?.warn({ length, why }, 'the terminal sent something unreadable');
      hand({ type: 'garbage' });
      drop(one);
    };
    try {
      for await (const chunk of one.channel) {
        if (!one.alive) return;
        for (const event of framer.push(chunk)) {
          if (event.type === 'junk') {
            traced({ direction: 'in', kind: 'junk', length: event.length });
            logger?.warn({ length: event.length }, 'bytes between messages');
            continue;
          }
          if (event.type === 'fatal') return garbage(chunk.length, event.error.message);
          let message: Lan4GateMessage;
          try {
            message = decodeLan4Gate(event.body);
          } catch (error) {
            return garbage(event.body.length, error instanceof ElcertError ? error.message : 'unreadable');
          }
          traced({ direction: 'in', kind: 'message', frame: maskedFrame(message) });
          hand({ type: 'message', message });
        }
      }
    } catch (error) {
      logger?.warn({ error: error instanceof ElcertError ? error.message : 'unknown' }, 'the link broke');
    }
    if (one.alive) {
      one.alive = false;
      if (connection === one) connection = undefined;
      traced({ direction: 'in', kind: 'closed' });
      void one.channel.close().catch(() => {});
    }
    hand({ type: 'disconnected' });
  };

  const connected = async (signal: AbortSignal | undefined): Promise<Connection> => {
    if (connection !== undefined && link.superseded?.(connection.channel) === true) drop(connection);
    if (connection !== undefined) return connection;
    const channel = await link.connect({ signal });
    const one: Connection = { channel, registered: false, alive: true, receive: undefined };
    connection = one;
    traced({ direction: 'out', kind: 'connected' });
    void pump(one);
    return one;
  };

  const write = async (one: Connection, message: Lan4GateMessage): Promise<void> => {
    const frame = encodeLan4Gate(message);
    traced({ direction: 'out', kind: 'message', frame: maskedFrame(message) });
    await one.channel.write(options.framing === 'bare' ? frame.subarray(frame.indexOf(0x7b)) : frame);
  };

  // ── one exchange ───────────────────────────────────────────────────────────────────────────────────────────────

  const exchangeOver = async (
    one: Connection,
    request: Lan4GateRequest,
    answerMs: number,
    call: TerminalCallOptions,
    onSent: () => void,
  ): Promise<Lan4GateEnd> => {
    const inbox: Lan4GateInput[] = [];
    let wake: (() => void) | undefined;
    const push = (input: Lan4GateInput) => {
      inbox.push(input);
      wake?.();
      wake = undefined;
    };
    let cancelTimer: (() => void) | undefined;
    const cancelTotal = clock.setTimer(timeouts.totalMs, () => push({ type: 'timeout' }));
    const onAbort = () => push({ type: 'abort' });
    call.signal?.addEventListener('abort', onAbort, { once: true });
    one.receive = push;
    const limits = {
      registration: timeouts.registrationMs,
      answer: answerMs,
      abort: timeouts.abortMs,
      confirmation: timeouts.confirmationMs,
    };
    /** @returns the end of the exchange when the request could not be handed to the channel at all */
    const perform = async (effect: Lan4GateEffect): Promise<Lan4GateEnd | undefined> => {
      switch (effect.type) {
        case 'send': {
          const main = effect.message === request;
          if (main) {
            // Registering may take a while: an abort that came meanwhile, or a lost link, still stops the request.
            if (!one.alive) return { type: 'not-sent', reason: 'disconnected' };
            onSent();
          }
          try {
            await write(one, effect.message);
          } catch (error) {
            if (main && outcomeOf(error) === 'not-sent') return { type: 'not-sent', reason: 'disconnected' };
            push({ type: 'disconnected' });
          }
          return undefined;
        }
        case 'wait':
          cancelTimer?.();
          cancelTimer = clock.setTimer(limits[effect.what], () => push({ type: 'timeout' }));
          return undefined;
        case 'progress': {
          const { code, message } = effect.notification;
          const known = lan4GateNotifications[code];
          const shown = known?.ru ?? `Сообщение терминала ${code}`;
          try {
            call.onProgress?.({
              code,
              name: known?.name ?? `Notification${code}`,
              userMessage: message === undefined || message === '' ? shown : message,
            });
          } catch (error) {
            logger?.warn({ error: String(error) }, 'the progress listener threw');
          }
          return undefined;
        }
        case 'ask':
          void answerDialog(effect.question, call).then((result) => push({ type: 'dialog', result }));
          return undefined;
        case 'stray':
          logger?.warn(
            { message: redactLan4Gate(effect.message), why: effect.why },
            'a stray message was ignored',
          );
          return undefined;
      }
    };
    try {
      let now: Lan4GateStep = startLan4GateExchange({ request, register: !one.registered, taken });
      for (;;) {
        if (now.state.phase !== 'registering') one.registered = true;
        for (const effect of now.effects) {
          const early = await perform(effect);
          if (early !== undefined) return early;
        }
        if (now.state.phase === 'ended') {
          if (now.state.end.type === 'not-sent') one.registered = false;
          return now.state.end;
        }
        while (inbox.length === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        now = stepLan4GateExchange(now.state, inbox.shift() as Lan4GateInput);
      }
    } finally {
      cancelTimer?.();
      cancelTotal();
      call.signal?.removeEventListener('abort', onAbort);
      if (one.receive === push) one.receive = undefined;
    }
  };

  const answerDialog = async (
    question: Lan4GateInterface,
    call: TerminalCallOptions,
  ): Promise<string | undefined> => {
    const dialog = readDialog(question);
    if (dialog === undefined || call.onDialog === undefined) return undefined;
    try {
      return encodeDialogAnswer(dialog, await call.onDialog(dialog));
    } catch (error) {
      logger?.warn({ error: String(error) }, 'the dialogue was not answered: the operation is stopped');
      return undefined;
    }
  };

  /** Runs one request; the end is always one where the request went out. */
  const exchange = async (
    request: Lan4GateRequest,
    answerMs: number,
    call: TerminalCallOptions,
    onSent: () => void = () => {},
  ): Promise<Exclude<Lan4GateEnd, { type: 'not-sent' }>> => {
    for (let attempt = 1; ; attempt += 1) {
      throwIfAborted(call.signal);
      if (closed)
        throw lan4GateError({ code: 'CLOSED', message: 'the terminal is closed', outcome: 'not-sent' });
      const one = await connected(call.signal);
      throwIfAborted(call.signal);
      const end = await exchangeOver(one, request, answerMs, call, onSent);
      if (end.type === 'answered') {
        taken.push(end.response);
        if (taken.length > takenLimit) taken.shift();
        return end;
      }
      // A late answer has to find a closed door, or it would be taken for that of the next request.
      drop(one);
      if (end.type !== 'not-sent') return end;
      // A connection that waited too long is noticed only now; nothing was asked yet, so one more try is harmless.
      if (end.reason === 'disconnected' && attempt === 1) continue;
      throw lan4GateError({
        code: end.reason === 'aborted' ? 'ABORTED' : 'NOT_REGISTERED',
        message:
          end.reason === 'refused'
            ? `registration refused: ${lan4GateStatuses[end.status ?? -1]?.name ?? end.status}`
            : `nothing was sent: ${end.reason}`,
        userMessage:
          end.reason === 'refused'
            ? `Терминал не принял кассу: ${lan4GateStatuses[end.status ?? -1]?.ru ?? 'неизвестная причина'}`
            : 'Терминал не отвечает, операция не начата',
        outcome: 'not-sent',
        details: { ecrNumber, ...(end.status === undefined ? {} : { status: end.status }) },
      });
    }
  };

  /** One call at a time: the terminal has one reader and one buyer. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed)
      throw lan4GateError({ code: 'CLOSED', message: 'the terminal is closed', outcome: 'not-sent' });
    if (busy) {
      throw lan4GateError({
        code: 'BUSY',
        message: 'another operation is running',
        userMessage: 'Терминал занят другой операцией',
        outcome: 'not-sent',
      });
    }
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };

  /** The response of an exchange, or the error of a lost one. */
  const responseOf = (end: Exclude<Lan4GateEnd, { type: 'not-sent' }>, name: string): Lan4GateResponse => {
    if (end.type === 'answered') return end.response;
    if (end.type === 'not-confirmed') {
      throw lostAnswer('NOT_CONFIRMED', `${name} was answered, its confirmation was not (${end.reason})`, {
        details: { status: end.response.status, reason: end.reason },
      });
    }
    if (end.reason === 'garbage') throw lostAnswer('ANSWER_UNREADABLE', `unreadable answer to ${name}`);
    throw lostAnswer(
      'ANSWER_LOST',
      `no answer to ${name}: ${end.reason}${end.aborted ? ' after an abort' : ''}`,
      {
        details: { reason: end.reason, aborted: end.aborted },
      },
    );
  };

  const requestOf = <N extends Lan4GateOperationName>(
    name: N,
    values: Lan4GateRequestValues<N>,
  ): Lan4GateRequest => {
    const spec = lan4GateOperations[name];
    const takes = (field: 'EcrMerchantNumber' | 'CurrencyCode') =>
      (spec.required as readonly string[]).includes(field) ||
      (spec.optional as readonly string[]).includes(field);
    return lan4GateRequest(name, ecrNumber, {
      ...(takes('EcrMerchantNumber') ? { EcrMerchantNumber: merchantNumber } : {}),
      ...(takes('CurrencyCode') && (spec.required as readonly string[]).includes('CurrencyCode')
        ? { CurrencyCode: currencyCode }
        : {}),
      ...values,
    });
  };

  const run = async <N extends Lan4GateOperationName>(
    name: N,
    values: Lan4GateRequestValues<N>,
    call: TerminalCallOptions,
  ): Promise<{ readonly response: Lan4GateResponse; readonly slip: readonly string[] }> => {
    const end = await exchange(
      requestOf(name, values),
      quick.has(name) ? timeouts.serviceMs : timeouts.answerMs,
      call,
    );
    const response = responseOf(end, name);
    return { response, slip: end.type === 'answered' ? end.slip : [] };
  };

  const refusal = (response: Lan4GateResponse, name: string): ElcertError => {
    const status = lan4GateStatuses[response.status];
    const { ResponseCode, ResponseText } = response.fields;
    return lan4GateError({
      code: 'REFUSED',
      message: `${name}: ${status?.name ?? `status ${response.status}`}${ResponseCode === undefined ? '' : `, code ${ResponseCode}`}`,
      userMessage: ResponseText ?? status?.ru ?? `Терминал отказал, статус ${response.status}`,
      outcome: 'refused',
      details: {
        status: response.status,
        ...(ResponseCode === undefined ? {} : { responseCode: ResponseCode }),
      },
    });
  };

  // ── the last operation ─────────────────────────────────────────────────────────────────────────────────────────

  /** What 804 says; `undefined` when the terminal has no last operation. */
  const askLast = async (call: TerminalCallOptions): Promise<LastOperationFacts | undefined> => {
    const { response } = await run('GetLastOperation', {}, call);
    if (response.status === 8) return undefined;
    if (response.status !== lan4GateSuccess) throw refusal(response, 'GetLastOperation');
    const fingerprint = lan4GateFingerprint(response);
    if (response.fields.OriginalOperationCode === undefined && fingerprint === undefined) return undefined;
    return { response, fingerprint };
  };

  const lastApproved = ({ fields }: Lan4GateResponse): boolean =>
    fields.OriginalOperationStatus === undefined
      ? fields.ResponseCode === '00'
      : fields.OriginalOperationStatus === lan4GateSuccess;

  const describeLast = (last: LastOperationFacts | undefined): string => {
    if (last === undefined) return 'терминал не помнит ни одной операции';
    const { fields } = last.response;
    const code = fields.OriginalOperationCode;
    const name = code === undefined ? undefined : lan4GateOperationName(code);
    const parts = [
      name === undefined ? `операция ${code ?? '?'}` : lan4GateOperations[name].ru,
      fields.TotalAmount === undefined ? undefined : `${formatRubles(fields.TotalAmount)} руб.`,
      lastApproved(last.response) ? 'одобрена' : 'не одобрена',
      fields.RRN === undefined ? undefined : `RRN ${fields.RRN}`,
      fields.TerminalDateTime ?? fields.TransDateTime,
    ];
    return `последняя операция терминала: ${parts.filter((part) => part !== undefined).join(', ')}`;
  };

  // ── money ──────────────────────────────────────────────────────────────────────────────────────────────────────

  const remember = (operationKey: string, record: KeyRecord) => {
    keys.delete(operationKey);
    keys.set(operationKey, record);
    if (keys.size <= keyLimit) return;
    // What is settled may be forgotten: the caller has its result. What is open may not.
    for (const [key, one] of keys) {
      if (one.state !== 'settled' && one.state !== 'not-sent') continue;
      keys.delete(key);
      break;
    }
  };

  const money = <N extends MoneyOperation>(
    name: N,
    operationKey: string,
    values: Lan4GateRequestValues<N>,
    asked: MoneyAsked,
    call: TerminalCallOptions,
  ): Promise<AuthorizationResult> =>
    alone(async () => {
      if (operationKey.length === 0)
        throw lan4GateError({
          code: 'BAD_FIELD',
          message: 'no operation key',
          path: 'operationKey',
          outcome: 'not-sent',
        });
      const request = requestOf(name, values);
      // The frame is made here once, so that a member out of range is found before anything is asked of the terminal.
      encodeLan4Gate(request);
      const digest = JSON.stringify(request);
      const before = keys.get(operationKey);
      if (before !== undefined) {
        if (before.digest !== digest) {
          throw lan4GateError({
            code: 'OPERATION_KEY_REUSED',
            message: `the key of ${before.name} was given to another ${name}`,
            outcome: 'not-sent',
          });
        }
        if (before.state === 'settled' && before.result !== undefined) return before.result;
        if (before.state === 'unknown') throw before.error;
      }
      const record: KeyRecord = {
        name,
        digest,
        asked,
        state: 'running',
        sentAt: clock.now(),
        sequence: moneySequence,
        baseline: { known: false },
      };
      remember(operationKey, record);
      let sent = false;
      try {
        if (trust === 'sole-till') {
          try {
            record.baseline = { known: true, last: await askLast({ signal: call.signal }) };
          } catch (error) {
            // A terminal that does not answer this will not answer the rest: nothing is asked of it. One that only
            // refuses it can be paid at; its lookups will then be unknown.
            if (!isElcertError(error, 'REFUSED')) {
              throw lan4GateError({
                code: 'NOT_REGISTERED',
                message: 'the terminal did not answer before the operation began',
                userMessage: 'Терминал не отвечает, операция не начата',
                outcome: 'not-sent',
                cause: error,
              });
            }
          }
        }
        const end = await exchange(request, timeouts.answerMs, call, () => {
          sent = true;
          moneySequence += 1;
          record.sequence = moneySequence;
          record.sentAt = clock.now();
        });
        const result = readResult(name, end, asked);
        record.state = 'settled';
        record.result = result;
        return result;
      } catch (thrown) {
        const error = isElcertError(thrown)
          ? thrown
          : sent
            ? lostAnswer('ANSWER_LOST', `${name} failed in an unforeseen way`, { cause: thrown })
            : lan4GateError({
                code: 'NOT_REGISTERED',
                message: 'no connection to the terminal',
                userMessage: 'Нет связи с терминалом, операция не начата',
                outcome: 'not-sent',
                cause: thrown,
              });
        if (!sent || outcomeOf(error) === 'not-sent') record.state = 'not-sent';
        else {
          record.state = 'unknown';
          record.error = error;
        }
        throw error;
      }
    });

  const readResult = (
    name: MoneyOperation,
    end: Exclude<Lan4GateEnd, { type: 'not-sent' }>,
    asked: MoneyAsked,
  ): AuthorizationResult => {
    // A refusal needs no confirmation to be one: nothing moved.
    const refusedUnconfirmed =
      end.type === 'not-confirmed' && lan4GateStatuses[end.response.status]?.money === 'refused';
    const response = refusedUnconfirmed ? end.response : responseOf(end, name);
    const slip = end.type === 'lost' ? [] : end.slip;
    // A void names no sum of its own: what was voided is in the answer.
    const sums =
      name === 'Void' || name === 'VoidLastSale'
        ? { own: response.fields.TotalAmount ?? 1, certificate: 0 }
        : asked;
    const verdict: Lan4GateVerdict = readVerdict(response, sums);
    if (verdict.mismatch !== undefined) {
      throw lostAnswer('ANSWER_MISMATCH', `${name} was done with other sums: ${verdict.mismatch}`, {
        details: { rrn: response.fields.RRN, receiptNumber: response.fields.ReceiptReference },
      });
    }
    const parts = [verdict.own, verdict.certificate];
    if (parts.includes('unknown') && !parts.includes('done') && !parts.includes('refused')) {
      throw lostAnswer(
        'UNCERTAIN',
        `${name}: ${lan4GateStatuses[response.status]?.name ?? `status ${response.status}`}`,
        { details: { status: response.status, responseCode: response.fields.ResponseCode } },
      );
    }
    return authorizationResult(response, verdict, slip);
  };

  const sum = (amount: Kopecks, path: string, least: 0 | 1): Kopecks => {
    if (Number.isSafeInteger(amount) && amount >= least && amount <= lan4GateMaxAmount) return amount;
    throw lan4GateError({
      code: 'BAD_FIELD',
      message: `${path} is a whole number of kopecks, ${least} at least`,
      path,
      outcome: 'not-sent',
    });
  };

  const certificateValues = (payment: CertificatePayment) => {
    const own = sum(payment.ownAmount, 'ownAmount', 0);
    const certificate = sum(payment.certificateAmount, 'certificateAmount', 1);
    return {
      values: {
        Amount: amountMeaning === 'own' ? own : own + certificate,
        ECertAmount: certificate,
        BasketID: payment.basketId,
      },
      asked: { own, certificate, basketId: payment.basketId },
    };
  };

  // ── looking back ───────────────────────────────────────────────────────────────────────────────────────────────

  const unknownAnswer = (reason: string): LookupAnswer<AuthorizationResult> => ({ state: 'unknown', reason });

  const conclude = (
    record: KeyRecord,
    last: LastOperationFacts | undefined,
  ): LookupAnswer<AuthorizationResult> => {
    const seen = describeLast(last);
    const { asked, baseline, name } = record;
    const fields = last?.response.fields;
    const done = (): LookupAnswer<AuthorizationResult> => ({
      state: 'done',
      result: authorizationResult(
        { status: lan4GateSuccess, fields: fields ?? {} },
        {
          own: asked.own > 0 ? 'done' : 'not-attempted',
          certificate: asked.certificate > 0 ? 'done' : 'not-attempted',
        },
        [],
      ),
    });
    const sameCode = fields?.OriginalOperationCode === lan4GateOperations[name].code;
    const fittingSum =
      fields?.TotalAmount === undefined ||
      [asked.own, asked.own + asked.certificate].includes(fields.TotalAmount);
    const approved = last !== undefined && lastApproved(last.response);
    // The public library's answer has no basket; a terminal that sends one all the same settles the matter.
    if (
      asked.basketId !== undefined &&
      fields?.BasketID === asked.basketId &&
      sameCode &&
      approved &&
      fittingSum
    )
      return done();
    if (trust === 'cautious')
      return unknownAnswer(`Ответ терминала потерян; ${seen}, но корзина в ней не названа`);
    if (!baseline.known)
      return unknownAnswer(`Ответ терминала потерян; ${seen}, что было до неё – не известно`);
    if (record.sequence !== moneySequence)
      return unknownAnswer(`Ответ терминала потерян, после этой операции были другие; ${seen}`);
    const unchanged =
      last === undefined
        ? baseline.last === undefined
        : last.fingerprint !== undefined && last.fingerprint === baseline.last?.fingerprint;
    if (unchanged) {
      // The terminal may not have begun yet, or the request may still lie in its service.
      return clock.now() - record.sentAt >= timeouts.answerMs
        ? { state: 'not-done' }
        : unknownAnswer(`Ответ терминала потерян, он может ещё выполнять операцию; ${seen}`);
    }
    // An operation whose own answer has come is not the one whose answer was lost.
    const answered = taken.some(
      (one) =>
        one.fields.OriginalOperationCode === undefined && lan4GateFingerprint(one) === last?.fingerprint,
    );
    if (last?.fingerprint === undefined || answered || !sameCode || !fittingSum)
      return unknownAnswer(`Ответ терминала потерян; ${seen} – не похожа на искомую`);
    if (approved) return done();
    const status = lan4GateStatuses[fields?.OriginalOperationStatus ?? -1]?.money ?? 'unknown';
    // A refused operation of two parts may have done one of them: the answer has no member to tell.
    if (status === 'refused' && (asked.own === 0 || asked.certificate === 0)) return { state: 'not-done' };
    return unknownAnswer(`Ответ терминала потерян; ${seen}, судьба её частей не известна`);
  };

  return {
    capabilities: { certificates: true, par: false, lookupByBasket: false },

    readCard: (call = {}) =>
      alone(async (): Promise<CardReading> => {
        const { response } = await run('ECertGetRequisites', {}, call);
        if (response.status !== lan4GateSuccess) throw refusal(response, 'ECertGetRequisites');
        const hash = response.fields.CardPANHash?.toLowerCase();
        if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) {
          throw lan4GateError({
            code: 'NO_PAN_HASH',
            message: 'no SHA-256 of the card number in the answer',
            userMessage: 'Терминал не передал данные карты для электронного сертификата',
            outcome: 'refused',
          });
        }
        const { maskedPan } = authorizationResult(
          response,
          { own: 'not-attempted', certificate: 'not-attempted' },
          [],
        );
        return { panHash: hash, maskedPan };
      }),

    async payCertificate(payment, call = {}) {
      const { values, asked } = certificateValues(payment);
      return money(
        'ECertPayment',
        payment.operationKey,
        { CardPANHash: payment.panHash, ...values },
        asked,
        call,
      );
    },

    async refundCertificate(payment, call = {}) {
      const { values, asked } = certificateValues(payment);
      return money('ECertRefund', payment.operationKey, values, asked, call);
    },

    async pay(payment: CardPayment, call = {}) {
      const amount = sum(payment.amount, 'amount', 1);
      return money('Sale', payment.operationKey, { Amount: amount }, { own: amount, certificate: 0 }, call);
    },

    async refund(payment: CardRefund, call = {}) {
      const amount = sum(payment.amount, 'amount', 1);
      return money(
        'Refund',
        payment.operationKey,
        { Amount: amount, RRN: payment.rrn },
        { own: amount, certificate: 0 },
        call,
      );
    },

    async voidOperation(payment: CardVoid, call = {}) {
      const asked = { own: 0, certificate: 0 };
      return payment.receiptNumber === undefined
        ? money('VoidLastSale', payment.operationKey, { EcrMerchantNumber: merchantNumber }, asked, call)
        : money(
            'Void',
            payment.operationKey,
            { EcrMerchantNumber: merchantNumber, ReceiptReference: payment.receiptNumber },
            asked,
            call,
          );
    },

    settle: (call = {}) =>
      alone(async (): Promise<SettlementTotals> => {
        const { response, slip } = await run('Settlement', {}, call);
        // 9: the totals differ – an answer too, with totals.
        if (response.status !== lan4GateSuccess && response.status !== 9)
          throw refusal(response, 'Settlement');
        const { fields } = response;
        return {
          agreed: response.status === lan4GateSuccess,
          sales: { count: fields.SalesCount ?? 0, amount: fields.SalesAmount ?? 0 },
          refunds: { count: fields.RefundCount ?? 0, amount: fields.RefundAmount ?? 0 },
          voids: { count: fields.VoidCount ?? 0, amount: fields.VoidAmount ?? 0 },
          responseCode: fields.ResponseCode,
          slip: slipOf(response, slip),
        };
      }),

    test: (call = {}) =>
      alone(async () => {
        const { response } = await run('TestCommunication', {}, call);
        if (response.status !== lan4GateSuccess) throw refusal(response, 'TestCommunication');
      }),

    request: (name, values, call = {}) =>
      alone(async () => {
        const { effect } = lan4GateOperations[name];
        if (effect === 'money') {
          throw lan4GateError({
            code: 'BAD_FIELD',
            message: `${name} may move money: use the named call`,
            path: 'name',
            outcome: 'not-sent',
          });
        }
        const { response, slip } = await run(name, values, call);
        return { ...response, slip };
      }),

    lastOperation: (call = {}) =>
      alone(async (): Promise<LastOperation | undefined> => {
        const last = await askLast(call);
        if (last === undefined) return undefined;
        const { fields } = last.response;
        return {
          operationCode: fields.OriginalOperationCode,
          approved: lastApproved(last.response),
          totalAmount: fields.TotalAmount,
          responseCode: fields.ResponseCode,
          rrn: fields.RRN,
          receiptNumber: fields.ReceiptReference,
          transactionId: fields.TransactionID,
          dateTime: fields.TransDateTime ?? fields.TerminalDateTime,
        };
      }),

    async lookup(operationKey, call = {}) {
      const record = keys.get(operationKey);
      if (record === undefined)
        return unknownAnswer(
          'Эта операция не начиналась в этом сеансе кассы, а терминал не называет корзину',
        );
      switch (record.state) {
        case 'running':
          return unknownAnswer('Операция ещё выполняется');
        case 'not-sent':
          return { state: 'not-done' };
        case 'settled': {
          const { result } = record;
          if (result === undefined) return unknownAnswer(unknownMoney);
          const parts = [result.own, result.certificate];
          if (parts.includes('done')) return { state: 'done', result };
          return parts.includes('unknown') ? unknownAnswer(unknownMoney) : { state: 'not-done' };
        }
        case 'unknown':
          return alone(async () => {
            try {
              return conclude(record, await askLast(call));
            } catch (error) {
              if (!isElcertError(error)) throw error;
              return unknownAnswer(
                `Ответ терминала потерян, и спросить его не удалось: ${error.userMessage ?? error.message}`,
              );
            }
          });
      }
    },

    async close() {
      closed = true;
      const one = connection;
      connection = undefined;
      if (one === undefined) return;
      one.receive?.({ type: 'disconnected' });
      one.alive = false;
      traced({ direction: 'out', kind: 'closed' });
      await one.channel.close();
    },
  };
}
