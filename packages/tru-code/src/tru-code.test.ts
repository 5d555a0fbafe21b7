import { isElcertError } from '@elcert/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareTruCodes,
  enrichTruCode,
  formatTruCode,
  isTestTruCode,
  missingTruParts,
  parseTruCode,
  relateTruCodes,
  safeParseTruCode,
  type TruCode,
  type TruCodeIssueCode,
} from './index.js';

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((all) => all.join(''));

const anyCode = fc
  .tuple(digits(9), digits(9), digits(4), digits(4), digits(3))
  .map(([goods, item, manufacturer, model, country]) =>
    parseTruCode(`${goods}.${item}${manufacturer}${model}${country}`),
  );

function issueOf(text: unknown): { code: TruCodeIssueCode; position: number } {
  const result = safeParseTruCode(text as string);
  if (result.ok) throw new Error(`accepted: ${String(text)}`);
  return { code: result.error.code, position: result.error.position };
}

function thrownBy(action: () => unknown): { code: string; path?: string; position?: number } {
  try {
    action();
  } catch (error) {
    if (isElcertError(error)) return error.toJSON() as { code: string };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('parseTruCode', () => {
  const full: TruCode = {
    base: '329921120.060010102',
    manufacturer: '0008',
    model: '0001',
    country: '643',
    full: '329921120.06001010200080001643',
    enriched: true,
  };

  it.each([
    ['30 characters', '329921120.06001010200080001643'],
    ['the form KTSR prints', '329921120.060010102.0008.0001.643'],
  ])('reads %s', (_name, text) => {
    expect(parseTruCode(text)).toEqual(full);
  });

  it('reads 19 characters as a code whose parts are unknown', () => {
    expect(parseTruCode('329921120.060010102')).toEqual({
      base: '329921120.060010102',
      manufacturer: '0000',
      model: '0000',
      country: '000',
      full: '329921120.06001010200000000000',
      enriched: false,
    });
    expect(parseTruCode('329921120.06001010200000000000').enriched).toBe(false);
  });

  it('throws what safeParseTruCode reports', () => {
    expect(thrownBy(() => parseTruCode('329921120.06001010'))).toMatchObject({
      code: 'TRU_TOO_SHORT',
      position: 18,
      message: '18 characters, 19, 30 or 33 (as KTSR prints it) make a code',
      userMessage: 'Код ТРУ неполный: 18 символов, а должно быть 19 или 30',
    });
  });
});

describe('safeParseTruCode', () => {
  it.each<[string, unknown, TruCodeIssueCode, number]>([
    ['a number', 329921120.06, 'TRU_NOT_TEXT', 0],
    ['nothing', undefined, 'TRU_NOT_TEXT', 0],
    ['an empty text', '', 'TRU_EMPTY', 0],
    ['a blank before', ' 329921120.060010102', 'TRU_WHITESPACE', 0],
    ['a blank after 19', '329921120.060010102 ', 'TRU_WHITESPACE', 19],
    ['a line feed after 19', '329921120.060010102\n', 'TRU_WHITESPACE', 19],
    ['a blank after 30', '329921120.06001010200080001643 ', 'TRU_WHITESPACE', 30],
    ['a no-break space inside', '329921120.060\u00a0010102', 'TRU_WHITESPACE', 13],
    ['a byte order mark', '\ufeff329921120.060010102', 'TRU_WHITESPACE', 0],
    ['scientific notation with a comma', '3,29921E+29', 'TRU_SCIENTIFIC', 7],
    ['scientific notation with a Cyrillic letter', '3,29921Е+29', 'TRU_SCIENTIFIC', 7],
    ['scientific notation with a point', '3.299e8', 'TRU_SCIENTIFIC', 5],
    ['no point', '3299211200060010102', 'TRU_POINT_EXPECTED', 9],
    ['a comma for the point', '329921120,060010102', 'TRU_POINT_EXPECTED', 9],
    ['a point too early', '32992112.0060010102', 'TRU_MISPLACED_SEPARATOR', 8],
    ['a second point', '329921120.060.10102', 'TRU_MISPLACED_SEPARATOR', 13],
    ['OKPD2 with its points', '32.99.21.120', 'TRU_MISPLACED_SEPARATOR', 2],
    ['a dash for the point', '329921120-060010102', 'TRU_MISPLACED_SEPARATOR', 9],
    ['a Cyrillic О for zero', '32992112О.060010102', 'TRU_BAD_CHARACTER', 8],
    ['full-width digits', '３29921120.060010102', 'TRU_BAD_CHARACTER', 0],
    ['an emoji', '329921120.0600101😀2', 'TRU_BAD_CHARACTER', 17],
    ['18 characters', '329921120.06001010', 'TRU_TOO_SHORT', 18],
    ['20 characters', '329921120.0600101020', 'TRU_TOO_SHORT', 20],
    ['no country in the KTSR form', '329921120.060010102.0008.0001', 'TRU_TOO_SHORT', 29],
    ['31 characters', '329921120.060010102000800016430', 'TRU_TOO_LONG', 30],
    ['34 characters in the KTSR form', '329921120.060010102.0008.0001.6430', 'TRU_TOO_LONG', 33],
    ['a lost zero in the KTSR form', '329921120.060010102.008.0001.643', 'TRU_MISPLACED_SEPARATOR', 23],
    ['a long text', '1'.repeat(1_000_000), 'TRU_POINT_EXPECTED', 9],
  ])('refuses %s', (_name, text, code, position) => {
    expect(issueOf(text)).toEqual({ code, position });
  });

  it('says it in Russian too', () => {
    const result = safeParseTruCode('3,29921E+29');
    expect(result.ok ? '' : result.error.userMessage).toMatch(/Таблица превратила код ТРУ в число/);
  });

  it('never throws and accepts only what it can write back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const result = safeParseTruCode(text);
        if (!result.ok) {
          expect(result.error.position).toBeGreaterThanOrEqual(0);
          expect(result.error.position).toBeLessThanOrEqual(text.length);
        } else
          expect([result.value.base, result.value.full, formatTruCode(result.value, 'ktsr')]).toContain(text);
      }),
    );
  });
});

