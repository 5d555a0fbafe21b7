import { manualClock, randomUuid } from '@elcert/core';
import { type AtolTraceEntry, openAtolWeb, probeAtol, replayAtol } from '@elcert/device-drivers/atol';
import { decodeDocument, decodeReceipt, type Receipt, type RegistrationRequest } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, test } from 'vitest';
import { createEmulatedFn, registrationNumber } from '../../src/fn/index.js';
import { createLedger, tcpAddressOf } from '../../src/kernel/index.js';
import { startOfdRu } from '../../src/ofd-ru/index.js';
import { type AtolBench, atolBench, atolCashier, markedCode, quickTimings } from '../atol-day.js';

// The neutral contract of a register on ATOL, beyond receipts and shifts.

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

const sale: Receipt = {
  settlementType: 'sale',
  taxation: 'general',
  lines: [{ name: 'Трость', price: 150_000, quantity: '1', vat: '22', method: 'full', subject: 'goods' }],
  payments: { cash: 50_000, electronic: 100_000 },
  cashier: atolCashier,
};

describe('money and totals', () => {
  test('a shift is counted, corrections are not', async () => {
    const { register } = await day();
    await register.moveCash({ direction: 'in', amount: 300_000 }, key());
    await register.registerReceipt(sale, key());
    await register.registerReceipt({ ...sale, settlementType: 'saleReturn' }, key());
    await register.registerReceipt({ ...sale, correction: { type: 'own', date: '2026-01-10' } }, key());
    await register.moveCash({ direction: 'out', amount: 12_345 }, key());
    expect(await register.shiftTotals()).toEqual({
      shiftNumber: 1,
      cashInDrawer: 300_000 + 50_000 - 50_000 + 50_000 - 12_345,
      receipts: {
        sale: { count: 1, sum: 150_000 },
        saleReturn: { count: 1, sum: 150_000 },
        purchase: { count: 0, sum: 0 },
        purchaseReturn: { count: 0, sum: 0 },
      },
      cashIn: { count: 1, sum: 300_000 },
      cashOut: { count: 1, sum: 12_345 },
    });
  });

  test('a key moves cash once, in this process and in the next one', async () => {
    const { register, kkt, another, count } = await day();
    const operation = key();
    const movement = { direction: 'in', amount: 10_000 } as const;
    const first = await register.moveCash(movement, operation);
    expect(first).toEqual({ cashInDrawer: 10_000 });
    expect(await register.moveCash(movement, operation)).toEqual(first);
    expect(await (await another()).moveCash(movement, operation)).toEqual(first);
    expect(kkt.drawer()).toBe(10_000);
    expect(count('cashIn')).toBe(2);
    await expect(register.moveCash({ direction: 'in', amount: 1 }, operation)).rejects.toMatchObject({
      code: 'OPERATION_KEY_REUSED',
      outcome: 'not-sent',
    });
    const evidence = { movement, drawerBefore: 0 };
    expect(await (await another()).lookupCash(operation.operationKey, evidence)).toEqual({
      state: 'done',
      result: first,
    });
    expect(await register.lookupCash(randomUuid(), { movement, drawerBefore: 10_000 })).toEqual({
      state: 'not-done',
    });
    expect(await register.lookupCash(randomUuid(), { movement, drawerBefore: 7 })).toMatchObject({
      state: 'unknown',
    });
    // The same key of a receipt is another thing, and nobody's answer for it.
    await expect(register.registerReceipt(sale, operation)).rejects.toMatchObject({
      code: 'OPERATION_KEY_REUSED',
    });
    for (const amount of [0, -1, 1.5])
      await expect(register.moveCash({ direction: 'in', amount }, key())).rejects.toMatchObject({
        outcome: 'not-sent',
      });
    expect(kkt.drawer()).toBe(10_000);
  });

  test('more than the drawer has is refused, and the key stays good', async () => {
    const { register, kkt } = await day();
    const operation = key();
    await expect(register.moveCash({ direction: 'out', amount: 500 }, operation)).rejects.toMatchObject({
      outcome: 'refused',
      details: { result: 80 },
    });
    await register.moveCash({ direction: 'in', amount: 500 }, key());
    expect(await register.moveCash({ direction: 'out', amount: 500 }, operation)).toEqual({
      cashInDrawer: 0,
    });
    expect(kkt.drawer()).toBe(0);
  });
});

