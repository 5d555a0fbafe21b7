import type { Kopecks, LocalDateTime } from '@elcert/core';
import { parseRubles } from '@elcert/core';
import type { FesOperation, FesWireProfile } from '@elcert/fes-client';
import { safeParseTruCode } from '@elcert/tru-code';
import { Refusal } from './refusals.js';

// The server's own reading of bodies, apart from the client's writing of them: only the names come from the profile.

/** A position as it came in. */
export interface WireArticle {
  readonly articleNumber: number;
  readonly originalArticleNumber: number | undefined;
  readonly articleCode: string | undefined;
  readonly truCode: string;
  readonly count: number;
  readonly price: Kopecks;
  readonly certificateLastNumbers: string | undefined;
}

/** A card as it came in. */
export interface WireCard {
  readonly panHash: string;
  readonly par: string | undefined;
}

/** Receipt data as they came in. */
export interface WireReceipt {
  readonly basketId: string;
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: string;
  readonly fiscalSign: string;
  readonly sum: Kopecks;
  /** ISO, to the minute. */
  readonly dateTime: LocalDateTime;
  readonly operationType: number;
  readonly place: string;
}

/** A request that was understood. */
export type WireRequest =
  | { readonly operation: 'echo'; readonly message: string }
  | ({ readonly operation: 'preAuthPurchase'; readonly articles: readonly WireArticle[] } & WireCard)
  | ({
      readonly operation: 'preAuthReturn';
      readonly purchaseBasketId: string;
      readonly articles: readonly WireArticle[];
    } & WireCard)
  | ({ readonly operation: 'fiscalReceiptData' } & WireReceipt)
  | ({ readonly operation: 'purchaseBasketId' } & Pick<
      WireReceipt,
      'fiscalDriveNumber' | 'fiscalDocumentNumber' | 'fiscalSign'
    >)
  | { readonly operation: 'basket'; readonly basketId: string }
  | ({ readonly operation: 'certificates' } & WireCard)
  | ({ readonly operation: 'purchaseBaskets'; readonly truCode: string } & WireCard);

type Members = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function malformed(path: string, what: string): Refusal {
  return new Refusal('malformed', `${path}: ${what}`);
}

function textOf(members: Members, name: string, pattern: RegExp): string {
  const value = members[name];
  if (typeof value !== 'string') throw malformed(name, value === undefined ? 'absent' : 'not a text');
  if (!pattern.test(value)) throw malformed(name, 'not of the right form');
  return value;
}

function digitsOf(members: Members, name: string, pattern: RegExp): string {
  const value = members[name];
  return textOf({ [name]: typeof value === 'number' ? String(value) : value }, name, pattern);
}

function wholeOf(members: Members, name: string, min: number, max: number): number {
  const value = members[name];
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < min || number > max)
    throw malformed(name, value === undefined ? 'absent' : `not a whole number from ${min} to ${max}`);
  return number;
}

const basketId = /^\d{24}$/;

function truOf(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new Refusal('bad-tru-code', 'the TRU code is absent');
  const parsed = safeParseTruCode(value);
  if (!parsed.ok || value.length !== 30) {
    throw new Refusal(
      'bad-tru-code',
      parsed.ok ? 'the TRU code is not complete: 30 characters' : `TRU code: ${parsed.error.message}`,
    );
  }
  return value;
}

function cardOf(profile: FesWireProfile, operation: FesOperation, members: Members): WireCard {
  const { panHash, par } = profile.names;
  const hash = textOf(
    members,
    panHash,
    profile.panHashCase === 'upper' ? /^[0-9A-F]{64}$/ : /^[0-9a-f]{64}$/,
  );
  const account = members[par];
  const absent = account === undefined || account === null || account === '';
  if (absent && profile.parRequiredFor.includes(operation))
    throw new Refusal('par-required', 'the payment account reference is required');
  return {
    panHash: hash.toLowerCase(),
    par: absent ? undefined : textOf(members, par, /^[0-9A-Z]{29}$/),
  };
}

