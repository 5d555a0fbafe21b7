import { type ManualClock, manualClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import type { PrintRow, Receipt, ReceiptLine, ReceiptPrinter } from '@elcert/fiscal-doc';
import { type Row, renderRowsText, rowsPicture } from '@elcert/fiscal-doc/render';
import {
  type KzRegister,
  type KzRegisterOptions,
  kzParentOf,
  kzRegister,
  memoryKzStore,
  openKzRegister,
  parseKzCheckLink,
} from '@elcert/ofd-transport/kz';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedger } from '../../src/kernel/index.js';
import { type OfdKzHandle, startOfdKz } from '../../src/ofd-kz/index.js';

const device = {
  id: 100_500,
  serialNumber: 'TEST0000000000001',
  registrationNumber: '010101012345',
  taxpayer: { bin: '200140000014', title: 'ТОО «Тест»', address: 'г. Астана, ул. Тестовая, 1' },
};
const line = (more: Partial<ReceiptLine> = {}): ReceiptLine => ({
  name: 'Нан',
  price: 50_000,
  quantity: '2',
  vat: '16',
  method: 'full',
  subject: 'goods',
  ...more,
});
const sale = (more: Partial<Receipt> = {}): Receipt => ({
  settlementType: 'sale',
  taxation: 'general',
  lines: [line()],
  payments: { cash: 100_000 },
  cashier: { name: 'Әсел' },
  ...more,
});
const cashier = { name: 'Әсел' };

let clock: ManualClock;
let ofd: OfdKzHandle;
let register: KzRegister;
let papers: string[];
let paperOut: boolean;
let store: ReturnType<typeof memoryKzStore>;
let keys = 0;
const key = () => {
  keys += 1;
  return { operationKey: `00000000-0000-4000-8000-${String(keys).padStart(12, '0')}` };
};

const printer: ReceiptPrinter = {
  capabilities: {
    columns: 48,
    qr: true,
    barcodes: [],
    pictureWidth: undefined,
    cutter: false,
    drawer: false,
    status: true,
  },
  status: async () => ({
    online: true,
    paper: paperOut ? 'out' : 'ok',
    coverOpen: false,
    drawerOpen: undefined,
  }),
  async print(rows: readonly PrintRow[]) {
    if (paperOut) throw new Error('no paper');
    papers.push(renderRowsText(rows as Row[], { columns: 48 }));
  },
  openDrawer: async () => {},
};

const open = (more: Partial<KzRegisterOptions> = {}) => {
  const [address] = ofd.addresses as [{ host: string; port: number }];
  return openKzRegister({
    ofd: { title: 'АО «Казахтелеком»', site: 'consumer.oofd.kz' },
    vat: { series: '62001', number: '0012345' },
    printer,
    ...more,
    session: {
      store,
      id: device.id,
      token: ofd.device(device.id).token,
      clock,
      connect: ({ signal }) => openTcp({ ...address, signal }),
    },
  });
};

beforeEach(async () => {
  clock = manualClock('2026-03-02T07:00:00Z');
  ofd = await startOfdKz({ clock, seed: 'register', ledger: createLedger(), devices: [device] });
  store = memoryKzStore();
  papers = [];
  paperOut = false;
  register = await open();
});

afterEach(async () => {
  await register.close();
  await ofd.stop();
});

