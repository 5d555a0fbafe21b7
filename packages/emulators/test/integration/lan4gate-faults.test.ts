import { type CertificatePayment, isElcertError } from '@elcert/core';
import { encodeLan4Gate, type Lan4GateTraceEntry } from '@elcert/device-drivers/lan4gate';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultAction, FaultRule } from '../../src/kernel/index.js';
import { basketId, certificateMoney, type TerminalWorld, terminalWorld } from '../lan4gate-world.js';

let world: TerminalWorld;
afterEach(() => world.stop());

const payment = (over: Partial<CertificatePayment> = {}): CertificatePayment => ({
  operationKey: 'key-1',
  basketId,
  panHash: world.panHash,
  certificateAmount: 800_000,
  ownAmount: 200_000,
  ...over,
});

const untouched = { card: 2_000_000, certificate: certificateMoney, clearing: 0 };
const paidOnce = { card: 1_800_000, certificate: 200_000, clearing: 1_000_000 };

const on = (operation: string, action: FaultAction, more: Partial<FaultRule> = {}): FaultRule => ({
  at: 'lan4gate',
  when: { operation, nth: 1 },
  do: action,
  ...more,
});

/** Waits until the emulator has begun (or lost) the request, then lets the driver's patience run out. */
const runOut = async (operation: string, ms = 180_000) => {
  await world.emulator.records.waitFor(
    ({ direction, operation: one, facts }) =>
      one === operation && (direction === 'out' || facts.fault === 'drop'),
  );
  await world.clock.advance(ms);
};

const failure = async (paying: Promise<unknown>) => {
  try {
    await paying;
  } catch (error) {
    if (isElcertError(error)) return error;
  }
  throw new Error('an ElcertError was expected');
};

