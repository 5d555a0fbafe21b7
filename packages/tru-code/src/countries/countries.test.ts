import { describe, expect, it } from 'vitest';
import { findCountry, oksmCountries } from './index.js';

describe('OKSM', () => {
  it.each([
    '643',
    'RU',
    'rus',
    'Россия',
    'РОССИЯ',
    'Российская Федерация',
    'РФ',
    'Russia',
    'Russian Federation',
  ])('knows 643 Россия as %s', (text) => {
    expect(findCountry(text)).toEqual({
      numeric: '643',
      alpha2: 'RU',
      alpha3: 'RUS',
      nameRu: 'Россия',
      nameEn: 'Russian Federation',
      iso: true,
    });
  });

  // Numbers of ISO 3166-1, typed from the standard.
  it.each([
    ['112', 'Беларусь', 'Белоруссия'],
    ['156', 'Китай', 'КНР'],
    ['158', 'Тайвань', 'Taiwan'],
    ['208', 'Дания', 'DNK'],
    ['276', 'Германия', 'Germany'],
    ['392', 'Япония', 'JP'],
    ['398', 'Казахстан', 'Республика Казахстан'],
    ['410', 'Республика Корея', 'Южная Корея'],
    ['417', 'Киргизия', 'Кыргызстан'],
    ['752', 'Швеция', 'Sweden'],
    ['792', 'Турция', 'Turkey'],
    ['840', 'США', 'Соединённые Штаты'],
    ['036', 'Австралия', 'AU'],
    ['384', 'Кот-д’Ивуар', "Кот-д'Ивуар"],
    ['895', 'Абхазия', 'ABH'],
    ['896', 'Южная Осетия', 'OST'],
  ])('%s is %s', (numeric, nameRu, alias) => {
    expect(findCountry(numeric)).toMatchObject({ numeric, nameRu });
    expect(findCountry(nameRu)?.numeric).toBe(numeric);
    expect(findCountry(alias)?.numeric).toBe(numeric);
  });

  it('has two countries that ISO lacks', () => {
    expect(oksmCountries().filter((country) => !country.iso)).toHaveLength(2);
  });

  it.each([
    '36',
    '643 ',
    ' Россия',
    'Росс',
    '000',
    '999',
    '',
    'XK',
    '383',
    'Congo',
    'constructor',
    '__proto__',
  ])('does not guess %j', (text) => {
    expect(findCountry(text)).toBeUndefined();
  });

  it('has every code once, in order, in its form, and finds each by each of its codes', () => {
    const all = oksmCountries();
    expect(all.length).toBeGreaterThan(245);
    for (const key of ['numeric', 'alpha2', 'alpha3'] as const) {
      expect(new Set(all.map((country) => country[key])).size).toBe(all.length);
    }
    expect(all.map((country) => country.numeric)).toEqual(all.map((country) => country.numeric).sort());
    for (const country of all) {
      expect(country.numeric).toMatch(/^\d{3}$/);
      expect(country.alpha2).toMatch(/^[A-Z]{2}$/);
      expect(country.alpha3).toMatch(/^[A-Z]{3}$/);
      expect(country.nameRu).toMatch(/[А-Яа-я]/);
      for (const code of [country.numeric, country.alpha2, country.alpha3])
        expect(findCountry(code)).toBe(country);
    }
  });

  it('finds each country by its Russian name', () => {
    for (const country of oksmCountries()) expect(findCountry(country.nameRu)).toBe(country);
  });
});
