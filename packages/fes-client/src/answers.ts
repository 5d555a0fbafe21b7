import type { Kopecks } from '@elcert/core';
import * as z from 'zod/mini';
import { FesError } from './errors.js';
import { firstIssue } from './issues.js';
import type { FesWireProfile } from './profile.js';
import type { FesArticle, FesReturnArticle } from './requests.js';

/** What one certificate pays of one position. */
export interface CertificateShare {
  readonly certificateId: string;
  /** Units that it pays for. */
  readonly certCount: number;
  /** Kopecks it pays for each of them. */
  readonly certPrice: Kopecks;
  /** Most it may pay for a unit, kopecks. */
  readonly certMaxPrice?: Kopecks | undefined;
}

/** One position of an approved basket. */
export interface BasketArticle {
  readonly articleNumber: number;
  readonly articleCode?: string | undefined;
  readonly truCode: string;
  readonly price: Kopecks;
  readonly count: number;
  /** Empty when no certificate pays for it. */
  readonly certificates: readonly CertificateShare[];
}

/** A purchase that FES has approved: it can be paid until {@link PurchaseBasket.expiresAt}. */
export interface PurchaseBasket {
  readonly kind: 'purchase';
  /** 24 digits. */
  readonly purchaseBasketId: string;
  /** Σ certCount × certPrice over everything, kopecks: exactly what a certificate payment must ask for. */
  readonly totalCertAmount: Kopecks;
  /** Every position that was asked for, in the order it was asked. */
  readonly articles: readonly BasketArticle[];
  /** Milliseconds since 1970, counted from the moment the request went out. */
  readonly expiresAt: number;
}

/** A return that FES has approved. */
export interface ReturnBasket {
  readonly kind: 'return';
  /** 24 digits. */
  readonly returnBasketId: string;
  /** Kopecks that go back to certificates. */
  readonly totalCertAmount: Kopecks;
  readonly articles: readonly BasketArticle[];
  readonly expiresAt: number;
}

/** A basket as FES remembers it. */
export interface BasketComposition {
  readonly basketId: string;
  readonly totalCertAmount: Kopecks;
  readonly articles: readonly (Omit<BasketArticle, 'count'> & {
    /** Not every answer repeats it. */
    readonly count?: number | undefined;
  })[];
}

/** What is left of a certificate for one TRU. */
export interface CardCertificateTru {
  readonly truCode: string;
  readonly balanceCount?: number | undefined;
  /** Kopecks. */
  readonly balanceMoney?: Kopecks | undefined;
  /** Most for a unit, kopecks. */
  readonly limitMoney?: Kopecks | undefined;
}

/** A certificate of a card. */
export interface CardCertificate {
  readonly id: string;
  readonly comment?: string | undefined;
  readonly type?: string | undefined;
  /** ISO, as FES writes it. */
  readonly startDate?: string | undefined;
  readonly expiryDate?: string | undefined;
  readonly balanceCount?: number | undefined;
  readonly balanceMoney?: Kopecks | undefined;
  readonly limitMoney?: Kopecks | undefined;
  readonly tru: readonly CardCertificateTru[];
}

/** A paid purchase of a card. */
export interface PaidBasket {
  readonly basketId: string;
  /** ISO date and time of the payment, as FES writes it. */
  readonly authDate: string;
}

/** `result` of every answer. */
export interface FesResult {
  readonly code: number;
  readonly description: string;
}

// Readers are lenient where nothing is lost by it: a number may be numeric text, null is absent, unknown members pass.
const number = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^-?\d{1,16}(?:\.0{1,6})?$/, 'not a number'))]),
  z.transform((value) => Number(value)),
);
const atLeast = (min: number, message: string) =>
  z.pipe(
    number,
    z.number().check(z.refine((value) => Number.isSafeInteger(value) && value >= min, { message })),
  );
const money = atLeast(0, 'not whole kopecks');
const units = atLeast(0, 'not a whole number of units');
const text = z.pipe(
  z.union([z.string(), z.number()]),
  z.transform((value) => String(value)),
);
const maybe = <T extends z.core.$ZodType>(schema: T) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? undefined),
  );
const list = <T extends z.core.$ZodType>(schema: T, most: number) =>
  z.pipe(
    z.nullish(z.array(schema).check(z.maxLength(most, `more than ${most}`))),
    z.transform((value) => value ?? []),
  );

/** A list that must be there, at least as null: one that got lost on the way must not look like an empty one. */
const givenList = <T extends z.core.$ZodType>(schema: T, most: number) =>
  z.pipe(
    z.nullable(z.array(schema).check(z.maxLength(most, `more than ${most}`))),
    z.transform((value) => value ?? []),
  );

