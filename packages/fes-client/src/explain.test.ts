import { describe, expect, it } from 'vitest';
import type { CardCertificate } from './answers.js';
import { explainOwnPart } from './explain.js';
import { splitBasket } from './split.js';

const truCode = '325022154.09000110100000000643';
const share = { certificateId: '1', certCount: 1, certPrice: 500, certMaxPrice: 500 };
const split = (certificates: readonly (typeof share)[], count = 1) =>
  splitBasket({
    kind: 'purchase',
    purchaseBasketId: '1'.repeat(24),
    totalCertAmount: 0,
    expiresAt: 0,
    articles: [{ articleNumber: 7, truCode, count, price: 900, certificates }],
  });
const certificate = (change: Partial<CardCertificate> = {}): CardCertificate => ({
  id: '1',
  startDate: '2026-01-01',
  expiryDate: '2026-12-31',
  tru: [{ truCode: '325022154.090001101', balanceCount: 1, limitMoney: 500 }],
  ...change,
});

describe('explainOwnPart', () => {
  it.each([
    ['no-certificate', split([]), []],
    ['other-goods', split([]), [certificate({ tru: [{ truCode: '329921120.060010102' }] })]],
    ['not-valid-today', split([]), [certificate({ startDate: '2026-12-01' })]],
    ['not-valid-today', split([]), [certificate({ expiryDate: '2026-11-21' })]],
    ['above-limit', split([share]), [certificate()]],
    [
      'count-used-up',
      split([share], 2),
      [certificate({ tru: [{ truCode: '325022154.090001101', balanceCount: 0 }] })],
    ],
    ['money-used-up', split([{ ...share, certMaxPrice: 700 }]), [certificate({ balanceMoney: 0 })]],
    ['not-chosen', split([]), [certificate()]],
  ] as const)('%s', (reason, basket, certificates) => {
    expect(explainOwnPart(basket, certificates, '2026-11-22')).toMatchObject([
      { articleNumber: 7, reason, userMessage: expect.stringMatching(/[а-я]/) },
    ]);
  });

  it('has nothing to say of what certificates pay for whole', () => {
    expect(
      explainOwnPart(split([{ ...share, certPrice: 900, certMaxPrice: 900 }]), [], '2026-11-22'),
    ).toEqual([]);
  });
});
