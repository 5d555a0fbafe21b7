import { type Random, randomInt, seededRandom } from '@elcert/core';
import { type KzSession, memoryKzStore } from '@elcert/ofd-transport/kz';
import { expect } from 'vitest';
import type { FaultRule } from '../src/kernel/index.js';
import { kzCashier, kzKey, kzSale, kzWorld } from './kz-world.js';

const actions = [
  'delay',
  'drop',
  'cut',
  'duplicate',
  'reorder',
  'refuse',
  'disconnect',
  'silent-after-effect',
] as const;

function randomFaults(random: Random): FaultRule[] {
  return actions.flatMap((action): FaultRule[] =>
    randomInt(random, 3) > 0
      ? []
      : [
          {
            at: 'ofd-kz',
            do: action,
            // Not the answers that mean something: only "not now" and "I do not know".
            code: randomInt(random, 2) === 0 ? 254 : 255,
            delayMs: 1 + randomInt(random, 12_000),
            keepBytes: randomInt(random, 40),
            when: { probability: (1 + randomInt(random, 40)) / 100 },
          },
        ],
  );
}

/** What a played day came to. */
export interface KzPlanReport {
  readonly strikes: number;
  readonly repeats: number;
  readonly offlineDocuments: number;
}

/**
 * A day of thirty documents over a wire that delays, drops, cuts, doubles, withholds and reorders, with restarts between them, and with
 * the operator gone for a while now and then. At the end the operator has each document once and in order, and the same counters.
 */
export async function playKzPlan(seed: number): Promise<KzPlanReport> {
  const random = seededRandom(`kz plan ${seed}`);
  const { ofd, open, run, device, stop } = await kzWorld({ seed });
  try {
    const store = memoryKzStore();
    let session: KzSession = await open(store);
    const totals: number[] = [];
    let documents = 0;
    let cash = 0;
    let shiftOpen = false;
    ofd.faults.add(...randomFaults(random));
    for (let step = 0; step < 30; step += 1) {
      const chance = randomInt(random, 12);
      if (chance === 0) {
        await session.close();
        session = await run(open(store), 200);
      }
      if (chance === 1) await ofd.setReachable(false);
      if (chance === 2) await ofd.setReachable(true);
      if (chance === 3) await run(session.recover(), 200);
      const key = kzKey(`step ${step}`);
      const sum = 1000 + step;
      if (chance === 4 && cash > 500) {
        await run(session.placeMoney('withdrawal', 500, key), 200);
        cash -= 500;
      } else if (chance === 5 && shiftOpen) {
        await run(session.closeShift(kzCashier, key), 200);
        shiftOpen = false;
        documents += 1;
        continue;
      } else {
        await run(session.ticket(kzSale(sum), key), 200);
        totals.push(sum);
        cash += sum;
      }
      shiftOpen = true;
      documents += 1;
    }
    const { strikes } = ofd.faults;
    ofd.faults.clear();
    await ofd.setReachable(true);
    // Under load the manual clock may outrun the real sockets.
    let status = session.status();
    for (let turn = 0; turn < 20 && (turn === 0 || status.waiting > 0); turn += 1)
      status = await session.recover();
    const name = `seed ${seed}`;
    expect(status, name).toMatchObject({ mode: 'online', waiting: 0 });
    expect(
      device().tickets.map(({ total }) => total),
      name,
    ).toEqual(totals);
    expect(device(), name).toMatchObject({ documents, findings: [] });
    expect(session.state.counters, name).toEqual(device().counters);
    const { repeats, offlineDocuments } = device();
    return { strikes, repeats, offlineDocuments };
  } finally {
    await stop();
  }
}
