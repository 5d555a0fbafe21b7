import {
  type ByteChannel,
  concatBytes,
  ElcertError,
  type ManualClock,
  manualClock,
  memoryChannelPair,
} from '@elcert/core';
import { afterEach, describe, expect, it } from 'vitest';
import type { WireEntry } from '../wire-trace.js';
import { assumedCertificateCodes } from './certificates.js';
import { decodeInpasTlv, encodeInpasTlv, type InpasFields, inpasMessage } from './codec.js';
import { type InpasOptions, openInpas } from './driver.js';
import { inpasFrame, inpasFramer, inpasFrames } from './framer.js';
import { replayInpas } from './trace.js';

const ackByte = Uint8Array.of(0x06);
const nakByte = Uint8Array.of(0x15);

/** A terminal's side written out by hand: what comes is read one by one, what goes is said in full. */
function hand(channel: ByteChannel) {
  const framer = inpasFramer();
  const iterator = channel[Symbol.asyncIterator]();
  const queue: (InpasFields | 'ack' | 'nak')[] = [];
  const next = async (): Promise<InpasFields | 'ack' | 'nak'> => {
    for (;;) {
      const first = queue.shift();
      if (first !== undefined) return first;
      const read = await iterator.next();
      if (read.done) throw new Error('the driver has hung up');
      for (const event of framer.push(read.value)) {
        if (event.type === 'frame') queue.push(decodeInpasTlv(event.body));
        if (event.type === 'control' && event.name !== 'eot') queue.push(event.name);
      }
    }
  };
  return {
    channel,
    next,
    ack: () => channel.write(ackByte),
    nak: () => channel.write(nakByte),
    async say(fields: InpasFields) {
      for (const frame of inpasFrames(encodeInpasTlv(fields))) await channel.write(frame);
    },
    /** Takes a request and confirms it. */
    async take(): Promise<InpasFields> {
      const fields = await next();
      if (typeof fields === 'string') throw new Error(`${fields} in place of a request`);
      await channel.write(ackByte);
      return fields;
    },
  };
}

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function till(options: Partial<InpasOptions> = {}) {
  const clock: ManualClock = manualClock();
  const ends: ReturnType<typeof hand>[] = [];
  const connect = async () => {
    const [own, other] = memoryChannelPair();
    ends.push(hand(other));
    return own;
  };
  const terminal = openInpas({ connect, clock, ...options });
  stops.push(() => terminal.close());
  const pad = (index = 0): ReturnType<typeof hand> => {
    const end = ends[index];
    if (end === undefined) throw new Error('the driver has not connected');
    return end;
  };
  return { clock, terminal, pad, ends };
}

const approved = (over: Parameters<typeof inpasMessage>[0] = {}) =>
  inpasMessage({
    amount: '500',
    operationCode: '1',
    pan: '2200999912345672',
    authorizationCode: '123456',
    referenceNumber: '632612000001',
    responseCodeHost: '00',
    textResponse: 'ОДОБРЕНО^APPROVED.JPG~',
    terminalId: '00000001',
    status: '1',
    receiptData: '0xDF^^КЛИЕНТ\r\n2200 9999 1234 5672~0xDA^^КАССИР~',
    ...over,
  });

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const payment = { operationKey: 'a', amount: 500 };
const unknown = {
  code: 'ANSWER_LOST',
  outcome: 'unknown',
  userMessage: expect.stringContaining('Не повторяйте'),
};

