import type { KzDone, KzSession } from '@elcert/ofd-transport/kz';
import { kzCashier, kzKey, kzSale } from '../kz-world.js';

/** One document of the list. */
export interface KzDayStep {
  readonly operationKey: string;
  run(session: KzSession): Promise<KzDone>;
}

const sale = (name: string, tiyn: number): KzDayStep => ({
  operationKey: name,
  run: (session) => session.ticket(kzSale(tiyn), kzKey(name)),
});
const closing = (name: string): KzDayStep => ({
  operationKey: name,
  run: (session) => session.closeShift(kzCashier, kzKey(name)),
});

/** Two shifts; each ticket has a sum of its own, so that one counted twice or not at all shows. */
export const kzDay: readonly KzDayStep[] = [
  sale('t1', 101),
  sale('t2', 202),
  { operationKey: 'in', run: (session) => session.placeMoney('deposit', 1000, kzKey('in')) },
  sale('t3', 404),
  closing('z1'),
  sale('t4', 808),
  { operationKey: 'out', run: (session) => session.placeMoney('withdrawal', 500, kzKey('out')) },
  sale('t5', 1616),
  closing('z2'),
  sale('t6', 3232),
];

/** What the operator must have at the end. */
export const kzDayTotals = [101, 202, 404, 808, 1616, 3232];
