import type { CertificatePayment } from '@elcert/core';
import { type Lan4GateTraceEntry, openLan4Gate, replayLan4Gate } from '@elcert/device-drivers/lan4gate';
import { afterEach, describe, expect, it } from 'vitest';
import { panHashOf } from '../../src/kernel/index.js';
import {
  basketId,
  certificateMoney,
  returnBasketId,
  type TerminalWorld,
  terminalWorld,
  testBasketId,
} from '../lan4gate-world.js';

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

describe.each(['connect', 'listen'] as const)('a till in %s mode', (mode) => {
  it('reads the card, pays by certificate, and gives it back', async () => {
    world = await terminalWorld({ mode });
    const shown: string[] = [];
    const card = await world.terminal.readCard({ onProgress: ({ name }) => shown.push(name) });
    expect(card.panHash).toBe(panHashOf(world.scenario.cards[0]?.pan ?? ''));
    expect(shown).toEqual(['TapOrInsertCard', 'CardReading', 'CardReadingSuccessWait']);
    shown.length = 0;

    const paid = await world.terminal.payCertificate(payment({ panHash: card.panHash }), {
      onProgress: ({ name }) => shown.push(name),
    });
    expect(paid).toMatchObject({ own: 'done', certificate: 'done', responseCode: '00', receiptNumber: '1' });
    expect(paid.rrn).toMatch(/^\d{12}$/);
    expect(paid.authCode).toMatch(/^\d{6}$/);
    expect(paid.maskedPan).toMatch(/^\*{12}\d{4}$/);
    expect(paid.slip?.join('\n')).toContain('Сертификат');
    expect(shown).toContain('EnterPin');
    expect(world.books()).toEqual({ card: 1_800_000, certificate: 200_000, clearing: 1_000_000 });

    const back = await world.terminal.refundCertificate(
      payment({ operationKey: 'key-2', basketId: returnBasketId }),
    );
    expect(back).toMatchObject({ own: 'done', certificate: 'done' });
    expect(world.books()).toEqual(untouched);
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'done', result: { rrn: paid.rrn } });
  });

  it('pays by card alone and tells of the last operation', async () => {
    world = await terminalWorld({ mode });
    expect(await world.terminal.lastOperation()).toBeUndefined();
    const paid = await world.terminal.pay({ operationKey: 'a', amount: 12_345 });
    expect(paid).toMatchObject({ own: 'done', certificate: 'not-attempted' });
    expect(await world.terminal.lastOperation()).toMatchObject({
      operationCode: 1,
      approved: true,
      totalAmount: 12_345,
      rrn: paid.rrn,
      receiptNumber: '1',
    });
    expect(world.books().card).toBe(2_000_000 - 12_345);
  });

  it('connects again after the link was lost', async () => {
    world = await terminalWorld({
      mode,
      faults: [{ at: 'lan4gate', when: { operation: '301', nth: 1 }, do: 'disconnect' }],
    });
    await expect(world.terminal.readCard()).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await expect(world.terminal.readCard()).resolves.toMatchObject({ panHash: world.panHash });
    const registrations = world.emulator.records.entries.filter(
      ({ direction, operation }) => direction === 'in' && operation === '800',
    );
    expect(registrations).toHaveLength(2);
  });
});

