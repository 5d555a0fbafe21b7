import type { Receipt, ReceiptLine } from '@elcert/fiscal-doc';
import type { Row } from '@elcert/fiscal-doc/render';
import {
  type KzFiscalResult,
  type KzLineDetails,
  type KzReceiptDetails,
  type KzRegister,
  kzParentOf,
  kzReportRows,
} from '@elcert/ofd-transport/kz';
import type { z } from 'zod';
import { serviceError } from './errors.js';
import { paperOf } from './paper.js';
import type { ServiceOperator } from './pins.js';
import {
  type cashRequest,
  type decisionRequest,
  type keyRequest,
  namedSchemas,
  type paperRequest,
  type receiptRequest,
  type SchemaName,
  type shiftRequest,
  type tokenRequest,
} from './schemas.js';

/** A device of the service. */
export interface ServiceDevice {
  readonly name: string;
  readonly register: KzRegister;
}

/** What an operation is given. */
export interface OperationCall {
  readonly devices: readonly ServiceDevice[];
  /** Of the path; the first one where the path names none. */
  readonly device: ServiceDevice;
  readonly operator: ServiceOperator;
  /** Checked by the operation's schema. */
  readonly body: unknown;
  /** The Idempotency-Key of a document; empty elsewhere. */
  readonly operationKey: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
}

/** One operation of the service: the routes and openapi.json are made of these. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post';
  /** With `{name}` for its parameters. */
  readonly path: string;
  readonly summary: string;
  readonly role: ServiceOperator['role'];
  readonly body?: SchemaName;
  readonly result: SchemaName;
  /** It makes a document, and so wants an Idempotency-Key. */
  readonly makesDocument?: true;
  /** Names of query parameters and what they say. */
  readonly query?: Readonly<Record<string, string>>;
  readonly run: (call: OperationCall) => Promise<object>;
}

type Body<Schema extends z.ZodType> = z.infer<Schema>;

/** The receipt of the model and what only a ticket says. */
function receiptOf(body: Body<typeof receiptRequest>, operator: ServiceOperator) {
  const { lines, settlementType, taxation = 'general', payments, rounding, buyerContact, buyerNumber } = body;
  const { discount, markup, cashGiven, mobile, card, qr, parent } = body;
  const receipt = {
    settlementType,
    taxation,
    payments,
    cashier: { name: operator.name },
    lines: lines.map(({ name, price, quantity, amount, vat, unit, subject = 'goods' }) => ({
      name,
      price,
      quantity,
      vat,
      subject,
      method: 'full',
      ...(amount === undefined ? {} : { amount }),
      ...(unit === undefined ? {} : { unit }),
    })) as readonly ReceiptLine[],
    ...(rounding === undefined ? {} : { rounding }),
    ...(buyerContact === undefined ? {} : { buyerContact }),
    ...(buyerNumber === undefined ? {} : { buyer: { inn: buyerNumber } }),
  } as Receipt;
  const details = {
    lines: lines.map(
      ({ section, ntin, barcode, unitCode, markingCodes, physicalLabel, productId, modifierName }) =>
        present({
          section,
          ntin,
          barcode,
          unitCode,
          markingCodes,
          physicalLabel,
          productId,
          modifierName,
        }) as KzLineDetails,
    ),
    ...present({ discount, markup, cashGiven, mobile, card, qr, parent }),
  } as KzReceiptDetails;
  return { receipt, details };
}

function present<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** A document as the service tells it. */
function documentOf(result: KzFiscalResult) {
  const { documentCode, fiscalDriveNumber, fiscalDocumentNumber, fiscalSign, offlineSign } = result;
  const { dateTime, shiftNumber, totalSum, settlementType, delivered, checkLink } = result;
  // Nobody takes a return back. What an earlier release has kept does not say whether it was one.
  const mayBeReturned = documentCode === 3 && settlementType?.endsWith('Return') !== true;
  return present({
    documentCode,
    registrationNumber: fiscalDriveNumber,
    documentNumber: fiscalDocumentNumber,
    fiscalSign,
    offlineSign,
    dateTime,
    shiftNumber,
    total: totalSum,
    settlementType,
    delivered,
    checkLink,
    parent: mayBeReturned ? kzParentOf(result) : undefined,
  });
}

function statusOf({ name, register }: ServiceDevice) {
  const { mode, shift, shiftNumber, lastDocumentNumber, waiting, offline, blocked } =
    register.session.status();
  const { registration, pending, queue } = register.session.state;
  const first = pending ?? queue[0];
  const seller = registration === undefined ? undefined : sellerOf(register);
  return present({
    name,
    mode,
    shift,
    shiftNumber,
    lastDocumentNumber,
    waiting,
    first:
      first === undefined
        ? undefined
        : { operationKey: first.operationKey, documentNumber: first.documentNumber, dateTime: first.at },
    dateTime: register.session.now(),
    offline,
    blocked,
    seller,
  });
}

