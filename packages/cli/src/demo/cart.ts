import type { Kopecks } from '@elcert/core';
import type { VatRate } from '@elcert/fiscal-doc';

/** One article of the demo's shop, as its books know it. */
export interface CartItem {
  readonly name: string;
  readonly price: Kopecks;
  readonly count: number;
  readonly vat: VatRate;
  /** 19 characters and what the books know of the product; absent for ordinary goods. */
  readonly tru?: {
    readonly base: string;
    readonly manufacturer?: string;
    readonly model?: string;
    readonly country: string;
  };
}

/**
 * What the buyer of the demo puts on the counter: two kinds of goods within their certificates' limits, one pair of shoes
 * dearer than its limit, and an ordinary good that no certificate pays for.
 */
export const demoCart: readonly CartItem[] = [
  {
    name: 'Трость опорная с устройством противоскольжения',
    price: 135_000,
    count: 1,
    vat: 'none',
    tru: { base: '329921120.060010102', manufacturer: '0008', model: '0001', country: '643' },
  },
  {
    name: 'Трость белая тактильная цельная',
    price: 85_050,
    count: 2,
    vat: 'none',
    tru: { base: '329921120.060020201', country: '643' },
  },
  {
    name: 'Ортопедическая обувь сложная детская (пара)',
    price: 749_000,
    count: 1,
    vat: 'none',
    tru: { base: '325022154.090001101', country: '643' },
  },
  { name: 'Крем для рук «Бархатный», 75 мл', price: 21_590, count: 1, vat: '22' },
];