describe('an answer that is lost after the money moved', () => {
  const silent: readonly [FaultAction, string, Partial<FaultRule>?][] = [
    ['silent-after-effect', 'ANSWER_LOST'],
    ['delay', 'ANSWER_LOST', { delayMs: 10_000_000 }],
  ];
  it.each(silent)('%s: unknown, and never asked again', async (action, code, more) => {
    world = await terminalWorld({ faults: [on('302', action, more)] });
    const paying = failure(world.terminal.payCertificate(payment()));
    await runOut('302');
    const error = await paying;
    expect(error.outcome).toBe('unknown');
    expect(error.code).toBe(code);
    expect(world.books()).toEqual(paidOnce);
    // The same key again asks nothing of the terminal.
    expect((await failure(world.terminal.payCertificate(payment()))).code).toBe(error.code);
    expect(world.books()).toEqual(paidOnce);
    expect(world.emulator.operations()).toHaveLength(1);
  });

  it('corrupt: whichever byte it is, never a refusal', async () => {
    for (let seed = 0; seed < 60; seed += 1) {
      world = await terminalWorld({ faults: [on('302', 'corrupt')], emulator: { seed } });
      const paying = world.terminal.payCertificate(payment()).then(
        ({ own, certificate }) => `${own} ${certificate}`,
        (error: unknown) => (isElcertError(error) ? error.outcome : error),
      );
      await world.emulator.records.waitFor(
        ({ direction, operation }) => direction === 'out' && operation === '302',
      );
      await world.clock.advance(180_000);
      // A byte inside a text may be spoiled without anybody noticing: the protocol has no checksum.
      expect(['unknown', 'done done']).toContain(await paying);
      expect(world.books()).toEqual(paidOnce);
      await world.stop();
    }
  });

  it.each(['disconnect', 'cut'] as const)('%s: unknown at once', async (action) => {
    world = await terminalWorld({ faults: [on('302', action)] });
    const error = await failure(world.terminal.payCertificate(payment()));
    expect(error).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
    expect(error.userMessage).toContain('Не повторяйте оплату');
    expect(world.books()).toEqual(paidOnce);
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
  });

  it('unknown stays unknown for a cautious till, with what the terminal remembers', async () => {
    world = await terminalWorld({ faults: [on('302', 'disconnect')] });
    await failure(world.terminal.payCertificate(payment()));
    const answer = await world.terminal.lookup('key-1');
    expect(answer).toMatchObject({ state: 'unknown' });
    expect(answer.state === 'unknown' && answer.reason).toMatch(
      /последняя операция терминала: Оплата электронным сертификатом, 10000\.00 руб\., одобрена, RRN \d{12}/,
    );
  });

  it('a sole till finds what was done', async () => {
    world = await terminalWorld({ faults: [on('302', 'disconnect')], driver: { lookupTrust: 'sole-till' } });
    await failure(world.terminal.payCertificate(payment()));
    const answer = await world.terminal.lookup('key-1');
    expect(answer).toMatchObject({
      state: 'done',
      result: { own: 'done', certificate: 'done', responseCode: '00' },
    });
    expect(answer.state === 'done' && answer.result.rrn).toBe(world.emulator.operations()[0]?.answer.rrn);
    // What was certain once stays so, also when the terminal has gone on to other operations.
    await world.terminal.pay({ operationKey: 'next', amount: 1 });
    expect(await world.terminal.lookup('key-1')).toEqual(answer);
  });

  it('a sole till does not take the operation before for the lost one', async () => {
    world = await terminalWorld({ faults: [on('302', 'drop')], driver: { lookupTrust: 'sole-till' } });
    await world.terminal.pay({ operationKey: 'before', amount: 1_000_000 });
    const paying = failure(world.terminal.payCertificate(payment()));
    await runOut('302', 100_000);
    // The terminal says nothing, so that the silence runs from the request.
    await world.clock.advance(80_000);
    expect((await paying).outcome).toBe('unknown');
    expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
    expect(world.books().certificate).toBe(certificateMoney);
  });

  it('a sole till says nothing while the terminal may still be at it', async () => {
    world = await terminalWorld({ driver: { lookupTrust: 'sole-till' }, faults: [on('301', 'disconnect')] });
    world.emulator.faults.add({ at: 'lan4gate', when: { operation: '302' }, do: 'drop' });
    const paying = failure(world.terminal.payCertificate(payment()));
    await world.emulator.records.waitFor(({ facts }) => facts.fault === 'drop');
    await world.emulator.stop();
    expect((await paying).outcome).toBe('unknown');
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
  });

  it('a sole till concludes nothing once other operations followed', async () => {
    world = await terminalWorld({ faults: [on('302', 'disconnect')], driver: { lookupTrust: 'sole-till' } });
    await failure(world.terminal.payCertificate(payment()));
    await world.terminal.pay({ operationKey: 'next', amount: 1_000_000 });
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
  });

  it('a lost refusal of two parts is unknown, of one part not done', async () => {
    world = await terminalWorld({
      driver: { lookupTrust: 'sole-till' },
      faults: [{ at: 'lan4gate', when: { operation: '302' }, do: 'disconnect' }],
    });
    world.acquirer.faults.add({ at: 'acquirer', do: 'refuse', code: '05' });
    await failure(world.terminal.payCertificate(payment()));
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
    await failure(world.terminal.payCertificate(payment({ operationKey: 'key-2', ownAmount: 0 })));
    expect(await world.terminal.lookup('key-2')).toEqual({ state: 'not-done' });
    expect(world.books()).toEqual(untouched);
  });

  it('the link breaks during the PIN and the buyer goes on', async () => {
    world = await terminalWorld({ emulator: { buyer: { pin: 'wait' } } });
    const paying = failure(world.terminal.payCertificate(payment()));
    await world.emulator.records.waitFor(
      ({ operation, facts }) => operation === 'notification' && facts.code === 37,
    );
    await world.terminal.close();
    expect((await paying).outcome).toBe('unknown');
    world.emulator.enterPin();
    await world.emulator.records.waitFor(
      ({ direction, operation }) => direction === 'out' && operation === '302',
    );
    expect(world.books()).toEqual(paidOnce);
  });
});