describe('the driver against a terminal played by hand', () => {
  it('pays: sum in eight digits, answer and slip masked', async () => {
    const { terminal, pad } = till();
    const paying = terminal.pay(payment);
    await turn();
    expect(await pad().take()).toEqual(
      inpasMessage({ amount: '00000500', currencyCode: '643', operationCode: '1' }),
    );
    await pad().say(approved());
    expect(await paying).toEqual({
      own: 'done',
      certificate: 'not-attempted',
      responseCode: '00',
      responseText: 'ОДОБРЕНО',
      rrn: '632612000001',
      authCode: '123456',
      receiptNumber: undefined,
      maskedPan: '************5672',
      slip: ['КЛИЕНТ', '************5672', '[cut]', 'КАССИР'],
    });
    expect(await pad().next()).toBe('ack');
    expect(await terminal.pay(payment)).toMatchObject({ own: 'done' });
    expect(await terminal.lookup('a')).toMatchObject({ state: 'done' });
    await expect(terminal.pay({ ...payment, amount: 501 })).rejects.toMatchObject({
      code: 'OPERATION_KEY_REUSED',
      outcome: 'not-sent',
    });
    // The next request names the terminal that has answered.
    const refunding = terminal.refund({ operationKey: 'b', amount: 100, rrn: '632612000001' });
    await turn();
    expect(await pad().take()).toEqual(
      inpasMessage({
        amount: '00000100',
        currencyCode: '643',
        referenceNumber: '632612000001',
        operationCode: '29',
        terminalId: '00000001',
      }),
    );
    await pad().say(approved({ operationCode: '29', amount: '100' }));
    expect((await refunding).own).toBe('done');
  });

  it('shows card data to nobody, wherever the terminal writes it', async () => {
    const { terminal, pad } = till();
    const seen: unknown[] = [];
    // Without a right check digit only the answer's own field tells that it is a card's number.
    const pan = '2200999912345670';
    const hash = 'aB'.repeat(32);
    const chatter = `КАРТА 4111111111111111 ${hash} ${hash.toLowerCase()}`;
    const paying = terminal.pay(payment, { onProgress: (progress) => void seen.push(progress) });
    await turn();
    await pad().take();
    await pad().say(inpasMessage({ operationCode: '21', textResponse: chatter }));
    await pad().say(
      approved({ pan, textResponse: `${chatter} ${pan}`, receiptData: `0xDF^^${chatter}\r\n${pan}~` }),
    );
    seen.push(await paying);
    const text = JSON.stringify(seen).toLowerCase();
    expect(seen).toHaveLength(2);
    for (const secret of [pan, hash.toLowerCase(), '4111111111111111']) expect(text).not.toContain(secret);
  });

  it('a request that is met by silence is written once and stays unknown', async () => {
    const { clock, terminal, pad, ends } = till();
    const paying = terminal.pay(payment);
    const failed = expect(paying).rejects.toMatchObject({ ...unknown, details: { taken: false } });
    await turn();
    await clock.advance(1000);
    await clock.advance(10_000);
    await failed;
    expect(await pad().next()).toEqual(
      inpasMessage({ amount: '00000500', currencyCode: '643', operationCode: '1' }),
    );
    await expect(pad().next()).rejects.toThrow('hung up');
    expect(await terminal.lookup('a')).toMatchObject({ state: 'unknown' });
    await expect(terminal.pay(payment)).rejects.toMatchObject(unknown);
    expect(ends).toHaveLength(1);
  });

  it('a request that was refused by NAK three times is not sent, and may be tried again', async () => {
    const { clock, terminal, pad } = till();
    const paying = terminal.pay(payment);
    const failed = expect(paying).rejects.toMatchObject({ code: 'NOT_TAKEN', outcome: 'not-sent' });
    await turn();
    for (let index = 0; index < 3; index += 1) {
      expect(await pad().next()).toBeInstanceOf(Map);
      await pad().nak();
      await turn();
      await clock.advance(200);
    }
    await failed;
    expect(await terminal.lookup('a')).toEqual({ state: 'not-done' });
    const again = terminal.pay(payment);
    await turn();
    await pad(1).take();
    await pad(1).say(approved());
    expect((await again).own).toBe('done');
  });

  it('a late answer settles its key while nothing else was asked', async () => {
    const { clock, terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject(unknown);
    await turn();
    await pad().take();
    await clock.advance(120_000);
    await failed;
    expect(await terminal.lookup('a')).toMatchObject({ state: 'unknown' });
    await pad().say(approved());
    await turn();
    expect(await pad().next()).toBe('ack');
    expect(await terminal.lookup('a')).toMatchObject({ state: 'done', result: { rrn: '632612000001' } });
    expect((await terminal.pay(payment)).own).toBe('done');
  });

  it('a late answer finds a closed door once something else was asked', async () => {
    const { clock, terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject(unknown);
    await turn();
    await pad().take();
    await clock.advance(120_000);
    await failed;
    const second = terminal.pay({ operationKey: 'b', amount: 500 });
    await turn();
    await expect(pad().say(approved())).rejects.toMatchObject({ code: 'CHANNEL_CLOSED' });
    await pad(1).take();
    await pad(1).say(approved({ referenceNumber: '632612000002' }));
    expect((await second).rrn).toBe('632612000002');
    expect(await terminal.lookup('a')).toMatchObject({ state: 'unknown' });
  });

  it('a late answer of another sum settles nothing', async () => {
    const { clock, terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject(unknown);
    await turn();
    await pad().take();
    await clock.advance(120_000);
    await failed;
    await pad().say(approved({ amount: '777' }));
    await turn();
    expect(await terminal.lookup('a')).toMatchObject({ state: 'unknown' });
  });

  it.each([
    ['another sum', approved({ amount: '501' }), 'ANSWER_MISMATCH'],
    ['a refusal of the bank inside', approved({ responseCodeHost: '05' }), 'UNCERTAIN'],
    ['no result', approved({ status: '0' }), 'UNCERTAIN'],
    ['no link to the bank', approved({ status: '34' }), 'UNCERTAIN'],
    ['a result nobody knows', approved({ status: '77' }), 'UNCERTAIN'],
  ])('an answer with %s is unknown', async (_name, answer, code) => {
    const { terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject({ code, outcome: 'unknown' });
    await turn();
    await pad().take();
    await pad().say(answer);
    await failed;
    expect(await terminal.lookup('a')).toMatchObject({ state: 'unknown' });
  });

  it('the number of an older payment is not that of a new one', async () => {
    const { terminal, pad } = till();
    const first = terminal.pay(payment);
    await turn();
    await pad().take();
    await pad().say(approved());
    await first;
    await pad().next();
    const failed = expect(terminal.pay({ operationKey: 'b', amount: 500 })).rejects.toMatchObject({
      code: 'ANSWER_MISMATCH',
      outcome: 'unknown',
    });
    await turn();
    await pad().take();
    await pad().say(approved());
    await failed;
  });

  it.each([
    ['16', 'ОТКАЗ БАНКА^DECLINED.JPG~'],
    ['53', 'ПРЕРВАНО'],
  ])('result %s is a refusal, not an error', async (status, textResponse) => {
    const { terminal, pad } = till();
    const paying = terminal.pay(payment);
    await turn();
    await pad().take();
    await pad().say(approved({ status, responseCodeHost: '51', textResponse, referenceNumber: undefined }));
    expect(await paying).toMatchObject({ own: 'refused', responseCode: '51' });
    expect(await terminal.lookup('a')).toEqual({ state: 'not-done' });
  });

  it('an answer that cannot be read is unknown, and the connection is left', async () => {
    const { terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject({
      code: 'ANSWER_UNREADABLE',
      outcome: 'unknown',
    });
    await turn();
    await pad().take();
    // A right check sum over half a field.
    await pad().channel.write(inpasFrame(Uint8Array.of(25, 9, 0, 0x31)));
    await failed;
  });

  it('a damaged answer is asked for again once the line is quiet', async () => {
    const { clock, terminal, pad } = till();
    const paying = terminal.pay(payment);
    await turn();
    await pad().take();
    const frame = inpasFrame(encodeInpasTlv(approved()));
    await pad().channel.write(concatBytes(frame.subarray(0, 20), Uint8Array.of(0xff), frame.subarray(21)));
    await turn();
    await clock.advance(200);
    expect(await pad().next()).toBe('nak');
    await pad().say(approved());
    expect((await paying).own).toBe('done');
  });

  it('one call at a time, sums that are some, and nothing after closing', async () => {
    const { terminal } = till();
    void terminal.pay(payment).catch(() => {});
    await expect(terminal.pay({ operationKey: 'b', amount: 1 })).rejects.toMatchObject({ code: 'BUSY' });
    for (const amount of [0, -1, 1.5, Number.NaN, 10_000_000_000])
      await expect(terminal.pay({ operationKey: 'c', amount })).rejects.toMatchObject({
        code: 'BAD_FIELD',
        path: 'amount',
        outcome: 'not-sent',
      });
    await expect(terminal.refund({ operationKey: 'd', amount: 1, rrn: ' ' })).rejects.toMatchObject({
      path: 'rrn',
    });
    await expect(terminal.voidOperation({ operationKey: 'd' })).rejects.toMatchObject({ path: 'rrn' });
    await expect(terminal.pay({ operationKey: '', amount: 1 })).rejects.toMatchObject({
      outcome: 'not-sent',
    });
    await terminal.close();
    await expect(terminal.pay(payment)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('an abort before the call sends nothing', async () => {
    const { terminal, ends } = till();
    await expect(terminal.pay(payment, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    expect(ends).toHaveLength(0);
  });

  it('a connection that cannot be made is not sent, whatever connect throws', async () => {
    const { terminal } = till({
      connect: async () => {
        throw new Error('no such port');
      },
    });
    await expect(terminal.pay(payment)).rejects.toMatchObject({ code: 'NOT_TAKEN', outcome: 'not-sent' });
    expect(await terminal.lookup('a')).toEqual({ state: 'not-done' });
  });

  it('a connection that was lost between calls is made anew before anything is sent', async () => {
    const { terminal, pad, ends } = till();
    const first = terminal.pay(payment);
    await turn();
    await pad().take();
    await pad().say(approved());
    await first;
    await pad().channel.close();
    await turn();
    const second = terminal.pay({ operationKey: 'b', amount: 500 });
    await turn();
    expect(ends).toHaveLength(2);
    await pad(1).take();
    await pad(1).say(approved({ referenceNumber: '632612000009' }));
    expect((await second).own).toBe('done');
  });
});

describe('an emergency reversal', () => {
  const paid = async (over: Parameters<typeof inpasMessage>[0] = {}) => {
    const all = till();
    const paying = all.terminal.pay(payment);
    await turn();
    await all.pad().take();
    await all.pad().say(approved(over));
    await paying;
    await all.pad().next();
    return all;
  };

  it('goes by the number of the bank', async () => {
    const { terminal, pad } = await paid();
    const reversing = terminal.reverseLast({ operationKey: 'r', originalKey: 'a' });
    await turn();
    const request = await pad().take();
    expect(request.get(25)).toBe('4');
    expect(request.get(14)).toBe('632612000001');
    await pad().say(approved({ operationCode: '4' }));
    expect((await reversing).own).toBe('done');
  });

  it('goes by operation 56 when there is no number, for the last operation alone', async () => {
    const { terminal, pad } = await paid({ referenceNumber: '000000000000' });
    const reversing = terminal.reverseLast({ operationKey: 'r', originalKey: 'a' });
    await turn();
    expect((await pad().take()).get(25)).toBe('56');
    await pad().say(approved({ operationCode: '56' }));
    expect((await reversing).own).toBe('done');
    await expect(terminal.reverseLast({ operationKey: 'r2', originalKey: 'a' })).rejects.toMatchObject({
      code: 'REVERSAL_UNSAFE',
      outcome: 'not-sent',
    });
  });

  it('is not made for an operation whose answer was lost: the last one may be another buyer’s', async () => {
    const { clock, terminal, pad } = till();
    const failed = expect(terminal.pay(payment)).rejects.toMatchObject(unknown);
    await turn();
    await pad().take();
    await clock.advance(120_000);
    await failed;
    for (const originalKey of ['a', 'never heard of'])
      await expect(
        terminal.reverseLast({ operationKey: `r ${originalKey}`, originalKey }),
      ).rejects.toMatchObject({ code: 'REVERSAL_UNSAFE', outcome: 'not-sent' });
  });
});

describe('a trace', () => {
  it('holds no card data and plays the conversation back, long answers in pieces included', async () => {
    const trace: WireEntry[] = [];
    const hash = 'ab'.repeat(32);
    const one = till({ trace: (entry) => trace.push(entry) });
    const reading = one.terminal.readCard();
    await turn();
    expect((await one.pad().take()).get(25)).toBe(String(assumedCertificateCodes.readCard));
    await one.pad().say(
      inpasMessage({
        operationCode: String(assumedCertificateCodes.readCard),
        pan: '2200999912345672',
        terminalId: '00000001',
        status: '1',
        additionalData: `hash=${hash};par=MIR0123`,
      }),
    );
    expect(await reading).toEqual({ panHash: hash, par: 'MIR0123', maskedPan: '************5672' });
    await one.pad().next();
    const paying = one.terminal.pay(payment);
    await turn();
    await one.pad().take();
    const slip = `0xDF^^КАРТА 2200999912345672 ${'Ж'.repeat(1500)}~`;
    const long = approved({ track2: '2200999912345672=3012', receiptData: slip });
    const frames = inpasFrames(encodeInpasTlv(long));
    expect(frames.length).toBeGreaterThan(3);
    for (const frame of frames) {
      await one.pad().channel.write(frame);
      expect(await one.pad().next()).toBe('ack');
    }
    await paying;

    const text = trace.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('');
    for (const secret of ['2200999912345672', hash, 'MIR0123', '3012']) expect(text).not.toContain(secret);

    const replay = replayInpas(trace, {
      restore: (bytes) => {
        const [event] = inpasFramer().push(bytes);
        if (event?.type !== 'frame') return bytes;
        const fields = new Map(decodeInpasTlv(event.body));
        if (!fields.has(86)) return bytes;
        return inpasFrame(encodeInpasTlv(fields.set(86, `hash=${'cd'.repeat(32)}`)));
      },
    });
    const again = openInpas({ connect: replay.connect, clock: manualClock() });
    stops.push(() => again.close());
    expect(await again.readCard()).toMatchObject({ panHash: 'cd'.repeat(32) });
    expect(await again.pay(payment)).toMatchObject({ own: 'done', rrn: '632612000001' });
    expect(replay.finished).toBe(true);
    // A till that goes its own way is told so.
    const other = replayInpas(trace);
    const wrong = openInpas({ connect: other.connect, clock: manualClock() });
    stops.push(() => wrong.close());
    await expect(wrong.pay({ ...payment, amount: 501 })).rejects.toMatchObject({ outcome: 'not-sent' });
    expect(other.mismatch).toBeInstanceOf(ElcertError);
  });

  it.each(['trace', 'logger'] as const)('a %s that throws changes nothing', async (which) => {
    const fails = () => {
      throw new Error('disk full');
    };
    const { terminal, pad } = till(
      which === 'trace'
        ? { trace: fails }
        : { logger: { debug: fails, info: fails, warn: fails, error: fails } },
    );
    const paying = terminal.pay(payment);
    await turn();
    await pad().take();
    await pad().channel.write(Uint8Array.of(0x41, 0x42));
    await pad().say(approved({ operationCode: '29' }));
    await pad().say(approved());
    expect((await paying).own).toBe('done');
  });
});
