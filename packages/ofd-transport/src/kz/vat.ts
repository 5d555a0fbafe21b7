import { divideRounded, type Kopecks, kopecks, type LocalDateTime, splitKopecks } from '@elcert/core';
import type { KazakhVatRate, VatRate } from '@elcert/fiscal-doc';
import { KzError } from './errors.js';

/** The rates of VAT of a day. */
export interface KzVatRates {
  /** 12 % until 2025-12-31, 16 % from 2026-01-01. */
  readonly standard: '12' | '16';
  /** Medicines and medical services: 5 % in 2026, 10 % from 2027; before they had no VAT. */
  readonly medicine: '5' | '10' | 'none';
  /** Every rate that a line of that day may have. */
  readonly all: readonly KazakhVatRate[];
}

/**
 * The rates in force on a day. For a return it is the day of the settlement that is returned.
 *
 * @param day - an ISO date, or a local time of it
 * @example
 * ```ts
 * kzVatRatesOn('2026-03-02').medicine; // '5'
 * ```
 */
export function kzVatRatesOn(day: LocalDateTime): KzVatRates {
  const year = /^(\d{4})-\d{2}-\d{2}(?:T|$)/.exec(day)?.[1];
  if (year === undefined)
    throw new KzError({ code: 'BAD_VALUE', message: `not a date: ${JSON.stringify(day.slice(0, 40))}` });
  const standard = year < '2026' ? '12' : '16';
  const medicine = year < '2026' ? 'none' : year === '2026' ? '5' : '10';
  const all: KazakhVatRate[] =
    medicine === 'none' ? [standard, '0', 'none'] : [standard, medicine, '0', 'none'];
  return { standard, medicine, all };
}

/** Rates that have a tax entry in a ticket, in thousandths of a per cent. */
const percents: Readonly<Partial<Record<VatRate, number>>> = {
  '16': 16_000,
  '12': 12_000,
  '10': 10_000,
  '5': 5_000,
  '0': 0,
};

/** A rate as tickets write it: thousandths of a per cent; nothing for `none`, which is no tax. */
export function kzPercent(rate: KazakhVatRate): number | undefined {
  return percents[rate];
}

/** The rate of a percent as tickets write it; nothing for one that Kazakhstan does not have. */
export function kzVatRateOfPercent(percent: number): KazakhVatRate | undefined {
  return (Object.keys(percents) as KazakhVatRate[]).find((rate) => percents[rate] === percent);
}

/**
 * How the tax of a ticket is rounded: each line's to the nearest tiyn, or that of a rate over the whole ticket, the lines evened out
 * so that they add up to it.
 */
export type KzTaxRounding = 'line' | 'ticket';

/** VAT inside a sum: sum × rate / (100 + rate), to the nearest tiyn. */
export function kzVatIncluded(sum: Kopecks, rate: KazakhVatRate): Kopecks {
  const percent = BigInt(percents[rate] ?? 0);
  return Number(divideRounded(BigInt(kopecks(sum)) * percent, 100_000n + percent));
}

/**
 * VAT inside each of several lines.
 *
 * @param lines - what each line costs in the end, tiyn
 * @returns tiyn, in the order of the lines
 * @example
 * ```ts
 * kzVatOfLines([{ sum: 350, rate: '16' }, { sum: 350, rate: '16' }], 'ticket'); // [49, 48]: 97 of 700
 * ```
 */
export function kzVatOfLines(
  lines: readonly { readonly sum: Kopecks; readonly rate: KazakhVatRate }[],
  rounding: KzTaxRounding,
): Kopecks[] {
  const each = lines.map(({ sum, rate }) => kzVatIncluded(sum, rate));
  if (rounding === 'line') return each;
  for (const rate of new Set(lines.map((line) => line.rate))) {
    const own = lines.flatMap((line, index) => (line.rate === rate ? [index] : []));
    const sums = own.map((index) => lines[index]?.sum ?? 0);
    const whole = sums.reduce((a, b) => a + b, 0);
    const parts = splitKopecks(kzVatIncluded(whole, rate), sums);
    for (const [at, index] of own.entries()) each[index] = parts[at] ?? 0;
  }
  return each;
}
