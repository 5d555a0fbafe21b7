import type { Catalogue, TruCatalogueEntry } from '../catalogue/catalogue.js';
import { type ExcelDamageCode, excelDamage } from '../csv/excel-damage.js';
import type { RowProblem } from '../csv/problems.js';
import { explainTruCode } from '../explain.js';
import {
  enrichTruCode,
  missingTruParts,
  parseTruCode,
  relateTruCodes,
  safeParseTruCode,
  type TruCode,
  type TruCodeIssueCode,
  type TruPart,
} from '../tru-code.js';
import type { TruMapping } from './mapping.js';

/** An item of a shop's assortment: texts as they stand in its books. */
export interface AssortmentItem {
  readonly article: string;
  readonly name?: string | undefined;
  /** The code that the item has already; empty when it has none. */
  readonly tru?: string | undefined;
}

/** What became of an item. */
export type ItemStatus =
  /** It has a full code: manufacturer, model and country are known. */
  | 'enriched'
  /** It has a code, with zeros for what is not known. */
  | 'enriched-with-zeros'
  /** More than one code may be meant: a person chooses. */
  | 'ambiguous'
  | 'not-found'
  /** The shop's books and the mapping say different things. */
  | 'conflicting'
  /** A spreadsheet has spoilt a code, or it is none. */
  | 'damaged';

/** Why, in one word. */
export type ItemReason =
  /** The code comes from the mapping. */
  | 'mapping'
  /** The item had it, the mapping knows nothing of the article. */
  | 'own-code'
  /** The item had it, the mapping agrees, and may have added what was missing. */
  | 'own-code-and-mapping'
  /** Rows of the mapping give the article different codes. */
  | 'mapping-rows-differ'
  /** The mapping knows the KTSR class only; its codes are inferred. */
  | 'class-only'
  /** Nobody gave a code, but goods of the catalogue are called exactly so. */
  | 'same-name'
  | 'no-mapping'
  /** The mapping has an article that differs by blanks, case, look-alike letters or zeros in front. */
  | 'article-spelled-otherwise'
  | 'article-empty'
  /** A valid code that the catalogue does not have. */
  | 'code-not-in-catalogue'
  /** The mapping knows a class that no code of the catalogue belongs to. */
  | 'class-not-in-catalogue'
  /** Different goods. */
  | 'own-code-differs'
  /** The same goods, another manufacturer, model or country. */
  | 'own-part-differs'
  | 'own-code-damaged'
  | 'article-damaged'
  | 'mapping-damaged';

/** A code that may be meant. */
export interface TruCandidate {
  /** 19 or 30 characters. */
  readonly code: string;
  readonly name?: string;
}

/** An item with its answer. */
export interface EnrichedItem<Item extends AssortmentItem = AssortmentItem> {
  readonly item: Item;
  readonly status: ItemStatus;
  readonly reason: ItemReason;
  /** For the person who keeps the list, in Russian. */
  readonly userMessage: string;
  /** Present for the two enriched states only. */
  readonly code?: TruCode;
  /** Parts that are zeros. */
  readonly missing: readonly TruPart[];
  /** What may be meant: ambiguous and conflicting items, the first ten. */
  readonly candidates: readonly TruCandidate[];
  /** What is wrong with the text of a damaged item. */
  readonly damage?: { readonly code: string; readonly position?: number };
}

/** What items are enriched with. */
export interface EnrichmentSources {
  /** Codes that exist; without it any valid code is taken. */
  readonly catalogue?: Catalogue<TruCatalogueEntry> | undefined;
  readonly mapping: TruMapping;
  /** What to do when the item's own code contradicts the mapping: `report` (the default) or `use-mapping`. */
  readonly onConflict?: 'report' | 'use-mapping' | undefined;
}

/** Numbers of a run. */
export interface EnrichmentReport {
  readonly total: number;
  readonly byStatus: Readonly<Record<ItemStatus, number>>;
  readonly byReason: Readonly<Partial<Record<ItemReason, number>>>;
}

const maxCandidates = 10;
const partNames: Readonly<Record<TruPart, string>> = {
  manufacturer: 'производитель',
  model: 'модель',
  country: 'страна',
};

function nameKey(name: string): string {
  return name.toLowerCase().replaceAll('ё', 'е').replace(/\s+/g, ' ').trim();
}

/**
 * Makes the function that answers for one item. It guesses nothing: a code is given only where the mapping or the item
 * itself has it, and the catalogue, when there is one, knows it.
 */
