import { describe, expect, it } from 'vitest';
import { parseTruCode } from '../index.js';
import {
  ktsrArticleSchema,
  mappingFieldsSchema,
  truCatalogueEntrySchema,
  truCodeObjectSchema,
  truCodeSchema,
  truCodeTextSchema,
} from './index.js';

const full = '329921120.06001010200080001643';

describe('schemas', () => {
  it('read a code, or leave its text', () => {
    expect(truCodeSchema.parse(full)).toEqual(parseTruCode(full));
    expect(truCodeTextSchema.parse('329921120.060010102')).toBe('329921120.060010102');
  });

  it.each([truCodeSchema, truCodeTextSchema])('say what is wrong and where', (schema) => {
    expect(schema.safeParse('329921120.06001010').error?.issues).toEqual([
      expect.objectContaining({
        code: 'custom',
        message: 'Код ТРУ неполный: 18 символов, а должно быть 19 или 30',
        params: { code: 'TRU_TOO_SHORT', position: 18 },
      }),
    ]);
    expect(schema.safeParse(329921120.06).success).toBe(false);
  });

  it('take a stored code only when its members agree', () => {
    const stored = JSON.parse(JSON.stringify(parseTruCode(full))) as Record<string, unknown>;
    expect(truCodeObjectSchema.parse(stored)).toEqual(parseTruCode(full));
    expect(truCodeObjectSchema.safeParse({ ...stored, country: '112' }).error?.issues[0]?.path).toEqual([
      'country',
    ]);
    expect(truCodeObjectSchema.safeParse({ ...stored, enriched: false }).success).toBe(false);
    expect(truCodeObjectSchema.safeParse({ ...stored, full: 'x' }).success).toBe(false);
  });

  it('check entries, articles and rows of a mapping', () => {
    expect(truCatalogueEntrySchema.safeParse({ code: '329921120.060010102', name: 'Трость' }).success).toBe(
      true,
    );
    expect(truCatalogueEntrySchema.safeParse({ code: full, name: 'Трость' }).success).toBe(false);
    expect(truCatalogueEntrySchema.safeParse({ code: '329921120.060010102', name: '' }).success).toBe(false);
    expect(ktsrArticleSchema.safeParse('06-01-02.0001').success).toBe(true);
    expect(ktsrArticleSchema.safeParse('06-01-02').error?.issues[0]).toMatchObject({
      params: { position: 8 },
    });
    expect(mappingFieldsSchema.safeParse({ article: 'A', tru: full }).success).toBe(true);
    expect(
      mappingFieldsSchema.safeParse({ article: 'A', tru: '329921120.060010102', manufacturer: '8' }).error
        ?.issues[0],
    ).toMatchObject({
      path: ['manufacturer'],
      params: { code: 'EXCEL_LOST_ZEROS' },
    });
  });
});
