import { manualClock, randomUuid } from '@elcert/core';
import { type AtolTaskType, atolTasks, checkAtolResult } from '@elcert/device-drivers/atol';
import type { Receipt } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, test } from 'vitest';
import { type AtolBench, atolBench, atolCashier, markedCode } from '../atol-day.js';

// Each of the 57 types on the emulator: a good task is carried out and answers as the table says, bad input ends with a number of
// the driver's list.

const running: AtolBench[] = [];

afterEach(async () => {
  for (const one of running.splice(0)) await one.close();
});

async function day(options: Parameters<typeof atolBench>[0] = {}): Promise<AtolBench> {
  const one = await atolBench(options);
  running.push(one);
  return one;
}

const key = () => ({ operationKey: randomUuid() });
const operator = { name: 'Иванова А. А.' };
const position = {
  type: 'position',
  name: 'Трость',
  price: 10.5,
  quantity: 2,
  amount: 21,
  department: 3,
  tax: { type: 'none' },
};
const receipt = { operator, items: [position], payments: [{ type: 'cash', sum: 21 }] };
const correction = { ...receipt, correctionType: 'self', correctionBaseDate: '2026.01.10' };
const mark = {
  imcType: 'auto',
  imc: btoa(markedCode(1)),
  itemEstimatedStatus: 'itemPieceSold',
  imcModeProcessing: 0,
};

function registrationData(bench: AtolBench) {
  const known = bench.kkt.fn.registration;
  if (known === undefined) throw new Error('not registered');
  return {
    operator,
    organization: {
      name: known.userName,
      vatin: known.inn,
      email: known.senderEmail,
      address: known.address,
      taxationTypes: ['osn', 'patent'],
      agents: [],
    },
    device: {
      registrationNumber: known.kktRegistrationNumber,
      paymentsAddress: 'Другое место',
      fnsUrl: 'www.nalog.gov.ru',
      ffdVersion: '1.2',
      marking: true,
    },
    ofd: { name: known.ofd.name, vatin: known.ofd.inn, host: 'ofd.example', port: 7777, dns: '8.8.8.8' },
  };
}

/** What stands before a task, the task, and what its result has. */
type Case = readonly [
  fields: object | ((bench: AtolBench) => object),
  result: object,
  before?: readonly (readonly [AtolTaskType, object])[],
  state?: 'closed' | 'fresh drive' | 'delivered',
];

const fiscal = { fiscalParams: { fiscalDocumentNumber: expect.any(Number) as number } };
const begin = ['beginMarkingCodeValidation', { params: mark }] as const;
const marked = {
  imcCheckFlag: true,
  imcCheckResult: true,
  imcStatusInfo: true,
  imcEstimatedStatusCorrect: true,
};
const cashless = { ...receipt, payments: [{ type: 'electronically', sum: 21 }] };

