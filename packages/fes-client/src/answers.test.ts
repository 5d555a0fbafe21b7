import { describe, expect, it } from 'vitest';
import {
  readCertificates,
  readComposition,
  readPaidBaskets,
  readPurchaseBasket,
  readReturnBasket,
} from './answers.js';
import { assumedV1, defineProfile } from './profile.js';
import type { FesArticle } from './requests.js';
import { splitBasket } from './split.js';

const truCode = '325022154.09000110100000000643';
const asked: readonly FesArticle[] = [
  { articleNumber: 1, truCode, count: 3, price: 600_000, articleCode: 'SKU-1' },
  { articleNumber: 2, truCode: '329921120.06001010200080001643', count: 1, price: 10_001 },
];
const share = {
  certificateId: '907581400329309796796024853331',
  certCount: 2,
  certPrice: 526_629,
  certMaxPrice: 526_629,
};
const basket = {
  purchaseBasketId: '445923711677676901483590',
  totalCertAmount: 1_063_259,
  article: [
    { articleNumber: 1, articleCode: 'SKU-1', truCode, price: 600_000, certificate: [share] },
    {
      articleNumber: 2,
      truCode: '329921120.06001010200080001643',
      price: 10_001,
      certificate: [{ certificateId: '1', certCount: 1, certPrice: 10_001, certMaxPrice: 20_000 }],
    },
  ],
};
const read = (value: unknown) => readPurchaseBasket(assumedV1, asked, { basket: value }, 1000);

/** The basket with one member of its first position, or of itself, replaced. */
const withArticle = (change: object) => ({
  ...basket,
  article: [{ ...basket.article[0], ...change }, basket.article[1]],
});

describe('readPurchaseBasket', () => {
  it('joins what was approved with what was asked', () => {
    const read1 = read(basket);
    expect(read1).toEqual({
      kind: 'purchase',
      purchaseBasketId: '445923711677676901483590',
      totalCertAmount: 1_063_259,
      expiresAt: 1000 + 30 * 60_000,
      articles: [
        { ...asked[0], certificates: [share] },
        {
          ...asked[1],
          certificates: [{ certificateId: '1', certCount: 1, certPrice: 10_001, certMaxPrice: 20_000 }],
        },
      ],
    });
    expect(splitBasket(read1)).toMatchObject({
      total: 1_810_001,
      certificateAmount: 1_063_259,
      ownAmount: 746_742,
      lines: [
        { certificateAmount: 1_053_258, ownAmount: 746_742, coveredCount: 2 },
        { certificateAmount: 10_001, ownAmount: 0, coveredCount: 1 },
      ],
    });
  });

  it.each([
    ['numbers as text', { ...basket, totalCertAmount: '1063259' }],
    ['a text with zeros after the point', { ...basket, totalCertAmount: '1063259.00' }],
    ['unknown members', { ...basket, note: { a: 1 } }],
    ['null for what is absent', withArticle({ articleCode: null })],
    ['an answer without count and code', withArticle({ articleCode: undefined, truCode: undefined })],
    ['an empty share', withArticle({ certificate: [share, { ...share, certCount: 0 }] })],
  ])('is lenient to %s', (_what, value) => {
    expect(read(value).totalCertAmount).toBe(1_063_259);
  });

  it('takes a position that the answer does not name as not covered', () => {
    const part = { ...basket, article: [basket.article[1]], totalCertAmount: 10_001 };
    expect(read(part).articles[0]).toMatchObject({ articleNumber: 1, certificates: [] });
    expect(read({ purchaseBasketId: basket.purchaseBasketId, totalCertAmount: 0 }).totalCertAmount).toBe(0);
  });

  it.each<[string, unknown, string]>([
    ['no basket', undefined, 'basket'],
    ['a list for a basket', [], 'basket'],
    ['a total that is not the sum', { ...basket, totalCertAmount: 1_063_258 }, 'basket/totalCertAmount'],
    ['kopecks with a fraction', { ...basket, totalCertAmount: 1_063_259.5 }, 'basket/totalCertAmount'],
    ['a total below nothing', { ...basket, totalCertAmount: -1 }, 'basket/totalCertAmount'],
    ['no id', { ...basket, purchaseBasketId: undefined }, 'basket/purchaseBasketId'],
    [
      'the id of a return',
      { ...basket, purchaseBasketId: undefined, returnBasketId: '1'.repeat(24) },
      'basket/purchaseBasketId',
    ],
    ['an id with a letter', { ...basket, purchaseBasketId: `d${'1'.repeat(23)}` }, 'basket/purchaseBasketId'],
    ['a position nobody asked for', withArticle({ articleNumber: 7 }), 'basket/article[0]/articleNumber'],
    [
      'a position twice',
      { ...basket, article: [basket.article[1], basket.article[1]], totalCertAmount: 20_002 },
      'basket/article[1]/articleNumber',
    ],
    ['another price', withArticle({ price: 600_001 }), 'basket/article[0]/price'],
    ['another TRU', withArticle({ truCode: '325022154.09000110100000000000' }), 'basket/article[0]/truCode'],
    [
      'more units than asked',
      { ...withArticle({ certificate: [share, share] }), totalCertAmount: 2_116_517 },
      'basket/article[0]/certificate',
    ],
    [
      'more than the price of a unit',
      { ...withArticle({ certificate: [{ ...share, certPrice: 600_001 }] }), totalCertAmount: 1_210_003 },
      'basket/article[0]/certificate[0]/certPrice',
    ],
    [
      'a share without a count',
      withArticle({ certificate: [{ ...share, certCount: undefined }] }),
      'basket/article[0]/certificate[0]/certCount',
    ],
    [
      'a certificate id with a letter',
      withArticle({ certificate: [{ ...share, certificateId: 'x' }] }),
      'basket/article[0]/certificate[0]/certificateId',
    ],
  ])('refuses %s', (_what, value, path) => {
    expect(() => read(value)).toThrow(
      expect.objectContaining({ code: 'FES_BAD_ANSWER', outcome: 'unknown', path }),
    );
  });

  it('reads the names of a corrected profile', () => {
    const profile = defineProfile(assumedV1, { name: 'x', names: { basket: 'cart', article: 'items' } });
    const { article, ...rest } = basket;
    const value = { cart: { ...rest, items: article } };
    expect(readPurchaseBasket(profile, asked, value, 0).totalCertAmount).toBe(1_063_259);
  });
});

