import { concatBytes, decodeText, fromHex } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { decodeDocument, listsOf, numberOf, textOf } from '@elcert/fiscal-doc';
import { validateDocument } from '@elcert/fiscal-doc/rules';
import { expect, test } from 'vitest';
import { foreignHost, le, text } from '../foreign-host.js';
import { bench } from '../shtrih-m-day.js';

test('model, state, tables, drive, a day with 80h and 85h', async () => {
  const one = await bench({ shift: false });
  const till = foreignHost(await openTcp({ host: one.kkt.host, port: one.kkt.port }));
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

const cashier = le(1, 4);
const admin = le(30, 4);
const item = (price: number, thousandths: number, group = 0, department = 0) => [
  le(thousandths, 5),
  le(price, 5),
  Uint8Array.of(department, group, 0, 0, 0),
  text('Стельки'),
];
const close = (cash: number, card = 0, percent = 0) => [
  cashier,
  le(cash, 5),
  le(card, 5),
  le(0, 5),
  le(0, 5),
  le(percent < 0 ? percent + 65_536 : percent, 2),
  Uint8Array.of(0, 0, 0, 0),
  text(''),
];

async function foreign() {
  const one = await bench({ shift: false });
  const till = foreignHost(await openTcp({ host: one.kkt.host, port: one.kkt.port }));
  const ok = async (...parts: Parameters<typeof till.command>) => {
    const answer = await till.command(...parts);
    expect(answer[answer[0] === 0xff ? 2 : 1]).toBe(0);
    return answer;
  };
  return { ...one, till, ok };
}

test('connecting as the maker’s own open driver does: F7h, FCh, 11h, 10h, tables by what they told', async () => {
  const { ok, close: stop } = await foreign();
  const parameters = await ok(0xf7, 1);
  // Eight bytes of bits, 23 of numbers, and five places in tables.
  expect(parameters.length).toBe(2 + 36);
  const bit = (number: number) => ((parameters[2 + (number >> 3)] ?? 0) >> (number & 7)) & 1;
  // Protocol 2, error texts, a drive; no electronic journal, no slip, no presenter.
  expect([28, 36, 43, 4, 15].map(bit)).toEqual([1, 1, 1, 1, 1]);
  expect([9, 12, 20, 21].map(bit)).toEqual([0, 0, 0, 0]);
  const [driveTable, operatorTable, , formatTable, formatField] = parameters.subarray(-5);
  expect((await ok(0xfc)).subarray(2, 8)).toEqual(Uint8Array.of(0, 0, 2, 0, 152, 0));
  expect((await ok(0x11, admin)).length).toBe(50);
  await ok(0x10, admin);
  expect((await ok(0x1f, admin, driveTable ?? 0, le(1, 2), 3))[2]).not.toBe(0);
  await ok(0x1f, admin, operatorTable ?? 0, le(1, 2), 1);
  // FFD 1.2.
  expect(await ok(0x1f, admin, formatTable ?? 0, le(1, 2), formatField ?? 0)).toEqual(fromHex('1f0004'));
  expect((await ok(0x26, admin, 1)).length).toBe(7);
  expect((await ok(0x0f, cashier)).length).toBe(16);
  for (const code of [0x01, 0x02, 0x03, 0x04, 0x39, 0x3f, 0x40, 0x63, 0x09]) await ok(0xff, code, admin);
  expect(await ok(0xff, 0x70, admin)).toHaveLength(11);
  await stop();
});

test('selling as a host that knows FF46 and FF45 alone: no 8Dh, zeros for taxes, TLV of the cashier, nothing printed', async () => {
  const { ok, till, kkt, close: stop } = await foreign();
  const inn = concatBytes(le(1203, 2), le(12, 2), new TextEncoder().encode('770000000004'));
  await ok(0xff, 0x41, admin);
  await ok(0xff, 0x0c, admin, inn);
  await ok(0xe0, admin);
  const line = (sum: number, rate: number) => [
    admin,
    1,
    le(2_000_000, 6),
    le(150_000, 5),
    le(sum, 5),
    fromHex('ffffffffff'),
    rate,
    1,
    4,
    1,
    text('Трость', 128),
  ];
  const printed = kkt.paper().length;
  await ok(0x1e, admin, 17, le(1, 2), 7, 1);
  // The sum is no product: refused, as it would be a lie to the operator.
  expect(await till.command(0xff, 0x46, ...line(3_000_00, 8))).toEqual(fromHex('ff4600'));
  expect(await till.command(0xff, 0x46, ...line(3_000_02, 8))).toEqual(fromHex('ff4633'));
  expect(await till.command(0xff, 0x46, ...line(3_000_01, 1))).toEqual(fromHex('ff4600'));
  await ok(0xff, 0x0c, admin, inn);
  const closed = await ok(
    0xff,
    0x45,
    admin,
    le(0, 5),
    le(6_000_01, 5),
    new Uint8Array(70),
    0,
    new Uint8Array(30),
    1,
    new Uint8Array(64),
  );
  expect(closed.length).toBe(21);
  expect(kkt.paper().length).toBe(printed);
  // The next one is printed again.
  expect(await ok(0x1f, admin, 17, le(1, 2), 7)).toEqual(fromHex('1f0000'));
  const { tags } = decodeDocument(kkt.fn.documents().at(-1)?.bytes ?? new Uint8Array(0));
  expect([numberOf(tags, 1020), numberOf(tags, 1081), textOf(tags, 1203)]).toEqual([
    600_001,
    600_001,
    '770000000004',
  ]);
  await stop();
});

test('an electronic receipt needs no paper', async () => {
  const { ok, till, kkt, close: stop } = await foreign();
  await ok(0xe0, cashier);
  await ok(0x1e, admin, 17, le(1, 2), 7, 1);
  kkt.setPaper('out');
  await ok(0x8d, cashier, 0);
  await ok(0x80, cashier, ...item(100, 1_000));
  const contact = new TextEncoder().encode('buyer@example.com');
  await ok(0xff, 0x0c, admin, le(1008, 2), le(contact.length, 2), contact);
  await ok(0x85, ...close(100));
  expect(textOf(decodeDocument(kkt.fn.documents().at(-1)?.bytes ?? new Uint8Array(0)).tags, 1117)).toBe(
    'shop@example.com',
  );
  expect(await till.command(0x8d, cashier, 0)).toEqual(fromHex('8d6b'));
  await stop();
});

test('discounts and charges of the old commands make lines that a document may have', async () => {
  const { ok, till, kkt, close: stop } = await foreign();
  await ok(0xe0, cashier);
  // 3 × 333.33 less 1.01, and a charge that is taken back.
  await ok(0x80, cashier, ...item(33_333, 3_000, 1, 2));
  const none = Uint8Array.of(0, 0, 0, 0);
  await ok(0x86, cashier, le(101, 5), none, text(''));
  await ok(0x87, cashier, le(500, 5), none, text(''));
  await ok(0x8b, cashier, le(500, 5), none, text(''));
  expect(await ok(0x89, cashier)).toEqual(concatBytes(fromHex('890001'), le(99_898, 5)));
  await ok(0x80, cashier, ...item(700, 333));
  await ok(0x84, cashier, ...item(700, 333));
  // A discount of 10 % by the closing.
  expect(await ok(0x85, ...close(89_908, 0, 1_000))).toEqual(concatBytes(fromHex('850001'), le(0, 5)));
  // A discount on a weight whose price cannot show it.
  await ok(0x80, cashier, ...item(10_000, 1_337));
  await ok(0x86, cashier, le(7, 5), none, text('Скидка дня'));
  await ok(0x85, ...close(0, 13_363));
  expect(await till.command(0x86, cashier, le(1, 5), none, text(''))).toEqual(fromHex('8655'));
  // Lines with a discount of their own.
  const own = (code: number, discount: number, surcharge: number) =>
    ok(
      0xff,
      code,
      admin,
      1,
      le(2_000, 5),
      le(1_000, 5),
      le(discount, 5),
      le(surcharge, 5),
      1,
      2,
      le(0, 5),
      text('Шнурки', 220),
    );
  await own(0x0d, 300, 0);
  await own(0x44, 0, 51);
  await ok(0xff, 0x4b, admin, le(1, 5), le(0, 5), 0, text('', 128));
  await ok(0x8e, admin, le(0, 5), le(3_750, 5), new Uint8Array(70), le(0, 2), none, text(''));
  expect(kkt.fn.documents().filter(({ documentCode }) => documentCode === 3)).toHaveLength(3);
  for (const { bytes } of kkt.fn.documents())
    expect(validateDocument(decodeDocument(bytes)).filter(({ severity }) => severity === 'error')).toEqual(
      [],
    );
  await stop();
});

test('money and operation registers count', async () => {
  const { ok, till, close: stop } = await foreign();
  await ok(0xe0, cashier);
  await ok(0x50, cashier, le(10_000, 5));
  await ok(0x80, cashier, ...item(10_000, 1_000, 1, 3));
  await ok(0x85, ...close(12_000));
  await ok(0x8d, cashier, 2);
  await ok(0x82, cashier, ...item(1_000, 1_000, 2, 3));
  const money = async (register: number) => {
    const answer = await ok(0x1a, cashier, register);
    return [...answer.subarray(3)].reduce((sum, byte, index) => sum + byte * 256 ** index, 0);
  };
  const count = async (register: number) => {
    const answer = await ok(0x1b, cashier, register);
    return (answer[3] ?? 0) + 256 * (answer[4] ?? 0);
  };
  // Department 3 of the receipt that is open, and of the shift.
  expect([await money(8), await money(10), await money(121 + 8), await money(121 + 10)]).toEqual([
    0, 1_000, 10_000, 0,
  ]);
  await ok(0x88, cashier);
  expect([await money(121 + 10), await money(251), await count(181)]).toEqual([0, 1_000, 1]);
  // Cash, in, out; cash paid in the shift, turnover and tax at 20 %; sales since ever.
  expect([await money(241), await money(242), await money(243)]).toEqual([20_000, 10_000, 0]);
  expect([await money(193), await money(209), await money(225), await money(244)]).toEqual([
    10_000, 10_000, 1_667, 10_000,
  ]);
  expect([await count(144), await count(146), await count(153), await count(152)]).toEqual([1, 0, 1, 3]);
  // Extended registers: payments 5 to 16.
  expect(await till.command(0x1a, cashier, le(0x1000, 2))).toEqual(concatBytes(fromHex('1a0001'), le(0, 6)));
  expect(await till.command(0x1a, cashier, le(0x2000, 2))).toEqual(fromHex('1a33'));
  await ok(0x40, admin);
  await ok(0x41, admin);
  expect([await count(158), await count(160)]).toEqual([1, 1]);
  await ok(0x27, admin);
  expect([await money(241), await money(193), await money(244)]).toEqual([0, 0, 10_000]);
  await stop();
});

test('paper: text, fonts, codes, pictures, a test run, a report that goes into the buffer', async () => {
  const { ok, till, kkt, close: stop } = await foreign();
  const last = () => kkt.paper().at(-1)?.trim();
  await ok(0x17, cashier, 2, text('a'.repeat(60), 60));
  expect(last()).toBe('a'.repeat(48));
  await ok(0x17, cashier, 0x42, text('b'.repeat(60), 60));
  expect(last()).toBe('b'.repeat(12));
  // A journal that is not there.
  await ok(0x17, cashier, 1, text('c'));
  expect(last()).toBe('b'.repeat(12));
  await ok(0x2f, cashier, 2, 3, text('d'));
  expect(await till.command(0x2f, cashier, 2, 99, text('e'))).toEqual(fromHex('2f33'));
  await ok(0xc2, cashier, le(460712345678, 5));
  expect(last()).toBe('[EAN-13 4607123456781]');
  await ok(0xdd, cashier, 0, 0, concatBytes(new TextEncoder().encode('t=20260112'), new Uint8Array(54)));
  await ok(0xde, cashier, 3, le(10, 2), 0, 0, 0, 5, 0, 1, 1);
  expect(last()).toBe('[QR t=20260112]');
  expect(await till.command(0xde, cashier, 3, le(100, 2), 0, 0, 0, 5, 0, 1, 1)).toEqual(fromHex('de34'));
  await ok(0xc0, cashier, 1, new Uint8Array(40));
  await ok(0xc4, cashier, le(2, 2), new Uint8Array(80));
  await ok(0x4e, cashier, 64, le(1, 2), le(1, 2), 1, new Uint8Array(64));
  await ok(0xc1, cashier, 1, 3);
  expect(await till.command(0xc1, cashier, 3, 1)).toEqual(fromHex('c133'));
  await ok(0x28, cashier, 0);
  expect(((await ok(0x10, cashier))[4] ?? 0) & 0x08).toBe(0x08);
  kkt.closeDrawer();
  expect(((await ok(0x10, cashier))[4] ?? 0) & 0x08).toBe(0);
  await ok(0x25, cashier, 1);
  await ok(0x29, cashier, 2, 3);
  await ok(0x14, admin, 0, 4, 50);
  expect(await ok(0x15, admin, 0)).toEqual(fromHex('15000432'));
  expect(await till.command(0x14, le(29, 4), 0, 4, 50)).toEqual(fromHex('144f'));

  await ok(0x19, cashier, 1);
  expect((await ok(0x10, cashier))[5]).toBe(10);
  expect(await till.command(0xe0, cashier)).toEqual(fromHex('e073'));
  await ok(0x2b, cashier);

  await ok(0xe0, cashier);
  const before = kkt.paper().length;
  await ok(0xc6, admin);
  expect(kkt.paper().length).toBe(before);
  const lines = (await ok(0xc8, cashier))[2] ?? 0;
  expect(lines).toBeGreaterThan(5);
  const texts: string[] = [];
  for (let line = 0; line < lines; line += 1)
    texts.push(decodeText((await ok(0xc9, cashier, le(line, 2))).subarray(2), 'windows-1251'));
  expect(texts.join()).toContain('ЗАКРЫТИИ СМЕНЫ');
  await ok(0xca, cashier);
  expect(await till.command(0xc8, cashier)).toEqual(fromHex('c8d1'));
  await stop();
});

test('a host that sends ENQ on the heels of the frame gets one answer', async () => {
  const { till, count, close: stop } = await foreign();
  const frame = [0x02, 0x05, 0x10, 0x01, 0x00, 0x00, 0x00, 0x14];
  const answerTo = async () => {
    expect(await till.byte()).toBe(0x06);
    expect(await till.byte()).toBe(0x02);
    const length = await till.byte();
    for (let index = 0; index <= length; index += 1) await till.byte();
  };
  await till.write(...frame);
  await till.write(0x05);
  await answerTo();
  await till.write(0x06);
  // No second copy is on the line: the next byte is the reply to the next ENQ.
  await till.write(0x05);
  expect(await till.byte()).toBe(0x15);
  // A NAK right after the answer, and ENQ: it is repeated.
  await till.write(...frame);
  await answerTo();
  await till.write(0x15, 0x05);
  await answerTo();
  await till.write(0x06);
  expect(count('10')).toBe(2);
  await stop();
});

test('zeros in front of a frame, as a public driver sends them, are no part of the conversation', async () => {
  const { till, count, close: stop } = await foreign();
  await till.write(0x05);
  expect(await till.byte()).toBe(0x15);
  await till.write(0, 0, 0, 0, 0x02, 0x05, 0x13, 0x01, 0x00, 0x00, 0x00, 0x17);
  expect(await till.byte()).toBe(0x06);
  expect(await till.byte()).toBe(0x02);
  for (let left = (await till.byte()) + 1; left > 0; left -= 1) await till.byte();
  await till.write(0x06);
  await till.write(0x05);
  expect(await till.byte()).toBe(0x15);
  expect(count('13')).toBe(1);
  await stop();
});
