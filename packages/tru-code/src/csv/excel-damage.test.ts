import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTruCode, parseTruCode } from '../index.js';
import { type CellRole, excelDamage } from './excel-damage.js';

describe('excelDamage', () => {
  it.each<[string, CellRole, string]>([
    ['3,29921E+29', 'tru', 'EXCEL_SCIENTIFIC'],
    ['3.29921120060010E+28', 'tru', 'EXCEL_SCIENTIFIC'],
    ['3E+29', 'tru', 'EXCEL_SCIENTIFIC'],
    ['4,60123E+12', 'article', 'EXCEL_SCIENTIFIC'],
    ['329921120,06001', 'tru', 'EXCEL_NUMBER'],
    ['329921120.06', 'tru', 'EXCEL_NUMBER'],
    ['329921120060010000', 'tru', 'EXCEL_NUMBER'],
    ['12345678.060010102', 'tru', 'EXCEL_LOST_ZEROS'],
    ['8', 'manufacturer', 'EXCEL_LOST_ZEROS'],
    ['0', 'manufacturer', 'EXCEL_LOST_ZEROS'],
    ['001', 'model', 'EXCEL_LOST_ZEROS'],
    ['36', 'country', 'EXCEL_LOST_ZEROS'],
    ['8,0', 'manufacturer', 'EXCEL_NUMBER'],
    ['643.0', 'country', 'EXCEL_NUMBER'],
    ['06.01.2002', 'ktsr', 'EXCEL_DATE'],
    ['6/1/02', 'ktsr', 'EXCEL_DATE'],
    ['2002-01-06', 'ktsr', 'EXCEL_DATE'],
    ['2002-01-06 00:00:00', 'ktsr', 'EXCEL_DATE'],
    ['01.янв', 'model', 'EXCEL_DATE'],
    ['6-Jan-02', 'ktsr', 'EXCEL_DATE'],
    ['#Н/Д', 'tru', 'EXCEL_ERROR'],
    ['#REF!', 'article', 'EXCEL_ERROR'],
    ['########', 'tru', 'EXCEL_ERROR'],
    ["'0008", 'manufacturer', 'EXCEL_TEXT_MARK'],
    ['="0008"', 'manufacturer', 'EXCEL_TEXT_MARK'],
  ])('recognises %s as a %s', (text, role, code) => {
    const found = excelDamage(text, role);
    expect(found?.code).toBe(code);
    expect(found?.userMessage).toMatch(/Задайте столбцу текстовый формат/);
  });

  it.each<[string, CellRole]>([
    ['', 'tru'],
    ['329921120.060010102', 'tru'],
    ['329921120.060010102.0008.0001.643', 'tru'],
    ['трость', 'tru'],
    ['0008', 'manufacturer'],
    ['ABCD', 'manufacturer'],
    ['00008', 'manufacturer'],
    ['036', 'country'],
    ['Россия', 'country'],
    ['06-01-02', 'ktsr'],
    ['06-01-02.0001', 'ktsr'],
    ['12.05.2024', 'article'],
    ['00012', 'article'],
    ['#1', 'article'],
    ['E-12', 'article'],
  ])('leaves %j as a %s', (text, role) => {
    expect(excelDamage(text, role)).toBeUndefined();
  });

  it('never takes a valid code for damaged', () => {
    const digits = (length: number) =>
      fc
        .array(fc.integer({ min: 0, max: 9 }), { minLength: length, maxLength: length })
        .map((all) => all.join(''));
    fc.assert(
      fc.property(digits(9), digits(20), (head, tail) => {
        const code = parseTruCode(`${head}.${tail}`);
        for (const form of ['full', 'base', 'ktsr'] as const) {
          expect(excelDamage(formatTruCode(code, form), 'tru')).toBeUndefined();
        }
        expect(excelDamage(code.manufacturer, 'manufacturer')).toBeUndefined();
        expect(excelDamage(code.country, 'country')).toBeUndefined();
      }),
    );
  });
});
