import { localDateTime, type Random, randomDigits, seededRandom } from '@elcert/core';
import {
  assumedCertificateCodes,
  type InpasFields,
  inpasField,
  inpasMessage,
  inpasNumber,
  inpasOperations,
} from '@elcert/device-drivers/inpas';
import type {
  AcquirerHost,
  AuthorizationAnswer,
  AuthorizationRequest,
  TerminalTotals,
} from '../acquirer/index.js';
import {
  type BuyerBehaviour,
  type BuyerWait,
  type EmulatorContext,
  type FaultRule,
  panHashOf,
  presentedCard,
  type Scenario,
  waitForBuyer,
} from '../kernel/index.js';
import type { PadOperation } from './operation.js';
import { receiptData } from './slip.js';

// The terminal behind both wires: what it asks the buyer, what it asks the bank, what it answers.

/** How an emulated INPAS terminal is made. */
export interface InpasPadOptions extends EmulatorContext {
  readonly scenario: Scenario;
  readonly acquirer: AcquirerHost;
  /** What is tapped: id of a card of the scenario, the number of a card or token, or `null` for nobody. The first card unless told. */
  readonly card?: string | null;
  readonly buyer?: Partial<BuyerBehaviour>;
  /** How long a card or a PIN is waited for; 60 s of the clock unless told. */
  readonly buyerTimeoutMs?: number;
  /** Without the certificate operations of `assumedInpasCertificates`: such a terminal refuses them. */
  readonly certificates?: false;
}

/** What the wire lends the terminal while it works. */
export interface PadWire {
  /** The host is told that the terminal still works. */
  wait(text: string): Promise<void>;
  /** Asks the bank; `undefined`: there is no way to it, nothing was asked. */
  authorize(request: AuthorizationRequest): Promise<AuthorizationAnswer | undefined>;
}

/** What runs, and how it is stopped. */
export type PadRun = BuyerWait;

/** The terminal. */
export interface InpasPad {
  readonly terminalId: string;
  /** Runs one operation. A terminal that is at one says so. */
  perform(request: InpasFields, wire: PadWire, fault: FaultRule | undefined): Promise<InpasFields>;
  /** Stops what runs (operation 53). */
  interrupt(): void;
  presentCard(which: string | undefined): void;
  behave(buyer: Partial<BuyerBehaviour>): void;
  enterPin(): void;
  operations(): readonly PadOperation[];
  stop(): void;
}

const approvedStatus = '1';
const refusedStatus = '16';
const noLinkStatus = '34';
const interruptedStatus = '53';

const moneyCodes: ReadonlyMap<number, { readonly kind: 'payment' | 'refund'; readonly title: string }> =
  new Map([
    [inpasOperations.sale.code, { kind: 'payment', title: 'ОПЛАТА ПОКУПКИ' }],
    [inpasOperations.refund.code, { kind: 'refund', title: 'ВОЗВРАТ' }],
    [inpasOperations.refundByClient.code, { kind: 'refund', title: 'ВОЗВРАТ' }],
    [assumedCertificateCodes.pay, { kind: 'payment', title: 'ОПЛАТА СЕРТИФИКАТОМ' }],
    [assumedCertificateCodes.refund, { kind: 'refund', title: 'ВОЗВРАТ НА СЕРТИФИКАТ' }],
  ]);

