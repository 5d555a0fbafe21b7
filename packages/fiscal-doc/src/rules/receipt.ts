import { divideRounded, multiplyKopecks } from '@elcert/core';
import type { FiscalDocument } from '../document.js';
import type { RussianVatRate } from '../receipt.js';
import { listOf, listsOf, numberOf, tagValue, textOf } from '../tag-list.js';
import { nameOfCode, vatRateNames, vatRates } from '../tags/codes.js';
import type { FfdVersion } from '../tags/definition.js';
import type { TagList } from '../tags.js';
import { vatIncluded } from '../totals.js';
import type { IssueCode, IssueSeverity, Report } from './issue.js';

// Receipts, БСО and their corrections: arithmetic and requisites that go together.

interface Line {
  readonly tags: TagList;
  readonly path: string;
  readonly amount: number;
  readonly rate: RussianVatRate | undefined;
}

interface Context {
  readonly tags: TagList;
  readonly path: string;
  readonly version: FfdVersion;
  readonly lines: readonly Line[];
  readonly correction: boolean;
  /** Calendar day whose VAT rates hold: of the corrected settlement, or of the receipt. */
  readonly day: string;
  readonly say: (
    code: IssueCode,
    severity: IssueSeverity,
    path: string,
    tag: number,
    message: string,
    message_ru: string,
    clause?: string,
  ) => void;
}

/** Price × quantity, rounded. A quantity that cannot be read counts as zero: the encoder refuses it with a path. */
function costOf(price: number, quantity: string): number {
  if (quantity === '1') return price;
  try {
    return multiplyKopecks(price, quantity);
  } catch {
    return 0;
  }
}

function rubles(kopecks: number): string {
  return `${Math.trunc(kopecks / 100)}.${String(Math.abs(kopecks) % 100).padStart(2, '0')}`;
}

function sums({ tags, path, lines, version, say }: Context): void {
  const total = numberOf(tags, 1020);
  if (total === undefined) return;
  const paid = [1031, 1081, 1215, 1216, 1217].reduce((sum, tag) => sum + (numberOf(tags, tag) ?? 0), 0);
  if (paid !== total) {
    say(
      'sum-total',
      'error',
      `${path}/1020`,
      1020,
      `payments are ${rubles(paid)}, the total is ${rubles(total)}`,
      `Сумма оплат ${rubles(paid)} не равна итогу ${rubles(total)}`,
    );
  }
  // Lines that were cancelled and discounts of a whole receipt exist in FFD 1.0 only.
  if (version === '1.0' || lines.length === 0) return;
  const added = lines.reduce((sum, line) => sum + line.amount, 0);
  if (added - total < 0 || added - total > 99) {
    say(
      'sum-lines',
      'error',
      `${path}/1020`,
      1020,
      `lines add up to ${rubles(added)}, the total is ${rubles(total)}`,
      `Сумма позиций ${rubles(added)} не соответствует итогу ${rubles(total)}`,
    );
  }
}

function lineSums({ lines, say }: Context): void {
  for (const line of lines) {
    const price = numberOf(line.tags, 1079);
    const quantity = textOf(line.tags, 1023);
    // A part of a marked unit (1291) is priced as the part, with quantity 1.
    if (price !== undefined && quantity !== undefined && listOf(line.tags, 1291) === undefined) {
      const expected = costOf(price, quantity);
      const difference = Math.abs(expected - line.amount);
      if (difference > 0) {
        say(
          'sum-line',
          difference === 1 ? 'warning' : 'error',
          `${line.path}/1043`,
          1043,
          `price × quantity is ${rubles(expected)}, the line is ${rubles(line.amount)}`,
          `Цена × количество = ${rubles(expected)}, стоимость позиции ${rubles(line.amount)}`,
        );
      }
    }
    const vat = numberOf(line.tags, 1200);
    if (vat === undefined || line.rate === undefined) continue;
    const expected = vatIncluded(line.amount, line.rate);
    if (Math.abs(expected - vat) > 1) {
      say(
        'vat-line',
        'warning',
        `${line.path}/1200`,
        1200,
        `VAT of the line is ${rubles(expected)}, ${rubles(vat)} is stated`,
        `НДС позиции ${rubles(expected)}, указано ${rubles(vat)}`,
      );
    }
  }
}

function statedVat(tags: TagList, rate: RussianVatRate): number | undefined {
  const { code, totalTag } = vatRates[rate];
  if (totalTag !== 1115) return numberOf(tags, totalTag);
  const entry = listsOf(listOf(tags, 1115) ?? [], 1119).find((one) => numberOf(one, 1199) === code);
  return entry === undefined ? undefined : (numberOf(entry, 1120) ?? 0);
}

