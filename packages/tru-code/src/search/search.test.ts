import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTruCode } from '../index.js';
import { buildTruSearch, type TruSearchHit } from './index.js';

// Published codes and names of KTSR; the last two names are made up for the test.
const entries = [
  ['329921120.060010101', 'Трость опорная, регулируемая по высоте, без устройства противоскольжения'],
  ['329921120.060010102', 'Трость опорная, регулируемая по высоте, с устройством противоскольжения'],
  ['329921120.060010104', 'Трость опорная, не регулируемая по высоте, с устройством противоскольжения'],
  ['329921120.060020201', 'Трость белая тактильная цельная'],
  ['266014120.170000111', 'Слуховой аппарат цифровой заушный для открытого протезирования'],
  ['325022154.090001101', 'Ортопедическая обувь сложная без утепленной подкладки (пара) для детей'],
  ['262016190.231000101', 'Брайлевский дисплей для инвалидов'],
  ['309210000.070000101', 'Кресло-коляска с ручным приводом комнатная'],
  ['325022129.210000101', 'Подгузники для взрослых, впитываемость 1000 г'],
].map(([code = '', name = '']) => ({ code, name }));

const { search, size } = buildTruSearch(entries);
const codesOf = (hits: readonly TruSearchHit[]) => hits.map((hit) => hit.entry.code);

describe('search', () => {
  it('has every entry', () => {
    expect(size).toBe(entries.length);
  });

  it.each([
    ['329921120.060010102', ['329921120.060010102']],
    ['32992112006001010', ['329921120.060010101', '329921120.060010102', '329921120.060010104']],
    [
      '32.99.21.120',
      ['329921120.060010101', '329921120.060010102', '329921120.060010104', '329921120.060020201'],
    ],
    ['26', ['262016190.231000101', '266014120.170000111']],
  ])('finds by the beginning of a code: %s', (query, codes) => {
    const hits = search(query);
    expect(codesOf(hits)).toEqual(codes);
    expect(hits.every((hit) => hit.by === 'code' && hit.missing.length === 0)).toBe(true);
  });

  it.each([
    ['06-01', ['329921120.060010101', '329921120.060010102', '329921120.060010104']],
    ['06-01-02', ['329921120.060010102']],
    ['17-', ['266014120.170000111']],
  ])('finds by the class of KTSR: %s', (query, codes) => {
    const hits = search(query);
    expect(codesOf(hits)).toEqual(codes);
    expect(hits[0]?.by).toBe('class');
  });

  it.each([
    ['тростью', 4],
    ['тростей опорных', 3],
    ['слуховые аппараты', 1],
    ['обуви ортопедической детям', 1],
    ['коляски', 1],
    ['утеплённая подкладка', 1],
    ['ТРОСТЬ, БЕЛАЯ!', 1],
  ])('finds words in other forms: %s', (query, count) => {
    const hits = search(query);
    expect(hits).toHaveLength(count);
    for (const hit of hits) expect(hit).toMatchObject({ by: 'words', missing: [] });
  });

  it('finds at every keystroke of a name', () => {
    for (const { code, name } of entries) {
      for (let length = 2; length <= name.length; length += 1) {
        expect(codesOf(search(name.slice(0, length)))).toContain(code);
      }
    }
  });

  it('puts the whole word before its beginning, and the rare word before the frequent one', () => {
    expect(codesOf(search('с устройством'))[0]).toBe('329921120.060010102');
    const mixed = buildTruSearch([
      { code: '100000000.000000001', name: 'Тростниковый сахар' },
      { code: '100000000.000000002', name: 'Трость' },
    ]);
    expect(codesOf(mixed.search('трость'))).toEqual(['100000000.000000002']);
    expect(codesOf(mixed.search('трост'))).toEqual(['100000000.000000002', '100000000.000000001']);
  });

  it('names the words that nothing has', () => {
    const [hit] = search('трость белая хрустальная');
    expect(hit).toMatchObject({ entry: { code: '329921120.060020201' }, missing: ['хрустальная'] });
  });

  it('forgives a slip, and says so', () => {
    expect(search('каляска')[0]).toMatchObject({ entry: { code: '309210000.070000101' }, by: 'similar' });
    expect(search('колясок')[0]).toMatchObject({ entry: { code: '309210000.070000101' }, by: 'similar' });
    expect(search('брайлевсий')[0]).toMatchObject({ entry: { code: '262016190.231000101' } });
    expect(search('ыыыыыы')).toEqual([]);
  });

  it('finds numbers that stand in names when no code begins so', () => {
    expect(codesOf(search('1000'))).toEqual(['325022129.210000101']);
  });

  it('keeps to its limit and to the rest of the rules', () => {
    expect(search('трость', { limit: 2 })).toHaveLength(2);
    expect(search('трость', { limit: 0 })).toEqual([]);
    expect(search('')).toEqual([]);
    expect(search('  ,; ')).toEqual([]);
    expect(search('трость '.repeat(10_000))).toHaveLength(4);
    expect(buildTruSearch([]).search('трость')).toEqual([]);
    expect(() => buildTruSearch([{ code: '1', name: 'x' }])).toThrow(
      expect.objectContaining({ code: 'TRU_TOO_SHORT' }),
    );
  });

  it('answers the same whatever was asked before', () => {
    const queries = fc.array(
      fc.constantFrom(
        'трость',
        'опор',
        'с',
        'для детей',
        'коляской',
        '32',
        '06-01',
        'трость хрустальная',
        'каляска',
        'ы',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(queries, fc.string(), (asked, odd) => {
        const fresh = buildTruSearch(entries);
        for (const query of asked) fresh.search(query);
        fresh.search(odd);
        expect(fresh.search('трость опорная с устройством')).toEqual(search('трость опорная с устройством'));
      }),
      { numRuns: 30 },
    );
  });

  it('takes entries with 30 characters too', () => {
    const full = buildTruSearch([
      { code: parseTruCode('329921120.060010102.0008.0001.643').full, name: 'Трость' },
    ]);
    expect(full.search('329921120.0600101020008')).toHaveLength(1);
  });
});
