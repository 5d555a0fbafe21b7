import { createHash } from 'node:crypto';
import { concatBytes, fromHex, toHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import {
  decodeInpasTlv,
  encodeInpasTlv,
  type InpasFields,
  inpasFragment,
  inpasFrame,
  inpasFramer,
  inpasFrames,
  inpasMessage,
  inpasRelayAnswer,
  inpasRelayRequest,
  inpasText,
} from '../../src/inpas/index.js';

// Made by Python 3, apart from this repository: fields as bytes([number]) + len(value).to_bytes(2, 'little') + value in cp1251,
// b'\x02' + len(body).to_bytes(2, 'little') + body, and a CRC computed bit by bit (x ^ 0x8005, from 0, big-endian) behind.
// The link test and the answer of the relay are the same bytes as in public captures.
const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const open = inpasRelayRequest({ type: 'open', host: '192.0.2.7', port: 4000 });

const golden: readonly (readonly [string, string, InpasFields])[] = [
  ['link test', '02080019020032361b000089ff', inpasMessage({ operationCode: '26', terminalId: '' })],
  [
    'sale',
    '0220000008003030303132333435040300363433190100311b08003132333435363738dae7',
    inpasMessage({ terminalId: '12345678', amount: '00012345', operationCode: '1', currencyCode: '643' }),
  ],
  [
    'interruption',
    '02160000080030303031323334350403003634331902003533982f',
    inpasMessage({ amount: '00012345', operationCode: '53', currencyCode: '643' }),
  ],
  ['wait', '0205001902003231a5c2', inpasMessage({ operationCode: '21' })],
  ['relay: connect', '0220001902003633400100314102003136460f003139322e302e322e373b343030303b5160', open],
  ['relay: connected', '020e0019020036334102003136430100301d3c', inpasRelayAnswer(open, true)],
  [
    'relay: every byte',
    `0211011902003633400100304102003137460001${toHex(every)}405f`,
    inpasRelayRequest({ type: 'send', data: every }),
  ],
  [
    'refusal',
    '022300131700ced2cacbcecdc5cdce5e4445434c494e45442e4a50477e1901003127020031365812',
    inpasMessage({ status: '16', operationCode: '1', textResponse: 'ОТКЛОНЕНО^DECLINED.JPG~' }),
  ],
];

describe('frames made elsewhere', () => {
  it.each(golden)('%s', (_name, hex, fields) => {
    expect(toHex(inpasFrame(encodeInpasTlv(fields)))).toBe(hex);
    const [event, ...more] = inpasFramer().push(fromHex(hex));
    expect(more).toEqual([]);
    if (event?.type !== 'frame') throw new Error(`found ${event?.type}`);
    expect(decodeInpasTlv(event.body)).toEqual(fields);
  });

  it('a long answer goes in pieces of 512 bytes', () => {
    expect(toHex(inpasFragment('3', fromHex('19010031')))).toBe('010e0008000101003102010033190100310ec6');
    const fields = inpasMessage({
      operationCode: '1',
      status: '1',
      receiptData: `0xDF^^${'Ё'.repeat(1200)}~`,
    });
    const frames = inpasFrames(encodeInpasTlv(fields));
    const all = concatBytes(...frames);
    expect(frames.map(({ length }) => length)).toEqual([512, 512, 239]);
    // sha256 of the Python frames.
    expect(createHash('sha256').update(all).digest('hex')).toBe(
      'cc5b6fb848ba89491f3269a99a0570ec5e9d281f346c42fc527f3fd3d8a52a93',
    );
    const pieces = inpasFramer().push(all);
    expect(pieces.map((event) => (event.type === 'fragment' ? event.number : event.type))).toEqual([
      '1',
      '2',
      '0',
    ]);
    const body = concatBytes(
      ...pieces.map((event) => (event.type === 'fragment' ? event.data : new Uint8Array(0))),
    );
    expect(decodeInpasTlv(body)).toEqual(fields);
  });

  it('windows-1251 carries every byte', () => {
    expect(new Set(inpasText(every)).size).toBe(256);
  });
});
