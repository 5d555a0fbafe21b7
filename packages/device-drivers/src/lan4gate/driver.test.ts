import { type ByteChannel, type ManualClock, manualClock, memoryChannelPair } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { decodeLan4Gate, encodeLan4Gate, type Lan4GateMessage, type Lan4GateResponse } from './codec.js';
import { openLan4Gate } from './driver.js';
import { lan4GateFramer } from './framer.js';
import { incomingLan4Gate } from './incoming.js';
import type { Lan4GateOptions } from './options.js';

/** A terminal's side written out by hand: what comes is read one by one, what goes is said in full. */
function hand(channel: ByteChannel) {
  const framer = lan4GateFramer();
  const iterator = channel[Symbol.asyncIterator]();
  const queue: Lan4GateMessage[] = [];
  return {
    channel,
    async next(): Promise<Lan4GateMessage | 'closed'> {
      for (;;) {
        const first = queue.shift();
        if (first !== undefined) return first;
        const { done, value } = await iterator.next();
        if (done) return 'closed';
        for (const event of framer.push(value))
          if (event.type === 'frame') queue.push(decodeLan4Gate(event.body));
      }
    },
    say: (message: Lan4GateMessage) => channel.write(encodeLan4Gate(message)),
    answer(operationCode: number, over: Partial<Lan4GateResponse> = {}) {
      return this.say({ type: 'response', ecrNumber: 1, operationCode, status: 1, fields: {}, ...over });
    },
    async register() {
      expect(await this.next()).toMatchObject({ operationCode: 800 });
      await this.answer(800);
    },
  };
}

function desk(options: Partial<Lan4GateOptions> = {}): {
  readonly clock: ManualClock;
  readonly ends: ReturnType<typeof hand>[];
  readonly terminal: ReturnType<typeof openLan4Gate>;
  readonly logged: string[];
} {
  const clock = manualClock();
  const ends: ReturnType<typeof hand>[] = [];
  const logged: string[] = [];
  const log = (_facts: unknown, message: string) => void logged.push(message);
  const terminal = openLan4Gate({
    clock,
    ecrNumber: 1,
    merchantNumber: 1,
    link: {
      connect: async () => {
        const [till, device] = memoryChannelPair();
        ends.push(hand(device));
        return till;
      },
    },
    logger: { debug: log, info: log, warn: log, error: log },
    ...options,
  });
  return { clock, ends, terminal, logged };
}

const end = async (list: readonly ReturnType<typeof hand>[], index: number) => {
  while (list[index] === undefined) await new Promise((resolve) => setImmediate(resolve));
  return list[index] as ReturnType<typeof hand>;
};

const payment = {
  operationKey: 'k',
  basketId: 'B1',
  panHash: 'ab'.repeat(32),
  certificateAmount: 8000,
  ownAmount: 2000,
};

