import {
  type AuthorizationResult,
  type Authorizer,
  ElcertError,
  isElcertError,
  type Kopecks,
  localToUnixSeconds,
  outcomeOf,
  type Random,
  randomUuid,
  sumKopecks,
} from '@elcert/core';
import {
  type CardReading,
  type PaymentTerminal,
  type TerminalProgress,
  terminalAuthorizer,
} from '@elcert/device-drivers';
import {
  type AuthorizationState,
  type AuthorizeRequest,
  authorize,
  type BasketSplit,
  type FesArticle,
  type FesClient,
  type PurchaseBasket,
  resolvePayment,
  splitBasket,
} from '@elcert/fes-client';
import type {
  FiscalEvidence,
  FiscalRegister,
  FiscalResult,
  Receipt,
  RegisterStatus,
} from '@elcert/fiscal-doc';
import { enrichTruCode, parseTruCode } from '@elcert/tru-code';
import type { CartItem } from './cart.js';

// The sale as a till without a journal plays it: in memory, asking after every unknown, never paying twice. Everything
// that must survive a crash belongs to `checkout`.

/** The ends a sale needs. */
export interface Till {
  readonly fes: FesClient;
  readonly terminal: PaymentTerminal;
  readonly register: FiscalRegister;
  /** Sends the register's documents to the operator, oldest first; answers how many went. */
  readonly deliver: () => Promise<number>;
  readonly place: string;
  readonly cashier: { readonly name: string; readonly inn?: string };
  readonly random: Random;
}

/** Steps of a sale, in order. */
export type SaleStep = 'check' | 'card' | 'pre-auth' | 'payment' | 'receipt' | 'confirm' | 'delivery';

/** What the till knows after a sale. Kopecks. */
export interface Sale {
  readonly basketId: string;
  readonly split: BasketSplit;
  readonly certificateAmount: Kopecks;
  readonly ownAmount: Kopecks;
  readonly total: Kopecks;
  readonly authorization: AuthorizationResult;
  readonly receipt: Receipt;
  readonly fiscal: FiscalResult;
  readonly delivered: number;
}

/** What a sale tells while it goes on. */
export interface SaleReport {
  step(step: SaleStep, title: string): void;
  note(text: string): void;
  /** What a cashier would read on the screen, Russian. */
  cashier(text: string): void;
  split(split: BasketSplit, items: readonly CartItem[]): void;
}

/** What a buyer must know of a sale that stopped. */
export type MoneyMoved = 'no' | 'yes' | 'unknown';

/** Joins what is known into sentences: messages of devices and servers come without a full stop. */
function sentences(...texts: readonly (string | undefined)[]): string {
  return texts
    .flatMap((text) => (text === undefined || text === '' ? [] : [/[.!?]$/.test(text) ? text : `${text}.`]))
    .join(' ');
}

function stopped(step: SaleStep, moneyMoved: MoneyMoved, cause: unknown, advice: string): ElcertError {
  const money = {
    no: 'Деньги не списаны.',
    yes: 'Деньги списаны.',
    unknown: 'Списаны ли деньги, неизвестно: не проводите оплату ещё раз.',
  }[moneyMoved];
  const original = isElcertError(cause) ? cause : undefined;
  return new ElcertError({
    code: original?.code ?? 'SALE_STOPPED',
    message: original?.message ?? (cause instanceof Error ? cause.message : String(cause)),
    userMessage: sentences(original?.userMessage, money, advice),
    outcome: original?.outcome ?? 'unknown',
    path: original?.path,
    details: { ...original?.details, step, moneyMoved },
    cause,
  });
}

/**
 * Plays one sale.
 *
 * @throws ElcertError with the cause's code and outcome, and `details.step` and `details.moneyMoved`
 */
