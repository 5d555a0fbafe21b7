import {
  type BasketComposition,
  type CardCertificate,
  type PaidBasket,
  type PurchaseBasket,
  type ReturnBasket,
  readCertificates,
  readComposition,
  readPaidBaskets,
  readPurchaseBasket,
  readPurchaseBasketId,
  readReturnBasket,
} from './answers.js';
import type { FesCaller, FesCallOptions } from './caller.js';
import { FesError } from './errors.js';
import type { FesOperation } from './profile.js';
import type {
  BasketRequest,
  CertificatesRequest,
  EchoRequest,
  FiscalReceiptDataRequest,
  PreAuthPurchaseRequest,
  PreAuthReturnRequest,
  PurchaseBasketIdRequest,
  PurchaseBasketsRequest,
} from './requests.js';

/** The answer to {@link echo}. */
export interface EchoAnswer {
  readonly requestId: string;
  readonly description: string;
  /** From the last attempt's first byte to its judged answer, milliseconds. */
  readonly durationMs: number;
}

/** What {@link fiscalReceiptData} gives back: FES has the receipt. */
export interface FiscalReceiptDataAnswer {
  readonly requestId: string;
  readonly description: string;
}

/** Puts the request's id into an error that was found while reading the answer. */
async function reading<T>(
  operation: FesOperation,
  requestId: string,
  cashboxId: string,
  read: () => T,
): Promise<T> {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FesError)) throw error;
    throw new FesError({
      code: error.code,
      message: `${operation}: ${error.message}`,
      userMessage: error.userMessage,
      outcome: error.outcome,
      path: error.path,
      details: { operation, requestId, cashboxId },
    });
  }
}

/** Asks FES whether it hears this desk: checks address, API key, MAC and the desk at once. Moves nothing. */
export async function echo(
  caller: FesCaller,
  request: EchoRequest = { message: 'echo' },
  options?: FesCallOptions,
): Promise<EchoAnswer> {
  const { requestId, result, sentAt } = await caller.call('echo', request, options);
  return { requestId, description: result.description, durationMs: caller.clock.now() - sentAt };
}

/**
 * Asks which certificates pay for which goods, and holds their balances for the basket's life. Every change of the
 * basket needs a new one. Moves no money.
 *
 * @throws FesError; after `unknown` the same request may be sent again with the same `requestId`
 */
export async function preAuthPurchase(
  caller: FesCaller,
  request: PreAuthPurchaseRequest,
  options?: FesCallOptions,
): Promise<PurchaseBasket> {
  const { requestId, body, sentAt } = await caller.call('preAuthPurchase', request, options);
  return reading('preAuthPurchase', requestId, caller.cashboxId, () =>
    readPurchaseBasket(caller.profile, request.articles, body, sentAt),
  );
}

/**
 * Asks how much of a return goes back to certificates. Only goods of the purchase basket may stand in it.
 *
 * @throws FesError; after `unknown` the same request may be sent again with the same `requestId`
 */
export async function preAuthReturn(
  caller: FesCaller,
  request: PreAuthReturnRequest,
  options?: FesCallOptions,
): Promise<ReturnBasket> {
  const { requestId, body, sentAt } = await caller.call('preAuthReturn', request, options);
  return reading('preAuthReturn', requestId, caller.cashboxId, () =>
    readReturnBasket(caller.profile, request.articles, body, sentAt),
  );
}

/**
 * Confirms an operation: tells FES which receipt was made for a basket. Due before the end of the receipt's day; to be
 * repeated until it is accepted, which may happen any number of times.
 */
export async function fiscalReceiptData(
  caller: FesCaller,
  request: FiscalReceiptDataRequest,
  options?: FesCallOptions,
): Promise<FiscalReceiptDataAnswer> {
  const { requestId, result } = await caller.call('fiscalReceiptData', request, options);
  return { requestId, description: result.description };
}

/** Finds the purchase basket that a fiscal receipt belongs to. */
export async function purchaseBasketId(
  caller: FesCaller,
  request: PurchaseBasketIdRequest,
  options?: FesCallOptions,
): Promise<string> {
  const { requestId, body } = await caller.call('purchaseBasketId', request, options);
  return reading('purchaseBasketId', requestId, caller.cashboxId, () =>
    readPurchaseBasketId(caller.profile, body),
  );
}

/** Asks what a basket consists of. */
export async function basket(
  caller: FesCaller,
  request: BasketRequest,
  options?: FesCallOptions,
): Promise<BasketComposition> {
  const { requestId, body } = await caller.call('basket', request, options);
  return reading('basket', requestId, caller.cashboxId, () =>
    readComposition(caller.profile, request.basketId, body),
  );
}

/** Lists the certificates of a card with what is left on them. */
export async function certificates(
  caller: FesCaller,
  request: CertificatesRequest,
  options?: FesCallOptions,
): Promise<readonly CardCertificate[]> {
  const { requestId, body } = await caller.call('certificates', request, options);
  return reading('certificates', requestId, caller.cashboxId, () => readCertificates(caller.profile, body));
}

/**
 * Lists the paid baskets of this merchant with a TRU code and a card: how a lost answer of a terminal is resolved. A
 * basket that is not in the list has not been paid *yet*: until its life ends a late terminal may still pay it.
 */
export async function purchaseBaskets(
  caller: FesCaller,
  request: PurchaseBasketsRequest,
  options?: FesCallOptions,
): Promise<readonly PaidBasket[]> {
  const { requestId, body } = await caller.call('purchaseBaskets', request, options);
  return reading('purchaseBaskets', requestId, caller.cashboxId, () => readPaidBaskets(caller.profile, body));
}
