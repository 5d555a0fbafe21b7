import { divideRounded } from '@elcert/core';
import type { RussianVatRate } from '../receipt.js';
import { listOf, listsOf, numberOf } from '../tag-list.js';
import { vatRateNames, vatRates } from '../tags/codes.js';
import type { TagList } from '../tags.js';
import { vatIncluded } from '../totals.js';
import type { IssueSeverity } from './issue.js';
import { type Context, receiptLaw, rubles } from './receipt-context.js';

// VAT: totals by rate against the lines, and rates that go with the day, the tax system and the way of settlement.

function entriesOf(tags: TagList): TagList[] {
  return listsOf(listOf(tags, 1115) ?? [], 1119);
}

function statedVat(tags: TagList, rate: RussianVatRate): number | undefined {
  const { code, totalTag } = vatRates[rate];
  if (totalTag !== 1115) return numberOf(tags, totalTag);
  const entry = entriesOf(tags).find((one) => numberOf(one, 1199) === code);
  return entry === undefined ? undefined : (numberOf(entry, 1120) ?? 0);
}

/** The block of rates holds those without a tag of their own, each once. */
function checkBlock({ tags, path, version, say }: Context): void {
  if (version === '1.0') return;
  const seen = new Set<number>();
  entriesOf(tags).forEach((entry, index) => {
    const code = numberOf(entry, 1199);
    const where = `${path}/amountsReceiptNds/amountsNds[${index}]/1199`;
    if (code === undefined)
      say('vat-missing', 'error', where, 1199, 'the sum of no rate', 'Не указана ставка НДС', receiptLaw);
    else if (code <= 6)
      say(
        'vat-unexpected',
        'warning',
        where,
        1199,
        `rate ${code} has a tag of its own`,
        'Для этой ставки есть отдельный реквизит 1102-1107',
        'ЕД-7-20/236@',
      );
    else if (seen.has(code))
      say(
        'repeated',
        'error',
        where,
        1199,
        'a rate stands twice',
        'Ставка НДС указана дважды',
        'ЕД-7-20/236@',
      );
    if (code !== undefined) seen.add(code);
  });
}

/** Totals by rate. */
export function checkVat(context: Context): void {
  const { tags, path, lines, say, day, version } = context;
  checkBlock(context);
  if (version !== '1.0')
    for (const line of lines)
      if (numberOf(line.tags, 1199) === undefined)
        say(
          'vat-missing',
          'warning',
          `${line.path}/1199`,
          1199,
          'a line without a rate',
          'Не указана ставка НДС позиции',
        );
  if (lines.length === 0 || lines.some((line) => line.rate === undefined)) return;
  for (const rate of vatRateNames) {
    const { totalTag, numerator, label } = vatRates[rate];
    const mine = lines.filter((line) => line.rate === rate);
    const stated = statedVat(tags, rate);
    const where = `${path}/${totalTag === 1115 ? 'amountsReceiptNds' : totalTag}`;
    if (mine.length === 0) {
      if (stated !== undefined && stated !== 0)
        say(
          'vat-unexpected',
          'warning',
          where,
          totalTag,
          `no line has ${rate}`,
          `В чеке нет позиций со ставкой ${label}`,
          receiptLaw,
        );
      continue;
    }
    const base = mine.reduce((sum, line) => sum + line.amount, 0);
    if (stated === undefined) {
      if (base > 0)
        say(
          'vat-missing',
          'error',
          where,
          totalTag,
          `no total for ${rate}`,
          `Нет итога по ставке ${label}`,
          receiptLaw,
        );
      continue;
    }
    // Code 1 meant 18 % until the end of 2018.
    const old = (rate === '20' || rate === '20/120') && day !== '' && day < '2019-01-01';
    const of = (amount: number) =>
      // Sums that no document of money reaches are judged by their total: arithmetic of kopecks ends before them.
      numerator === 0 || !Number.isSafeInteger(amount)
        ? amount
        : old
          ? Number(divideRounded(BigInt(amount) * 18n, 118n))
          : vatIncluded(amount, rate);
    // Registers round the sum of a rate, or add up rounded lines: both are seen and accepted.
    const byLines = mine.reduce((sum, line) => sum + of(line.amount), 0);
    if (stated !== of(base) && stated !== byLines)
      say(
        'vat-sum',
        'error',
        where,
        totalTag,
        `${rate} of ${rubles(base)} is ${rubles(of(base))}, ${rubles(stated)} is stated`,
        `${label} с суммы ${rubles(base)} составляет ${rubles(of(base))}, указано ${rubles(stated)}`,
        receiptLaw,
      );
  }
}

const newRates = 'ЕД-7-20/1050@';
const taxCode = 'НК РФ, ст. 164';

/** Rates against the day, the tax system and the way of settlement. */
export function checkRates({ tags, lines, day, dayIsSure, say }: Context): void {
  // The day of the settlement that a return undoes is not in the document: a rate of its time may be right.
  const sure: IssueSeverity = dayIsSure ? 'error' : 'warning';
  const taxation = numberOf(tags, 1055);
  for (const { rate, path, tags: line } of lines) {
    if (rate === undefined) continue;
    const warn = (severity: IssueSeverity, message: string, message_ru: string, clause: string) =>
      say('vat-rate', severity, `${path}/1199`, 1199, message, message_ru, clause);
    if (day !== '') {
      if (rate === '22' || rate === '22/122') {
        if (day < '2026-01-01')
          warn(sure, `${rate} exists from 2026`, `Ставка ${rate} действует с 01.01.2026`, newRates);
        else if (day < '2026-01-05')
          warn(
            'warning',
            'codes 11 and 12 are used from 5 January 2026',
            'Коды 11 и 12 применяются с 05.01.2026',
            newRates,
          );
      } else if ((rate === '20' || rate === '20/120') && day >= '2026-01-01')
        warn(
          'warning',
          `${rate} ended with 2025; right only for settlements of that time`,
          `Ставка ${rate} действовала до 31.12.2025`,
          newRates,
        );
      else if (['5', '7', '5/105', '7/107'].includes(rate)) {
        if (day < '2025-01-01')
          warn(sure, `${rate} exists from 2025`, `Ставка ${rate} действует с 01.01.2025`, `${taxCode}, п. 8`);
        else if (taxation !== undefined && taxation !== 2 && taxation !== 4)
          warn(
            'warning',
            `${rate} goes with the simplified system`,
            `Ставка ${rate} применяется при УСН`,
            `${taxCode}, п. 8`,
          );
      }
    }
    if (taxation === 32 && rate !== 'none')
      warn(
        'warning',
        'a patent goes without VAT',
        'При патенте НДС не начисляется',
        'НК РФ, ст. 346.43, п. 11',
      );
    const method = numberOf(line, 1214);
    const calculated = rate.includes('/');
    if (method !== undefined && method <= 3 && ['22', '20', '10', '7', '5'].includes(rate))
      warn(
        'warning',
        'money before the goods goes with a calculated rate',
        'При предоплате и авансе применяется расчетная ставка НДС',
        `${taxCode}, п. 4`,
      );
    else if (calculated && (method === 4 || method === 5 || method === 6))
      warn(
        'warning',
        'a calculated rate, though the goods are handed over',
        'Расчетная ставка НДС при передаче товара не применяется',
        `${taxCode}, п. 4`,
      );
  }
}
