import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ElcertError, redact, redactText } from './index.js';

// Numbers of payment systems' own test sets, and a generated Mir number.
const cards = [
  '4111111111111111',
  '5555555555554444',
  '2200000000000053',
  '6212345678901265',
  '378282246310005',
];

describe('redactText', () => {
  it.each(cards)('masks %s but for its last four digits', (pan) => {
    const masked = `${'*'.repeat(pan.length - 4)}${pan.slice(-4)}`;
    expect(redactText(`PAN=${pan}; ok`)).toBe(`PAN=${masked}; ok`);
    expect(redactText(`;${pan}=2612`)).toBe(`;${masked}=2612`);
  });

  it('masks a number in groups of four', () => {
    expect(redactText('card 4111 1111 1111 1111 read')).toBe('card ************1111 read');
    expect(redactText('4111-1111-1111-1111')).toBe('************1111');
  });

  it.each([
    ['nineteen digits, 4-4-4-4-3', '6212 3456 7890 1234 569', '***************4569'],
    ['American Express, 4-6-5', '3782 822463 10005', '***********0005'],
    ['Diners Club, 4-6-4', '3056-930902-5904', '**********5904'],
    ['no-break spaces', '4111\u00a01111\u00a01111\u00a01111', '************1111'],
    ['narrow no-break spaces', '4111\u202f1111\u202f1111\u202f1111', '************1111'],
    ['thin spaces', '4111\u20091111\u20091111\u20091111', '************1111'],
    ['dots', '4111.1111.1111.1111', '************1111'],
    ['dashes', '4111–1111–1111–1111', '************1111'],
    ['invisible spaces', '4111\u200b1111\u200b1111\u200b1111', '************1111'],
    ['digit by digit', '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1', '************1111'],
    ['pairs', '41-11-11-11-11-11-11-11', '************1111'],
    ['unlike separators', '4111 1111-1111\u00a01111', '************1111'],
  ])('masks %s', (_name, text, masked) => {
    expect(redactText(`Карта ${text}, одобрено`)).toBe(`Карта ${masked}, одобрено`);
  });

  it.each([
    ['an expiry after it', '4111 1111 1111 1111 12.29', '************1111 12.29'],
    ['a sum after it', '4111111111111111 5000', '************1111 5000'],
    ['a drive before it', '9960440302093477 4111111111111111', '9960440302093477 ************1111'],
    ['a date before it', '22.11.2026 4111-1111-1111-1111', '22.11.2026 ************1111'],
    ['a date after it', '4111 1111 1111 1111 2026-11-22', '************1111 2026-11-22'],
    ['a key before it', '27ff3684-4111-4111-8111-111111111111 4111111111111111', /-111111111111 \*{12}1111$/],
    ['another card after it', '4111111111111111 5555555555554444', '************1111 ************4444'],
  ])('is not hidden by %s', (_name, text, masked) => {
    const out = redactText(text);
    if (typeof masked === 'string') expect(out).toBe(masked);
    else expect(out).toMatch(masked);
    expect(out).not.toMatch(/4\D?1\D?1\D?1\D?1\D?1\D?1\D?1\D?1\D?1\D?1\D?1/);
  });

  it.each([
    ['a wrong check digit', '4111111111111112'],
    ['a fiscal drive', '9960440302093477'],
    ['a fiscal drive', '7281440500093484'],
    ['a cash desk', '0000000000000000027'],
    ['a basket', '123456789012345678901234'],
    ['a basket that holds a card number', '411111111111111100000000'],
    ['a registration number', '0000000400054952'],
    ['an operation key', '27ff3684-4111-4111-8111-111111111111'],
    ['a TRU code', '329921120.06001010200080001643'],
    ['a masked number', '411111******1111'],
    ['a local time', '2026-11-22T14:05:33'],
    ['a date and a time', '22.11.2026 14.05.33'],
    ['a date and a time', '2026-11-22 14-05-33'],
    // Fourteen digits with a right check digit.
    ['a stamp of time', '20261122140506'],
    ['a stamp of time', '20261122 140506'],
    ['a drive after a number with which it would pass', '27 9960440302093477'],
    ['a drive after a number with which it would pass', '35 9960440302093477'],
    ['the number of a taxpayer', '7707083893'],
    ['the number of a taxpayer', '502409425012'],
    ['digits in columns', '4111  1111  1111  1111'],
    ['digits in a list', '4111, 1111, 1111, 1111'],
    ['digits in lines', '4111\n1111\n1111\n1111'],
    // Four of its groups would be the digits of a card.
    ['a key of digits', 'aaaa4111-1111-1111-1111-aaaaaaaaaaaa'],
  ])('leaves %s alone: %s', (_name, text) => {
    expect(redactText(text)).toBe(text);
  });

  it('masks the given secrets, the longer before the shorter', () => {
    expect(redactText('key=abcdef, abc', ['abc', 'abcdef', ''])).toBe('key=***, ***');
  });

  const pan = fc
    .tuple(
      fc.constantFrom('2', '3', '4', '5', '6'),
      fc.integer({ min: 11, max: 17 }),
      fc.bigInt({ min: 0n, max: 10n ** 17n }),
    )
    .map(([first, length, rest]) => {
      const body = first + rest.toString().padStart(length, '0').slice(-length);
      const sum = [...body].reverse().reduce((total, character, index) => {
        const doubled = Number(character) * (index % 2 === 0 ? 2 : 1);
        return total + (doubled > 9 ? doubled - 9 : doubled);
      }, 0);
      return body + String((10 - (sum % 10)) % 10);
    })
    // Fourteen digits from 2000… on can be a stamp of time; no card is numbered so.
    .filter((number) => !(number.length === 14 && number.startsWith('20')));

  it('never lets a card number through', () => {
    fc.assert(
      fc.property(
        pan,
        fc.stringMatching(/^\D{0,10}$/),
        fc.stringMatching(/^\D{0,10}$/),
        (number, before, after) => {
          expect(redactText(before + number + after)).not.toContain(number);
        },
      ),
    );
  });

  it('masks all but four digits, wherever one separator stands between digits', () => {
    fc.assert(
      fc.property(
        pan,
        fc.constantFrom(' ', '\u00a0', '\u2009', '\u202f', '\u2007', '-', '\u2011', '.'),
        fc.infiniteStream(fc.boolean()),
        (number, sign, gaps) => {
          // Sixteen digits that begin as a drive or a registration does are taken for one.
          const printed = [...number].reduce((text, digit) => text + (gaps.next().value ? sign : '') + digit);
          fc.pre(
            !/(?<!\d)(?:[789]|0000)\d*(?!\d)/.test(printed) || !/(?<!\d)\d{16}(?!\d)/.test(printed.slice(1)),
          );
          expect(redactText(`№${printed};`).replace(/[^\d]/g, '')).toBe(number.slice(-4));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('redactText and what is not a card', () => {
  const digits = (least: number, most = least) => fc.stringMatching(new RegExp(`^\\d{${least},${most}}$`));

  it('never touches the numbers of the trade, whatever their digits', () => {
    const plain = fc.oneof(
      fc.tuple(fc.constantFrom('7', '8', '9'), digits(15)).map((parts) => parts.join('')),
      digits(12).map((rest) => `0000${rest}`),
      digits(18).map((rest) => `0${rest}`),
      digits(20, 40),
      digits(10),
      digits(12),
      fc.uuid(),
    );
    const when = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .chain((date) => {
        const iso = date.toISOString();
        const [year, month, day] = iso.slice(0, 10).split('-');
        return fc.constantFrom(
          iso,
          `${day}.${month}.${year} ${iso.slice(11, 19).replaceAll(':', '.')}`,
          iso.slice(0, 19).replace(/\D/g, ''),
        );
      });
    fc.assert(
      fc.property(fc.oneof(plain, when), fc.constantFrom('', 'ФН ', 'n=', '\n', '('), (number, before) => {
        expect(redactText(`${before}${number}`)).toBe(`${before}${number}`);
      }),
      { numRuns: 500 },
    );
  });

  it('goes once through long texts, whatever they are made of', () => {
    // Work that grew with the square of the length would not end in the time a test has.
    for (const piece of [
      '1',
      '4',
      '4 ',
      '4-',
      '41 ',
      '411111111111111 ',
      '4111 1111 1111 1112 ',
      '22.11.2026 ',
      ' ',
      '.',
    ]) {
      const text = piece.repeat(Math.ceil(300_000 / piece.length));
      expect(redactText(text).length).toBeLessThanOrEqual(text.length);
    }
    const long = `${'4 1'.repeat(100_000)}x4111111111111111`;
    expect(redactText(long).endsWith('x************1111')).toBe(true);
  });
});

describe('redact', () => {
  it('masks members by name, however the name is written', () => {
    const secret = Object.fromEntries(
      [
        'apiKey',
        'API_KEY',
        'X-Api-Key',
        'MACKey',
        'mac',
        'X-MAC',
        'PAN',
        'CardPAN',
        'CardPANHash',
        'card_pan_hash',
        'panHash',
        'par',
        'TRACK2',
        'HashCardTrack2',
        'CardDataEnc',
        'PinBlock',
        'WorkKey',
        'password',
        'ProxyPassword',
        'Authorization',
        'token',
        'Set-Cookie',
        'CardNumber',
        'ConsumerPresentedQR',
        'cvv',
      ].map((name) => [name, 'anything']),
    );
    expect(new Set(Object.values(redact(secret)))).toEqual(new Set(['***']));
    expect(redact({ password: 30, mac: undefined, par: null, panHash: { a: 1 } })).toEqual({
      password: '***',
      mac: undefined,
      par: null,
      panHash: '***',
    });
  });

  it('leaves other members alone', () => {
    const plain = {
      operationKey: '27ff3684-0000-4000-8000-000000000000',
      cashboxId: '4111111111111111',
      fiscalDriveNumber: '4111111111111111',
      purchaseBasketIds: ['123456789012345678901234'],
      basketId: ['4111111111111111'],
      maskedPan: '411111******1111',
      spare: 1,
      parts: [true, null, 5n],
      bytes: Uint8Array.of(1),
    };
    expect(redact(plain)).toEqual(plain);
  });

  it('goes into arrays, errors and what has a toJSON', () => {
    const error = new ElcertError({
      code: 'X',
      message: 'card 4111111111111111',
      details: { macKey: 'k', at: 1 },
    });
    expect(
      redact({ list: [{ mac: 'm' }, 'key k1'], error, when: new Date(0), broken: new TypeError('k1') }, [
        'k1',
      ]),
    ).toEqual({
      list: [{ mac: '***' }, 'key ***'],
      error: { code: 'X', message: 'card ************1111', details: { macKey: '***', at: 1 } },
      when: '1970-01-01T00:00:00.000Z',
      broken: { name: 'TypeError', code: undefined, message: '***' },
    });
  });

  it('ends on what has no end, and does not change what it is given', () => {
    const ring: Record<string, unknown> = { mac: 'm' };
    ring.self = ring;
    expect(redact(ring)).toEqual({ mac: '***', self: '[circular]' });
    expect(ring.mac).toBe('m');
    let deep: unknown = 'end';
    for (let index = 0; index < 100; index += 1) deep = [deep];
    expect(JSON.stringify(redact(deep))).toContain('[deep]');
    const shared = { a: 1 };
    expect(redact([shared, shared])).toEqual([shared, shared]);
  });
});
