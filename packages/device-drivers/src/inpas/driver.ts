import {
  type AuthorizationResult,
  type ByteChannel,
  type CertificatePayment,
  type Clock,
  isElcertError,
  type Kopecks,
  type Logger,
  localDateTime,
  outcomeOf,
} from '@elcert/core';
import { quietLogger } from '../quiet-logger.js';
import type {
  CardReading,
  CardRefundTerminal,
  CardVoidTerminal,
  ReversalTerminal,
  SettlementTerminal,
  SettlementTotals,
  TerminalCallOptions,
} from '../terminal.js';
import type { TerminalRelayOptions } from '../terminal-relay.js';
import type { WireTrace } from '../wire-trace.js';
import { assumedInpasCertificates, type InpasCertificates } from './certificates.js';
import {
  encodeInpasTlv,
  type InpasFields,
  inpasField,
  inpasMessage,
  inpasNumber,
  maskedPan,
} from './codec.js';
import { inpasError, lostAnswer, noAnswer, notBegun, sentence } from './errors.js';
import { type KeyRecord, operationKeys } from './operation-keys.js';
import { defaultInpasTimeouts, type InpasTimeouts, inpasSa } from './sa.js';
import { inpasMaxAmount, inpasOperations, inpasStatuses } from './table.js';
import type { InpasRunOptions, InpasSentEnd, InpasTransport } from './transport.js';
import {
  type InpasAsked,
  type InpasCircumstances,
  type InpasVerdict,
  type InpasVerdictReader,
  inpasMoney,
  inpasResult,
  readInpasVerdict,
} from './verdict.js';

/** Settings that SA and DualConnector share. */
export interface InpasTerminalOptions {
  readonly clock: Clock;
  /** Number of the terminal, 8 digits; learnt from its first answer unless told, and left out until then. */
  readonly terminalId?: string;
  /** ISO 4217 number; `643` unless told. */
  readonly currencyCode?: string;
  /** How certificates travel; {@link assumedInpasCertificates} unless given, which no real terminal understands. */
  readonly certificates?: InpasCertificates;
  /** Operation of a refund: 29 (the vendor's own list, the default) or 3 (one public client, unverified by its authors). */
  readonly refundOperation?: 29 | 3;
  /** Reads what became of an operation of the card's own money; ours unless replaced. */
  readonly readVerdict?: InpasVerdictReader;
  readonly timeouts?: Partial<InpasTimeouts>;
  readonly logger?: Logger;
}

/** Settings of a terminal with SA over a byte channel. */
export interface InpasOptions extends InpasTerminalOptions {
  /** `() => openSerial({ path, baudRate: 115200 })`, `() => openTcp({ host, port })`. Called again after the connection was lost. */
  readonly connect: (options: { readonly signal?: AbortSignal | undefined }) => Promise<ByteChannel>;
  /**
   * For terminals that have no way to their bank but through this host: giving it says so, and then "no link" (34) with no
   * connection made is a refusal. Without it such a wish of the terminal is refused.
   */
  readonly relay?: TerminalRelayOptions;
  /** Receives what goes over the wire, masked. */
  readonly trace?: WireTrace;
}

/** A terminal with INPAS SmartSale. */
export interface InpasTerminal
  extends CardRefundTerminal,
    CardVoidTerminal,
    SettlementTerminal,
    ReversalTerminal {
  /**
   * Whether the terminal answers and reaches its bank (operation 26).
   *
   * @throws ElcertError `REFUSED` (`refused`), `NOT_TAKEN` (`not-sent`), `ANSWER_LOST` (`unknown`; nothing moved all the same)
   */
  test(options?: TerminalCallOptions): Promise<{ readonly terminalId: string | undefined }>;
}

/**
 * A driver of INPAS terminals over SA (serial line or TCP). Connects with the first call, and again with the next call after
 * the connection was lost.
 *
 * A request that may move money is written again only after a NAK. Its errors:
 * - `not-sent`: `BAD_FIELD`, `BUSY`, `CLOSED`, `ABORTED`, `NOT_TAKEN`, `OPERATION_KEY_REUSED`, `REVERSAL_UNSAFE`, and those of
 *   `connect`: the terminal has no request;
 * - `unknown`: `ANSWER_LOST`, `ANSWER_UNREADABLE`, `ANSWER_MISMATCH`, `UNCERTAIN`: `lookup`, look at the terminal, ask FES.
 *
 * A refusal is a result, not an error. The same key again gives the first result or error and sends nothing, unless nothing
 * was sent before. SA has no question about the last operation: a lookup knows what was answered to this process, and the
 * answer that came too late, as long as nothing else was asked in between.
 *
 * @example
 * ```ts
 * const terminal = openInpas({ connect: () => openSerial({ path: '/dev/ttyACM0', baudRate: 115200 }), clock: systemClock() });
 * const paid = await terminal.pay({ operationKey, amount: 15000 });
 * ```
 */
