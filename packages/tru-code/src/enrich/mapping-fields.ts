import { isElcertError } from '@elcert/core';
import { safeParseKtsrArticle } from '../catalogue/ktsr-article.js';
import { findCountry } from '../countries/index.js';
import { type CellRole, excelDamage } from '../csv/excel-damage.js';
import type { RowProblem, RowProblemCode } from '../csv/problems.js';
import { enrichTruCode, safeParseTruCode, type TruCode } from '../tru-code.js';

/** What a shop knows of one of its articles: texts as they stand in the mapping file. */
export interface MappingFields {
  readonly article: string;
  /** A code in any of its forms. */
  readonly tru?: string | undefined;
  /** Class or article of KTSR, where the code is not known: it leads to candidates only. */
  readonly ktsr?: string | undefined;
  /** Four digits. */
  readonly manufacturer?: string | undefined;
  /** Four digits. */
  readonly model?: string | undefined;
  /** Number of OKSM, code or name of a country. */
  readonly country?: string | undefined;
}

/** A row of the mapping that was understood. */
export interface MappingEntry {
  readonly article: string;
  /** With the manufacturer, model and country of the row. */
  readonly code?: TruCode;
  /** `06-01-02`. */
  readonly ktsrClass?: string;
}

/** What reading a row of a mapping gives; a bad row still tells whose it is. */
export type MappingRow =
  | { readonly ok: true; readonly line: number; readonly entry: MappingEntry }
  | { readonly ok: false; readonly article?: string; readonly problem: RowProblem };

/** Roles of the columns of a mapping. */
export type MappingColumn = keyof MappingFields;

const headers: Readonly<Record<MappingColumn, RegExp>> = {
  article: /^(?:артикул(?! ктср)|код товара|sku|article|vendor ?code)/i,
  tru: /^(?:полный )?(?:код )?тру(?: ?код)?$|^tru(?:[ _-]?code)?$/i,
  ktsr: /ктср|ktsr/i,
  manufacturer: /^(?:код )?(?:производител|изготовител|manufacturer)/i,
  model: /^(?:код )?(?:модел|model)/i,
  country: /^(?:код )?(?:стран|country|оксм|oksm)/i,
};

/** Header names that say which column is which, in Russian and English. */
export const headerPatterns = headers;

/** Reads one row of a mapping. */
export function readMappingFields(
  fields: MappingFields,
  line: number,
  column: (role: MappingColumn) => string = (role) => role,
): MappingRow {
  const { article } = fields;
  const bad = (
    role: MappingColumn,
    what: {
      readonly code: RowProblemCode;
      readonly message: string;
      readonly userMessage: string;
      readonly position?: number;
    },
  ): MappingRow => ({
    ok: false,
    ...(article === '' ? {} : { article }),
    problem: {
      code: what.code,
      line,
      column: column(role),
      message: what.message,
      userMessage: what.userMessage,
      value: String(fields[role] ?? '').slice(0, 60),
      ...(what.position === undefined ? {} : { position: what.position }),
    },
  });
  if (article === '') {
    return bad('article', { code: 'ARTICLE_EMPTY', message: 'no article', userMessage: 'Нет артикула' });
  }
  for (const role of [
    'article',
    'tru',
    'ktsr',
    'manufacturer',
    'model',
    'country',
  ] as const satisfies CellRole[]) {
    const damage = excelDamage(fields[role] ?? '', role);
    if (damage !== undefined) return bad(role, damage);
  }
  let { country = '' } = fields;
  if (country !== '' && country !== '000') {
    const found = findCountry(country);
    if (found === undefined) {
      return bad('country', {
        code: 'COUNTRY_UNKNOWN',
        message: 'no country of OKSM',
        userMessage: `Страна «${country.slice(0, 40)}» не найдена в ОКСМ: нужен код (643) или название (Россия)`,
      });
    }
    country = found.numeric;
  }
  const known = (text = '') => (text === '' || text === '0000' || text === '000' ? undefined : text);
  let ktsrClass: string | undefined;
  if (fields.ktsr) {
    const parsed = safeParseKtsrArticle(fields.ktsr);
    if (parsed.ok) ktsrClass = parsed.value.ktsrClass;
    else if (/^\d{2}-\d{2}-\d{2}$/.test(fields.ktsr)) ktsrClass = fields.ktsr;
    else return bad('ktsr', parsed.error);
  }
  if (!fields.tru) {
    if (ktsrClass !== undefined) return { ok: true, line, entry: { article, ktsrClass } };
    return bad('tru', {
      code: 'TRU_EMPTY',
      message: 'neither a code nor a class',
      userMessage: 'Нет ни кода ТРУ, ни класса КТСР',
    });
  }
  const parsed = safeParseTruCode(fields.tru);
  if (!parsed.ok) return bad('tru', parsed.error);
  try {
    const code = enrichTruCode(parsed.value, {
      manufacturer: known(fields.manufacturer),
      model: known(fields.model),
      country: known(country),
    });
    return { ok: true, line, entry: { article, code, ...(ktsrClass === undefined ? {} : { ktsrClass }) } };
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return bad((error.path as MappingColumn | undefined) ?? 'tru', {
      code: error.code as RowProblemCode,
      message: error.message,
      userMessage: error.userMessage ?? error.message,
    });
  }
}
