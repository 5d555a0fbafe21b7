import {
  type Kopecks,
  kopecks,
  type LocalDateTime,
  localDateTime,
  type PartState,
  randomDigits,
  randomInt,
  seededRandom,
} from '@elcert/core';
import {
  type CertificateDebitPort,
  createRecorder,
  type EmulatedCard,
  type EmulatorContext,
  type FaultPlan,
  faultPlan,
  panHashOf,
  type Recorder,
  type Scenario,
} from '../kernel/index.js';

/** How an {@link AcquirerHost} is made. */
export interface AcquirerOptions extends EmulatorContext {
  readonly scenario: Scenario;
  /** Where certificates are debited: the FES emulator's port. Without it every certificate part is refused. */
  readonly certificates: CertificateDebitPort | undefined;
  /**
   * `own-first` (the default) is the merchant guide's order. `certificate-first` is what some terminal drivers report: there
   * a refused own part leaves the certificate debited, because acquirers do not cancel certificate operations.
   */
  readonly order?: 'own-first' | 'certificate-first';
  /** With `own-first`: take the own part back when the certificate is refused (the default), or leave it done. */
  readonly whenCertificateRefused?: 'reverse-own' | 'keep-own';
  /** What the basket of the test TRU is answered with; `51` by the guide, some cash software shows `513`. */
  readonly testCode?: '51' | '513';
}

/** What a terminal asks of its acquirer. Sums in kopecks. */
export type AuthorizationRequest =
  | {
      readonly kind: 'payment' | 'refund';
      /** The terminal's own id: the same one again gives the same answer and moves nothing twice. */
      readonly operationId: string;
      readonly terminalId: string;
      /** Digits of the card or token that was tapped. Never recorded. */
      readonly pan: string;
      readonly own: Kopecks;
      readonly certificate: Kopecks;
      readonly basketId?: string | undefined;
      /** Refund: RRN of the payment. */
      readonly originalRrn?: string | undefined;
      /** How the holder was checked; `wrong-pin` is refused with 55. */
      readonly holder?: 'none' | 'pin' | 'device' | 'wrong-pin';
    }
  | {
      readonly kind: 'void';
      readonly operationId: string;
      readonly terminalId: string;
      /** The operation that is undone. */
      readonly originalOperationId: string;
    };

/** What the acquirer answers. */
export interface AuthorizationAnswer {
  /** `false`: no answer came back to the terminal, whatever was done. */
  readonly answered: boolean;
  readonly approved: boolean;
  readonly own: PartState;
  readonly certificate: PartState;
  /** `00` approved, `51` insufficient funds … */
  readonly responseCode: string;
  readonly responseText: string;
  /** 12 digits. */
  readonly rrn: string;
  /** 6 digits, approved operations only. */
  readonly authCode?: string | undefined;
  readonly maskedPan: string;
}

/** An operation in the acquirer's journal. */
export interface AcquirerOperation extends AuthorizationAnswer {
  readonly operationId: string;
  readonly kind: AuthorizationRequest['kind'];
  readonly at: LocalDateTime;
  readonly terminalId: string;
  readonly cardId: string | undefined;
  /** Sums that were asked for. */
  readonly ownAmount: Kopecks;
  readonly certificateAmount: Kopecks;
  readonly basketId?: string | undefined;
  /** A later void has undone it. */
  readonly voided: boolean;
  readonly cleared: boolean;
}

/** One line of the clearing file. */
export interface ClearingEntry {
  readonly operationId: string;
  readonly kind: AuthorizationRequest['kind'];
  readonly at: LocalDateTime;
  readonly terminalId: string;
  readonly maskedPan: string;
  readonly rrn: string;
  /** What the merchant gets for it (negative: gives back), kopecks. */
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly basketId?: string | undefined;
}