const basketId = z.string().check(z.regex(/^\d{24}$/, 'not a basket id of 24 digits'));
const certificateId = z.string().check(z.regex(/^\d{1,30}$/, 'not a certificate id of up to 30 digits'));

const resultSchema = z.object({
  code: atLeast(Number.MIN_SAFE_INTEGER, 'not a code'),
  description: maybe(text),
});

const articleSchema = z.object({
  articleNumber: atLeast(1, 'not an article number'),
  articleCode: maybe(text),
  truCode: maybe(z.string()),
  price: maybe(money),
  count: maybe(units),
  certificate: list(
    z.object({ certificateId, certCount: units, certPrice: money, certMaxPrice: maybe(money) }),
    1000,
  ),
});

const basketSchema = z.object({
  purchaseBasketId: maybe(basketId),
  returnBasketId: maybe(basketId),
  totalCertAmount: money,
  article: list(articleSchema, 1000),
});

const certificateSchema = z.object({
  id: certificateId,
  comment: maybe(text),
  type: maybe(text),
  startDate: maybe(z.string()),
  expiryDate: maybe(z.string()),
  balanceCount: maybe(units),
  balanceMoney: maybe(money),
  limitMoney: maybe(money),
  tru: list(
    z.object({
      truCode: z.string(),
      balanceCount: maybe(units),
      balanceMoney: maybe(money),
      limitMoney: maybe(money),
    }),
    1000,
  ),
});

type WireBasket = z.output<typeof basketSchema>;

function bad(path: string, message: string): FesError {
  return new FesError({
    code: 'FES_BAD_ANSWER',
    message: `${path}: ${message}`,
    userMessage: 'Ответ ФЭС НСПК противоречив: пробивать по нему нельзя, повторите проверку корзины',
    path,
    outcome: 'unknown',
  });
}

function read<T extends z.core.$ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const result = z.safeParse(schema, value);
  if (result.success) return result.data;
  const issue = firstIssue(result.error, path);
  throw bad(issue.path, issue.message);
}

/** Drops members that are absent, so that an answer prints and compares as it was sent. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** Reads `result`; anything that is not an object with a numeric code is not an answer of FES. */
export function readResult(profile: FesWireProfile, answer: Readonly<Record<string, unknown>>): FesResult {
  const { result } = profile.names;
  const { code, description } = read(resultSchema, answer[result], result);
  return { code, description: description ?? '' };
}

function shares(article: WireBasket['article'][number]): CertificateShare[] {
  return article.certificate.filter((share) => share.certCount > 0).map(present);
}

function shareSum(certificates: readonly CertificateShare[]): number {
  return certificates.reduce((sum, share) => sum + share.certCount * share.certPrice, 0);
}

/** Answers name what they approve; the positions themselves are ours, and must not have changed on the way. */
function matchArticles(
  asked: readonly (FesArticle | FesReturnArticle)[],
  wire: WireBasket,
  path: string,
): BasketArticle[] {
  const answered = new Map<number, WireBasket['article'][number]>();
  wire.article.forEach((article, index) => {
    const at = `${path}/article[${index}]`;
    const request = asked.find((one) => one.articleNumber === article.articleNumber);
    if (request === undefined) throw bad(`${at}/articleNumber`, `${article.articleNumber} was not asked for`);
    if (answered.has(article.articleNumber))
      throw bad(`${at}/articleNumber`, `${article.articleNumber} stands twice`);
    for (const name of ['truCode', 'price', 'count'] as const) {
      if (article[name] !== undefined && article[name] !== request[name])
        throw bad(`${at}/${name}`, 'differs from the request');
    }
    const used = shares(article);
    if (used.reduce((sum, share) => sum + share.certCount, 0) > request.count)
      throw bad(`${at}/certificate`, 'certificates pay for more units than were asked for');
    const dear = used.findIndex((share) => share.certPrice > request.price);
    if (dear >= 0) throw bad(`${at}/certificate[${dear}]/certPrice`, 'above the price of the unit');
    answered.set(article.articleNumber, article);
  });
  return asked.map((request) => {
    const article = answered.get(request.articleNumber);
    return {
      articleNumber: request.articleNumber,
      ...(request.articleCode === undefined ? {} : { articleCode: request.articleCode }),
      truCode: request.truCode,
      price: request.price,
      count: request.count,
      certificates: article === undefined ? [] : shares(article),
    };
  });
}