function vat(context: Context): void {
  const { tags, path, lines, say, day } = context;
  if (lines.length === 0 || lines.some((line) => line.rate === undefined)) return;
  for (const rate of vatRateNames) {
    const { totalTag, numerator, label } = vatRates[rate];
    const mine = lines.filter((line) => line.rate === rate);
    const stated = statedVat(tags, rate);
    const where = `${path}/${totalTag === 1115 ? 'amountsReceiptNds' : totalTag}`;
    if (mine.length === 0) {
      if (stated !== undefined && stated !== 0) {
        say(
          'vat-unexpected',
          'warning',
          where,
          totalTag,
          `no line has ${rate}`,
          `В чеке нет позиций со ставкой ${label}`,
        );
      }
      continue;
    }
    const base = mine.reduce((sum, line) => sum + line.amount, 0);
    if (stated === undefined) {
      if (base > 0)
        say('vat-missing', 'error', where, totalTag, `no total for ${rate}`, `Нет итога по ставке ${label}`);
      continue;
    }
    // Code 1 meant 18 % until the end of 2018.
    const old = (rate === '20' || rate === '20/120') && day !== '' && day < '2019-01-01';
    const of = (amount: number) =>
      numerator === 0
        ? amount
        : old
          ? Number(divideRounded(BigInt(amount) * 18n, 118n))
          : vatIncluded(amount, rate);
    // Registers round the sum of a rate, or add up rounded lines: both are seen and accepted.
    const byLines = mine.reduce((sum, line) => sum + of(line.amount), 0);
    if (stated !== of(base) && stated !== byLines) {
      say(
        'vat-sum',
        'error',
        where,
        totalTag,
        `${rate} of ${rubles(base)} is ${rubles(of(base))}, ${rubles(stated)} is stated`,
        `${label} с суммы ${rubles(base)} составляет ${rubles(of(base))}, указано ${rubles(stated)}`,
      );
    }
  }
}

const rateClause = 'ЕД-7-20/1050@';

function rates({ tags, lines, day, correction, say }: Context): void {
  if (day === '') return;
  const settlement = numberOf(tags, 1054);
  // The day of the settlement that a return undoes is not in the document: a rate of its time may be right.
  const sure: IssueSeverity = correction || settlement === 1 || settlement === 3 ? 'error' : 'warning';
  const taxation = numberOf(tags, 1055);
  for (const { rate, path } of lines) {
    if (rate === undefined) continue;
    const where = `${path}/1199`;
    if (rate === '22' || rate === '22/122') {
      if (day < '2026-01-01')
        say(
          'vat-rate',
          sure,
          where,
          1199,
          `${rate} exists from 2026`,
          `Ставка ${rate} действует с 01.01.2026`,
          rateClause,
        );
      else if (day < '2026-01-05')
        say(
          'vat-rate',
          'warning',
          where,
          1199,
          'codes 11 and 12 are used from 5 January 2026',
          'Коды 11 и 12 применяются с 05.01.2026',
          rateClause,
        );
    } else if ((rate === '20' || rate === '20/120') && day >= '2026-01-01') {
      say(
        'vat-rate',
        'warning',
        where,
        1199,
        `${rate} ended with 2025; right only for settlements of that time`,
        `Ставка ${rate} действовала до 31.12.2025`,
        rateClause,
      );
    } else if (['5', '7', '5/105', '7/107'].includes(rate)) {
      if (day < '2025-01-01')
        say(
          'vat-rate',
          sure,
          where,
          1199,
          `${rate} exists from 2025`,
          `Ставка ${rate} действует с 01.01.2025`,
          'НК РФ, ст. 164, п. 8',
        );
      else if (taxation !== undefined && taxation !== 2 && taxation !== 4)
        say(
          'vat-rate',
          'warning',
          where,
          1199,
          `${rate} goes with the simplified system`,
          `Ставка ${rate} применяется при УСН`,
          'НК РФ, ст. 164, п. 8',
        );
    }
    if (taxation === 32 && rate !== 'none')
      say(
        'vat-rate',
        'warning',
        where,
        1199,
        'a patent goes without VAT',
        'При патенте НДС не начисляется',
        'НК РФ, ст. 346.43',
      );
  }
}

function isMarked(subject: number | undefined): boolean {
  return subject === 31 || subject === 33;
}

