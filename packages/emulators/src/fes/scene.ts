import { type Random, randomDigits, randomUuid } from '@elcert/core';
import {
  type CashboxState,
  type EmulatedCard,
  type EmulatedCertificate,
  type EmulatorContext,
  panHashOf,
  type Scenario,
} from '../kernel/index.js';
import { baseOf, emptyTally, moneyGiven } from './allocation.js';
import { createProgrammes, type ProgrammeControls, type Programmes } from './programmes.js';
import {
  type CardRecord,
  type CertificateRecord,
  type DeskRecord,
  known,
  type MerchantRecord,
  type PointRecord,
  type PointState,
} from './registry.js';

/** What happens to a desk in the cabinet, or at NSPK and ГИС ЭС. */
export type DeskEvent =
  | 'edit'
  | 'approve'
  | 'block'
  | 'unblock'
  | 'decommission'
  | 'require-correction'
  | 'correct'
  | 'block-by-nspk'
  | 'block-by-gis';

/** From which states an event leads to which (merchant guide §4.7). What NSPK or ГИС ЭС blocks stays so. */
const deskEvents: Readonly<
  Record<DeskEvent, { readonly from: readonly CashboxState[]; readonly to: CashboxState }>
> = {
  edit: { from: ['active', 'registered'], to: 'registered' },
  approve: { from: ['registered'], to: 'active' },
  block: { from: ['active'], to: 'blocked-by-merchant' },
  unblock: { from: ['blocked-by-merchant'], to: 'active' },
  decommission: { from: ['blocked-by-merchant'], to: 'decommissioned' },
  'require-correction': { from: ['registered', 'active'], to: 'correction-required' },
  correct: { from: ['correction-required'], to: 'registered' },
  'block-by-nspk': {
    from: ['registered', 'active', 'blocked-by-merchant', 'correction-required'],
    to: 'blocked-by-nspk',
  },
  'block-by-gis': {
    from: ['registered', 'active', 'blocked-by-merchant', 'correction-required'],
    to: 'blocked-by-gis',
  },
};

/** Handles for whoever sets the scene: all take effect at once. */
export interface FesControls extends ProgrammeControls {
  /** Blocks the merchant's API key, or lets it work again. */
  blockApiKey(merchantId?: string): void;
  unblockApiKey(merchantId?: string): void;
  /** A new key; the old one stops working for all desks. */
  reissueApiKey(merchantId?: string): string;
  /** A new key; the old one stops working. */
  reissueMacKey(cashboxId?: string): string;
  /** Puts a desk into any state, allowed or not. */
  setCashboxState(state: CashboxState, cashboxId?: string): void;
  /** Lets something happen to a desk, as its present state allows. @throws Error when it does not */
  changeCashbox(event: DeskEvent, cashboxId?: string): CashboxState;
  /** Another desk of a merchant (the first one's by default), active at once. */
  addCashbox(options?: { readonly merchantId?: string; readonly state?: CashboxState }): {
    readonly id: string;
    readonly macKey: string;
  };
  /** Another merchant with a point of its own; its first desk is made by {@link FesControls.addCashbox}. */
  addMerchant(id: string): { readonly apiKey: string };
  setMerchantBlocked(blocked: boolean, merchantId?: string): void;
  setPoint(
    change: {
      readonly state?: PointState;
      /** ISO date; `null` for at once. */
      readonly activeFrom?: string | null;
      /** Goods that may be sold there, 19 or 30 characters; `null` for all. */
      readonly truCodes?: readonly string[] | null;
    },
    merchantId?: string,
  ): void;
  addCard(card: EmulatedCard): void;
  /** Books the certificate's money from `treasury`. */
  addCertificate(certificate: EmulatedCertificate): void;
  /** As when the citizen gives it up: nothing is approved or paid from it any more. */
  annulCertificate(certificateId: string): void;
}

/** Who exists, and the handles that change it. */
export interface Scene {
  readonly merchants: ReadonlyMap<string, MerchantRecord>;
  readonly points: ReadonlyMap<string, PointRecord>;
  readonly desks: ReadonlyMap<string, DeskRecord>;
  readonly cards: ReadonlyMap<string, CardRecord>;
  readonly certificates: ReadonlyMap<string, CertificateRecord>;
  readonly programmes: Programmes;
  readonly controls: FesControls;
}

