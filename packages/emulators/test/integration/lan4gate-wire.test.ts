import { channelReader } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  type Lan4GateMessage,
  type Lan4GateResponse,
  type Lan4GateValues,
  lan4GateFramer,
} from '@elcert/device-drivers/lan4gate';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpAddressOf } from '../../src/kernel/index.js';
import { type TerminalWorld, terminalWorld } from '../lan4gate-world.js';

// The emulated terminal as any cash software meets it, without our driver.

let world: TerminalWorld;
afterEach(() => world.stop());

async function call() {
  const channel = await openTcp(tcpAddressOf(world.emulator));
  const reader = channelReader(channel, world.clock);
  const framer = lan4GateFramer();
  const heard: Lan4GateMessage[] = [];
  const say = (message: Lan4GateMessage) => channel.write(encodeLan4Gate(message));
  const next = async (): Promise<Lan4GateMessage> => {
    for (;;) {
      const message = heard.shift();
      if (message !== undefined) return message;
      const read = await reader.read();
      if (read.type !== 'chunk') throw new Error(read.type);
      for (const event of framer.push(read.bytes))
        if (event.type === 'frame') heard.push(decodeLan4Gate(event.body));
    }
  };
  const answer = async (): Promise<Lan4GateResponse> => {
    for (;;) {
      const message = await next();
      if (message.type === 'response') return message;
    }
  };
  const ask = async (operationCode: number, fields: Lan4GateValues = {}, ecrNumber = 1) => {
    await say({ type: 'request', ecrNumber, operationCode, fields });
    return answer();
  };
  return { channel, say, next, answer, ask };
}

describe('the emulated terminal', () => {
  it('wants a till to register, each on its own connection', async () => {
    world = await terminalWorld();
    const till = await call();
    expect(await till.ask(801)).toMatchObject({
      status: 2,
      fields: { ResponseText: 'КАССА НЕ ЗАРЕГИСТРИРОВАНА' },
    });
    expect(await till.ask(800)).toMatchObject({ ecrNumber: 1, operationCode: 800, status: 1 });
    expect(await till.ask(800)).toMatchObject({ status: 6 });
    expect(await till.ask(801)).toMatchObject({ status: 1 });
    expect(await till.ask(801, {}, 2)).toMatchObject({ ecrNumber: 2, status: 2 });
    expect(await (await call()).ask(801)).toMatchObject({ status: 2 });
  });

  it('names what a request lacks, and what it does not know', async () => {
    world = await terminalWorld();
    const till = await call();
    await till.ask(800);
    expect(await till.ask(302, { Amount: 1 })).toMatchObject({
      status: 2,
      fields: { ResponseText: 'НЕТ ПОЛЯ EcrMerchantNumber' },
    });
    expect(await till.ask(9)).toMatchObject({ status: 2, fields: { ResponseText: 'НЕИЗВЕСТНАЯ ОПЕРАЦИЯ' } });
    expect(await till.ask(804)).toMatchObject({ status: 8 });
    expect(world.emulator.operations()).toEqual([]);
  });

  it('remembers its operations without their baskets', async () => {
    world = await terminalWorld();
    const till = await call();
    await till.ask(800);
    const paid = await till.ask(302, {
      EcrMerchantNumber: 1,
      CardPANHash: world.panHash,
      Amount: 200_000,
      ECertAmount: 800_000,
      CurrencyCode: '643',
      BasketID: '000000000000000000000001',
    });
    expect(paid).toMatchObject({
      status: 1,
      fields: { TotalAmount: 1_000_000, ECertAmount: 800_000, BasketID: '000000000000000000000001' },
    });
    for (const asked of [
      await till.ask(804),
      await till.ask(818, { EcrMerchantNumber: 1, ReceiptReference: '1' }),
    ]) {
      expect(asked.fields).toMatchObject({
        OriginalOperationCode: 302,
        OriginalOperationStatus: 1,
        TotalAmount: 1_000_000,
        RRN: paid.fields.RRN,
      });
      expect(Object.keys({ ...asked.fields, ...asked.unknown })).not.toContain('BasketID');
      expect(Object.keys({ ...asked.fields, ...asked.unknown })).not.toContain('ECertAmount');
    }
    expect(await till.ask(818, { EcrMerchantNumber: 1, ReceiptReference: '99' })).toMatchObject({
      status: 8,
    });
  });

  it('is busy for everybody while it waits for a card, and free again after its patience', async () => {
    world = await terminalWorld({ emulator: { card: null } });
    const [one, two] = [await call(), await call()];
    await one.ask(800);
    await two.ask(800, {}, 2);
    await one.say({ type: 'request', ecrNumber: 1, operationCode: 301, fields: { EcrMerchantNumber: 1 } });
    expect(await one.next()).toEqual({ type: 'notification', code: 10 });
    expect(await two.ask(804, {}, 2)).toMatchObject({
      status: 2,
      fields: { ResponseText: 'ТЕРМИНАЛ ЗАНЯТ' },
    });
    // Another till's abort is none of its business.
    await two.say({ type: 'interaction', code: 1 });
    await world.emulator.records.waitFor(({ operation }) => operation === 'interaction');
    await world.clock.advance(60_000);
    expect(await one.answer()).toMatchObject({ operationCode: 301, status: 11 });
    expect(await two.ask(804, {}, 2)).toMatchObject({ status: 8 });
  });

  it('hangs up on what is no LAN-4Gate, and serves the next', async () => {
    world = await terminalWorld();
    const till = await call();
    await till.channel.write(new TextEncoder().encode('0005{oops'));
    await expect(till.next()).rejects.toThrowError('closed');
    const next = await call();
    await next.channel.write(new TextEncoder().encode('GET / '));
    expect(await next.ask(800)).toMatchObject({ status: 1 });
  });
});