const cases: Readonly<Record<AtolTaskType, Case>> = {
  openShift: [{ operator }, fiscal, [], 'closed'],
  closeShift: [{ operator }, { fiscalParams: { receiptsCount: 0 } }],
  reportX: [{ operator }, {}],
  getShiftStatus: [{}, { shiftStatus: { state: 'opened', number: 1 } }],
  getShiftTotals: [
    {},
    {
      shiftTotals: {
        shiftNumber: 1,
        cashDrawer: { sum: 26 },
        income: { count: 1, sum: 5 },
        outcome: { count: 0, sum: 0 },
        receipts: {
          sell: { count: 1, sum: 21, payments: { cash: 21, electronically: 0 } },
          buy: { count: 0, sum: 0 },
        },
      },
    },
    [
      ['sell', receipt],
      ['cashIn', { cashSum: 5 }],
    ],
  ],
  getOverallTotals: [{}, { overallTotals: { receipts: { sell: { sum: 21 } } } }, [['sell', receipt]]],
  getDepartmentSum: [
    {},
    { departmentSum: { 3: { sell: 21, sellReturn: 0, buy: 0, buyReturn: 0 } } },
    [['sell', receipt]],
  ],
  reportDepartments: [{ operator }, {}, [['sell', receipt]]],
  sell: [receipt, { fiscalParams: { total: 21, fiscalReceiptNumber: 1 } }],
  sellReturn: [cashless, fiscal],
  buy: [cashless, fiscal],
  buyReturn: [receipt, fiscal],
  sellCorrection: [correction, fiscal],
  sellReturnCorrection: [{ ...correction, ...cashless }, fiscal],
  buyCorrection: [{ ...correction, ...cashless }, fiscal],
  buyReturnCorrection: [correction, fiscal],
  cashIn: [{ cashSum: 5.5 }, { counters: { cashSum: 5.5 } }],
  cashOut: [{ cashSum: 5 }, { counters: { cashSum: 0.5 } }, [['cashIn', { cashSum: 5.5 }]]],
  openCashDrawer: [{}, {}],
  getCashDrawerStatus: [{}, { cashDrawerStatus: { cashDrawerOpened: true } }, [['openCashDrawer', {}]]],
  nonFiscal: [
    {
      items: [
        { type: 'text', text: 'Спасибо', alignment: 'center' },
        { type: 'barcode', barcode: 'https://example.com', barcodeType: 'QR' },
        { type: 'pixels', pixels: btoa('\u0000\u0001\u0001\u0000'), width: 2 },
      ],
      printFooter: true,
    },
    {},
  ],
  printLastReceiptCopy: [{ operator }, {}, [['sell', receipt]]],
  printFnDocument: [{ fiscalDocumentNumber: 2 }, {}],
  printDocumentsFromJournal: [{ filter: 'fiscalDocumentNumber', from: 1, to: 2 }, {}],
  continuePrint: [{}, {}],
  uploadPictureCliche: [{ fileName: 'logo.bmp', scalePercent: 50 }, {}],
  getDeviceInfo: [{}, { deviceInfo: { model: 69, receiptLineLength: 42, ffdVersion: '1.2' } }],
  getDeviceStatus: [{}, { deviceStatus: { paperPresent: true, fnFiscal: true, shift: 'opened' } }],
  getDeviceParameters: [
    { keys: [1, 77] },
    {
      deviceParameters: [
        { key: 1, value: '1' },
        { key: 77, errorCode: 11 },
      ],
    },
  ],
  setDeviceParameters: [
    { deviceParameters: [{ key: 5, value: 'x' }] },
    { deviceParameters: [{ key: 5, errorCode: 0 }] },
    [],
    'closed',
  ],
  getMcu: [{}, { mcu: { partName: 'EMULATOR' } }],
  getLicenses: [{}, { licenses: [{ state: 'active' }] }],
  setDateTime: [{ dateTime: '2026.01.12 12:03:00' }, {}, [], 'closed'],
  getFnInfo: [{}, { fnInfo: { livePhase: 'fiscalMode', numberOfRegistrations: 1 } }],
  getFnStatus: [{}, { fnStatus: { fiscalDocumentNumber: 2 } }],
  getFnDocument: [
    { fiscalDocumentNumber: 1, withRawData: true },
    { documentTLV: { fiscalDocumentType: 'registration' }, rawData: expect.any(String) as string },
  ],
  ofdExchangeStatus: [{}, { status: { notSentCount: 2, notSentFirstDocNumber: 1 } }],
  reportOfdExchangeStatus: [{ operator }, { ...fiscal, status: { notSentCount: 3 } }],
  reportFnRegistrations: [{ operator }, {}],
  getRegistrationInfo: [{}, { organization: { vatin: '7700000009' }, device: { marking: true } }],
  registration: [registrationData, fiscal, [], 'fresh drive'],
  fnChange: [registrationData, fiscal, [], 'fresh drive'],
  changeRegistrationParameters: [
    (bench) => ({ ...registrationData(bench), reason: 'settingsChange', changeInfoReasons: [4] }),
    fiscal,
    [],
    'closed',
  ],
  closeArchive: [{ operator }, fiscal, [], 'delivered'],
  beginMarkingCodeValidation: [
    { params: mark },
    { offlineValidation: { fmCheck: true, fmCheckResult: true } },
  ],
  getMarkingCodeValidationStatus: [
    {},
    {
      ready: true,
      sentImcRequest: true,
      driverError: { code: 0 },
      onlineValidation: { itemInfoCheckResult: marked, markOperatorResponseResult: 'correct' },
    },
    [begin],
  ],
  acceptMarkingCode: [{}, { itemInfoCheckResult: marked }, [begin, ['getMarkingCodeValidationStatus', {}]]],
  declineMarkingCode: [{}, {}, [begin]],
  cancelMarkingCodeValidation: [{}, {}, [begin]],
  clearMarkingCodeValidationResult: [{}, {}, [begin]],
  validateMarks: [{ params: [mark], timeout: 10_000 }, { list: [{ itemInfoCheckResult: marked }] }],
  addMarksToBuffer: [{ params: [mark] }, {}],
  checkMarkingCodeValidationsReady: [
    {},
    { validationReady: true },
    [['addMarksToBuffer', { params: [mark] }]],
  ],
  checkImcWorkState: [{}, { fm: { status: 'receivedImc' }, ecr: { status: 'completed' } }, [begin]],
  checkImcTime: [{}, { fullTime: 0 }],
  pingIsm: [{}, { ready: true }],
  ismExchangeStatus: [{}, { status: { notSentCount: 0 } }],
};

async function prepared(state: Case[3]): Promise<AtolBench> {
  const bench = await day({ clock: manualClock(), shift: state === undefined });
  return bench;
}

