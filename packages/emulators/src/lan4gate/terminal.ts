import {
  type ByteChannel,
  type Clock,
  type Kopecks,
  localDateTime,
  randomDigits,
  seededRandom,
  sleep,
} from '@elcert/core';
import { listenTcp, openTcp, type TcpListener } from '@elcert/core/node';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  type Lan4GateInterface,
  type Lan4GateMessage,
  type Lan4GateRequest,
  type Lan4GateResponse,
  type Lan4GateValues,
  lan4GateFramer,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateSuccess,
  redactLan4Gate,
} from '@elcert/device-drivers/lan4gate';
import type { AcquirerHost, AuthorizationAnswer, AuthorizationRequest } from '../acquirer/index.js';
import {
  admitting,
  type BuyerBehaviour,
  type BuyerWait,
  createRecorder,
  deliver,
  type EmulatedCard,
  type EmulatorContext,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
  panHashOf,
  presentedCard,
  type Scenario,
  waitForBuyer,
} from '../kernel/index.js';
import { countedBy, movedBy, operationFields, type TerminalOperation } from './memory.js';
import { slipLines } from './slip.js';

/** A question that the terminal asks the cashier before an operation. */
export interface TerminalQuestion {
  /** Code of the operation. */
  readonly operation: number;
  readonly question: Omit<Lan4GateInterface, 'type' | 'result'>;
}

/** How the emulated terminal is made. */
export interface Lan4GateEmulatorOptions extends EmulatorContext {
  readonly scenario: Scenario;
  readonly acquirer: AcquirerHost;
  /** What is tapped: id of a card of the scenario, the number of a card or token, or `null` for nobody. The first card unless told. */
  readonly card?: string | null;
  readonly buyer?: Partial<BuyerBehaviour>;
  /** Calls the till there, as the vendor's service does by default, in place of listening. */
  readonly connectTo?: { readonly host: string; readonly port: number };
  /** Every money answer asks for a confirmation (814). */
  readonly finalization?: boolean;
  /** What `Amount` of 302 and 303 stands for; the driver must agree. `own` unless told. */
  readonly amountMeaning?: 'own' | 'total';
  /** The slip goes as Receipt messages (the default), inside the answer, or nowhere. */
  readonly slip?: 'messages' | 'inside' | 'none';
  readonly questions?: readonly TerminalQuestion[];
  /** How long a card or a PIN is waited for; 60 s of the clock unless told. */
  readonly buyerTimeoutMs?: number;
}

/** A running terminal. */
export interface Lan4GateEmulator extends EmulatorHandle {
  readonly terminalId: string;
  /** Serves a connection of the caller's own: in memory, or over a wire that this emulator does not know. */
  attach(channel: ByteChannel): void;
  /** Changes what is tapped from now on; a terminal that waits for a card takes it at once. `undefined`: nobody. */
  presentCard(which: string | undefined): void;
  behave(buyer: Partial<BuyerBehaviour>): void;
  /** Ends `pin: 'wait'`. */
  enterPin(): void;
  /** The money operations in its journal, oldest first. */
  operations(): readonly TerminalOperation[];
}

const ops = lan4GateOperations;
const {
  Error: statusError,
  Decline,
  CommunicationError,
  EcrAlreadyRegistered,
  ReceiptNotFound,
  TotalsDiffer,
  CanceledByTerminal,
} = {
  Error: 2,
  Decline: 3,
  CommunicationError: 4,
  EcrAlreadyRegistered: 6,
  ReceiptNotFound: 8,
  TotalsDiffer: 9,
  CanceledByTerminal: 11,
};

/** Notifications that the emulator sends. */
const notes = {
  paperOut: 6,
  connecting: 8,
  executing: 9,
  tap: 10,
  reading: 14,
  enterPin: 37,
  pinEntered: 38,
  readDone: 58,
};

interface Reply {
  readonly status: number;
  readonly fields?: Lan4GateValues;
  readonly slip?: readonly string[];
}

interface Session {
  readonly channel: ByteChannel;
  readonly registered: Set<number>;
}

/** What a running operation can be woken by. */
interface Waiting extends BuyerWait {
  readonly session: Session;
}

