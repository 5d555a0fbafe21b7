import {
  type Clock,
  type Kopecks,
  type LocalDateTime,
  localDateTime,
  type Random,
  randomDigits,
  seededRandom,
  sumKopecks,
} from '@elcert/core';
import { assumedV1, type FesRefusalReason } from '@elcert/fes-client';
import { isTestTruCode, parseTruCode } from '@elcert/tru-code';
import {
  type CertificateDebitPort,
  type CertificateMovement,
  type CertificateMovementAnswer,
  defaultScenario,
  type EmulatedCertificate,
  type EmulatorContext,
  type Scenario,
} from '../kernel/index.js';
import {
  addToTally,
  allocate,
  baseOf,
  countLeft,
  emptyTally,
  moneyGiven,
  moneyLeft,
  type Share,
  type Tally,
} from './allocation.js';
import type { ProgrammeState } from './programmes.js';
import { codeOf, Refusal } from './refusals.js';
import { type CardRecord, type DeskRecord, known } from './registry.js';
import { createScene, type FesControls } from './scene.js';
import type { WireArticle, WireCard, WireReceipt, WireRequest } from './wire.js';

/** How long an approved basket lives, and how the emulator behaves where NSPK's rules are not public. */
export interface FesRules {
  /** 30 minutes by default. */
  readonly basketLifeMs: number;
  /** A basket that no certificate pays for: an approval of 0 kopecks, or a refusal. */
  readonly noCertificate: 'approve-nothing' | 'refuse';
}

/** A position of a basket in the emulator's books. */
export interface EmulatedArticle {
  readonly articleNumber: number;
  readonly originalArticleNumber?: number | undefined;
  readonly articleCode?: string | undefined;
  readonly truCode: string;
  readonly count: number;
  readonly price: Kopecks;
  readonly shares: readonly Share[];
}

/** A receipt that FES was told of. */
export interface EmulatedReceipt extends WireReceipt {
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** It came after the receipt's own day had ended at the point. */
  readonly late: boolean;
}

/** A basket in the emulator's books. */
export interface EmulatedBasket {
  readonly basketId: string;
  readonly kind: 'purchase' | 'return';
  readonly cashboxId: string;
  readonly merchantId: string;
  readonly cardId: string | undefined;
  /** `open` baskets hold balances; a newer pre-auth or time ends that. */
  readonly state: 'open' | 'replaced' | 'expired' | 'paid';
  /** Test TRU: always approved, never paid. */
  readonly test: boolean;
  /** Of a return: the purchase. */
  readonly purchaseBasketId: string | undefined;
  readonly articles: readonly EmulatedArticle[];
  readonly total: Kopecks;
  readonly certificateAmount: Kopecks;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly paidAt: number | undefined;
  /** The acquirer's operation that moved its money. */
  readonly operationId: string | undefined;
  readonly receipts: readonly EmulatedReceipt[];
}

/** A certificate in the emulator's books. Money in kopecks; `null` where it has no common limit. */
export interface CertificateState {
  readonly id: string;
  readonly annulled: boolean;
  /** What the treasury gave, and what the ledger still holds of it. */
  readonly given: Kopecks;
  readonly left: Kopecks;
  /** Held by open baskets. */
  readonly held: Kopecks;
  /** Units paid for and not returned. */
  readonly countSpent: number;
  readonly countHeld: number;
  readonly tru: readonly {
    readonly truCode: string;
    /** Units that a new pre-auth may still get; `null` when they are not counted. */
    readonly countFree: number | null;
  }[];
}

interface BasketRecord extends Omit<EmulatedBasket, 'state' | 'receipts' | 'paidAt' | 'operationId'> {
  state: 'open' | 'replaced' | 'paid';
  readonly panHashes: readonly string[];
  /** Of a return: units taken from each share of the purchase's positions; `uncovered` from what nobody paid for. */
  readonly takes: readonly Take[];
  paidAt: number | undefined;
  operationId: string | undefined;
  readonly receipts: EmulatedReceipt[];
}