describe('what the acquirer decides', () => {
  it('answers 51 for the basket of the test TRU and books nothing', async () => {
    world = await terminalWorld();
    const result = await world.terminal.payCertificate(
      payment({ basketId: testBasketId, certificateAmount: 100, ownAmount: 0 }),
    );
    expect(result).toMatchObject({ own: 'not-attempted', certificate: 'refused', responseCode: '51' });
    expect(world.books()).toEqual(untouched);
    expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
  });

  it('answers 513 where the setting says so', async () => {
    world = await terminalWorld({ acquirer: { testCode: '513' } });
    const result = await world.terminal.payCertificate(
      payment({ basketId: testBasketId, certificateAmount: 100, ownAmount: 50 }),
    );
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted', responseCode: '513' });
    expect(world.books()).toEqual(untouched);
  });

  it('refuses the own part for want of money before it touches the certificate', async () => {
    world = await terminalWorld();
    const result = await world.terminal.payCertificate(payment({ ownAmount: 2_000_001 }));
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted', responseCode: '51' });
    expect(world.books()).toEqual(untouched);
  });

  it('takes the own part back when the certificate is refused', async () => {
    world = await terminalWorld();
    const result = await world.terminal.payCertificate(payment({ certificateAmount: 700_000 }));
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted', responseCode: '57' });
    expect(world.books()).toEqual(untouched);
    expect(world.acquirer.operations()[0]).toMatchObject({ own: 'refused', certificate: 'refused' });
    expect(world.ledger.postings.map(({ operation }) => operation)).toContain('own-reversal');
  });

  it('shows an own part that stays done without the certificate', async () => {
    world = await terminalWorld({ acquirer: { whenCertificateRefused: 'keep-own' } });
    const result = await world.terminal.payCertificate(payment({ certificateAmount: 700_000 }));
    expect(result).toMatchObject({ own: 'done', certificate: 'refused' });
    expect(world.books()).toEqual({ ...untouched, card: 1_800_000, clearing: 200_000 });
    expect(await world.terminal.lookup('key-1')).toMatchObject({
      state: 'done',
      result: { certificate: 'refused' },
    });
    const undone = await world.terminal.voidOperation({ operationKey: 'undo', receiptNumber: '1' });
    expect(undone.own).toBe('done');
    expect(world.books()).toEqual(untouched);
  });

  it('shows a certificate that stays debited without the own part', async () => {
    world = await terminalWorld({ acquirer: { order: 'certificate-first' } });
    const result = await world.terminal.payCertificate(payment({ ownAmount: 2_000_001 }));
    expect(result).toMatchObject({ own: 'refused', certificate: 'done', responseCode: '51' });
    expect(world.books()).toEqual({ card: 2_000_000, certificate: 200_000, clearing: 800_000 });
  });

  it('accepts the phone at payment where the plastic card was read', async () => {
    world = await terminalWorld();
    const token = world.scenario.cards[0]?.tokens[0];
    world.emulator.presentCard(token);
    const shown: string[] = [];
    const result = await world.terminal.payCertificate(payment(), {
      onProgress: ({ name }) => shown.push(name),
    });
    expect(result).toMatchObject({ own: 'done', certificate: 'done' });
    expect(shown).not.toContain('EnterPin');
  });

  it('agrees with the driver on an amount that means the total', async () => {
    world = await terminalWorld({ driver: { amountMeaning: 'total' }, emulator: { amountMeaning: 'total' } });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({
      own: 'done',
      certificate: 'done',
    });
    expect(world.books().card).toBe(1_800_000);
  });

  it('cannot overcharge by the default when the terminal wants the total', async () => {
    world = await terminalWorld({ emulator: { amountMeaning: 'total' } });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({
      own: 'refused',
      certificate: 'not-attempted',
    });
    expect(world.books()).toEqual(untouched);
  });

  it('refuses a wrong PIN', async () => {
    world = await terminalWorld({ emulator: { buyer: { pin: 'wrong' } } });
    expect(await world.terminal.pay({ operationKey: 'a', amount: 100 })).toMatchObject({
      own: 'refused',
      responseCode: '55',
    });
    expect(world.books()).toEqual(untouched);
  });
});

