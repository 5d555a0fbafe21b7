import { describe, expect, it } from 'vitest';
import { assumedV1, assumedV2, defineProfile, type FesOperation } from './profile.js';
import { checkRequest, type FesRequests, requestToWire } from './requests.js';

const panHash = '0a'.repeat(32);
const par = `MIR0${'1'.repeat(25)}`;
const article = {
  articleNumber: 1,
  truCode: '329921120.06001010200080001643',
  count: 2,
  price: 150_000,
};
const purchase = { panHash, articles: [article] };
const receipt = {
  basketId: '445923711677676901483590',
  fiscalDriveNumber: '9960440301234567',
  fiscalDocumentNumber: 42,
  fiscalSign: '12345678',
  certificateAmount: 526_629,
  totalAmount: 600_000,
  dateTime: '2026-11-22T14:05:33',
  settlementType: 'sale',
  place: 'Ортосалон',
} as const;

const fault = (operation: FesOperation, request: unknown, profile = assumedV1) => {
  try {
    checkRequest(profile, operation, request as FesRequests[FesOperation]);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('checkRequest', () => {
  it('passes what is right', () => {
    expect(fault('echo', { message: 'привет' })).toBeUndefined();
    expect(fault('preAuthPurchase', purchase)).toBeUndefined();
    expect(
      fault('preAuthPurchase', {
        panHash,
        par,
        articles: [{ ...article, articleCode: 'SKU-1', certificateLastNumbers: '853331' }],
      }),
    ).toBeUndefined();
    expect(
      fault('preAuthReturn', {
        panHash,
        purchaseBasketId: receipt.basketId,
        articles: [{ ...article, originalArticleNumber: 998 }],
      }),
    ).toBeUndefined();
    expect(fault('fiscalReceiptData', receipt)).toBeUndefined();
    expect(fault('certificates', { panHash, par }, assumedV2)).toBeUndefined();
    expect(fault('purchaseBaskets', { panHash, truCode: article.truCode }, assumedV2)).toBeUndefined();
  });

  it.each<[string, FesOperation, unknown, string]>([
    ['no object', 'echo', null, ''],
    ['an unknown member', 'echo', { message: 'x', to: 'y' }, 'to'],
    ['an empty basket', 'preAuthPurchase', { panHash, articles: [] }, 'articles'],
    ['capital hex', 'preAuthPurchase', { ...purchase, panHash: panHash.toUpperCase() }, 'panHash'],
    ['a card number', 'preAuthPurchase', { ...purchase, panHash: '2200999912345678' }, 'panHash'],
    ['a short PAR', 'preAuthPurchase', { ...purchase, par: 'MIR0' }, 'par'],
    [
      'number 0',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, articleNumber: 0 }] },
      'articles[0]/articleNumber',
    ],
    [
      'number 999',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, articleNumber: 999 }] },
      'articles[0]/articleNumber',
    ],
    [
      'a number twice',
      'preAuthPurchase',
      { panHash, articles: [article, article] },
      'articles[1]/articleNumber',
    ],
    [
      'half a unit',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, count: 0.5 }] },
      'articles[0]/count',
    ],
    ['no unit', 'preAuthPurchase', { panHash, articles: [{ ...article, count: 0 }] }, 'articles[0]/count'],
    [
      'a price of 0',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, price: 0 }] },
      'articles[0]/price',
    ],
    [
      'rubles with kopecks',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, price: 1500.5 }] },
      'articles[0]/price',
    ],
    [
      'a price as text',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, price: '150000' }] },
      'articles[0]/price',
    ],
    [
      'a sum beyond safe numbers',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, price: 2 ** 53 - 1 }] },
      'articles[0]',
    ],
    [
      '19 characters of TRU',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, truCode: '329921120.060010102' }] },
      'articles[0]/truCode',
    ],
    [
      'a TRU with a blank',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, truCode: `${article.truCode} ` }] },
      'articles[0]/truCode',
    ],
    [
      'the printed form of a TRU',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, truCode: '329921120.060010102.0008.0001.643' }] },
      'articles[0]/truCode',
    ],
    [
      'an empty article code',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, articleCode: '' }] },
      'articles[0]/articleCode',
    ],
    [
      'a long article code',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, articleCode: 'x'.repeat(129) }] },
      'articles[0]/articleCode',
    ],
    [
      'five digits of a certificate',
      'preAuthPurchase',
      { panHash, articles: [{ ...article, certificateLastNumbers: '12345' }] },
      'articles[0]/certificateLastNumbers',
    ],
    [
      'a return without its original',
      'preAuthReturn',
      { panHash, purchaseBasketId: receipt.basketId, articles: [article] },
      'articles[0]/originalArticleNumber',
    ],
    ['a basket id of 23 digits', 'basket', { basketId: '1'.repeat(23) }, 'basketId'],
    [
      'a drive of 15 digits',
      'fiscalReceiptData',
      { ...receipt, fiscalDriveNumber: '996044030123456' },
      'fiscalDriveNumber',
    ],
    ['a sign of 11 digits', 'fiscalReceiptData', { ...receipt, fiscalSign: '12345678901' }, 'fiscalSign'],
    ['31 November', 'fiscalReceiptData', { ...receipt, dateTime: '2026-11-31T10:00' }, 'dateTime'],
    ['a zone', 'fiscalReceiptData', { ...receipt, dateTime: '2026-11-22T10:00Z' }, 'dateTime'],
    [
      'a kind of settlement by number',
      'fiscalReceiptData',
      { ...receipt, settlementType: 1 },
      'settlementType',
    ],
    ['no place', 'fiscalReceiptData', { ...receipt, place: '' }, 'place'],
    ['a half TRU in the list of baskets', 'purchaseBaskets', { panHash, truCode: '329921120.06' }, 'truCode'],
  ])('refuses %s', (_what, operation, request, path) => {
    expect(fault(operation, request)).toMatchObject({ code: 'FES_BAD_REQUEST', outcome: 'not-sent', path });
  });

  it('explains a TRU code in the words of its own parser', () => {
    expect(
      fault('preAuthPurchase', { panHash, articles: [{ ...article, truCode: '329921120,060010102' }] }),
    ).toMatchObject({ userMessage: 'Код ТРУ, символ 10: здесь должна быть точка' });
  });

  it.each<FesOperation>(['preAuthPurchase', 'certificates'])('V2 wants the PAR for %s', (operation) => {
    const request = operation === 'certificates' ? { panHash } : purchase;
    expect(fault(operation, request, assumedV2)).toMatchObject({ code: 'FES_BAD_REQUEST', path: 'par' });
    expect(fault(operation, request, assumedV1)).toBeUndefined();
  });
});