export function openInpas(options: InpasOptions): InpasTerminal {
  const timeouts = { ...defaultInpasTimeouts, ...options.timeouts };
  const { connect, clock, relay, logger, trace } = options;
  const transport = inpasSa({ connect, clock, timeouts, relay, logger, trace });
  return inpasTerminal(transport, options, {
    timeouts,
    hostRelay: relay !== undefined,
    amount: (value) => String(value).padStart(8, '0'),
    extra: () => ({}),
  });
}

/** What differs between SA and DualConnector above the transport. */
export interface InpasDialect {
  readonly timeouts: InpasTimeouts;
  readonly hostRelay: boolean;
  readonly amount: (value: Kopecks) => string;
  /** Fields of every request to the bank. */
  readonly extra: () => { readonly terminalDateTime?: string };
}

/** `yyyyMMddHHmmss` in a zone. */
export function inpasDateTime(clock: Clock, timeZone: string): string {
  return localDateTime(clock.now(), timeZone).replace(/[^\d]/g, '').padEnd(14, '0').slice(0, 14);
}

interface MoneyRequest {
  readonly name: string;
  readonly operationKey: string;
  readonly request: InpasFields;
  readonly asked: InpasAsked;
  readonly verdict: InpasVerdictReader;
  /** An operation of its own at the bank, whose number nobody has seen before. */
  readonly newNumber: boolean;
  readonly call: TerminalCallOptions;
  /** What must hold before anything is sent; throws `not-sent`. */
  readonly check?: () => void;
}

