import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelReader, concatBytes, manualClock, memoryChannelPair } from '../../src/index.js';

describe('channelReader', () => {
  it('loses no byte over any order of writes, timeouts and aborts', async () => {
    const step = fc.oneof(
      fc.record({
        type: fc.constant('write' as const),
        bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
      }),
      fc.record({ type: fc.constant('read' as const), timeoutMs: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ type: fc.constant('abort' as const) }),
      fc.record({ type: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 6 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const [till, device] = memoryChannelPair();
        const clock = manualClock(0);
        const reader = channelReader(device, clock);
        const sent: Uint8Array[] = [];
        const seen: Uint8Array[] = [];
        const open: Promise<unknown>[] = [];
        let controller = new AbortController();
        for (const one of steps) {
          if (one.type === 'write') {
            sent.push(one.bytes);
            await till.write(one.bytes);
          } else if (one.type === 'read') {
            open.push(
              reader.read({ timeoutMs: one.timeoutMs, signal: controller.signal }).then((result) => {
                if (result.type === 'chunk') seen.push(result.bytes);
              }),
            );
          } else if (one.type === 'abort') {
            controller.abort();
            controller = new AbortController();
          } else await clock.advance(one.ms);
        }
        await clock.advance(100);
        await till.close();
        await Promise.all(open);
        for (;;) {
          const result = await reader.read();
          if (result.type !== 'chunk') break;
          seen.push(result.bytes);
        }
        expect(concatBytes(...seen)).toEqual(concatBytes(...sent));
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: 3000 },
    );
  });
});
