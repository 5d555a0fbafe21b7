import { type FnMessage, randomUuid, systemClock } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { openShtrihM, type ShtrihMOptions, type ShtrihMRegister } from '@elcert/device-drivers/shtrih-m';
import { decodeDocument, listsOf, numberOf, type Receipt, receiptTotals, textOf } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, test } from 'vitest';
import { createLedger, defaultScenario, type FaultRule } from '../../src/kernel/index.js';
import { type ShtrihMEmulator, type ShtrihMEmulatorOptions, startShtrihM } from '../../src/shtrih-m/index.js';

const clock = systemClock();
const running: { stop(): Promise<void> }[] = [];
const opened: ShtrihMRegister[] = [];

async function emulator(
  faults: readonly FaultRule[] = [],
  more: Partial<ShtrihMEmulatorOptions> = {},
): Promise<ShtrihMEmulator> {
  const kkt = await startShtrihM({
    clock,
    seed: 7,
    ledger: createLedger(),
    scenario: defaultScenario({ clock, seed: 7 }),
    faults,
    ...more,
  });
  running.push(kkt);
  return kkt;
}

async function driver(kkt: ShtrihMEmulator, more: Partial<ShtrihMOptions> = {}): Promise<ShtrihMRegister> {
  const register = await openShtrihM({
    connect: () => openTcp({ host: kkt.host, port: kkt.port }),
    timings: { controlTimeoutMs: 800, retries: 10 },
    ...more,
  });
  opened.push(register);
  return register;
}

const key = () => ({ operationKey: randomUuid() });
const cashier = { name: 'Иванова А. А.', inn: '770000000004' };

/** Two certificate goods and an ordinary one, paid by certificate and card. */
const certificateSale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [
    {
      name: 'Трость опорная',
      price: 150_000,
      quantity: '1',
      unit: 'piece',
      vat: 'none',
      method: 'full',
      subject: 'goods',
      truCode: '329921120.06001010200000000643',
    },
    {
      name: 'Обувь ортопедическая',
      price: 600_050,
      quantity: '1',
      vat: '10',
      method: 'full',
      subject: 'goods',
      truCode: '325022154.09000110100000000643',
    },
    { name: 'Стельки', price: 33_333, quantity: '3', vat: '22', method: 'full', subject: 'goods' },
  ],
  payments: { electronic: 850_049 },
  cashier,
  buyerContact: '+79990000000',
  certificate: {
    basketId: '5f8f6f3e-0000-4000-8000-000000000001',
    certificateAmount: 676_629,
    cardAmount: 173_420,
  },
};

afterEach(async () => {
  for (const register of opened.splice(0)) await register.close();
  for (const one of running.splice(0)) await one.stop();
});

describe.each(['standard', 'protocol2'] as const)('a day on the %s layer', (layer) => {
  test('status, shift, receipt with TLV, X, cash, operator, close', async () => {
    const kkt = await emulator();
    const register = await driver(kkt, { layer });
    expect(register.layer).toBe(layer);
    expect(register.capabilities).toEqual({
      fnMessages: true,
      readDocuments: true,
      paperColumns: 48,
      marking: true,
      electronicOnly: true,
    });
    const identity = await register.identity();
    expect(identity).toMatchObject({
      model: 'ШТРИХ-НАНО-Ф (ЭМУЛЯТОР)',
      serialNumber: '0000000000000001',
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      inn: '7700000009',
      kktRegistrationNumber: kkt.fn.registration?.kktRegistrationNumber,
    });
    expect(await register.status()).toMatchObject({
      shift: 'closed',
      documentOpen: false,
      paper: 'ok',
      coverOpen: false,
      lastFiscalDocumentNumber: 1,
      unsentDocuments: 1,
    });

    const opening = await register.openShift(cashier, key());
    expect(opening).toMatchObject({ documentCode: 2, fiscalDocumentNumber: 2, shiftNumber: 1 });
    const openTags = decodeDocument(await register.readDocument(2)).tags;
    expect(textOf(openTags, 1021)).toBe('Иванова А. А.');
    expect(textOf(openTags, 1203)).toBe('770000000004');

    const sold = await register.registerReceipt(certificateSale, key());
    const held = kkt.fn.document(3);
    expect(sold).toEqual({
      documentCode: 3,
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
      fiscalDocumentNumber: 3,
      fiscalSign: String(held?.fiscalSign).padStart(10, '0'),
      dateTime: held?.dateTime,
      shiftNumber: 1,
      receiptNumber: 1,
      totalSum: 850_049,
      settlementType: 'sale',
    });

    const bytes = await register.readDocument(3);
    expect(bytes).toEqual(held?.bytes);
    const { tags } = decodeDocument(bytes);
    const totals = receiptTotals(certificateSale);
    expect(numberOf(tags, 1020)).toBe(totals.total);
    expect(numberOf(tags, 1081)).toBe(850_049);
    expect(numberOf(tags, 1031)).toBe(0);
    expect(numberOf(tags, 1055)).toBe(1);
    expect(numberOf(tags, 1105)).toBe(150_000);
    expect(numberOf(tags, 1103)).toBe(totals.vat.find(({ rate }) => rate === '10')?.vat);
    expect(textOf(tags, 1008)).toBe('+79990000000');
    const newer = listsOf(listsOf(tags, 1115)[0] ?? [], 1119)[0] ?? [];
    expect([numberOf(newer, 1199), numberOf(newer, 1120)]).toEqual([
      11,
      totals.vat.find(({ rate }) => rate === '22')?.vat,
    ]);
    const items = listsOf(tags, 1059);
    expect(items.map((item) => [numberOf(item, 1043), numberOf(item, 1199), numberOf(item, 2108)])).toEqual([
      [150_000, 6, 0],
      [600_050, 2, 0],
      [99_999, 11, 0],
    ]);

    const paper = kkt.paper().join('\n');
    expect(paper).toContain('ТРУ 329921120.06001010200000000643');
    expect(paper).toMatch(/СЕРТИФИКАТОМ +=6766\.29/);
    expect(paper).toMatch(/КАРТА МИР +=1734\.20/);

    await register.printXReport();
    expect(await register.moveCash({ direction: 'in', amount: 10_000 }, key())).toEqual({
      cashInDrawer: 10_000,
    });
    await register.moveCash({ direction: 'out', amount: 2_500 }, key());
    expect(kkt.state().drawer).toBe(7_500);
    await expect(register.moveCash({ direction: 'out', amount: 100_000 }, key())).rejects.toMatchObject({
      code: 'REGISTER_REFUSED',
      outcome: 'refused',
    });

    // The whole queue is the same as the drive's own, container by container.
    const message = (await register.fnMessages.next()) as FnMessage;
    expect(message.container).toEqual(kkt.fn.nextContainer()?.bytes);
    expect(await register.fnMessages.next()).toEqual(message);
    await expect(register.fnMessages.confirm(message, Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      code: 'REPLY_REFUSED',
      outcome: 'refused',
    });
    expect(kkt.fn.status().unsentDocuments).toBe(3);

    expect(await register.readTable(17, 1, 17)).toBe(4);
    await register.writeTable(4, 1, 1, 'Спасибо');
    expect(await register.readTable(4, 1, 1)).toBe('Спасибо');

    const closing = await register.closeShift(cashier, key());
    expect(closing).toMatchObject({ documentCode: 5, fiscalDocumentNumber: 4, shiftNumber: 1 });
    expect(await register.status()).toMatchObject({ shift: 'closed', lastFiscalDocumentNumber: 4 });
  });
});
