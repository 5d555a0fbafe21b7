import { productCodeOfBytes } from '../product-code-bytes.js';
import { bytesOf, listOf, numberOf, tagValue, textOf } from '../tag-list.js';
import type { Context, Line } from './receipt-context.js';

// Marked goods, parts of them, and measures of quantity.

function isWhole(line: Line): boolean {
  return /^\d+(\.0*)?$/.test(textOf(line.tags, 1023) ?? '1');
}

function isOne(line: Line): boolean {
  return /^1(\.0*)?$/.test(textOf(line.tags, 1023) ?? '1');
}

/** Subjects 31 and 33 carry a code, 30 and 32 say that there is none. */
function checkCode(line: Line, subject: number | undefined, say: Context['say']): void {
  const code = listOf(line.tags, 1163);
  const where = `${line.path}/productCodeNew`;
  if (code !== undefined && code.length !== 1)
    say('marking', 'error', where, 1163, 'one code of one kind', 'Указывается один код товара одного вида');
  const check = numberOf(line.tags, 2106);
  if (subject === 31 || subject === 33) {
    if (code === undefined)
      say(
        'marking',
        'error',
        where,
        1163,
        'marked goods with a code have none',
        'Для товара с кодом маркировки нет кода товара',
      );
    if (check === undefined)
      say(
        'marking',
        'error',
        `${line.path}/2106`,
        2106,
        'the result of the check is missing',
        'Нет результата проверки сведений о товаре',
      );
    if (listOf(line.tags, 1291) === undefined && numberOf(line.tags, 2108) === 0 && !isOne(line))
      say(
        'measure',
        'error',
        `${line.path}/1023`,
        1023,
        'a marked piece stands in a line of its own',
        'Штучный маркированный товар указывается отдельной позицией с количеством 1',
      );
    return;
  }
  if ((subject === 30 || subject === 32) && code !== undefined)
    say(
      'marking',
      'error',
      where,
      1163,
      'goods without a code have one',
      'Указан код для товара без кода маркировки',
    );
  if (check !== undefined && code === undefined)
    say(
      'marking',
      'warning',
      `${line.path}/2106`,
      2106,
      'the result of a check of nothing',
      'Есть результат проверки, но нет кода товара',
    );
}

function checkMeasure(line: Line, say: Context['say']): void {
  const part = listOf(line.tags, 1291);
  const measure = numberOf(line.tags, 2108);
  if (part === undefined) {
    if (measure === 0 && !isWhole(line))
      say(
        'measure',
        'warning',
        `${line.path}/1023`,
        1023,
        'pieces are counted in whole numbers',
        'Для штучного товара указано дробное количество',
      );
    return;
  }
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
    );
  if (!isOne(line))
    say(
      'measure',
      'error',
      `${line.path}/1023`,
      1023,
      'a part of a marked unit has quantity 1',
      'Для части маркированного товара количество равно 1',
    );
  if ((measure ?? 0) !== 0)
    say(
      'measure',
      'error',
      `${line.path}/2108`,
      2108,
      'a part of a marked unit is counted in pieces',
      'Для части маркированного товара мера количества - штука',
    );
}

function isUnknown(line: Line): boolean {
  const bytes = bytesOf(line.tags, 1162);
  return bytes !== undefined && productCodeOfBytes(bytes) === undefined;
}

/** Marking and measure of all lines, and the result over them. */
export function checkMarking({ tags, path, lines, version, say }: Context): void {
  let marked = false;
  for (const line of lines) {
    const subject = numberOf(line.tags, 1212);
    if (version === '1.2') {
      marked ||= subject === 31 || subject === 33;
      checkCode(line, subject, say);
      checkMeasure(line, say);
    } else if (version !== '1.0' && isUnknown(line))
      say(
        'marking',
        'info',
        `${line.path}/1162`,
        1162,
        'a product code of a kind that is not known',
        'Вид кода товара неизвестен',
      );
    if (version !== '1.2' && subject !== undefined && subject >= 30)
      say(
        'marking',
        'error',
        `${line.path}/1212`,
        1212,
        `subject ${subject} exists in FFD 1.2 only`,
        `Признак предмета расчета ${subject} есть только в ФФД 1.2`,
      );
    if (
      version !== '1.0' &&
      (textOf(line.tags, 1030) ?? '').trim() === '' &&
      listOf(line.tags, 1163) === undefined
    )
      say(
        'value',
        'warning',
        `${line.path}/1030`,
        1030,
        'goods without a name',
        'Не указано наименование предмета расчета',
      );
  }
  const result = tagValue(tags, 2107);
  if (marked && result === undefined)
    say(
      'marking',
      'error',
      `${path}/2107`,
      2107,
      'the results of the checks are missing',
      'Нет результатов проверки маркированных товаров',
    );
}