describe('marked products', () => {
  const code = markedCode(1);
  const item = { code, plannedStatus: 'pieceSold' } as const;
  const markedSale = (more: Partial<Receipt['lines'][0]>): Receipt => ({
    ...sale,
    lines: [{ ...(sale.lines[0] as Receipt['lines'][0]), subject: 'markedWithCode', ...more }],
  });

  test('are checked, accepted and sold', async () => {
    const { register, kkt } = await day();
    const { marking } = register;
    expect(register.capabilities.marking).toBe(true);
    expect(await marking.check(item)).toEqual({
      local: 'positive',
      codeType: 4,
      online: true,
      result: 15,
      status: 'correct',
      negative: false,
    });
    const markingCheck = await marking.accept();
    expect(markingCheck).toBe(15);
    const { fiscalDocumentNumber } = await register.registerReceipt(
      markedSale({ markingCode: code, markingCheck }),
      key(),
    );
    const { receipt } = decodeReceipt(kkt.fn.document(fiscalDocumentNumber)?.bytes ?? new Uint8Array());
    expect(receipt.lines[0]).toMatchObject({
      markingCheck: 15,
      productCode: { kind: 'gs1m', value: code.slice(0, code.indexOf('\u001d')) },
    });
    expect(kkt.fn.marking.notifications).toBe(1);
    // The receipt has ended the session.
    await expect(
      register.registerReceipt(markedSale({ markingCode: code, markingCheck }), key()),
    ).rejects.toMatchObject({ code: 'MARKING_NOT_CHECKED', outcome: 'refused', details: { result: 420 } });
    await expect(marking.accept()).rejects.toMatchObject({ code: 'MARKING_NOT_CHECKED' });
  });

  test('a part of a unit goes as a fraction', async () => {
    const { register, kkt } = await day();
    await register.marking.check({ code, plannedStatus: 'measuredSold', quantity: '1', unit: 'piece' });
    const markingCheck = await register.marking.accept();
    const fraction = { numerator: 1, denominator: 3 };
    const { fiscalDocumentNumber } = await register.registerReceipt(
      markedSale({ markingCode: code, markingCheck, fraction }),
      key(),
    );
    const { receipt } = decodeReceipt(kkt.fn.document(fiscalDocumentNumber)?.bytes ?? new Uint8Array());
    expect(receipt.lines[0]?.fraction).toEqual(fraction);
  });

  test('the service says no, is silent, or takes its time', async () => {
    const verdicts = new Map([
      ['1', { result: 5, status: 2 }],
      ['2', undefined],
      ['3', { result: 13, status: 3 }],
    ] as const);
    const { register } = await day({
      emulator: {
        markingService: (bytes) => verdicts.get(new TextDecoder().decode(bytes).charAt(30) as '1') as never,
        markingDelayMs: 30,
      },
    });
    const { marking } = register;
    expect(await marking.check({ ...item, code: markedCode(1) })).toMatchObject({
      result: 7,
      status: 'wrong',
      negative: true,
    });
    await marking.reject();
    expect(await marking.check({ ...item, code: markedCode(2) })).toMatchObject({
      local: 'positive',
      online: false,
      result: undefined,
      negative: false,
    });
    expect(await marking.accept()).toBe(3);
    // A code that is neither accepted nor rejected is declined by the next one.
    await marking.check({ ...item, code: markedCode(3) });
    expect(await marking.check({ ...item, code: markedCode(2) })).toMatchObject({ online: false });
    await marking.clear();
    await expect(marking.reject()).rejects.toMatchObject({ code: 'MARKING_NOT_CHECKED' });
  });

  test('a check that a till left behind is cancelled', async () => {
    const { register, another } = await day();
    await register.marking.check(item);
    expect(await (await another()).marking.check(item)).toMatchObject({ result: 15 });
  });

  test.each([
    ['no code', { ...item, code: '' }, 'item/code'],
    ['letters that no code has', { ...item, code: 'Ж' }, 'item/code'],
    ['a quantity of pieces', { ...item, quantity: '2' }, 'item/quantity'],
    ['a measure without quantity', { ...item, plannedStatus: 'measuredSold' as const }, 'item/quantity'],
  ])('%s is not asked about', async (_, wrong, path) => {
    const { register, count } = await day();
    await expect(register.marking.check(wrong)).rejects.toMatchObject({ outcome: 'not-sent', path });
    expect(count('beginMarkingCodeValidation')).toBe(0);
  });
});

