import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@elcert/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// A refusal written with struct.pack and by hand: header of 18 bytes, command 1, result 2 "Invalid token".
const bytes = fromHex('a281cb002700000094880100785634120200080112110802120d496e76616c696420746f6b656e');
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-kz-'));
  await writeFile(file('frame.bin'), bytes);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('elcert kz', () => {
  it('decodes a message and makes the same bytes again', async () => {
    const { code, stdout } = await elcert(['kz', 'decode', file('frame.bin'), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      kind: 'response',
      header: { version: 203, size: 39, id: 100500, token: 305419896, reqnum: 2 },
      message: { command: 'COMMAND_TICKET', result: { resultCode: 2, resultText: 'Invalid token' } },
      unknown: [],
    });
    await writeFile(file('frame.json'), stdout);
    const encoded = await elcert(['kz', 'encode', file('frame.json'), '--out', file('again.bin')]);
    expect(encoded.code).toBe(0);
    expect(new Uint8Array(await readFile(file('again.bin')))).toEqual(bytes);
  });

  it('says what is wrong with bytes and with JSON, exit code 2', async () => {
    const short = await elcert(['kz', 'decode', '--hex', 'a281', '--json']);
    expect([short.code, JSON.parse(short.stdout)]).toMatchObject([
      2,
      { ok: false, error: { code: 'BAD_SIZE', position: 2 } },
    ]);
    await writeFile(
      file('bad.json'),
      '{"kind":"request","header":{"version":203,"id":1,"token":1,"reqnum":1},"message":{}}',
    );
    const bad = await elcert(['kz', 'encode', file('bad.json'), '--json']);
    expect([bad.code, JSON.parse(bad.stdout)]).toMatchObject([
      2,
      { ok: false, error: { code: 'MISSING_FIELD', path: 'message/command' } },
    ]);
  });

  it('reads and writes links, checks numbers', async () => {
    const link = 'http://consumer.oofd.kz?i=1234567890&f=010101012345&s=1600.00&t=20240309T123456';
    const read = await elcert(['kz', 'qr', 'parse', link, '--json']);
    expect([read.code, JSON.parse(read.stdout)]).toEqual([
      0,
      {
        ok: true,
        site: 'kazakhtelecom',
        ticketNumber: '1234567890',
        registrationNumber: '010101012345',
        total: 160_000,
        dateTime: '2024-03-09T12:34:56',
      },
    ]);
    const options = ['--ticket', '1234567890', '--register', '1/010101012345', '--total', '160000'];
    const written = await elcert([
      ...['kz', 'qr', 'format', '--site', 'kazakhtelecom', '--time', '2024-03-09T12:34:56'],
      ...options,
    ]);
    expect(written.stdout).toBe(`${link}\n`);
    const number = await elcert(['kz', 'iin', '900101300018', '--json']);
    expect([number.code, JSON.parse(number.stdout)]).toMatchObject([
      2,
      { error: { code: 'BAD_VALUE', path: 'number' } },
    ]);
  });

  it('draws the paper of a message', async () => {
    const money = (bills: string) => ({ bills, coins: 0 });
    const time = { date: { year: 2026, month: 3, day: 2 }, time: { hour: 12, minute: 34, second: 56 } };
    const commodity = {
      name: 'Нан',
      sectionCode: '1',
      quantity: '2000',
      price: money('5'),
      sum: money('10'),
    };
    await writeFile(
      file('sale.json'),
      JSON.stringify({
        kind: 'request',
        header: { version: 203, id: 100_500, token: 1, reqnum: 1 },
        message: {
          command: 'COMMAND_TICKET',
          ticket: {
            operation: 'OPERATION_SELL',
            dateTime: time,
            operator: { code: 1 },
            items: [{ type: 'ITEM_TYPE_COMMODITY', commodity }],
            amounts: { total: money('10') },
            frShiftNumber: 7,
          },
          service: {
            regInfo: {
              kkm: { fnsKkmId: '010101012345', serialNumber: 'TEST1' },
              org: { title: 'ТОО «Тест»' },
            },
          },
        },
      }),
    );
    await elcert(['kz', 'encode', file('sale.json'), '--out', file('sale.bin')]);
    const drawn = await elcert(['kz', 'render', file('sale.bin'), '--sign', '1234567890']);
    expect(drawn.stderr).toBe('');
    for (const words of [
      'ТОО «Тест»',
      'САТУ/ПРОДАЖА',
      '1. Нан',
      'ФБ/ФП                                 1234567890',
    ])
      expect(drawn.stdout).toContain(words);
  });
});
