import { manualClock } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { openLan4Gate } from './driver.js';
import type { Lan4GateTraceEntry } from './exchange-driver.js';
import { replayLan4Gate } from './replay.js';

const clock = manualClock();
const frame = (direction: 'in' | 'out', text: string): Lan4GateTraceEntry => ({
  at: 0,
  direction,
  kind: 'message',
  frame: `${new TextEncoder().encode(text).length.toString(16).padStart(4, '0')}${text}`,
});
const wire = (name: string, object: object) =>
  JSON.stringify({ __class: `LANTER::${name}`, __object: object });
const opening: readonly Lan4GateTraceEntry[] = [
  { at: 0, direction: 'out', kind: 'connected' },
  frame('out', wire('Request', { EcrNumber: 1, OperationCode: 800 })),
  frame('in', wire('Response', { EcrNumber: 1, OperationCode: 800, Status: 1 })),
];
const sale = frame(
  'out',
  wire('Request', { EcrNumber: 1, OperationCode: 1, EcrMerchantNumber: 1, Amount: 500, CurrencyCode: '643' }),
);

describe('a trace from the field', () => {
  it('is played back, what it masks restored', async () => {
    const link = replayLan4Gate(
      [
        ...opening,
        frame('out', wire('Request', { EcrNumber: 1, OperationCode: 301, EcrMerchantNumber: 1 })),
        frame('in', wire('Notification', { Code: 10 })),
        frame('in', wire('Response', { EcrNumber: 1, OperationCode: 301, Status: 1, CardPANHash: '***' })),
        { at: 0, direction: 'out', kind: 'closed' },
      ],
      {
        restore: (message) =>
          message.type === 'response' && message.fields.CardPANHash !== undefined
            ? { ...message, fields: { ...message.fields, CardPANHash: 'cd'.repeat(32) } }
            : message,
      },
    );
    const terminal = openLan4Gate({ link, clock, ecrNumber: 1, merchantNumber: 1 });
    expect(await terminal.readCard()).toMatchObject({ panHash: 'cd'.repeat(32) });
    expect(link.finished).toBe(true);
  });

  it.each([
    [{ at: 0, direction: 'in', kind: 'closed' }, 'ANSWER_LOST'],
    [{ at: 0, direction: 'in', kind: 'garbage', length: 9 }, 'ANSWER_UNREADABLE'],
  ] as const)('brings back its accidents: %j', async (accident, code) => {
    const link = replayLan4Gate([
      ...opening,
      sale,
      { at: 0, direction: 'in', kind: 'junk', length: 2 },
      accident,
    ]);
    const terminal = openLan4Gate({ link, clock, ecrNumber: 1, merchantNumber: 1 });
    await expect(terminal.pay({ operationKey: 'k', amount: 500 })).rejects.toMatchObject({
      code,
      outcome: 'unknown',
    });
  });

  it('refuses a driver that says something else', async () => {
    const terminal = openLan4Gate({
      link: replayLan4Gate([...opening, sale]),
      clock,
      ecrNumber: 1,
      merchantNumber: 1,
    });
    await expect(terminal.pay({ operationKey: 'k', amount: 501 })).rejects.toMatchObject({
      outcome: 'not-sent',
    });
    const idle = openLan4Gate({ link: replayLan4Gate([]), clock, ecrNumber: 1, merchantNumber: 1 });
    await expect(idle.test()).rejects.toMatchObject({ code: 'REPLAY_MISMATCH' });
  });
});