function marking({ tags, path, lines, version, say }: Context): void {
  const clause = 'ЕД-7-20/662@, прил. 2, табл. 97';
  let marked = false;
  for (const line of lines) {
    const subject = numberOf(line.tags, 1212);
    if (version !== '1.2') {
      if (subject !== undefined && subject >= 30)
        say(
          'marking',
          'error',
          `${line.path}/1212`,
          1212,
          `subject ${subject} exists in FFD 1.2 only`,
          `Признак предмета расчета ${subject} есть только в ФФД 1.2`,
        );
      continue;
    }
    const code = listOf(line.tags, 1163);
    const part = listOf(line.tags, 1291);
    if (isMarked(subject)) {
      marked = true;
      if (code === undefined)
        say(
          'marking',
          'error',
          `${line.path}/productCodeNew`,
          1163,
          'marked goods with a code have none',
          'Для товара с кодом маркировки нет кода товара',
          clause,
        );
      if (numberOf(line.tags, 2106) === undefined)
        say(
          'marking',
          'error',
          `${line.path}/2106`,
          2106,
          'the result of the check is missing',
          'Нет результата проверки сведений о товаре',
          clause,
        );
      if (
        part === undefined &&
        numberOf(line.tags, 2108) === 0 &&
        !/^1(\.0*)?$/.test(textOf(line.tags, 1023) ?? '1')
      )
        say(
          'measure',
          'error',
          `${line.path}/1023`,
          1023,
          'a marked piece stands in a line of its own',
          'Штучный маркированный товар указывается отдельной позицией с количеством 1',
          clause,
        );
    }
    if ((subject === 30 || subject === 32) && code !== undefined)
      say(
        'marking',
        'error',
        `${line.path}/productCodeNew`,
        1163,
        'goods without a code have one',
        'Указан код для товара без кода маркировки',
        clause,
      );
    if (part !== undefined) {
      const numerator = tagValue(part, 1293);
      const denominator = tagValue(part, 1294);
      if (
        typeof numerator === 'number' &&
        typeof denominator === 'number' &&
        (numerator === 0 || numerator >= denominator)
      )
        say(
          'measure',
          'error',
          `${line.path}/labeledProdFractionalQuantity/1293`,
          1293,
          'a part is less than the whole',
          'Числитель должен быть меньше знаменателя',
          clause,
        );
      if (!/^1(\.0*)?$/.test(textOf(line.tags, 1023) ?? '1'))
        say(
          'measure',
          'error',
          `${line.path}/1023`,
          1023,
          'a part of a marked unit has quantity 1',
          'Для части маркированного товара количество равно 1',
          clause,
        );
      if ((numberOf(line.tags, 2108) ?? 0) !== 0)
        say(
          'measure',
          'error',
          `${line.path}/2108`,
          2108,
          'a part of a marked unit is counted in pieces',
          'Для части маркированного товара мера количества - штука',
          clause,
        );
    }
  }
  if (marked && tagValue(tags, 2107) === undefined)
    say(
      'marking',
      'error',
      `${path}/2107`,
      2107,
      'the results of the checks are missing',
      'Нет результатов проверки маркированных товаров',
      'ЕД-7-20/662@, прил. 2, табл. 96',
    );
}

/** Members of 1223 that each kind of agent gives. */
const agentMembers: readonly (readonly [mask: number, tags: readonly number[]])[] = [
  [1 | 2, [1005, 1016, 1026, 1044, 1075]],
  [4 | 8, [1073, 1074]],
];

function agents({ lines, say }: Context): void {
  const clause = 'ЕД-7-20/662@, прил. 2, табл. 97';
  for (const line of lines) {
    const agent = numberOf(line.tags, 1222) ?? 0;
    if (agent === 0) continue;
    if ((agent & (agent - 1)) !== 0)
      say(
        'agent',
        'warning',
        `${line.path}/1222`,
        1222,
        'one kind of agent a line',
        'В позиции указывается один вид агента',
        clause,
      );
    if (textOf(line.tags, 1226) === undefined)
      say(
        'agent',
        'error',
        `${line.path}/1226`,
        1226,
        'the supplier of an agent is missing',
        'Нет ИНН поставщика',
        clause,
      );
    if (listOf(line.tags, 1224) === undefined)
      say(
        'agent',
        'warning',
        `${line.path}/providerData`,
        1224,
        'nothing is said of the supplier',
        'Нет данных поставщика',
        clause,
      );
    const data = listOf(line.tags, 1223) ?? [];
    for (const [mask, members] of agentMembers) {
      if ((agent & mask) === 0) continue;
      for (const tag of members) {
        if (tagValue(data, tag) === undefined)
          say(
            'agent',
            'warning',
            `${line.path}/paymentAgentData/${tag}`,
            tag,
            `tag ${tag} of the agent is missing`,
            `Нет реквизита ${tag} в данных агента`,
            'ЕД-7-20/662@, прил. 2, табл. 98',
          );
      }
    }
  }
}

