import { describe, expect, it } from 'vitest';
import { parseDesks, requireActiveDesk } from './desks.js';

const key = '27ff3684-31c4-42b8-a9d6-ce8cd0686e90';
const head = 'ID кассы;MAC key;Эквайрер;Вендор;Версия ПО;Статус;Дата добавления';
const file = (...lines: string[]) => [head, ...lines].join('\r\n');
const good = `0000000000000000027;${key};Банк;Вендор;1.0;Активна;01.02.2026`;

describe('parseDesks', () => {
  it('reads the cabinet’s table', () => {
    expect(parseDesks(`\uFEFF${file(good, '')}`)).toEqual({
      issues: [],
      desks: [
        {
          cashboxId: '0000000000000000027',
          macKey: key,
          status: 'Активна',
          acquirer: 'Банк',
          vendor: 'Вендор',
          softwareVersion: '1.0',
          addedOn: '01.02.2026',
          line: 2,
        },
      ],
    });
  });

  it('reads commas, tabs, quotes and other names', () => {
    const columns = { cashboxId: 'desk', macKey: 'mac', status: 'state' };
    const text = `state,desk,mac,Эквайрер\n"Активна","000000000000000001",${key},"Банк ""Б"",\nфилиал"\n`;
    expect(parseDesks(text, columns).desks).toMatchObject([
      { cashboxId: '000000000000000001', acquirer: 'Банк "Б",\nфилиал', line: 3 },
    ]);
    expect(parseDesks(`desk\tmac\tstate\n000000000000000001\t${key}\tАктивна`, columns).desks).toHaveLength(
      1,
    );
  });

  it.each([
    ['lost zeros', `27;${key};;;;Активна;`, 'ID кассы', 'потеряны нули'],
    ['scientific notation', `2,7E+01;${key};;;;Активна;`, 'ID кассы', 'текстовый формат'],
    ['letters', `desk;${key};;;;Активна;`, 'ID кассы', '18 или 19 цифр'],
    ['no key', '0000000000000000028;;;;;Активна;', 'MAC key', 'MAC-ключ'],
    ['no status', `0000000000000000028;${key};;;;;`, 'Статус', 'статус'],
    ['a desk twice', good, 'ID кассы', 'уже указана в строке 2'],
    ['a short line', '0000000000000000028', 'MAC key', 'MAC-ключ'],
  ])('keeps what can be used and names what cannot: %s', (_what, line, column, words) => {
    const { desks, issues } = parseDesks(file(good, line));
    expect(desks).toHaveLength(1);
    expect(issues).toMatchObject([{ line: 3, column, userMessage: expect.stringContaining(words) }]);
    expect(JSON.stringify(issues)).not.toContain(key);
  });

  it.each([
    ['nothing', ''],
    ['no column of keys', 'ID кассы;Статус\n'],
    ['an open quote', `${head}\n"000`],
    ['too much', 'x'.repeat(9_000_000)],
  ])('refuses %s as a whole', (_what, text) => {
    expect(() => parseDesks(text)).toThrow(
      expect.objectContaining({ code: 'FES_BAD_CONFIG', path: 'desks' }),
    );
  });
});

describe('requireActiveDesk', () => {
  it('gives the desk, or says why it does not work', () => {
    const { desks } = parseDesks(
      file(
        good,
        `0000000000000000028;${key};;;;Зарегистрирована;`,
        `0000000000000000029;${key};;;;Заблокирована ТСП;`,
        `0000000000000000030;${key};;;;Иной;`,
      ),
    );
    expect(requireActiveDesk(desks, '0000000000000000027').line).toBe(2);
    const reason = (cashboxId: string) => {
      try {
        return requireActiveDesk(desks, cashboxId);
      } catch (error) {
        return error;
      }
    };
    expect(reason('0000000000000000028')).toMatchObject({
      code: 'FES_DESK_NOT_ACTIVE',
      outcome: 'not-sent',
      userMessage: expect.stringContaining('ждёт проверки'),
    });
    expect(reason('0000000000000000029')).toMatchObject({ userMessage: expect.stringContaining('продавец') });
    expect(reason('0000000000000000030')).toMatchObject({ userMessage: expect.stringContaining('«Иной»') });
    expect(reason('0000000000000000031')).toMatchObject({ code: 'FES_BAD_CONFIG' });
    expect(JSON.stringify(reason('0000000000000000028'))).not.toContain(key);
  });
});
