import { outcomeOf } from '@elcert/core';
import type { FiscalEvidence, FiscalResult, Receipt } from '@elcert/fiscal-doc';
import type { Archive } from './archive.js';
import type { CashDesk } from './cash.js';
import type { ResponseOf } from './codec.js';
import { failed, nothingWritten, unknownOutcome } from './fail.js';
import type { Begin, Operations } from './operations.js';
import { planReceipt, type ReceiptPlan, type ReceiptPlanOptions, tlvOf } from './receipt-commands.js';
import { RegisterError } from './register-error.js';
import type { Session } from './session.js';
import type { DocumentSettings } from './settings.js';
import { type RegisterState, requireShift } from './state.js';

/** Parts of the driver that documents are made with. */
export interface DocumentParts {
  readonly session: Session;
  readonly state: RegisterState;
  readonly archive: Archive;
  readonly operations: Operations;
  readonly settings: DocumentSettings;
}

/** What receipts need besides. */
export interface ReceiptParts extends DocumentParts {
  readonly cash: CashDesk;
  readonly checkMarking: (receipt: Receipt) => void;
  readonly plan: ReceiptPlanOptions;
  /** The register can leave a document unprinted. */
  readonly canBeSilent: boolean;
}

/** What an answer of FF45, FF36 or FF4A tells of the document that was made. */
type ClosingAnswer = Pick<ResponseOf<'FF45'>, 'documentNumber' | 'fiscalSign' | 'dateTime'>;

function checkElectronic(receipt: Receipt, canBeSilent: boolean): void {
  const refuse = (message: string, userMessage: string, path?: string) =>
    new RegisterError({ code: 'RECEIPT_NOT_SUPPORTED', message, userMessage, path, outcome: 'not-sent' });
  if (!canBeSilent)
    throw refuse('the register prints every receipt', 'Касса не умеет пробивать чек без печати.');
  if (receipt.buyerContact === undefined || receipt.buyerContact.trim() === '') {
    throw refuse(
      'a receipt that is not printed goes to the buyer',
      'Для чека без печати нужен телефон или адрес покупателя.',
      'receipt/buyerContact',
    );
  }
}

/**
 * Registers a receipt (8Dh or FF35h, lines and requisites, then the one command that makes it fiscal).
 *
 * @throws RegisterError
 */