function checkTotal(wire: WireBasket, path: string): void {
  const sum = wire.article.reduce((total, article) => total + shareSum(shares(article)), 0);
  if (sum !== wire.totalCertAmount) {
    throw bad(
      `${path}/totalCertAmount`,
      `${wire.totalCertAmount} is announced, the certificates add up to ${sum}`,
    );
  }
}

function approvedBasket(
  profile: FesWireProfile,
  asked: readonly FesArticle[],
  answer: Readonly<Record<string, unknown>>,
): { wire: WireBasket; articles: BasketArticle[]; path: string } {
  const { basket: path, article } = profile.names;
  const value = answer[path];
  const wire = read(basketSchema, renameArticle(value, article), path);
  checkTotal(wire, path);
  // With every unit at or below its price, the sum is at or below the basket's total too.
  return { wire, articles: matchArticles(asked, wire, path), path };
}

/** The list of positions may have another name in a corrected profile. */
function renameArticle(value: unknown, name: string): unknown {
  if (name === 'article' || typeof value !== 'object' || value === null) return value;
  return { ...value, article: (value as Record<string, unknown>)[name] };
}

/**
 * Reads the answer to a purchase's pre-auth and checks it against the request.
 *
 * @throws FesError `FES_BAD_ANSWER` (`unknown`) with the path of what contradicts
 */
export function readPurchaseBasket(
  profile: FesWireProfile,
  asked: readonly FesArticle[],
  answer: Readonly<Record<string, unknown>>,
  sentAt: number,
): PurchaseBasket {
  const { wire, articles, path } = approvedBasket(profile, asked, answer);
  if (wire.purchaseBasketId === undefined) throw bad(`${path}/purchaseBasketId`, 'absent');
  return {
    kind: 'purchase',
    purchaseBasketId: wire.purchaseBasketId,
    totalCertAmount: wire.totalCertAmount,
    articles,
    expiresAt: sentAt + profile.basketLifeMs,
  };
}

/** Reads the answer to a return's pre-auth and checks it against the request. */
export function readReturnBasket(
  profile: FesWireProfile,
  asked: readonly FesReturnArticle[],
  answer: Readonly<Record<string, unknown>>,
  sentAt: number,
): ReturnBasket {
  const { wire, articles, path } = approvedBasket(profile, asked, answer);
  if (wire.returnBasketId === undefined) throw bad(`${path}/returnBasketId`, 'absent');
  return {
    kind: 'return',
    returnBasketId: wire.returnBasketId,
    totalCertAmount: wire.totalCertAmount,
    articles,
    expiresAt: sentAt + profile.basketLifeMs,
  };
}

/** Reads the composition of a basket. */
export function readComposition(
  profile: FesWireProfile,
  asked: string,
  answer: Readonly<Record<string, unknown>>,
): BasketComposition {
  const { basket: path, article } = profile.names;
  const wire = read(basketSchema, renameArticle(answer[path], article), path);
  checkTotal(wire, path);
  const id = wire.purchaseBasketId ?? wire.returnBasketId;
  if (id !== undefined && id !== asked) throw bad(path, 'it is another basket');
  return {
    basketId: asked,
    totalCertAmount: wire.totalCertAmount,
    articles: wire.article.map((one, index) => {
      const at = `${path}/article[${index}]`;
      if (one.truCode === undefined) throw bad(`${at}/truCode`, 'absent');
      if (one.price === undefined) throw bad(`${at}/price`, 'absent');
      return present({
        articleNumber: one.articleNumber,
        articleCode: one.articleCode,
        truCode: one.truCode,
        price: one.price,
        count: one.count,
        certificates: shares(one),
      });
    }),
  };
}

/** Reads the basket id that belongs to a receipt. */
export function readPurchaseBasketId(
  profile: FesWireProfile,
  answer: Readonly<Record<string, unknown>>,
): string {
  const { purchaseBasketId } = profile.names;
  return read(basketId, answer[purchaseBasketId], purchaseBasketId);
}

/** Reads the certificates of a card. */
export function readCertificates(
  profile: FesWireProfile,
  answer: Readonly<Record<string, unknown>>,
): CardCertificate[] {
  const { certificates: path } = profile.names;
  return read(givenList(certificateSchema, 1000), answer[path], path).map((one) =>
    present({ ...one, tru: one.tru.map(present) }),
  );
}

/** Reads the paid baskets of a card. */
export function readPaidBaskets(
  profile: FesWireProfile,
  answer: Readonly<Record<string, unknown>>,
): PaidBasket[] {
  const { baskets: path } = profile.names;
  return read(givenList(z.object({ basketId, authDate: z.string() }), 10_000), answer[path], path);
}