describe('the other answers', () => {
  it('reads a return basket', () => {
    const back = {
      returnBasketId: '110200010001100000000001',
      totalCertAmount: 526_629,
      article: [{ articleNumber: 1, certificate: [{ ...share, certCount: 1 }] }],
    };
    const request = [{ articleNumber: 1, originalArticleNumber: 1, truCode, count: 1, price: 600_000 }];
    expect(readReturnBasket(assumedV1, request, { basket: back }, 0)).toMatchObject({
      kind: 'return',
      returnBasketId: '110200010001100000000001',
      totalCertAmount: 526_629,
    });
  });

  it('reads a composition, with or without count', () => {
    const id = basket.purchaseBasketId;
    expect(readComposition(assumedV1, id, { basket }).articles[0]).not.toHaveProperty('count');
    expect(readComposition(assumedV1, id, { basket: withArticle({ count: '3' }) }).articles[0]).toMatchObject(
      { count: 3 },
    );
    expect(() => readComposition(assumedV1, '1'.repeat(24), { basket })).toThrow(
      expect.objectContaining({ code: 'FES_BAD_ANSWER', path: 'basket' }),
    );
  });

  it('reads certificates: members are there by the kind of limit', () => {
    const certificates = [
      {
        id: '907581400329309796796024853331',
        comment: 'Обувь',
        startDate: '2026-01-01',
        expiryDate: '2026-12-31',
        tru: [{ truCode: '325022154.090001101', balanceCount: 1, limitMoney: '526629' }],
      },
      { id: '2', balanceMoney: 100, limitMoney: 200, tru: null },
    ];
    expect(readCertificates(assumedV1, { certificates })).toEqual([
      { ...certificates[0], tru: [{ truCode: '325022154.090001101', balanceCount: 1, limitMoney: 526_629 }] },
      { id: '2', balanceMoney: 100, limitMoney: 200, tru: [] },
    ]);
    expect(readCertificates(assumedV1, { certificates: null })).toEqual([]);
  });

  it('reads paid baskets', () => {
    const baskets = [{ basketId: '445923711677676901483590', authDate: '2026-11-22T14:05:00' }];
    expect(readPaidBaskets(assumedV1, { baskets })).toEqual(baskets);
    expect(readPaidBaskets(assumedV1, { baskets: [] })).toEqual([]);
    // Found by the random run: a list whose name was spoiled read as "nothing was paid".
    expect(() => readPaidBaskets(assumedV1, { bask4ts: baskets })).toThrow(
      expect.objectContaining({ code: 'FES_BAD_ANSWER', outcome: 'unknown', path: 'baskets' }),
    );
    expect(() => readPaidBaskets(assumedV1, { baskets: [{ basketId: '1' }] })).toThrow(
      expect.objectContaining({ path: 'baskets[0]/basketId' }),
    );
  });
});