export async function registerReceipt(
  parts: ReceiptParts,
  receipt: Receipt,
  electronicOnly: boolean,
  begin: Begin,
): Promise<FiscalResult> {
  const { session, state, archive, operations, settings, cash } = parts;
  if (electronicOnly) checkElectronic(receipt, parts.canBeSilent);
  parts.checkMarking(receipt);
  // Whatever cannot be said to this register at all is refused before it is asked anything.
  // What is printed between the lines has no place where nothing is printed.
  const options: ReceiptPlanOptions = electronicOnly
    ? { ...parts.plan, printCertificateLines: false }
    : parts.plan;
  let plan: ReceiptPlan = planReceipt(receipt, options);
  session.check([plan.open, ...plan.body, plan.close]);
  const { mode, operator } = await state.ready();
  requireShift(mode);
  if (receipt.correction !== undefined) {
    const ffdVersion = await settings.ffdVersion();
    plan = planReceipt(receipt, { ...options, ffdVersion: options.ffdVersion ?? ffdVersion });
    session.check([plan.open, ...plan.body, plan.close]);
  }
  await settings.checkRates(receipt);
  await settings.unsilence();
  await settings.setCashier(receipt.cashier, operator);
  const { lastDocumentNumber: before, fiscalDriveNumber } = await archive.status();
  const shift = await session.call('FF40', {});
  if (electronicOnly) await settings.silence();
  const evidence: FiscalEvidence = { afterDocumentNumber: before, fiscalDriveNumber, receipt };
  begin(evidence);
  state.begun = true;

  try {
    try {
      for (const step of [plan.open, ...plan.body]) await session.callAny(step);
    } catch (error) {
      // Without the closing nothing is fiscal: whatever happened, cancelling makes the register ready for the next sale.
      // When the link is gone for now, the next call finds the open document and cancels it.
      await state.cancelDocument().catch(() => {});
      if (outcomeOf(error) === 'unknown') throw nothingWritten(error, 'receipt');
      throw error;
    }

    const close = async (): Promise<FiscalResult> => {
      const answer = (await session.callAny(plan.close)) as unknown as ClosingAnswer;
      if (answer.dateTime === undefined || answer.dateTime === '') {
        // Older firmware does not tell the time. The receipt is done, so failing to read it must not look like a refusal.
        try {
          return await archive.resultOf(answer.documentNumber, fiscalDriveNumber);
        } catch (error) {
          throw unknownOutcome(error, 'receipt');
        }
      }
      return {
        documentCode: receipt.correction === undefined ? 3 : 31,
        fiscalDriveNumber,
        fiscalDocumentNumber: answer.documentNumber,
        fiscalSign: String(answer.fiscalSign).padStart(10, '0'),
        dateTime: answer.dateTime,
        shiftNumber: shift.shiftNumber,
        receiptNumber: shift.receiptNumber + 1,
        totalSum: plan.totals.total,
        settlementType: receipt.settlementType,
      };
    };

    const result = await operations.commit('receipt', evidence, close, state.cancelDocument);
    state.begun = false;
    cash.noteReceipt(receipt);
    return result;
  } catch (error) {
    if (outcomeOf(error) === 'unknown') cash.noteDoubt();
    throw error;
  } finally {
    if (electronicOnly) await settings.unsilence();
  }
}

/** Opens or closes the shift (E0h, 41h). @throws RegisterError */
export async function shiftDocument(
  { session, state, archive, operations, settings }: DocumentParts,
  cashier: Receipt['cashier'],
  kind: 'open' | 'close',
  begin: Begin,
): Promise<FiscalResult> {
  const { mode, operator } = await state.ready();
  if (kind === 'open' && mode !== 4) {
    if (mode === 3) requireShift(mode);
    throw failed('SHIFT_OPEN', 'the shift is open already', 'refused', 'Смена уже открыта.');
  }
  if (kind === 'close' && mode === 4) requireShift(mode);
  await settings.unsilence();
  await settings.setCashier(cashier, operator);
  const { lastDocumentNumber, fiscalDriveNumber } = await archive.status();
  const evidence: FiscalEvidence = {
    afterDocumentNumber: lastDocumentNumber,
    fiscalDriveNumber,
    documentCode: kind === 'open' ? 2 : 5,
  };
  const requisites =
    cashier?.inn === undefined
      ? []
      : [{ code: 'FF0C', fields: { tlv: tlvOf({ operatorInn: cashier.inn }) } } as const];
  session.check(requisites);
  begin(evidence);
  try {
    // Beginning and TLV are only needed for requisites that E0h and 41h do not carry.
    if (requisites.length > 0) await session.callAny({ code: kind === 'open' ? 'FF41' : 'FF42', fields: {} });
    for (const step of requisites) await session.callAny(step);
  } catch (error) {
    await session.call('FF08', {}).catch(() => {});
    if (outcomeOf(error) === 'unknown')
      throw nothingWritten(error, `${kind} shift`, 'Нет связи с кассой: проверьте подключение.');
    throw error;
  }
  return operations.commit(
    `${kind} shift`,
    evidence,
    async () => {
      await session.callAny({ code: kind === 'open' ? 'E0' : '41', fields: {} });
      // Neither answer names the document.
      return undefined;
    },
    async () => {
      await session.call('FF08', {}).catch(() => {});
      // A copy that is still on its way cannot be called back.
      throw failed('LINK_LOST', 'cannot be called back', 'unknown');
    },
  );
}
