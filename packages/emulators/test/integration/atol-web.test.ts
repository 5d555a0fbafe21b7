import { manualClock, randomUuid, seededRandom, sumKopecks } from '@elcert/core';
import { type AtolTraceEntry, atolTasks, openAtolWeb } from '@elcert/device-drivers/atol';
import {
  decodeDocument,
  decodeReceipt,
  listsOf,
  numberOf,
  type Receipt,
  textOf,
  vatRateNames,
} from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { type AtolBench, atolBench, atolCashier } from '../atol-day.js';
import { type Bench, bench } from '../shtrih-m-day.js';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function day(options: Parameters<typeof atolBench>[0] = {}): Promise<AtolBench> {
  const one = await atolBench(options);
  running.push(one);
  return one;
}

const key = () => ({ operationKey: randomUuid() });

/** Two certificate goods and an ordinary one, paid by certificate and card. */
const certificateSale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Трость опорная',
      price: 150_000,
      quantity: '1',
      vat: 'none',
      method: 'full',
      subject: 'goods',
      truCode: '329921120.06001010200000000643',
    },
    {
      name: 'Обувь ортопедическая',
      price: 600_050,
      quantity: '1',
      vat: '22',
      method: 'full',
      subject: 'goods',
      truCode: '325022154.09000110100000000643',
    },
    {
      name: 'Стельки',
      price: 33_333,
      quantity: '0.75',
      unit: 'kilogram',
      vat: '7',
      method: 'full',
      subject: 'goods',
    },
  ],
  payments: { electronic: 775_050 },
  certificate: { basketId: '123456789012345678901234', certificateAmount: 676_629, cardAmount: 98_421 },
  cashier: atolCashier,
  buyerContact: 'buyer@example.com',
};

describe.each(['v1', 'v2'] as const)('the web server, interface %s', (version) => {
  test('a day: shift, certificate sale, return, cash, X, closing', async () => {
    const { register, kkt } = await day({
      shift: false,
      driver: { version: 'auto' },
      emulator: { versions: [version] },
    });
    expect(register.version).toBe(version);
    expect(register.fnMessages).toBeUndefined();
    expect(register.capabilities).toMatchObject({ fnMessages: false, readDocuments: true, paperColumns: 42 });
    const known = kkt.fn.registration;
    expect(await register.identity()).toEqual({
      model: 'АТОЛ (ЭМУЛЯТОР)',
      serialNumber: known?.kktSerialNumber,
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      inn: known?.inn,
      kktRegistrationNumber: known?.kktRegistrationNumber,
    });
    expect(await register.status()).toMatchObject({
      shift: 'closed',
      paper: 'ok',
      coverOpen: false,
      shiftNumber: undefined,
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      lastFiscalDocumentNumber: 1,
      unsentDocuments: 1,
    });
    expect(await register.openShift(atolCashier, key())).toMatchObject({
      documentCode: 2,
      fiscalDocumentNumber: 2,
      shiftNumber: 1,
    });
    const sold = await register.registerReceipt(certificateSale, key());
    const document = kkt.fn.document(3);
    expect(sold).toEqual({
      documentCode: 3,
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      fiscalDocumentNumber: 3,
      fiscalSign: String(document?.fiscalSign).padStart(10, '0'),
      dateTime: document?.dateTime,
      shiftNumber: 1,
      receiptNumber: 1,
      totalSum: 775_050,
      settlementType: 'sale',
    });
    const { tags } = decodeDocument(document?.bytes ?? new Uint8Array());
    expect(numberOf(tags, 1081)).toBe(775_050);
    expect(textOf(tags, 1008)).toBe('buyer@example.com');
    expect(textOf(tags, 1203)?.trim()).toBe('770000000004');
    expect(numberOf(listsOf(tags, 1059)[2] ?? [], 2108)).toBe(11);
    expect(kkt.paper()).toContain('ТРУ 329921120.06001010200000000643');
    expect(kkt.paper().some((line) => /^СЕРТИФИКАТОМ +=6766\.29$/.test(line))).toBe(true);
    expect(kkt.paper()).toContain('КОРЗИНА 123456789012345678901234');
    expect(await register.readDocument(3)).toEqual(document?.bytes);

    expect(await register.moveCash({ direction: 'in', amount: 100_000 }, key())).toEqual({
      cashInDrawer: 100_000,
    });
    await register.moveCash({ direction: 'out', amount: 25_050 }, key());
    expect(kkt.drawer()).toBe(74_950);
    await register.printXReport();
    await register.task('nonFiscal', { items: [{ type: 'text', text: 'Спасибо за покупку' }] });
    expect(kkt.paper()).toContain('Спасибо за покупку');
    const returned = await register.registerReceipt(
      { ...certificateSale, settlementType: 'saleReturn' },
      key(),
    );
    expect(returned).toMatchObject({
      settlementType: 'saleReturn',
      receiptNumber: 2,
      fiscalDocumentNumber: 4,
    });
    expect(await register.closeShift(atolCashier, key())).toMatchObject({ documentCode: 5, shiftNumber: 1 });
    expect(await register.status()).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 5 });
  });
});

