import { isElcertError, type LocalDateTime } from '@elcert/core';
import type { Receipt, ReceiptPrinter, SettlementType, ShiftTotal, ShiftTotals } from '@elcert/fiscal-doc';
import type { Row } from '@elcert/fiscal-doc/render';
import { formatKzCheckLink } from './check-link.js';
import { KzError, type KzErrorCode } from './errors.js';
import { inLanguage, labels } from './labels.js';
import { type KzOperation, type KzTicket, kzDateTime, tiynOf } from './messages.js';
import type { KzFiscalResult, KzRegister, KzRegisterOptions } from './register-api.js';
import { kzPlacementRows, kzReportRows } from './report-rows.js';
import { receiptDigest } from './request-digest.js';
import { kzAdText } from './service-block.js';
import { openKzSession } from './session.js';
import type { KzOperator, KzSession, KzSessionOptions } from './session-api.js';
import { closedBefore, keyReused } from './session-support.js';
import type { KzDone } from './store.js';
import { newestKzRegistrationNumber } from './taxpayer-number.js';
import { kzTicketOf } from './ticket.js';
import type { KzParentTicket, KzTicketContent, KzTicketRules } from './ticket-details.js';
import { type KzRowOptions, type KzSeller, kzTicketRows } from './ticket-rows.js';

/** Papers that are kept for copies; older ones are made anew by {@link KzRegister.receiptRows}. */
const keptPapers = 100;

const settlements: Readonly<Record<KzOperation, SettlementType>> = {
  OPERATION_SELL: 'sale',
  OPERATION_SELL_RETURN: 'saleReturn',
  OPERATION_BUY: 'purchase',
  OPERATION_BUY_RETURN: 'purchaseReturn',
};

function error(code: KzErrorCode, outcome: 'not-sent' | 'refused', message: string, userMessage: string) {
  return new KzError({ code, outcome, message, userMessage });
}

/** A fault of a value is found before anything goes out. */
function notMade(cause: unknown): unknown {
  if (!isElcertError(cause) || cause.outcome !== undefined) return cause;
  const { code, message, userMessage, path, details } = cause;
  return new KzError({
    code: code as KzErrorCode,
    message,
    userMessage,
    path,
    details,
    outcome: 'not-sent',
    cause,
  });
}

async function fiscal<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw notMade(cause);
  }
}

/** The five facts of a ticket that a return must name. */
export function kzParentOf(result: KzFiscalResult): KzParentTicket {
  return {
    // The paper in the buyer's hand bears the autonomous sign, whatever came later.
    number: result.offlineSign ?? result.fiscalSign,
    dateTime: result.dateTime,
    registrationNumber: result.fiscalDriveNumber,
    total: result.totalSum ?? 0,
    offline: result.offlineSign !== undefined,
  };
}

/**
 * A register over a session.
 *
 * Shifts of Kazakhstan open with their first document, so `openShift` makes none: it marks the shift as open for the till, in memory, and
 * a marked shift without documents is closed without one too. `readDocument` is not there: documents live at the operator. Receipts
 * carry no certificate, correction or agent; what they say beyond the neutral receipt stands in `details`.
 *
 * @throws KzError `BAD_VALUE` for a site of the operator that makes no link
 * @example
 * ```ts
 * const register = kzRegister(session, {
 *   ofd: { title: 'АО «Казахтелеком»', site: 'consumer.oofd.kz' },
 *   vat: { series: '62001', number: '0012345' },
 * });
 * const sold = await register.registerReceipt(receipt, { operationKey, details: { cashGiven: 100_000 } });
 * const back = await register.registerReceipt(returned, { operationKey: other, details: { parent: kzParentOf(sold) } });
 * ```
 */
