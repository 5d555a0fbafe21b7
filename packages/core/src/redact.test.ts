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
  ])('leaves %s alone: %s', (_name, text) => {
    expect(redactText(text)).toBe(text);
  });

  it('masks the given secrets, the longer before the shorter', () => {
    expect(redactText('key=abcdef, abc', ['abc', 'abcdef', ''])).toBe('key=***, ***');
  });

  it('never lets a card number through', () => {
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
      });
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