function sellerOf(register: KzRegister) {
  try {
    const { title, address, taxpayerNumber, serialNumber, registrationNumber } = register.seller;
    return { title, address, taxpayerNumber, serialNumber, registrationNumber };
  } catch {
    // The operator has not told all of it.
    return undefined;
  }
}

function zReportRows(
  { register }: ServiceDevice,
  { fiscalDocumentNumber, delivered }: KzFiscalResult,
  report: object,
  operator: ServiceOperator,
  language: Body<typeof paperRequest>['language'],
): Row[] {
  return kzReportRows(
    {
      seller: register.seller,
      type: 'z',
      report,
      documentNumber: fiscalDocumentNumber,
      cashier: operator.name,
      autonomous: !delivered,
    },
    { language },
  );
}

const device = '/v1/devices/{device}';

/** A shift that had to be closed before the document of a key: its Z report must not be missed. */
function closedShiftOf(call: OperationCall, asked: Body<typeof paperRequest> | undefined) {
  const { device: served, operator, operationKey } = call;
  const closed = served.register.closedShift(operationKey);
  if (closed === undefined) return {};
  const { report } = closed;
  const paper = paperOf(() => zReportRows(served, closed, report, operator, asked?.language), asked);
  return { closedShift: { ...documentOf(closed), report, ...paper } };
}

