import type { AuthorizationResult, Authorizer } from '@elcert/core';
import { echo, preAuthPurchase } from './actions.js';
import type { PurchaseBasket } from './answers.js';
import { type AuthorizeOptions, authorize } from './authorize.js';
import type { FesCaller, FesCallOptions } from './caller.js';
import { FesError } from './errors.js';
import type { FesCard, PreAuthPurchaseRequest } from './requests.js';

/** The documented code of connection tests. No goods carry it. */
export const testTruCode = '999999999.99999999900000000000';

function testBasket({ panHash, par }: FesCard, price: number): PreAuthPurchaseRequest {
  return {
    panHash,
    ...(par === undefined ? {} : { par }),
    articles: [{ articleNumber: 1, truCode: testTruCode, count: 1, price }],
  };
}

/** One step of {@link checkConnection}. */
export interface ConnectionStep {
  readonly step: 'echo' | 'preAuthPurchase';
  readonly ok: boolean;
  readonly durationMs: number;
  /** Why it failed. */
  readonly error?: FesError | undefined;
}

/** What {@link checkConnection} found. */
export interface ConnectionReport {
  readonly ok: boolean;
  readonly steps: readonly ConnectionStep[];
}

/**
 * The check before the first sale: `echo`, then – when a card is given; any valid one will do – the approval of the test
 * TRU. Moves nothing. A refusal is a result, not an exception; the second step is left out when the first failed.
 */
export async function checkConnection(
  caller: FesCaller,
  card?: FesCard,
  options: Omit<FesCallOptions, 'requestId'> = {},
): Promise<ConnectionReport> {
  const steps: ConnectionStep[] = [];
  const run = async (step: ConnectionStep['step'], call: () => Promise<unknown>): Promise<boolean> => {
    const startedAt = caller.clock.now();
    let error: FesError | undefined;
    try {
      await call();
    } catch (thrown) {
      if (!(thrown instanceof FesError)) throw thrown;
      error = thrown;
    }
    const durationMs = caller.clock.now() - startedAt;
    steps.push({ step, ok: error === undefined, durationMs, ...(error === undefined ? {} : { error }) });
    return error === undefined;
  };
  const heard = await run('echo', () => echo(caller, undefined, options));
  if (heard && card !== undefined) {
    await run('preAuthPurchase', async () => {
      const basket = await preAuthPurchase(caller, testBasket(card, 100), options);
      if (basket.totalCertAmount > 0) return;
      throw new FesError({
        code: 'FES_BAD_ANSWER',
        message: 'the test TRU was not approved',
        userMessage: 'ФЭС НСПК не одобрил тестовый код ТРУ',
        path: 'basket/totalCertAmount',
        outcome: 'unknown',
      });
    });
  }
  return { ok: steps.every(({ ok }) => ok), steps };
}

/** What {@link runTestPurchase} found. */
export interface TestPurchase {
  /** The acquirer answered "insufficient funds", as it must, and nothing moved. */
  readonly passed: boolean;
  readonly basket: PurchaseBasket;
  readonly result: AuthorizationResult;
  /** For whoever makes the check. */
  readonly userMessage: string;
}

/** Acquirers answer 51; some cash software shows 513. */
const insufficientFunds = new Set(['51', '513']);

/**
 * The documented test purchase: the test TRU is approved, and the terminal then ends with 51 (or 513) whatever the card
 * holds. That is success. No receipt is to be made, nothing is booked.
 *
 * @throws FesError of the pre-auth; whatever the authorizer throws
 */
export async function runTestPurchase(
  caller: FesCaller,
  authorizer: Authorizer,
  request: FesCard & { readonly operationKey: string },
  options: AuthorizeOptions = {},
): Promise<TestPurchase> {
  const { operationKey, ...card } = request;
  const basket = await preAuthPurchase(caller, testBasket(card, 100), options);
  const own = 100 - basket.totalCertAmount;
  const {
    state,
    basketId: _,
    ...result
  } = await authorize(
    caller,
    basket,
    authorizer,
    { ...card, operationKey, certificateAmount: basket.totalCertAmount, ownAmount: own },
    options,
  );
  const passed = state === 'refused' && insufficientFunds.has(result.responseCode ?? '');
  const code = result.responseCode ?? 'без кода';
  return {
    passed,
    basket,
    result,
    userMessage: passed
      ? `Тестовая оплата пройдена: ответ ${code} (недостаточно средств), деньги не списаны, чек не нужен`
      : state === 'refused'
        ? `Тестовая оплата не пройдена: ожидался ответ 51, получен ${code}`
        : 'Тестовая оплата не пройдена: терминал сообщил о списании или не ответил. Обратитесь к эквайреру',
  };
}
