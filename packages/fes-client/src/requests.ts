import type { Kopecks, LocalDateTime } from '@elcert/core';
import { formatRubles, localToUnixSeconds } from '@elcert/core';
import { safeParseTruCode } from '@elcert/tru-code';
import * as z from 'zod/mini';
import { FesError } from './errors.js';
import { firstIssue } from './issues.js';
import type { FesOperation, FesWireProfile } from './profile.js';

/** Whose card it is: what a terminal tells of it, or what an e-shop computes. */
export interface FesCard {
  /** SHA-256 over the digits of the card number, 64 lower-case hex digits. A token has a hash of its own. */
  readonly panHash: string;
  /** Payment account reference, 29 characters; obligatory in V2. */
  readonly par?: string | undefined;
}

/** One position of a basket. Only goods that a certificate can pay; equal goods are one position. */
export interface FesArticle {
  /** 1 to 998, unique in the basket (999 means "unknown" to others). */
  readonly articleNumber: number;
  /** The seller's own article, at most 128 characters. */
  readonly articleCode?: string | undefined;
  /** All 30 characters. */
  readonly truCode: string;
  /** Whole units, 1 or more. */
  readonly count: number;
  /** Kopecks for a unit, more than 0. */
  readonly price: Kopecks;
  /** Last six digits of the certificate that the buyer wants to use for this position. */
  readonly certificateLastNumbers?: string | undefined;
}

/** One position of a return. */
export interface FesReturnArticle extends FesArticle {
  /** `articleNumber` of the position in the purchase basket. */
  readonly originalArticleNumber: number;
}

/** What {@link echo} sends. */
export interface EchoRequest {
  readonly message: string;
}

/** What {@link preAuthPurchase} sends. */
export interface PreAuthPurchaseRequest extends FesCard {
  readonly articles: readonly FesArticle[];
}

/** What {@link preAuthReturn} sends. */
export interface PreAuthReturnRequest extends FesCard {
  readonly purchaseBasketId: string;
  readonly articles: readonly FesReturnArticle[];
}

/** Kind of settlement of a receipt, tag 1054. A correction has the kind of what it corrects. */
export type FesSettlementType = 'sale' | 'saleReturn' | 'purchase' | 'purchaseReturn';

/** Name of a fiscal document: drive, number, sign. */
export interface FiscalDocumentName {
  /** Tag 1041, 16 digits. */
  readonly fiscalDriveNumber: string;
  /** Tag 1040. */
  readonly fiscalDocumentNumber: number;
  /** Tag 1077 as printed: up to ten digits. */
  readonly fiscalSign: string;
}

/** What {@link fiscalReceiptData} sends: the receipt of a sale, a return or a correction of either. */
export interface FiscalReceiptDataRequest extends FiscalDocumentName {
  /** Purchase basket for a sale, return basket for a return. */
  readonly basketId: string;
  /** Kopecks paid or returned by certificates. */
  readonly certificateAmount: Kopecks;
  /** Total of the receipt, kopecks. Which of the two is sent the profile says. */
  readonly totalAmount: Kopecks;
  /** Tag 1012 as the receipt shows it; seconds are allowed and not sent. */
  readonly dateTime: LocalDateTime;
  readonly settlementType: FesSettlementType;
  /** Tag 1187, at most 256 characters. */
  readonly place: string;
}

/** What {@link purchaseBasketId} sends. */
export type PurchaseBasketIdRequest = FiscalDocumentName;

/** What {@link basket} sends. */
export interface BasketRequest {
  readonly basketId: string;
}

/** What {@link certificates} sends. */
export type CertificatesRequest = FesCard;

/** What {@link purchaseBaskets} sends. */
export interface PurchaseBasketsRequest extends FesCard {
  readonly truCode: string;
}

/** Most positions a basket may have. */
export const maxArticles = 998;

const matches = (pattern: RegExp, message: string) => z.string(message).check(z.regex(pattern, message));
const whole = (min: number, max: number, message: string) =>
  z.number(message).check(z.int(message), z.gte(min, message), z.lte(max, message));

