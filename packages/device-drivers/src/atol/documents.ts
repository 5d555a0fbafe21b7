import { isElcertError, type Kopecks, type LookupAnswer, outcomeOf } from '@elcert/core';
import {
  type FiscalDocument,
  type FiscalEvidence,
  type FiscalRegister,
  type FiscalResult,
  isDocumentCode,
  numberOf,
  type Receipt,
  receiptTotals,
  settlementTypes,
} from '@elcert/fiscal-doc';
import { isThisReceipt, readDriveDocument, resultOfDocument, wrapDocument } from '../shtrih-m/evidence.js';
import { type AtolTaskAnswer, isAtolObject, kopecksOfAtol, localTimeOfAtol } from './codec.js';
import { type AtolConnection, resultOf, succeeded } from './connection.js';
import { badAnswer, failed, taskRefused } from './failures.js';
import { atolDocumentTypes } from './names.js';
import type { Operation, Operations } from './operations.js';
import { type AtolReceiptOptions, atolReceiptTask } from './receipt-task.js';
import type { AtolObject, AtolTaskType } from './tasks.js';

/** Documents that a lookup reads at most. */
const lookupDepth = 64;

/** A fiscal document to be made. */
export interface DocumentJob {
  readonly what: string;
  readonly type: AtolTaskType;
  readonly task: AtolObject;
  readonly documentCode: number;
  readonly receipt?: Receipt | undefined;
  readonly total?: Kopecks | undefined;
  /** Throws while the document must not be made; asked only when nothing is open under the key. */
  readonly before?: (() => Promise<void>) | undefined;
}

/** The fiscal half of the driver. */
export interface AtolDocuments
  extends Required<Pick<FiscalRegister, 'lookup' | 'readDocument' | 'settlementReport'>>,
    Pick<FiscalRegister, 'openShift' | 'closeShift' | 'registerReceipt'> {
  /** Makes any document once under its key. */
  make(operationKey: string, job: DocumentJob): Promise<FiscalResult>;
  /** A document of the drive, inside another call. */
  read(fiscalDocumentNumber: number): Promise<Uint8Array>;
  /** The drive and its last document. */
  drive(): Promise<{ readonly fiscalDriveNumber: string; readonly last: number }>;
}

/** A number of an answer that must be there. */
export function wholeNumber(value: unknown, type: AtolTaskType, name: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw badAnswer(type, new Error(`${name} is no whole number`), 'refused');
}

/** `operator` of a task. */
export function operatorOf(cashier: Receipt['cashier']): AtolObject {
  return cashier === undefined
    ? {}
    : {
        operator: {
          name: cashier.name,
          ...(cashier.inn === undefined ? {} : { vatin: cashier.inn }),
        },
      };
}

/** A picture of a document's numbers out of an answer. @returns nothing when the answer does not name the document */
function fiscalResult(
  documentCode: number,
  receipt: Receipt | undefined,
  answer: AtolTaskAnswer,
): FiscalResult | undefined {
  const params = isAtolObject(answer.result?.fiscalParams) ? answer.result.fiscalParams : {};
  const { fiscalDocumentNumber, fiscalDocumentSign, fnNumber, shiftNumber, fiscalReceiptNumber } = params;
  const dateTime = localTimeOfAtol(params.fiscalDocumentDateTime);
  const sign = String(fiscalDocumentSign ?? '');
  if (
    typeof fiscalDocumentNumber !== 'number' ||
    !Number.isSafeInteger(fiscalDocumentNumber) ||
    !/^\d{1,10}$/.test(sign) ||
    typeof fnNumber !== 'string' ||
    dateTime === undefined
  )
    return undefined;
  return {
    documentCode,
    fiscalDriveNumber: fnNumber.trim(),
    fiscalDocumentNumber,
    fiscalSign: sign.padStart(10, '0'),
    dateTime,
    shiftNumber: typeof shiftNumber === 'number' ? shiftNumber : undefined,
    ...(receipt === undefined
      ? {}
      : {
          receiptNumber: typeof fiscalReceiptNumber === 'number' ? fiscalReceiptNumber : undefined,
          totalSum:
            params.total === undefined ? undefined : kopecksOfAtol(params.total, 'fiscalParams/total'),
          settlementType: receipt.settlementType,
        }),
  };
}

