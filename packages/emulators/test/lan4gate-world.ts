import { type Clock, type Kopecks, type ManualClock, manualClock } from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import { incomingLan4Gate, type Lan4GateOptions, openLan4Gate } from '@elcert/device-drivers/lan4gate';
import { type AcquirerHost, type AcquirerOptions, createAcquirer } from '../src/acquirer/index.js';
import {
  type CertificateDebitPort,
  createLedger,
  defaultScenario,
  type FaultRule,
  type Ledger,
  panHashOf,
  type Scenario,
  tcpAddressOf,
} from '../src/kernel/index.js';
import { type Lan4GateEmulatorOptions, startLan4Gate } from '../src/lan4gate/index.js';

/** Baskets whose certificates lie in the ledger: what the FES emulator's port does, without FES. */
export function ledgerPort(
  ledger: Ledger,
  clock: Clock,
  baskets: Readonly<
    Record<
      string,
      {
        readonly amount: Kopecks;
        readonly panHashes: readonly string[];
        readonly kind?: 'return';
        readonly test?: boolean;
      }
    >
  >,
): CertificateDebitPort {
  const move =
    (kind: 'purchase' | 'return'): CertificateDebitPort['debit'] =>
    ({ operationId, basketId, panHash, certificate }) => {
      const basket = baskets[basketId];
      if (basket === undefined || (basket.kind ?? 'purchase') !== kind)
        return { ok: false, code: 9006, description: 'корзина неизвестна' };
      if (certificate !== basket.amount || !basket.panHashes.includes(panHash))
        return { ok: false, code: 9012, description: 'корзина одобрена для другого' };
      const [from, to] =
        kind === 'purchase'
          ? ['certificate/one', 'acquirer/clearing']
          : ['acquirer/clearing', 'certificate/one'];
      if (ledger.balance(from as string) < certificate)
        return { ok: false, code: 9008, description: 'корзина оплачена' };
      ledger.post({
        id: `certificate/${operationId}`,
        at: clock.now(),
        by: 'fes',
        operation: 'certificate',
        entries: [
          { account: from, amount: -certificate },
          { account: to, amount: certificate },
        ],
      });
      return { ok: true };
    };
  return {
    basket(basketId) {
      const basket = baskets[basketId];
      return basket === undefined
        ? undefined
        : {
            kind: basket.kind ?? 'purchase',
            certificateAmount: basket.amount,
            panHashes: basket.panHashes,
            test: basket.test === true,
          };
    },
    debit: move('purchase'),
    credit: move('return'),
  };
}

export const basketId = '000000000000000000000001';
export const returnBasketId = '000000000000000000000002';
export const testBasketId = '000000000000000000000003';
export const certificateMoney = 1_000_000;

export interface TerminalWorld {
  readonly clock: ManualClock;
  readonly ledger: Ledger;
  readonly scenario: Scenario;
  readonly acquirer: AcquirerHost;
  readonly emulator: Awaited<ReturnType<typeof startLan4Gate>>;
  readonly terminal: ReturnType<typeof openLan4Gate>;
  readonly panHash: string;
  /** Money of the buyer, of the certificate, and in clearing. */
  books(): { readonly card: Kopecks; readonly certificate: Kopecks; readonly clearing: Kopecks };
  stop(): Promise<void>;
}

/** A till and its terminal over TCP, with an acquirer and one certificate of 8000.00 in basket 1 (2000.00 own money on top). */
export async function terminalWorld(
  options: {
    readonly mode?: 'connect' | 'listen';
    readonly faults?: readonly FaultRule[];
    readonly emulator?: Partial<Lan4GateEmulatorOptions>;
    readonly acquirer?: Partial<AcquirerOptions>;
    readonly driver?: Partial<Lan4GateOptions>;
  } = {},
): Promise<TerminalWorld> {
  const clock = manualClock('2026-11-22T09:00:00Z');
  const ledger = createLedger();
  const seed = 'lan4gate test';
  const scenario = defaultScenario({ clock, seed });
  const card = scenario.cards[0];
  if (card === undefined) throw new Error('the scenario has no card');
  const panHashes = [card.pan, ...card.tokens].map(panHashOf);
  ledger.post({
    id: 'open/certificate',
    at: clock.now(),
    by: 'test',
    operation: 'open',
    entries: [
      { account: 'treasury', amount: -certificateMoney },
      { account: 'certificate/one', amount: certificateMoney },
    ],
  });
  const base = { clock, ledger, seed, scenario, faults: options.faults ?? [] };
  const acquirer = createAcquirer({
    ...base,
    certificates: ledgerPort(ledger, clock, {
      [basketId]: { amount: 800_000, panHashes },
      [returnBasketId]: { amount: 800_000, panHashes, kind: 'return' },
      [testBasketId]: { amount: 100, panHashes, test: true },
    }),
    ...options.acquirer,
  });
  const settings = { clock, ecrNumber: 1, merchantNumber: 1, ...options.driver };
  let stopListening = async () => {};
  let emulator: TerminalWorld['emulator'];
  let link: Lan4GateOptions['link'];
  if (options.mode === 'listen') {
    const incoming = incomingLan4Gate({ clock });
    const listener = await listenTcp(incoming.accept);
    stopListening = () => listener.close();
    link = incoming;
    emulator = await startLan4Gate({
      ...base,
      acquirer,
      connectTo: { host: listener.host, port: listener.port },
      ...options.emulator,
    });
  } else {
    emulator = await startLan4Gate({ ...base, acquirer, ...options.emulator });
    link = { connect: ({ signal }) => openTcp({ ...tcpAddressOf(emulator), signal }) };
  }
  const terminal = openLan4Gate({ ...settings, link: options.driver?.link ?? link });
  return {
    clock,
    ledger,
    scenario,
    acquirer,
    emulator,
    terminal,
    panHash: panHashes[0] as string,
    books: () => ({
      card: ledger.balance('card/buyer'),
      certificate: ledger.balance('certificate/one'),
      clearing: ledger.balance('acquirer/clearing'),
    }),
    async stop() {
      await terminal.close();
      await emulator.stop();
      await stopListening();
    },
  };
}