export function itemEnricher(
  sources: EnrichmentSources,
): <Item extends AssortmentItem>(item: Item) => EnrichedItem<Item> {
  const { catalogue, mapping, onConflict = 'report' } = sources;
  let byClass: Map<string, TruCandidate[]> | undefined;
  let byName: Map<string, TruCandidate[]> | undefined;
  const index = (keyOf: (entry: TruCatalogueEntry) => string | undefined): Map<string, TruCandidate[]> => {
    const made = new Map<string, TruCandidate[]>();
    for (const entry of catalogue?.entries() ?? []) {
      const key = keyOf(entry);
      if (key === undefined) continue;
      const list = made.get(key);
      if (list === undefined) made.set(key, [entry]);
      else if (list.length < maxCandidates) list.push(entry);
    }
    return made;
  };
  const candidate = (code: TruCode): TruCandidate => {
    const name = catalogue?.get(code.base)?.name;
    return { code: code.full, ...(name === undefined ? {} : { name }) };
  };

  return (item) => {
    const answer = (
      status: ItemStatus,
      reason: ItemReason,
      userMessage: string,
      rest: Partial<Pick<EnrichedItem, 'candidates' | 'damage'>> = {},
    ) => ({ item, status, reason, userMessage, missing: [], candidates: [], ...rest });
    const finish = (code: TruCode, reason: ItemReason) => {
      if (catalogue !== undefined && catalogue.get(code.base) === undefined) {
        return answer('not-found', 'code-not-in-catalogue', `Кода ${code.base} нет в справочнике ТРУ`, {
          candidates: [candidate(code)],
        });
      }
      const missing = missingTruParts(code);
      const full = missing.length === 0;
      return {
        ...answer(
          full ? 'enriched' : 'enriched-with-zeros',
          reason,
          full ? 'Код полный' : `Не указано: ${missing.map((part) => partNames[part]).join(', ')}`,
        ),
        code,
        missing,
      };
    };
    const damaged = (
      reason: ItemReason,
      problem: { readonly code: string; readonly userMessage: string; readonly position?: number },
      prefix: string,
    ) =>
      answer('damaged', reason, `${prefix}: ${problem.userMessage}`, {
        damage: {
          code: problem.code,
          ...(problem.position === undefined ? {} : { position: problem.position }),
        },
      });

    const { article } = item;
    if (article === '') return answer('not-found', 'article-empty', 'Нет артикула');
    const articleDamage = excelDamage(article, 'article');
    if (articleDamage !== undefined) return damaged('article-damaged', articleDamage, 'Артикул');
    let own: TruCode | undefined;
    if (item.tru) {
      const parsed = safeParseTruCode(item.tru);
      if (!parsed.ok)
        return damaged('own-code-damaged', truProblem(item.tru, parsed.error), 'Код ТРУ товара');
      own = parsed.value;
    }
    const spoilt: RowProblem | undefined = mapping.problemOf(article);
    if (spoilt !== undefined) {
      const place = `Таблица соответствия, строка ${spoilt.line}${spoilt.column === undefined ? '' : `, столбец «${spoilt.column}»`}`;
      return damaged('mapping-damaged', spoilt, place);
    }
    const entries = mapping.get(article);
    const codes = new Map(
      entries.flatMap(({ code }) => (code === undefined ? [] : [[code.full, code] as const])),
    );
    if (codes.size > 1) {
      return answer('ambiguous', 'mapping-rows-differ', 'В таблице соответствия у артикула разные коды ТРУ', {
        candidates: [...codes.values()].slice(0, maxCandidates).map(candidate),
      });
    }
    const [mapped] = codes.values();
    if (mapped !== undefined && own !== undefined) {
      const relation = relateTruCodes(own, mapped);
      if (relation === 'different' || relation === 'conflicting') {
        if (onConflict === 'use-mapping') {
          // The same goods keep what the mapping does not say; of other goods nothing is kept.
          return finish(relation === 'different' ? mapped : merge(own, mapped, true), 'mapping');
        }
        return relation === 'different'
          ? answer(
              'conflicting',
              'own-code-differs',
              'Код ТРУ товара и код из таблицы соответствия – разные товары',
              {
                candidates: [own, mapped].map(candidate),
              },
            )
          : answer(
              'conflicting',
              'own-part-differs',
              'Производитель, модель или страна в коде товара и в таблице соответствия расходятся',
              { candidates: [own, mapped].map(candidate) },
            );
      }
      return finish(merge(own, mapped, false), 'own-code-and-mapping');
    }
    if (mapped !== undefined) return finish(mapped, 'mapping');
    if (own !== undefined) return finish(own, 'own-code');

    const ktsrClass = entries.find((entry) => entry.ktsrClass !== undefined)?.ktsrClass;
    if (ktsrClass !== undefined) {
      byClass ??= index((entry) => explainTruCode(parseTruCode(entry.code)).ktsrClass);
      const candidates = byClass.get(ktsrClass) ?? [];
      return candidates.length === 0
        ? answer(
            'not-found',
            'class-not-in-catalogue',
            `Для класса КТСР ${ktsrClass} нет кодов в справочнике ТРУ`,
          )
        : answer(
            'ambiguous',
            'class-only',
            `Известен только класс КТСР ${ktsrClass}, соответствие класса коду предположительное: выберите код`,
            { candidates },
          );
    }
    if (item.name) {
      byName ??= index((entry) => nameKey(entry.name));
      const candidates = byName.get(nameKey(item.name)) ?? [];
      if (candidates.length > 0) {
        return answer(
          'ambiguous',
          'same-name',
          'Так же называется товар в справочнике ТРУ: подтвердите код',
          {
            candidates,
          },
        );
      }
    }
    const similar = mapping.resembling(article);
    return similar === undefined
      ? answer('not-found', 'no-mapping', 'Артикула нет в таблице соответствия')
      : answer(
          'not-found',
          'article-spelled-otherwise',
          `Артикула нет в таблице соответствия, но есть похожий: «${similar}» (пробелы, регистр, русские и латинские буквы или нули в начале)`,
        );
  };
}

