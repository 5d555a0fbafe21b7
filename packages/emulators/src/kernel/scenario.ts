import { createHash } from 'node:crypto';
import {
  type Clock,
  type Kopecks,
  localDateTime,
  randomDigits,
  randomUuid,
  seededRandom,
} from '@elcert/core';

/** A "Mir" card of the emulated world. One account (PAR) may have several numbers: the plastic and phone tokens. */
export interface EmulatedCard {
  readonly id: string;
  /** Made up, with a right check digit. */
  readonly pan: string;
  readonly tokens: readonly string[];
  readonly par: string;
  /** Own money of the buyer, kopecks. */
  readonly balance: Kopecks;
}

/** One TRU of a certificate. */
export interface CertificateTru {
  /** First 19 characters of the code. */
  readonly truCode: string;
  /** With `count: 'per-tru'`. */
  readonly count?: number;
  /** With `money: 'per-unit'`: most the certificate pays for a unit, kopecks. */
  readonly unitLimit?: Kopecks;
}

/** A certificate, limited in one of the five ways of the merchant guide. */
export interface EmulatedCertificate {
  /** 30 digits. */
  readonly id: string;
  readonly cardId: string;
  readonly comment?: string;
  /** ISO dates, both included. */
  readonly startDate: string;
  readonly expiryDate: string;
  readonly count: 'per-tru' | 'total' | 'unlimited';
  readonly money: 'per-unit' | 'total';
  /** With `count: 'total'`. */
  readonly totalCount?: number;
  /** With `money: 'total'`, kopecks. */
  readonly totalMoney?: Kopecks;
  readonly tru: readonly CertificateTru[];
}

/** States of a cash desk at NSPK. */
export type CashboxState =
  | 'registered'
  | 'active'
  | 'blocked-by-merchant'
  | 'decommissioned'
  | 'correction-required'
  | 'blocked-by-nspk'
  | 'blocked-by-gis';

/** The world before the first sale. */
export interface Scenario {
  /** IANA zone of the point of sale. */
  readonly timeZone: string;
  readonly merchant: {
    readonly id: string;
    readonly name: string;
    readonly inn: string;
    readonly address: string;
    readonly place: string;
    readonly apiKey: string;
    readonly apiKeyBlocked: boolean;
  };
  readonly cashbox: { readonly id: string; readonly macKey: string; readonly state: CashboxState };
  readonly cards: readonly EmulatedCard[];
  readonly certificates: readonly EmulatedCertificate[];
}

/** SHA-256 over the digits of a card number, lower-case hex. */
export function panHashOf(pan: string): string {
  return createHash('sha256').update(pan, 'ascii').digest('hex');
}

function checkDigit(body: string): string {
  let sum = 0;
  for (let index = 0; index < body.length; index += 1) {
    const digit = Number(body[body.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

/**
 * The world of the demo: one shop, one active desk, one buyer with 20,000 rubles of own money whose card carries three
 * certificates: one walking stick up to 1500 rubles, two white canes up to 900 rubles each, two pairs of children's
 * orthopaedic shoes up to 5266.29 rubles each. Keys are drawn from the seed, so every run has its own.
 */
export function defaultScenario({
  clock,
  seed,
}: {
  readonly clock: Clock;
  readonly seed: number | string;
}): Scenario {
  const random = seededRandom(`scenario ${seed}`);
  const year = Number(localDateTime(clock.now(), 'Europe/Moscow').slice(0, 4));
  const pan = () => {
    // 2200–2204 is the range of "Mir"; 9s after it belong to no bank.
    const body = `22009999${randomDigits(random, 7)}`;
    return `${body}${checkDigit(body)}`;
  };
  const card: EmulatedCard = {
    id: 'buyer',
    pan: pan(),
    tokens: [pan()],
    par: `MIR0${randomDigits(random, 25)}`,
    balance: 2_000_000,
  };
  return {
    timeZone: 'Europe/Moscow',
    merchant: {
      id: 'shop',
      name: 'ООО "Ортосалон"',
      inn: '7700000009',
      address: '101000, г. Москва, ул. Мясницкая, д. 1',
      place: 'Ортосалон на Мясницкой',
      apiKey: randomUuid(random),
      apiKeyBlocked: false,
    },
    cashbox: {
      id: `${'0'.repeat(17)}${randomDigits(random, 2)}`,
      macKey: randomUuid(random),
      state: 'active',
    },
    cards: [card],
    certificates: [
      {
        id: `9075${randomDigits(random, 26)}`,
        cardId: card.id,
        comment: 'Трость опорная, регулируемая по высоте, с устройством противоскольжения',
        startDate: `${year}-01-01`,
        expiryDate: `${year}-12-31`,
        count: 'per-tru',
        money: 'per-unit',
        tru: [{ truCode: '329921120.060010102', count: 1, unitLimit: 150_000 }],
      },
      {
        id: `9075${randomDigits(random, 26)}`,
        cardId: card.id,
        comment: 'Трость белая тактильная цельная',
        startDate: `${year}-01-01`,
        expiryDate: `${year}-12-31`,
        count: 'per-tru',
        money: 'per-unit',
        tru: [{ truCode: '329921120.060020201', count: 2, unitLimit: 90_000 }],
      },
      {
        id: `9075${randomDigits(random, 26)}`,
        cardId: card.id,
        comment: 'Ортопедическая обувь сложная без утепленной подкладки для детей',
        startDate: `${year}-01-01`,
        expiryDate: `${year}-12-31`,
        count: 'per-tru',
        money: 'per-unit',
        tru: [{ truCode: '325022154.090001101', count: 2, unitLimit: 526_629 }],
      },
    ],
  };
}