/** Sets the scene of a scenario; its certificates are funded from `treasury`. */
export function createScene({ clock, ledger }: EmulatorContext, scenario: Scenario, random: Random): Scene {
  const merchants = new Map<string, MerchantRecord>();
  const points = new Map<string, PointRecord>();
  const desks = new Map<string, DeskRecord>();
  const cards = new Map<string, CardRecord>();
  const certificates = new Map<string, CertificateRecord>();

  const addMerchant = (id: string, apiKey = randomUuid(random), apiKeyBlocked = false) => {
    if (merchants.has(id)) throw new Error(`merchant ${id} exists already`);
    merchants.set(id, { id, apiKey, apiKeyBlocked, deadApiKeys: new Set(), blocked: false });
    points.set(id, { id, merchantId: id, state: 'active', activeFrom: undefined, truCodes: undefined });
    return { apiKey };
  };
  const addCard = (card: EmulatedCard) => {
    cards.set(card.id, { card, panHashes: [card.pan, ...card.tokens].map(panHashOf) });
  };
  const addCertificate = (certificate: EmulatedCertificate) => {
    if (certificates.has(certificate.id)) throw new Error(`certificate ${certificate.id} exists already`);
    known(cards, certificate.cardId, 'card');
    const given = moneyGiven(certificate);
    ledger.post({
      id: `fes/issue/${certificate.id}`,
      at: clock.now(),
      by: 'fes',
      operation: 'issue',
      entries: [
        { account: 'treasury', amount: given === 0 ? 0 : -given },
        { account: `certificate/${certificate.id}`, amount: given },
      ],
    });
    certificates.set(certificate.id, { certificate, annulled: false, spent: emptyTally() });
  };

  const shop = scenario.merchant;
  addMerchant(shop.id, shop.apiKey, shop.apiKeyBlocked);
  const firstDesk = scenario.cashbox;
  desks.set(firstDesk.id, {
    id: firstDesk.id,
    merchantId: shop.id,
    pointId: shop.id,
    macKey: firstDesk.macKey,
    state: firstDesk.state,
  });
  scenario.cards.forEach(addCard);
  scenario.certificates.forEach(addCertificate);

  const programmes = createProgrammes(points, shop.id);
  const controls: FesControls = {
    ...programmes.controls,
    blockApiKey: (merchantId = shop.id) => {
      known(merchants, merchantId, 'merchant').apiKeyBlocked = true;
    },
    unblockApiKey: (merchantId = shop.id) => {
      known(merchants, merchantId, 'merchant').apiKeyBlocked = false;
    },
    reissueApiKey(merchantId = shop.id) {
      const merchant = known(merchants, merchantId, 'merchant');
      merchant.deadApiKeys.add(merchant.apiKey);
      merchant.apiKey = randomUuid(random);
      merchant.apiKeyBlocked = false;
      return merchant.apiKey;
    },
    reissueMacKey(cashboxId = firstDesk.id) {
      const desk = known(desks, cashboxId, 'desk');
      desk.macKey = randomUuid(random);
      return desk.macKey;
    },
    setCashboxState(state, cashboxId = firstDesk.id) {
      known(desks, cashboxId, 'desk').state = state;
    },
    changeCashbox(event, cashboxId = firstDesk.id) {
      const desk = known(desks, cashboxId, 'desk');
      const { from, to } = deskEvents[event];
      if (!from.includes(desk.state)) throw new Error(`${event}: the desk is ${desk.state}`);
      desk.state = to;
      return to;
    },
    addCashbox({ merchantId = shop.id, state = 'active' } = {}) {
      known(merchants, merchantId, 'merchant');
      let id: string;
      do id = `${'0'.repeat(15)}${randomDigits(random, 4)}`;
      while (desks.has(id));
      const macKey = randomUuid(random);
      desks.set(id, { id, merchantId, pointId: merchantId, macKey, state });
      return { id, macKey };
    },
    addMerchant: (id) => addMerchant(id),
    setMerchantBlocked(blocked, merchantId = shop.id) {
      known(merchants, merchantId, 'merchant').blocked = blocked;
    },
    setPoint({ state, activeFrom, truCodes }, merchantId = shop.id) {
      const point = known(points, merchantId, 'point');
      if (state !== undefined) point.state = state;
      if (activeFrom !== undefined) point.activeFrom = activeFrom ?? undefined;
      if (truCodes !== undefined)
        point.truCodes = truCodes === null ? undefined : new Set(truCodes.map(baseOf));
    },
    addCard,
    addCertificate,
    annulCertificate(certificateId) {
      known(certificates, certificateId, 'certificate').annulled = true;
    },
  };

  return { merchants, points, desks, cards, certificates, programmes, controls };
}
