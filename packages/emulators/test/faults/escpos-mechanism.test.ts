import type { PrintRow } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, emulatedPrinter, printerOf } from '../escpos-kit.js';

// The cover is opened, the cutter jams, the printer is slow.

afterEach(closeAll);

const rows: PrintRow[] = Array.from({ length: 6 }, (_, index) => ({
  type: 'text',
  text: `строка ${index + 1}`,
}));
const quick = { timings: { pollMs: 30, patienceMs: 300 } };

describe('the mechanism', () => {
  it('has its cover open before: nothing was sent', async () => {
    const device = await emulatedPrinter();
    device.openCover(true);
    const printer = await printerOf(device);
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'COVER_OPEN', outcome: 'not-sent' });
    expect(device.items()).toEqual([]);
  });

  it('has its cover opened meanwhile: who knows', async () => {
    const device = await emulatedPrinter({
      faults: [{ at: 'escpos', when: { operation: 'LF', nth: 3 }, do: 'cover-open' }],
    });
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows)).rejects.toMatchObject({
      code: 'COVER_OPEN',
      outcome: 'unknown',
      userMessage: expect.stringContaining('Открыта крышка принтера.'),
    });
    expect(device.faults.strikes).toBe(1);
    expect(device.paper()).toHaveLength(2);
  });

  it('jams in the cutter after the last line: who knows', async () => {
    const device = await emulatedPrinter({
      faults: [{ at: 'escpos', when: { operation: 'GS V', nth: 1 }, do: 'refuse' }],
    });
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'CUTTER_ERROR', outcome: 'unknown' });
    expect(await printer.status()).toMatchObject({
      online: false,
      problem: expect.stringContaining('отрезчик'),
    });
    device.jamCutter(false);
    await device.records.waitFor(({ operation }) => operation === 'GS V');
    expect(device.paper().at(-1)).toBe('- - cut - -');
  });

  it('is slow, and is waited for as long as it goes on', async () => {
    const device = await emulatedPrinter({ lineMs: 20 });
    const printer = await printerOf(device, { timings: { pollMs: 30, patienceMs: 10_000 } });
    await printer.print(rows);
    expect(device.paper().at(-1)).toBe('- - cut - -');
  });
});