export async function sell(till: Till, items: readonly CartItem[], report: SaleReport): Promise<Sale> {
  await checkRegister(till, report);
  const articles = fesArticles(items);
  const card = await readCard(till, report);
  const { basket, split } = await preAuthorize(till, items, articles, card, report);
  const basketId = basket.purchaseBasketId;

  const total = sumKopecks(items.map((item) => item.price * item.count));
  const certificateAmount = split.certificateAmount;
  const ownAmount = total - certificateAmount;
  const payment = {
    operationKey: randomUuid(till.random),
    panHash: card.panHash,
    par: card.par,
    certificateAmount,
    ownAmount,
    ordinaryAmount: total - split.total,
  };
  const authorization = await pay(till, basket, payment, report);

  const receipt = receiptOf(till, items, { basketId, certificateAmount, ownAmount });
  const fiscal = await printReceipt(till, receipt, report);
  // Without a certificate there is nothing that FES would wait for.
  if (certificateAmount > 0) await confirm(till, { basketId, certificateAmount, total, fiscal }, report);
  const delivered = await deliver(till, report);
  return { basketId, split, certificateAmount, ownAmount, total, authorization, receipt, fiscal, delivered };
}

/** Before any money: a receipt that cannot be printed must stop the sale here. */
async function checkRegister({ register }: Till, report: SaleReport): Promise<void> {
  report.step('check', 'Is the register ready to print?');
  try {
    const status = await register.status();
    const problem = notReady(status);
    if (problem !== undefined) {
      throw new ElcertError({
        code: problem.code,
        message: `the register cannot print a receipt: shift ${status.shift}, paper ${status.paper}`,
        userMessage: problem.userMessage,
        outcome: 'refused',
      });
    }
    report.note(
      `shift ${status.shiftNumber} is open, the drive's last document is ${status.lastFiscalDocumentNumber}`,
    );
  } catch (error) {
    throw stopped('check', 'no', error, '');
  }
}

const thirtyDays = 30 * 86_400;

function notReady(
  status: RegisterStatus,
): { readonly code: string; readonly userMessage: string } | undefined {
  const { shift, paper, coverOpen, dateTime, oldestUnsentAt, driveInFiscalPhase } = status;
  if (shift === 'closed') return { code: 'SHIFT_CLOSED', userMessage: 'Смена закрыта: откройте смену.' };
  if (shift === 'expired') {
    return {
      code: 'SHIFT_EXPIRED',
      userMessage: 'Смена открыта больше 24 часов: закройте её и откройте новую.',
    };
  }
  if (paper === 'out' || coverOpen === true) {
    return { code: 'PRINTER_NOT_READY', userMessage: 'Проверьте бумагу и крышку кассы.' };
  }
  if (driveInFiscalPhase === false) {
    return { code: 'DRIVE_NOT_READY', userMessage: 'Фискальный накопитель не в фискальном режиме.' };
  }
  if (dateTime !== undefined && oldestUnsentAt !== undefined) {
    const waited = localToUnixSeconds(dateTime) - localToUnixSeconds(oldestUnsentAt);
    if (waited >= thirtyDays) {
      return {
        code: 'DRIVE_BLOCKED',
        userMessage: 'Документы не переданы в ОФД больше 30 дней: ФН не подпишет чек.',
      };
    }
  }
  return undefined;
}

function fesArticles(items: readonly CartItem[]): FesArticle[] {
  const articles: FesArticle[] = [];
  for (const { tru, price, count } of items) {
    if (tru === undefined) continue;
    const { base, ...known } = tru;
    const { full } = enrichTruCode(parseTruCode(base), known);
    articles.push({ articleNumber: articles.length + 1, truCode: full, count, price });
  }
  return articles;
}

async function readCard({ terminal }: Till, report: SaleReport): Promise<CardReading> {
  report.step('card', 'First tap, no PIN: whose card is it?');
  try {
    return await terminal.readCard({ onProgress: ({ userMessage }) => report.cashier(userMessage) });
  } catch (error) {
    throw stopped('card', 'no', error, 'Начните продажу заново.');
  }
}