describe('registration and the end of a drive', () => {
  const kktRegistrationNumber = registrationNumber(77, '7700000009', '00106900000001');
  const first: RegistrationRequest = {
    kind: 'first',
    inn: '7700000009',
    kktRegistrationNumber,
    taxation: ['general', 'patent'],
    modes: ['services'],
    requisites: {
      user: 'ООО "Ортосалон"',
      retailPlaceAddress: '101000, г. Москва, ул. Мясницкая, д. 1',
      retailPlace: 'Ортосалон',
      ofdInn: '7700000016',
      ofdName: 'Учебный ОФД',
      sellerAddress: 'shop@example.com',
      operator: 'Иванова А. А.',
      usageConditionSigns: 0x100 | 0x200,
    },
  };
  const fresh = () => createEmulatedFn({ clock: manualClock(), seed: 'fresh', timeZone: 'Europe/Moscow' });

  test('a fresh register: registered, changed, and its drive closed once everything is delivered', async () => {
    const { register, kkt, deliverByHand, another } = await day({
      shift: false,
      clock: manualClock(),
      emulator: { fn: fresh() },
    });
    expect(await register.registration.read()).toBeUndefined();
    expect(await register.driveState()).toMatchObject({ phase: 'ready', registrationsMade: 0 });
    expect(await register.status()).toMatchObject({ driveInFiscalPhase: false, lastFiscalDocumentNumber: 0 });

    const operation = key();
    expect(await register.registration.register(first, operation)).toMatchObject({
      documentCode: 1,
      fiscalDocumentNumber: 1,
    });
    expect(await register.registration.register(first, operation)).toMatchObject({ fiscalDocumentNumber: 1 });
    expect(kkt.fn.documents()).toHaveLength(1);
    expect(await register.registration.read()).toMatchObject({
      inn: '7700000009',
      kktRegistrationNumber,
      taxation: ['general', 'patent'],
      modes: ['services'],
      fiscalDocumentNumber: 1,
      fiscalSign: String(kkt.fn.document(1)?.fiscalSign).padStart(10, '0'),
    });
    expect(kkt.fn.registration).toMatchObject({ usageConditions: 0x100, place: 'Ортосалон' });

    // A change says what changes; the rest stays.
    expect(
      await register.registration.register(
        {
          ...first,
          kind: 'changed',
          reason: 3,
          modes: undefined,
          requisites: { retailPlace: 'Новое место' },
        },
        key(),
      ),
    ).toMatchObject({ documentCode: 11, fiscalDocumentNumber: 2 });
    expect(kkt.fn.registration).toMatchObject({
      place: 'Новое место',
      userName: 'ООО "Ортосалон"',
      modes: ['services'],
      usageConditions: 0x100,
    });
    const { tags } = decodeDocument(kkt.fn.document(2)?.bytes ?? new Uint8Array());
    expect(tags.find(({ tag }) => tag === 1205)?.value).toBe(4);
    await register.openShift(atolCashier, key());
    await register.closeShift(atolCashier, key());
    expect(await register.registration.read()).toMatchObject({ fiscalDocumentNumber: 2 });

    const closing = key();
    await expect(register.registration.closeDrive(closing)).rejects.toMatchObject({
      code: 'UNSENT_DOCUMENTS',
      outcome: 'refused',
    });
    deliverByHand();
    expect(await register.registration.closeDrive(closing)).toMatchObject({
      documentCode: 6,
      fiscalDocumentNumber: 5,
    });
    expect(await register.registration.closeDrive(closing)).toMatchObject({ fiscalDocumentNumber: 5 });
    // Also for a till that was restarted, though the closing report itself waits for the operator now.
    expect(await (await another()).registration.closeDrive(closing)).toMatchObject({
      fiscalDocumentNumber: 5,
    });
    expect(await register.driveState()).toMatchObject({ phase: 'closed', operator: { unsentDocuments: 1 } });
    deliverByHand();
    expect(await register.driveState()).toMatchObject({ phase: 'read', operator: { unsentDocuments: 0 } });

    // Another drive takes its place and begins with a report on the change.
    kkt.changeDrive();
    await expect(register.openShift(atolCashier, key())).rejects.toMatchObject({ outcome: 'refused' });
    expect(
      await register.registration.register({ ...first, kind: 'driveReplaced', requisites: undefined }, key()),
    ).toMatchObject({
      documentCode: 11,
      fiscalDocumentNumber: 1,
      fiscalDriveNumber: kkt.fn.fiscalDriveNumber,
    });
    await register.openShift(atolCashier, key());
    expect(await register.registerReceipt(sale, key())).toMatchObject({ fiscalDocumentNumber: 3 });
  });

  test('offline: no operator, no queue', async () => {
    const { register } = await day({ shift: false, clock: manualClock(), emulator: { fn: fresh() } });
    const { ofdInn: _, ofdName: __, sellerAddress: ___, ...requisites } = first.requisites ?? {};
    await register.registration.register(
      { ...first, modes: ['offline'], requisites: { ...requisites, usageConditionSigns: 0 } },
      key(),
    );
    expect((await register.registration.read())?.modes).toEqual(['offline']);
    expect((await register.driveState()).operator).toBeUndefined();
    expect(await register.status()).toMatchObject({ unsentDocuments: 0, driveInFiscalPhase: true });
  });

  test.each<[string, Partial<RegistrationRequest>, string]>([
    ['an INN of eleven digits', { inn: '77000000091' }, 'registration/inn'],
    [
      'a number with letters',
      { kktRegistrationNumber: '00000000770X4711' },
      'registration/kktRegistrationNumber',
    ],
    ['no tax system', { taxation: [] }, 'registration/taxation'],
    ['a reason of a first one', { reason: 4 }, 'registration/reason'],
    ['nobody’s name', { requisites: { ...first.requisites, user: '' } }, 'registration/requisites/user'],
    [
      'no operator',
      { requisites: { ...first.requisites, ofdInn: undefined } },
      'registration/requisites/ofdInn',
    ],
    [
      'a condition without a member',
      { requisites: { ...first.requisites, usageConditionSigns: 0x4000 } },
      'registration/requisites/usageConditionSigns',
    ],
    [
      'a requisite without a member',
      { requisites: { ...first.requisites, kktVersion: '001' } },
      'registration/requisites/1188',
    ],
  ])('%s is refused before anything is sent', async (_, more, path) => {
    const { register, kkt, count } = await day({
      shift: false,
      clock: manualClock(),
      emulator: { fn: fresh() },
    });
    await expect(register.registration.register({ ...first, ...more }, key())).rejects.toMatchObject({
      code: 'REGISTRATION_INVALID',
      outcome: 'not-sent',
      path,
    });
    expect(count('registration')).toBe(0);
    expect(kkt.fn.documents()).toHaveLength(0);
  });
});