function articleOf(value: unknown, at: string): WireArticle {
  if (!isObject(value)) throw malformed(at, 'not an object');
  const info = value.additionalInfo;
  let certificateLastNumbers: string | undefined;
  if (info !== undefined && info !== null) {
    if (!Array.isArray(info) || info.length > 100) throw malformed(`${at}/additionalInfo`, 'not a list');
    for (const one of info) {
      if (isObject(one) && one.code === 'certificateLastNumbers')
        certificateLastNumbers = textOf(one, 'value', /^\d{6}$/);
    }
  }
  try {
    return {
      articleNumber: wholeOf(value, 'articleNumber', 1, 998),
      // 999 says "not known"; so does its absence.
      originalArticleNumber:
        value.originalArticleNumber === undefined
          ? undefined
          : wholeOf(value, 'originalArticleNumber', 1, 999),
      articleCode: value.articleCode === undefined ? undefined : textOf(value, 'articleCode', /^.{1,128}$/su),
      truCode: truOf(value, 'truCode'),
      count: wholeOf(value, 'count', 1, 1_000_000),
      price: wholeOf(value, 'price', 1, 1e12),
      certificateLastNumbers,
    };
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(error.reason, `${at}/${error.message}`);
    throw error;
  }
}

function articlesOf(profile: FesWireProfile, members: Members): WireArticle[] {
  const { basket, article } = profile.names;
  const wrapper = members[basket];
  const parsed: unknown = typeof wrapper === 'string' ? tryJson(wrapper) : wrapper;
  const list = isObject(parsed) ? parsed[article] : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > 998)
    throw malformed(`${basket}/${article}`, 'not a list of 1 to 998 positions');
  const articles = list.map((one, index) => articleOf(one, `${basket}/${article}[${index}]`));
  if (new Set(articles.map((one) => one.articleNumber)).size !== articles.length)
    throw malformed(`${basket}/${article}`, 'an articleNumber stands twice');
  return articles;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function dateTimeOf(profile: FesWireProfile, members: Members): LocalDateTime {
  const name = profile.names.dateTime;
  const text = textOf(members, name, profile.dateTime === 'yyyyMMddHHmm' ? /^\d{12}$/ : /^\d{8}T\d{4}$/);
  const digits = text.replace('T', '');
  const iso = digits.replace(/^(....)(..)(..)(..)(..)$/, '$1-$2-$3T$4:$5');
  const at = new Date(`${iso}:00Z`);
  if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 16) !== iso)
    throw malformed(name, 'no such date and time');
  return iso;
}

function documentOf(profile: FesWireProfile, members: Members) {
  const { names } = profile;
  return {
    fiscalDriveNumber: textOf(members, names.fiscalDriveNumber, /^\d{16}$/),
    fiscalDocumentNumber: digitsOf(members, names.fiscalDocumentNumber, /^\d{1,10}$/),
    fiscalSign: digitsOf(members, names.fiscalSign, /^\d{1,10}$/).padStart(10, '0'),
  };
}

/**
 * Reads the members of a body.
 *
 * @throws Refusal `malformed`, `bad-tru-code` or `par-required`, naming the member
 */
export function readRequest(profile: FesWireProfile, operation: FesOperation, members: Members): WireRequest {
  const { names } = profile;
  switch (operation) {
    case 'echo':
      return { operation, message: textOf(members, names.message, /^.{0,1024}$/su) };
    case 'preAuthPurchase':
      return {
        operation,
        ...cardOf(profile, operation, members),
        articles: articlesOf(profile, members),
      };
    case 'preAuthReturn':
      return {
        operation,
        purchaseBasketId: textOf(members, names.purchaseBasketId, basketId),
        ...cardOf(profile, operation, members),
        articles: articlesOf(profile, members),
      };
    case 'fiscalReceiptData':
      return {
        operation,
        basketId: textOf(members, names.basketId, basketId),
        ...documentOf(profile, members),
        sum: parseRubles(textOf(members, names.sum, /^\d{1,13}\.\d\d$/)),
        dateTime: dateTimeOf(profile, members),
        operationType: wholeOf(members, names.operationType, 1, 4),
        place: textOf(members, names.place, /^.{1,256}$/su),
      };
    case 'purchaseBasketId':
      return { operation, ...documentOf(profile, members) };
    case 'basket':
      return { operation, basketId: textOf(members, names.basketId, basketId) };
    case 'certificates':
      return { operation, ...cardOf(profile, operation, members) };
    case 'purchaseBaskets':
      return {
        operation,
        truCode: truOf(members, names.truCode),
        ...cardOf(profile, operation, members),
      };
  }
}