/** Makes the terminal. `name` tells its seed from that of another one. */
export function createInpasPad(name: string, options: InpasPadOptions): InpasPad {
  const { clock, scenario, acquirer } = options;
  const random: Random = seededRandom(`${name} ${options.seed}`);
  const buyerTimeoutMs = options.buyerTimeoutMs ?? 60_000;
  const terminalId = randomDigits(random, 8);
  const merchantId = randomDigits(random, 10);
  let buyer: BuyerBehaviour = { tap: 'tap', pin: 'right', ...options.buyer };
  let presented: string | undefined =
    options.card === null ? undefined : (options.card ?? scenario.cards[0]?.id);
  let pinArrived = false;
  let running: PadRun | undefined;
  let stopped = false;
  let number = 0;
  let settledUpTo = 0;
  const journal: PadOperation[] = [];

  const stamp = () => localDateTime(clock.now(), scenario.timeZone).replace(/\D/g, '').padEnd(14, '0');
  const own = { terminalId, merchantId } as const;

  const reply = (request: InpasFields, status: string, values: Parameters<typeof inpasMessage>[0] = {}) =>
    inpasMessage({
      operationCode: inpasField(request, 'operationCode'),
      terminalDateTime: stamp(),
      ...own,
      status,
      ...values,
    });

  const interrupted = (request: InpasFields) =>
    reply(request, interruptedStatus, { textResponse: 'ОПЕРАЦИЯ ПРЕРВАНА^DECLINED.JPG~' });

  const tapped = () => presentedCard(scenario.cards, presented);

  const until = (mine: PadRun, there: () => boolean) =>
    waitForBuyer(mine, there, { clock, timeoutMs: buyerTimeoutMs, stopped: () => stopped });

  const tap = async (mine: PadRun, wire: PadWire): Promise<ReturnType<typeof tapped>> => {
    await wire.wait('ПРИЛОЖИТЕ КАРТУ');
    if (buyer.tap === 'cancel') return undefined;
    return (await until(mine, () => tapped() !== undefined)) ? tapped() : undefined;
  };

  const askPin = async (mine: PadRun, wire: PadWire): Promise<'pin' | 'wrong-pin' | undefined> => {
    pinArrived = false;
    await wire.wait('ВВЕДИТЕ ПИН');
    if (buyer.pin === 'cancel') return undefined;
    if (buyer.pin === 'wait') {
      if (!(await until(mine, () => pinArrived))) return undefined;
    }
    return buyer.pin === 'wrong' ? 'wrong-pin' : 'pin';
  };

  /** Books an answer in the journal and makes the terminal's own reply of it. */
  const conclude = (
    request: InpasFields,
    asked: Pick<PadOperation, 'own' | 'certificate' | 'operationId' | 'code' | 'title'>,
    answer: AuthorizationAnswer,
  ): InpasFields => {
    const operation = { ...asked, number, answer };
    const slip = answer.answered
      ? receiptData(operation, { merchant: scenario.merchant.name, terminalId })
      : '';
    journal.push({ ...operation, slip });
    const isCertificate =
      asked.code === assumedCertificateCodes.pay || asked.code === assumedCertificateCodes.refund;
    const moved = (part: 'own' | 'certificate') => String(answer[part] === 'done' ? asked[part] : 0);
    const sums = isCertificate
      ? { amount: moved('own'), additionalAmount: moved('certificate') }
      : { amount: String(asked.own) };
    if (!answer.answered) return reply(request, noLinkStatus, { textResponse: 'НЕТ СВЯЗИ^DECLINED.JPG~' });
    return reply(request, answer.approved ? approvedStatus : refusedStatus, {
      ...sums,
      currencyCode: inpasField(request, 'currencyCode'),
      dateTimeHost: stamp(),
      pan: answer.maskedPan === '' ? undefined : answer.maskedPan,
      cardExpiryDate: '3012',
      authorizationCode: answer.authCode,
      referenceNumber: answer.rrn,
      responseCodeHost: answer.responseCode,
      textResponse: `${answer.responseText}${answer.approved ? '' : '^DECLINED.JPG~'}`,
      trxId: '-1',
      terminalTrxId: String(number),
      receiptData: slip === '' ? undefined : slip,
    });
  };

  const nextId = (): string => {
    number += 1;
    return `${terminalId}/${number}`;
  };

  const pairOf = (request: InpasFields, key: string): string | undefined =>
    inpasField(request, 'additionalData')
      ?.split(';')
      .find((part) => part.startsWith(`${key}=`))
      ?.slice(key.length + 1);

  const noWay = (request: InpasFields) =>
    reply(request, noLinkStatus, { textResponse: 'НЕТ СВЯЗИ С БАНКОМ^DECLINED.JPG~' });

  const moneyOf = async (
    mine: PadRun,
    request: InpasFields,
    wire: PadWire,
    code: number,
    refusedAs: string | undefined,
  ): Promise<InpasFields> => {
    const { kind, title } = moneyCodes.get(code) as { kind: 'payment' | 'refund'; title: string };
    const ownSum = inpasNumber(request, 'amount') ?? 0;
    const certificate = inpasNumber(request, 'additionalAmount') ?? 0;
    if (ownSum + certificate === 0) return reply(request, refusedStatus, { textResponse: 'НЕВЕРНАЯ СУММА' });
    const card = await tap(mine, wire);
    if (card === undefined) return interrupted(request);
    const holder =
      card.pan !== card.card.pan
        ? ('device' as const)
        : kind === 'refund'
          ? ('none' as const)
          : await askPin(mine, wire);
    if (holder === undefined) return interrupted(request);
    await wire.wait('СВЯЗЬ С БАНКОМ');
    const operationId = nextId();
    const asked = { own: ownSum, certificate, operationId, code, title };
    const answer: AuthorizationAnswer | undefined =
      refusedAs === undefined
        ? await wire.authorize({
            kind,
            operationId,
            terminalId,
            pan: card.pan,
            own: ownSum,
            certificate,
            basketId: pairOf(request, 'basket'),
            originalRrn: inpasField(request, 'referenceNumber'),
            holder,
          })
        : {
            answered: true,
            approved: false,
            own: ownSum > 0 ? 'refused' : 'not-attempted',
            certificate: ownSum > 0 ? 'not-attempted' : 'refused',
            responseCode: refusedAs,
            responseText: 'ОТКАЗ',
            rrn: `9${randomDigits(random, 11)}`,
            maskedPan: `${'*'.repeat(12)}${card.pan.slice(-4)}`,
          };
    return answer === undefined ? noWay(request) : conclude(request, asked, answer);
  };

  const undo = async (request: InpasFields, wire: PadWire, code: number): Promise<InpasFields> => {
    const rrn = inpasField(request, 'referenceNumber');
    const original =
      code === inpasOperations.emergencyCancel.code
        ? journal.at(-1)
        : journal.find((one) => one.answer.rrn === rrn);
    if (original === undefined)
      return reply(request, refusedStatus, { textResponse: 'ОПЕРАЦИЯ НЕ НАЙДЕНА^DECLINED.JPG~' });
    const operationId = nextId();
    const answer = await wire.authorize({
      kind: code === inpasOperations.emergencyCancel.code ? 'reversal' : 'void',
      operationId,
      terminalId,
      originalOperationId: original.operationId,
    });
    const asked = { own: original.own, certificate: 0, operationId, code, title: 'ОТМЕНА' };
    return answer === undefined ? noWay(request) : conclude(request, asked, answer);
  };

  /** What the terminal knows to have moved since its last settlement. */
  const counted = (): TerminalTotals => {
    const sums = {
      sales: { count: 0, amount: 0 },
      refunds: { count: 0, amount: 0 },
      voids: { count: 0, amount: 0 },
    };
    for (const { code, answer, own: ownSum, certificate } of journal.slice(settledUpTo)) {
      const amount = (answer.own === 'done' ? ownSum : 0) + (answer.certificate === 'done' ? certificate : 0);
      if (amount === 0) continue;
      const kind = moneyCodes.get(code)?.kind;
      const line = kind === 'payment' ? sums.sales : kind === 'refund' ? sums.refunds : sums.voids;
      line.count += 1;
      line.amount += amount;
    }
    return sums;
  };

  const settle = (request: InpasFields): InpasFields => {
    const { sales, refunds, voids, agreed } = acquirer.settle(terminalId, counted());
    settledUpTo = journal.length;
    return reply(request, agreed ? approvedStatus : refusedStatus, {
      responseCodeHost: agreed ? '000' : '095',
      textResponse: agreed ? 'ИТОГИ СОВПАЛИ^APPROVED.JPG~' : 'ИТОГИ НЕ СОВПАЛИ^DECLINED.JPG~',
      debitAmount: String(sales.amount),
      debitCount: String(sales.count),
      creditAmount: String(refunds.amount),
      creditCount: String(refunds.count),
      voidDebitAmount: String(voids.amount),
      voidDebitCount: String(voids.count),
    });
  };

  const readCard = async (mine: PadRun, request: InpasFields, wire: PadWire): Promise<InpasFields> => {
    const card = await tap(mine, wire);
    if (card === undefined) return interrupted(request);
    return reply(request, approvedStatus, {
      pan: `${'*'.repeat(12)}${card.pan.slice(-4)}`,
      textResponse: 'КАРТА ПРОЧИТАНА^APPROVED.JPG~',
      additionalData: `hash=${panHashOf(card.pan)};par=${card.card.par}`,
    });
  };

  const operate = async (
    mine: PadRun,
    request: InpasFields,
    wire: PadWire,
    fault: FaultRule | undefined,
  ): Promise<InpasFields> => {
    const code = inpasNumber(request, 'operationCode') ?? -1;
    const refused = (textResponse: string) => reply(request, refusedStatus, { textResponse });
    switch (fault?.do) {
      case 'paper-out':
        return refused('НЕТ БУМАГИ^DECLINED.JPG~');
      case 'wrong-mac':
      case 'cover-open':
        return refused('ОШИБКА ТЕРМИНАЛА^DECLINED.JPG~');
      default:
        break;
    }
    const told = inpasField(request, 'terminalId');
    if (told !== undefined && told !== '' && told !== terminalId) return refused('ДРУГОЙ ТЕРМИНАЛ');
    const refusedAs = fault?.do === 'refuse' ? String(fault.code ?? '05') : undefined;
    const isCertificate = Object.values<number>(assumedCertificateCodes).includes(code);
    if (isCertificate && options.certificates === false) return refused('ОПЕРАЦИЯ НЕ ПОДДЕРЖИВАЕТСЯ');
    if (moneyCodes.has(code)) return moneyOf(mine, request, wire, code, refusedAs);
    if (refusedAs !== undefined)
      return reply(request, refusedStatus, { responseCodeHost: refusedAs, textResponse: 'ОТКАЗ' });
    switch (code) {
      case assumedCertificateCodes.readCard:
        return readCard(mine, request, wire);
      case inpasOperations.linkTest.code:
        return reply(request, approvedStatus, { textResponse: 'ОПЕРАЦИЯ ОДОБРЕНА^APPROVED.JPG~' });
      case inpasOperations.void.code:
      case inpasOperations.emergencyCancel.code:
        return undo(request, wire, code);
      case inpasOperations.reconciliation.code:
        return settle(request);
      default:
        return refused('ОПЕРАЦИЯ НЕ ПОДДЕРЖИВАЕТСЯ');
    }
  };

  return {
    terminalId,
    async perform(request, wire, fault) {
      if (running !== undefined) return reply(request, refusedStatus, { textResponse: 'ТЕРМИНАЛ ЗАНЯТ' });
      const mine: PadRun = { aborted: false, wake: () => {} };
      running = mine;
      try {
        return await operate(mine, request, wire, fault);
      } finally {
        running = undefined;
      }
    },
    interrupt() {
      if (running === undefined) return;
      running.aborted = true;
      running.wake();
    },
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
    stop() {
      stopped = true;
      running?.wake();
    },
  };
}
