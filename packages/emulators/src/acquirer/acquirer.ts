import { kopecks, localDateTime, randomDigits, randomInt, seededRandom } from '@elcert/core';
import { createRecorder, type EmulatedCard, faultPlan, panHashOf } from '../kernel/index.js';
import { clearingFile, sameTotals, totalsOf, waitingForClearing } from './clearing.js';
import { acquirerMoney, clearingAccount, type Parts } from './money.js';
import { pinCounter } from './pin.js';
import type {
  AcquirerHost,
  AcquirerOperation,
  AcquirerOptions,
  AuthorizationAnswer,
  AuthorizationRequest,
  ClearingFile,
  TerminalTotals,
} from './types.js';

const responseTexts: Readonly<Record<string, string>> = {
  '00': 'ОДОБРЕНО',
  '05': 'ОТКАЗ БАНКА',
  '12': 'НЕВЕРНАЯ ОПЕРАЦИЯ',
  '13': 'НЕВЕРНАЯ СУММА',
  '14': 'КАРТА НЕИЗВЕСТНА',
  '51': 'НЕДОСТАТОЧНО СРЕДСТВ',
  '513': 'НЕДОСТАТОЧНО СРЕДСТВ',
  '55': 'НЕВЕРНЫЙ ПИН',
  '25': 'ОПЕРАЦИЯ НЕ НАЙДЕНА',
  '57': 'ОПЕРАЦИЯ НЕ РАЗРЕШЕНА',
  '70': 'НУЖЕН ПИН',
  '75': 'ПИН ЗАБЛОКИРОВАН',
  '91': 'НЕТ СВЯЗИ С ФЭС',
  '94': 'ПОВТОР ОПЕРАЦИИ',
};

/** A card number as anyone may see it: stars and the last four digits. */
export function maskPan(pan: string): string {
  return `${'*'.repeat(Math.max(pan.length - 4, 0))}${pan.slice(-4)}`;
}

/**
 * The acquirer in memory, without its HTTP end: what a terminal's emulator needs. The buyers' own money is booked from
 * `bank` to `card/<id>` when it is made.
 *
 * Faults of `acquirer` strike the operations `payment`, `refund`, `void`, `reversal` as a whole and `own`, `certificate` within them
 * (there `refuse` with its `code` is the only one that counts).
 */
export function createAcquirer(options: AcquirerOptions): AcquirerHost {
  const { clock, ledger, scenario, certificates } = options;
  const records = createRecorder('acquirer');
  const faults = faultPlan('acquirer', options.faults, seededRandom(`acquirer faults ${options.seed}`));
  const random = seededRandom(`acquirer ${options.seed}`);
  let sequence = randomInt(random, 100_000);
  const journal: AcquirerOperation[] = [];
  const byId = new Map<string, { readonly digest: string; index: number }>();
  // Per terminal: the first journal entry that its totals still count.
  const settledUpTo = new Map<string, number>();
  const merchantAccount = `merchant/${scenario.merchant.id}`;
  const money = acquirerMoney({ ...options, certificates, merchantAccount, faults, journal });
  const pins = pinCounter(options.pin);
  const files: ClearingFile[] = [];

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

  const perform = (request: AuthorizationRequest, refusedAs: string | undefined): AcquirerOperation => {
    const original =
      'originalOperationId' in request
        ? journal.find((one) => one.operationId === request.originalOperationId)
        : undefined;
    const card = 'pan' in request ? cards.get(request.pan) : undefined;
    const ownAmount = 'pan' in request ? kopecks(request.own) : (original?.ownAmount ?? 0);
    const certificateAmount = 'pan' in request ? kopecks(request.certificate) : 0;
    const decide = (): Parts => {
      const refused = (code: string): Parts => ({
        own: ownAmount > 0 || certificateAmount === 0 ? 'refused' : 'not-attempted',
        certificate: ownAmount > 0 || certificateAmount === 0 ? 'not-attempted' : 'refused',
        code,
      });
      if (refusedAs !== undefined) return refused(refusedAs);
      if (!('pan' in request)) {
        if (request.kind === 'reversal' && original === undefined) return refused('25');
        return money.undo(request.operationId, original);
      }
      if (card === undefined) return refused('14');
      const pin = pins.check(card, request);
      if (pin !== undefined) return refused(pin);
      if (ownAmount + certificateAmount === 0) return refused('13');
      if (certificateAmount > 0 && request.basketId === undefined) return refused('12');
      return request.kind === 'payment' ? money.pay(request, card) : money.refund(request, card);
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
      basketId: 'pan' in request ? request.basketId : undefined,
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
      maskedPan: 'pan' in request ? maskPan(request.pan) : (original?.maskedPan ?? ''),
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

  const totals = (terminalId: string): TerminalTotals =>
    totalsOf(journal.slice(settledUpTo.get(terminalId) ?? 0), terminalId);

  return {
    records,
    faults,
    operations: () => [...journal],
    clearing: () => waitingForClearing(journal).map(({ entry }) => entry),
    clear() {
      const waiting = waitingForClearing(journal);
      const amount = ledger.balance(clearingAccount);
      const number = files.length + 1;
      if (amount > 0) {
        const id = `clearing/${options.seed}/${number}`;
        money.post(id, 'clearing', clearingAccount, merchantAccount, amount, {});
      }
      for (const { index } of waiting)
        journal[index] = { ...(journal[index] as AcquirerOperation), cleared: true };
      const entries = waiting.map(({ entry }) => entry);
      files.push(clearingFile({ number, at: local(), merchantId: scenario.merchant.id }, entries));
      records.add({
        at: clock.now(),
        direction: 'note',
        operation: 'clearing',
        facts: { amount, entries: waiting.length },
      });
      return entries;
    },
    clearingFiles: () => [...files],
    totals,
    settle(terminalId, counted) {
      const sums = totals(terminalId);
      const agreed = counted === undefined || sameTotals(counted, sums);
      settledUpTo.set(terminalId, journal.length);
      records.add({
        at: clock.now(),
        direction: 'note',
        operation: 'settle',
        facts: { terminalId, ...sums, agreed },
      });
      return { ...sums, agreed };
    },
    balances: () =>
      scenario.cards.map(({ id }) => ({
        cardId: id,
        balance: ledger.balance(`card/${id}`),
        pinTriesLeft: pins.left(id),
      })),
    unblock: (cardId) => pins.reset(cardId),
    authorize(request) {
      const { operationId, kind } = request;
      const digest = JSON.stringify(
        !('pan' in request)
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
        ...(!('pan' in request)
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
        return lost({ rrn: nextRrn(), maskedPan: 'pan' in request ? maskPan(request.pan) : '' });
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