describe('paper', () => {
  test('slips with all that a rendering has', async () => {
    const { register, kkt } = await day();
    const { printer } = register;
    expect(printer.capabilities).toEqual({
      columns: 42,
      qr: true,
      barcodes: ['ean8', 'ean13', 'code39', 'code128', 'itf'],
      pictureWidth: 504,
      cutter: false,
      drawer: true,
      status: true,
    });
    await printer.print([
      { type: 'title', text: 'КОПИЯ' },
      { type: 'pair', caption: 'ИТОГ', value: '=10.00' },
      { type: 'rule' },
      { type: 'qr', payload: 't=20260112T1200&s=10.00' },
      { type: 'barcode', kind: 'ean13', text: '4600439931256' },
      { type: 'picture', picture: { width: 9, height: 1, bits: Uint8Array.of(0xff, 0x80) } },
      { type: 'feed', lines: 2 },
      { type: 'text', text: 'Спасибо за покупку' },
    ]);
    const paper = kkt.paper().map((line) => line.trim());
    expect(paper).toEqual(
      expect.arrayContaining([
        'КОПИЯ',
        '[QR t=20260112T1200&s=10.00]',
        '[EAN13 4600439931256]',
        '[9 x 1]',
        'Спасибо за покупку',
      ]),
    );
    expect(paper.some((line) => /^ИТОГ +=10\.00$/.test(line))).toBe(true);
    expect(await printer.status()).toEqual({
      online: true,
      paper: 'ok',
      coverOpen: false,
      drawerOpen: false,
    });
    await printer.openDrawer();
    expect(kkt.drawerOpen).toBe(true);
    kkt.setPaper('out');
    expect(await printer.status()).toMatchObject({ paper: 'out', drawerOpen: true });
    // Whether a part of it is on the paper is not known.
    await expect(printer.print([{ type: 'text', text: 'нет' }])).rejects.toMatchObject({
      code: 'PAPER_OUT',
      outcome: 'unknown',
    });
  });

  test.each([
    [[], 'rows'],
    [[{ type: 'barcode', kind: 'ean13', text: 'x' }], 'rows[0]/text'],
    [[{ type: 'qr', payload: '' }], 'rows[0]/payload'],
    [
      [{ type: 'picture', picture: { width: 505, height: 1, bits: new Uint8Array(64) } }],
      'rows[0]/picture/width',
    ],
    [
      [{ type: 'picture', picture: { width: 16, height: 2, bits: new Uint8Array(3) } }],
      'rows[0]/picture/bits',
    ],
    [[{ type: 'feed', lines: -1 }], 'rows[0]/lines'],
  ] as const)('what cannot be drawn is refused before anything is printed: %o', async (rows, path) => {
    const { register, kkt } = await day();
    const before = kkt.paper().length;
    await expect(register.printer.print(rows as never)).rejects.toMatchObject({
      code: 'PRINT_NOT_SUPPORTED',
      outcome: 'not-sent',
      path,
    });
    expect(kkt.paper()).toHaveLength(before);
  });

  test('copies, the X report and the report on settlements', async () => {
    const { register, kkt } = await day();
    await register.registerReceipt(sale, key());
    await register.printCopy(3);
    expect(kkt.paper()).toContain('КОПИЯ ФД 3');
    await expect(register.printCopy(99)).rejects.toMatchObject({
      code: 'DOCUMENT_NOT_FOUND',
      outcome: 'refused',
    });
    await register.printXReport();
    expect(kkt.paper()).toContain('X-ОТЧЁТ');
    const operation = key();
    const report = await register.settlementReport(operation);
    expect(report).toMatchObject({ documentCode: 21, fiscalDocumentNumber: 4 });
    expect(await register.settlementReport(operation)).toEqual(report);
    expect(
      await register.lookup(operation.operationKey, { afterDocumentNumber: 3, documentCode: 21 }),
    ).toEqual({
      state: 'done',
      result: report,
    });
    expect(kkt.fn.documents()).toHaveLength(4);
  });
});

