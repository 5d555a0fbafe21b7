import { randomUuid, redactText, seededRandom } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { formatTraceLine } from '@elcert/device-drivers';
import { openLan4Gate } from '@elcert/device-drivers/lan4gate';
import { openShtrihM } from '@elcert/device-drivers/shtrih-m';
import { panHashOf, type Scenario, tcpAddressOf } from '@elcert/emulators/kernel';
import type { World } from '@elcert/emulators/world';
import { assumedV1, createFesClient } from '@elcert/fes-client';
import { deliverAll } from '@elcert/ofd-transport/ru';
import type { Till } from './sale.js';
import { shortHex, shownChannel, shownFetch, shtrihText, type WireListener } from './wire.js';

/** Everything of the emulated world that must not be shown. */
export function secretsOf({ merchant, cashbox, cards }: Scenario): string[] {
  const pans = cards.flatMap((card) => [card.pan, ...card.tokens]);
  return [merchant.apiKey, cashbox.macKey, ...pans, ...pans.map(panHashOf), ...cards.map((card) => card.par)];
}

/** Settings of the demo's till. */
export interface TillOptions {
  readonly world: World;
  readonly seed: string;
  readonly columns: number;
  readonly show: WireListener;
  /** Gets the lines of a trace of register and terminal, masked. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Another MAC key than the desk's own. */
  readonly macKey?: string | undefined;
  /** Another address than the operator's. */
  readonly ofdAddress?: { readonly host: string; readonly port: number } | undefined;
}

/** Connects the demo's till to every end of the world, over real sockets, with timeouts short enough to watch. */
export async function connectTill({
  world,
  seed,
  columns,
  show,
  ...options
}: TillOptions): Promise<Till & { close(): Promise<void> }> {
  const { scenario, clock } = world;
  const ofdAddress = options.ofdAddress ?? tcpAddressOf(world.ofdRu);
  const random = seededRandom(`till ${seed} ${randomUuid()}`);
  const secrets = secretsOf(scenario);

  const fes = createFesClient({
    baseUrl: world.fes.url,
    profile: assumedV1,
    credentials: { apiKey: scenario.merchant.apiKey, macKey: options.macKey ?? scenario.cashbox.macKey },
    cashboxId: scenario.cashbox.id,
    fetch: shownFetch((url, init) => globalThis.fetch(url, init), 'fes', secrets, show),
    clock,
    random,
    timeouts: { attemptMs: 1500, totalMs: 6000 },
    retry: { attempts: 1 },
  });
  const terminal = openLan4Gate({
    link: { connect: () => openTcp(tcpAddressOf(world.lan4gate)) },
    ecrNumber: 1,
    merchantNumber: 1,
    clock,
    // One till, one terminal, one operation at a time: then the terminal's memory of its last operation may be believed.
    lookupTrust: 'sole-till',
    timeouts: { registrationMs: 2000, answerMs: 3000, serviceMs: 2000 },
    // The driver's own trace gives whole messages, masked already; the secrets of this world go over it once more.
    trace: (entry) => {
      const { direction, kind, frame } = entry;
      options.trace?.(redactText(formatTraceLine('lan4gate', entry), secrets));
      if (kind === 'closed') show({ wire: 'terminal', direction: '×', text: 'the connection is closed' });
      if (frame === undefined) return;
      show({
        wire: 'terminal',
        direction: direction === 'out' ? '→' : '←',
        text: redactText(frame, secrets),
      });
    },
  });
  const register = await openShtrihM({
    connect: async () =>
      shownChannel(await openTcp(tcpAddressOf(world.shtrihM)), 'register', shtrihText, show),
    clock,
    receipt: { columns },
    trace: (entry) => options.trace?.(formatTraceLine('shtrih-m', entry)),
  });
  const deliver = async () => {
    const { delivered, stoppedBy } = await deliverAll(register.fnMessages, {
      connect: async () => shownChannel(await openTcp(ofdAddress), 'ofd', shortHex, show),
      clock,
      timeoutMs: 2000,
    });
    if (stoppedBy !== undefined) throw stoppedBy;
    return delivered;
  };
  return {
    fes,
    terminal,
    register,
    deliver,
    place: scenario.merchant.place,
    cashier: { name: 'Иванова А. А.' },
    random,
    async close() {
      await terminal.close();
      await register.close();
    },
  };
}
