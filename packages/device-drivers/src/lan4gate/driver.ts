import {
  type AuthorizationResult,
  type CertificatePayment,
  type ElcertError,
  isElcertError,
  type Kopecks,
  type LookupAnswer,
  outcomeOf,
} from '@elcert/core';
import type {
  CardPayment,
  CardReading,
  CardRefund,
  CardVoid,
  EmergencyReversal,
  LastOperation,
  SettlementTotals,
  TerminalCallOptions,
  TerminalOperationRow,
} from '../terminal.js';
import { lan4GateRefusal, responseOf } from './answer.js';
import { encodeLan4Gate, type Lan4GateRequest, type Lan4GateResponse, lan4GateRequest } from './codec.js';
import { lan4GateError, lostAnswer, unknownMoney, unsafeReversal } from './errors.js';
import {
  defaultTimeouts,
  type Lan4GateTimeouts,
  lan4GateExchanges,
  type SentEnd,
} from './exchange-driver.js';
import {
  type Baseline,
  concludeLost,
  type LastOperationFacts,
  type MoneyAsked,
  readLastOperation,
  unknownAnswer,
} from './last-operation.js';
import { lan4GateFingerprint } from './machine.js';
import { lan4GateMask } from './masking.js';
import type { Lan4GateAnswer, Lan4GateMoneyOperation, Lan4GateOptions, Lan4GateTerminal } from './options.js';
import { readOperationRows, readTotals } from './report.js';
import {
  type Lan4GateOperationName,
  type Lan4GateRequestValues,
  lan4GateMaxAmount,
  lan4GateOperations,
  lan4GateStatuses,
  lan4GateSuccess,
} from './table.js';
import { authorizationResult, type Lan4GateVerdict, readLan4GateVerdict } from './verdict.js';

// Operations that need neither a card nor the bank.
const quick = new Set<Lan4GateOperationName>([
  'TestCommunication',
  'GetLastOperation',
  'GetOperationCopy',
  'GetCurrentPrinter',
  'GetMerchantList',
  'CheckDeviceStatus',
]);

const nothing: MoneyAsked = { own: 0, certificate: 0 };

// For callers without types: these have calls of their own, or are the driver's business.
const mayBePassedOn = (name: Lan4GateOperationName): boolean =>
  name !== 'ECertPayment' && name !== 'ECertRefund' && name !== 'FinalizeTransaction';

// No card is tapped and no bank asked in less, without a word of the terminal.
const noTapMs = 1000;

// Settled operations that a lookup can still tell about.
const keyLimit = 1000;

interface Settled {
  readonly result: AuthorizationResult;
  readonly answer: Lan4GateAnswer;
}

interface KeyRecord {
  readonly name: Lan4GateMoneyOperation;
  readonly digest: string;
  readonly asked: MoneyAsked;
  state: 'running' | 'not-sent' | 'settled' | 'unknown';
  settled?: Settled;
  error?: ElcertError;
  /** What a lookup was certain of: it stays so, whatever the terminal does next. */
  found?: LookupAnswer<AuthorizationResult>;
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
 * nothing was sent before. A key whose answer was lost stays closed: when a lookup finds `not-done`, pay under a new one.
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
  const { link, ecrNumber, merchantNumber, clock } = options;
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

  let busy = false;
  let closed = false;
  let moneySequence = 0;
  const keys = new Map<string, KeyRecord>();
  const exchanges = lan4GateExchanges({
    link,
    ecrNumber,
    clock,
    timeouts,
    logger: options.logger,
    trace: options.trace,
    framing: options.framing,
  });