describe('the driver against a terminal played by hand', () => {
  it('writes card data into no trace and no log, wherever the terminal puts it', async () => {
    const seen: unknown[] = [];
    const log = (facts: unknown) => void seen.push(facts);
    const { ends, terminal } = desk({
      trace: (entry) => void seen.push(entry),
      logger: { debug: log, info: log, warn: log, error: log },
    });
    const pan = '4111111111111112';
    const chatter = `4111111111111111 ${payment.panHash}`;
    const paying = terminal.payCertificate(payment);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.say({ type: 'notification', code: 9, message: chatter, additional: chatter });
    await far.say({ type: 'receipt', code: 2, lines: [chatter] });
    await far.answer(1, { fields: { ResponseText: `${chatter} ${pan}`, CardPAN: pan } });
    await far.answer(302, { status: 3, fields: { ResponseText: `${chatter} ${pan}`, CardPAN: pan } });
    await paying;
    expect(seen.length).toBeGreaterThan(7);
    for (const secret of ['4111111111111111', pan, payment.panHash])
      expect(JSON.stringify(seen)).not.toContain(secret);
  });

  it('asks in the words of the vendor’s library', async () => {
    const { ends, terminal } = desk();
    const paying = terminal.payCertificate(payment);
    const far = await end(ends, 0);
    await far.register();
    expect(await far.next()).toEqual({
      type: 'request',
      ecrNumber: 1,
      operationCode: 302,
      fields: {
        EcrMerchantNumber: 1,
        CardPANHash: 'ab'.repeat(32),
        Amount: 2000,
        ECertAmount: 8000,
        CurrencyCode: '643',
        BasketID: 'B1',
      },
    });
    await far.answer(302, { fields: { RRN: '1', CardPAN: '2200991234567890' } });
    expect(await paying).toMatchObject({ own: 'done', certificate: 'done', maskedPan: '************7890' });
  });

  it('shows card data to nobody, wherever the terminal writes it', async () => {
    const { ends, terminal } = desk();
    const seen: unknown[] = [];
    const spaced = '4111\u00a01111 1111-1111';
    const chatter = `PAN 4111111111111111 ${spaced} ${payment.panHash} ${payment.panHash.toUpperCase()}`;
    const paying = terminal.payCertificate(payment, {
      onProgress: (progress) => void seen.push(progress),
      onDialog: async (dialog) => {
        seen.push(dialog);
        return dialog.kind === 'menu' ? 1 : true;
      },
    });
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.say({ type: 'notification', code: 9, message: chatter });
    await far.say({ type: 'interface', dialog: 1, title: chatter, infoText: chatter });
    expect(await far.next()).toMatchObject({ type: 'interface', result: '1' });
    await far.say({ type: 'interface', dialog: 4, title: chatter, value: `${chatter}\n${chatter}` });
    expect(await far.next()).toMatchObject({ type: 'interface', result: '2' });
    await far.say({ type: 'receipt', code: 2, lines: [chatter, spaced] });
    await far.answer(302, {
      status: 3,
      fields: { ResponseText: chatter, CardPAN: '4111111111111112', CardPANHash: payment.panHash },
    });
    const result = await paying;
    expect(result.slip).toHaveLength(2);
    expect(result.responseText).toMatch(/^PAN \*{12}1111 /);
    seen.push(result);

    // The lines inside the answer, a hash of its own, and a number without a right check digit that it names.
    const reading = terminal.readCard().catch((error: unknown) => error);
    await far.next();
    await far.answer(301, {
      status: 3,
      fields: {
        ResponseText: `${chatter} 4111111111111112`,
        CardPAN: '4111111111111112',
        CardPANHash: payment.panHash,
      },
    });
    const refused = await reading;
    expect(refused).toMatchObject({ code: 'REFUSED', userMessage: expect.stringContaining('PAN ****') });
    seen.push(refused);
    const settling = terminal.settle();
    await far.next();
    await far.answer(808, { fields: { ReceiptLine1: chatter } });
    const totals = await settling;
    expect(totals.slip).toHaveLength(1);

    const text = JSON.stringify(seen);
    expect(text).not.toMatch(/abab/i);
    expect(`${text}${JSON.stringify(totals).replace(/(ab){32}/gi, '')}`).not.toMatch(/4111\D?1111\D?1111/);
  });

  it('sends the total where that is what the amount means', async () => {
    const { ends, terminal } = desk({ amountMeaning: 'total' });
    const paying = terminal.refundCertificate(payment);
    const far = await end(ends, 0);
    await far.register();
    expect(await far.next()).toMatchObject({
      operationCode: 303,
      fields: { Amount: 10_000, ECertAmount: 8000 },
    });
    await far.answer(303);
    await paying;
  });

  it('a late answer that the service repeats on the new connection is nobody’s answer', async () => {
    const { clock, ends, terminal, logged } = desk();
    const first = terminal.payCertificate(payment).catch((error: unknown) => error);
    const old = await end(ends, 0);
    await old.register();
    await old.next();
    await clock.advance(180_000);
    expect(await first).toMatchObject({ code: 'ANSWER_LOST' });
    expect(await old.next()).toBe('closed');

    const second = terminal.payCertificate({ ...payment, operationKey: 'k2', basketId: 'B2' });
    const far = await end(ends, 1);
    await far.register();
    await far.next();
    await far.answer(302, { fields: { BasketID: 'B1', RRN: '1' } });
    await far.answer(302, { status: 3, fields: { BasketID: 'B2', ResponseCode: '05' } });
    expect(await second).toMatchObject({ own: 'refused', responseCode: '05' });
    expect(logged).toContain('a stray message was ignored');
  });

  it('a late answer right behind the next request for an equal sum is not that buyer’s payment', async () => {
    const { clock, ends, terminal } = desk();
    const lost = terminal.pay({ operationKey: 'a', amount: 5000 });
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    const gone = expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
    await clock.advance(200_000);
    await gone;
    const next = terminal.pay({ operationKey: 'b', amount: 5000 });
    const again = await end(ends, 1);
    await again.register();
    await again.next();
    await again.answer(1, { fields: { TotalAmount: 5000, RRN: '7', ResponseCode: '00' } });
    await expect(next).rejects.toMatchObject({ code: 'ANSWER_MISMATCH', outcome: 'unknown' });
    // A terminal that shows what it does, or takes the time a tap takes, is believed.
    const third = terminal.pay({ operationKey: 'c', amount: 5000 });
    const anew = await end(ends, 2);
    await anew.register();
    await anew.next();
    await anew.say({ type: 'notification', code: 10 });
    await anew.answer(1, { fields: { TotalAmount: 5000, RRN: '8', ResponseCode: '00' } });
    expect(await third).toMatchObject({ own: 'done', rrn: '8' });
    const fourth = terminal.pay({ operationKey: 'd', amount: 5000 });
    await anew.next();
    await clock.advance(3000);
    await anew.answer(1, { fields: { TotalAmount: 5000, RRN: '9', ResponseCode: '00' } });
    expect(await fourth).toMatchObject({ own: 'done', rrn: '9' });
  });

  it('"done" with other sums is unknown', async () => {
    const { ends, terminal } = desk();
    const paying = terminal.payCertificate(payment).catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.answer(302, { fields: { ECertAmount: 1 } });
    expect(await paying).toMatchObject({ code: 'ANSWER_MISMATCH', outcome: 'unknown' });
  });

  it('takes the verdict of a reader of your own', async () => {
    const { ends, terminal } = desk({
      readVerdict: ({ fields }) =>
        fields.AdditionalInfo === 'ECERT=NO'
          ? { own: 'done', certificate: 'refused' }
          : { own: 'done', certificate: 'done' },
    });
    const paying = terminal.payCertificate(payment);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.answer(302, { fields: { AdditionalInfo: 'ECERT=NO' } });
    expect(await paying).toMatchObject({ own: 'done', certificate: 'refused' });
  });

  it('junk between messages is reported and survived, a message that is none is not', async () => {
    const { ends, terminal, logged } = desk();
    const paying = terminal.pay({ operationKey: 'k', amount: 1 }).catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.channel.write(new TextEncoder().encode('\r\n'));
    await far.channel.write(new TextEncoder().encode('0005{oops'));
    expect(await paying).toMatchObject({ code: 'ANSWER_UNREADABLE', outcome: 'unknown' });
    expect(logged).toContain('bytes between messages');
    expect(await far.next()).toBe('closed');
  });

  it('notices between calls that the terminal has gone, and what nobody asked for', async () => {
    const { ends, terminal, logged } = desk();
    const reading = terminal.test();
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.answer(801);
    await reading;
    await far.answer(302);
    await new Promise((resolve) => setImmediate(resolve));
    expect(logged).toEqual(['the terminal sent a message that nobody waits for']);
    await far.channel.close();
    await new Promise((resolve) => setImmediate(resolve));
    const again = terminal.test();
    const next = await end(ends, 1);
    await next.register();
    await next.next();
    await next.answer(801);
    await again;
  });

  it('tries a second connection when the first was dead, not a third', async () => {
    let made = 0;
    const { terminal } = desk({
      link: {
        connect: async () => {
          made += 1;
          const [till, device] = memoryChannelPair();
          await device.close();
          return till;
        },
      },
    });
    await expect(terminal.pay({ operationKey: 'k', amount: 1 })).rejects.toMatchObject({
      code: 'NOT_REGISTERED',
      outcome: 'not-sent',
    });
    expect(made).toBe(2);
    expect(await terminal.lookup('k')).toEqual({ state: 'not-done' });
  });

  it('is sure of a basket that the last operation names, though the vendor’s list has none', async () => {
    const { ends, terminal } = desk();
    const paying = terminal.payCertificate(payment).catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.channel.close();
    await paying;
    const looking = terminal.lookup('k');
    const next = await end(ends, 1);
    await next.register();
    expect(await next.next()).toMatchObject({ operationCode: 804 });
    await next.answer(804, {
      fields: {
        OriginalOperationCode: 302,
        OriginalOperationStatus: 1,
        TotalAmount: 10_000,
        RRN: '7',
        BasketID: 'B1',
      },
    });
    expect(await looking).toMatchObject({ state: 'done', result: { certificate: 'done', rrn: '7' } });
  });

  it('tells nothing of a key it never saw', async () => {
    const { terminal, ends } = desk();
    expect(await terminal.lookup('never')).toMatchObject({ state: 'unknown' });
    expect(ends).toEqual([]);
  });

  it('a card without a usable hash is refused', async () => {
    const { ends, terminal } = desk();
    const reading = terminal.readCard().catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.answer(301, { fields: { CardPANHash: 'short' } });
    expect(await reading).toMatchObject({ code: 'NO_PAN_HASH', outcome: 'refused' });
  });

  it('an operation that never ends, with signs of life, ends all the same', async () => {
    const { clock, ends, terminal } = desk({ timeouts: { answerMs: 100, totalMs: 350 } });
    const paying = terminal.pay({ operationKey: 'k', amount: 1 }).catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    for (let turn = 0; turn < 4; turn += 1) {
      await far.say({ type: 'notification', code: 9 });
      await clock.advance(90);
    }
    expect(await paying).toMatchObject({ code: 'ANSWER_LOST' });
  });

  it('closing in the middle is a lost answer, and the end', async () => {
    const { ends, terminal } = desk();
    const paying = terminal.pay({ operationKey: 'k', amount: 1 }).catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await terminal.close();
    expect(await paying).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
    await expect(terminal.test()).rejects.toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
  });

  it('closing while the connection is being made leaves nothing open', async () => {
    const [till, device] = memoryChannelPair();
    let connect = (_channel: ByteChannel) => {};
    const made = new Promise<ByteChannel>((resolve) => {
      connect = resolve;
    });
    const link = { connect: () => made };
    const { terminal } = desk({ link });
    const paying = terminal.pay({ operationKey: 'k', amount: 1 }).catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    await terminal.close();
    connect(till);
    expect(await paying).toMatchObject({ code: 'CLOSED', outcome: 'not-sent' });
    expect(await hand(device).next()).toBe('closed');
  });

  it('a lost card reading does not frighten the cashier with money', async () => {
    const { ends, terminal } = desk();
    const reading = terminal.readCard().catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.channel.close();
    expect(await reading).toMatchObject({
      code: 'ANSWER_LOST',
      userMessage: 'Терминал не ответил, повторите.',
    });
  });

  it.each(['trace', 'logger'] as const)('a %s that throws changes nothing', async (which) => {
    const fails = () => {
      throw new Error('disk full');
    };
    const { ends, terminal } = desk(
      which === 'trace'
        ? { trace: fails }
        : { logger: { debug: fails, info: fails, warn: fails, error: fails } },
    );
    const paying = terminal.payCertificate(payment);
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.channel.write(new TextEncoder().encode('\r\n'));
    await far.answer(999);
    await far.answer(302);
    expect(await paying).toMatchObject({ own: 'done', certificate: 'done' });
    await terminal.close();
  });

  it('an answer of the cashier to an earlier question is not given to a later one', async () => {
    const { ends, terminal } = desk();
    const answers: ((yes: boolean) => void)[] = [];
    const paying = terminal.payCertificate(payment, {
      onDialog: () => new Promise<boolean>((resolve) => void answers.push(resolve)),
    });
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    await far.say({ type: 'interface', dialog: 1, title: 'Печатать копию?' });
    await far.say({ type: 'interface', dialog: 1, title: 'Отменить оплату?' });
    while (answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    answers[0]?.(true);
    await new Promise((resolve) => setImmediate(resolve));
    answers[1]?.(false);
    expect(await far.next()).toMatchObject({ type: 'interface', result: '0' });
    await far.answer(302);
    expect(await paying).toMatchObject({ own: 'done' });
  });

  it('a lookup during an operation cannot tell, and never says that nothing was sent', async () => {
    const { clock, ends, terminal } = desk();
    const paying = terminal.pay({ operationKey: 'lost', amount: 100 });
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    const gone = expect(paying).rejects.toMatchObject({ outcome: 'unknown' });
    await clock.advance(200_000);
    await gone;
    const reading = terminal.readCard();
    expect(await terminal.lookup('lost')).toMatchObject({ state: 'unknown' });
    await terminal.close();
    await expect(reading).rejects.toThrow();
    expect(await terminal.lookup('lost')).toMatchObject({ state: 'unknown' });
  });

  it('the last operation that was answered before is not the equal one that was lost', async () => {
    const { clock, ends, terminal } = desk();
    const back = { ...payment, ownAmount: 0 };
    const first = terminal.refundCertificate({ ...back, operationKey: 'first' });
    const far = await end(ends, 0);
    await far.register();
    await far.next();
    const numbers = { RRN: '000000000007', ReceiptReference: '7' };
    await far.answer(303, { fields: { ...numbers, BasketID: 'B1', ECertAmount: 8000 } });
    expect(await first).toMatchObject({ certificate: 'done' });
    const second = terminal.refundCertificate({ ...back, operationKey: 'second' });
    await far.next();
    const gone = expect(second).rejects.toMatchObject({ outcome: 'unknown' });
    await clock.advance(200_000);
    await gone;
    const asked = terminal.lookup('second');
    const again = await end(ends, 1);
    await again.register();
    await again.next();
    await again.answer(804, {
      fields: {
        ...numbers,
        BasketID: 'B1',
        TotalAmount: 8000,
        OriginalOperationCode: 303,
        OriginalOperationStatus: 1,
      },
    });
    expect(await asked).toMatchObject({ state: 'unknown' });
  });

  it.each([
    ['a void by an empty receipt number', { receiptNumber: '' }],
    ['a void by an empty RRN', { rrn: '' }],
  ])('%s is not sent: it would undo whatever was last', async (_name, which) => {
    const { ends, terminal } = desk();
    await expect(terminal.voidOperation({ operationKey: 'v', ...which })).rejects.toMatchObject({
      code: 'BAD_FIELD',
      outcome: 'not-sent',
    });
    expect(ends).toHaveLength(0);
  });

  it('wants numbers that exist', () => {
    expect(() => desk({ ecrNumber: 0 })).toThrowError(
      expect.objectContaining({ code: 'BAD_FIELD', path: 'ecrNumber' }),
    );
  });
});

describe('a connection that takes no bytes', () => {
  /** A desk whose channel swallows each write from the given one on: it neither settles nor ends, and closes silently. */
  function stuckDesk(from: number, timeouts: Lan4GateOptions['timeouts'] = {}) {
    const [till, device] = memoryChannelPair();
    let writes = 0;
    let reached = () => {};
    const stuck = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let closed = false;
    const channel: ByteChannel = {
      label: 'stuck',
      write(bytes) {
        writes += 1;
        if (writes < from) return till.write(bytes);
        reached();
        return new Promise(() => {});
      },
      async close() {
        closed = true;
      },
      [Symbol.asyncIterator]: () => till[Symbol.asyncIterator](),
    };
    const made = desk({ link: { connect: async () => channel }, timeouts });
    return { ...made, far: hand(device), stuck, writes: () => writes, closed: () => closed };
  }
  const sale = { operationKey: 'k', amount: 100 };
  const failureOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: unknown) => error,
    );

  it('the request: unknown after the time for its answer, and the key stays closed', async () => {
    const { clock, terminal, far, stuck, writes, closed } = stuckDesk(2, { answerMs: 5000 });
    const failing = failureOf(terminal.pay(sale));
    await far.register();
    await stuck;
    await clock.advance(5000);
    expect(await failing).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
    expect([writes(), closed(), clock.pendingTimers]).toEqual([2, true, 0]);
    expect(await failureOf(terminal.pay(sale))).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
    expect(writes()).toBe(2);
  });

  it('the request, aborted meanwhile: unknown at once', async () => {
    const { clock, terminal, far, stuck, writes, closed } = stuckDesk(2);
    const controller = new AbortController();
    const failing = failureOf(terminal.pay(sale, { signal: controller.signal }));
    await far.register();
    await stuck;
    controller.abort();
    expect(await failing).toMatchObject({
      code: 'ANSWER_LOST',
      outcome: 'unknown',
      details: { aborted: true },
    });
    expect([writes(), closed(), clock.pendingTimers]).toEqual([2, true, 0]);
  });

  it('the request, the driver closed meanwhile: unknown at once', async () => {
    const { terminal, far, stuck } = stuckDesk(2);
    const failing = failureOf(terminal.pay(sale));
    await far.register();
    await stuck;
    await terminal.close();
    expect(await failing).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
  });

  it('the registration: nothing was sent', async () => {
    const { clock, terminal, stuck, closed } = stuckDesk(1, { registrationMs: 1000 });
    const failing = failureOf(terminal.pay(sale));
    await stuck;
    await clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NOT_REGISTERED', outcome: 'not-sent' });
    expect(closed()).toBe(true);
    expect(await terminal.lookup('k')).toEqual({ state: 'not-done' });
  });

  it('the abort itself: unknown after its time', async () => {
    const { clock, terminal, far, stuck, writes } = stuckDesk(3, { abortMs: 1000 });
    const controller = new AbortController();
    const failing = failureOf(terminal.pay(sale, { signal: controller.signal }));
    await far.register();
    await far.next();
    controller.abort();
    await stuck;
    await clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'ANSWER_LOST', outcome: 'unknown' });
    expect(writes()).toBe(3);
  });

  it('the confirmation: the answer is kept as not confirmed', async () => {
    const { clock, terminal, far, stuck } = stuckDesk(3, { confirmationMs: 1000 });
    const failing = failureOf(terminal.pay(sale));
    await far.register();
    const request = await far.next();
    await far.answer((request as { operationCode: number }).operationCode, {
      fields: { FinalizationRequired: true },
    });
    await stuck;
    await clock.advance(1000);
    expect(await failing).toMatchObject({ code: 'NOT_CONFIRMED', outcome: 'unknown' });
  });
});

