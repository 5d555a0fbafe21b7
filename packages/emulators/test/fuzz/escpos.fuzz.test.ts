import { openTcp } from '@elcert/core/node';
import { escPosFramer, escPosProfile, escPosProfiles, escPosSlip } from '@elcert/device-drivers/escpos';
import type { PrintRow } from '@elcert/fiscal-doc';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createPrinterMachine, type PaperItem, paperLines, paperPicture } from '../../src/escpos/index.js';
import { closeAll, emulatedPrinter } from '../escpos-kit.js';

afterEach(closeAll);

const names = [...escPosProfiles.keys()];

/** Bytes that look like commands more often than chance would have it. */
const hostile = fc
  .array(
    fc.oneof(
      {
        weight: 3,
        arbitrary: fc.constantFrom(0x1b, 0x1d, 0x1c, 0x10, 0x28, 0x6b, 0x76, 0x30, 0x2a, 0x4c, 0x00, 0x01),
      },
      fc.integer({ min: 0, max: 255 }),
    ),
    { maxLength: 400 },
  )
  .map((bytes) => Uint8Array.from(bytes));

const text = fc.string({ unit: 'binary', maxLength: 80 });
const row: fc.Arbitrary<PrintRow> = fc.oneof(
  fc.record({ type: fc.constantFrom('title' as const, 'centre' as const, 'text' as const), text }),
  fc.record({ type: fc.constant('pair' as const), caption: text, value: text, strong: fc.boolean() }),
  fc.record({ type: fc.constant('code' as const), text, caption: text }),
  fc.record({ type: fc.constant('qr' as const), payload: text }),
  fc.record({
    type: fc.constant('barcode' as const),
    kind: fc.constantFrom('code128' as const, 'ean13' as const),
    text,
  }),
  fc.record({ type: fc.constant('feed' as const), lines: fc.integer({ min: 0, max: 10 }) }),
);

describe('anything', () => {
  it('that a host sends is survived and drawn', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...names), (bytes, name) => {
        const profile = escPosProfile(name);
        const machine = createPrinterMachine(profile);
        const items: PaperItem[] = [];
        for (const event of escPosFramer().push(bytes)) {
          try {
            items.push(...machine.execute(event, { paper: 0, drawer: 0 }).items);
          } catch (error) {
            // A picture that is too large; the emulator notes it.
            expect(error).toMatchObject({ code: 'BAD_PICTURE' });
          }
        }
        paperLines(items, profile);
        if (items.length > 0) paperPicture(items, profile);
      }),
      { numRuns: 5000 },
    );
  }, 600_000);

  it('that stands in rows is printed or refused, and leaves no command behind', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 6 }), fc.constantFrom(...names), (rows, name) => {
        const profile = escPosProfile(name);
        let segments: readonly Uint8Array[];
        try {
          ({ segments } = escPosSlip(rows, profile));
        } catch (error) {
          expect(error).toMatchObject({ code: 'ROW_NOT_SUPPORTED', outcome: 'not-sent' });
          return;
        }
        const framer = escPosFramer();
        const events = segments.flatMap((segment) => framer.push(segment));
        expect(framer.pending).toHaveLength(0);
        expect(events.filter(({ type }) => type === 'unknown')).toEqual([]);
        const drawer = events.some((event) => event.type === 'command' && /^ESC p|^DLE/.test(event.name));
        expect(drawer).toBe(false);
      }),
      { numRuns: 5000 },
    );
  }, 600_000);

  it('on the socket leaves the printer alive', async () => {
    const device = await emulatedPrinter();
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        const channel = await openTcp({ host: device.host, port: device.port });
        await channel.write(bytes);
        await channel.close();
      }),
      { numRuns: 200 },
    );
    const channel = await openTcp({ host: device.host, port: device.port });
    await channel.write(Uint8Array.of(0x10, 0x04, 0x01));
    for await (const chunk of channel) {
      expect((chunk[0] as number) & 0x93).toBe(0x12);
      break;
    }
    await channel.close();
  }, 600_000);
});
