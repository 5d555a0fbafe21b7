import type { Kopecks } from '@elcert/core';
import type { BasketComposition, PurchaseBasket } from './answers.js';
import { FesError } from './errors.js';
import type { FesArticle, FesReturnArticle, PreAuthReturnRequest } from './requests.js';

/** Goods that the buyer brings back. */
export interface ReturnLine {
  /** Position of the purchase, when it is known. */
  readonly articleNumber?: number | undefined;
  /** Otherwise it is found by these. */
  readonly articleCode?: string | undefined;
  readonly truCode?: string | undefined;
  readonly price?: Kopecks | undefined;
  /** Whole units. */
  readonly count: number;
}

/** A return that may be asked of FES; the card is added by the caller. */
export interface ReturnPlan {
  readonly request: Pick<PreAuthReturnRequest, 'purchaseBasketId' | 'articles'>;
  /** Indices of lines that were no part of the certificate purchase: they are returned without FES. */
  readonly ordinaryLines: readonly number[];
}

type Purchase = PurchaseBasket | BasketComposition;
type Position = Purchase['articles'][number];

function bad(path: string, message: string, userMessage: string): FesError {
  return new FesError({
    code: 'FES_BAD_REQUEST',
    message: `${path}: ${message}`,
    userMessage,
    path,
    outcome: 'not-sent',
  });
}

function matches(position: Position, line: ReturnLine): boolean {
  if (line.articleNumber !== undefined) return position.articleNumber === line.articleNumber;
  if (line.articleCode === undefined && line.truCode === undefined) return false;
  return (
    (line.articleCode === undefined || position.articleCode === line.articleCode) &&
    (line.truCode === undefined || position.truCode === line.truCode) &&
    (line.price === undefined || position.price === line.price)
  );
}

/**
 * Builds a return out of what was bought: finds each line's position, joins lines of one position, leaves out what the
 * certificate purchase did not hold, refuses more than was bought.
 *
 * @param purchase - the approved basket, or its composition asked from FES
 * @param earlier - positions of earlier returns of the same purchase, as they were sent
 * @throws FesError `FES_BAD_REQUEST` (`not-sent`) with the path of the line; also when a line fits several positions
 * @example
 * ```ts
 * const purchase = await client.basket({ basketId });
 * const { request } = buildReturn(purchase, [{ articleCode: 'SKU-1', count: 1 }]);
 * const back = await client.preAuthReturn({ ...request, panHash });
 * ```
 */
export function buildReturn(
  purchase: Purchase,
  lines: readonly ReturnLine[],
  earlier: readonly Pick<FesReturnArticle, 'originalArticleNumber' | 'count'>[] = [],
): ReturnPlan {
  const counts = new Map<Position, number>();
  const ordinaryLines: number[] = [];
  lines.forEach((line, index) => {
    const at = `lines[${index}]`;
    if (!Number.isSafeInteger(line.count) || line.count < 1)
      throw bad(`${at}/count`, 'not a whole number of units', 'К возврату нужно целое количество');
    const [position, another] = purchase.articles.filter((one) => matches(one, line));
    if (position === undefined) {
      ordinaryLines.push(index);
      return;
    }
    if (another !== undefined)
      throw bad(
        at,
        'fits several positions of the purchase',
        'Укажите, какую именно позицию покупки вернуть',
      );
    const count = (counts.get(position) ?? 0) + line.count;
    const gone = earlier
      .filter((one) => one.originalArticleNumber === position.articleNumber)
      .reduce((sum, one) => sum + one.count, 0);
    if (position.count !== undefined && gone + count > position.count) {
      throw bad(
        `${at}/count`,
        `${position.count} were bought, ${gone} returned, ${count} asked for`,
        gone > 0 ? 'Часть этого товара уже возвращена' : 'К возврату указано больше, чем куплено',
      );
    }
    counts.set(position, count);
  });
  const articles = [...counts].map(
    ([{ articleNumber, articleCode, truCode, price }, count], index): FesReturnArticle => ({
      articleNumber: index + 1,
      originalArticleNumber: articleNumber,
      ...(articleCode === undefined ? {} : { articleCode }),
      truCode,
      count,
      price,
    }),
  );
  const purchaseBasketId = 'purchaseBasketId' in purchase ? purchase.purchaseBasketId : purchase.basketId;
  return { request: { purchaseBasketId, articles }, ordinaryLines };
}

