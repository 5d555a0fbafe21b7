import { openTcp } from '@elcert/core/node';
import type { WireEntry } from '@elcert/device-drivers';
import { explainShtrihM, openShtrihM, replayShtrihM } from '@elcert/device-drivers/shtrih-m';
import { expect, test } from 'vitest';
import { bench, cashier, key, sale } from '../shtrih-m-day.js';

test.each(['standard', 'protocol2'] as const)('a recorded day plays back on %s', async (layer) => {
  const trace: WireEntry[] = [];
  const one = await bench({ shift: false });
  const { host, port } = one.kkt;
  one.kkt.faults.add({ at: 'shtrih-m', do: 'corrupt', when: { operation: 'FF46', nth: 2 } });
  const recorded = await openShtrihM({
    connect: () => openTcp({ host, port }),
    layer,
    trace: (entry) => trace.push(entry),
  });
  await recorded.openShift(cashier, key());
  const result = await recorded.registerReceipt(sale, key());
  // A new password of operator 5, and a question for it.
  await recorded.writeTable(2, 5, 1, 77_777_777);
  await recorded.readTable(2, 5, 1);
  await recorded.close();
  await one.close();

  const written = trace.flatMap(({ direction, bytes }) =>
    direction === 'out' ? explainShtrihM(bytes, 'host') : [],
  );
  expect(written.some((found) => found.kind === 'command' && found.code === 'FF45')).toBe(true);
  expect(written.filter(({ kind }) => kind === 'damaged' || kind === 'unreadable')).toEqual([]);
  const hex = trace.map(({ bytes }) => Buffer.from(bytes).toString('hex')).join(' ');
  expect(hex).not.toContain('71cba204'); // 77 777 777
  expect(hex).toContain('ff4500000000'); // FF45 and a password of zeros
  expect(hex).not.toContain('ff451e');

  const replay = replayShtrihM(trace);
  const register = await openShtrihM({ connect: replay.connect, layer, passwords: { administrator: 29 } });
  await register.openShift(cashier, key());
  expect(await register.registerReceipt(sale, key())).toEqual(result);
  expect(replay.mismatch).toBeUndefined();
  expect(replay.finished).toBe(false);
  await register.close();

  // Another receipt is another conversation: said so, and the receipt was not sent.
  const other = replayShtrihM(trace);
  const till = await openShtrihM({ connect: other.connect, layer });
  await till.openShift(cashier, key());
  await expect(till.registerReceipt({ ...sale, payments: { cash: 249_999 } }, key())).rejects.toMatchObject({
    code: expect.any(String),
  });
  expect(other.mismatch).toMatchObject({ code: 'REPLAY_MISMATCH', outcome: 'not-sent' });
  await till.close();
});