/** The terminal over a transport. */
export function inpasTerminal(
  transport: InpasTransport,
  options: InpasTerminalOptions,
  dialect: InpasDialect,
): InpasTerminal {
  const logger = quietLogger(options.logger);
  const { timeouts } = dialect;
  const currencyCode = options.currencyCode ?? '643';
  const certificates = options.certificates ?? assumedInpasCertificates;
  const readVerdict = options.readVerdict ?? readInpasVerdict;
  let terminalId = options.terminalId;
  let busy = false;
  let closed = false;
  const keys = operationKeys();
  // Numbers of the bank that were seen: a payment that answers with one of them is the answer to another payment.
  const seen = new Set<string>();

  /** One call at a time: the terminal has one reader and one buyer. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw inpasError({ code: 'CLOSED', message: 'the terminal is closed', outcome: 'not-sent' });
    if (busy) {
      throw inpasError({
        code: 'BUSY',
        message: 'another operation is running',
        userMessage: 'Терминал занят другой операцией.',
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

  /** Completes a request: terminal, currency, time. A mapping may have said otherwise. */
  const complete = (fields: InpasFields): InpasFields => {
    const money = inpasField(fields, 'amount') !== undefined;
    const own = inpasMessage({ terminalId, ...(money ? { currencyCode } : {}), ...dialect.extra() });
    return new Map([...own, ...fields].sort(([a], [b]) => a - b));
  };

  const learn = (answer: InpasFields) => {
    const told = inpasField(answer, 'terminalId')?.trim();
    if (terminalId === undefined && told !== undefined && /^[0-9A-Za-z]{1,16}$/.test(told)) terminalId = told;
  };

  /** The fields of an answer, or the error of a lost one. */
  const answerOf = ({ end }: InpasSentEnd, name: string, isMoney: boolean): InpasFields => {
    const shown = isMoney ? {} : { userMessage: noAnswer };
    switch (end.type) {
      case 'answered':
        learn(end.fields);
        return end.fields;
      case 'service-error':
        throw lostAnswer('UNCERTAIN', `${name}: DualConnector error ${end.code} ${end.text}`, {
          ...shown,
          details: { code: end.code, text: end.text },
        });
      case 'lost':
        throw lostAnswer(
          end.reason === 'garbage' ? 'ANSWER_UNREADABLE' : 'ANSWER_LOST',
          `no answer to ${name}: ${end.reason}${end.taken ? '' : ', not confirmed'}${end.aborted ? ', after an abort' : ''}`,
          { ...shown, details: { reason: end.reason, taken: end.taken, aborted: end.aborted } },
        );
    }
  };

  const service = async (
    name: string,
    request: InpasFields,
    call: TerminalCallOptions,
    answerMs: number,
    repeatable: boolean,
  ): Promise<InpasFields> =>
    answerOf(await transport.run(complete(request), { answerMs, repeatable, call }), name, false);

  const refusal = (answer: InpasFields, name: string) => {
    const { responseCode, responseText } = inpasResult(answer, {
      own: 'refused',
      certificate: 'not-attempted',
    });
    const status = inpasNumber(answer, 'status') ?? 0;
    return inpasError({
      code: 'REFUSED',
      message: `${name}: status ${status}${responseCode === undefined ? '' : `, code ${responseCode}`}`,
      userMessage: sentence(responseText ?? inpasStatuses[status]?.ru ?? 'Терминал отказал'),
      outcome: 'refused',
      details: { status, ...(responseCode === undefined ? {} : { responseCode }) },
    });
  };

  // ── money ──────────────────────────────────────────────────────────────────────────────────────────────────────

  const numberOf = (answer: InpasFields): string | undefined => {
    const rrn = inpasField(answer, 'referenceNumber')?.trim();
    // A terminal in demo mode numbers everything with zeros.
    return rrn === undefined || /^0*$/.test(rrn) ? undefined : rrn;
  };

  /** @throws ElcertError `unknown` */
  const settle = (
    { name, asked, verdict, newNumber }: MoneyRequest,
    answer: InpasFields,
    circumstances: InpasCircumstances,
  ): AuthorizationResult => {
    const rrn = numberOf(answer);
    const details = { rrn, status: inpasNumber(answer, 'status') };
    const read: InpasVerdict = verdict(answer, asked, circumstances);
    if (read.mismatch !== undefined)
      throw lostAnswer('ANSWER_MISMATCH', `${name} was done with other sums: ${read.mismatch}`, { details });
    const parts = [read.own, read.certificate];
    if (newNumber && rrn !== undefined && parts.includes('done')) {
      if (seen.has(rrn))
        throw lostAnswer('ANSWER_MISMATCH', `${name}: the number of another operation`, { details });
      seen.add(rrn);
      if (seen.size > 1000) seen.delete(seen.values().next().value as string);
    }
    if (parts.includes('unknown') && !parts.includes('done') && !parts.includes('refused'))
      throw lostAnswer('UNCERTAIN', `${name}: status ${details.status ?? 'absent'}`, { details });
    return inpasResult(answer, { own: read.own, certificate: read.certificate });
  };

  const money = (one: MoneyRequest): Promise<AuthorizationResult> =>
    alone(async () => {
      const { name, operationKey, call } = one;
      // Found before anything is asked of the terminal: a value that the wire cannot carry.
      try {
        encodeInpasTlv(one.request);
      } catch (cause) {
        throw inpasError({
          code: 'BAD_FIELD',
          message: `${name}: a value that the wire cannot carry`,
          path: isElcertError(cause) ? cause.path : undefined,
          outcome: 'not-sent',
          cause,
        });
      }
      const digest = JSON.stringify([...one.request]);
      const begun = keys.begin(operationKey, name, digest);
      if (begun.result !== undefined) return begun.result;
      const { record } = begun;
      let sent = false;
      try {
        one.check?.();
        const run: InpasRunOptions = {
          answerMs: timeouts.answerMs,
          repeatable: false,
          call,
          onSent: () => {
            sent = true;
            record.sequence = keys.next();
          },
          onLate: (answer) => late(one, record, answer),
        };
        const ended = await transport.run(complete(one.request), run);
        const answer = answerOf(ended, name, true);
        record.result = settle(one, answer, ended.circumstances);
        record.state = 'settled';
        return record.result;
      } catch (thrown) {
        const error = isElcertError(thrown)
          ? thrown
          : sent
            ? lostAnswer('ANSWER_LOST', `${name} failed in an unforeseen way`, { cause: thrown })
            : inpasError({
                code: 'NOT_TAKEN',
                message: 'no connection to the terminal',
                userMessage: notBegun,
                outcome: 'not-sent',
                cause: thrown,
              });
        // What the terminal did not take (NAK) counts as not sent, although bytes went out.
        if (!sent || outcomeOf(error) === 'not-sent') record.state = 'not-sent';
        else {
          record.state = 'unknown';
          record.error = error;
        }
        throw error;
      }
    });

  /** The answer came after its call had given up, and nothing else was asked in between. */
  const late = (one: MoneyRequest, record: KeyRecord, answer: InpasFields) => {
    if (record.state !== 'unknown' || record.sequence !== keys.last) return;
    try {
      record.result = settle(one, answer, { relay: 'own' });
      record.state = 'settled';
      logger.info({ operation: one.name }, 'an answer came late');
    } catch (error) {
      logger.warn(
        { error: isElcertError(error) ? error.message : 'unknown' },
        'a late answer settles nothing',
      );
    }
  };

  const bad = (path: string, message: string) =>
    inpasError({ code: 'BAD_FIELD', message: `${path}: ${message}`, path, outcome: 'not-sent' });

  const sum = (amount: Kopecks, path: string, least: 0 | 1): Kopecks => {
    if (Number.isSafeInteger(amount) && amount >= least && amount <= inpasMaxAmount) return amount;
    throw bad(path, `a whole number of kopecks, ${least} at least`);
  };

  const numbered = (rrn: string | undefined, path: string): string => {
    if (rrn !== undefined && /^[0-9A-Za-z]{1,12}$/.test(rrn)) return rrn;
    throw bad(path, 'an RRN is up to 12 characters');
  };

  const certificateMoney = (
    name: string,
    payment: CertificatePayment,
    request: (payment: CertificatePayment) => InpasFields,
    newNumber: boolean,
    call: TerminalCallOptions,
  ): Promise<AuthorizationResult> => {
    const asked = {
      own: sum(payment.ownAmount, 'ownAmount', 0),
      certificate: sum(payment.certificateAmount, 'certificateAmount', 1),
    };
    return money({
      name,
      operationKey: payment.operationKey,
      request: request(payment),
      asked,
      verdict: (answer, sums, circumstances) => certificates.verdict(answer, sums, circumstances),
      newNumber,
      call,
    });
  };

  const cardMoney = (
    spec: { readonly code: number; readonly en: string },
    operationKey: string,
    fields: { readonly amount?: Kopecks | undefined; readonly rrn?: string | undefined },
    call: TerminalCallOptions,
    check?: () => void,
  ): Promise<AuthorizationResult> => {
    const { amount, rrn } = fields;
    const own = amount ?? 0;
    return money({
      name: spec.en,
      operationKey,
      request: inpasMessage({
        amount: amount === undefined ? undefined : dialect.amount(amount),
        operationCode: String(spec.code),
        referenceNumber: rrn,
      }),
      asked: { own, certificate: 0 },
      verdict: readVerdict,
      newNumber: spec.code === inpasOperations.sale.code,
      call,
      ...(check === undefined ? {} : { check }),
    });
  };

  const refundCode = options.refundOperation ?? inpasOperations.refund.code;

  return {
    capabilities: {
      certificates: true,
      panHash: true,
      maskedPan: true,
      par: true,
      lastOperation: false,
      lookupByBasket: false,
      refund: true,
      void: true,
      settlement: true,
      operations: false,
      emergencyReversal: true,
      threePhase: false,
      hostRelay: dialect.hostRelay,
    },

    readCard: (call = {}) =>
      alone(async (): Promise<CardReading> => {
        const answer = await service(
          'reading a card',
          certificates.readCard(),
          call,
          timeouts.answerMs,
          false,
        );
        if (inpasMoney(answer, { relay: 'own' }) !== 'done') throw refusal(answer, 'reading a card');
        const { panHash, par } = certificates.readCardAnswer(answer);
        const hash = panHash?.toLowerCase();
        if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) {
          throw inpasError({
            code: 'NO_PAN_HASH',
            message: 'no SHA-256 of the card number in the answer',
            userMessage: 'Терминал не передал данные карты для электронного сертификата.',
            outcome: 'refused',
          });
        }
        const pan = inpasField(answer, 'pan');
        return {
          panHash: hash,
          maskedPan: pan === undefined || pan === '' ? undefined : maskedPan(pan),
          ...(par === undefined || par === '' ? {} : { par }),
        };
      }),

    // Async, so that a value out of range is a rejection like every other.
    payCertificate: async (payment, call = {}) =>
      certificateMoney('certificate payment', payment, (one) => certificates.pay(one), true, call),

    refundCertificate: async (payment, call = {}) =>
      certificateMoney('certificate refund', payment, (one) => certificates.refund(one), false, call),

    pay: async ({ operationKey, amount }, call = {}) =>
      cardMoney(inpasOperations.sale, operationKey, { amount: sum(amount, 'amount', 1) }, call),

    refund: async ({ operationKey, amount, rrn }, call = {}) =>
      cardMoney(
        { code: refundCode, en: inpasOperations.refund.en },
        operationKey,
        { amount: sum(amount, 'amount', 1), rrn: numbered(rrn, 'rrn') },
        call,
      ),

    voidOperation: async ({ operationKey, rrn, amount }, call = {}) =>
      cardMoney(
        inpasOperations.void,
        operationKey,
        { amount: amount === undefined ? undefined : sum(amount, 'amount', 1), rrn: numbered(rrn, 'rrn') },
        call,
      ),

    async reverseLast({ operationKey, originalKey, original }, call = {}) {
      const record = keys.get(originalKey);
      const rrn = record?.result?.rrn ?? original?.rrn;
      const unsafe = (why: string) =>
        inpasError({
          code: 'REVERSAL_UNSAFE',
          message: `not reversed: ${why}`,
          userMessage: 'Отменить операцию автоматически нельзя. Проверьте последнюю операцию на терминале.',
          outcome: 'not-sent',
        });
      const named = rrn !== undefined && /^(?!0*$)[0-9A-Za-z]{1,12}$/.test(rrn);
      // With its number at the bank it is voided by that: it can be nothing else. Operation 56 undoes whatever was last.
      if (named) return cardMoney(inpasOperations.void, operationKey, { rrn }, call);
      return cardMoney(inpasOperations.emergencyCancel, operationKey, {}, call, () => {
        if (record?.result === undefined) throw unsafe('the terminal did not answer to it');
        if (![record.result.own, record.result.certificate].includes('done'))
          throw unsafe('nothing was done');
        if (record.sequence !== keys.last) throw unsafe('it is not the last one');
      });
    },

    settle: (call = {}) =>
      alone(async (): Promise<SettlementTotals> => {
        const request = inpasMessage({ operationCode: String(inpasOperations.reconciliation.code) });
        const answer = await service('settlement', request, call, timeouts.settlementMs, false);
        const status = inpasNumber(answer, 'status');
        if (status === 34 || status === 53) throw refusal(answer, 'settlement');
        const of = (name: 'debitAmount' | 'creditAmount' | 'voidDebitAmount' | 'voidCreditAmount') =>
          inpasNumber(answer, name) ?? 0;
        const count = (name: 'debitCount' | 'creditCount' | 'voidDebitCount' | 'voidCreditCount') =>
          inpasNumber(answer, name) ?? 0;
        const { responseCode, slip } = inpasResult(answer, {
          own: 'not-attempted',
          certificate: 'not-attempted',
        });
        return {
          agreed: inpasMoney(answer, { relay: 'own' }) === 'done',
          sales: { count: count('debitCount'), amount: of('debitAmount') },
          refunds: { count: count('creditCount'), amount: of('creditAmount') },
          voids: {
            count: count('voidDebitCount') + count('voidCreditCount'),
            amount: of('voidDebitAmount') + of('voidCreditAmount'),
          },
          responseCode,
          slip,
        };
      }),

    test: (call = {}) =>
      alone(async () => {
        // Field 27 is there, empty, as long as it is not known: the answer tells it.
        const request = inpasMessage({
          operationCode: String(inpasOperations.linkTest.code),
          terminalId: terminalId ?? '',
        });
        const answer = await service('link test', request, call, timeouts.serviceMs, true);
        if (inpasMoney(answer, { relay: 'own' }) !== 'done') throw refusal(answer, 'link test');
        return { terminalId };
      }),

    lastOperation: async () => undefined,

    lookup: async (operationKey) => keys.lookup(operationKey),

    async close() {
      closed = true;
      await transport.close();
    },
  };
}