async function preAuthorize(
  { fes, random }: Till,
  items: readonly CartItem[],
  articles: readonly FesArticle[],
  card: CardReading,
  report: SaleReport,
) {
  report.step('pre-auth', 'FES: which part of the basket do certificates pay?');
  const requestId = randomUuid(random);
  const ask = () => fes.preAuthPurchase({ panHash: card.panHash, par: card.par, articles }, { requestId });
  try {
    // Approval moves nothing: with the same request id and the same bytes FES gives the same basket again.
    const basket = await repeatWhileUnknown(ask, report);
    const split = splitBasket(basket);
    report.split(split, items);
    return { basket, split };
  } catch (error) {
    throw stopped('pre-auth', 'no', error, 'Сертификатом оплатить нельзя; обычная продажа возможна.');
  }
}

/** Pays what FES approved, or – where no certificate pays – everything by the card alone. */
async function pay(
  till: Till,
  basket: PurchaseBasket,
  request: AuthorizeRequest,
  report: SaleReport,
): Promise<AuthorizationResult> {
  report.step('payment', 'Second tap, with PIN: own money, then the certificate');
  const onProgress = ({ userMessage }: TerminalProgress) => report.cashier(userMessage);
  const { operationKey, certificateAmount, ownAmount, ordinaryAmount = 0 } = request;
  if (certificateAmount === 0) {
    const paid = await till.terminal
      .pay({ operationKey, amount: ownAmount }, { onProgress })
      .catch((error: unknown) => {
        throw stopped('payment', outcomeOf(error) === 'unknown' ? 'unknown' : 'no', error, '');
      });
    return approved(
      { ...paid, state: paid.own === 'done' ? 'done' : paid.own === 'unknown' ? 'unknown' : 'refused' },
      report,
    );
  }
  const authorizer: Authorizer = {
    ...terminalAuthorizer(till.terminal),
    pay: (payment) => till.terminal.payCertificate(payment, { onProgress }),
  };
  try {
    return approved(await authorize(till.fes, basket, authorizer, { ...request, ordinaryAmount }), report);
  } catch (error) {
    if (isElcertError(error) && error.details?.moneyMoved !== undefined) throw error;
    if (outcomeOf(error) !== 'unknown') throw stopped('payment', 'no', error, '');
    // The answer was lost. Who can be asked is asked; nothing is paid again.
    report.note("the terminal's answer is lost: ask the terminal, and FES whether the basket is paid");
    const found = await resolvePayment(till.fes, basket, authorizer, request).catch(() => undefined);
    if (found === undefined || found.state === 'unknown') {
      throw stopped('payment', 'unknown', error, 'Проверьте последнюю операцию на терминале.');
    }
    report.note(`${found.resolvedBy === 'fes' ? 'FES' : 'the terminal'} tells: ${found.state}`);
    return approved(found, report);
  }
}

function approved(
  result: AuthorizationResult & { readonly state: AuthorizationState },
  report: SaleReport,
): AuthorizationResult {
  if (result.state === 'done') {
    report.note(`approved, code ${result.responseCode ?? '–'}, RRN ${result.rrn ?? '–'}`);
    return result;
  }
  const moved: MoneyMoved =
    result.state === 'refused' ? 'no' : result.state === 'partial' ? 'yes' : 'unknown';
  throw stopped(
    'payment',
    moved,
    new ElcertError({
      code: 'PAYMENT_REFUSED',
      message: `the payment was not approved: own ${result.own}, certificate ${result.certificate}, code ${result.responseCode ?? 'none'}`,
      userMessage: `Оплата отклонена${result.responseText === undefined ? '' : `: ${result.responseText}`}.`,
      outcome: moved === 'unknown' ? 'unknown' : 'refused',
      details: { own: result.own, certificate: result.certificate, responseCode: result.responseCode },
    }),
    moved === 'yes' ? 'Проведена только часть: оформите возврат по карте.' : '',
  );
}

