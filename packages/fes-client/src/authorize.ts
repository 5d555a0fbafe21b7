import type { AuthorizationResult, Authorizer, CertificatePayment, Kopecks, PartState } from '@elcert/core';
import { purchaseBaskets } from './actions.js';
import type { PurchaseBasket, ReturnBasket } from './answers.js';
import type { FesCaller } from './caller.js';
import { FesError } from './errors.js';
import type { FesCard } from './requests.js';
import { splitBasket } from './split.js';

/** A payment or a refund as the receipt states it. Kopecks. */
export interface AuthorizeRequest extends FesCard {
  /** UUID that the caller has persisted before the call. */
  readonly operationKey: string;
  /** Must be what FES approved. */
  readonly certificateAmount: Kopecks;
  /** What goes over the card itself. */
  readonly ownAmount: Kopecks;
  /** What is paid or given back in cash. */
  readonly cashAmount?: Kopecks | undefined;
  /** Goods of the same receipt that are not in the basket: FES never sees them. */
  readonly ordinaryAmount?: Kopecks | undefined;
}

/** How an authorization ended as a whole. */
export type AuthorizationState =
  /** The certificate was moved, and the card too where it had to be. */
  | 'done'
  /** Nothing moved. */
  | 'refused'
  /** One part moved and the other did not: it has to be given back, or finished. */
  | 'partial'
  /** Ask {@link resolvePayment}, never pay again. */
  | 'unknown';

/** The parts of an authorization, and what they add up to. */
export interface AuthorizedBasket extends AuthorizationResult {
  readonly state: AuthorizationState;
  readonly basketId: string;
}

/** Options of a call that waits for a terminal. */
export interface AuthorizeOptions {
  readonly signal?: AbortSignal | undefined;
}

function wrong(path: string, message: string, userMessage: string): FesError {
  return new FesError({
    code: 'FES_BAD_REQUEST',
    message: `${path}: ${message}`,
    userMessage,
    path,
    outcome: 'not-sent',
  });
}

function idOf(basket: PurchaseBasket | ReturnBasket): string {
  return basket.kind === 'purchase' ? basket.purchaseBasketId : basket.returnBasketId;
}

function paymentOf(
  caller: FesCaller,
  basket: PurchaseBasket | ReturnBasket,
  request: AuthorizeRequest,
): CertificatePayment {
  const { certificateAmount, ownAmount, cashAmount = 0, ordinaryAmount = 0 } = request;
  if (caller.clock.now() >= basket.expiresAt) {
    throw new FesError({
      code: 'FES_BASKET_EXPIRED',
      message: `the basket ${idOf(basket)} has expired`,
      userMessage: 'Срок корзины истёк: проверьте корзину заново',
      outcome: 'not-sent',
      details: { basketId: idOf(basket), expiresAt: basket.expiresAt },
    });
  }
  for (const [name, amount] of Object.entries({ certificateAmount, ownAmount, cashAmount, ordinaryAmount })) {
    if (!Number.isSafeInteger(amount) || amount < 0)
      throw wrong(name, 'not whole kopecks', 'Сумма задана неверно');
  }
  if (certificateAmount !== basket.totalCertAmount) {
    throw wrong(
      'certificateAmount',
      `FES approved ${basket.totalCertAmount}, not ${certificateAmount}`,
      'Сумма по сертификату не равна одобренной: проверьте корзину заново',
    );
  }
  if (basket.kind === 'purchase' && certificateAmount === 0) {
    throw wrong(
      'certificateAmount',
      'no certificate pays in this basket',
      'Сертификатом оплатить нечего: проведите обычную оплату',
    );
  }
  const own = splitBasket(basket).ownAmount + ordinaryAmount;
  if (ownAmount + cashAmount !== own) {
    throw wrong(
      'ownAmount',
      `${own} is left beside the certificates, not ${ownAmount} + ${cashAmount}`,
      'Собственные средства покупателя не сходятся с чеком: проверьте корзину заново',
    );
  }
  return {
    operationKey: request.operationKey,
    basketId: idOf(basket),
    panHash: request.panHash,
    ...(request.par === undefined ? {} : { par: request.par }),
    certificateAmount,
    ownAmount,
  };
}

/** What two parts add up to. A part with nothing to move counts as moved. */
function stateOf({ certificateAmount, ownAmount }: CertificatePayment, result: AuthorizationResult) {
  const parts: PartState[] = [
    ...(certificateAmount > 0 ? [result.certificate] : []),
    ...(ownAmount > 0 ? [result.own] : []),
  ];
  if (parts.includes('unknown')) return 'unknown';
  const done = parts.filter((part) => part === 'done').length;
  return done === parts.length ? 'done' : done === 0 ? 'refused' : 'partial';
}