describe('answers that belong to another request', () => {
  it('a late answer is not taken for the next operation', async () => {
    world = await terminalWorld({
      faults: [on('302', 'delay', { delayMs: 130_000 })],
      driver: { timeouts: { answerMs: 100_000 } },
    });
    const first = failure(world.terminal.payCertificate(payment()));
    await runOut('302', 100_000);
    expect((await first).code).toBe('ANSWER_LOST');

    world.emulator.presentCard(undefined);
    const second = world.terminal.payCertificate(payment({ operationKey: 'key-2', certificateAmount: 1 }));
    await world.emulator.records.waitFor(
      ({ operation, facts }) =>
        operation === '302' &&
        facts.direction !== 'out' &&
        JSON.stringify(facts).includes('"ECertAmount":1,'),
    );
    await world.clock.advance(40_000);
    world.emulator.presentCard('buyer');
    expect(world.emulator.records.entries.some(({ operation }) => operation === 'lost')).toBe(true);
    // Its own verdict: the basket was approved for another sum.
    expect(await second).toMatchObject({ own: 'refused', responseCode: '57' });
    expect(world.books()).toEqual(paidOnce);
  });

  it.each(['302', '1', '301'])('a doubled answer of %s is taken once', async (operation) => {
    world = await terminalWorld({ faults: [on(operation, 'duplicate')] });
    if (operation === '302') {
      expect(await world.terminal.payCertificate(payment())).toMatchObject({ certificate: 'done' });
      // The same sums and basket again, as a careless caller might: the doubled approval must not answer it.
      const again = await world.terminal.payCertificate(payment({ operationKey: 'key-2' }));
      expect(again).toMatchObject({ own: 'refused', receiptNumber: '2' });
      expect(world.books()).toEqual(paidOnce);
      expect(world.emulator.operations()).toHaveLength(2);
    } else if (operation === '1') {
      await world.terminal.pay({ operationKey: 'a', amount: 100 });
      const next = await world.terminal.pay({ operationKey: 'b', amount: 100 });
      expect(next.receiptNumber).toBe('2');
    } else {
      const plastic = await world.terminal.readCard();
      world.emulator.presentCard(world.scenario.cards[0]?.tokens[0]);
      expect((await world.terminal.readCard()).panHash).not.toBe(plastic.panHash);
    }
  });

  it('a refusal that is doubled does not refuse the next operation', async () => {
    world = await terminalWorld({ faults: [on('1', 'duplicate')], emulator: { buyer: { tap: 'cancel' } } });
    expect(await world.terminal.pay({ operationKey: 'a', amount: 100 })).toMatchObject({ own: 'refused' });
    world.emulator.behave({ tap: 'tap' });
    expect(await world.terminal.pay({ operationKey: 'b', amount: 100 })).toMatchObject({ own: 'done' });
  });
});

describe('an answer that leaves it open', () => {
  it('the terminal lost its bank after the money moved', async () => {
    world = await terminalWorld({
      faults: [{ at: 'acquirer', when: { operation: 'payment' }, do: 'silent-after-effect' }],
    });
    const error = await failure(world.terminal.payCertificate(payment()));
    expect(error).toMatchObject({ code: 'UNCERTAIN', outcome: 'unknown', details: { status: 4 } });
    expect(world.books()).toEqual(paidOnce);
  });

  it('the confirmation is lost', async () => {
    world = await terminalWorld({ emulator: { finalization: true }, faults: [on('814', 'drop')] });
    const paying = failure(world.terminal.payCertificate(payment()));
    await runOut('814', 30_000);
    expect(await paying).toMatchObject({ code: 'NOT_CONFIRMED', outcome: 'unknown' });
  });

  it('a refusal stays one though its confirmation is lost', async () => {
    world = await terminalWorld({
      emulator: { finalization: true },
      faults: [on('302', 'refuse', { code: '05' }), on('814', 'drop')],
    });
    const paying = world.terminal.payCertificate(payment());
    await runOut('814', 30_000);
    expect(await paying).toMatchObject({ own: 'refused', responseCode: '05' });
    expect(world.books()).toEqual(untouched);
  });
});

