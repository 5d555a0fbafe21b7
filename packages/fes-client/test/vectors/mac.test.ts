import { fromHex, toHex } from '@elcert/core';
import { assumedV1, computeMac, type FesMacRecipe, verifyMac } from '@elcert/fes-client';
import { describe, expect, it } from 'vitest';

// Known answers made by OpenSSL 3, with
//   BODY='{"requestId":"0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11","cashboxId":"0000000000000000027","message":"проверка"}'
//   KEY=27ff3684-31c4-42b8-a9d6-ce8cd0686e90
const body = new TextEncoder().encode(
  '{"requestId":"0b5c3f0e-6d0a-4f6e-9a55-2f4a2d1f9c11","cashboxId":"0000000000000000027","message":"проверка"}',
);
const macKey = '27ff3684-31c4-42b8-a9d6-ce8cd0686e90';
const input = { verb: 'POST', path: '/v1/echo', body };

const answers: readonly {
  readonly how: string;
  readonly recipe: Partial<FesMacRecipe>;
  readonly data: Uint8Array;
  readonly mac: string;
}[] = [
  {
    how: 'printf \'%s\' "$BODY" | openssl dgst -sha256 -hmac "$KEY"',
    recipe: {},
    data: body,
    mac: 'e71e5fe07afe3fb8576c1673496a4b2ee13f9bf46120658acf1a2b1b3f57f7a0',
  },
  {
    how: 'the same, in capital letters',
    recipe: { encoding: 'hex-upper' },
    data: body,
    mac: 'E71E5FE07AFE3FB8576C1673496A4B2EE13F9BF46120658ACF1A2B1B3F57F7A0',
  },
  {
    how: 'printf \'%s\' "$BODY" | openssl dgst -sha256 -hmac "$KEY" -binary | base64',
    recipe: { encoding: 'base64' },
    data: body,
    mac: '5x5f4Hr+P7hXbBZzSWpLLuE/m/RhIGWKzxorGz9X96A=',
  },
  {
    how: 'printf \'%s\' "$BODY" | openssl dgst -sha512 -hmac "$KEY"',
    recipe: { algorithm: 'hmac-sha512' },
    data: body,
    mac: '8325dc8730180d76d3ea420508e5cd29f786a1432ac6a0cd9256b51f32ef41e8e277d17f907223a3763772842e8a482b4899c0ea0b9591e41bcb0710db3b79fb',
  },
  {
    how: 'printf \'%s\' "$BODY" | openssl dgst -sha256 -mac HMAC -macopt hexkey:27ff368431c442b8a9d6ce8cd0686e90',
    recipe: { key: 'uuid-bytes' },
    data: body,
    mac: '2f989d3b07b4ce15a0a2674bddeb58e29480c01c23f094ae210f6f5a0cc49192',
  },
  {
    how: 'printf \'\' | openssl dgst -sha256 -hmac "$KEY"',
    recipe: {},
    data: new Uint8Array(0),
    mac: '766118a54bcdfd9dcbd8c5af860752cfe6a7db7b2bafaf2cb730887983dde164',
  },
  {
    how: 'printf \'%s\' "POST\\n/v1/echo\\n$BODY" (real line ends) | openssl dgst -sha256 -hmac "$KEY"',
    recipe: {
      data: ({ verb, path, body: sent }) =>
        new TextEncoder().encode(`${verb}\n${path}\n${new TextDecoder().decode(sent)}`),
    },
    data: body,
    mac: '36e0ed5798ac9722b3a671f8d065b82a928cbbe30b02cd80a5a11447b88b0fae',
  },
];

describe('MAC', () => {
  it.each(answers)('is what openssl computes: $how', ({ recipe, data, mac }) => {
    const whole = { ...assumedV1.mac, ...recipe };
    expect(computeMac(whole, macKey, { ...input, body: data })).toBe(mac);
    expect(verifyMac(whole, macKey, { ...input, body: data }, mac)).toBe(true);
  });

  it('takes a function of one’s own over key and data', () => {
    const recipe: FesMacRecipe = {
      ...assumedV1.mac,
      key: 'uuid-bytes',
      algorithm: (key, data) => Uint8Array.of(key[0] ?? 0, data.length),
    };
    expect(computeMac(recipe, macKey, { ...input, body: fromHex('010203') })).toBe('2703');
  });

  it('is refused when a bit of it, of the data or of the key differs', () => {
    const mac = computeMac(assumedV1.mac, macKey, input);
    const spoiled = body.slice();
    spoiled[5] = (spoiled[5] ?? 0) ^ 1;
    const flipped = fromHex(mac);
    flipped[31] = (flipped[31] ?? 0) ^ 1;
    expect(verifyMac(assumedV1.mac, macKey, input, toHex(flipped))).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey, { ...input, body: spoiled }, mac)).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey.replace('2', '3'), input, mac)).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey, input, mac.slice(0, -1))).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey, input, '')).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey, input, null)).toBe(false);
    expect(verifyMac(assumedV1.mac, macKey, input, mac.toUpperCase())).toBe(false);
  });

  it('wants a UUID where the recipe takes its bytes', () => {
    expect(() => computeMac({ ...assumedV1.mac, key: 'uuid-bytes' }, 'secret', input)).toThrow(
      expect.objectContaining({ code: 'FES_CREDENTIALS', outcome: 'not-sent' }),
    );
  });
});
