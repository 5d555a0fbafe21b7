import { isElcertError, outcomeOf, systemClock } from '@elcert/core';
import { openShtrihM, type ShtrihLayer, type ShtrihMRegister } from '@elcert/device-drivers/shtrih-m';
import { expect, test } from 'vitest';
import { createLedger, defaultScenario } from '../../src/kernel/index.js';
import { type ShtrihMEmulator, startShtrihM } from '../../src/shtrih-m/index.js';
import { key, sale } from '../shtrih-m-day.js';
import { type Cut, openLine } from '../shtrih-m-line.js';

// The line is really cut: at each byte of everything that an operation says and hears, in each direction, on each layer. Every
// time it comes back at once, so that it can always be found out what was done; then the register is counted.

/** Something that must be done once. */
interface Deed {
  run(register: ShtrihMRegister, operation: { readonly operationKey: string }): Promise<unknown>;
  /** How often it was done. */
  count(kkt: ShtrihMEmulator): number;
}

// Without a cashier, whose name is written on new connections only: each run then has the same length.
const { cashier: _, ...plain } = sale;
const receipt = { ...plain, buyerContact: '+79990000000', payments: { cash: 100_000, electronic: 149_999 } };

const deeds: Readonly<Record<string, Deed>> = {
  'a receipt': {
    run: (register, operation) => register.registerReceipt(receipt, operation),
    count: (kkt) => kkt.fn.documents().filter(({ documentCode }) => documentCode === 3).length,
  },
  'cash put in': {
    run: (register, operation) => register.moveCash({ direction: 'in', amount: 7 }, operation),
    count: (kkt) => kkt.state().drawer / 7,
  },
  'a report on settlements': {
    run: (register, operation) => register.settlementReport(operation),
    count: (kkt) => kkt.fn.documents().filter(({ documentCode }) => documentCode === 21).length,
  },
};

async function cutAtEachByte(deed: Deed, layer: ShtrihLayer, direction: Cut['direction']): Promise<number> {
  const clock = systemClock();
  const scenario = defaultScenario({ clock, seed: 7 });
  const kkt = await startShtrihM({ clock, seed: 7, ledger: createLedger(), scenario });
  const line = openLine(() => kkt.connect());
  const register = await openShtrihM({ connect: line.connect, layer });
  await register.openShift(undefined, key());

  line.count();
  await deed.run(register, key());
  const length = line.bytes[direction];
  let done = 1;
  for (let after = 0; after < length; after += 1) {
    const where = `byte ${after}`;
    const operation = key();
    line.count({ direction, after });
    const result = await deed.run(register, operation).catch((error: unknown) => error);
    expect(line.struck, where).toBe(true);
    if (isElcertError(result)) {
      expect(outcomeOf(result), `${where}: ${result.message}`).toBe('not-sent');
      expect(deed.count(kkt), where).toBe(done);
      // The same key may be tried again, and then it is done.
      line.count();
      await deed.run(register, operation);
    }
    done += 1;
    expect(deed.count(kkt), where).toBe(done);
    // And however often the same key comes, it stays done once.
    if (after % 32 === 0) {
      await deed.run(register, operation);
      expect(deed.count(kkt), where).toBe(done);
    }
  }
  await register.close();
  await kkt.stop();
  return length;
}

test.each(
  Object.entries(deeds).flatMap(([name, deed]) =>
    (['standard', 'protocol2'] as const).flatMap((layer) =>
      (['out', 'in'] as const).map((direction) => ({ name, deed, layer, direction })),
    ),
  ),
)(
  '$name, $layer layer, cut at each byte $direction',
  {
    timeout: 60_000,
  },
  async ({ deed, layer, direction }) => {
    expect(await cutAtEachByte(deed, layer, direction)).toBeGreaterThan(30);
  },
);