test('every part of a receipt that the tasks have a member for comes into the document', async () => {
  const { register, kkt } = await day();
  const receipt: Receipt = {
    settlementType: 'sale',
    taxation: 'simplifiedIncome',
    lines: [
      {
        name: 'Услуга агента',
        price: 100_099,
        quantity: '1.5',
        vat: '5/105',
        method: 'prepaymentPartial',
        subject: 'service',
        agent: 'payingAgent',
        agentData: {
          operation: 'приём платежа',
          payingAgentPhones: ['+79990000001'],
          transferOperatorName: 'Оператор',
          transferOperatorInn: '7700000016',
        },
        supplier: { inn: '7700000009', name: 'Поставщик', phones: ['+79990000002'] },
        countryCode: '643',
        customsDeclaration: '10702030/260117/0000001',
        additional: 'доп. реквизит',
        productCode: { kind: 'ean13', value: '4600000000001' },
        industry: [{ body: '030', date: '2026-01-10', number: '1', value: 'a=b' }],
      },
    ],
    payments: { cash: 50_000, electronic: 50_000, prepaid: 40_000, credit: 10_000, other: 100 },
    rounding: 49,
    cashier: atolCashier,
    buyer: { name: 'Петров', inn: '770000000004', birthday: '1990-02-03', citizenship: '643' },
    internet: true,
    address: 'улица Иная',
    place: 'киоск',
    property: { name: 'заказ', value: '17' },
    additional: 'чек',
    industry: [{ body: '030', date: '2026-01-11', number: '2', value: 'c=d' }],
    operation: { id: 1, data: 'данные', dateTime: '2026-01-12T10:11:12' },
  };
  const { fiscalDocumentNumber } = await register.registerReceipt(receipt, key());
  const read = decodeReceipt(kkt.fn.document(fiscalDocumentNumber)?.bytes ?? new Uint8Array());
  const { address, place, dateTime: _, ...plain } = { ...receipt, dateTime: undefined };
  expect(read.receipt).toMatchObject({
    ...plain,
    lines: [{ ...receipt.lines[0], amount: 150_149, unit: 'piece' }],
  });
  expect(read.facts).toMatchObject({ address, place });
});

test('corrections of all four settlements', async () => {
  const { register, kkt } = await day();
  await register.moveCash({ direction: 'in', amount: 1_000_000 }, key());
  for (const settlementType of ['sale', 'saleReturn', 'purchase', 'purchaseReturn'] as const) {
    const result = await register.registerReceipt(
      {
        ...certificateSale,
        settlementType,
        certificate: { ...(certificateSale.certificate as object) } as never,
        correction: { type: 'ordered', date: '2026-01-10', orderNumber: '12-34' },
      },
      key(),
    );
    expect(result).toMatchObject({ documentCode: 31, settlementType });
    const { receipt } = decodeReceipt(
      kkt.fn.document(result.fiscalDocumentNumber)?.bytes ?? new Uint8Array(),
    );
    expect(receipt).toMatchObject({
      settlementType,
      correction: { type: 'ordered', date: '2026-01-10', orderNumber: '12-34' },
    });
  }
});

