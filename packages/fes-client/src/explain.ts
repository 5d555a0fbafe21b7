import type { CardCertificate } from './answers.js';
import type { BasketSplit } from './split.js';

/** Why a certificate does not pay for all of a position. */
export type OwnPartReason =
  /** The card has no certificate. */
  | 'no-certificate'
  /** Certificates are there, for other goods. */
  | 'other-goods'
  /** One is there for these goods, but not on this day. */
  | 'not-valid-today'
  /** Every unit is paid for up to the certificate's limit; the price is above it. */
  | 'above-limit'
  /** The money of the certificate is used up. */
  | 'money-used-up'
  /** The units of the certificate are used up. */
  | 'count-used-up'
  /** The certificates say nothing against it: FES did not choose them. */
  | 'not-chosen';

/** One position with an own part, and why. */
export interface OwnPartExplanation {
  readonly articleNumber: number;
  readonly reason: OwnPartReason;
  /** For the cashier to tell the buyer. */
  readonly userMessage: string;
}

const messages: Readonly<Record<OwnPartReason, string>> = {
  'no-certificate': 'На карте нет электронных сертификатов',
  'other-goods': 'Сертификаты на карте выданы на другие товары',
  'not-valid-today': 'Срок действия сертификата ещё не начался или уже истёк',
  'above-limit': 'Цена выше предельной по сертификату: разницу доплачивает покупатель',
  'money-used-up': 'Средства сертификата исчерпаны',
  'count-used-up': 'Количество товара по сертификату исчерпано',
  'not-chosen': 'Сертификат есть, но ФЭС НСПК его не применил',
};

function reasonOf(
  line: BasketSplit['lines'][number],
  certificates: readonly CardCertificate[],
  today: string,
): OwnPartReason {
  if (
    line.coveredCount === line.count &&
    line.certificates.every((one) => one.certPrice === one.certMaxPrice)
  )
    return 'above-limit';
  if (certificates.length === 0) return 'no-certificate';
  const base = line.truCode.slice(0, 19);
  const fitting = certificates
    .map((one) => ({ one, tru: one.tru.find(({ truCode }) => truCode.slice(0, 19) === base) }))
    .filter(({ tru }) => tru !== undefined);
  if (fitting.length === 0) return 'other-goods';
  const valid = fitting.filter(
    ({ one }) =>
      (one.startDate === undefined || one.startDate.slice(0, 10) <= today) &&
      (one.expiryDate === undefined || today <= one.expiryDate.slice(0, 10)),
  );
  if (valid.length === 0) return 'not-valid-today';
  if (valid.every(({ one, tru }) => one.balanceMoney === 0 || tru?.balanceMoney === 0))
    return 'money-used-up';
  if (valid.every(({ one, tru }) => one.balanceCount === 0 || tru?.balanceCount === 0))
    return 'count-used-up';
  return line.coveredCount === line.count ? 'above-limit' : 'not-chosen';
}

/**
 * Says of each position with an own part why certificates do not pay for all of it. A deduction from what FES tells of
 * the card, for people to read; sums never depend on it.
 *
 * @param certificates - asked from FES after the pre-auth, so that what the basket holds counts as used
 * @param today - ISO date at the point of sale
 * @example
 * ```ts
 * const reasons = explainOwnPart(splitBasket(basket), await client.certificates({ panHash }), '2026-11-22');
 * ```
 */
export function explainOwnPart(
  split: BasketSplit,
  certificates: readonly CardCertificate[],
  today: string,
): OwnPartExplanation[] {
  return split.lines
    .filter(({ ownAmount }) => ownAmount > 0)
    .map((line) => {
      const reason = reasonOf(line, certificates, today);
      return { articleNumber: line.articleNumber, reason, userMessage: messages[reason] };
    });
}