  /** One call at a time: the terminal has one reader and one buyer. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed)
      throw lan4GateError({ code: 'CLOSED', message: 'the terminal is closed', outcome: 'not-sent' });
    if (busy) {
      throw lan4GateError({
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
    const end = await exchanges.run(
      requestOf(name, values),
      quick.has(name) ? timeouts.serviceMs : timeouts.answerMs,
      call,
    );
    const response = responseOf(end, name);
    return { response, slip: end.type === 'answered' ? end.slip : [] };
  };

  // ── the last operation ─────────────────────────────────────────────────────────────────────────────────────────

  /** What 804 says; `undefined` when the terminal has no last operation. */
  const askLast = async (call: TerminalCallOptions): Promise<LastOperationFacts | undefined> => {
    const { response } = await run('GetLastOperation', {}, call);
    if (response.status === 8) return undefined;
    if (response.status !== lan4GateSuccess) throw lan4GateRefusal(response, 'GetLastOperation');
    const fingerprint = lan4GateFingerprint(response);
    if (response.fields.OriginalOperationCode === undefined && fingerprint === undefined) return undefined;
    return { response, fingerprint };
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

  const money = <N extends Lan4GateMoneyOperation>(
    name: N,
    operationKey: string,
    values: Lan4GateRequestValues<N>,
    asked: MoneyAsked,
    call: TerminalCallOptions,
    /** What must hold before anything is sent; throws `not-sent`. */
    check: () => Promise<void> = async () => {},
  ): Promise<Settled> =>
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
        if (before.settled !== undefined) return before.settled;
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
        await check();
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
                userMessage: 'Терминал не отвечает, операция не начата.',
                outcome: 'not-sent',
                cause: error,
              });
            }
          }
        }
        const end = await exchanges.run(request, timeouts.answerMs, call, () => {
          sent = true;
          moneySequence += 1;
          record.sequence = moneySequence;
          record.sentAt = clock.now();
        });
        const settled = readResult(name, end, asked, request);
        if (end.type === 'answered' && !end.lively && clock.now() - record.sentAt < noTapMs)
          notOfAnother(name, record, settled);
        record.state = 'settled';
        record.settled = settled;
        return settled;
      } catch (thrown) {
        const error = isElcertError(thrown)
          ? thrown
          : sent
            ? lostAnswer('ANSWER_LOST', `${name} failed in an unforeseen way`, { cause: thrown })
            : lan4GateError({
                code: 'NOT_REGISTERED',
                message: 'no connection to the terminal',
                userMessage: 'Нет связи с терминалом, операция не начата.',
                outcome: 'not-sent',
                cause: thrown,
              });
        if (!sent || outcomeOf(error) === 'not-sent') record.state = 'not-sent';
        else {
          record.state = 'unknown';
          record.error = error;
          exchanges.leave();
        }
        throw error;
      }
    });

  /** An answer carries no number of its request: while an equal operation is open it may be that one's, come late. */
  const notOfAnother = (name: Lan4GateMoneyOperation, record: KeyRecord, { result, answer }: Settled) => {
    const open = [...keys.values()].some(
      (one) => one !== record && one.name === name && one.state === 'unknown' && one.found === undefined,
    );
    if (!open || ![result.own, result.certificate].includes('done')) return;
    throw lostAnswer('ANSWER_MISMATCH', `${name}: the answer may be that of an earlier one, which is open`, {
      details: { rrn: answer.fields.RRN, receiptNumber: answer.fields.ReceiptReference },
    });
  };

  const readResult = (
    name: Lan4GateMoneyOperation,
    end: SentEnd,
    asked: MoneyAsked,
    request: Lan4GateRequest,
  ): Settled => {
    // A refusal needs no confirmation to be one: nothing moved.
    const refusedUnconfirmed =
      end.type === 'not-confirmed' && lan4GateStatuses[end.response.status]?.money === 'refused';
    const response = refusedUnconfirmed ? end.response : responseOf(end, name);
    const slip = end.type === 'lost' ? [] : end.slip;
    // Without a sum of its own (a void, an operation passed on as it is) the answer's sum is the one.
    const sums =
      asked.own + asked.certificate > 0 ? asked : { own: response.fields.TotalAmount || 1, certificate: 0 };
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
    const mask = lan4GateMask(request.fields, response.fields);
    return { result: authorizationResult(response, verdict, slip, mask), answer: { ...response, slip } };
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

  return {
    capabilities: {
      certificates: true,
      panHash: true,
      maskedPan: true,
      par: false,
      lastOperation: true,
      lookupByBasket: false,
      refund: true,
      void: true,
      settlement: true,
      operations: true,
      emergencyReversal: true,
      threePhase: false,
      hostRelay: false,
    },

    readCard: (call = {}) =>
      alone(async (): Promise<CardReading> => {
        const { response } = await run('ECertGetRequisites', {}, call);
        if (response.status !== lan4GateSuccess) throw lan4GateRefusal(response, 'ECertGetRequisites');
        const hash = response.fields.CardPANHash?.toLowerCase();
        if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) {
          throw lan4GateError({
            code: 'NO_PAN_HASH',
            message: 'no SHA-256 of the card number in the answer',
            userMessage: 'Терминал не передал данные карты для электронного сертификата.',
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
      const { result } = await money(
        'ECertPayment',
        payment.operationKey,
        { CardPANHash: payment.panHash, ...values },
        asked,
        call,
      );
      return result;
    },

    async refundCertificate(payment, call = {}) {
      const { values, asked } = certificateValues(payment);
      const { result } = await money('ECertRefund', payment.operationKey, values, asked, call);
      return result;
    },

    async pay(payment: CardPayment, call = {}) {
      const amount = sum(payment.amount, 'amount', 1);
      const { result } = await money(
        'Sale',
        payment.operationKey,
        { Amount: amount },
        { own: amount, certificate: 0 },
        call,
      );
      return result;
    },

    async refund(payment: CardRefund, call = {}) {
      const amount = sum(payment.amount, 'amount', 1);
      const { result } = await money(
        'Refund',
        payment.operationKey,
        { Amount: amount, RRN: payment.rrn },
        { own: amount, certificate: 0 },
        call,
      );
      return result;
    },

    async voidOperation(payment: CardVoid, call = {}) {
      const { operationKey, receiptNumber, rrn } = payment;
      const EcrMerchantNumber = merchantNumber;
      if (receiptNumber === undefined && rrn === undefined)
        return (await money('VoidLastSale', operationKey, { EcrMerchantNumber }, nothing, call)).result;
      const which = receiptNumber === undefined ? { RRN: rrn } : { ReceiptReference: receiptNumber };
      return (await money('Void', operationKey, { EcrMerchantNumber, ...which }, nothing, call)).result;
    },

    async reverseLast({ operationKey, originalKey, original }: EmergencyReversal, call = {}) {
      const record = keys.get(originalKey);
      const found = record?.found?.state === 'done' ? record.found.result : undefined;
      const { rrn, receiptNumber } = record?.settled?.result ?? found ?? original ?? {};
      // 403 undoes the last *sale*, which need not be the last operation: the original is undone by its own number.
      const which = receiptNumber === undefined ? { RRN: rrn } : { ReceiptReference: receiptNumber };
      const { result } = await money(
        'Void',
        operationKey,
        { EcrMerchantNumber: merchantNumber, ...which },
        nothing,
        call,
        async () => {
          const settled = record?.settled?.result;
          if (settled !== undefined && ![settled.own, settled.certificate].includes('done'))
            throw unsafeReversal('nothing was done');
          if (!rrn && !receiptNumber)
            throw unsafeReversal('it is not known what the terminal answered to it');
          let last: LastOperationFacts | undefined;
          try {
            last = await askLast(call);
          } catch (cause) {
            throw unsafeReversal('the terminal does not tell its last operation', cause);
          }
          const fields = last?.response.fields ?? {};
          const same =
            (rrn === undefined || fields.RRN === rrn) &&
            (receiptNumber === undefined || fields.ReceiptReference === receiptNumber);
          if (last === undefined || !same) throw unsafeReversal('the terminal has another last operation');
        },
      );
      return result;
    },

    operations: (call = {}) =>
      alone(async (): Promise<readonly TerminalOperationRow[]> => {
        const { response } = await run('PrintDetailReport', {}, call);
        if (response.status !== lan4GateSuccess) throw lan4GateRefusal(response, 'PrintDetailReport');
        return readOperationRows(response.fields);
      }),

    async transact(name, operationKey, values, call = {}) {
      if (lan4GateOperations[name].effect !== 'money' || !mayBePassedOn(name)) {
        throw lan4GateError({
          code: 'BAD_FIELD',
          message: `${name} is not passed on as it is`,
          path: 'name',
          outcome: 'not-sent',
        });
      }
      const { answer } = await money(name, operationKey, values, nothing, call);
      return answer;
    },

    settle: (call = {}) =>
      alone(async (): Promise<SettlementTotals> => {
        const { response, slip } = await run('Settlement', {}, call);
        // 9: the totals differ – an answer too, with totals.
        if (response.status !== lan4GateSuccess && response.status !== 9)
          throw lan4GateRefusal(response, 'Settlement');
        return readTotals(response, slip);
      }),

    test: (call = {}) =>
      alone(async () => {
        const { response } = await run('TestCommunication', {}, call);
        if (response.status !== lan4GateSuccess) throw lan4GateRefusal(response, 'TestCommunication');
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
        return last === undefined ? undefined : readLastOperation(last.response);
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
          const result = record.settled?.result;
          if (result === undefined) return unknownAnswer(unknownMoney);
          const parts = [result.own, result.certificate];
          if (parts.includes('done')) return { state: 'done', result };
          return parts.includes('unknown') ? unknownAnswer(unknownMoney) : { state: 'not-done' };
        }
        case 'unknown':
          if (record.found !== undefined) return record.found;
          // A question, not an operation: that it cannot be put now says nothing about the money.
          if (closed) return unknownAnswer('Ответ терминала потерян, а связь с терминалом закрыта');
          if (busy) return unknownAnswer('Ответ терминала потерян, а терминал занят другой операцией');
          return alone(async () => {
            try {
              const last = await askLast(call);
              const found = concludeLost(
                {
                  ...record,
                  ageMs: clock.now() - record.sentAt,
                  settledMs: timeouts.answerMs,
                  followed: record.sequence !== moneySequence,
                  answered: exchanges.taken,
                },
                last,
                trust,
              );
              if (found.state !== 'unknown') record.found = found;
              return found;
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
      await exchanges.close();
    },
  };
}
