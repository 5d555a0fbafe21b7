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
 * Lowers the price of what was bought. FES has no call for it: the goods are returned at their old price and bought again
 * at the new one, each with its own receipt. An exchange is the same with other goods.
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
  const plan = buildReturn(purchase, [line], earlier);
  const [article] = plan.request.articles;
  if (article === undefined)
    throw bad('line', 'not in the purchase', 'Этого товара нет в покупке по сертификату');
  if (!Number.isSafeInteger(newPrice) || newPrice < 1 || newPrice >= article.price)
    throw bad('newPrice', `not below ${article.price}`, 'Новая цена должна быть ниже прежней');
  const { originalArticleNumber: _, ...again } = article;
  return { ...plan, articles: [{ ...again, articleNumber: 1, price: newPrice }] };
}