test.each(Object.entries(cases))('%s', async (type, [fields, result, before = [], state]) => {
  const bench = await prepared(state);
  const { register, kkt } = bench;
  const task = (name: string, members: object) => register.task(name as 'openShift', members as never);
  const members = typeof fields === 'function' ? fields(bench) : fields;
  for (const [name, given] of before) await task(name, given);
  if (state === 'fresh drive') kkt.changeDrive();
  if (state === 'delivered') bench.deliverByHand();
  const given = await task(type, members);
  expect(given).toMatchObject(result);
  checkAtolResult(type as AtolTaskType, given as never);
});

test('there is a case for each of the 57', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(atolTasks).sort());
});

describe('bad input', () => {
  const refusals: readonly (readonly [string, AtolTaskType, object, number])[] = [
    ['money that is none', 'cashIn', { cashSum: 0 }, 16],
    ['less than a kopeck', 'cashIn', { cashSum: 0.001 }, 16],
    ['more than the drawer has', 'cashOut', { cashSum: 1 }, 80],
    ['a second shift', 'openShift', {}, 83],
    ['a document that is not there', 'getFnDocument', { fiscalDocumentNumber: 99 }, 123],
    ['a copy of nothing', 'printLastReceiptCopy', {}, 232],
    ['a copy of no document', 'printFnDocument', { fiscalDocumentNumber: 99 }, 123],
    ['no such filter', 'printDocumentsFromJournal', { filter: 'day', from: 1, to: 2 }, 13],
    [
      'a journal without such documents',
      'printDocumentsFromJournal',
      { filter: 'shiftNumber', from: 7, to: 8 },
      232,
    ],
    ['an item of no kind', 'nonFiscal', { items: [{ type: 'song' }] }, 501],
    [
      'a bar code that it does not hold',
      'nonFiscal',
      { items: [{ type: 'barcode', barcode: 'x', barcodeType: 'EAN13' }] },
      157,
    ],
    [
      'a bar code of no kind',
      'nonFiscal',
      { items: [{ type: 'barcode', barcode: '1', barcodeType: 'AZTEC' }] },
      266,
    ],
    [
      'a picture that is wider than the paper',
      'nonFiscal',
      { items: [{ type: 'pixels', pixels: btoa('x'.repeat(600)), width: 600 }] },
      156,
    ],
    [
      'a picture that was never loaded',
      'nonFiscal',
      { items: [{ type: 'pictureFromMemory', pictureNumber: 1 }] },
      51,
    ],
    ['a picture file of no kind', 'uploadPictureCliche', { fileName: 'logo.txt' }, 51],
    ['a date of another form', 'setDateTime', { dateTime: '12.01.2026' }, 77],
    ['the clock in an open shift', 'setDateTime', { dateTime: '2026.01.12 12:03:00' }, 83],
    ['settings in an open shift', 'setDeviceParameters', { deviceParameters: [] }, 191],
    ['a setting that cannot be', 'getDeviceParameters', { keys: [-1] }, 13],
    ['the archive in an open shift', 'closeArchive', {}, 83],
    ['a mark that is none', 'beginMarkingCodeValidation', { params: { ...mark, imc: '' } }, 409],
    [
      'a status of no kind',
      'beginMarkingCodeValidation',
      { params: { ...mark, itemEstimatedStatus: 'sold' } },
      404,
    ],
    ['a quantity of pieces', 'beginMarkingCodeValidation', { params: { ...mark, itemQuantity: 2 } }, 17],
    ['a unit of no kind', 'beginMarkingCodeValidation', { params: { ...mark, itemUnits: 'elbow' } }, 412],
    [
      'more than the whole',
      'beginMarkingCodeValidation',
      { params: { ...mark, itemFractionalAmount: '2/2' } },
      17,
    ],
    ['no check to accept', 'acceptMarkingCode', {}, 410],
    ['no check to decline', 'declineMarkingCode', {}, 410],
    ['no check to ask for', 'getMarkingCodeValidationStatus', {}, 410],
    ['no marks at all', 'validateMarks', { params: [] }, 501],
  ];

  test.each(refusals)('%s: %s', async (_, type, fields, result) => {
    const { register, kkt } = await day();
    const before = kkt.fn.documents().length;
    await expect(register.task(type as 'openShift', fields as never)).rejects.toMatchObject({
      details: { result },
    });
    expect(kkt.fn.documents()).toHaveLength(before);
  });

  test.each([
    ['a register that is registered', 'registration', {}, 117],
    [
      'another tax payer’s number',
      'changeRegistrationParameters',
      { organization: { vatin: '7700000016' } },
      88,
    ],
    ['no name', 'changeRegistrationParameters', { organization: { name: '' } }, 8],
    [
      'a tax system of no kind',
      'changeRegistrationParameters',
      { organization: { taxationTypes: ['nep'] } },
      143,
    ],
    ['a format of before', 'changeRegistrationParameters', { device: { ffdVersion: '1.05' } }, 190],
    ['a port of no kind', 'changeRegistrationParameters', { ofd: { port: 70_000 } }, 164],
    ['a reason of no kind', 'changeRegistrationParameters', { changeInfoReasons: [33] }, 13],
    ['documents that still wait', 'closeArchive', undefined, 37],
  ] as const)('in a registration, %s: %s', async (_, type, more, result) => {
    const bench = await day({ shift: false });
    const whole = registrationData(bench) as Record<string, object>;
    const fields =
      more === undefined
        ? {}
        : {
            ...whole,
            ...Object.fromEntries(
              Object.entries(more).map(([name, part]) => [
                name,
                Array.isArray(part) ? part : { ...whole[name], ...(part as object) },
              ]),
            ),
          };
    await expect(bench.register.task(type as 'openShift', fields as never)).rejects.toMatchObject({
      details: { result },
    });
    expect(bench.kkt.fn.documents()).toHaveLength(1);
  });

  test('a check that nobody ended stands in the way of the next one', async () => {
    const { register } = await day();
    await register.task('beginMarkingCodeValidation', { params: mark });
    for (const [type, fields] of [
      ['beginMarkingCodeValidation', { params: mark }],
      ['validateMarks', { params: [mark] }],
    ] as const)
      await expect(register.task(type as 'openShift', fields as never)).rejects.toMatchObject({
        details: { result: 401 },
      });
  });
});