/** Counters of a terminal since its last settlement. */
export interface TerminalTotals {
  readonly sales: { readonly count: number; readonly amount: Kopecks };
  readonly refunds: { readonly count: number; readonly amount: Kopecks };
  readonly voids: { readonly count: number; readonly amount: Kopecks };
}

/** The bank and issuer behind emulated terminals. */
export interface AcquirerHost {
  authorize(request: AuthorizationRequest): AuthorizationAnswer;
  /** The journal, oldest first. */
  operations(): readonly AcquirerOperation[];
  /** What waits to be cleared, oldest first. */
  clearing(): readonly ClearingEntry[];
  /** Ends the day: pays what waits to the merchant (`acquirer/clearing` → `merchant/<id>`) and gives the file of it. */
  clear(): readonly ClearingEntry[];
  totals(terminalId: string): TerminalTotals;
  /** Gives the totals of a terminal and starts them anew. */
  settle(terminalId: string): TerminalTotals;
  readonly records: Recorder;
  readonly faults: FaultPlan;
}

const responseTexts: Readonly<Record<string, string>> = {
  '00': 'ОДОБРЕНО',
  '05': 'ОТКАЗ БАНКА',
  '12': 'НЕВЕРНАЯ ОПЕРАЦИЯ',
  '13': 'НЕВЕРНАЯ СУММА',
  '14': 'КАРТА НЕИЗВЕСТНА',
  '51': 'НЕДОСТАТОЧНО СРЕДСТВ',
  '513': 'НЕДОСТАТОЧНО СРЕДСТВ',
  '55': 'НЕВЕРНЫЙ ПИН',
  '57': 'ОПЕРАЦИЯ НЕ РАЗРЕШЕНА',
  '91': 'НЕТ СВЯЗИ С ФЭС',
  '94': 'ПОВТОР ОПЕРАЦИИ',
};

/** A card number as anyone may see it: stars and the last four digits. */
export function maskPan(pan: string): string {
  return `${'*'.repeat(Math.max(pan.length - 4, 0))}${pan.slice(-4)}`;
}

const clearingAccount = 'acquirer/clearing';

interface Parts {
  readonly own: PartState;
  readonly certificate: PartState;
  readonly code: string;
  readonly text?: string;
}

type MoneyRequest = Extract<AuthorizationRequest, { readonly pan: string }>;

/**
 * The acquirer in memory, without its HTTP end: what a terminal's emulator needs. The buyers' own money is booked from
 * `bank` to `card/<id>` when it is made.
 *
 * Faults of `acquirer` strike the operations `payment`, `refund`, `void` as a whole and `own`, `certificate` within them
 * (there `refuse` with its `code` is the only one that counts).
 */
