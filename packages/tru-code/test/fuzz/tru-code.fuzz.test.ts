import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collectMapping, enrichCsv, readMappingCsv } from '../../src/enrich/index.js';
import { formatTruCode, parseTruCode, safeParseTruCode } from '../../src/index.js';

const digits = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
    .map((all) => all.join(''));

describe('long runs', () => {
  it('a mutated code is refused or another code, never an exception', () => {
    const characters = fc.oneof(
      fc.constantFrom(...'0123456789.,;-eE \t'),
      fc.string({ unit: 'binary', maxLength: 2 }),
    );
    fc.assert(
      fc.property(
        digits(9),
        digits(20),
        fc.constantFrom('full' as const, 'base' as const, 'ktsr' as const),
        fc.array(fc.tuple(fc.nat(34), fc.nat(2), characters), { minLength: 1, maxLength: 4 }),
        (head, tail, form, mutations) => {
          const code = parseTruCode(`${head}.${tail}`);
          const text = formatTruCode(code, form);
          let mutated = text;
          for (const [at, removed, added] of mutations) {
            mutated = mutated.slice(0, at) + added + mutated.slice(at + removed);
          }
          const result = safeParseTruCode(mutated);
          if (!result.ok) expect(result.error.position).toBeLessThanOrEqual(mutated.length);
          else if (mutated === text) expect(formatTruCode(result.value, form)).toBe(text);
          else
            expect([result.value.base, result.value.full, formatTruCode(result.value, 'ktsr')]).toContain(
              mutated,
            );
        },
      ),
      { numRuns: 100_000 },
    );
  });

  it('enriching a second time changes no byte', { timeout: 600_000 }, async () => {
    const { mapping } = await collectMapping(
      readMappingCsv(
        'Артикул;ТРУ\nA;329921120.060010102.0008.0001.643\nB;329921120.060010101\nC;329921120.060010101\nC;329921120.060010102\nD;8\n',
      ),
    );
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        'A',
        'B',
        'C',
        'D',
        'А',
        ' A',
        '"',
        '"q"',
        '"x;y"',
        '"two\nlines"',
        '5"',
        "'1",
        '\ufeff',
        '\r',
      ),
      fc.constantFrom('329921120.060010102', '329921120.060010101.0000.0000.112', '3,29921E+29', '#Н/Д'),
      fc.string({ maxLength: 5 }),
    );
    const file = fc
      .tuple(
        fc.constantFrom('Артикул;ТРУ', 'Артикул;Имя', 'Имя;ТРУ;Артикул;Цена', '"Артикул";x'),
        fc.array(
          fc.array(cell, { maxLength: 8 }).map((cells) => cells.join(';')),
          { maxLength: 15 },
        ),
        fc.constantFrom('\n', '\r\n'),
      )
      .map(([header, rows, newline]) => [header, ...rows].join(newline));
    const run = async (source: string | Uint8Array) => {
      const { output } = await enrichCsv(source, { mapping });
      const chunks: Uint8Array[] = [];
      for await (const chunk of output) chunks.push(chunk);
      return new Uint8Array(Buffer.concat(chunks));
    };
    await fc.assert(
      fc.asyncProperty(file, async (text) => {
        const once = await run(new TextEncoder().encode(text));
        const twice = await run(once);
        expect(new TextDecoder().decode(twice)).toBe(new TextDecoder().decode(once));
      }),
      { numRuns: 20_000 },
    );
  });
});