describe('the operator', () => {
  test('is down, comes back, and has every document once', async () => {
    const clock = manualClock();
    const ofd = await startOfdRu({ clock, seed: 1, ledger: createLedger() });
    const address = tcpAddressOf(ofd);
    await ofd.stop();
    const { register, kkt } = await day({ clock, shift: false, emulator: { ofd: address } });
    const failures = () =>
      kkt.records.entries.filter(({ operation, facts }) => operation === 'ofd' && facts?.type === 'failed')
        .length;
    const failsAgain = (before: number) => kkt.records.waitFor(() => failures() > before);
    await register.openShift(atolCashier, key());
    await register.registerReceipt(sale, key());
    await failsAgain(0);
    // The till goes on; the register tells what waits, and why.
    expect(await register.driveState()).toMatchObject({
      operator: { unsentDocuments: 3, oldestUnsentNumber: 1 },
      warnings: { operatorSilent: false },
    });
    expect(await register.task('ofdExchangeStatus', {})).toMatchObject({
      errors: { network: { code: 402 } },
    });
    const before = failures();
    await clock.waitForTimers();
    await clock.advance(3 * 24 * 3_600_000);
    await failsAgain(before);
    expect((await register.driveState()).warnings.operatorSilent).toBe(true);
    const back = await startOfdRu({ clock, seed: 1, ledger: createLedger(), ...address });
    running.push({ close: () => back.stop() });
    while (kkt.fn.status().unsentDocuments > 0) {
      // The register tries again after a pause of the clock; then it needs nothing but its sockets.
      await clock.waitForTimers();
      await clock.advance(600_000);
      const tried = failures();
      await Promise.race([
        kkt.records.waitFor(() => kkt.fn.status().unsentDocuments === 0 || failures() > tried),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]);
    }
    expect(back.documents().map(({ document }) => document.name)).toEqual([
      'fiscalReport',
      'openShift',
      'receipt',
    ]);
    expect(kkt.fn.replies.filter(({ accepted }) => accepted)).toHaveLength(3);
    expect(await register.driveState()).toMatchObject({
      operator: { unsentDocuments: 0 },
      warnings: { operatorSilent: false },
    });
  });
});

