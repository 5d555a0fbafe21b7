import { type ByteChannel, channelReader, concatBytes, decodeText, fromHex, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { decodeDocument, listsOf, numberOf, textOf } from '@elcert/fiscal-doc';
import { expect, test } from 'vitest';
import { bench } from '../shtrih-m-day.js';

// A host as public drivers of other languages are written: it knows nothing of this repository's driver, tests the line with
// zero bytes, works byte by byte, sells with 80h and 85h under cashier 1, and reports under administrator 30.

function le(value: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => Math.floor(value / 256 ** index) % 256);
}

function text(value: string, length = 40): Uint8Array {
  const out = new Uint8Array(length);
  // Windows-1251 of Cyrillic capital and small letters.
  [...value].forEach((character, index) => {
    const code = character.charCodeAt(0);
    out[index] = code >= 0x410 ? code - 0x410 + 0xc0 : code;
  });
  return out;
}

function host(channel: ByteChannel) {
  const reader = channelReader(channel, systemClock());
  let rest: number[] = [];
  const byte = async (): Promise<number> => {
    while (rest.length === 0) {
      const read = await reader.read({ timeoutMs: 3000 });
      if (read.type !== 'chunk') throw new Error(`no byte: ${read.type}`);
      rest = [...read.bytes];
    }
    return rest.shift() as number;
  };
  return {
    byte,
    write: (...bytes: number[]) => channel.write(Uint8Array.from(bytes)),
    async command(...parts: (number | Uint8Array)[]): Promise<Uint8Array> {
      const body = concatBytes(
        ...parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)),
      );
      await channel.write(Uint8Array.of(5));
      expect(await byte()).toBe(0x15);
      let lrc = body.length;
      for (const value of body) lrc ^= value;
      await channel.write(concatBytes(Uint8Array.of(2, body.length), body, Uint8Array.of(lrc)));
      expect(await byte()).toBe(0x06);
      expect(await byte()).toBe(0x02);
      const length = await byte();
      const answer: number[] = [];
      for (let index = 0; index < length; index += 1) answer.push(await byte());
      let check = length;
      for (const value of answer) check ^= value;
      expect(await byte()).toBe(check);
      await channel.write(Uint8Array.of(6));
      return Uint8Array.from(answer);
    },
  };
}