/** A return and the purchase that follows it. */
export interface ExchangePlan extends ReturnPlan {
  /** What is bought in exchange. */
  readonly articles: readonly FesArticle[];
}

/**
 * Exchanges goods. FES has no call for it: what the buyer brings back is returned, what he takes is bought, each with a
 * pre-auth, a payment and a receipt of its own – the return first, because only it gives the certificate its balance back.
 *
 * The certificate decides anew: it pays for the other goods only if it names them. `splitBasket` of the new basket tells
 * what the buyer adds.
 *
 * @param lines - what the buyer brings back, all of it out of the certificate purchase
 * @param instead - what the buyer takes for it; numbered from 1 in this order
 * @param earlier - positions of earlier returns of the same purchase, as they were sent
 * @throws FesError as {@link buildReturn}; also for a line that is not in the purchase, and when a list is empty
 * @example
 * ```ts
 * const plan = buildExchange(purchase, [{ articleNumber: 1, count: 1 }], [{ truCode, count: 1, price: 135_000 }]);
 * const back = await client.preAuthReturn({ ...plan.request, panHash });
 * // … refund(client, back, …), the return's receipt, fiscalReceiptData …
 * const basket = await client.preAuthPurchase({ articles: plan.articles, panHash });
 * // … authorize(client, basket, …), the sale's receipt, fiscalReceiptData …
 * ```
 */
export function buildExchange(
  purchase: Purchase,
  lines: readonly ReturnLine[],
  instead: readonly Omit<FesArticle, 'articleNumber'>[],
  earlier: readonly Pick<FesReturnArticle, 'originalArticleNumber' | 'count'>[] = [],
): ExchangePlan {
  const plan = buildReturn(purchase, lines, earlier);
  const [stranger] = plan.ordinaryLines;
  if (stranger !== undefined || plan.request.articles.length === 0)
    throw bad(
      stranger === undefined ? 'lines' : `lines[${stranger}]`,
      stranger === undefined ? 'nothing comes back' : 'not in the purchase',
      'Этого товара нет в покупке по сертификату',
    );
  if (instead.length === 0)
    throw bad('instead', 'nothing is taken', 'Укажите товар, который покупатель берёт взамен');
  return { ...plan, articles: instead.map((article, index) => ({ ...article, articleNumber: index + 1 })) };
}

/**
 * Lowers the price of what was bought: a {@link buildExchange} for the same goods at the new price.
 *
 * @param newPrice - kopecks for a unit, below the old price
 * @throws FesError as {@link buildReturn}; also for a price that is not lower
 */
export function buildPriceReduction(
  purchase: Purchase,
  line: ReturnLine,
  newPrice: Kopecks,
  earlier: readonly Pick<FesReturnArticle, 'originalArticleNumber' | 'count'>[] = [],
): ExchangePlan {
  const [article] = buildReturn(purchase, [line], earlier).request.articles;
  if (article === undefined)
    throw bad('line', 'not in the purchase', 'Этого товара нет в покупке по сертификату');
  if (!Number.isSafeInteger(newPrice) || newPrice < 1 || newPrice >= article.price)
    throw bad('newPrice', `not below ${article.price}`, 'Новая цена должна быть ниже прежней');
  const { originalArticleNumber: _, articleNumber: _number, ...again } = article;
  return buildExchange(purchase, [line], [{ ...again, price: newPrice }], earlier);
}