export function createAcquirer(options: AcquirerOptions): AcquirerHost {
  const { clock, ledger, scenario, certificates } = options;
  const order = options.order ?? 'own-first';
  const whenCertificateRefused = options.whenCertificateRefused ?? 'reverse-own';
  const testCode = options.testCode ?? '51';
  const records = createRecorder('acquirer');
  const faults = faultPlan('acquirer', options.faults, seededRandom(`acquirer faults ${options.seed}`));
  const random = seededRandom(`acquirer ${options.seed}`);
  let sequence = randomInt(random, 100_000);
  const journal: AcquirerOperation[] = [];
  const byId = new Map<string, { readonly digest: string; index: number }>();
  // Per terminal: the first journal entry that its totals still count.
  const settledUpTo = new Map<string, number>();
  const merchantAccount = `merchant/${scenario.merchant.id}`;

  const cards = new Map<string, EmulatedCard>();
  for (const card of scenario.cards) {
    for (const pan of [card.pan, ...card.tokens]) cards.set(pan, card);
    if (card.balance > 0) {
      ledger.post({
        id: `open/card/${card.id}`,
        at: clock.now(),
        by: 'acquirer',
        operation: 'open',
        entries: [
          { account: 'bank', amount: -card.balance },
          { account: `card/${card.id}`, amount: card.balance },
        ],
      });
    }
  }

  const local = () => localDateTime(clock.now(), scenario.timeZone);

  /** Twelve digits as banks make them: year, day of the year, hour, number. */
  const nextRrn = (): string => {
    const now = local();
    const day =
      Math.floor(
        (Date.parse(`${now.slice(0, 10)}T00:00:00Z`) - Date.parse(`${now.slice(0, 4)}-01-01T00:00:00Z`)) /
          86_400_000,
      ) + 1;
    sequence = (sequence + 1) % 1_000_000;
    return `${now[3]}${String(day).padStart(3, '0')}${now.slice(11, 13)}${String(sequence).padStart(6, '0')}`;
  };

  const post = (
    id: string,
    operation: string,
    from: string,
    to: string,
    amount: Kopecks,
    references: Readonly<Record<string, string>>,
  ) =>
    ledger.post({
      id,
      at: clock.now(),
      by: 'acquirer',
      operation,
      entries: [
        { account: from, amount: -amount },
        { account: to, amount },
      ],
      references,
    });

  /** Money for a refund: what clearing lacks, because the day was closed, comes back from the merchant. */
  const fundRefund = (operationId: string, amount: Kopecks): boolean => {
    const lacking = amount - ledger.balance(clearingAccount);
    if (lacking <= 0) return true;
    if (ledger.balance(merchantAccount) < lacking) return false;
    post(`${operationId}/fund`, 'refund-funding', merchantAccount, clearingAccount, lacking, {});
    return true;
  };

  const movement = (request: MoneyRequest) => ({
    operationId: request.operationId,
    basketId: request.basketId ?? '',
    panHash: panHashOf(request.pan),
    certificate: request.certificate,
    own: request.own,
  });

  const struck = (leg: 'own' | 'certificate', request: MoneyRequest): Parts['code'] | undefined => {
    const fault = faults.strike(leg, {
      kind: request.kind,
      basketId: request.basketId,
      own: request.own,
      certificate: request.certificate,
    });
    return fault?.do === 'refuse' ? String(fault.code ?? '05') : undefined;
  };

  const moveCertificate = (request: MoneyRequest): { readonly code: string; readonly text?: string } => {
    const refused = struck('certificate', request);
    if (refused !== undefined) return { code: refused };
    if (certificates === undefined) return { code: '91' };
    if (request.kind === 'refund' && !fundRefund(request.operationId, request.certificate + request.own))
      return { code: '51' };
    const answer =
      request.kind === 'payment'
        ? certificates.debit(movement(request))
        : certificates.credit(movement(request));
    if (answer.ok) return { code: '00' };
    // FES has codes of its own; the card's side tells the till "not permitted" and why in words.
    return { code: '57', text: `СЕРТИФИКАТ: ${answer.description}` };
  };

  const payOwn = (request: MoneyRequest, card: EmulatedCard): string => {
    const refused = struck('own', request);
    if (refused !== undefined) return refused;
    const account = `card/${card.id}`;
    if (ledger.balance(account) < request.own) return '51';
    post(
      `${request.operationId}/own`,
      'own-payment',
      account,
      clearingAccount,
      request.own,
      references(request),
    );
    return '00';
  };

  const references = (request: MoneyRequest): Readonly<Record<string, string>> => ({
    operationId: request.operationId,
    ...(request.basketId === undefined ? {} : { basketId: request.basketId }),
  });

  const isTest = (request: MoneyRequest): boolean =>
    request.certificate > 0 &&
    request.basketId !== undefined &&
    certificates?.basket(request.basketId)?.test === true;

  const pay = (request: MoneyRequest, card: EmulatedCard): Parts => {
    const none = { own: 'not-attempted', certificate: 'not-attempted' } as const;
    const { own, certificate } = request;
    if (isTest(request))
      return own > 0
        ? { ...none, own: 'refused', code: testCode }
        : { ...none, certificate: 'refused', code: testCode };
    if (order === 'own-first') {
      if (own > 0) {
        const code = payOwn(request, card);
        if (code !== '00') return { ...none, own: 'refused', code };
      }
      if (certificate === 0) return { ...none, own: 'done', code: '00' };
      const answer = moveCertificate(request);
      if (answer.code === '00')
        return { own: own > 0 ? 'done' : 'not-attempted', certificate: 'done', code: '00' };
      if (own > 0 && whenCertificateRefused === 'keep-own')
        return { own: 'done', certificate: 'refused', ...answer };
      if (own > 0) {
        post(
          `${request.operationId}/own-reversal`,
          'own-reversal',
          clearingAccount,
          `card/${card.id}`,
          own,
          references(request),
        );
      }
      return { own: own > 0 ? 'refused' : 'not-attempted', certificate: 'refused', ...answer };
    }
    if (certificate > 0) {
      const answer = moveCertificate(request);
      if (answer.code !== '00') return { ...none, certificate: 'refused', ...answer };
    }
    if (own === 0) return { ...none, certificate: 'done', code: '00' };
    const code = payOwn(request, card);
    return {
      own: code === '00' ? 'done' : 'refused',
      certificate: certificate > 0 ? 'done' : 'not-attempted',
      code,
    };
  };

  /** What of a card's own payments was not given back yet. */
  const refundable = (cardId: string, rrn: string | undefined): Kopecks => {
    let left = 0;
    for (const one of journal) {
      if (one.cardId !== cardId || one.voided || one.own !== 'done') continue;
      if (one.kind === 'payment' && (rrn === undefined || one.rrn === rrn)) left += one.ownAmount;
      if (one.kind === 'refund' && (rrn === undefined || refundOf.get(one.operationId) === rrn))
        left -= one.ownAmount;
    }
    return left;
  };
  const refundOf = new Map<string, string>();

  const refund = (request: MoneyRequest, card: EmulatedCard): Parts => {
    const none = { own: 'not-attempted', certificate: 'not-attempted' } as const;
    const { own, certificate } = request;
    if (own > 0) {
      const refused = struck('own', request);
      // Checked before the certificate moves, as its credit cannot be taken back.
      if (refused !== undefined) return { ...none, own: 'refused', code: refused };
      if (own > refundable(card.id, request.originalRrn)) return { ...none, own: 'refused', code: '13' };
    }
    if (certificate > 0) {
      const answer = moveCertificate(request);
      // The guide: when the certificate part fails, the whole refund is off.
      if (answer.code !== '00') return { ...none, certificate: 'refused', ...answer };
    }
    if (own === 0) return { ...none, certificate: 'done', code: '00' };
    if (!fundRefund(`${request.operationId}/own`, own))
      return { ...none, own: 'refused', certificate: certificate > 0 ? 'done' : 'not-attempted', code: '51' };
    post(
      `${request.operationId}/own`,
      'own-refund',
      clearingAccount,
      `card/${card.id}`,
      own,
      references(request),
    );
    if (request.originalRrn !== undefined) refundOf.set(request.operationId, request.originalRrn);
    return { own: 'done', certificate: certificate > 0 ? 'done' : 'not-attempted', code: '00' };
  };

  const undo = (operationId: string, original: AcquirerOperation | undefined): Parts => {
    const refusedAs = (code: string): Parts => ({ own: 'refused', certificate: 'not-attempted', code });
    if (original === undefined || original.kind === 'void' || original.voided) return refusedAs('12');
    // Acquirers do not cancel certificate operations (2024): goods are returned instead.
    if (original.certificate === 'done') return refusedAs('57');
    if (original.own !== 'done' || original.cardId === undefined) return refusedAs('12');
    if (original.cleared) return refusedAs('57');
    const card = `card/${original.cardId}`;
    const [from, to] = original.kind === 'payment' ? [clearingAccount, card] : [card, clearingAccount];
    if (ledger.balance(from) < original.ownAmount) return refusedAs('51');
    post(`${operationId}/own`, 'own-void', from, to, original.ownAmount, {
      operationId,
      original: original.operationId,
    });
    return { own: 'done', certificate: 'not-attempted', code: '00' };
  };

  const perform = (request: AuthorizationRequest, refusedAs: string | undefined): AcquirerOperation => {
    const original =
      request.kind === 'void'
        ? journal.find((one) => one.operationId === request.originalOperationId)
        : undefined;
    const card = request.kind === 'void' ? undefined : cards.get(request.pan);
    const ownAmount = request.kind === 'void' ? (original?.ownAmount ?? 0) : kopecks(request.own);
    const certificateAmount = request.kind === 'void' ? 0 : kopecks(request.certificate);
    const decide = (): Parts => {
      const refused = (code: string): Parts => ({
        own: ownAmount > 0 || certificateAmount === 0 ? 'refused' : 'not-attempted',
        certificate: ownAmount > 0 || certificateAmount === 0 ? 'not-attempted' : 'refused',
        code,
      });
      if (refusedAs !== undefined) return refused(refusedAs);
      if (request.kind === 'void') return undo(request.operationId, original);
      if (card === undefined) return refused('14');
      if (request.holder === 'wrong-pin') return refused('55');
      if (ownAmount + certificateAmount === 0) return refused('13');
      if (certificateAmount > 0 && request.basketId === undefined) return refused('12');
      return request.kind === 'payment' ? pay(request, card) : refund(request, card);
    };
    const parts = decide();
    const approved = parts.code === '00';
    if (approved && original !== undefined) {
      const index = journal.indexOf(original);
      journal[index] = { ...original, voided: true };
    }
    return {
      operationId: request.operationId,
      kind: request.kind,
      at: local(),
      terminalId: request.terminalId,
      cardId: card?.id ?? original?.cardId,
      ownAmount,
      certificateAmount,
      basketId: request.kind === 'void' ? undefined : request.basketId,
      voided: false,
      cleared: false,
      answered: true,
      approved,
      own: parts.own,
      certificate: parts.certificate,
      responseCode: parts.code,
      responseText: (parts.text ?? responseTexts[parts.code] ?? 'ОТКАЗ').slice(0, 200),
      rrn: nextRrn(),
      authCode: approved ? randomDigits(random, 6) : undefined,
      maskedPan: request.kind === 'void' ? (original?.maskedPan ?? '') : maskPan(request.pan),
    };
  };

  const answerOf = (one: AcquirerOperation): AuthorizationAnswer => ({
    answered: true,
    approved: one.approved,
    own: one.own,
    certificate: one.certificate,
    responseCode: one.responseCode,
    responseText: one.responseText,
    rrn: one.rrn,
    authCode: one.authCode,
    maskedPan: one.maskedPan,
  });

  const lost = (answer: Pick<AuthorizationAnswer, 'rrn' | 'maskedPan'>): AuthorizationAnswer => ({
    answered: false,
    approved: false,
    own: 'unknown',
    certificate: 'unknown',
    responseCode: '',
    responseText: 'НЕТ СВЯЗИ',
    rrn: answer.rrn,
    maskedPan: answer.maskedPan,
  });

  const amountOf = (one: AcquirerOperation): Kopecks =>
    (one.own === 'done' ? one.ownAmount : 0) + (one.certificate === 'done' ? one.certificateAmount : 0);

  const totals = (terminalId: string): TerminalTotals => {
    const sums = {
      sales: { count: 0, amount: 0 },
      refunds: { count: 0, amount: 0 },
      voids: { count: 0, amount: 0 },
    };
    for (const one of journal.slice(settledUpTo.get(terminalId) ?? 0)) {
      if (one.terminalId !== terminalId) continue;
      const amount = amountOf(one);
      if (amount === 0) continue;
      const line = one.kind === 'payment' ? sums.sales : one.kind === 'refund' ? sums.refunds : sums.voids;
      line.count += 1;
      line.amount += amount;
    }
    return sums;
  };

  const toClear = (): readonly { readonly index: number; readonly entry: ClearingEntry }[] =>
    journal.flatMap((one, index) => {
      if (one.cleared || one.voided || one.kind === 'void' || amountOf(one) === 0) return [];
      const sign = one.kind === 'payment' ? 1 : -1;
      const entry: ClearingEntry = {
        operationId: one.operationId,
        kind: one.kind,
        at: one.at,
        terminalId: one.terminalId,
        maskedPan: one.maskedPan,
        rrn: one.rrn,
        own: one.own === 'done' ? sign * one.ownAmount : 0,
        certificate: one.certificate === 'done' ? sign * one.certificateAmount : 0,
        basketId: one.basketId,
      };
      return [{ index, entry }];
    });

  let clearings = 0;

  return {
    records,
    faults,
    operations: () => [...journal],
    clearing: () => toClear().map(({ entry }) => entry),
    clear() {
      const waiting = toClear();
      const amount = ledger.balance(clearingAccount);
      clearings += 1;
      if (amount > 0)
        post(
          `clearing/${options.seed}/${clearings}`,
          'clearing',
          clearingAccount,
          merchantAccount,
          amount,
          {},
        );
      for (const { index } of waiting)
        journal[index] = { ...(journal[index] as AcquirerOperation), cleared: true };
      records.add({
        at: clock.now(),
        direction: 'note',
        operation: 'clearing',
        facts: { amount, entries: waiting.length },
      });
      return waiting.map(({ entry }) => entry);
    },
    totals,
    settle(terminalId) {
      const sums = totals(terminalId);
      settledUpTo.set(terminalId, journal.length);
      records.add({
        at: clock.now(),
        direction: 'note',
        operation: 'settle',
        facts: { terminalId, ...sums },
      });
      return sums;
    },
    authorize(request) {
      const { operationId, kind } = request;
      const digest = JSON.stringify(
        request.kind === 'void'
          ? [kind, request.originalOperationId]
          : [
              kind,
              panHashOf(request.pan),
              request.own,
              request.certificate,
              request.basketId,
              request.originalRrn,
            ],
      );
      const facts = {
        operationId,
        terminalId: request.terminalId,
        ...(request.kind === 'void'
          ? { original: request.originalOperationId }
          : {
              maskedPan: maskPan(request.pan),
              own: request.own,
              certificate: request.certificate,
              ...(request.basketId === undefined ? {} : { basketId: request.basketId }),
            }),
      };
      records.add({ at: clock.now(), direction: 'in', operation: kind, facts });
      const before = byId.get(operationId);
      if (before !== undefined) {
        const one = journal[before.index] as AcquirerOperation;
        if (before.digest === digest) return answerOf(one);
        return {
          ...answerOf(one),
          approved: false,
          own: 'refused',
          certificate: 'not-attempted',
          responseCode: '94',
          responseText: responseTexts['94'] as string,
          authCode: undefined,
        };
      }
      const fault = faults.strike(kind, facts);
      if (fault?.do === 'drop') {
        records.add({
          at: clock.now(),
          direction: 'note',
          operation: kind,
          facts: { operationId, fault: 'drop' },
        });
        return lost({ rrn: nextRrn(), maskedPan: request.kind === 'void' ? '' : maskPan(request.pan) });
      }
      const done = perform(request, fault?.do === 'refuse' ? String(fault.code ?? '05') : undefined);
      journal.push(done);
      byId.set(operationId, { digest, index: journal.length - 1 });
      const { operationId: _id, ...said } = done;
      records.add({ at: clock.now(), direction: 'out', operation: kind, facts: { operationId, ...said } });
      switch (fault?.do) {
        case 'silent-after-effect':
        case 'disconnect':
        case 'cut':
        case 'corrupt':
          return lost(done);
        default:
          return answerOf(done);
      }
    },
  };
}