export function kzRegister(session: KzSession, options: KzRegisterOptions): KzRegister {
  const { ofd, printer, language, draw = (rows) => rows } = options;
  // A site that makes no link must not be found out once a receipt is made.
  formatKzCheckLink({
    site: { base: baseOf(ofd.site) },
    ticketNumber: '1',
    registrationNumber: '1',
    total: 0,
    dateTime: '2026-01-01T00:00:00',
  });
  const known = (): Partial<KzSeller> => ({
    ...sellerOf(session.state.registration),
    ...(withoutAbsent(options.seller ?? {}) as Partial<KzSeller>),
  });
  const required = <Name extends keyof KzSeller>(seller: Partial<KzSeller>, name: Name) => {
    const value = seller[name];
    if (value !== undefined) return value as NonNullable<KzSeller[Name]>;
    throw error(
      'NOT_SYNCHRONISED',
      'not-sent',
      `the registration of the device is not known: ${name}`,
      'Данные регистрации кассы ещё не получены от ОФД.',
    );
  };
  const sellerNow = (): KzSeller => {
    const seller = known();
    return {
      title: required(seller, 'title'),
      address: required(seller, 'address'),
      addressKk: seller.addressKk,
      taxpayerNumber: required(seller, 'taxpayerNumber'),
      serialNumber: required(seller, 'serialNumber'),
      registrationNumber: required(seller, 'registrationNumber'),
      vat: options.vat,
    };
  };
  const registrationNumber = () =>
    newestKzRegistrationNumber(required(known(), 'registrationNumber'), 'seller/registrationNumber');
  const rules = (operatorCode: number | undefined): KzTicketRules => ({
    ...options.rules,
    version: session.version,
    taxpayer: required(known(), 'taxpayerNumber'),
    vatPayer: options.vat !== undefined,
    ...(operatorCode === undefined ? {} : { operatorCode }),
  });
  const operatorOf = (cashier: Receipt['cashier'], code: number | undefined): KzOperator => ({
    code: code ?? options.rules?.operatorCode ?? 1,
    ...(cashier === undefined ? {} : { name: cashier.name }),
  });

  const papers = new Map<number, readonly Row[]>();
  const printedKeys = new Set<string>();
  /** Neither a printer nor who listens for its problems changes what was done. */
  const problem = (cause: unknown): false => {
    try {
      options.onPrintProblem?.(cause);
    } catch {
      // Told as well as could be.
    }
    return false;
  };
  /** Prints the paper of a document, unless this process has done so. */
  const printOnce = async (done: KzDone, make: () => Row[]): Promise<boolean | undefined> => {
    if (printer === undefined) return undefined;
    try {
      const rows = make();
      papers.set(done.documentNumber, rows);
      if (papers.size > keptPapers) papers.delete(papers.keys().next().value as number);
      if (printedKeys.has(done.operationKey)) return true;
      await printer.print(draw(rows));
    } catch (cause) {
      return problem(cause);
    }
    printedKeys.add(done.operationKey);
    if (printedKeys.size > keptPapers) printedKeys.delete(printedKeys.values().next().value as string);
    return true;
  };

  const linkOf = (done: KzDone): string =>
    done.qrCode ??
    formatKzCheckLink({
      site: { base: baseOf(ofd.site) },
      ticketNumber: signOf(done),
      registrationNumber: registrationNumber(),
      total: done.total ?? 0,
      dateTime: done.at,
      offline: done.ticketNumber === undefined,
    });

  const resultOf = (done: KzDone, settlementType?: SettlementType): KzFiscalResult => {
    const isTicket = done.command === 'TICKET';
    return {
      documentCode: isTicket ? 3 : 5,
      fiscalDriveNumber: registrationNumber(),
      fiscalDocumentNumber: done.documentNumber,
      fiscalSign: isTicket ? signOf(done) : '',
      dateTime: done.at,
      shiftNumber: done.shiftNumber,
      delivered: done.delivered,
      ...(isTicket
        ? {
            totalSum: done.total,
            checkLink: linkOf(done),
            ...(settlementType === undefined ? {} : { settlementType }),
            ...(done.offlineTicketNumber === undefined
              ? {}
              : { offlineSign: String(done.offlineTicketNumber) }),
          }
        : {}),
    };
  };

  const printZ = (done: KzDone, cashier: Receipt['cashier']) =>
    printOnce(done, () =>
      kzReportRows(
        {
          seller: sellerNow(),
          type: 'z',
          report: done.report ?? {},
          documentNumber: done.documentNumber,
          cashier: cashier?.name,
          autonomous: !done.delivered,
        },
        { language },
      ),
    );
  /** A shift that had to be closed first has its paper first. */
  const printClosed = async (operationKey: string, cashier: Receipt['cashier']) => {
    const closed = closedBefore(session.state, operationKey);
    if (closed !== undefined) await printZ(closed, cashier);
  };

  /** Of documents whose records do not say more: those of earlier releases. */
  const requireOwn = (done: KzDone | undefined, command: KzDone['command'], total?: number) => {
    if (done === undefined) return;
    if (done.command === command && (total === undefined || done.total === total)) return;
    throw keyReused(done.operationKey);
  };
  const doneBy = (key: string): KzDone | undefined => {
    const found = session.lookup(key);
    return found.state === 'done' ? found.result : undefined;
  };

  const ticketRows = (
    ticket: KzTicketContent,
    result: KzFiscalResult,
    { copy, ...how }: KzRowOptions & { readonly copy: boolean },
  ): Row[] => {
    const { fiscalSign, offlineSign, checkLink = '' } = result;
    const sign = fiscalSign === offlineSign ? undefined : fiscalSign;
    return kzTicketRows(
      {
        seller: sellerNow(),
        ofd,
        ticket: { ...ticket, dateTime: kzDateTime(result.dateTime) } as KzTicket,
        documentNumber: result.fiscalDocumentNumber,
        shiftNumber: result.shiftNumber ?? 0,
        fiscalSign: sign,
        offlineSign,
        link: checkLink,
        ads: session.ads
          .filter(({ type }) => type !== 'TICKET_AD_INFO')
          .map((ad) => kzAdText(ad, fiscalSign)),
        copy,
      },
      { language: how.language ?? language },
    );
  };

  // A shift that the till has opened and no document has, yet.
  let marked: { readonly key: string; readonly result: KzFiscalResult } | undefined;
  let unmarked: { readonly key: string; readonly result: KzFiscalResult } | undefined;
  const shiftResult = (documentCode: number, dateTime: LocalDateTime): KzFiscalResult => {
    const { lastDocumentNumber, shiftNumber } = session.status();
    return {
      documentCode,
      fiscalDriveNumber: registrationNumber(),
      fiscalDocumentNumber: lastDocumentNumber,
      fiscalSign: '',
      dateTime,
      shiftNumber: shiftNumber + 1,
      delivered: true,
    };
  };
  const isMarked = () => marked !== undefined && session.status().shift === 'closed';

  const xReportRows: KzRegister['xReportRows'] = (cashier, how = {}) =>
    kzReportRows(
      {
        seller: sellerNow(),
        type: 'x',
        report: session.xReport(),
        cashier: cashier?.name,
        autonomous: session.status().offline !== undefined,
      },
      { language: how.language ?? language },
    );
  const requirePrinter = (): ReceiptPrinter => {
    if (printer === undefined)
      throw error(
        'NOT_SUPPORTED',
        'not-sent',
        'the register has no printer',
        'К кассе не подключён принтер.',
      );
    return printer;
  };

  return {
    session,
    get seller() {
      return sellerNow();
    },
    capabilities: {
      fnMessages: false,
      readDocuments: false,
      paperColumns: printer?.capabilities.columns,
      electronicOnly: true,
    },
    fnMessages: undefined,
    printer,
    async identity() {
      const { serialNumber, taxpayerNumber } = sellerNow();
      return {
        model: options.model ?? 'Elcert KZ',
        serialNumber,
        fiscalDriveNumber: registrationNumber(),
        inn: taxpayerNumber,
        kktRegistrationNumber: registrationNumber(),
      };
    },
    async status({ signal } = {}) {
      const device = session.status();
      const { queue, pending } = session.state;
      const oldest = queue[0] ?? pending;
      const paper = await printer?.status(signal === undefined ? {} : { signal }).catch(() => undefined);
      return {
        shift: isMarked() ? 'open' : device.shift,
        documentOpen: false,
        paper: paper === undefined ? 'unknown' : paper.paper === 'near-end' ? 'ok' : paper.paper,
        coverOpen: paper?.coverOpen,
        shiftNumber: isMarked() ? device.shiftNumber + 1 : device.shiftNumber,
        dateTime: session.now(),
        // A new device has none until its operator has told it.
        fiscalDriveNumber: known().registrationNumber === undefined ? '' : registrationNumber(),
        lastFiscalDocumentNumber: device.lastDocumentNumber,
        unsentDocuments: device.waiting,
        ...(oldest === undefined ? {} : { oldestUnsentAt: oldest.at }),
        device,
      };
    },
    async openShift(_cashier, { operationKey }) {
      if (marked?.key === operationKey) return marked.result;
      if (session.status().shift !== 'closed' || isMarked())
        throw error('SHIFT_OPEN', 'refused', 'a shift is open', 'Смена уже открыта.');
      marked = { key: operationKey, result: shiftResult(2, session.now()) };
      return marked.result;
    },
    async closeShift(cashier, { operationKey, operatorCode, signal }) {
      if (unmarked?.key === operationKey) return unmarked.result;
      requireOwn(doneBy(operationKey), 'CLOSE_SHIFT');
      const isKnown = session.lookup(operationKey).state !== 'not-done';
      if (!isKnown && isMarked()) {
        unmarked = { key: operationKey, result: shiftResult(5, session.now()) };
        marked = undefined;
        return unmarked.result;
      }
      const done = await fiscal(() =>
        session.closeShift(operatorOf(cashier, operatorCode), { operationKey, signal }),
      );
      requireOwn(done, 'CLOSE_SHIFT');
      marked = undefined;
      const printed = await printZ(done, cashier);
      return { ...resultOf(done), ...(printed === undefined ? {} : { printed }) };
    },
    async registerReceipt(receipt, { operationKey, details, operatorCode, electronicOnly, signal }) {
      const { ticket, done } = await fiscal(async () => {
        if (electronicOnly === true && receipt.buyerContact === undefined)
          throw new KzError({
            code: 'MISSING_FIELD',
            message: 'receipt/buyerContact: where the electronic receipt goes',
            userMessage: 'Для электронного чека нужен телефон или адрес почты покупателя.',
            path: 'receipt/buyerContact',
          });
        // Asked for again, a document keeps its day, and so its rates of VAT.
        const before = doneBy(operationKey);
        const { pending } = session.state;
        const own = before ?? (pending?.operationKey === operationKey ? pending : undefined);
        const at = own?.at ?? session.now();
        const made = kzTicketOf(receipt, { at, details, rules: rules(operatorCode) });
        const total = tiynOf(made.amounts.total);
        requireOwn(before, 'TICKET', total);
        const requestDigest = receiptDigest(receipt, details);
        const after = await session.ticket(made, { operationKey, requestDigest, signal });
        // Another call may have used the key while this one waited for its turn.
        requireOwn(after, 'TICKET', total);
        return { ticket: made, done: after };
      });
      const result = resultOf(done, receipt.settlementType);
      await printClosed(operationKey, receipt.cashier);
      if (electronicOnly === true) return result;
      const printed = await printOnce(done, () => ticketRows(ticket, result, { copy: false }));
      return { ...result, ...(printed === undefined ? {} : { printed }) };
    },
    async lookup(operationKey, evidence) {
      const mark = [marked, unmarked].find((one) => one?.key === operationKey);
      if (mark !== undefined) return { state: 'done', result: mark.result };
      const { afterDocumentNumber, fiscalDriveNumber, receipt } = evidence;
      const found = session.lookup(operationKey, { afterDocumentNumber });
      if (found.state === 'done' && found.result.command === 'MONEY_PLACEMENT')
        return { state: 'unknown', reason: 'the key stands for a cash movement: lookupCash' };
      if (found.state === 'done')
        return {
          state: 'done',
          result: resultOf(found.result, settlementOf(found.result) ?? receipt?.settlementType),
        };
      if (found.state === 'unknown')
        return { state: 'unknown', reason: 'it has no answer yet, or its result is no longer kept' };
      if (fiscalDriveNumber !== undefined && fiscalDriveNumber !== registrationNumber())
        return { state: 'unknown', reason: 'the register has another registration number' };
      return { state: 'not-done' };
    },
    closedShift(operationKey) {
      const closed = closedBefore(session.state, operationKey);
      return closed === undefined ? undefined : { ...resultOf(closed), report: closed.report ?? {} };
    },
    async readDocument() {
      throw error(
        'NOT_SUPPORTED',
        'not-sent',
        'documents of Kazakhstan live at the operator',
        'Касса не хранит документы: они у ОФД.',
      );
    },
    async shiftTotals() {
      return totalsOf(session);
    },
    async printXReport({ signal } = {}) {
      await requirePrinter().print(draw(xReportRows()), { signal });
    },
    xReportRows,
    async moveCash({ direction, amount }, { operationKey, operatorCode, signal }) {
      if (!Number.isSafeInteger(amount) || amount <= 0)
        throw new KzError({
          code: 'BAD_VALUE',
          outcome: 'not-sent',
          message: `a sum of ${amount} tiyn`,
          userMessage: 'Сумма должна быть больше нуля.',
          path: 'movement/amount',
        });
      requireOwn(doneBy(operationKey), 'MONEY_PLACEMENT', amount);
      const kind = direction === 'in' ? 'deposit' : 'withdrawal';
      const operator = operatorCode === undefined ? {} : { operator: operatorOf(undefined, operatorCode) };
      const done = await fiscal(() =>
        session.placeMoney(kind, amount, { operationKey, signal, ...operator }),
      );
      requireOwn(done, 'MONEY_PLACEMENT', amount);
      await printClosed(operationKey, undefined);
      await printOnce(done, () =>
        kzPlacementRows(
          {
            seller: sellerNow(),
            direction: kind,
            sum: amount,
            at: done.at,
            documentNumber: done.documentNumber,
            shiftNumber: done.shiftNumber,
            autonomous: !done.delivered,
          },
          { language },
        ),
      );
      return { cashInDrawer: session.state.counters.cash };
    },
    async lookupCash(operationKey) {
      const found = session.lookup(operationKey);
      if (found.state === 'done' && found.result.command !== 'MONEY_PLACEMENT')
        return { state: 'unknown', reason: 'the key stands for another document' };
      if (found.state === 'done')
        return { state: 'done', result: { cashInDrawer: session.state.counters.cash } };
      return found.state === 'not-done'
        ? { state: 'not-done' }
        : { state: 'unknown', reason: 'it has no answer yet, or its result is no longer kept' };
    },
    receiptRows(receipt, result, { details, copy = false, language: own } = {}) {
      const ticket = kzTicketOf(receipt, { at: result.dateTime, details, rules: rules(undefined) });
      return ticketRows(ticket, result, { copy, language: own });
    },
    async printCopy(fiscalDocumentNumber, { signal } = {}) {
      const rows = papers.get(fiscalDocumentNumber);
      const device = requirePrinter();
      if (rows === undefined)
        throw error(
          'NOT_SUPPORTED',
          'not-sent',
          `the paper of document ${fiscalDocumentNumber} is not kept: receiptRows makes it anew`,
          'Копия этого документа недоступна.',
        );
      const title: Row = { type: 'title', text: inLanguage(labels.copy, language ?? 'kk-ru') };
      await device.print(draw([title, ...rows]), { signal });
    },
    close: () => session.close(),
  };
}