type NewBasket = Omit<
  BasketRecord,
  'state' | 'createdAt' | 'expiresAt' | 'paidAt' | 'operationId' | 'receipts' | 'total' | 'certificateAmount'
>;

interface Take {
  readonly originalArticleNumber: number;
  /** Index of the purchase's share; −1 for units that no certificate paid for. */
  readonly share: number;
  readonly count: number;
}

/** What the operations of FES answer beside `result`, in the emulator's own words. */
export type FesReply =
  | { readonly kind: 'done'; readonly description: string }
  | { readonly kind: 'basket'; readonly basket: EmulatedBasket }
  | { readonly kind: 'basket-id'; readonly purchaseBasketId: string }
  | { readonly kind: 'certificates'; readonly certificates: readonly CertificateView[] }
  | {
      readonly kind: 'baskets';
      readonly baskets: readonly { readonly basketId: string; readonly authDate: LocalDateTime }[];
    };

/** A certificate as FES shows it: members are present by its kind of limit. */
export interface CertificateView {
  readonly id: string;
  readonly comment?: string;
  readonly startDate: string;
  readonly expiryDate: string;
  readonly balanceCount?: number;
  readonly balanceMoney?: Kopecks;
  readonly limitMoney?: Kopecks;
  readonly tru: readonly {
    readonly truCode: string;
    readonly balanceCount?: number;
    readonly limitMoney?: Kopecks;
  }[];
}

/** FES without a socket: its books, its rules, and the acquirer's way in. */
export interface FesState extends FesControls {
  readonly clock: Clock;
  readonly scenario: Scenario;
  readonly rules: FesRules;
  readonly debitPort: CertificateDebitPort;
  baskets(): readonly EmulatedBasket[];
  receipts(): readonly EmulatedReceipt[];
  certificates(): readonly CertificateState[];
  programmes(): readonly ProgrammeState[];
  /** Whose API key it is: a merchant's id, or why it is not accepted. */
  merchantOfApiKey(apiKey: string | undefined): { readonly merchantId: string } | Refusal;
  macKeyOf(cashboxId: string): { readonly merchantId: string; readonly macKey: string } | undefined;
  /** Carries out an operation of a desk. @throws Refusal */
  perform(cashboxId: string, request: WireRequest): FesReply;
  /** Called with every movement of certificate money, for records. */
  onMovement(
    listener: (
      kind: 'debit' | 'credit',
      movement: CertificateMovement,
      answer: CertificateMovementAnswer,
    ) => void,
  ): void;
}

const testCertificateId = '9'.repeat(30);

/**
 * Makes the books of FES: nothing listens, so that an acquirer can be tested without HTTP.
 *
 * Certificates of the scenario are funded from `treasury` at once.
 */