function base64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll(/\s/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** A receipt of the same kind, sum and payments. A register may have written its lines in another way than it was told. */
function isLike({ code, tags }: FiscalDocument, receipt: Receipt): boolean {
  const { payments } = receipt;
  const sums: readonly (readonly [number, number | undefined])[] = [
    [1020, receiptTotals(receipt).total],
    [1054, settlementTypes[receipt.settlementType].code],
    [1031, payments.cash],
    [1081, payments.electronic],
    [1215, payments.prepaid],
    [1216, payments.credit],
    [1217, payments.other],
  ];
  return (
    (receipt.correction === undefined ? [3, 4] : [31, 41]).includes(code) &&
    sums.every(([tag, value]) => (numberOf(tags, tag) ?? 0) === (value ?? 0))
  );
}

/** Makes the fiscal half. */
export function atolDocuments(
  connection: AtolConnection,
  operations: Operations,
  receipts: {
    readonly options: AtolReceiptOptions;
    /** A receipt is in the drive. */
    readonly onReceipt: () => void;
  },
): AtolDocuments {
  const { exclusive, question, questions } = connection;

  const drive: AtolDocuments['drive'] = async () => {
    const types = ['getFnInfo', 'getFnStatus'] as const;
    const answers = await questions(types.map((type) => [type]));
    for (const [index, type] of types.entries()) {
      const answer = answers[index] as AtolTaskAnswer;
      if (!succeeded(answer)) throw taskRefused(type, answer, 'refused');
    }
    const [info, status] = answers as readonly [AtolTaskAnswer, AtolTaskAnswer];
    const { fnInfo } = resultOf('getFnInfo', info, 'refused');
    const { fnStatus } = resultOf('getFnStatus', status, 'refused');
    return {
      fiscalDriveNumber: String(fnInfo.serial ?? '').trim(),
      last: wholeNumber(fnStatus.fiscalDocumentNumber, 'getFnStatus', 'fiscalDocumentNumber'),
    };
  };

  const readTlv = async (documentNumber: number): Promise<Uint8Array> => {
    let answer: Awaited<ReturnType<typeof question<'getFnDocument'>>>;
    try {
      answer = await question('getFnDocument', { fiscalDocumentNumber: documentNumber, withRawData: true });
    } catch (error) {
      if (!isElcertError(error, 'DOCUMENT_NOT_FOUND')) throw error;
      throw failed(
        'DOCUMENT_NOT_FOUND',
        `the drive has no document ${documentNumber}`,
        'refused',
        'Документ не найден в ФН.',
        { cause: error },
      );
    }
    const raw = answer.rawData === undefined ? undefined : base64(answer.rawData);
    const tlv = answer.documentTLV ?? {};
    if (raw === undefined || raw.length === 0 || tlv.short === true)
      throw failed(
        'BAD_ANSWER',
        `document ${documentNumber}: the driver gives no raw data`,
        'refused',
        'Эта версия драйвера кассы не отдаёт документы ФН целиком.',
      );
    // Whether the outer tag is part of the raw data is not told: taken as it comes.
    const outer = raw.length >= 4 ? (raw[0] as number) | ((raw[1] as number) << 8) : 0;
    const length = raw.length >= 4 ? (raw[2] as number) | ((raw[3] as number) << 8) : 0;
    if (isDocumentCode(outer) && length + 4 === raw.length) return raw;
    const form = atolDocumentTypes[String(tlv.fiscalDocumentType)];
    if (form === undefined || raw.length > 0xffff)
      throw failed('BAD_ANSWER', `document ${documentNumber} is of no known type`, 'refused');
    return wrapDocument(form, raw);
  };

  /** What became of an operation, told by the documents that came after a number. */
  const find = async (
    operationKey: string,
    evidence: FiscalEvidence,
  ): Promise<LookupAnswer<FiscalResult>> => {
    const { fiscalDriveNumber, last } = await drive();
    if (evidence.fiscalDriveNumber !== undefined && evidence.fiscalDriveNumber !== fiscalDriveNumber)
      return { state: 'unknown', reason: 'another drive is in the register' };
    if (last < evidence.afterDocumentNumber)
      return { state: 'unknown', reason: 'the drive has fewer documents than before' };
    if (last === evidence.afterDocumentNumber) return { state: 'not-done' };
    if (last - evidence.afterDocumentNumber > lookupDepth)
      return { state: 'unknown', reason: `more than ${lookupDepth} documents were made since` };
    // A document that another key has made is nobody else's.
    const taken = new Set(
      operations
        .others(operationKey)
        .map((result) => result as Partial<FiscalResult>)
        .filter((result) => result.fiscalDriveNumber === fiscalDriveNumber)
        .map(({ fiscalDocumentNumber }) => fiscalDocumentNumber),
    );
    const matches: FiscalResult[] = [];
    let alike = 0;
    for (let number = evidence.afterDocumentNumber + 1; number <= last; number += 1) {
      if (taken.has(number)) continue;
      const document = readDriveDocument(await readTlv(number));
      const fits =
        evidence.receipt === undefined
          ? document.code === evidence.documentCode ||
            (evidence.documentCode === undefined && (document.code === 2 || document.code === 5))
          : isThisReceipt(document, evidence.receipt);
      if (fits) matches.push(resultOfDocument(document, { fiscalDriveNumber, fiscalDocumentNumber: number }));
      else if (evidence.receipt !== undefined && isLike(document, evidence.receipt)) alike += 1;
    }
    const [match] = matches;
    if (match === undefined)
      return alike === 0
        ? { state: 'not-done' }
        : { state: 'unknown', reason: 'a document since has its sums, but other lines' };
    return matches.length === 1
      ? { state: 'done', result: match }
      : { state: 'unknown', reason: `${matches.length} documents since fit` };
  };

  /** Whether a document that the queue had under the key is the one that is asked for. */
  const isOurs: (job: DocumentJob, result: FiscalResult) => Promise<'yes' | 'no' | 'unclear'> = async (
    job,
    result,
  ) => {
    // Not every version tells the sum: then the document has to.
    const { totalSum } = result;
    if (job.total !== undefined && totalSum !== undefined && totalSum !== job.total) return 'no';
    let document: FiscalDocument;
    try {
      // A drive of before cannot be asked any more, and some drivers give no documents (they refuse): the sums have to do.
      if ((await drive()).fiscalDriveNumber !== result.fiscalDriveNumber) return 'yes';
      document = readDriveDocument(await readTlv(result.fiscalDocumentNumber));
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return outcomeOf(error) === 'refused' ? 'yes' : 'unclear';
    }
    if (job.receipt === undefined) return document.code === job.documentCode ? 'yes' : 'no';
    if (isThisReceipt(document, job.receipt)) return 'yes';
    return isLike(document, job.receipt) ? 'unclear' : 'no';
  };

  const make: AtolDocuments['make'] = (operationKey, job) =>
    operations.carryOut<FiscalResult>(
      operationKey,
      async (): Promise<Operation<FiscalResult>> => {
        await job.before?.();
        const { fiscalDriveNumber, last } = await drive();
        const evidence: FiscalEvidence = {
          afterDocumentNumber: last,
          fiscalDriveNumber,
          ...(job.receipt === undefined ? { documentCode: job.documentCode } : { receipt: job.receipt }),
        };
        return {
          kind: 'document',
          what: job.what,
          type: job.type,
          task: job.task,
          read: (answer) => fiscalResult(job.documentCode, job.receipt, answer),
          asked: () => find(operationKey, evidence),
          isOurs: (result) => isOurs(job, result),
        };
      },
      job.what,
    );

  const report = (
    type: 'openShift' | 'closeShift' | 'reportOfdExchangeStatus',
    documentCode: number,
    cashier?: Receipt['cashier'],
  ): DocumentJob => ({ what: type, type, task: { type, ...operatorOf(cashier) }, documentCode });

  return {
    make,
    read: readTlv,
    drive,
    openShift: (cashier, { operationKey, signal }) =>
      exclusive(signal, () => make(operationKey, report('openShift', 2, cashier))),
    closeShift: (cashier, { operationKey, signal }) =>
      exclusive(signal, () => make(operationKey, report('closeShift', 5, cashier))),
    settlementReport: ({ operationKey, signal }) =>
      exclusive(signal, () => make(operationKey, report('reportOfdExchangeStatus', 21))),
    registerReceipt: (receipt, { operationKey, electronicOnly = false, signal }) =>
      exclusive(signal, async () => {
        const { type, task, totals } = atolReceiptTask(receipt, { ...receipts.options, electronicOnly });
        let begun = false;
        const result = await make(operationKey, {
          what: `${electronicOnly ? 'electronic ' : ''}receipt ${JSON.stringify(receipt)}`,
          type,
          task,
          documentCode: receipt.correction === undefined ? 3 : 31,
          receipt,
          total: totals.total,
          before: async () => {
            begun = true;
          },
        });
        // A result of before ends no session of now.
        if (begun) receipts.onReceipt();
        return result;
      }),
    lookup: (operationKey, evidence, { signal } = {}) =>
      exclusive(signal, () => {
        const { receipt } = evidence;
        return operations.lookup<FiscalResult>(operationKey, {
          kind: 'document',
          read(answer) {
            const params = isAtolObject(answer.result?.fiscalParams) ? answer.result.fiscalParams : {};
            const documentCode =
              receipt === undefined
                ? (evidence.documentCode ?? (params.receiptsCount === undefined ? 2 : 5))
                : receipt.correction === undefined
                  ? 3
                  : 31;
            const result = fiscalResult(documentCode, receipt, answer);
            // The queue's answer under this key may be of something else: then the drive is asked.
            return receipt !== undefined &&
              result !== undefined &&
              result.totalSum !== receiptTotals(receipt).total
              ? undefined
              : result;
          },
          asked: () => find(operationKey, evidence),
        });
      }),
    readDocument: (fiscalDocumentNumber, { signal } = {}) =>
      exclusive(signal, () => readTlv(fiscalDocumentNumber)),
  };
}
