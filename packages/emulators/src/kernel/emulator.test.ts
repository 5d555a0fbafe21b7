import { channelReader, manualClock, memoryChannelPair, seededRandom, systemClock } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { deliver } from './emulator.js';
import type { FaultAction } from './faults.js';
import { createRecorder } from './recorder.js';
import { defaultScenario, panHashOf } from './scenario.js';

async function received(action: FaultAction | undefined): Promise<string[]> {
  const [device, till] = memoryChannelPair();
  const rule = action === undefined ? undefined : { at: 'x', do: action };
  await deliver(device, Uint8Array.of(1, 2, 3, 4), rule, { clock: systemClock(), random: seededRandom(1) });
  await device.close();
  const chunks: string[] = [];
  for await (const chunk of till) chunks.push([...chunk].join(' '));
  return chunks;
}

describe('deliver', () => {
  it('sends what it was given when nothing strikes', async () => {
    expect(await received(undefined)).toEqual(['1 2 3 4']);
  });

  it.each([
    ['drop', []],
    ['silent-after-effect', []],
    ['disconnect', []],
    ['power-loss', []],
    ['cut', ['1 2']],
    ['duplicate', ['1 2 3 4', '1 2 3 4']],
  ] as const)('%s', async (action, chunks) => {
    expect(await received(action)).toEqual(chunks);
  });

  it('corrupts exactly one byte', async () => {
    const [chunk] = await received('corrupt');
    const wrong = (chunk ?? '').split(' ').filter((byte, index) => byte !== String(index + 1));
    expect(wrong).toHaveLength(1);
  });

  it('reorder holds an answer back until the next one has gone', async () => {
    const [device, till] = memoryChannelPair();
    const wire = { clock: systemClock(), random: seededRandom(1) };
    await deliver(device, Uint8Array.of(1), { at: 'x', do: 'reorder' }, wire);
    await deliver(device, Uint8Array.of(2), undefined, wire);
    await device.close();
    const chunks: number[][] = [];
    for await (const chunk of till) chunks.push([...chunk]);
    expect(chunks).toEqual([[2], [1]]);
  });

  it('waits on the clock it was given', async () => {
    const clock = manualClock();
    const [device, till] = memoryChannelPair();
    const reader = channelReader(till, clock);
    void deliver(
      device,
      Uint8Array.of(1),
      { at: 'x', do: 'delay', delayMs: 5000 },
      { clock, random: seededRandom(1) },
    );
    const early = reader.read({ timeoutMs: 4999 });
    await clock.advance(4999);
    expect(await early).toEqual({ type: 'timeout' });
    const late = reader.read();
    await clock.advance(1);
    expect(await late).toEqual({ type: 'chunk', bytes: Uint8Array.of(1) });
  });
});

describe('recorder', () => {
  it('masks card data and wakes those who wait', async () => {
    const recorder = createRecorder('fes');
    const seen = recorder.waitFor((entry) => entry.operation === 'echo');
    recorder.add({
      at: 1,
      direction: 'in',
      operation: 'echo',
      facts: { panHash: 'ab', apiKey: 'k', basketId: '1' },
    });
    expect((await seen).facts).toEqual({ panHash: '***', apiKey: '***', basketId: '1' });
  });

  it('keeps the newest entries', () => {
    const recorder = createRecorder('fes', 2);
    for (const at of [1, 2, 3]) recorder.add({ at, direction: 'note', operation: 'x', facts: {} });
    expect(recorder.entries.map((entry) => entry.at)).toEqual([2, 3]);
  });
});

describe('default scenario', () => {
  it('is the same for a seed and another for another', () => {
    const clock = manualClock();
    expect(defaultScenario({ clock, seed: 1 })).toEqual(defaultScenario({ clock, seed: 1 }));
    expect(defaultScenario({ clock, seed: 1 }).merchant.apiKey).not.toBe(
      defaultScenario({ clock, seed: 2 }).merchant.apiKey,
    );
  });

  it('makes well-formed identifiers', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { cashbox, merchant, cards, certificates } = defaultScenario({ clock: manualClock(), seed });
      expect(cashbox.id).toMatch(/^\d{19}$/);
      expect(merchant.apiKey).toMatch(/^[0-9a-f-]{36}$/);
      expect(cashbox.macKey).toMatch(/^[0-9a-f-]{36}$/);
      for (const card of cards) {
        expect(card.par).toMatch(/^[0-9A-Z]{29}$/);
        for (const pan of [card.pan, ...card.tokens]) {
          const digits = [...pan].reverse().map(Number);
          const luhn = digits.reduce(
            (sum, digit, at) => sum + (at % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2),
            0,
          );
          expect(pan).toMatch(/^2200\d{12}$/);
          expect(luhn % 10).toBe(0);
        }
      }
      for (const certificate of certificates) expect(certificate.id).toMatch(/^\d{30}$/);
    }
  });

  it('hashes card numbers as FES is assumed to', () => {
    // printf %s 2200000000000004 | openssl dgst -sha256
    expect(panHashOf('2200000000000004')).toBe(
      '111aa5eaee35f3fd00daeef8f992e1de36d954d5786293986c16058b20a6d115',
    );
  });
});
