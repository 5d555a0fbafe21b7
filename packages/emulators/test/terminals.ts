import type { Clock } from '@elcert/core';
import { listenTcp, openTcp } from '@elcert/core/node';
import type { PaymentTerminal } from '@elcert/device-drivers';
import { type InpasOptions, openDualConnector, openInpas } from '@elcert/device-drivers/inpas';
import { incomingLan4Gate, openLan4Gate } from '@elcert/device-drivers/lan4gate';
import { openSerial } from '@elcert/device-drivers/serial';
import type { AcquirerHost } from '../src/acquirer/index.js';
import { startDualConnector, startInpas } from '../src/inpas/index.js';
import type { FaultRule, Ledger, Scenario } from '../src/kernel/index.js';
import { startLan4Gate } from '../src/lan4gate/index.js';

/** What every emulated terminal lets a test do. */
export interface TerminalEnd {
  readonly terminal: PaymentTerminal;
  readonly terminalId: string;
  presentCard(which: string | undefined): void;
  stop(): Promise<void>;
}

export interface TerminalContext {
  readonly clock: Clock;
  readonly seed: number | string;
  readonly ledger: Ledger;
  readonly scenario: Scenario;
  readonly acquirer: AcquirerHost;
  readonly faults?: readonly FaultRule[];
}

const till = { ecrNumber: 1, merchantNumber: 1 } as const;

const end = (
  emulator: {
    readonly terminalId: string;
    presentCard(which: string | undefined): void;
    stop(): Promise<void>;
  },
  terminal: PaymentTerminal,
  stopMore: () => Promise<void> = async () => {},
): TerminalEnd => ({
  terminal,
  terminalId: emulator.terminalId,
  presentCard: (which) => emulator.presentCard(which),
  async stop() {
    await terminal.close();
    await emulator.stop();
    await stopMore();
  },
});

async function sa(
  context: TerminalContext,
  more: { readonly pty?: true } = {},
  driver: Partial<InpasOptions> = {},
): Promise<TerminalEnd> {
  const emulator = await startInpas({ ...context, ...more });
  const { clock } = context;
  const path = emulator.addresses.flatMap((one) => ('path' in one ? [one.path] : []))[0];
  const connect = () =>
    path === undefined
      ? openTcp({ host: emulator.host, port: emulator.port })
      : openSerial({ path, baudRate: 115_200 });
  return end(emulator, openInpas({ connect, clock, ...driver }));
}

/** Every terminal that carries a certificate, by the name of its wire. */
export const terminals: Readonly<Record<string, (context: TerminalContext) => Promise<TerminalEnd>>> = {
  async 'LAN-4Gate, the till calls'(context) {
    const emulator = await startLan4Gate(context);
    const [address] = emulator.addresses;
    if (address === undefined || !('port' in address)) throw new Error('no TCP address');
    const link = { connect: () => openTcp(address) };
    return end(emulator, openLan4Gate({ link, clock: context.clock, ...till }));
  },
  async 'LAN-4Gate, the terminal calls'(context) {
    const link = incomingLan4Gate({ clock: context.clock });
    const listener = await listenTcp(link.accept);
    const connectTo = { host: listener.host, port: listener.port };
    const emulator = await startLan4Gate({ ...context, connectTo });
    return end(emulator, openLan4Gate({ link, clock: context.clock, ...till }), () => listener.close());
  },
  'INPAS SA, TCP': (context) => sa(context),
  'INPAS SA, serial line [posix]': (context) => sa(context, { pty: true }),
  async 'INPAS DualConnector'(context) {
    const emulator = await startDualConnector(context);
    const { clock } = context;
    return end(emulator, openDualConnector({ url: emulator.url, clock, terminalId: emulator.terminalId }));
  },
};
