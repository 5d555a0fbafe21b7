import { type ByteChannel, manualClock, memoryChannelPair } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { type TerminalRelayOptions, terminalRelay } from './terminal-relay.js';

const bytes = (...values: number[]) => Uint8Array.from(values);
const limits = { maxBytes: 4, waitMs: 100 };

function relay(options: Partial<TerminalRelayOptions> = {}) {
  const clock = manualClock();
  const banks: ByteChannel[] = [];
  const asked: string[] = [];
  const one = terminalRelay(
    {
      allow: [{ host: 'Bank.example', port: 443 }],
      async connect({ host, port }) {
        asked.push(`${host}:${port}`);
        const [own, bank] = memoryChannelPair();
        banks.push(bank);
        return own;
      },
      ...options,
    },
    clock,
  );
  return { clock, relay: one, banks, asked };
}

describe('a relay', () => {
  it('connects to what is allowed, and to nothing else', async () => {
    const { relay: one, asked } = relay();
    expect(await one.open('bank.example', 443)).toBe('open');
    for (const [host, port] of [
      ['bank.example', 444],
      ['other.example', 443],
      ['bank.example 443', 443],
    ] as const)
      expect(await one.open(host, port)).toBe('not-allowed');
    expect(asked).toEqual(['bank.example:443']);
    expect({ attempts: one.attempts, connections: one.connections }).toEqual({ attempts: 4, connections: 1 });
    // The last attempt has closed what was open.
    expect(await one.send(bytes(1))).toBe(false);
  });

  it('carries bytes both ways, in pieces as large as they are asked for', async () => {
    const { relay: one, banks, clock } = relay();
    await one.open('bank.example', 443);
    expect(await one.send(bytes(1, 2, 3))).toBe(true);
    const [bank] = banks;
    const said = await bank?.[Symbol.asyncIterator]().next();
    expect(said?.value).toEqual(bytes(1, 2, 3));
    await bank?.write(bytes(1, 2, 3, 4, 5, 6));
    expect(await one.receive(limits)).toEqual(bytes(1, 2, 3, 4));
    expect(await one.receive(limits)).toEqual(bytes(5, 6));
    const waiting = one.receive(limits);
    await clock.advance(100);
    expect(await waiting).toEqual(bytes());
    await bank?.close();
    expect(await one.receive(limits)).toBeUndefined();
    expect(await one.send(bytes(1))).toBe(false);
  });

  it('says so when the bank is out of reach, or does not answer in time', async () => {
    const failing = relay({ connect: async () => Promise.reject(new Error('no route')) });
    expect(await failing.relay.open('bank.example', 443)).toBe('unreachable');
    let late: ((channel: ByteChannel) => void) | undefined;
    const slow = relay({
      connect: () =>
        new Promise((resolve) => {
          late = resolve;
        }),
    });
    const opening = slow.relay.open('bank.example', 443);
    await slow.clock.advance(10_000);
    expect(await opening).toBe('unreachable');
    expect(slow.relay.connections).toBe(0);
    // A connection that comes too late is closed, not used.
    const [own, other] = memoryChannelPair();
    late?.(own);
    await slow.clock.advance(0);
    await expect(other.write(bytes(1))).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    expect(await slow.relay.send(bytes(1))).toBe(false);
  });

  it('is bounded each way', async () => {
    const { relay: one, banks } = relay({ maxBytes: 5 });
    await one.open('bank.example', 443);
    expect(await one.send(bytes(1, 2, 3))).toBe(true);
    expect(await one.send(bytes(1, 2, 3))).toBe(false);
    await banks[0]?.write(bytes(1, 2, 3, 4, 5, 6));
    expect(await one.receive(limits)).toBeUndefined();
    // A new connection begins anew.
    expect(await one.open('bank.example', 443)).toBe('open');
    expect(await one.send(bytes(1, 2, 3))).toBe(true);
    await one.close();
    expect(await one.receive(limits)).toBeUndefined();
  });
});