/**
 * Pays an approved basket: the *auth* of the four verbs (pre-auth, auth, confirm, refund). FES has no public call for it;
 * a terminal or a payment provider does it.
 *
 * Nothing is asked of the authorizer unless the basket lives and both sums are what FES approved.
 *
 * @throws FesError `FES_BASKET_EXPIRED`, `FES_BAD_REQUEST` (`not-sent`); whatever the authorizer throws – after `unknown`
 * ask {@link resolvePayment}
 * @example
 * ```ts
 * const { certificateAmount, ownAmount } = splitBasket(basket);
 * const paid = await authorize(client, basket, terminalAuthorizer(terminal), {
 *   operationKey, panHash, certificateAmount, ownAmount,
 * });
 * if (paid.state === 'done') await printReceipt();
 * ```
 */
export async function authorize(
  caller: FesCaller,
  basket: PurchaseBasket,
  authorizer: Authorizer,
  request: AuthorizeRequest,
  { signal }: AuthorizeOptions = {},
): Promise<AuthorizedBasket> {
  const payment = paymentOf(caller, basket, request);
  const result = await authorizer.pay(payment, signal === undefined ? {} : { signal });
  return { ...result, state: stateOf(payment, result), basketId: payment.basketId };
}

/**
 * Gives the money of an approved return basket back: the money side of *refund*. Where no certificate had paid
 * (`totalCertAmount` 0), the card alone is refunded by ordinary means, not here.
 *
 * @throws as {@link authorize}
 */
export async function refund(
  caller: FesCaller,
  basket: ReturnBasket,
  authorizer: Authorizer,
  request: AuthorizeRequest,
  { signal }: AuthorizeOptions = {},
): Promise<AuthorizedBasket> {
  const payment = paymentOf(caller, basket, request);
  const result = await authorizer.refund(payment, signal === undefined ? {} : { signal });
  return { ...result, state: stateOf(payment, result), basketId: payment.basketId };
}

/** What became of a payment, and who says so. */
export interface PaymentResolution extends AuthorizedBasket {
  readonly resolvedBy: 'authorizer' | 'fes' | 'nobody';
}

/**
 * After an `unknown` payment: asks the authorizer, and where it cannot tell, FES's list of paid baskets. Moves nothing.
 *
 * FES knows the certificate only: what became of the card's own money stays `unknown` then, unless there was none. A
 * basket that is not in the list is given up only after its life has ended; until then a late terminal may still pay.
 */
export async function resolvePayment(
  caller: FesCaller,
  basket: PurchaseBasket,
  authorizer: Authorizer,
  request: AuthorizeRequest,
  { signal }: AuthorizeOptions = {},
): Promise<PaymentResolution> {
  const basketId = basket.purchaseBasketId;
  const amounts = { ...request, basketId } satisfies CertificatePayment;
  const found = (
    result: AuthorizationResult,
    resolvedBy: PaymentResolution['resolvedBy'],
  ): PaymentResolution => ({ ...result, state: stateOf(amounts, result), basketId, resolvedBy });

  const asked = await authorizer.lookup(request.operationKey, signal === undefined ? {} : { signal });
  if (asked.state === 'done') return found(asked.result, 'authorizer');
  if (asked.state === 'not-done')
    return found({ own: 'not-attempted', certificate: 'not-attempted' }, 'authorizer');

  const own: PartState = request.ownAmount === 0 ? 'not-attempted' : 'unknown';
  const covered = basket.articles.find(({ certificates }) => certificates.length > 0);
  if (covered === undefined) return found({ own, certificate: 'not-attempted' }, 'nobody');
  // The life of the basket is read before the question: an answer given while it lived proves nothing.
  const expired = caller.clock.now() >= basket.expiresAt;
  const paid = await purchaseBaskets(
    caller,
    {
      truCode: covered.truCode,
      panHash: request.panHash,
      ...(request.par === undefined ? {} : { par: request.par }),
    },
    { signal },
  );
  if (paid.some((one) => one.basketId === basketId)) return found({ own, certificate: 'done' }, 'fes');
  return expired
    ? found({ own, certificate: 'not-attempted' }, 'fes')
    : found({ own, certificate: 'unknown' }, 'nobody');
}
