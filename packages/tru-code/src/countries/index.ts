import codes from 'i18n-iso-countries/codes.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import russian from 'i18n-iso-countries/langs/ru.json' with { type: 'json' };

/** A country of OKSM, the Russian classifier of countries of the world. */
export interface OksmCountry {
  /** Three digits with their leading zeros: what a TRU code carries. */
  readonly numeric: string;
  readonly alpha2: string;
  readonly alpha3: string;
  readonly nameRu: string;
  readonly nameEn: string;
  /** Whether ISO 3166-1 has it too. 895 and 896 are OKSM's alone. */
  readonly iso: boolean;
}

// OKSM is ISO 3166-1 with two countries more.
const onlyOksm: readonly OksmCountry[] = [
  { numeric: '895', alpha2: 'AB', alpha3: 'ABH', nameRu: 'Абхазия', nameEn: 'Abkhazia', iso: false },
  {
    numeric: '896',
    alpha2: 'OS',
    alpha3: 'OST',
    nameRu: 'Южная Осетия',
    nameEn: 'South Ossetia',
    iso: false,
  },
];

// What price lists write, beside the names that the package has. CN stands there as "КНР (…)" only.
const shortNames: Readonly<Record<string, string>> = { CN: 'Китай', KP: 'КНДР' };
const otherNames: Readonly<Record<string, readonly string[]>> = {
  AB: ['Республика Абхазия'],
  BY: ['Республика Беларусь', 'Белоруссия'],
  CN: ['КНР', 'Китайская Народная Республика'],
  CZ: ['Чешская Республика'],
  DE: ['ФРГ'],
  GB: ['Соединенное Королевство'],
  KG: ['Кыргызстан', 'Киргизская Республика'],
  KP: ['Корейская Народно-Демократическая Республика', 'Северная Корея'],
  KR: ['Южная Корея', 'Корея, Республика'],
  KZ: ['Республика Казахстан'],
  MD: ['Молдова', 'Республика Молдова'],
  OS: ['Республика Южная Осетия'],
  RU: ['РФ'],
  US: ['Соединенные Штаты Америки', 'Соединенные Штаты'],
};

interface Table {
  readonly all: readonly OksmCountry[];
  readonly index: ReadonlyMap<string, OksmCountry | undefined>;
}

function namesOf(
  table: Readonly<Record<string, string | readonly string[]>>,
  alpha2: string,
): readonly string[] {
  const names = table[alpha2] ?? [];
  return typeof names === 'string' ? [names] : names;
}

/** Spellings that mean the same: case, ё, kinds of apostrophes and dashes. */
function keyOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('ё', 'е')
    .replace(/[’`´]/g, "'")
    .replace(/[‐‑–—]/g, '-');
}

function build(): Table {
  const all: OksmCountry[] = [...onlyOksm];
  const index = new Map<string, OksmCountry | undefined>();
  // A text that two countries share ("Congo") leads to neither.
  const add = (text: string, country: OksmCountry) => {
    const key = keyOf(text);
    const known = index.get(key);
    index.set(key, !index.has(key) || known === country ? country : undefined);
  };
  for (const [alpha2 = '', alpha3 = '', numeric = ''] of codes) {
    // XK (Kosovo) is a user-assigned code: neither ISO 3166-1 nor OKSM has it.
    if (alpha2 === 'XK') continue;
    const ru = namesOf(russian.countries, alpha2);
    const en = namesOf(english.countries, alpha2);
    // Of two Russian names the short one is OKSM's own: Россия, Тайвань.
    const [shortest = alpha2] = [...ru].sort((a, b) => a.length - b.length);
    const country = {
      numeric,
      alpha2,
      alpha3,
      nameRu: shortNames[alpha2] ?? shortest,
      nameEn: en[0] ?? alpha2,
      iso: true,
    };
    all.push(country);
    for (const name of [...ru, ...en]) add(name, country);
  }
  for (const country of all) {
    for (const text of [country.nameRu, country.nameEn, ...(otherNames[country.alpha2] ?? [])])
      add(text, country);
  }
  // Codes come last and win over names.
  for (const country of all) {
    for (const code of [country.numeric, country.alpha2, country.alpha3]) index.set(keyOf(code), country);
  }
  return { all: all.sort((a, b) => (a.numeric < b.numeric ? -1 : 1)), index };
}

let table: Table | undefined;

/** All countries of OKSM, in the order of their numbers. */
export function oksmCountries(): readonly OksmCountry[] {
  table ??= build();
  return table.all;
}

/**
 * Finds a country by its number (`643`, with leading zeros), alpha-2 or alpha-3 code, or by its whole Russian or English
 * name; case does not matter. Nothing else is tolerated: no blanks around, no part of a name, no `36` for `036`.
 *
 * @returns nothing when no country, or more than one, is called so
 * @example
 * ```ts
 * findCountry('Россия')?.numeric; // '643'
 * findCountry('896')?.nameRu; // 'Южная Осетия'
 * ```
 */
export function findCountry(text: string): OksmCountry | undefined {
  table ??= build();
  return table.index.get(keyOf(text));
}