describe('a trace', () => {
  test('shows no buyer, and is played back without a server', async () => {
    const entries: AtolTraceEntry[] = [];
    const { kkt } = await day();
    const talk = async (fetch?: ReturnType<typeof replayAtol>['fetch']) => {
      const register = await openAtolWeb({
        baseUrl: kkt.url,
        timings: quickTimings,
        ...(fetch === undefined ? { trace: (entry) => void entries.push(entry) } : { fetch }),
      });
      const done = await register.registerReceipt(
        { ...sale, buyerContact: 'buyer@example.com', buyer: { name: 'Петров П. П.' } },
        key(),
      );
      const document = await register.readDocument(done.fiscalDocumentNumber);
      const { lastFiscalDocumentNumber } = await register.status();
      await register.close();
      return { done, lastFiscalDocumentNumber, form: decodeDocument(document).code };
    };
    const then = await talk();
    expect(JSON.stringify(entries)).not.toMatch(/buyer@example|Петров|770000000004/);
    expect(JSON.stringify(entries)).toContain('Трость');
    const replay = replayAtol(JSON.parse(JSON.stringify(entries)) as AtolTraceEntry[]);
    expect(await talk(replay.fetch)).toEqual(then);
    expect(replay.mismatch).toBeUndefined();
    expect(replay.finished).toBe(true);
    expect(kkt.fn.documents()).toHaveLength(3);
  });

  test('a listener that throws changes nothing', async () => {
    const { receipts, another } = await day();
    const register = await another({
      trace: () => {
        throw new Error('full disk');
      },
    });
    await register.registerReceipt(sale, key());
    expect(receipts()).toBe(1);
  });
});

test.each(['v1', 'v2'] as const)('a probe finds the server of %s and makes no document', async (version) => {
  const { kkt } = await day({ emulator: { versions: [version] } });
  const before = kkt.paper().length;
  expect(await probeAtol({ url: kkt.url })).toEqual({
    baseUrl: kkt.url,
    version,
    model: 'АТОЛ (ЭМУЛЯТОР)',
    serialNumber: '00106900000001',
    ffdVersion: '1.2',
    needsSignIn: false,
  });
  kkt.setPower(false);
  expect(await probeAtol({ url: kkt.url })).toEqual({ baseUrl: kkt.url, version, needsSignIn: false });
  expect(kkt.paper()).toHaveLength(before);
  await kkt.stop();
  expect(await probeAtol({ url: kkt.url })).toBeUndefined();
});