function merge(own: TruCode, mapped: TruCode, overwrite: boolean): TruCode {
  const parts: Partial<Record<TruPart, string>> = {};
  for (const part of ['manufacturer', 'model', 'country'] as const) {
    if (!missingTruParts(mapped).includes(part)) parts[part] = mapped[part];
  }
  return enrichTruCode(own, { ...parts, overwrite });
}

/** What is wrong with a text that should be a code: a spreadsheet's damage where it shows, else the issue itself. */
export function truProblem(
  text: string,
  issue: {
    readonly code: TruCodeIssueCode;
    readonly message: string;
    readonly userMessage: string;
    readonly position: number;
  },
): {
  readonly code: TruCodeIssueCode | ExcelDamageCode;
  readonly message: string;
  readonly userMessage: string;
  readonly position: number;
} {
  return { ...(excelDamage(text, 'tru') ?? issue), position: issue.position };
}

/** Counts answers as they come. */
export function reportCounter(): { add(one: EnrichedItem): void; readonly report: EnrichmentReport } {
  const report = {
    total: 0,
    byStatus: {
      enriched: 0,
      'enriched-with-zeros': 0,
      ambiguous: 0,
      'not-found': 0,
      conflicting: 0,
      damaged: 0,
    } satisfies Record<ItemStatus, number> as Record<ItemStatus, number>,
    byReason: {} as Partial<Record<ItemReason, number>>,
  };
  return {
    report,
    add({ status, reason }) {
      report.total += 1;
      report.byStatus[status] += 1;
      report.byReason[reason] = (report.byReason[reason] ?? 0) + 1;
    },
  };
}

/**
 * Enriches a shop's assortment: each item gets its full TRU code, or the reason why it has none. Nothing is guessed, and
 * doing it again changes nothing.
 *
 * @param catalogue - codes that exist; without one any valid code is taken
 * @example
 * ```ts
 * const { items, report } = enrichItems([{ article: 'A-1', name: 'Трость' }], catalogue, mapping);
 * items[0]?.code?.full; // '329921120.06001010200080001643'
 * report.byStatus['not-found']; // 0
 * ```
 */
export function enrichItems<Item extends AssortmentItem>(
  items: Iterable<Item>,
  catalogue: Catalogue<TruCatalogueEntry> | undefined,
  mapping: TruMapping,
  options: Pick<EnrichmentSources, 'onConflict'> = {},
): { readonly items: readonly EnrichedItem<Item>[]; readonly report: EnrichmentReport } {
  const enrich = itemEnricher({ catalogue, mapping, ...options });
  const counter = reportCounter();
  const enriched: EnrichedItem<Item>[] = [];
  for (const item of items) {
    const one = enrich(item);
    counter.add(one);
    enriched.push(one);
  }
  return { items: enriched, report: counter.report };
}