test('model, state, tables, drive, a day with 80h and 85h', async () => {
  const one = await bench({ shift: false });
  const till = host(await openTcp({ host: one.kkt.host, port: one.kkt.port }));
  const cashier = le(1, 4);
  const admin = le(30, 4);

  for (let index = 0; index < 3; index += 1) {
    await till.write(0);
    expect(await till.byte()).toBe(0x15);
  }
  const model = await till.command(0xfc);
  expect(decodeText(model.subarray(8), 'windows-1251')).toContain('ЭМУЛЯТОР');
  const short = await till.command(0x10, cashier);
  expect([short.length, short[5], short[6]]).toEqual([17, 4, 0]);
  const full = await till.command(0x11, cashier);
  expect(full.length).toBe(50);
  expect(full[15]).toBe(4);

  // Every field of every table can be asked for, and its value is as long as it says.
  let fields = 0;
  for (let table = 1; table <= 25; table += 1) {
    const structure = await till.command(0x2d, admin, table);
    const rows = (structure[42] ?? 0) + 256 * (structure[43] ?? 0);
    const count = structure[44] ?? 0;
    for (let field = 1; field <= count; field += 1) {
      const described = await till.command(0x2e, admin, table, field);
      const size = described[43] ?? 0;
      expect(described.length).toBe(44 + (described[42] === 0 ? 2 * size : 0));
      const value = await till.command(0x1f, admin, table, le(rows, 2), field);
      expect([value[1], value.length]).toEqual([0, 2 + size]);
      fields += 1;
    }
  }
  expect(fields).toBe(380);
  // Numbers are written as short as they are.
  expect(await till.command(0x1e, admin, 19, le(1, 2), 2, 0x61, 0x1e)).toEqual(fromHex('1e00'));
  expect(await till.command(0x1e, admin, 2, le(1, 2), 2, text('Кассир', 21))).toEqual(fromHex('1e00'));

  const drive = await till.command(0xff, 0x01, admin);
  expect(drive.length).toBe(33);
  expect(new TextDecoder().decode(drive.subarray(13, 29))).toBe(one.kkt.fn.fiscalDriveNumber);
  const term = await till.command(0xff, 0x03, admin);
  expect(term[2]).toBe(0);

  expect(await till.command(0xe0, cashier)).toEqual(fromHex('e00001'));
  expect((await till.command(0x10, cashier))[5]).toBe(2);

  const item = (price: number, thousandths: number, group: number) => [
    le(thousandths, 5),
    le(price, 5),
    Uint8Array.of(0, group, 0, 0, 0),
    text('Стельки'),
  ];
  const close = (cash: number, card: number) => [
    cashier,
    le(cash, 5),
    le(card, 5),
    le(0, 5),
    le(0, 5),
    Uint8Array.of(0, 0, 0, 0, 0, 0),
    text(''),
  ];
  expect(await till.command(0x8d, cashier, 0)).toEqual(fromHex('8d0001'));
  expect((await till.command(0x10, cashier))[5]).toBe(8);
  expect(await till.command(0x80, cashier, ...item(10_000, 1_500, 2))).toEqual(fromHex('800001'));
  expect(await till.command(0x80, cashier, ...item(5_000, 1_000, 0))).toEqual(fromHex('800001'));
  expect(await till.command(0x86, cashier, le(1_000, 5), Uint8Array.of(0, 0, 0, 0), text(''))).toEqual(
    fromHex('860001'),
  );
  expect(await till.command(0x89, cashier)).toEqual(concatBytes(fromHex('890001'), le(19_000, 5)));
  // Paid 100 by card and 150 in cash of 190: 60 change.
  expect(await till.command(0x85, ...close(15_000, 10_000))).toEqual(
    concatBytes(fromHex('850001'), le(6_000, 5)),
  );
  const sold = decodeDocument(one.kkt.fn.document(3)?.bytes ?? new Uint8Array(0)).tags;
  expect([numberOf(sold, 1020), numberOf(sold, 1031), numberOf(sold, 1081)]).toEqual([19_000, 9_000, 10_000]);
  expect(textOf(sold, 1021)).toBe('Кассир');
  expect(listsOf(sold, 1059).map((line) => [numberOf(line, 1043), numberOf(line, 1199)])).toEqual([
    [14_250, 2],
    [4_750, 6],
  ]);

  expect(await till.command(0x8d, cashier, 0)).toEqual(fromHex('8d0001'));
  expect(await till.command(0x80, cashier, ...item(100, 1_000, 1))).toEqual(fromHex('800001'));
  // Another cashier may not touch it, the administrator may.
  expect(await till.command(0x80, le(2, 4), ...item(100, 1_000, 1))).toEqual(fromHex('8059'));
  expect(await till.command(0x88, admin)).toEqual(fromHex('88001e'));

  expect(await till.command(0x8d, cashier, 2)).toEqual(fromHex('8d0001'));
  expect(await till.command(0x82, cashier, ...item(5_000, 1_000, 0))).toEqual(fromHex('820001'));
  expect(await till.command(0x85, ...close(5_000, 0))).toEqual(concatBytes(fromHex('850001'), le(0, 5)));
  expect(one.kkt.state().drawer).toBe(4_000);
  // More than the drawer holds.
  expect(await till.command(0x82, cashier, ...item(50_000, 1_000, 0))).toEqual(fromHex('820001'));
  expect(await till.command(0x85, ...close(50_000, 0))).toEqual(fromHex('8546'));
  expect(await till.command(0x88, cashier)).toEqual(fromHex('880001'));

  expect((await till.command(0x50, cashier, le(10_000, 5)))[1]).toBe(0);
  expect((await till.command(0x51, cashier, le(500, 5)))[1]).toBe(0);
  expect(await till.command(0x51, cashier, le(1_000_000, 5))).toEqual(fromHex('512e'));
  expect(await till.command(0x1a, cashier, 241)).toEqual(concatBytes(fromHex('1a0001'), le(13_500, 6)));
  expect(await till.command(0x40, cashier)).toEqual(fromHex('404f'));
  expect(await till.command(0x40, admin)).toEqual(fromHex('40001e'));
  expect(await till.command(0x8c, cashier)).toEqual(fromHex('8c0001'));
  expect(await till.command(0x41, admin)).toEqual(fromHex('41001e'));
  expect((await till.command(0x10, cashier))[5]).toBe(4);
  expect(one.kkt.fn.documents().map(({ documentCode }) => documentCode)).toEqual([1, 2, 3, 3, 5]);
  await one.close();
});
