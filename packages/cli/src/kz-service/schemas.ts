import { z } from 'zod';

// What goes in and out of the service, once: requests are checked by it, and openapi.json is made of it.

const tiyn = z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe('whole tiyn');
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?$/)
  .describe('local wall time without a zone');
const short = z.string().min(1).max(256);

export const paperRequest = z
  .strictObject({
    format: z
      .enum(['text', 'html', 'svg', 'png', 'rows'])
      .describe('png is base64; rows are a list for renderers'),
    columns: z.int().min(24).max(120).optional().describe('characters a line, 48 unless told'),
    language: z.enum(['kk-ru', 'kk', 'ru']).optional(),
  })
  .describe('asks for the paper of the document');

const payments = z
  .strictObject({
    cash: tiyn.optional(),
    electronic: tiyn.optional().describe('card and telephone together'),
    credit: tiyn.optional(),
    other: tiyn.optional().describe('tare'),
  })
  .describe('their sum is what is paid');

const line = z.strictObject({
  name: z.string().min(1).max(1000),
  price: tiyn.describe('of one unit, VAT included, whole tiyn'),
  quantity: z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,3})?$/)
    .describe('exact decimal text: "0.250"'),
  amount: tiyn
    .optional()
    .describe('of the line when it is not price × quantity: the difference is a discount or a markup'),
  vat: z.enum(['16', '12', '10', '5', '0', 'none']).describe('a rate in force on the day of the settlement'),
  unit: z
    .enum([
      'piece',
      'gram',
      'kilogram',
      'ton',
      'centimeter',
      'decimeter',
      'meter',
      'squareCentimeter',
      'squareDecimeter',
      'squareMeter',
      'milliliter',
      'liter',
      'cubicMeter',
      'kilowattHour',
      'gigacalorie',
      'day',
      'hour',
      'minute',
      'second',
      'kilobyte',
      'megabyte',
      'gigabyte',
      'terabyte',
      'other',
    ])
    .optional(),
  subject: z.enum(['goods', 'service', 'work']).optional().describe('goods unless told'),
  section: z.string().min(1).max(32).optional(),
  ntin: z.string().min(1).max(64).optional().describe('number in the National Catalogue'),
  barcode: z.string().min(1).max(64).optional().describe('GTIN'),
  unitCode: z.string().min(1).max(16).optional().describe('code of a unit that has no name here: "778"'),
  markingCodes: z.array(short).max(1000).optional().describe('one for each unit'),
  physicalLabel: short.optional(),
  productId: short.optional(),
  modifierName: short.optional().describe('of the discount or markup of the line'),
});

const parent = z
  .strictObject({
    number: z.string().min(1).max(64).describe('fiscal sign, or the autonomous one that stands on the paper'),
    dateTime: localTime,
    registrationNumber: z.string().min(1).max(64),
    total: tiyn,
    offline: z.boolean(),
  })
  .describe('the receipt that is taken back');

const modifier = z.strictObject({ sum: tiyn, name: short.optional() });

export const receiptRequest = z.strictObject({
  settlementType: z.enum(['sale', 'saleReturn', 'purchase', 'purchaseReturn']),
  taxation: z
    .enum(['general', 'simplifiedIncome', 'agricultural', 'patent'])
    .optional()
    .describe('general unless told'),
  lines: z.array(line).min(1).max(1000),
  payments,
  rounding: z.int().min(0).max(99).optional().describe('tiyn by which the whole receipt is rounded down'),
  discount: modifier.optional().describe('off the whole receipt'),
  markup: modifier.optional().describe('on the whole receipt'),
  cashGiven: tiyn.optional().describe('what the buyer gave; the rest is change'),
  mobile: tiyn.optional().describe('part of payments.electronic that was paid from a telephone'),
  card: z
    .strictObject({
      terminalId: z.string().min(1).max(64).optional(),
      cardType: z.string().min(1).max(64).optional(),
      authorizationCode: z.string().regex(/^\d+$/).max(10).optional(),
      rrn: z.string().regex(/^\d+$/).max(19).optional(),
      receiptNumber: z.int().min(0).max(2_147_483_647).optional(),
    })
    .optional(),
  qr: z.strictObject({ type: z.string().min(1).max(64).optional(), id: short.optional() }).optional(),
  buyerContact: z.string().min(1).max(100).optional().describe('telephone or e-mail'),
  buyerNumber: z
    .string()
    .regex(/^\d{12}$/)
    .optional()
    .describe('IIN or BIN of the buyer'),
  parent: parent.optional(),
  paper: paperRequest.optional(),
});

export const shiftRequest = z.strictObject({ paper: paperRequest.optional() });

export const cashRequest = z.strictObject({
  direction: z.enum(['in', 'out']),
  amount: tiyn.min(1),
});

export const tokenRequest = z.strictObject({ token: z.int().min(0).max(4_294_967_295) });
export const keyRequest = z.strictObject({ operationKey: z.string().min(1).max(200) });
export const decisionRequest = z.strictObject({
  operationKey: z.string().min(1).max(200),
  done: z.boolean().describe("whether the operator's cabinet shows the document"),
});
export const emptyRequest = z.strictObject({});