const basketIdSchema = matches(/^\d{24}$/, 'not a basket id of 24 digits');
const truSchema = z.string('not a TRU code').check(
  z.refine((text) => text.length === 30 && safeParseTruCode(text).ok, {
    message: 'not a TRU code of 30 characters',
  }),
);
const card = {
  panHash: matches(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits'),
  par: z.optional(matches(/^[0-9A-Z]{29}$/, 'not 29 digits and capital letters')),
};
const articleMembers = {
  articleNumber: whole(1, maxArticles, 'not a whole number from 1 to 998'),
  articleCode: z.optional(
    z.string('not a text').check(z.minLength(1, 'empty'), z.maxLength(128, 'longer than 128 characters')),
  ),
  truCode: truSchema,
  count: whole(1, 1_000_000, 'not a whole number of units'),
  price: whole(1, Number.MAX_SAFE_INTEGER, 'not a price in whole kopecks above 0'),
  certificateLastNumbers: z.optional(matches(/^\d{6}$/, 'not six digits')),
};
const document = {
  fiscalDriveNumber: matches(/^\d{16}$/, 'not 16 digits'),
  fiscalDocumentNumber: whole(1, 0xffff_ffff, 'not a document number'),
  fiscalSign: matches(/^\d{1,10}$/, 'not up to ten digits'),
};

const positions = <T extends z.core.$ZodType>(article: T) =>
  z
    .array(article, 'not a list')
    .check(z.minLength(1, 'a basket needs a position'), z.maxLength(maxArticles, 'more than 998 positions'));

const isLocalTime = (text: string) => {
  try {
    localToUnixSeconds(text);
    return true;
  } catch {
    return false;
  }
};

const amount = whole(0, Number.MAX_SAFE_INTEGER, 'not whole kopecks');

const schemas = {
  echo: z.strictObject({ message: z.string('not a text').check(z.maxLength(1024, 'longer than 1024')) }),
  preAuthPurchase: z.strictObject({ ...card, articles: positions(z.strictObject(articleMembers)) }),
  preAuthReturn: z.strictObject({
    ...card,
    purchaseBasketId: basketIdSchema,
    articles: positions(
      z.strictObject({
        ...articleMembers,
        originalArticleNumber: whole(1, maxArticles, 'not a whole number from 1 to 998'),
      }),
    ),
  }),
  fiscalReceiptData: z.strictObject({
    ...document,
    basketId: basketIdSchema,
    certificateAmount: amount,
    totalAmount: amount,
    dateTime: z.string('not a text').check(z.refine(isLocalTime, { message: 'not a local date and time' })),
    settlementType: z.enum(['sale', 'saleReturn', 'purchase', 'purchaseReturn'], 'not a kind of settlement'),
    place: z.string('not a text').check(z.minLength(1, 'empty'), z.maxLength(256, 'longer than 256')),
  }),
  purchaseBasketId: z.strictObject(document),
  basket: z.strictObject({ basketId: basketIdSchema }),
  certificates: z.strictObject(card),
  purchaseBaskets: z.strictObject({ ...card, truCode: truSchema }),
} as const;

/** The request of each operation. */
export interface FesRequests {
  echo: EchoRequest;
  preAuthPurchase: PreAuthPurchaseRequest;
  preAuthReturn: PreAuthReturnRequest;
  fiscalReceiptData: FiscalReceiptDataRequest;
  purchaseBasketId: PurchaseBasketIdRequest;
  basket: BasketRequest;
  certificates: CertificatesRequest;
  purchaseBaskets: PurchaseBasketsRequest;
}

function bad(path: string, message: string, userMessage?: string): FesError {
  return new FesError({
    code: 'FES_BAD_REQUEST',
    message: `${path}: ${message}`,
    userMessage,
    path,
    outcome: 'not-sent',
  });
}

function checkTruCode(text: unknown, path: string): void {
  if (typeof text !== 'string') return;
  const parsed = safeParseTruCode(text);
  if (!parsed.ok) throw bad(path, parsed.error.message, parsed.error.userMessage);
  if (text.length !== 30) {
    throw bad(
      path,
      `${text.length} characters, FES takes all 30: ${parsed.value.full}`,
      'Код ТРУ нужен полностью, 30 символов',
    );
  }
}

/**
 * Checks a request before anything is sent: nothing is trimmed, cut or repaired.
 *
 * @throws FesError `FES_BAD_REQUEST` (`not-sent`) with the path of the first fault
 */
export function checkRequest<Operation extends FesOperation>(
  profile: FesWireProfile,
  operation: Operation,
  request: FesRequests[Operation],
): void {
  const members = request as Partial<PreAuthPurchaseRequest & PurchaseBasketsRequest>;
  // The code's own parser explains what is wrong better than a schema can.
  if (Array.isArray(members?.articles)) {
    members.articles.forEach((article: Partial<FesArticle> | undefined, index: number) => {
      checkTruCode(article?.truCode, `articles[${index}]/truCode`);
    });
  }
  checkTruCode(members?.truCode, 'truCode');
  const result = schemas[operation].safeParse(request);
  if (!result.success) {
    const { path, message } = firstIssue(result.error);
    throw bad(path, message);
  }
  if (members.articles !== undefined) checkArticles(members.articles);
  if (members.par === undefined && profile.parRequiredFor.includes(operation)) {
    throw bad(
      'par',
      `${profile.name} needs the payment account reference`,
      'Терминал не сообщил PAR карты: по этому протоколу сертификатом заплатить нельзя',
    );
  }
}

function checkArticles(articles: readonly FesArticle[]): void {
  const numbers = new Set<number>();
  let total = 0;
  articles.forEach(({ articleNumber, count, price }, index) => {
    if (numbers.has(articleNumber)) {
      throw bad(`articles[${index}]/articleNumber`, `${articleNumber} stands twice in the basket`);
    }
    numbers.add(articleNumber);
    total += count * price;
    if (!Number.isSafeInteger(total)) throw bad(`articles[${index}]`, 'the sum leaves the safe range');
  });
}

function articleToWire(article: FesArticle & Partial<FesReturnArticle>): Record<string, unknown> {
  const { articleNumber, originalArticleNumber, articleCode, truCode, count, price } = article;
  const named = article.certificateLastNumbers;
  return {
    articleNumber,
    ...(originalArticleNumber === undefined ? {} : { originalArticleNumber }),
    ...(articleCode === undefined ? {} : { articleCode }),
    truCode,
    count,
    price,
    ...(named === undefined ? {} : { additionalInfo: [{ code: 'certificateLastNumbers', value: named }] }),
  };
}

function receiptTime(profile: FesWireProfile, dateTime: LocalDateTime): string {
  const [date = '', time = ''] = dateTime.split('T');
  const glue = profile.dateTime === 'yyyyMMddHHmm' ? '' : 'T';
  return `${date.replaceAll('-', '')}${glue}${time.slice(0, 5).replace(':', '')}`;
}

/**
 * The members of a body beyond the request's id and the desk's number, under the names of the profile. Members are put
 * in a fixed order, so that the same request always makes the same bytes.
 */
export function requestToWire<Operation extends FesOperation>(
  profile: FesWireProfile,
  operation: Operation,
  request: FesRequests[Operation],
): Record<string, unknown> {
  const { names } = profile;
  const cardMembers = ({ panHash, par }: FesCard): Record<string, unknown> => ({
    [names.panHash]: profile.panHashCase === 'upper' ? panHash.toUpperCase() : panHash,
    ...(par === undefined ? {} : { [names.par]: par }),
  });
  const documentMembers = (one: FiscalDocumentName): Record<string, unknown> => ({
    [names.fiscalDriveNumber]: one.fiscalDriveNumber,
    [names.fiscalDocumentNumber]: String(one.fiscalDocumentNumber),
    [names.fiscalSign]: one.fiscalSign.padStart(10, '0'),
  });
  const basketMembers = (articles: readonly FesArticle[]): Record<string, unknown> => ({
    [names.basket]: { [names.article]: articles.map(articleToWire) },
  });
  const builders: { readonly [One in FesOperation]: (one: FesRequests[One]) => Record<string, unknown> } = {
    echo: (one) => ({ [names.message]: one.message }),
    preAuthPurchase: (one) => ({ ...cardMembers(one), ...basketMembers(one.articles) }),
    preAuthReturn: (one) => ({
      [names.purchaseBasketId]: one.purchaseBasketId,
      ...cardMembers(one),
      ...basketMembers(one.articles),
    }),
    fiscalReceiptData: (one) => ({
      [names.basketId]: one.basketId,
      ...documentMembers(one),
      [names.sum]: formatRubles(
        profile.fiscalSum === 'certificate' ? one.certificateAmount : one.totalAmount,
      ),
      [names.dateTime]: receiptTime(profile, one.dateTime),
      [names.operationType]: profile.operationTypes[one.settlementType],
      [names.place]: one.place,
    }),
    purchaseBasketId: documentMembers,
    basket: (one) => ({ [names.basketId]: one.basketId }),
    certificates: cardMembers,
    purchaseBaskets: (one) => ({ [names.truCode]: one.truCode, ...cardMembers(one) }),
  };
  return builders[operation](request);
}