test('its documents go to the operator without the host', async () => {
  const clock = manualClock();
  const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger() });
  running.push({ close: () => ofd.stop() });
  const { register, kkt } = await day({ clock, shift: false, emulator: { ofd: tcpAddressOf(ofd) } });
  expect(ofd.documents()).toEqual([]);
  await register.openShift(atolCashier, key());
  await register.registerReceipt(certificateSale, key());
  await ofd.records.waitFor(() => ofd.documents().length === 3);
  expect(ofd.documents().map(({ document }) => document.name)).toEqual([
    'fiscalReport',
    'openShift',
    'receipt',
  ]);
  expect(kkt.fn.registration?.inn).toBe('7700000009');
});

test('a task by its name, and what the table does not know', async () => {
  const { register } = await day();
  expect(await register.task('getCashDrawerStatus', {})).toMatchObject({ counters: { cashSum: 0 } });
  expect((await register.task('getFnInfo', {})).fnInfo).toMatchObject({ livePhase: 'fiscalMode' });
  await expect(register.task('cashIn', { cashSum: 1, moneySum: 2 } as never)).rejects.toMatchObject({
    code: 'RECEIPT_NOT_SUPPORTED',
    path: 'task/moneySum',
    outcome: 'not-sent',
  });
  await expect(register.readDocument(99)).rejects.toMatchObject({
    code: 'DOCUMENT_NOT_FOUND',
    outcome: 'refused',
  });
  expect(Object.keys(atolTasks)).toHaveLength(57);
});

test('signs in, and says so when it may not', async () => {
  const credentials = { login: 'касса', password: 'секрет' };
  const entries: AtolTraceEntry[] = [];
  const { kkt, register } = await day({
    shift: false,
    emulator: { credentials },
    driver: { credentials, trace: (entry) => void entries.push(entry) },
  });
  expect((await register.status()).shift).toBe('closed');
  expect(JSON.stringify(entries)).not.toContain('Basic');
  for (const version of ['auto', 'v1'] as const) {
    await expect(openAtolWeb({ baseUrl: kkt.url, version })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
      outcome: 'refused',
    });
  }
});

test('finds its own request in a server that answers with the whole queue', async () => {
  const { register, receipts } = await day({ emulator: { answersWholeQueue: true } });
  await register.registerReceipt(certificateSale, key());
  await register.registerReceipt(certificateSale, key());
  expect(receipts()).toBe(2);
  expect(await register.lookup(randomUuid(), { afterDocumentNumber: 4 })).toEqual({ state: 'not-done' });
});