describe('requestToWire', () => {
  it('writes a basket with the names of the profile, in a fixed order', () => {
    const request = {
      articles: [
        { price: 1, count: 1, truCode: article.truCode, certificateLastNumbers: '853331', articleNumber: 3 },
      ],
      panHash,
    };
    expect(JSON.stringify(requestToWire(assumedV1, 'preAuthPurchase', request))).toBe(
      `{"panHash":"${panHash}","basket":{"article":[{"articleNumber":3,"truCode":"${article.truCode}","count":1,"price":1,` +
        `"additionalInfo":[{"code":"certificateLastNumbers","value":"853331"}]}]}}`,
    );
  });

  it('writes receipt data as 1C does: rubles, digits, the certificate’s part', () => {
    expect(requestToWire(assumedV1, 'fiscalReceiptData', receipt)).toEqual({
      basketId: '445923711677676901483590',
      fiscalDriveNumber: '9960440301234567',
      fiscalDocumentNumber: '42',
      fiscalSign: '0012345678',
      sum: '5266.29',
      dateTime: '202611221405',
      operationType: 1,
      place: 'Ортосалон',
    });
    expect(
      requestToWire(assumedV2, 'fiscalReceiptData', { ...receipt, settlementType: 'saleReturn' }),
    ).toMatchObject({
      dateTime: '20261122T1405',
      operationType: 2,
    });
  });

  it('follows the profile where it says otherwise', () => {
    const profile = defineProfile(assumedV1, {
      name: 'other',
      fiscalSum: 'receipt',
      panHashCase: 'upper',
      names: { panHash: 'cardHash', basket: 'cart', article: 'items', sum: 's' },
    });
    expect(requestToWire(profile, 'preAuthPurchase', purchase)).toEqual({
      cardHash: panHash.toUpperCase(),
      cart: { items: [article] },
    });
    expect(requestToWire(profile, 'fiscalReceiptData', receipt)).toMatchObject({ s: '6000.00' });
  });
});
