import { systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { PrintRow, Receipt } from '@elcert/fiscal-doc';
import { receiptRows } from '@elcert/fiscal-doc/render';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmulatedFn, registrationNumber } from '../../src/fn/index.js';
import { defaultModel } from '../../src/shtrih-m/model.js';
import { type Bench, bench, cashier, key, sale } from '../shtrih-m-day.js';

// What the neutral contract has besides documents: totals, paper, electronic receipts, the drive.

const open: Bench[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});
async function till(options: Parameters<typeof bench>[0] = {}): Promise<Bench> {
  const one = await bench(options);
  open.push(one);
  return one;
}

const electronic: Receipt = { ...sale, buyerContact: '+79990000000' };

test('totals of the shift: receipts by kind whatever they were paid with, cash, the drawer', async () => {
  const { register } = await till();
  const nothing = { count: 0, sum: 0 };
  expect(await register.shiftTotals()).toEqual({
    shiftNumber: 1,
    cashInDrawer: 0,
    receipts: { sale: nothing, saleReturn: nothing, purchase: nothing, purchaseReturn: nothing },
    cashIn: nothing,
    cashOut: nothing,
  });
  await register.moveCash({ direction: 'in', amount: 1_000_000 }, key());
  await register.moveCash({ direction: 'in', amount: 5 }, key());
  await register.registerReceipt(sale, key());
  await register.registerReceipt({ ...sale, payments: { cash: 50_000, prepaid: 199_999 } }, key());
  await register.registerReceipt({ ...sale, payments: { credit: 199_999, other: 50_000 } }, key());
  await register.registerReceipt(
    { ...sale, settlementType: 'saleReturn', payments: { cash: 249_999 } },
    key(),
  );
  await register.moveCash({ direction: 'out', amount: 100_000 }, key());
  expect(await register.shiftTotals()).toEqual({
    shiftNumber: 1,
    cashInDrawer: 1_000_005 + 50_000 - 249_999 - 100_000,
    receipts: {
      sale: { count: 3, sum: 3 * 249_999 },
      saleReturn: { count: 1, sum: 249_999 },
      purchase: nothing,
      purchaseReturn: nothing,
    },
    cashIn: { count: 2, sum: 1_000_005 },
    cashOut: { count: 1, sum: 100_000 },
  });
});