export function createFesState(
  context: EmulatorContext & { readonly scenario?: Scenario; readonly rules?: Partial<FesRules> },
): FesState {
  const { clock, ledger, seed } = context;
  const scenario = context.scenario ?? defaultScenario({ clock, seed });
  const rules: FesRules = {
    basketLifeMs: 30 * 60 * 1000,
    noCertificate: 'approve-nothing',
    ...context.rules,
  };
  const random: Random = seededRandom(`fes ${seed}`);
  const scene = createScene(context, scenario, random);
  const { merchants, points, desks, cards, certificates } = scene;
  const baskets = new Map<string, BasketRecord>();
  /** Those that may still hold something: so that a long run does not walk through all baskets each time. */
  const openBaskets = new Set<BasketRecord>();
  const returnsOf = new Map<string, BasketRecord[]>();
  const documents = new Map<string, EmulatedReceipt>();
  const movements = new Map<
    string,
    {
      readonly movement: CertificateMovement;
      readonly kind: string;
      readonly answer: CertificateMovementAnswer;
    }
  >();
  const listeners: Parameters<FesState['onMovement']>[0][] = [];

  const today = () => localDateTime(clock.now(), scenario.timeZone).slice(0, 10);

  // Books

  const stateOf = (basket: BasketRecord): EmulatedBasket['state'] =>
    basket.state === 'open' && clock.now() >= basket.expiresAt ? 'expired' : basket.state;

  const shown = (record: BasketRecord): EmulatedBasket => {
    const { panHashes: _hashes, takes: _takes, ...basket } = record;
    return { ...basket, state: stateOf(record), receipts: [...record.receipts] };
  };

  const openOnes = (): BasketRecord[] => {
    for (const basket of openBaskets) if (stateOf(basket) !== 'open') openBaskets.delete(basket);
    return [...openBaskets];
  };

  /** Open baskets that a newer pre-auth of the same desk and card replaces. */
  const olderOnes = (kind: BasketRecord['kind'], cashboxId: string, panHashes: readonly string[]) =>
    openOnes().filter(
      (basket) =>
        basket.kind === kind &&
        basket.cashboxId === cashboxId &&
        basket.panHashes.some((hash) => panHashes.includes(hash)),
    );

  /** What open purchase baskets, but for some, hold of each certificate. */
  const heldTallies = (except: readonly BasketRecord[] = []): Map<string, Tally> => {
    const held = new Map<string, Tally>();
    for (const basket of openOnes()) {
      if (basket.kind !== 'purchase' || basket.test || except.includes(basket)) continue;
      for (const article of basket.articles) {
        for (const share of article.shares) {
          const tally = held.get(share.certificateId) ?? emptyTally();
          held.set(share.certificateId, tally);
          addToTally(tally, article.truCode, share, 1);
        }
      }
    }
    return held;
  };

  const takenBy = (held: ReadonlyMap<string, Tally>) => (certificateId: string) => {
    const spent = known(certificates, certificateId, 'certificate').spent;
    const holding = held.get(certificateId) ?? emptyTally();
    const perTru = new Map(spent.perTru);
    for (const [base, count] of holding.perTru) perTru.set(base, (perTru.get(base) ?? 0) + count);
    return { money: spent.money + holding.money, count: spent.count + holding.count, perTru };
  };

  const newBasketId = (): string => {
    for (;;) {
      const id = `${1 + (random.uint32() % 9)}${randomDigits(random, 23)}`;
      if (!baskets.has(id)) return id;
    }
  };

  const cardOf = ({ panHash, par }: WireCard): CardRecord | undefined => {
    for (const record of cards.values()) {
      if (!record.panHashes.includes(panHash)) continue;
      if (par !== undefined && par !== record.card.par)
        throw new Refusal('malformed', 'par: it belongs to another account than panHash');
      return record;
    }
    // A token that the scenario does not list: the account reference names its card.
    for (const record of cards.values()) if (par !== undefined && record.card.par === par) return record;
    return undefined;
  };

  const usable = (card: CardRecord | undefined): EmulatedCertificate[] =>
    card === undefined
      ? []
      : [...certificates.values()]
          .filter(({ annulled, certificate }) => !annulled && certificate.cardId === card.card.id)
          .map(({ certificate }) => certificate)
          .filter(({ startDate, expiryDate }) => startDate <= today() && today() <= expiryDate);

  const isTest = (articles: readonly WireArticle[]): boolean => {
    const tests = articles.filter(({ truCode }) => isTestTruCode(parseTruCode(truCode)));
    if (tests.length > 0 && tests.length < articles.length)
      throw new Refusal('bad-tru-code', 'the test TRU code stands beside real goods');
    return tests.length > 0;
  };

  const amountOf = (articles: readonly EmulatedArticle[]): Kopecks =>
    sumKopecks(articles.flatMap(({ shares }) => shares.map((share) => share.certCount * share.certPrice)));

  const keep = (basket: NewBasket, replaces: readonly BasketRecord[]): EmulatedBasket => {
    const createdAt = clock.now();
    const record: BasketRecord = {
      ...basket,
      state: 'open',
      total: sumKopecks(basket.articles.map(({ count, price }) => count * price)),
      certificateAmount: amountOf(basket.articles),
      createdAt,
      expiresAt: createdAt + rules.basketLifeMs,
      paidAt: undefined,
      operationId: undefined,
      receipts: [],
    };
    for (const one of replaces) one.state = 'replaced';
    baskets.set(record.basketId, record);
    openBaskets.add(record);
    if (record.purchaseBasketId !== undefined) {
      const list = returnsOf.get(record.purchaseBasketId) ?? [];
      returnsOf.set(record.purchaseBasketId, [...list, record]);
    }
    return shown(record);
  };

  // Who may do what

  const checkDesk = (desk: DeskRecord): void => {
    if (desk.state !== 'active') throw new Refusal('desk-not-active', `the desk is ${desk.state}`);
    if (known(merchants, desk.merchantId, 'merchant').blocked)
      throw new Refusal('merchant-blocked', 'the merchant is blocked');
    if (known(points, desk.pointId, 'point').state === 'disabled')
      throw new Refusal('point-not-active', 'the point of sale is disabled');
  };

  /** Real goods need an activated point; the test TRU is what a point is activated by. */
  const checkPoint = (desk: DeskRecord, articles: readonly WireArticle[]): void => {
    const point = known(points, desk.pointId, 'point');
    if (point.state !== 'active')
      throw new Refusal('point-not-active', `the point of sale is ${point.state}`);
    if (point.activeFrom !== undefined && today() < point.activeFrom)
      throw new Refusal('point-not-active', `the point of sale is active from ${point.activeFrom}`);
    for (const { truCode, articleNumber } of articles) {
      if (point.truCodes !== undefined && !point.truCodes.has(baseOf(truCode)))
        throw new Refusal('tru-not-sold-here', `position ${articleNumber}: not sold at this point`);
    }
    scene.programmes.check(point, articles);
  };

  const ownBasket = (desk: DeskRecord, basketId: string, kind?: BasketRecord['kind']): BasketRecord => {
    const basket = baskets.get(basketId);
    if (
      basket === undefined ||
      basket.merchantId !== desk.merchantId ||
      (kind ?? basket.kind) !== basket.kind
    )
      throw new Refusal('basket-unknown', 'no such basket');
    return basket;
  };

  // Operations

  const preAuthPurchase = (
    desk: DeskRecord,
    request: WireCard & { readonly articles: readonly WireArticle[] },
  ): FesReply => {
    const test = isTest(request.articles);
    if (!test) checkPoint(desk, request.articles);
    const card = cardOf(request);
    const panHashes = [...new Set([request.panHash, ...(card?.panHashes ?? [])])];
    const older = olderOnes('purchase', desk.id, panHashes);
    const shares = test
      ? request.articles.map(({ count, price }): Share[] => [
          { certificateId: testCertificateId, certCount: count, certPrice: price, certMaxPrice: price },
        ])
      : allocate(request.articles, usable(card), takenBy(heldTallies(older)));
    if (rules.noCertificate === 'refuse' && shares.every((one) => one.length === 0))
      throw new Refusal('no-certificate', 'no certificate of this card pays for these goods');
    return {
      kind: 'basket',
      basket: keep(
        {
          basketId: newBasketId(),
          kind: 'purchase',
          cashboxId: desk.id,
          merchantId: desk.merchantId,
          cardId: card?.card.id,
          panHashes,
          test,
          purchaseBasketId: undefined,
          articles: request.articles.map(({ articleNumber, articleCode, truCode, count, price }, index) => ({
            articleNumber,
            articleCode,
            truCode,
            count,
            price,
            shares: shares[index] ?? [],
          })),
          takes: [],
        },
        older,
      ),
    };
  };

  /** Units of a purchase that were returned, or are about to be. */
  const takenUnits = (purchaseBasketId: string, except: readonly BasketRecord[]): Take[] =>
    (returnsOf.get(purchaseBasketId) ?? [])
      .filter((one) => !except.includes(one) && (stateOf(one) === 'paid' || stateOf(one) === 'open'))
      .flatMap(({ takes }) => takes);

  const originalOf = (purchase: BasketRecord, article: WireArticle): EmulatedArticle => {
    const number = article.originalArticleNumber;
    const original =
      number === undefined || number === 999
        ? purchase.articles.find((one) => one.truCode === article.truCode && one.price === article.price)
        : purchase.articles.find((one) => one.articleNumber === number);
    const at = `position ${article.articleNumber}`;
    if (original === undefined) throw new Refusal('article-not-in-purchase', `${at}: not in the purchase`);
    if (original.truCode !== article.truCode || original.price !== article.price)
      throw new Refusal(
        'article-not-in-purchase',
        `${at}: other goods or another price than in the purchase`,
      );
    return original;
  };

  const preAuthReturn = (
    desk: DeskRecord,
    request: WireCard & { readonly purchaseBasketId: string; readonly articles: readonly WireArticle[] },
  ): FesReply => {
    const purchase = ownBasket(desk, request.purchaseBasketId, 'purchase');
    if (purchase.state !== 'paid') throw new Refusal('basket-unknown', 'the purchase was not paid');
    const card = cardOf(request);
    if (
      !purchase.panHashes.includes(request.panHash) &&
      (card === undefined || card.card.id !== purchase.cardId)
    )
      throw new Refusal('basket-unknown', 'the purchase was paid by another card');
    const panHashes = [...new Set([request.panHash, ...purchase.panHashes])];
    const older = olderOnes('return', desk.id, panHashes);
    const earlier = takenUnits(purchase.basketId, older);
    const takes: Take[] = [];
    const articles = request.articles.map((article): EmulatedArticle => {
      const original = originalOf(purchase, article);
      const originalArticleNumber = original.articleNumber;
      const gone = (share: number) =>
        [...earlier, ...takes]
          .filter((one) => one.originalArticleNumber === originalArticleNumber && one.share === share)
          .reduce((sum, one) => sum + one.count, 0);
      const covered = original.shares.reduce((sum, share) => sum + share.certCount, 0);
      const slots = [
        ...original.shares.map((share, index) => ({ index, free: share.certCount - gone(index) })),
        { index: -1, free: original.count - covered - gone(-1) },
      ];
      const free = slots.reduce((sum, slot) => sum + slot.free, 0);
      if (article.count > free) {
        const at = `position ${article.articleNumber}`;
        throw article.count > original.count
          ? new Refusal('more-than-bought', `${at}: ${original.count} were bought`)
          : new Refusal('already-returned', `${at}: ${free} of ${original.count} are left to return`);
      }
      // Units that a certificate paid for come back first: the state's money does not wait.
      const shares: Share[] = [];
      let open = article.count;
      for (const { index, free: units } of slots) {
        const count = Math.min(open, units);
        if (count === 0) continue;
        open -= count;
        takes.push({ originalArticleNumber, share: index, count });
        const share = original.shares[index];
        if (share !== undefined) shares.push({ ...share, certCount: count });
      }
      const { articleNumber, articleCode, truCode, count, price } = article;
      return { articleNumber, originalArticleNumber, articleCode, truCode, count, price, shares };
    });
    return {
      kind: 'basket',
      basket: keep(
        {
          basketId: newBasketId(),
          kind: 'return',
          cashboxId: desk.id,
          merchantId: desk.merchantId,
          cardId: purchase.cardId,
          panHashes,
          test: false,
          purchaseBasketId: purchase.basketId,
          articles,
          takes,
        },
        older,
      ),
    };
  };

  const takeReceipt = (desk: DeskRecord, receipt: WireReceipt): FesReply => {
    const basket = ownBasket(desk, receipt.basketId);
    // Receipts of a test purchase are not checked, and none should be made.
    if (basket.test) return { kind: 'done', description: 'test basket' };
    if (basket.state !== 'paid') throw new Refusal('basket-unknown', 'the basket was not paid');
    const key = `${receipt.fiscalDriveNumber} ${Number(receipt.fiscalDocumentNumber)}`;
    const earlier = documents.get(key);
    if (earlier !== undefined) {
      const { receivedAt: _at, late: _late, ...before } = earlier;
      const { ...now } = receipt;
      const same = (Object.keys(before) as (keyof WireReceipt)[]).every((name) => before[name] === now[name]);
      if (!same) throw new Refusal('receipt-contradicts', 'this document was reported with other data');
      return { kind: 'done', description: 'accepted before' };
    }
    const expected = basket.kind === 'purchase' ? [1, 3] : [2, 4];
    // What comes after the first receipt of a basket corrects it, and may be of either kind.
    if (basket.receipts.length === 0 && !expected.includes(receipt.operationType))
      throw new Refusal(
        'receipt-contradicts',
        `a ${basket.kind} basket and operation type ${receipt.operationType}`,
      );
    // Either reading of the sum is accepted – the certificate part, or the whole receipt – and nothing else.
    const { sum } = receipt;
    if (basket.receipts.length === 0 && sum !== basket.certificateAmount && sum < basket.total)
      throw new Refusal('receipt-contradicts', 'the sum is neither the certificate part nor a whole receipt');
    if (receipt.dateTime.slice(0, 10) > today())
      throw new Refusal('receipt-contradicts', 'the receipt is dated tomorrow or later');
    const taken: EmulatedReceipt = {
      basketId: receipt.basketId,
      fiscalDriveNumber: receipt.fiscalDriveNumber,
      fiscalDocumentNumber: receipt.fiscalDocumentNumber,
      fiscalSign: receipt.fiscalSign,
      sum: receipt.sum,
      dateTime: receipt.dateTime,
      operationType: receipt.operationType,
      place: receipt.place,
      receivedAt: clock.now(),
      late: receipt.dateTime.slice(0, 10) < today(),
    };
    documents.set(key, taken);
    basket.receipts.push(taken);
    return { kind: 'done', description: 'accepted' };
  };

  const findByReceipt = (
    desk: DeskRecord,
    wanted: Pick<WireReceipt, 'fiscalDriveNumber' | 'fiscalDocumentNumber' | 'fiscalSign'>,
  ): FesReply => {
    const receipt = documents.get(`${wanted.fiscalDriveNumber} ${Number(wanted.fiscalDocumentNumber)}`);
    if (receipt === undefined || receipt.fiscalSign !== wanted.fiscalSign)
      throw new Refusal('basket-unknown', 'no basket with such a receipt');
    const basket = ownBasket(desk, receipt.basketId);
    return { kind: 'basket-id', purchaseBasketId: basket.purchaseBasketId ?? basket.basketId };
  };

  const viewOf = (certificate: EmulatedCertificate, taken: Tally): CertificateView => {
    const { id, comment, startDate, expiryDate, count, money, totalMoney, tru } = certificate;
    return {
      id,
      ...(comment === undefined ? {} : { comment }),
      startDate,
      expiryDate,
      ...(count === 'total'
        ? { balanceCount: Math.max(0, (certificate.totalCount ?? 0) - taken.count) }
        : {}),
      ...(money === 'total'
        ? { balanceMoney: moneyLeft(certificate, taken), limitMoney: totalMoney ?? 0 }
        : {}),
      tru: tru.map((one) => ({
        truCode: one.truCode,
        ...(count === 'per-tru' ? { balanceCount: countLeft(certificate, taken, one.truCode) } : {}),
        ...(money === 'per-unit' ? { limitMoney: one.unitLimit ?? 0 } : {}),
      })),
    };
  };

  const listCertificates = (request: WireCard): FesReply => {
    const card = cardOf(request);
    const taken = takenBy(heldTallies());
    return {
      kind: 'certificates',
      certificates: [...certificates.values()]
        .filter(({ annulled, certificate }) => !annulled && certificate.cardId === card?.card.id)
        .filter(({ certificate }) => certificate.expiryDate >= today())
        .map(({ certificate }) => viewOf(certificate, taken(certificate.id))),
    };
  };

  const listBaskets = (desk: DeskRecord, request: WireCard & { readonly truCode: string }): FesReply => {
    const card = cardOf(request);
    const base = baseOf(request.truCode);
    return {
      kind: 'baskets',
      baskets: [...baskets.values()]
        .filter(
          (one) => one.kind === 'purchase' && one.state === 'paid' && one.merchantId === desk.merchantId,
        )
        .filter((one) =>
          card === undefined ? one.panHashes.includes(request.panHash) : one.cardId === card.card.id,
        )
        .filter((one) => one.articles.some(({ truCode }) => baseOf(truCode) === base))
        .map((one) => ({
          basketId: one.basketId,
          authDate: localDateTime(one.paidAt ?? one.createdAt, scenario.timeZone),
        })),
    };
  };

  const perform = (cashboxId: string, request: WireRequest): FesReply => {
    const desk = known(desks, cashboxId, 'desk');
    checkDesk(desk);
    switch (request.operation) {
      case 'echo':
        return { kind: 'done', description: request.message };
      case 'preAuthPurchase':
        return preAuthPurchase(desk, request);
      case 'preAuthReturn':
        return preAuthReturn(desk, request);
      case 'fiscalReceiptData': {
        const { operation: _, ...receipt } = request;
        return takeReceipt(desk, receipt);
      }
      case 'purchaseBasketId':
        return findByReceipt(desk, request);
      case 'basket':
        return { kind: 'basket', basket: shown(ownBasket(desk, request.basketId)) };
      case 'certificates':
        return listCertificates(request);
      case 'purchaseBaskets':
        return listBaskets(desk, request);
    }
  };

  // The acquirer's side

  const no = (reason: FesRefusalReason, description: string): CertificateMovementAnswer => ({
    ok: false,
    code: codeOf(assumedV1, reason),
    description,
  });

  const judge = (kind: 'debit' | 'credit', movement: CertificateMovement): CertificateMovementAnswer => {
    const basket = baskets.get(movement.basketId);
    const wanted = kind === 'debit' ? 'purchase' : 'return';
    if (basket === undefined || basket.kind !== wanted) return no('basket-unknown', 'no such basket');
    if (basket.state === 'paid') return no('basket-paid', 'the basket is paid already');
    if (stateOf(basket) !== 'open') return no('basket-expired', `the basket is ${stateOf(basket)}`);
    try {
      checkDesk(known(desks, basket.cashboxId, 'desk'));
    } catch (error) {
      if (error instanceof Refusal) return no(error.reason, error.message);
      throw error;
    }
    if (!basket.panHashes.includes(movement.panHash))
      return no('basket-unknown', 'the basket was approved for another card');
    if (movement.certificate !== basket.certificateAmount)
      return no(
        'malformed',
        `${basket.certificateAmount} kopecks were approved, not ${movement.certificate}`,
      );
    if (!Number.isSafeInteger(movement.own) || movement.own < 0)
      return no('malformed', 'not a sum of own money');
    // 51 is the acquirers' "insufficient funds", which is how a test purchase ends.
    if (basket.test) return { ok: false, code: 51, description: 'the test basket is never paid' };
    if (kind === 'debit') {
      if (basket.certificateAmount === 0) return no('no-certificate', 'no certificate pays in this basket');
      const annulled = basket.articles
        .flatMap(({ shares }) => shares)
        .find(({ certificateId }) => certificates.get(certificateId)?.annulled === true);
      if (annulled !== undefined)
        return no('certificate-annulled', 'a certificate of the basket was annulled');
    }
    book(kind, basket, movement);
    return { ok: true };
  };

  const book = (kind: 'debit' | 'credit', basket: BasketRecord, movement: CertificateMovement): void => {
    const sign = kind === 'debit' ? 1 : -1;
    const byCertificate = new Map<string, number>();
    for (const { shares } of basket.articles) {
      for (const { certificateId, certCount, certPrice } of shares)
        byCertificate.set(certificateId, (byCertificate.get(certificateId) ?? 0) + certCount * certPrice);
    }
    if (basket.certificateAmount > 0) {
      ledger.post({
        id: `fes/${kind}/${basket.basketId}`,
        at: clock.now(),
        by: 'fes',
        operation: kind,
        entries: [
          ...[...byCertificate].map(([id, amount]) => ({
            account: `certificate/${id}`,
            amount: -sign * amount,
          })),
          { account: 'acquirer/clearing', amount: sign * basket.certificateAmount },
        ],
        references: { basketId: basket.basketId, operationId: movement.operationId },
      });
    }
    for (const { truCode, shares } of basket.articles) {
      for (const share of shares)
        addToTally(known(certificates, share.certificateId, 'certificate').spent, truCode, share, sign);
    }
    basket.state = 'paid';
    basket.paidAt = clock.now();
    basket.operationId = movement.operationId;
  };

  const move = (kind: 'debit' | 'credit', movement: CertificateMovement): CertificateMovementAnswer => {
    const earlier = movements.get(movement.operationId);
    if (earlier !== undefined) {
      const { movement: before } = earlier;
      const same =
        earlier.kind === kind &&
        before.basketId === movement.basketId &&
        before.certificate === movement.certificate &&
        before.own === movement.own;
      return same
        ? earlier.answer
        : no('request-id-reused', 'this operation id was used for another movement');
    }
    const answer = judge(kind, movement);
    movements.set(movement.operationId, { movement, kind, answer });
    for (const listener of listeners) listener(kind, movement, answer);
    return answer;
  };

  return {
    ...scene.controls,
    clock,
    scenario,
    rules,
    perform,
    debitPort: {
      basket(basketId) {
        const basket = baskets.get(basketId);
        if (basket === undefined) return undefined;
        const { kind, certificateAmount, panHashes, test } = basket;
        return { kind, certificateAmount, panHashes, test };
      },
      debit: (movement) => move('debit', movement),
      credit: (movement) => move('credit', movement),
    },
    onMovement: (listener) => void listeners.push(listener),
    baskets: () => [...baskets.values()].map(shown),
    receipts: () => [...documents.values()],
    programmes: () => scene.programmes.list(),
    certificates() {
      const held = heldTallies();
      const taken = takenBy(held);
      return [...certificates.values()].map(({ certificate, annulled, spent }) => {
        const all = taken(certificate.id);
        return {
          id: certificate.id,
          annulled,
          given: moneyGiven(certificate),
          left: ledger.balance(`certificate/${certificate.id}`),
          held: held.get(certificate.id)?.money ?? 0,
          countSpent: spent.count,
          countHeld: held.get(certificate.id)?.count ?? 0,
          tru: certificate.tru.map(({ truCode }) => {
            const free = countLeft(certificate, all, truCode);
            return { truCode, countFree: Number.isFinite(free) ? free : null };
          }),
        };
      });
    },
    merchantOfApiKey(apiKey) {
      if (apiKey === undefined || apiKey === '') return new Refusal('api-key-unknown', 'no API key');
      for (const merchant of merchants.values()) {
        if (merchant.apiKey === apiKey) {
          return merchant.apiKeyBlocked
            ? new Refusal('api-key-blocked', 'the API key is blocked')
            : { merchantId: merchant.id };
        }
        if (merchant.deadApiKeys.has(apiKey))
          return new Refusal('api-key-blocked', 'the API key was re-issued, this one is blocked');
      }
      return new Refusal('api-key-unknown', 'the API key is not known');
    },
    macKeyOf(cashboxId) {
      const desk = desks.get(cashboxId);
      return desk === undefined ? undefined : { merchantId: desk.merchantId, macKey: desk.macKey };
    },
  };
}