describe('states that versions tell in other ways', () => {
  test('states as numbers, an empty answer to openShift, no raw data', async () => {
    const { register, kkt } = await day({
      shift: false,
      emulator: { quirks: { emptyOpenShift: true, numericStates: true, noRawData: true } },
    });
    expect(register.capabilities.readDocuments).toBe(false);
    expect((await register.status()).shift).toBe('closed');
    // Neither the answer nor the drive can name the document: it is known that something is, not what.
    await expect(register.openShift(atolCashier, key())).rejects.toMatchObject({ outcome: 'unknown' });
    expect((await register.status()).shift).toBe('open');
    expect(kkt.fn.documents()).toHaveLength(2);
  });

  test('an empty answer to openShift, and a drive that gives its documents', async () => {
    const { register, kkt, another } = await day({
      shift: false,
      emulator: { quirks: { emptyOpenShift: true } },
    });
    const operation = key();
    expect(await register.openShift(atolCashier, operation)).toMatchObject({
      documentCode: 2,
      fiscalDocumentNumber: 2,
      shiftNumber: 1,
    });
    expect(
      await (await another()).lookup(operation.operationKey, { afterDocumentNumber: 1, documentCode: 2 }),
    ).toMatchObject({
      state: 'done',
      result: { fiscalDocumentNumber: 2 },
    });
    expect(kkt.fn.documents()).toHaveLength(2);
  });

  test('a type that the driver does not know stays in the queue, and the next ones are carried out', async () => {
    const { register, kkt } = await day();
    const uuid = randomUuid();
    const post = await fetch(`${kkt.url}/api/v2/requests`, {
      method: 'POST',
      body: JSON.stringify({ uuid, request: [{ type: 'danceReceipt' }] }),
    });
    expect(post.status).toBe(201);
    expect(await (await fetch(`${kkt.url}/api/v2/requests/${uuid}`)).json()).toMatchObject({
      results: [{ status: 'wait' }],
    });
    expect((await register.status()).shift).toBe('open');
  });
});

test('an electronic receipt is not printed, and needs no paper', async () => {
  const { register, kkt, receipts } = await day();
  const sale: Receipt = {
    settlementType: 'sale',
    taxation: 'general',
    lines: [{ name: 'Трость', price: 150_000, quantity: '1', vat: '22', method: 'full', subject: 'goods' }],
    payments: { electronic: 150_000 },
    buyerContact: 'buyer@example.com',
  };
  kkt.setPaper('out');
  const before = kkt.paper().length;
  expect(register.capabilities.electronicOnly).toBe(true);
  expect(await register.registerReceipt(sale, { ...key(), electronicOnly: true })).toMatchObject({
    totalSum: 150_000,
  });
  expect(kkt.paper()).toHaveLength(before);
  const { buyerContact: _, ...nobody } = sale;
  await expect(register.registerReceipt(nobody, { ...key(), electronicOnly: true })).rejects.toMatchObject({
    code: 'RECEIPT_NOT_SUPPORTED',
    path: 'receipt/buyerContact',
    outcome: 'not-sent',
  });
  expect(receipts()).toBe(1);
});