function corrections({ tags, path, version, correction, say }: Context): void {
  if (!correction) return;
  const clause = 'ЕД-7-20/662@, прил. 2, табл. 31';
  const settlement = numberOf(tags, 1054);
  if (version === '1.05' && settlement !== undefined && settlement !== 1 && settlement !== 3)
    say(
      'correction',
      'error',
      `${path}/1054`,
      1054,
      'FFD 1.05 corrects sales and purchases only',
      'В ФФД 1.05 корректируются только приход и расход',
    );
  const base = listOf(tags, 1174);
  if (base === undefined) return;
  const day = textOf(base, 1178);
  if (day === undefined)
    say(
      'correction',
      'error',
      `${path}/correctionBase/1178`,
      1178,
      'the day of the corrected settlement is missing',
      'Нет даты корректируемого расчета',
      clause,
    );
  else {
    if (day.length > 10)
      say(
        'date',
        'warning',
        `${path}/correctionBase/1178`,
        1178,
        'a day has no time',
        'Дата корректируемого расчета указана со временем',
        clause,
      );
    const now = textOf(tags, 1012);
    if (now !== undefined && day.slice(0, 10) > now.slice(0, 10))
      say(
        'date',
        'error',
        `${path}/correctionBase/1178`,
        1178,
        'corrects a settlement to come',
        'Дата корректируемого расчета позже даты чека',
        clause,
      );
  }
  if (numberOf(tags, 1173) === 1 && (textOf(base, 1179) ?? '').trim() === '')
    say(
      'correction',
      'error',
      `${path}/correctionBase/1179`,
      1179,
      "the number of the tax service's order is missing",
      'Нет номера предписания налогового органа',
      clause,
    );
}

function circumstances({ tags, path, say }: Context): void {
  const internet = tagValue(tags, 1125) === true;
  if (internet && (textOf(tags, 1008) ?? '') === '')
    say(
      'internet',
      'error',
      `${path}/1008`,
      1008,
      "a payment over the internet has the buyer's address",
      'При расчете в интернете нужен адрес покупателя',
      'ЕД-7-20/236@',
    );
  const automatic = textOf(tags, 1036) !== undefined || tagValue(tags, 1108) === true || internet;
  if (!automatic && textOf(tags, 1021) === undefined)
    say(
      'cashier',
      'warning',
      `${path}/1021`,
      1021,
      'nobody is named as the cashier',
      'Не указан кассир',
      'ЕД-7-20/662@, прил. 2',
    );
  const taxation = numberOf(tags, 1055);
  const now = textOf(tags, 1012) ?? '';
  if (taxation !== undefined && (taxation & (taxation - 1)) !== 0)
    say(
      'taxation',
      'error',
      `${path}/1055`,
      1055,
      'one tax system a receipt',
      'В чеке указывается одна система налогообложения',
    );
  if (taxation === 8 && now >= '2021-01-01')
    say(
      'taxation',
      'error',
      `${path}/1055`,
      1055,
      'ЕНВД ended with 2020',
      'ЕНВД не действует с 01.01.2021',
      '325-ФЗ',
    );
}

function pairs({ tags, path, say }: Context): void {
  const properties = listOf(tags, 1084);
  if (properties === undefined) return;
  for (const tag of [1085, 1086]) {
    if (textOf(properties, tag) === undefined)
      say(
        'missing',
        'warning',
        `${path}/properties/${tag}`,
        tag,
        'name and value stand together',
        'Наименование и значение указываются вместе',
        'ЕД-7-20/662@, прил. 2, табл. 10',
      );
  }
}

/** Rules of receipts; other documents have none here. */
export function checkReceipt(document: FiscalDocument, version: FfdVersion, report: Report): void {
  if (![3, 4, 31, 41].includes(document.code)) return;
  const { tags, name: path } = document;
  const correction = document.code > 4;
  const original = correction ? textOf(listOf(tags, 1174) ?? [], 1178) : undefined;
  const context: Context = {
    tags,
    path,
    version,
    correction,
    day: (original ?? textOf(tags, 1012) ?? '').slice(0, 10),
    lines: listsOf(tags, 1059).map((line, index): Line => {
      const code = numberOf(line, 1199);
      return {
        tags: line,
        path: `${path}/items[${index}]`,
        amount: numberOf(line, 1043) ?? 0,
        rate: code === undefined ? undefined : nameOfCode(vatRates, code),
      };
    }),
    say: (code, severity, where, tag, message, message_ru, clause = '') =>
      report({ code, severity, path: where, tag, message, message_ru, clause }),
  };
  sums(context);
  lineSums(context);
  vat(context);
  rates(context);
  marking(context);
  agents(context);
  corrections(context);
  circumstances(context);
  pairs(context);
}
