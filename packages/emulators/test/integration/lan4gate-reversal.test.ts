import { openTcp } from '@elcert/core/node';
import { terminalCan } from '@elcert/device-drivers';
import { probeLan4Gate } from '@elcert/device-drivers/lan4gate';
import { afterEach, describe, expect, it } from 'vitest';
import { tcpAddressOf } from '../../src/kernel/index.js';
import { basketId, type TerminalWorld, terminalWorld } from '../lan4gate-world.js';

let world: TerminalWorld;
afterEach(() => world.stop());

const untouched = { card: 2_000_000, certificate: 1_000_000, clearing: 0 };
const unsafe = { code: 'REVERSAL_UNSAFE', outcome: 'not-sent' };

describe('an emergency reversal over LAN-4Gate', () => {
  it('undoes the last payment, once, by its own number', async () => {
    world = await terminalWorld();
    await world.terminal.pay({ operationKey: 'a', amount: 5000 });
    const reversal = { operationKey: 'undo', originalKey: 'a' };
    const undone = await world.terminal.reverseLast(reversal);
    expect(undone.own).toBe('done');
    expect(await world.terminal.reverseLast(reversal)).toEqual(undone);
    expect(world.books()).toEqual(untouched);
  });

  it('takes what the caller has kept for evidence after a restart of the till', async () => {
    world = await terminalWorld();
    await world.terminal.pay({ operationKey: 'other', amount: 1000 });
    const { rrn, receiptNumber } = await world.terminal.pay({ operationKey: 'a', amount: 5000 });
    const another = await world.terminal.pay({ operationKey: 'b', amount: 7000 });
    // A till that knows nothing of the keys.
    const stale = { operationKey: 'undo', originalKey: 'forgotten', original: { rrn, receiptNumber } };
    await expect(world.terminal.reverseLast(stale)).rejects.toMatchObject(unsafe);
    await expect(
      world.terminal.reverseLast({ operationKey: 'undo-2', originalKey: 'forgotten' }),
    ).rejects.toMatchObject({ ...unsafe, userMessage: expect.stringMatching(/\.$/) });
    expect(world.books().card).toBe(2_000_000 - 13_000);
    const undone = await world.terminal.reverseLast({ ...stale, operationKey: 'undo-b', original: another });
    expect(undone.own).toBe('done');
    expect(world.books().card).toBe(2_000_000 - 6000);
  });

  it('asks nothing of the terminal for a payment that was refused', async () => {
    world = await terminalWorld();
    expect(await world.terminal.pay({ operationKey: 'dear', amount: 3_000_000 })).toMatchObject({
      own: 'refused',
    });
    await expect(
      world.terminal.reverseLast({ operationKey: 'undo', originalKey: 'dear' }),
    ).rejects.toMatchObject(unsafe);
    expect(world.books()).toEqual(untouched);
  });

  it('does not undo a certificate: that is returned', async () => {
    world = await terminalWorld();
    await world.terminal.payCertificate({
      operationKey: 'c',
      basketId,
      panHash: world.panHash,
      certificateAmount: 800_000,
      ownAmount: 200_000,
    });
    const refused = await world.terminal.reverseLast({ operationKey: 'undo', originalKey: 'c' });
    expect(refused).toMatchObject({ own: 'refused', responseCode: '57' });
    expect(world.books().clearing).toBe(1_000_000);
  });
});

describe('looking around over LAN-4Gate', () => {
  it('lists the operations since the last settlement', async () => {
    world = await terminalWorld();
    const paid = await world.terminal.pay({ operationKey: 'a', amount: 5000 });
    await world.terminal.refund({ operationKey: 'b', amount: 2000, rrn: paid.rrn ?? '' });
    expect(terminalCan(world.terminal, 'operations')).toBe(true);
    expect(await world.terminal.operations()).toMatchObject([
      { kind: 'payment', amount: 5000, rrn: paid.rrn, maskedPan: paid.maskedPan },
      { kind: 'refund', amount: 2000 },
    ]);
  });

  it('a probe finds the terminal and changes nothing', async () => {
    world = await terminalWorld();
    const probe = await probeLan4Gate({ connect: () => openTcp(tcpAddressOf(world.emulator)) });
    expect(probe?.status).toBeTypeOf('number');
    expect(world.emulator.operations()).toEqual([]);
    // A till may still register under the number that the probe used.
    await world.terminal.test();
  });
});