function receiptOf(
  { cashier }: Till,
  items: readonly CartItem[],
  paid: { readonly basketId: string; readonly certificateAmount: Kopecks; readonly ownAmount: Kopecks },
): Receipt {
  const { basketId, certificateAmount, ownAmount } = paid;
  return {
    settlementType: 'sale',
    taxation: 'general',
    cashier,
    lines: items.map(({ name, price, count, vat, tru }) => ({
      name,
      price,
      quantity: String(count),
      unit: 'piece',
      vat,
      method: 'full',
      subject: 'goods',
      ...(tru === undefined ? {} : { truCode: enrichTruCode(parseTruCode(tru.base), withoutBase(tru)).full }),
    })),
    payments: { electronic: certificateAmount + ownAmount },
    ...(certificateAmount === 0
      ? {}
      : { certificate: { basketId, certificateAmount, cardAmount: ownAmount } }),
  };
}

function withoutBase({ base: _base, ...known }: NonNullable<CartItem['tru']>) {
  return known;
}

async function printReceipt(
  { register, random }: Till,
  receipt: Receipt,
  report: SaleReport,
): Promise<FiscalResult> {
  report.step('receipt', 'The fiscal receipt');
  const operationKey = randomUuid(random);
  const print = () => register.registerReceipt(receipt, { operationKey });
  const paperless = 'Чек не напечатан: повторите печать, но не оплату.';
  let evidence: FiscalEvidence | undefined;
  try {
    // Asked as late as can be: what comes after it is ours.
    const { lastFiscalDocumentNumber, fiscalDriveNumber } = await register.status();
    evidence = { afterDocumentNumber: lastFiscalDocumentNumber, fiscalDriveNumber, receipt };
    return await print();
  } catch (error) {
    if (outcomeOf(error) !== 'unknown' || evidence === undefined)
      throw stopped('receipt', 'yes', error, paperless);
    report.note("the register's answer is lost: ask whether the document is in the drive");
    const said = await register.lookup(operationKey, evidence).catch(() => undefined);
    if (said?.state === 'done') {
      report.note(`document ${said.result.fiscalDocumentNumber} is there`);
      return said.result;
    }
    if (said?.state !== 'not-done') {
      throw stopped(
        'receipt',
        'yes',
        error,
        'Проверьте последний документ на кассе, не оплачивайте ещё раз.',
      );
    }
    report.note('it is not: print the receipt');
    return await print().catch((second: unknown) => {
      throw stopped('receipt', 'yes', second, outcomeOf(second) === 'unknown' ? '' : paperless);
    });
  }
}

async function confirm(
  { fes, place, random }: Till,
  sold: {
    readonly basketId: string;
    readonly certificateAmount: Kopecks;
    readonly total: Kopecks;
    readonly fiscal: FiscalResult;
  },
  report: SaleReport,
): Promise<void> {
  report.step('confirm', "FES: the receipt's data");
  const { basketId, certificateAmount, total, fiscal } = sold;
  const requestId = randomUuid(random);
  const send = () =>
    fes.fiscalReceiptData(
      {
        basketId,
        certificateAmount,
        totalAmount: total,
        fiscalDriveNumber: fiscal.fiscalDriveNumber,
        fiscalDocumentNumber: fiscal.fiscalDocumentNumber,
        fiscalSign: fiscal.fiscalSign,
        dateTime: fiscal.dateTime,
        settlementType: 'sale',
        place,
      },
      { requestId },
    );
  try {
    await repeatWhileUnknown(send, report);
  } catch (error) {
    throw stopped('confirm', 'yes', error, 'Чек напечатан; данные чека нужно передать в ФЭС до конца дня.');
  }
}

async function deliver(till: Till, report: SaleReport): Promise<number> {
  report.step('delivery', 'The fiscal documents go to their operator (OFD)');
  try {
    // The operator counts a document once by drive and number, so sending it again after a lost answer is safe.
    return await repeatWhileUnknown(till.deliver, report);
  } catch (error) {
    throw stopped(
      'delivery',
      'yes',
      error,
      'Продажа завершена; документ остался в ФН и уйдёт, когда оператор ответит.',
    );
  }
}

/** For calls that may be repeated with the same bytes: once more after an unknown outcome. */
async function repeatWhileUnknown<T>(call: () => Promise<T>, report: SaleReport): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (outcomeOf(error) !== 'unknown') throw error;
    report.note(`no answer (${isElcertError(error) ? error.code : 'error'}): the same request once more`);
    return call();
  }
}
