import { type Kopecks, sumKopecks } from '@elcert/core';
import type { BasketArticle, CertificateShare, PurchaseBasket, ReturnBasket } from './answers.js';

/** One position of a basket, divided between certificates and the buyer. Kopecks. */
export interface BasketSplitLine {
  readonly articleNumber: number;
  readonly truCode: string;
  readonly count: number;
  readonly price: Kopecks;
  /** price × count */
  readonly total: Kopecks;
  readonly certificateAmount: Kopecks;
  readonly ownAmount: Kopecks;
  /** Units that a certificate pays for, wholly or in part. */
  readonly coveredCount: number;
  readonly certificates: readonly CertificateShare[];
}

/** A basket divided between certificates and the buyer. In every row and in total: certificate + own = total. */
export interface BasketSplit {
  readonly lines: readonly BasketSplitLine[];
  readonly total: Kopecks;
  /** Equals the basket's `totalCertAmount`. */
  readonly certificateAmount: Kopecks;
  readonly ownAmount: Kopecks;
}

function splitLine(article: BasketArticle): BasketSplitLine {
  const { articleNumber, truCode, count, price, certificates } = article;
  const total = count * price;
  const certificateAmount = sumKopecks(certificates.map((share) => share.certCount * share.certPrice));
  return {
    articleNumber,
    truCode,
    count,
    price,
    total,
    certificateAmount,
    ownAmount: total - certificateAmount,
    coveredCount: certificates.reduce((sum, share) => sum + share.certCount, 0),
    certificates,
  };
}

/**
 * What the cashier tells the buyer: how much certificates pay and how much is left to pay, by position and in total.
 * Ordinary goods of the receipt are not in a FES basket: their sum is added to the own part by the caller.
 *
 * @example
 * ```ts
 * const basket = await client.preAuthPurchase(purchase);
 * const { certificateAmount, ownAmount, lines } = splitBasket(basket);
 * ```
 */
export function splitBasket(basket: PurchaseBasket | ReturnBasket): BasketSplit {
  const lines = basket.articles.map(splitLine);
  return {
    lines,
    total: sumKopecks(lines.map((line) => line.total)),
    certificateAmount: sumKopecks(lines.map((line) => line.certificateAmount)),
    ownAmount: sumKopecks(lines.map((line) => line.ownAmount)),
  };
}