const paper = z
  .object({
    format: z.enum(['text', 'html', 'svg', 'png', 'rows']),
    content: z.union([z.string(), z.array(z.unknown())]),
  })
  .describe('text, markup, base64 of a PNG, or rows');

const documentMembers = {
  documentCode: z.int().describe('2 shift opened, 3 receipt, 5 shift closed'),
  registrationNumber: z.string(),
  documentNumber: z.int().describe('grows by one with each document of the device'),
  fiscalSign: z.string().describe('empty for a shift; the autonomous one until the operator has answered'),
  offlineSign: z.string().optional(),
  dateTime: localTime,
  shiftNumber: z.int().optional(),
  total: tiyn.optional(),
  settlementType: z.string().optional(),
  delivered: z.boolean().describe('the operator has it; otherwise it waits in the queue'),
  checkLink: z.string().optional().describe('what the QR says'),
  parent: parent.optional().describe('what a return of this receipt must say: keep it'),
  report: z.unknown().optional().describe('Z report, in the JSON form of ZXReport'),
  paper: paper.optional(),
  paperProblem: z.string().optional().describe('the paper could not be drawn; the document is made'),
};

const closedShift = z
  .object(documentMembers)
  .optional()
  .describe(
    'the shift was open for 24 hours and is closed now, before the document: its Z report is for the books',
  );

export const documentResult = z
  .object({ ...documentMembers, closedShift })
  .describe('a document of the device');

export const cashResult = z.object({ cashInDrawer: tiyn, closedShift });

export const lookupResult = z.object({
  state: z.enum(['done', 'not-done', 'unknown']),
  result: documentResult.optional().describe('of a receipt, or of a shift that was closed'),
  cash: z
    .object({
      direction: z.enum(['in', 'out']).optional().describe('absent of what an earlier release has kept'),
      amount: tiyn,
      documentNumber: z.int(),
      dateTime: localTime,
      delivered: z.boolean(),
    })
    .optional()
    .describe('of money put into the drawer or taken out'),
  reason: z.string().optional(),
});

export const deviceStatus = z.object({
  name: z.string(),
  mode: z.enum(['online', 'offline', 'stopped', 'blocked']),
  shift: z.enum(['closed', 'open', 'expired']),
  shiftNumber: z.int(),
  lastDocumentNumber: z.int(),
  waiting: z.int().describe('documents that wait for the operator'),
  first: z
    .object({ operationKey: z.string(), documentNumber: z.int(), dateTime: localTime })
    .optional()
    .describe('the oldest of them: queue/remove and queue/decide are about it'),
  dateTime: localTime,
  offline: z
    .object({ since: localTime, until: localTime, remainingMs: z.int() })
    .optional()
    .describe('work without the operator, and when the device stops'),
  blocked: z
    .object({ reaction: z.string(), resultCode: z.int(), text: z.string() })
    .optional()
    .describe('why the device does not work, and what ends it'),
  seller: z
    .object({
      title: z.string(),
      address: z.string(),
      taxpayerNumber: z.string(),
      serialNumber: z.string(),
      registrationNumber: z.string(),
    })
    .optional()
    .describe('absent until a new device has reached its operator'),
});

export const deviceList = z.object({ devices: z.array(deviceStatus) });

const total = z.object({ count: z.int(), sum: tiyn });

export const totalsResult = z.object({
  shiftNumber: z.int(),
  cashInDrawer: tiyn,
  receipts: z.record(z.string(), total),
  cashIn: total,
  cashOut: total,
});

export const xReportResult = z.object({
  report: z.unknown().describe('in the JSON form of ZXReport'),
  paper: paper.optional(),
  paperProblem: z.string().optional(),
});

export const productResult = z.object({
  barcode: z.string(),
  title: z.string(),
  titleKk: z.string().optional(),
  ntin: z.string().optional(),
  measureUnitCode: z.string().optional(),
  isMarked: z.boolean().optional(),
  isSocial: z.boolean().optional(),
});

export const pingResult = z.object({ ok: z.literal(true), version: z.string() });

export const errorResult = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string().describe('for a developer'),
      userMessage: z.string().describe('for a cashier, Russian'),
      userMessageKk: z.string().describe('for a cashier, Kazakh'),
      outcome: z
        .enum(['not-sent', 'refused', 'unknown'])
        .optional()
        .describe(
          'after "unknown" repeat with the same Idempotency-Key, or look it up; never with another key',
        ),
      path: z.string().optional(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  })
  .describe('what went wrong');

/** Every schema that has a name in openapi.json. */
export const namedSchemas = {
  ReceiptRequest: receiptRequest,
  ShiftRequest: shiftRequest,
  CashRequest: cashRequest,
  TokenRequest: tokenRequest,
  KeyRequest: keyRequest,
  DecisionRequest: decisionRequest,
  EmptyRequest: emptyRequest,
  Document: documentResult,
  Cash: cashResult,
  Lookup: lookupResult,
  Device: deviceStatus,
  Devices: deviceList,
  Totals: totalsResult,
  XReport: xReportResult,
  Product: productResult,
  Ping: pingResult,
  Error: errorResult,
} as const;

/** The name of a schema in openapi.json. */
export type SchemaName = keyof typeof namedSchemas;