describe('the buyer and the cashier', () => {
  it('a card that is taken away is no payment', async () => {
    world = await terminalWorld({ emulator: { buyer: { tap: 'cancel' } } });
    const result = await world.terminal.payCertificate(payment());
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted' });
    await expect(world.terminal.readCard()).rejects.toMatchObject({ code: 'REFUSED', outcome: 'refused' });
    expect(world.books()).toEqual(untouched);
  });

  it('an abort before the tap stops the operation', async () => {
    world = await terminalWorld({ emulator: { card: null } });
    const abort = new AbortController();
    const result = await world.terminal.payCertificate(payment(), {
      signal: abort.signal,
      onProgress: ({ name }) => name === 'TapOrInsertCard' && abort.abort(),
    });
    expect(result).toMatchObject({ own: 'refused', certificate: 'not-attempted' });
    expect(world.books()).toEqual(untouched);
    world.emulator.presentCard('buyer');
    expect(await world.terminal.payCertificate(payment({ operationKey: 'key-2' }))).toMatchObject({
      certificate: 'done',
    });
  });

  it('an abort that loses the race gives the approval', async () => {
    world = await terminalWorld({
      faults: [{ at: 'lan4gate', when: { operation: '302' }, do: 'delay', delayMs: 5000 }],
    });
    const abort = new AbortController();
    const paying = world.terminal.payCertificate(payment(), { signal: abort.signal });
    await world.emulator.records.waitFor(
      ({ direction, operation }) => direction === 'out' && operation === '302',
    );
    abort.abort();
    await world.emulator.records.waitFor(({ operation }) => operation === 'interaction');
    await world.clock.advance(5000);
    expect(await paying).toMatchObject({ own: 'done', certificate: 'done' });
    expect(world.books().certificate).toBe(200_000);
  });

  it('an abort that nobody answers is an unknown outcome, after a bounded time', async () => {
    world = await terminalWorld({
      faults: [{ at: 'lan4gate', when: { operation: '302' }, do: 'silent-after-effect' }],
    });
    const abort = new AbortController();
    const paying = world.terminal.payCertificate(payment(), { signal: abort.signal });
    const lost = expect(paying).rejects.toMatchObject({
      code: 'ANSWER_LOST',
      outcome: 'unknown',
      details: { aborted: true },
    });
    await world.emulator.records.waitFor(
      ({ direction, operation }) => direction === 'out' && operation === '302',
    );
    abort.abort();
    await world.emulator.records.waitFor(({ operation }) => operation === 'interaction');
    await world.clock.advance(60_000);
    await lost;
  });

  it('an abort before the call sends nothing', async () => {
    world = await terminalWorld();
    await expect(
      world.terminal.payCertificate(payment(), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(world.emulator.records.entries).toEqual([]);
    expect(await world.terminal.lookup('key-1')).toEqual({ state: 'not-done' });
  });

  it('asks the cashier and passes the answer on', async () => {
    world = await terminalWorld({
      emulator: {
        questions: [
          {
            operation: 302,
            question: { dialog: 1, title: 'Карта и покупатель', infoText: 'Покупатель тот же?' },
          },
          { operation: 302, question: { dialog: 4, title: 'Счёт', value: 'Основной\nВторой' } },
        ],
      },
    });
    const asked: unknown[] = [];
    const result = await world.terminal.payCertificate(payment(), {
      onDialog: async (dialog) => {
        asked.push(dialog);
        return dialog.kind === 'menu' ? 1 : true;
      },
    });
    expect(result.certificate).toBe('done');
    expect(asked).toEqual([
      { kind: 'yes-no', title: 'Карта и покупатель', text: 'Покупатель тот же?' },
      { kind: 'menu', title: 'Счёт', text: undefined, options: ['Основной', 'Второй'] },
    ]);
  });

  it('stops an operation that asks when there is nobody to answer', async () => {
    world = await terminalWorld({
      emulator: { questions: [{ operation: 302, question: { dialog: 2, title: 'Сумма' } }] },
    });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({ own: 'refused' });
    expect(world.books()).toEqual(untouched);
  });

  it('runs one operation at a time', async () => {
    world = await terminalWorld({ emulator: { card: null } });
    const first = world.terminal.payCertificate(payment());
    await world.emulator.records.waitFor(({ operation }) => operation === 'notification');
    await expect(world.terminal.pay({ operationKey: 'other', amount: 1 })).rejects.toMatchObject({
      code: 'BUSY',
      outcome: 'not-sent',
    });
    expect(await world.terminal.lookup('key-1')).toMatchObject({ state: 'unknown' });
    world.emulator.presentCard('buyer');
    expect(await first).toMatchObject({ certificate: 'done' });
  });

  it('waits for a slow PIN as long as the terminal shows signs of life', async () => {
    world = await terminalWorld({
      emulator: { buyer: { pin: 'wait' }, buyerTimeoutMs: 600_000 },
      driver: { timeouts: { answerMs: 180_000 } },
    });
    const paying = world.terminal.pay({ operationKey: 'slow', amount: 100 });
    await world.emulator.records.waitFor(
      ({ operation, facts }) => operation === 'notification' && facts.code === 37,
    );
    await world.clock.advance(170_000);
    world.emulator.enterPin();
    expect(await paying).toMatchObject({ own: 'done' });
  });
});

describe('the rest of the desk', () => {
  it('confirms an operation when the terminal asks for it', async () => {
    world = await terminalWorld({ emulator: { finalization: true } });
    expect(await world.terminal.payCertificate(payment())).toMatchObject({ certificate: 'done' });
    const codes = world.emulator.records.entries
      .filter(({ direction }) => direction === 'in')
      .map(({ operation }) => operation);
    expect(codes).toEqual(['800', '302', '814']);
  });

  it('takes the slip from inside the answer', async () => {
    world = await terminalWorld({ emulator: { slip: 'inside' } });
    const { slip } = await world.terminal.pay({ operationKey: 'a', amount: 100 });
    expect(slip?.join('\n')).toContain('Оплата картой');
  });

  it('refunds by RRN, voids, settles', async () => {
    world = await terminalWorld();
    const first = await world.terminal.pay({ operationKey: 'a', amount: 50_000 });
    const back = await world.terminal.refund({ operationKey: 'b', amount: 20_000, rrn: first.rrn ?? '' });
    expect(back.own).toBe('done');
    expect(
      await world.terminal.refund({ operationKey: 'c', amount: 30_001, rrn: first.rrn ?? '' }),
    ).toMatchObject({
      own: 'refused',
      responseCode: '13',
    });
    await world.terminal.pay({ operationKey: 'd', amount: 700 });
    expect(await world.terminal.voidOperation({ operationKey: 'e' })).toMatchObject({ own: 'done' });
    expect(world.books().card).toBe(2_000_000 - 30_000);
    expect(await world.terminal.settle()).toMatchObject({
      agreed: true,
      sales: { count: 2, amount: 50_700 },
      refunds: { count: 1, amount: 20_000 },
      voids: { count: 1, amount: 700 },
    });
    expect((await world.terminal.settle()).sales).toEqual({ count: 0, amount: 0 });
  });

  it('does not undo a certificate operation', async () => {
    world = await terminalWorld();
    await world.terminal.payCertificate(payment());
    expect(await world.terminal.voidOperation({ operationKey: 'v' })).toMatchObject({
      own: 'refused',
      responseCode: '57',
    });
    expect(world.books().certificate).toBe(200_000);
  });

  it('keeps reports to the letter and money out of raw requests', async () => {
    world = await terminalWorld();
    await world.terminal.pay({ operationKey: 'a', amount: 500 });
    const report = await world.terminal.request('PrintDetailReport', {});
    expect(report.fields.SalesArray).toHaveLength(1);
    expect(report.fields.SalesArray?.[0]).toMatchObject({ TotalAmount: 500 });
    await world.terminal.test();
    await expect(world.terminal.request('Sale', { Amount: 1 })).rejects.toMatchObject({
      code: 'BAD_FIELD',
      outcome: 'not-sent',
    });
  });

  it('passes other money operations on, under the same rules', async () => {
    world = await terminalWorld();
    await world.terminal.pay({ operationKey: 'a', amount: 500 });
    const back = await world.terminal.transact('VoidLastSale', 'b', {});
    expect(back).toMatchObject({ operationCode: 403, status: 1, fields: { TotalAmount: 500 } });
    expect(await world.terminal.transact('VoidLastSale', 'b', {})).toEqual(back);
    expect(await world.terminal.lookup('b')).toMatchObject({ state: 'done' });
    expect(await world.terminal.transact('QuickPayment', 'c', { Amount: 5 })).toMatchObject({ status: 2 });
    expect(await world.terminal.lookup('c')).toEqual({ state: 'not-done' });
    await expect(world.terminal.transact('ECertPayment' as 'Sale', 'd', { Amount: 5 })).rejects.toMatchObject(
      {
        code: 'BAD_FIELD',
        outcome: 'not-sent',
      },
    );
    expect(world.books()).toEqual(untouched);
  });

  it('a lost void is found by a till that has the terminal for itself', async () => {
    world = await terminalWorld({
      driver: { lookupTrust: 'sole-till' },
      faults: [{ at: 'lan4gate', when: { operation: '403' }, do: 'disconnect' }],
    });
    await world.terminal.pay({ operationKey: 'a', amount: 500 });
    await expect(world.terminal.voidOperation({ operationKey: 'b' })).rejects.toMatchObject({
      outcome: 'unknown',
    });
    expect(await world.terminal.lookup('b')).toMatchObject({ state: 'done', result: { own: 'done' } });
    expect(world.books()).toEqual(untouched);
  });

  it('plays a trace of its own back', async () => {
    const trace: Lan4GateTraceEntry[] = [];
    world = await terminalWorld({ driver: { trace: (entry) => trace.push(entry) } });
    const paid = await world.terminal.pay({ operationKey: 'a', amount: 500 });
    const link = replayLan4Gate(trace);
    const again = openLan4Gate({ link, clock: world.clock, ecrNumber: 1, merchantNumber: 1 });
    expect(await again.pay({ operationKey: 'a', amount: 500 })).toEqual(paid);
    expect(link.finished).toBe(true);
  });

  it('refuses a till that did not register, and sums that are none', async () => {
    world = await terminalWorld({
      faults: [{ at: 'lan4gate', when: { operation: '800' }, do: 'refuse', code: 7 }],
    });
    await expect(world.terminal.payCertificate(payment())).rejects.toMatchObject({
      code: 'NOT_REGISTERED',
      outcome: 'not-sent',
      details: { status: 7 },
    });
    for (const bad of [-1, 0.5, Number.NaN])
      await expect(world.terminal.payCertificate(payment({ ownAmount: bad }))).rejects.toMatchObject({
        code: 'BAD_FIELD',
        outcome: 'not-sent',
        path: 'ownAmount',
      });
    expect(world.books()).toEqual(untouched);
  });
});