describe('paper', () => {
  test('rows, QR codes and EAN-13 are printed, the paper is cut, the drawer opens', async () => {
    const { register, kkt, count } = await till();
    expect(register.printer.capabilities).toEqual({
      columns: 48,
      qr: true,
      barcodes: ['ean13'],
      pictureWidth: undefined,
      cutter: true,
      drawer: true,
      status: true,
    });
    const rows: PrintRow[] = [
      { type: 'title', text: 'Слип' },
      { type: 'pair', caption: 'Сертификатом', value: '=100.00' },
      { type: 'rule' },
      { type: 'text', text: `длинный текст ${'слово '.repeat(20)}` },
      { type: 'text', text: '' },
      { type: 'qr', payload: 'https://example.com/корзина?id=1234567890123456789012345678901234567890' },
      { type: 'barcode', kind: 'ean13', text: '460123456789' },
      { type: 'feed', lines: 2 },
    ];
    const before = kkt.paper().length;
    await register.printer.print(rows);
    const paper = kkt.paper().slice(before);
    expect(paper[0]?.trim()).toBe('Слип');
    expect(paper[1]).toMatch(/^Сертификатом +=100\.00$/);
    expect(paper.every((line) => line.length <= 48)).toBe(true);
    expect(paper.join('\n')).toContain('QR https://example.com/корзина?id=');
    expect(paper.join('\n')).toContain('EAN-13 4601234567893');
    expect([count('DD'), count('DE'), count('25')]).toEqual([2, 1, 1]);
    await register.printer.print([{ type: 'text', text: 'без отреза' }], { cut: 'none' });
    expect(count('25')).toBe(1);
    await register.printer.openDrawer();
    expect(count('28')).toBe(1);
    expect(await register.printer.status()).toMatchObject({ online: true, paper: 'ok', coverOpen: false });
  });

  test('a rendered receipt fits the tape', async () => {
    const { register, kkt } = await till();
    const facts = {
      fiscalDriveNumber: '9999078900000001',
      fiscalDocumentNumber: 3,
      fiscalSign: '0000000001',
      dateTime: '2026-11-22T10:00',
    };
    const before = kkt.paper().length;
    await register.printer.print(receiptRows({ receipt: sale, facts } as Parameters<typeof receiptRows>[0]));
    expect(kkt.paper().length).toBeGreaterThan(before + 10);
  });

  test.each([
    [{ type: 'barcode', kind: 'code128', text: 'A' }, 'rows[1]'],
    [{ type: 'barcode', kind: 'ean13', text: '4601234567890' }, 'rows[1]'],
    [{ type: 'qr', payload: '' }, 'rows[1]'],
    [{ type: 'feed', lines: -1 }, 'rows[1]/lines'],
    [{ type: 'picture', picture: { width: 8, height: 1, bits: Uint8Array.of(1) } }, 'rows[1]'],
  ] as const)('what it cannot draw is refused before anything is printed: %o', async (row, path) => {
    const { register, kkt } = await till();
    const before = kkt.paper().length;
    await expect(register.printer.print([{ type: 'text', text: 'сначала' }, row])).rejects.toMatchObject({
      code: 'PRINT_NOT_SUPPORTED',
      outcome: 'not-sent',
      path,
    });
    expect(kkt.paper().length).toBe(before);
  });

  test('no paper: refused; paper that ends in between: part of it may be there', async () => {
    const { register, kkt } = await till();
    kkt.setPaper('out');
    expect(await register.printer.status()).toMatchObject({ paper: 'out', problem: expect.any(String) });
    const slip: PrintRow[] = Array.from({ length: 6 }, (_, index) => ({
      type: 'text',
      text: `строка ${index}`,
    }));
    await expect(register.printer.print(slip)).rejects.toMatchObject({
      code: 'PAPER_OUT',
      outcome: 'refused',
    });
    kkt.setPaper('ok');
    kkt.faults.add({ at: 'shtrih-m', do: 'paper-out', when: { operation: '17', nth: 3 } });
    await expect(register.printer.print(slip)).rejects.toMatchObject({
      code: 'PAPER_OUT',
      outcome: 'unknown',
      details: { step: 2 },
    });
  });

  test('a model without a cutter feeds the paper to the edge', async () => {
    const { register, count } = await till({ emulator: { model: { ...defaultModel, cutter: false } } });
    expect(register.printer.capabilities.cutter).toBe(false);
    await register.printer.print([{ type: 'text', text: 'слип' }]);
    expect([count('25'), count('29')]).toEqual([0, 1]);
  });

  test('a copy of any document of the drive says that it is one, and makes none', async () => {
    const { register, kkt } = await till();
    const { fiscalDocumentNumber, fiscalSign } = await register.registerReceipt(sale, key());
    await register.registerReceipt(sale, key());
    const before = kkt.paper().length;
    await register.printCopy(fiscalDocumentNumber);
    const paper = kkt.paper().slice(before).join('\n');
    expect(paper).toContain('НЕ ЯВЛЯЕТСЯ ЧЕКОМ');
    expect(paper).toContain('Трость опорная');
    expect(paper).toContain(fiscalSign);
    expect(kkt.fn.documents()).toHaveLength(4);
    await expect(register.printCopy(99)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' });
  });
});

describe('a receipt that is sent and not printed', () => {
  test('nothing comes out, the next one is printed', async () => {
    const { register, kkt } = await till();
    expect(register.capabilities.electronicOnly).toBe(true);
    const before = kkt.paper().length;
    await register.registerReceipt(electronic, { ...key(), electronicOnly: true });
    expect(kkt.paper().length).toBe(before);
    expect(kkt.fn.documents()).toHaveLength(3);
    expect(await register.readTable(17, 1, 7)).toBe(0);
    await register.registerReceipt(electronic, key());
    expect(kkt.paper().length).toBeGreaterThan(before + 10);
  });

  test.each(['8D', 'FF46', 'FF45'])(
    'refused at %s: the next one is printed all the same',
    async (operation) => {
      const { register, kkt } = await till();
      kkt.faults.add({ at: 'shtrih-m', do: 'refuse', when: { operation }, times: 1 });
      await expect(
        register.registerReceipt(electronic, { ...key(), electronicOnly: true }),
      ).rejects.toMatchObject({ outcome: 'refused' });
      expect(await register.readTable(17, 1, 7)).toBe(0);
      const before = kkt.paper().length;
      await register.registerReceipt(electronic, key());
      expect(kkt.paper().length).toBeGreaterThan(before + 10);
    },
  );

  test('a till that died in the middle of one: the next one of another process is printed', async () => {
    const { kkt } = await till();
    // What the dead process has left behind.
    kkt.tables.set(17, 1, 7, 1);
    const next = await openShtrihM({ connect: () => openTcp({ host: kkt.host, port: kkt.port }) });
    const before = kkt.paper().length;
    await next.registerReceipt(electronic, key());
    expect(kkt.paper().length).toBeGreaterThan(before + 10);
    await next.close();
  });

  test('a register that never prints stays so', async () => {
    const { register, kkt } = await till();
    await register.writeTable(17, 1, 7, 2);
    await register.registerReceipt(electronic, { ...key(), electronicOnly: true });
    expect(await register.readTable(17, 1, 7)).toBe(2);
    expect(kkt.fn.documents()).toHaveLength(3);
  });

  test('without an address of the buyer it is not begun', async () => {
    const { register, count } = await till();
    await expect(register.registerReceipt(sale, { ...key(), electronicOnly: true })).rejects.toMatchObject({
      outcome: 'not-sent',
      path: 'receipt/buyerContact',
    });
    expect(count('8D')).toBe(0);
  });

  test('printed and not printed are two operations', async () => {
    const { register } = await till();
    const operation = key();
    await register.registerReceipt(electronic, operation);
    await expect(
      register.registerReceipt(electronic, { ...operation, electronicOnly: true }),
    ).rejects.toMatchObject({ code: 'OPERATION_KEY_REUSED' });
  });
});

describe('the drive', () => {
  test('tells its phase, its term and its queue', async () => {
    const { register, kkt } = await till();
    expect(await register.driveState()).toMatchObject({
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      phase: 'fiscal',
      ffdVersion: '1.2',
      validUntil: expect.stringMatching(/^20\d\d-\d\d-\d\d$/),
      lastFiscalDocumentNumber: 2,
      warnings: {
        replaceUrgently: false,
        replaceSoon: false,
        archiveAlmostFull: false,
        operatorSilent: false,
      },
      operator: { unsentDocuments: 2, oldestUnsentNumber: 1 },
    });
  });

  test('a model tells what it has', async () => {
    const { register } = await till();
    const model = await register.modelParameters();
    expect(model?.features).toEqual(expect.arrayContaining(['cutter', 'protocol2', 'fiscalDrive']));
    expect(model).toMatchObject({
      columns: [48, 24],
      innDigits: 12,
      longestCommand: 255,
      graphicLineBytes: 40,
    });
  });

  test('offline: no queue, and notifications of marked products are taken out by hand', async () => {
    const fn = createEmulatedFn({ clock: systemClock(), seed: 5, timeZone: 'Europe/Moscow' });
    const { register, kkt } = await till({ shift: false, emulator: { fn } });
    await register.registration.register(
      {
        kind: 'first',
        inn: '7700000009',
        kktRegistrationNumber: registrationNumber(1, '7700000009', '0000000000000001'),
        taxation: ['general'],
        modes: ['offline'],
        requisites: {
          user: 'ООО "Ортосалон"',
          retailPlaceAddress: '101000, г. Москва, ул. Мясницкая, д. 1',
          retailPlace: 'Ортосалон',
          sellerAddress: 'shop@example.com',
          usageConditionSigns: 0x100,
        },
      },
      key(),
    );
    expect(await register.registration.read()).toMatchObject({ modes: ['offline'], taxation: ['general'] });
    expect(await register.driveState()).toMatchObject({ phase: 'fiscal', operator: undefined });
    expect(await register.notifications.read()).toEqual([]);

    await register.openShift(cashier, key());
    const code = `0104600000000008215Qbag!\x1d91EE05\x1d92${'A'.repeat(44)}`;
    for (const price of [10_000, 20_000]) {
      await register.marking.check({ code, plannedStatus: 'pieceSold' });
      const markingCheck = await register.marking.accept();
      await register.registerReceipt(
        {
          ...sale,
          lines: [
            {
              name: 'Вода',
              price,
              quantity: '1',
              vat: 'none',
              method: 'full',
              subject: 'markedWithCode',
              markingCode: code,
              markingCheck,
            },
          ],
          payments: { cash: price },
        },
        key(),
      );
    }
    const waiting = await register.notifications.read();
    expect(waiting.map(({ bytes }) => bytes)).toEqual(kkt.fn.marking.waiting.map(({ bytes }) => bytes));
    expect(waiting).toHaveLength(2);
    const [first, second] = waiting;
    if (first === undefined || second === undefined) throw new Error('two');
    await expect(register.notifications.confirm(second)).rejects.toMatchObject({ outcome: 'refused' });
    await register.notifications.confirm(first);
    expect((await register.notifications.read()).map(({ number }) => number)).toEqual([second.number]);
  });
});