/**
 * Opens a session and a register over it. `close` of the register closes the session.
 *
 * @throws as `openKzSession`
 */
export async function openKzRegister(
  options: KzRegisterOptions & { readonly session: KzSessionOptions },
): Promise<KzRegister> {
  const { session, ...rest } = options;
  return kzRegister(await openKzSession(session), rest);
}

/** Whether a ticket was a sale or a return; records of earlier releases do not say. */
function settlementOf({ operation }: KzDone): SettlementType | undefined {
  return operation === undefined ? undefined : settlements[operation as KzOperation];
}

function signOf({ ticketNumber, offlineTicketNumber }: KzDone): string {
  return ticketNumber ?? String(offlineTicketNumber ?? '');
}

function baseOf(site: string): string {
  return /^https?:\/\//.test(site) ? site : `http://${site}`;
}

function withoutAbsent<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The seller as the operator's `reg_info` has him; a place of its own wins over the address of the company. */
function sellerOf(registration: object | undefined): Partial<KzSeller> {
  const { kkm, org, pos } = (registration ?? {}) as {
    readonly kkm?: { readonly fnsKkmId?: string; readonly serialNumber?: string };
    readonly org?: {
      readonly title?: string;
      readonly address?: string;
      readonly addressKz?: string;
      readonly inn?: string;
    };
    readonly pos?: { readonly address?: string; readonly addressKz?: string };
  };
  const place = pos?.address === undefined || pos.address === '' ? org : pos;
  return withoutAbsent({
    title: org?.title,
    address: place?.address,
    addressKk: place?.addressKz,
    taxpayerNumber: org?.inn,
    serialNumber: kkm?.serialNumber,
    registrationNumber: kkm?.fnsKkmId,
  }) as Partial<KzSeller>;
}

function totalsOf(session: KzSession): ShiftTotals {
  const { counters } = session.state;
  const { operations, deposits, withdrawals, cash, shiftNumber } = counters;
  const total = ({ count, sum }: ShiftTotal): ShiftTotal => ({ count, sum });
  return {
    shiftNumber,
    cashInDrawer: cash,
    receipts: Object.fromEntries(
      (Object.keys(settlements) as KzOperation[]).map((name) => [
        settlements[name],
        total(operations[name].tickets),
      ]),
    ),
    cashIn: total(deposits),
    cashOut: total(withdrawals),
  };
}