describe('every valid code', () => {
  it('survives each form', () => {
    fc.assert(
      fc.property(anyCode, (code) => {
        expect(parseTruCode(formatTruCode(code))).toEqual(code);
        expect(parseTruCode(formatTruCode(code, 'ktsr'))).toEqual(code);
        expect(formatTruCode(code)).toHaveLength(30);
        expect(formatTruCode(code, 'base')).toHaveLength(19);
        const { manufacturer, model, country } = code;
        expect(
          enrichTruCode(parseTruCode(formatTruCode(code, 'base')), { manufacturer, model, country }),
        ).toEqual(code);
      }),
    );
  });

  it('with one character changed, removed or added is refused or is a different code', () => {
    fc.assert(
      fc.property(
        anyCode,
        fc.constantFrom('full' as const, 'base' as const, 'ktsr' as const),
        fc.nat(40),
        fc.constantFrom('replace', 'remove', 'insert'),
        fc.oneof(
          fc.constantFrom(...'0123456789. ,;-OОeE'),
          fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
        ),
        (code, form, at, how, character) => {
          const text = formatTruCode(code, form);
          const before = text.slice(0, at);
          const after = text.slice(how === 'insert' ? at : at + 1);
          const mutated = before + (how === 'remove' ? '' : character) + after;
          if (mutated === text) return;
          const result = safeParseTruCode(mutated);
          if (result.ok) {
            expect(result.value.full).not.toBe(form === 'base' ? parseTruCode(code.base).full : code.full);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('enrichTruCode', () => {
  const base = parseTruCode('329921120.060010102');

  it('fills in what is given and leaves the rest', () => {
    expect(enrichTruCode(base, { country: '643' }).full).toBe('329921120.06001010200000000643');
    expect(enrichTruCode(base, { manufacturer: '0008', model: '0001', country: '643' })).toEqual(
      parseTruCode('329921120.060010102.0008.0001.643'),
    );
    expect(enrichTruCode(base, {})).toEqual(base);
  });

  it('is idempotent', () => {
    const once = enrichTruCode(base, { manufacturer: '0008', country: '643' });
    expect(enrichTruCode(once, { manufacturer: '0008', country: '643' })).toEqual(once);
  });

  it('does not replace a known part unless told to', () => {
    const known = enrichTruCode(base, { country: '643' });
    expect(thrownBy(() => enrichTruCode(known, { country: '112' }))).toMatchObject({
      code: 'TRU_PART_CONFLICT',
      path: 'country',
      message: 'country is 643 already, not 112',
    });
    expect(thrownBy(() => enrichTruCode(known, { country: '000' })).code).toBe('TRU_PART_CONFLICT');
    expect(enrichTruCode(known, { country: '112', overwrite: true }).country).toBe('112');
    expect(enrichTruCode(known, { country: '000', overwrite: true }).enriched).toBe(false);
  });

  it.each([
    ['manufacturer', { manufacturer: '8' }],
    ['manufacturer', { manufacturer: '00008' }],
    ['model', { model: 'A001' }],
    ['model', { model: '' }],
    ['country', { country: '36' }],
    ['country', { country: 'RU' }],
    ['country', { country: '64３' }],
    ['country', { country: 643 as unknown as string }],
  ])('refuses a bad %s', (path, enrichment) => {
    expect(thrownBy(() => enrichTruCode(base, enrichment))).toMatchObject({ code: 'TRU_BAD_PART', path });
  });
});

describe('comparing', () => {
  const of = parseTruCode;

  it('orders by goods first, unknown parts first', () => {
    const sorted = [
      '329921120.060010101.0001.0000.000',
      '329921120.060010102',
      '329921120.060010102.0000.0000.112',
      '329921120.060010102.0008.0001.643',
      '999999999.999999999',
    ].map(of);
    expect([...sorted].reverse().sort(compareTruCodes)).toEqual(sorted);
    expect(compareTruCodes(of('329921120.060010102'), of('329921120.06001010200000000000'))).toBe(0);
  });

  it.each([
    ['329921120.060010102', '329921120.060010102', 'same'],
    ['329921120.060010102.0008.0000.000', '329921120.060010102', 'narrower'],
    ['329921120.060010102', '329921120.060010102.0000.0000.643', 'wider'],
    ['329921120.060010102.0008.0000.000', '329921120.060010102.0000.0000.643', 'compatible'],
    ['329921120.060010102.0000.0000.112', '329921120.060010102.0000.0000.643', 'conflicting'],
    ['329921120.060010102.0008.0000.112', '329921120.060010102.0000.0000.643', 'conflicting'],
    ['329921120.060010102', '329921120.060010101', 'different'],
  ])('relates %s to %s', (a, b, relation) => {
    expect(relateTruCodes(of(a), of(b))).toBe(relation);
    const mirrored = relation === 'narrower' ? 'wider' : relation === 'wider' ? 'narrower' : relation;
    expect(relateTruCodes(of(b), of(a))).toBe(mirrored);
  });

  it('names the missing parts', () => {
    expect(missingTruParts(of('329921120.060010102'))).toEqual(['manufacturer', 'model', 'country']);
    expect(missingTruParts(of('329921120.060010102.0008.0000.643'))).toEqual(['model']);
    expect(missingTruParts(of('329921120.060010102.0008.0001.643'))).toEqual([]);
  });

  it('knows the test code', () => {
    expect(isTestTruCode(of('999999999.999999999'))).toBe(true);
    expect(isTestTruCode(of('999999999.99999999900000000000'))).toBe(true);
    expect(isTestTruCode(of('999999999.999999998'))).toBe(false);
  });
});