describe('a register of Kazakhstan', () => {
  it('lives a day as any register does', async () => {
    expect(await register.identity()).toEqual({
      model: 'Elcert KZ',
      serialNumber: device.serialNumber,
      fiscalDriveNumber: device.registrationNumber,
      inn: device.taxpayer.bin,
      kktRegistrationNumber: device.registrationNumber,
    });
    const before = await register.status();
    expect(before).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 0, unsentDocuments: 0 });
    const opened = await register.openShift(cashier, key());
    expect(opened).toMatchObject({ documentCode: 2, shiftNumber: 1 });
    expect(await register.status()).toMatchObject({ shift: 'open', shiftNumber: 1, paper: 'ok' });
    await expect(register.openShift(cashier, key())).rejects.toMatchObject({
      code: 'SHIFT_OPEN',
      outcome: 'refused',
    });

    const saleKey = key();
    const sold = await register.registerReceipt(sale(), {
      ...saleKey,
      details: { cashGiven: 120_000, lines: [{ ntin: '0200000000001' }] },
    });
    const [ticket] = ofd.device(device.id).tickets;
    expect(sold).toEqual({
      documentCode: 3,
      fiscalDriveNumber: device.registrationNumber,
      fiscalDocumentNumber: 1,
      fiscalSign: ticket?.ticketNumber,
      dateTime: '2026-03-02T12:00:00',
      shiftNumber: 1,
      totalSum: 100_000,
      settlementType: 'sale',
      delivered: true,
      checkLink: expect.stringContaining(`i=${ticket?.ticketNumber}`),
      printed: true,
    });
    expect(parseKzCheckLink(sold.checkLink ?? '')).toMatchObject({
      registrationNumber: device.registrationNumber,
      total: 100_000,
      dateTime: sold.dateTime,
    });
    expect(papers.at(-1)).toContain('Қайтарым/Сдача                            200.00');
    expect(await register.lookup(saleKey.operationKey, { afterDocumentNumber: 0, receipt: sale() })).toEqual({
      state: 'done',
      result: { ...sold, printed: undefined },
    });
    expect(await register.lookup('other', { afterDocumentNumber: 0 })).toEqual({ state: 'not-done' });

    const back = await register.registerReceipt(
      sale({ settlementType: 'saleReturn', lines: [line({ quantity: '1' })], payments: { cash: 50_000 } }),
      { ...key(), details: { parent: kzParentOf(sold) } },
    );
    expect(back).toMatchObject({ settlementType: 'saleReturn', totalSum: 50_000 });
    expect(ofd.device(device.id).tickets[1]?.ticket.parentTicket).toMatchObject({
      parentTicketNumber: sold.fiscalSign,
      kgdKkmId: device.registrationNumber,
      parentTicketIsOffline: false,
    });

    const movement = { direction: 'in', amount: 30_000 } as const;
    const cashKey = key();
    expect(await register.moveCash(movement, cashKey)).toEqual({ cashInDrawer: 80_000 });
    expect(await register.lookupCash(cashKey.operationKey, { movement, drawerBefore: 50_000 })).toMatchObject(
      { state: 'done' },
    );
    await expect(register.moveCash({ direction: 'out', amount: 80_001 }, key())).rejects.toMatchObject({
      path: 'cash',
    });
    await register.registerReceipt(
      sale({ settlementType: 'purchase', payments: { cash: 40_000 }, lines: [line({ amount: 40_000 })] }),
      key(),
    );
    expect(await register.shiftTotals()).toEqual({
      shiftNumber: 1,
      cashInDrawer: 40_000,
      receipts: {
        sale: { count: 1, sum: 100_000 },
        saleReturn: { count: 1, sum: 50_000 },
        purchase: { count: 1, sum: 40_000 },
        purchaseReturn: { count: 0, sum: 0 },
      },
      cashIn: { count: 1, sum: 30_000 },
      cashOut: { count: 0, sum: 0 },
    });
    await register.printXReport();
    expect(papers.at(-1)).toContain('X-ЕСЕП/X-ОТЧЕТ');
    const closed = await register.closeShift(cashier, key());
    expect(closed).toMatchObject({ documentCode: 5, shiftNumber: 1, fiscalSign: '', printed: true });
    expect(papers.at(-1)).toContain('Z-ЕСЕП/Z-ОТЧЕТ');
    expect(await register.status()).toMatchObject({ shift: 'closed' });
    expect(ofd.device(device.id).counters).toEqual(register.session.state.counters);
    await expect(register.closeShift(cashier, key())).rejects.toMatchObject({ code: 'NO_SHIFT' });
  });

  it('closes a shift that nothing happened in without a document', async () => {
    await register.openShift(cashier, key());
    const closing = key();
    expect(await register.closeShift(cashier, closing)).toMatchObject({ documentCode: 5, shiftNumber: 1 });
    expect(await register.closeShift(cashier, closing)).toMatchObject({ documentCode: 5 });
    expect(await register.status()).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 0 });
    expect(ofd.records.entries.some(({ operation }) => operation === 'CLOSE_SHIFT')).toBe(false);
  });

  it('goes on without the operator, with a sign and a link of its own', async () => {
    await register.registerReceipt(sale(), key());
    await ofd.setReachable(false);
    const offlineKey = key();
    const sold = await register.registerReceipt(sale(), offlineKey);
    expect(sold).toMatchObject({ delivered: false, fiscalSign: sold.offlineSign, printed: true });
    expect(parseKzCheckLink(sold.checkLink ?? '')).toMatchObject({
      ticketNumber: sold.offlineSign,
      registrationNumber: device.registrationNumber,
      total: 100_000,
      offline: true,
    });
    expect(papers.at(-1)).toContain('АВТОНОМДЫ РЕЖИМ/АВТОНОМНЫЙ РЕЖИМ');
    expect(papers.at(-1)).toContain(`Автономды ФБ/Автономный ФП`);
    expect(await register.status()).toMatchObject({
      unsentDocuments: 1,
      oldestUnsentAt: sold.dateTime,
      device: { mode: 'offline' },
    });
    expect(kzParentOf(sold)).toMatchObject({ number: sold.offlineSign, offline: true });
    await ofd.setReachable(true);
    await register.session.recover();
    const found = await register.lookup(offlineKey.operationKey, { afterDocumentNumber: 1 });
    const { tickets } = ofd.device(device.id);
    expect(found).toMatchObject({
      state: 'done',
      result: { delivered: true, fiscalSign: tickets[1]?.ticketNumber, offlineSign: sold.offlineSign },
    });
    expect(tickets).toHaveLength(2);
    expect(await register.status()).toMatchObject({ unsentDocuments: 0, device: { mode: 'online' } });
  });

  it('keeps what was sold when the paper is out', async () => {
    const problems: unknown[] = [];
    await register.close();
    register = await open({
      onPrintProblem: (problem) => {
        problems.push(problem);
        throw new Error('a listener that fails');
      },
    });
    paperOut = true;
    const sold = await register.registerReceipt(sale(), key());
    expect(sold.printed).toBe(false);
    expect(problems).toHaveLength(1);
    expect(await register.status()).toMatchObject({ paper: 'out' });
    paperOut = false;
    await register.printCopy?.(sold.fiscalDocumentNumber);
    expect(papers.at(-1)).toMatch(/^ +КӨШІРМЕ\/КОПИЯ\n/);
    await expect(register.printCopy?.(99)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    const text = renderRowsText(register.receiptRows(sale(), sold), { columns: 48 });
    expect(papers.at(-1)).toContain(text);
  });

  it('makes one document of one key', async () => {
    const once = key();
    const first = await register.registerReceipt(sale(), once);
    expect(await register.registerReceipt(sale(), once)).toEqual(first);
    expect(papers).toHaveLength(1);
    expect(ofd.device(device.id).tickets).toHaveLength(1);
    await expect(
      register.registerReceipt(sale({ lines: [line({ price: 1_00 })], payments: { cash: 200 } }), once),
    ).rejects.toMatchObject({ code: 'KEY_REUSED', outcome: 'refused' });
    await expect(register.closeShift(cashier, once)).rejects.toMatchObject({ code: 'KEY_REUSED' });
    // Of the same sum: a return, another article, money the other way. Another cashier and time are no other request.
    const reused = { code: 'KEY_REUSED', outcome: 'refused' };
    const back = { ...once, details: { parent: kzParentOf(first) } };
    await expect(
      register.registerReceipt(sale({ settlementType: 'saleReturn' }), back),
    ).rejects.toMatchObject(reused);
    await expect(
      register.registerReceipt(sale({ lines: [line({ name: 'Сүт' })] }), once),
    ).rejects.toMatchObject(reused);
    expect(
      await register.registerReceipt(
        sale({ cashier: { name: 'Иван' }, dateTime: '2026-03-02T12:00:00' }),
        once,
      ),
    ).toEqual(first);
    const put = key();
    await register.moveCash({ direction: 'in', amount: 100 }, put);
    await expect(register.moveCash({ direction: 'out', amount: 100 }, put)).rejects.toMatchObject(reused);
    // In the new year the medicine has another rate; what was done in the old one has not.
    const medicine = key();
    const pills = sale({ lines: [line({ vat: '5' })] });
    const sold = await register.registerReceipt(pills, medicine);
    await clock.advance(365 * 24 * 3600_000);
    expect(await register.registerReceipt(pills, medicine)).toEqual(sold);
    await expect(register.registerReceipt(pills, key())).rejects.toMatchObject({
      path: 'receipt/lines[0]/vat',
    });
  });

  it('prints the Z report of a shift that it had to close first, and tells it', async () => {
    const put = key();
    await register.registerReceipt(sale(), key());
    await clock.advance(24 * 3600_000);
    const next = key();
    await register.registerReceipt(sale(), next);
    expect(papers.map((paper) => /Z-ОТЧЕТ|ПРОДАЖА\n/.exec(paper)?.[0].trim())).toEqual([
      'ПРОДАЖА',
      'Z-ОТЧЕТ',
      'ПРОДАЖА',
    ]);
    expect(register.closedShift(next.operationKey)).toMatchObject({
      documentCode: 5,
      shiftNumber: 1,
      report: { shiftNumber: 1, cashSum: { bills: '1000', coins: 0 } },
    });
    await clock.advance(24 * 3600_000);
    await register.moveCash({ direction: 'in', amount: 100 }, put);
    expect(register.closedShift(put.operationKey)).toMatchObject({ shiftNumber: 2 });
    expect(papers[3]).toContain('Z-ОТЧЕТ');
    await register.registerReceipt(sale(), next);
    expect(papers).toHaveLength(5);
  });

  it('refuses before anything is made, with an outcome and a path', async () => {
    await expect(
      register.registerReceipt(sale({ lines: [line({ vat: '12' })] }), key()),
    ).rejects.toMatchObject({ outcome: 'not-sent', path: 'receipt/lines[0]/vat' });
    await expect(
      register.registerReceipt(sale({ buyer: { inn: device.taxpayer.bin } }), key()),
    ).rejects.toMatchObject({ path: 'receipt/buyer/inn' });
    await expect(register.registerReceipt(sale(), { ...key(), electronicOnly: true })).rejects.toMatchObject({
      path: 'receipt/buyerContact',
    });
    await expect(register.readDocument(1)).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await register.close();
    register = await open({ vat: undefined, printer: undefined });
    await expect(register.registerReceipt(sale(), key())).rejects.toMatchObject({
      path: 'receipt/lines[0]/vat',
    });
    await expect(register.printXReport()).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    const sold = await register.registerReceipt(sale({ lines: [line({ vat: 'none' })] }), key());
    expect(sold).not.toHaveProperty('printed');
    expect(ofd.device(device.id).tickets).toHaveLength(1);
  });

  it('prints as it is told', async () => {
    await register.close();
    const given: PrintRow[][] = [];
    register = await open({
      language: 'ru',
      seller: { address: 'г. Алматы' },
      printer: { ...printer, print: async (rows) => void given.push([...rows]) },
      draw: (rows) => [{ type: 'picture', picture: rowsPicture(rows, { columns: 48 }) }],
    });
    const sold = await register.registerReceipt(sale(), key());
    expect(given.flat().map(({ type }) => type)).toEqual(['picture']);
    const text = renderRowsText(register.receiptRows(sale(), sold), { columns: 48 });
    expect(text).toContain('г. Алматы');
    expect(text).toContain('ПРОДАЖА');
    expect(text).not.toContain('САТУ');
    expect(
      renderRowsText(register.receiptRows(sale(), sold, { language: 'kk', copy: true }), { columns: 48 }),
    ).toContain('КӨШІРМЕ');
    // For the buyer's telephone: nothing is printed.
    const electronic = await register.registerReceipt(sale({ buyerContact: '+77000000000' }), {
      ...key(),
      electronicOnly: true,
    });
    expect(electronic).not.toHaveProperty('printed');
    expect(given).toHaveLength(1);
  });

  it('stands there before it has ever reached its operator, and sells nothing', async () => {
    await register.close();
    store = memoryKzStore();
    await ofd.setReachable(false);
    register = await open();
    expect(await register.status()).toMatchObject({ fiscalDriveNumber: '', shift: 'closed' });
    await expect(register.registerReceipt(sale(), key())).rejects.toMatchObject({
      code: 'NOT_SYNCHRONISED',
      outcome: 'not-sent',
    });
    expect(() =>
      kzRegister(register.session, { ofd: { title: 'ОФД', site: 'consumer.oofd.kz?x=1' } }),
    ).toThrow(expect.objectContaining({ code: 'BAD_VALUE', path: 'site' }));
  });
});