/** All operations, in the order of openapi.json. */
export const operations: readonly Operation[] = [
  {
    id: 'listDevices',
    method: 'get',
    path: '/v1/devices',
    summary: 'All devices and how they stand',
    role: 'cashier',
    result: 'Devices',
    run: async ({ devices }) => ({ devices: devices.map(statusOf) }),
  },
  {
    id: 'getDevice',
    method: 'get',
    path: device,
    summary: 'How a device stands',
    role: 'cashier',
    result: 'Device',
    run: async (call) => statusOf(call.device),
  },
  {
    id: 'registerReceipt',
    method: 'post',
    path: `${device}/receipts`,
    summary: 'Sells, buys, or takes either back; the first document opens the shift',
    role: 'cashier',
    body: 'ReceiptRequest',
    result: 'Document',
    makesDocument: true,
    async run(call) {
      const { operator, operationKey } = call;
      const { register } = call.device;
      const asked = call.body as Body<typeof receiptRequest>;
      const { receipt, details } = receiptOf(asked, operator);
      const operatorCode = operator.code;
      const result = await register.registerReceipt(receipt, { operationKey, details, operatorCode });
      return {
        ...documentOf(result),
        ...closedShiftOf(call, asked.paper),
        ...paperOf(
          () => register.receiptRows(receipt, result, { details, language: asked.paper?.language }),
          asked.paper,
        ),
      };
    },
  },
  {
    id: 'moveCash',
    method: 'post',
    path: `${device}/cash`,
    summary: 'Puts money into the drawer or takes it out',
    role: 'cashier',
    body: 'CashRequest',
    result: 'Cash',
    makesDocument: true,
    async run(call) {
      const { operator, operationKey } = call;
      const { register } = call.device;
      const movement = call.body as Body<typeof cashRequest>;
      const { cashInDrawer = 0 } = await register.moveCash(movement, {
        operationKey,
        operatorCode: operator.code,
      });
      return { cashInDrawer, ...closedShiftOf(call, undefined) };
    },
  },
  {
    id: 'closeShift',
    method: 'post',
    path: `${device}/shift/close`,
    summary: 'Closes the shift with its Z report',
    role: 'cashier',
    body: 'ShiftRequest',
    result: 'Document',
    makesDocument: true,
    async run(call) {
      const { register } = call.device;
      const { paper } = call.body as Body<typeof shiftRequest>;
      const { operator, operationKey } = call;
      const result = await register.closeShift(
        { name: operator.name },
        { operationKey, operatorCode: operator.code },
      );
      const kept = register.session.lookup(operationKey);
      const report = kept.state === 'done' ? (kept.result.report ?? {}) : {};
      return {
        ...documentOf(result),
        report,
        ...paperOf(() => zReportRows(call.device, result, report, operator, paper?.language), paper),
      };
    },
  },
  {
    id: 'xReport',
    method: 'post',
    path: `${device}/x-report`,
    summary: 'The X report of the open shift; changes nothing',
    role: 'cashier',
    body: 'ShiftRequest',
    result: 'XReport',
    async run({ device: { register }, body, operator }) {
      const { paper } = body as Body<typeof shiftRequest>;
      return {
        report: register.session.xReport(),
        ...paperOf(() => register.xReportRows({ name: operator.name }, { language: paper?.language }), paper),
      };
    },
  },
  {
    id: 'shiftTotals',
    method: 'get',
    path: `${device}/totals`,
    summary: 'What the shift has come to',
    role: 'cashier',
    result: 'Totals',
    run: ({ device: { register } }) => register.shiftTotals(),
  },
  {
    id: 'lookUp',
    method: 'get',
    path: `${device}/documents/{operationKey}`,
    summary: 'What became of the document of a key',
    role: 'cashier',
    result: 'Lookup',
    query: {
      after:
        'lastDocumentNumber before the call: tells a key that was never used from one that is no longer kept',
    },
    async run({ device: { register }, parameters, query }) {
      const operationKey = parameters.operationKey?.toLowerCase() ?? '';
      const after = query.after === undefined ? undefined : Number(query.after);
      if (after !== undefined && !Number.isSafeInteger(after))
        throw serviceError('BAD_REQUEST', 'after: a whole number wanted', 'Неверный запрос.', {
          path: 'after',
        });
      const found = register.session.lookup(operationKey, { afterDocumentNumber: after });
      if (found.state !== 'done')
        return found.state === 'unknown'
          ? { state: 'unknown', reason: 'it has no answer yet, or its result is no longer kept' }
          : { state: 'not-done' };
      const { command, at, documentNumber, delivered, operation, total, report } = found.result;
      if (command === 'MONEY_PLACEMENT')
        return {
          state: 'done',
          cash: present({
            direction:
              operation === undefined ? undefined : operation === 'MONEY_PLACEMENT_DEPOSIT' ? 'in' : 'out',
            amount: total,
            documentNumber,
            dateTime: at,
            delivered,
          }),
        };
      const told = await register.lookup(operationKey, { afterDocumentNumber: after ?? 0 });
      if (told.state !== 'done') return told;
      return { state: 'done', result: present({ ...documentOf(told.result), report }) };
    },
  },
  {
    id: 'findProduct',
    method: 'get',
    path: `${device}/products/{barcode}`,
    summary: 'An article of the National Catalogue by its barcode, asked of the operator',
    role: 'cashier',
    result: 'Product',
    async run({ device: { register }, parameters }) {
      const { barcode = '' } = parameters;
      const product = await register.session.product(barcode);
      if (product === undefined)
        throw serviceError(
          'NO_SUCH_PRODUCT',
          'not in the National Catalogue',
          'Товара нет в Национальном каталоге.',
        );
      return present(product);
    },
  },
  {
    id: 'recover',
    method: 'post',
    path: `${device}/recover`,
    summary: 'Tries the operator now: what waits goes out',
    role: 'cashier',
    body: 'EmptyRequest',
    result: 'Device',
    async run(call) {
      await call.device.register.session.recover();
      return statusOf(call.device);
    },
  },
  {
    id: 'enterToken',
    method: 'post',
    path: `${device}/token`,
    summary: "Enters a token from the operator's cabinet",
    role: 'administrator',
    body: 'TokenRequest',
    result: 'Device',
    async run(call) {
      await call.device.register.session.enterToken((call.body as Body<typeof tokenRequest>).token);
      return statusOf(call.device);
    },
  },
  {
    id: 'resume',
    method: 'post',
    path: `${device}/resume`,
    summary: 'Ends a block after a repair',
    role: 'administrator',
    body: 'EmptyRequest',
    result: 'Device',
    async run(call) {
      await call.device.register.session.resume();
      return statusOf(call.device);
    },
  },
  {
    id: 'removeRefused',
    method: 'post',
    path: `${device}/queue/remove`,
    summary: 'Takes the first document of the queue out, which the operator refuses',
    role: 'administrator',
    body: 'KeyRequest',
    result: 'Device',
    async run(call) {
      await call.device.register.session.removeRefused((call.body as Body<typeof keyRequest>).operationKey);
      return statusOf(call.device);
    },
  },
  {
    id: 'decide',
    method: 'post',
    path: `${device}/queue/decide`,
    summary: "Says whether the operator's cabinet shows a document that can no longer be asked about",
    role: 'administrator',
    body: 'DecisionRequest',
    result: 'Device',
    async run(call) {
      const { operationKey, done } = call.body as Body<typeof decisionRequest>;
      await call.device.register.session.decide(operationKey, done);
      return statusOf(call.device);
    },
  },
];

/** The schema of a name. */
export function schemaOf(name: SchemaName): z.ZodType {
  return namedSchemas[name];
}