describe('before the request', () => {
  it('no answer to the registration: not sent', async () => {
    world = await terminalWorld({ faults: [on('800', 'drop')] });
    const paying = failure(world.terminal.payCertificate(payment()));
    await runOut('800', 10_000);
    expect(await paying).toMatchObject({ code: 'NOT_REGISTERED', outcome: 'not-sent' });
    expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
    // The same key may be used, as nothing went out.
    expect(await world.terminal.payCertificate(payment())).toMatchObject({ certificate: 'done' });
  });

  it('nobody listens: not sent', async () => {
    world = await terminalWorld();
    await world.emulator.stop();
    expect(await failure(world.terminal.payCertificate(payment()))).toMatchObject({
      code: 'CONNECT_FAILED',
      outcome: 'not-sent',
    });
  });

  it('nobody calls a listening till: not sent', async () => {
    world = await terminalWorld({ mode: 'listen' });
    await world.emulator.stop();
    const first = failure(world.terminal.payCertificate(payment()));
    await world.clock.waitForTimers(1);
    await world.clock.advance(30_000);
    expect(await first).toMatchObject({ outcome: 'not-sent' });
    expect(world.books()).toEqual(untouched);
  });

  it('a used key for another operation: not sent', async () => {
    world = await terminalWorld();
    await world.terminal.payCertificate(payment());
    expect(await failure(world.terminal.payCertificate(payment({ ownAmount: 1 })))).toMatchObject({
      code: 'OPERATION_KEY_REUSED',
      outcome: 'not-sent',
    });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({ receiptNumber: '1' });
    expect(world.books()).toEqual(paidOnce);
  });
});

describe('what the emulator refuses', () => {
  it.each([
    ['nak', 'ОШИБКА ТЕРМИНАЛА'],
    ['paper-out', 'НЕТ БУМАГИ'],
    ['cover-open', 'ОШИБКА ТЕРМИНАЛА'],
  ] as const)('%s: a refusal without money', async (action, text) => {
    world = await terminalWorld({ faults: [on('302', action)] });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({
      own: 'refused',
      responseText: text,
    });
    expect(world.books()).toEqual(untouched);
  });

  it('an answer held back behind the next one', async () => {
    world = await terminalWorld({ faults: [on('302', 'reorder')] });
    const paying = failure(world.terminal.payCertificate(payment()));
    await runOut('302');
    expect((await paying).outcome).toBe('unknown');
    // The held answer goes to the old connection: nobody mistakes it for that of the next request.
    expect(await world.terminal.pay({ operationKey: 'next', amount: 100 })).toMatchObject({
      receiptNumber: '2',
    });
  });
});

describe('the trace', () => {
  it('tells everything but card data, in frames that can be decoded', async () => {
    const trace: Lan4GateTraceEntry[] = [];
    world = await terminalWorld({ driver: { trace: (entry) => trace.push(entry) } });
    await world.terminal.readCard();
    await world.terminal.payCertificate(payment());
    const text = trace.map(({ frame }) => frame ?? '').join('\n');
    expect(text).toContain('"OperationCode":302');
    expect(text).toContain(basketId);
    expect(text).not.toContain(world.panHash);
    expect(text).not.toContain(world.scenario.cards[0]?.pan);
    expect(trace[0]).toMatchObject({ kind: 'connected' });
    const first = trace.find(({ kind }) => kind === 'message');
    expect(first?.frame).toBe(
      new TextDecoder().decode(
        encodeLan4Gate({ type: 'request', ecrNumber: 1, operationCode: 800, fields: {} }),
      ),
    );
    const kept = JSON.stringify(world.emulator.records.entries);
    expect(kept).not.toContain(world.panHash);
    expect(kept).not.toContain(world.scenario.cards[0]?.pan);
  });
});