describe('states of the device', () => {
  test.each([
    ['a closed shift', 73, 'SHIFT_CLOSED', { shift: false }],
    ['no paper', 44, 'PAPER_OUT', {}],
    ['an open cover', 45, 'COVER_OPEN', {}],
  ] as const)(
    '%s: nothing is registered, and the same key does it later',
    async (what, result, code, options) => {
      const { register, kkt, receipts } = await day(options);
      if (code === 'PAPER_OUT') kkt.setPaper('out');
      if (code === 'COVER_OPEN') kkt.openCover(true);
      const operation = key();
      await expect(register.registerReceipt(certificateSale, operation), what).rejects.toMatchObject({
        code,
        outcome: 'refused',
        details: { result },
        userMessage: expect.stringMatching(/[а-я]/) as string,
      });
      expect(receipts()).toBe(0);
      kkt.setPaper('ok');
      kkt.openCover(false);
      if (code === 'SHIFT_CLOSED') await register.openShift(atolCashier, key());
      await register.registerReceipt(certificateSale, operation);
      await register.registerReceipt(certificateSale, operation);
      expect(receipts()).toBe(1);
    },
  );

  test('a shift of more than 24 hours', async () => {
    const clock = manualClock();
    const { register } = await day({ clock });
    await clock.advance(25 * 3_600_000);
    expect((await register.status()).shift).toBe('expired');
    await expect(register.registerReceipt(certificateSale, key())).rejects.toMatchObject({
      code: 'SHIFT_EXPIRED',
      outcome: 'refused',
    });
    await expect(register.openShift(atolCashier, key())).rejects.toMatchObject({ code: 'SHIFT_EXPIRED' });
    await register.closeShift(atolCashier, key());
    await expect(register.closeShift(atolCashier, key())).rejects.toMatchObject({ code: 'SHIFT_CLOSED' });
  });

  test('paper that ends within a document: the receipt stands, the rest comes later', async () => {
    const { register, kkt, receipts } = await day();
    kkt.endPaperAfter(4);
    expect(await register.registerReceipt(certificateSale, key())).toMatchObject({ receiptNumber: 1 });
    expect(receipts()).toBe(1);
    expect((await register.status()).paper).toBe('out');
    kkt.setPaper('ok');
    await register.task('continuePrint', {});
    expect(kkt.paper().at(-1)).toMatch(/^ФП \d{10}$/);
  });

  test('wrong sums are refused with the numbers of the driver', async () => {
    const { register } = await day();
    const position = {
      type: 'position',
      name: 'Товар',
      price: 10.5,
      quantity: 2,
      amount: 21,
      tax: { type: 'none' },
    };
    const sell = (more: object, item: object = position) =>
      register.task('sell', { items: [item], payments: [{ type: 'cash', sum: 21 }], ...more } as never);
    const refused = [
      [52, { payments: [{ type: 'electronically', sum: 22 }] }, position],
      [66, { payments: [{ type: '0', sum: 20.99 }] }, position],
      [60, { payments: [{ type: 'shells', sum: 21 }] }, position],
      [110, { items: [] }, position],
      [143, { taxationType: 'none' }, position],
      [144, {}, { ...position, tax: { type: 'vat21' } }],
      [16, {}, { ...position, amount: 22 }],
      [17, {}, { ...position, quantity: -1 }],
      [227, { total: 19 }, position],
      [409, {}, { ...position, imcParams: {} }],
      [413, {}, { ...position, nomenclatureCode: 'AAAA' }],
      [420, {}, { ...position, imcParams: { imc: 'MDEyMw==' } }],
      [59, {}, { ...position, department: 100 }],
      [8, { electronically: true }, position],
      [266, { postItems: [{ type: 'barcode', barcode: '1', barcodeType: 'AZTEC' }] }, position],
    ] as const;
    for (const [result, more, item] of refused)
      await expect(sell(more, item), String(result)).rejects.toMatchObject({ details: { result } });
    expect(await sell({ payments: [{ type: 'cash', sum: 100 }] })).toMatchObject({
      fiscalParams: { total: 21 },
    });
  });
});

test('the same sale gives the same totals, taxes and tags on an ATOL and on a Shtrih-M', async () => {
  const atol = await day();
  const shtrih: Bench = await bench();
  running.push(shtrih);
  const random = seededRandom('both registers');
  const line = fc.record({
    name: fc.constantFrom('Трость опорная', 'Стельки', 'Костыли подмышечные'),
    price: fc.integer({ min: 1, max: 5_000_000 }),
    quantity: fc.constantFrom('1', '2', '0.5', '1.125', '3.333'),
    unit: fc.constantFrom('piece' as const, 'kilogram' as const, 'meter' as const),
    vat: fc.constantFrom(...vatRateNames),
    method: fc.constant('full' as const),
    subject: fc.constantFrom('goods' as const, 'service' as const),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 5 }),
      fc.double({ min: 0, max: 1 }),
      async (lines, part) => {
        const amounts = lines.map(({ price, quantity }) => {
          const [whole = '0', digits = ''] = quantity.split('.');
          return Math.round((price * Number(whole + digits)) / 10 ** digits.length);
        });
        const total = sumKopecks(amounts);
        const cash = Math.floor(total * (Number.isNaN(part) ? 0 : part));
        const receipt: Receipt = {
          settlementType: 'sale',
          taxation: 'general',
          lines: lines.map((one, index) => ({ ...one, amount: amounts[index] ?? 0 })),
          payments: { cash, electronic: total - cash },
          cashier: atolCashier,
        };
        const both = await Promise.all(
          [atol.register, shtrih.register].map((register) =>
            register.registerReceipt(receipt, { operationKey: randomUuid(random) }),
          ),
        );
        const documents = [atol.kkt, shtrih.kkt].map((kkt, index) =>
          decodeReceipt(kkt.fn.document(both[index]?.fiscalDocumentNumber ?? 0)?.bytes ?? new Uint8Array()),
        );
        const said = documents.map(({ receipt: { dateTime: _, ...rest }, facts }) => ({
          rest,
          total: facts.totalSum,
          vat: facts.vat,
        }));
        expect(said[0]).toEqual(said[1]);
        expect(said[0]?.total).toBe(total);
      },
    ),
    { numRuns: 12 },
  );
}, 60_000);
