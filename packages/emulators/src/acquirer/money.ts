import type { Clock, Kopecks, PartState } from '@elcert/core';
import {
  type CertificateDebitPort,
  type EmulatedCard,
  type FaultPlan,
  type Ledger,
  panHashOf,
} from '../kernel/index.js';
import type { AcquirerOperation, AcquirerOptions, AuthorizationRequest } from './types.js';

// How money moves: the parts of a payment and of a refund in their order, and how an own part is taken back.

export const clearingAccount = 'acquirer/clearing';

/** What became of both parts, and the bank's code for it. */
export interface Parts {
  readonly own: PartState;
  readonly certificate: PartState;
  readonly code: string;
  readonly text?: string;
}

/** A request with a card. */
export type MoneyRequest = Extract<AuthorizationRequest, { readonly pan: string }>;

/** What the movements of money need. */
export interface MoneyContext extends Pick<AcquirerOptions, 'order' | 'whenCertificateRefused' | 'testCode'> {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly certificates: CertificateDebitPort | undefined;
  readonly merchantAccount: string;
  readonly faults: FaultPlan;
  readonly journal: readonly AcquirerOperation[];
}

/** Moves money in the ledger. */
export interface AcquirerMoney {
  pay(request: MoneyRequest, card: EmulatedCard): Parts;
  refund(request: MoneyRequest, card: EmulatedCard): Parts;
  /** Takes the own part of an operation back. */
  undo(operationId: string, original: AcquirerOperation | undefined): Parts;
  /** Books a transfer. */
  post(
    id: string,
    operation: string,
    from: string,
    to: string,
    amount: Kopecks,
    references: Readonly<Record<string, string>>,
  ): void;
}

/** Makes an {@link AcquirerMoney}. */
export function acquirerMoney(context: MoneyContext): AcquirerMoney {
  const { clock, ledger, certificates, merchantAccount, faults, journal } = context;
  const order = context.order ?? 'own-first';
  const whenCertificateRefused = context.whenCertificateRefused ?? 'reverse-own';
  const testCode = context.testCode ?? '51';
  // Which payment a refund has given back.
  const refundOf = new Map<string, string>();

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
    if (original === undefined || isUndoing(original.kind) || original.voided) return refusedAs('12');
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

  return { pay, refund, undo, post };
}

/** Whether an operation takes another one back. */
export const isUndoing = (kind: AuthorizationRequest['kind']): kind is 'void' | 'reversal' =>
  kind === 'void' || kind === 'reversal';