/**
 * Starts a LAN-4Gate terminal over TCP. It answers what stands in the vendor's lists; texts, the form of times, what it
 * remembers of refused operations and how it shows a part that failed are ours.
 *
 * A lost connection does not stop an operation: the buyer may still tap, and the money moves – the case a till must be
 * ready for.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`)
 * @example
 * ```ts
 * const terminal = await startLan4Gate({ clock, seed: 1, ledger, scenario, acquirer });
 * const { host, port } = tcpAddressOf(terminal);
 * terminal.presentCard(undefined); // the buyer has gone for the purse
 * ```
 */
export async function startLan4Gate(options: Lan4GateEmulatorOptions): Promise<Lan4GateEmulator> {
  const { clock, scenario, acquirer } = options;
  const random = seededRandom(`lan4gate ${options.seed}`);
  const records = createRecorder('lan4gate');
  const faults = faultPlan('lan4gate', options.faults, seededRandom(`lan4gate faults ${options.seed}`));
  const amountMeaning = options.amountMeaning ?? 'own';
  const slipMode = options.slip ?? 'messages';
  const buyerTimeoutMs = options.buyerTimeoutMs ?? 60_000;
  const terminalId = randomDigits(random, 8);
  const merchantId = randomDigits(random, 15);
  const place = { merchant: scenario.merchant.name, terminalId };
  let buyer: BuyerBehaviour = { tap: 'tap', pin: 'right', ...options.buyer };
  let presented: string | undefined =
    options.card === null ? undefined : (options.card ?? scenario.cards[0]?.id);
  let pinArrived = false;
  let receiptNumber = 0;
  let settledUpTo = 0;
  let running: Waiting | undefined;
  let question: ((result: string) => void) | undefined;
  let stopped = false;
  const journal: TerminalOperation[] = [];
  const sessions = new Set<Session>();
  const held: (() => Promise<void>)[] = [];

  const note = (operation: string, facts: Readonly<Record<string, unknown>>) =>
    records.add({ at: clock.now(), direction: 'note', operation, facts });

  const numbers = () => presentedCard(scenario.cards, presented);

  // ── sending ────────────────────────────────────────────────────────────────────────────────────────────────────

  const send = async (session: Session, message: Lan4GateMessage): Promise<void> => {
    const { type, ...facts } = redactLan4Gate(message);
    records.add({ at: clock.now(), direction: 'out', operation: type, facts });
    // The till may have gone: the terminal goes on without it.
    await session.channel.write(encodeLan4Gate(message)).catch(() => note('lost', { type }));
  };

  const notify = (session: Session, code: number) => send(session, { type: 'notification', code });

  const respond = async (
    session: Session,
    request: Lan4GateRequest,
    reply: Reply,
    fault: FaultRule | undefined,
  ): Promise<void> => {
    const response: Lan4GateResponse = {
      type: 'response',
      ecrNumber: request.ecrNumber,
      operationCode: request.operationCode,
      status: reply.status,
      fields: reply.fields ?? {},
    };
    const { type: _type, ...facts } = redactLan4Gate(response);
    records.add({
      at: clock.now(),
      direction: 'out',
      operation: String(request.operationCode),
      facts: { ...facts, ...(fault === undefined ? {} : { fault: fault.do }) },
    });
    const bytes = encodeLan4Gate(response);
    const go = () =>
      deliver(session.channel, bytes, fault, { clock, random }).catch(() =>
        note('lost', { type: 'response' }),
      );
    if (fault?.do === 'reorder') {
      held.push(go);
      return;
    }
    // A delayed answer keeps nobody waiting here: the operation is over, only its answer is on its way.
    if (fault?.do === 'delay') void go();
    else await go();
    for (const late of held.splice(0)) await late();
  };

  // ── waiting for people ─────────────────────────────────────────────────────────────────────────────────────────

  const until = (mine: Waiting, there: () => boolean) =>
    waitForBuyer(mine, there, { clock, timeoutMs: buyerTimeoutMs, stopped: () => stopped });

  const cancelled: Reply = { status: CanceledByTerminal, fields: { ResponseText: 'ОПЕРАЦИЯ ПРЕРВАНА' } };

  type Tapped = { readonly card: EmulatedCard; readonly pan: string; readonly isToken: boolean };

  const tap = async (mine: Waiting): Promise<Tapped | undefined> => {
    await notify(mine.session, notes.tap);
    if (buyer.tap === 'cancel') return undefined;
    if (!(await until(mine, () => numbers() !== undefined))) return undefined;
    const { card, pan } = numbers() as { card: EmulatedCard; pan: string };
    await notify(mine.session, notes.reading);
    await notify(mine.session, notes.readDone);
    return { card, pan, isToken: pan !== card.pan };
  };

  const askPin = async (mine: Waiting): Promise<'pin' | 'wrong-pin' | undefined> => {
    await notify(mine.session, notes.enterPin);
    if (buyer.pin === 'cancel') return undefined;
    if (buyer.pin === 'wait') {
      pinArrived = false;
      if (!(await until(mine, () => pinArrived))) return undefined;
    }
    await notify(mine.session, notes.pinEntered);
    return buyer.pin === 'wrong' ? 'wrong-pin' : 'pin';
  };

  const askCashier = async (mine: Waiting, one: TerminalQuestion): Promise<boolean> => {
    let result: string | undefined;
    question = (answer) => {
      result = answer;
      mine.wake();
    };
    await send(mine.session, { type: 'interface', ...one.question });
    const answered = await until(mine, () => result !== undefined);
    question = undefined;
    // A "no" to a yes/no question stops the operation.
    return answered && !(one.question.dialog === 1 && result === '0');
  };

  // ── operations ─────────────────────────────────────────────────────────────────────────────────────────────────

  const stamp = () => localDateTime(clock.now(), scenario.timeZone).replace(/\D/g, '');

  const cardFields = (holder: string): Lan4GateValues => ({
    IssuerName: 'MIR',
    CardInputMethod: 8,
    CardAppName: 'MIR',
    CardEmvAid: 'A0000006581010',
    CardholderAuthMethod: holder === 'pin' ? 1 : holder === 'device' ? 3 : 0,
  });

  /** Books an answer in the journal and makes the terminal's own reply of it. */
  const conclude = (
    request: Lan4GateRequest,
    asked: { readonly own: Kopecks; readonly certificate: Kopecks; readonly operationId: string },
    answer: AuthorizationAnswer,
    more: Lan4GateValues,
  ): Reply => {
    const operation = {
      receiptReference: String(receiptNumber),
      operationId: asked.operationId,
      code: request.operationCode,
      status: !answer.answered ? CommunicationError : answer.approved ? lan4GateSuccess : Decline,
      own: asked.own,
      certificate: asked.certificate,
      currencyCode: request.fields.CurrencyCode ?? '643',
      merchantNumber: request.fields.EcrMerchantNumber ?? 1,
      answer,
      transactionId: randomDigits(random, 10),
      dateTime: stamp(),
    };
    const slip = answer.answered ? slipLines(operation, place) : [];
    const entry: TerminalOperation = { ...operation, slip };
    journal.push(entry);
    return {
      status: entry.status,
      fields: {
        ...operationFields(entry, { terminalId, merchantId }),
        ...(request.fields.BasketID === undefined ? {} : { BasketID: request.fields.BasketID }),
        ...more,
        ...(slipMode === 'inside' && slip.length > 0 ? { ReceiptLine1: slip.join('\n') } : {}),
        ...(options.finalization === true ? { FinalizationRequired: true } : {}),
      },
      slip: slipMode === 'messages' ? slip : [],
    };
  };

  const nextOperationId = (): string => {
    receiptNumber += 1;
    return `${terminalId}/${receiptNumber}`;
  };

  const payOrRefund = async (
    mine: Waiting,
    request: Lan4GateRequest,
    kind: 'payment' | 'refund',
    refused: string | undefined,
  ): Promise<Reply> => {
    const { fields } = request;
    const certificate = fields.ECertAmount ?? 0;
    const amount = fields.Amount ?? 0;
    const own = certificate > 0 && amountMeaning === 'total' ? amount - certificate : amount;
    if (own < 0 || own + certificate === 0)
      return { status: statusError, fields: { ResponseText: 'НЕВЕРНАЯ СУММА' } };
    const tapped = await tap(mine);
    if (tapped === undefined) return cancelled;
    const holder = tapped.isToken
      ? ('device' as const)
      : kind === 'refund'
        ? ('none' as const)
        : await askPin(mine);
    if (holder === undefined) return cancelled;
    await notify(mine.session, notes.connecting);
    const operationId = nextOperationId();
    const asked: AuthorizationRequest = {
      kind,
      operationId,
      terminalId,
      pan: tapped.pan,
      own,
      certificate,
      basketId: fields.BasketID,
      originalRrn: fields.RRN,
      holder,
    };
    const answer: AuthorizationAnswer =
      refused === undefined
        ? acquirer.authorize(asked)
        : {
            answered: true,
            approved: false,
            own: own > 0 ? 'refused' : 'not-attempted',
            certificate: own > 0 ? 'not-attempted' : 'refused',
            responseCode: refused,
            responseText: 'ОТКАЗ',
            rrn: `9${randomDigits(random, 11)}`,
            maskedPan: `${'*'.repeat(12)}${tapped.pan.slice(-4)}`,
          };
    await notify(mine.session, notes.executing);
    return conclude(request, { own, certificate, operationId }, answer, cardFields(holder));
  };

  const undo = (request: Lan4GateRequest): Reply => {
    const { ReceiptReference, RRN } = request.fields;
    const original =
      request.operationCode === ops.VoidLastSale.code
        ? journal.at(-1)
        : journal.find(
            (one) =>
              (ReceiptReference !== undefined && one.receiptReference === ReceiptReference) ||
              (RRN !== undefined && one.answer.rrn === RRN),
          );
    if (original === undefined) return { status: ReceiptNotFound };
    const operationId = nextOperationId();
    const answer = acquirer.authorize({
      kind: 'void',
      operationId,
      terminalId,
      originalOperationId: original.operationId,
    });
    return conclude(request, { own: movedBy(original).own, certificate: 0, operationId }, answer, {});
  };

  /** Members that tell about an operation of the journal: no basket and no certificate sum, as in the vendor's list. */
  const tell = (operation: TerminalOperation | undefined): Reply => {
    if (operation === undefined) return { status: ReceiptNotFound };
    const { ECertAmount: _none, ...fields } = operationFields(operation, { terminalId, merchantId });
    return {
      status: lan4GateSuccess,
      fields: { OriginalOperationCode: operation.code, OriginalOperationStatus: operation.status, ...fields },
    };
  };

  const totals = (request: Lan4GateRequest): Reply => {
    const settling = request.operationCode === ops.Settlement.code;
    const sums = settling
      ? acquirer.settle(terminalId, countedBy(journal.slice(settledUpTo)))
      : { ...acquirer.totals(terminalId), agreed: true };
    if (settling) settledUpTo = journal.length;
    const withRows = settling || request.operationCode === ops.PrintDetailReport.code;
    const rows = (codes: readonly number[]): readonly Lan4GateValues[] =>
      journal
        .filter((one) => codes.includes(one.code) && movedBy(one).own + movedBy(one).certificate > 0)
        .slice(-999)
        .map((one) => {
          const {
            TotalAmount,
            CurrencyCode,
            RRN,
            ReceiptReference,
            ResponseCode,
            TransactionID,
            TransDateTime,
            CardPAN,
          } = operationFields(one, { terminalId, merchantId });
          return {
            TotalAmount,
            CurrencyCode,
            RRN,
            ReceiptReference,
            ResponseCode,
            TransactionID,
            TransDateTime,
            CardPAN,
          };
        });
    return {
      status: sums.agreed ? lan4GateSuccess : TotalsDiffer,
      fields: {
        EcrMerchantNumber: request.fields.EcrMerchantNumber,
        TotalAmount: Math.max(0, sums.sales.amount - sums.refunds.amount - sums.voids.amount),
        CurrencyCode: '643',
        TerminalID: terminalId,
        MerchantID: merchantId,
        TerminalDateTime: stamp(),
        SalesCount: sums.sales.count,
        SalesAmount: sums.sales.amount,
        RefundCount: sums.refunds.count,
        RefundAmount: sums.refunds.amount,
        VoidCount: sums.voids.count,
        VoidAmount: sums.voids.amount,
        ...(withRows
          ? {
              SalesArray: rows([ops.Sale.code, ops.ECertPayment.code]),
              RefundArray: rows([ops.Refund.code, ops.ECertRefund.code]),
              VoidArray: rows([ops.Void.code, ops.VoidLastSale.code]),
            }
          : {}),
        ...(settling
          ? {
              ResponseCode: sums.agreed ? '00' : '95',
              ResponseText: sums.agreed ? 'ИТОГИ СОВПАЛИ' : 'ИТОГИ НЕ СОВПАЛИ',
            }
          : {}),
      },
    };
  };

  const readCard = async (mine: Waiting, request: Lan4GateRequest): Promise<Reply> => {
    const tapped = await tap(mine);
    if (tapped === undefined) return cancelled;
    return {
      status: lan4GateSuccess,
      fields: {
        EcrMerchantNumber: request.fields.EcrMerchantNumber,
        CardPANHash: panHashOf(tapped.pan),
        IssuerName: 'MIR',
        CardEmvAid: 'A0000006581010',
        CardInputMethod: 8,
        CardholderAuthMethod: 0,
        TerminalID: terminalId,
        MerchantID: merchantId,
        TerminalDateTime: stamp(),
      },
    };
  };

  const missingField = (request: Lan4GateRequest): string | undefined => {
    const name = lan4GateOperationName(request.operationCode);
    return name === undefined
      ? undefined
      : lan4GateOperations[name].required.find((field) => request.fields[field] === undefined);
  };

  const perform = async (
    mine: Waiting,
    request: Lan4GateRequest,
    fault: FaultRule | undefined,
  ): Promise<Reply> => {
    const name = lan4GateOperationName(request.operationCode);
    const missing = missingField(request);
    if (name === undefined) return { status: statusError, fields: { ResponseText: 'НЕИЗВЕСТНАЯ ОПЕРАЦИЯ' } };
    if (missing !== undefined)
      return { status: statusError, fields: { ResponseText: `НЕТ ПОЛЯ ${missing}` } };
    switch (fault?.do) {
      case 'paper-out':
        await notify(mine.session, notes.paperOut);
        return { status: statusError, fields: { ResponseText: 'НЕТ БУМАГИ' } };
      case 'nak':
      case 'wrong-mac':
      case 'cover-open':
        return { status: statusError, fields: { ResponseText: 'ОШИБКА ТЕРМИНАЛА' } };
      default:
        break;
    }
    for (const one of options.questions ?? [])
      if (one.operation === request.operationCode && !(await askCashier(mine, one))) return cancelled;
    const refused = fault?.do === 'refuse' ? String(fault.code ?? '05') : undefined;
    switch (name) {
      case 'Sale':
      case 'ECertPayment':
        return payOrRefund(mine, request, 'payment', refused);
      case 'Refund':
      case 'ECertRefund':
        return payOrRefund(mine, request, 'refund', refused);
      default:
        break;
    }
    if (refused !== undefined)
      return { status: Decline, fields: { ResponseCode: refused, ResponseText: 'ОТКАЗ' } };
    switch (name) {
      case 'ECertGetRequisites':
        return readCard(mine, request);
      case 'Void':
      case 'VoidLastSale':
        return undo(request);
      case 'GetLastOperation':
      case 'PrintLastReceipt':
        return tell(journal.at(-1));
      case 'GetOperationCopy':
      case 'PrintReceiptCopy':
        return tell(journal.find((one) => one.receiptReference === request.fields.ReceiptReference));
      case 'PrintDetailReport':
      case 'PrintSummaryReport':
      case 'Settlement':
        return totals(request);
      case 'Test':
        return { status: lan4GateSuccess, fields: { ResponseCode: '00', ResponseText: 'СВЯЗЬ ЕСТЬ' } };
      case 'GetMerchantList':
      case 'CheckDeviceStatus':
      case 'TestCommunication':
      case 'FinalizeTransaction':
        return { status: lan4GateSuccess };
      default:
        return lan4GateOperations[name].effect === 'none'
          ? { status: lan4GateSuccess }
          : { status: statusError, fields: { ResponseText: 'НЕ ПОДДЕРЖИВАЕТСЯ ЭМУЛЯТОРОМ' } };
    }
  };

  // ── the wire ───────────────────────────────────────────────────────────────────────────────────────────────────

  const onRequest = async (session: Session, request: Lan4GateRequest): Promise<void> => {
    const operation = String(request.operationCode);
    const { type: _type, ...facts } = redactLan4Gate(request);
    records.add({ at: clock.now(), direction: 'in', operation, facts });
    const fault = faults.strike(operation, { ...request.fields, EcrNumber: request.ecrNumber });
    if (fault?.do === 'drop') return note(operation, { fault: 'drop' });
    const answer = (reply: Reply) => respond(session, request, reply, fault);
    const error = (text: string) => answer({ status: statusError, fields: { ResponseText: text } });
    if (request.operationCode === ops.Registration.code) {
      if (fault?.do === 'refuse') return answer({ status: Number(fault.code ?? statusError) });
      if (session.registered.has(request.ecrNumber)) return answer({ status: EcrAlreadyRegistered });
      session.registered.add(request.ecrNumber);
      return answer({ status: lan4GateSuccess });
    }
    if (!session.registered.has(request.ecrNumber)) return error('КАССА НЕ ЗАРЕГИСТРИРОВАНА');
    if (request.operationCode === ops.TestCommunication.code && fault === undefined)
      return answer({ status: lan4GateSuccess });
    if (running !== undefined) return error('ТЕРМИНАЛ ЗАНЯТ');
    const mine: Waiting = { session, aborted: false, wake: () => {} };
    running = mine;
    let reply: Reply;
    try {
      reply = await perform(mine, request, fault);
    } finally {
      running = undefined;
    }
    if (reply.slip !== undefined && reply.slip.length > 0) {
      await send(session, { type: 'receipt', code: 1, lines: [] });
      await send(session, { type: 'receipt', code: 2, lines: reply.slip });
      await send(session, { type: 'receipt', code: 3, lines: [] });
    }
    await answer(reply);
  };

  /** @returns whether the till has said anything */
  const serve = async (channel: ByteChannel): Promise<boolean> => {
    let spoken = false;
    const session: Session = { channel, registered: new Set() };
    sessions.add(session);
    const framer = lan4GateFramer();
    note('connected', {});
    try {
      for await (const chunk of channel) {
        spoken = true;
        for (const event of framer.push(chunk)) {
          if (event.type === 'junk') {
            note('junk', { length: event.length });
            continue;
          }
          if (event.type === 'fatal') throw event.error;
          const message = decodeLan4Gate(event.body);
          if (message.type === 'request') {
            void onRequest(session, message).catch((error: unknown) =>
              note('failed', { error: String(error) }),
            );
          } else {
            const { type, ...facts } = redactLan4Gate(message);
            records.add({ at: clock.now(), direction: 'in', operation: type, facts });
            if (message.type === 'interaction' && message.code === 1 && running?.session === session) {
              running.aborted = true;
              running.wake();
            }
            if (message.type === 'interface' && running?.session === session)
              question?.(message.result ?? '');
          }
        }
      }
    } catch (error) {
      note('broken', { error: error instanceof Error ? error.message : 'unknown' });
    }
    sessions.delete(session);
    note('disconnected', {});
    await channel.close().catch(() => {});
    return spoken;
  };

  let listener: TcpListener | undefined;
  let calling: Promise<void> | undefined;
  const giveUp = new AbortController();
  if (options.connectTo === undefined) {
    listener = await listenTcp(admitting(faults, serve), {
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.port === undefined ? {} : { port: options.port }),
    });
  } else {
    calling = callTill(options.connectTo, clock, giveUp.signal, serve);
  }

  return {
    name: 'lan4gate',
    addresses: listener === undefined ? [] : [{ host: listener.host, port: listener.port }],
    records,
    faults,
    terminalId,
    attach: (channel) => void serve(channel),
    presentCard(which) {
      presented = which;
      running?.wake();
    },
    behave(change) {
      buyer = { ...buyer, ...change };
    },
    enterPin() {
      pinArrived = true;
      running?.wake();
    },
    operations: () => [...journal],
    async stop() {
      stopped = true;
      giveUp.abort();
      running?.wake();
      await listener?.close();
      for (const { channel } of sessions) await channel.close();
      await calling;
    },
  };
}

/** Calls the till, and calls again whenever it hangs up; a till that never speaks is not called more than once a second. */
async function callTill(
  till: { readonly host: string; readonly port: number },
  clock: Clock,
  signal: AbortSignal,
  serve: (channel: ByteChannel) => Promise<boolean>,
): Promise<void> {
  while (!signal.aborted) {
    const spoken = await openTcp({ ...till, signal }).then(serve, () => false);
    if (!spoken) await sleep(clock, 1000, signal).catch(() => {});
  }
}
