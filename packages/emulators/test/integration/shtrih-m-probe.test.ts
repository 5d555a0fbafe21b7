import { listenTcp, openTcp } from '@elcert/core/node';
import type { WireEntry } from '@elcert/device-drivers';
import { explainShtrihM, probeShtrihM } from '@elcert/device-drivers/shtrih-m';
import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('a register is recognised, and nothing is changed', async () => {
  const one = await bench({ shift: false });
  expect(await probeShtrihM({ connect: () => openTcp({ host: one.kkt.host, port: one.kkt.port }) })).toEqual({
    layer: 'standard',
    model: 'ШТРИХ-НАНО-Ф (ЭМУЛЯТОР)',
    modelNumber: 152,
    protocol: '2.0',
  });
  expect(one.kkt.records.entries.filter(({ direction }) => direction === 'in').at(-1)?.operation).toBe('FC');
  await one.close();
});

test('somebody else is not taken for one', async () => {
  const listener = await listenTcp((channel) => {
    void (async () => {
      for await (const chunk of channel) await channel.write(chunk);
    })();
  });
  const timings = { controlTimeoutMs: 100, retries: 2 };
  expect(await probeShtrihM({ connect: () => openTcp(listener), timings })).toBeUndefined();
  await listener.close();
});

test('a trace of a sale explains itself, without passwords', async () => {
  const trace: WireEntry[] = [];
  const one = await bench({ driver: { trace: (entry) => trace.push(entry) } });
  await one.register.registerReceipt(sale, key());
  const told = trace.flatMap((entry) =>
    explainShtrihM(entry.bytes, entry.direction === 'out' ? 'host' : 'register'),
  );
  expect(
    told.some((each) => each.kind === 'junk' || each.kind === 'damaged' || each.kind === 'unreadable'),
  ).toBe(false);
  expect(told.filter((each) => each.kind === 'command').map((each) => each.code)).toEqual(
    one.kkt.records.entries.filter(({ direction }) => direction === 'in').map(({ operation }) => operation),
  );
  expect(JSON.stringify(told.filter((each) => each.kind === 'command'))).not.toContain('"password":30');
  await one.close();
});