describe('an abort before the request', () => {
  it('while the connection is being made: nothing is written, and the connection serves the next call', async () => {
    const [till, device] = memoryChannelPair();
    const far = hand(device);
    const written: Uint8Array[] = [];
    const controller = new AbortController();
    const { terminal } = desk({
      link: {
        // It is aborted when the connection stands already, so the link itself does not notice.
        connect: async () => {
          controller.abort();
          return {
            label: till.label,
            write: (bytes) => {
              written.push(bytes);
              return till.write(bytes);
            },
            close: () => till.close(),
            [Symbol.asyncIterator]: () => till[Symbol.asyncIterator](),
          };
        },
      },
    });
    await expect(
      terminal.pay({ operationKey: 'k', amount: 1 }, { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(written).toEqual([]);
    expect(await terminal.lookup('k')).toEqual({ state: 'not-done' });
    const testing = terminal.test();
    await far.register();
    expect(await far.next()).toMatchObject({ operationCode: 801 });
    await far.answer(801);
    await testing;
  });

  it('as the registration is answered: the request does not go out', async () => {
    const controller = new AbortController();
    const { ends, terminal } = desk({
      trace: ({ direction, kind }) => {
        if (direction === 'in' && kind === 'message') controller.abort();
      },
    });
    // The trace hears of the answer before the machine does.
    const failing = terminal
      .pay({ operationKey: 'k', amount: 1 }, { signal: controller.signal })
      .catch((error: unknown) => error);
    const far = await end(ends, 0);
    await far.register();
    expect(await failing).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(await far.next()).toBe('closed');
  });

  it('just after the registration was answered: the request does not go out either', async () => {
    const controller = new AbortController();
    const { ends, terminal } = desk();
    const failing = terminal
      .pay({ operationKey: 'k', amount: 1 }, { signal: controller.signal })
      .catch((error: unknown) => error);
    const far = await end(ends, 0);
    expect(await far.next()).toMatchObject({ operationCode: 800 });
    await far.channel.write(encodeLan4Gate({ type: 'notification', code: 9 }));
    const answering = far.answer(800);
    // As soon as the driver has its answer, before it can go on.
    queueMicrotask(() => controller.abort());
    await answering;
    expect(await failing).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
    expect(await far.next()).toBe('closed');
  });
});

describe('a till that listens', () => {
  it('waits for a call, takes the newest, and leaves a link that the terminal has given up', async () => {
    const clock = manualClock();
    const link = incomingLan4Gate({ clock });
    const { terminal } = desk({ clock, link });
    const call = () => {
      const [till, device] = memoryChannelPair();
      link.accept(till);
      return hand(device);
    };
    const first = terminal.test();
    const one = call();
    await one.register();
    await one.next();
    await one.answer(801);
    await first;

    const unused = call();
    const newest = call();
    expect(await unused.next()).toBe('closed');
    const second = terminal.test();
    await newest.register();
    await newest.next();
    await newest.answer(801);
    await second;
    expect(await one.next()).toBe('closed');
  });

  it('gives up after a while, or when it is told to', async () => {
    const clock = manualClock();
    const { terminal } = desk({ clock, link: incomingLan4Gate({ clock, waitMs: 500 }) });
    const waiting = terminal.pay({ operationKey: 'k', amount: 1 }).catch((error: unknown) => error);
    await clock.waitForTimers(1);
    await clock.advance(500);
    expect(await waiting).toMatchObject({ code: 'NO_TERMINAL', outcome: 'not-sent' });
    const abort = new AbortController();
    const again = terminal
      .pay({ operationKey: 'k', amount: 1 }, { signal: abort.signal })
      .catch((error: unknown) => error);
    await clock.waitForTimers(1);
    abort.abort();
    expect(await again).toMatchObject({ code: 'ABORTED', outcome: 'not-sent' });
  });
});
