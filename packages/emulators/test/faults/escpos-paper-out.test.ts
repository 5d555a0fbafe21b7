import type { PrintRow } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, emulatedPrinter, printerOf } from '../escpos-kit.js';

// Paper runs out before, or in the middle of a slip; the outcome says what may be on paper.

afterEach(closeAll);

const lines = (count: number): PrintRow[] =>
  Array.from({ length: count }, (_, index) => ({ type: 'text', text: `строка ${index + 1}` }));

const timings = { pollMs: 30, patienceMs: 1000 };

describe('paper', () => {
  it('is not there before: nothing was sent', async () => {
    const device = await emulatedPrinter();
    device.setPaper('out');
    const printer = await printerOf(device);
    await expect(printer.print(lines(3))).rejects.toMatchObject({
      code: 'PAPER_OUT',
      outcome: 'not-sent',
      userMessage: 'В принтере закончилась бумага.',
    });
    expect(device.items()).toEqual([]);
    expect(device.waiting).toBe(0);
    device.setPaper('ok');
    await printer.print(lines(3), { cut: 'none' });
    expect(device.paper()).toHaveLength(3);
  });

  it('near its end prints, and is told', async () => {
    const device = await emulatedPrinter();
    device.setPaper('near-end');
    const printer = await printerOf(device);
    await printer.print(lines(2));
    expect((await printer.status()).paper).toBe('near-end');
  });

  it.each(['everything', 'state'] as const)(
    'runs out meanwhile on a printer that tells %s: who knows',
    async (talks) => {
      const device = await emulatedPrinter({ talks });
      device.endPaperAfter(4);
      const printer = await printerOf(device, { timings });
      await expect(printer.print(lines(10))).rejects.toMatchObject({
        code: 'PAPER_OUT',
        outcome: 'unknown',
        userMessage: expect.stringContaining('Проверьте, что напечатано'),
      });
      expect(device.paper()).toHaveLength(4);
      // What waits in the printer comes out with the new roll: printing it again would print it twice.
      device.setPaper('ok');
      await device.records.waitFor(({ operation }) => operation === 'GS V');
      expect(device.paper().filter((line) => line.startsWith('строка'))).toHaveLength(10);
    },
  );

  it('is put in again: the next slip counts as printed only after what was left of the last one', async () => {
    const device = await emulatedPrinter({ lineMs: 5 });
    const printer = await printerOf(device, { timings });
    device.endPaperAfter(4);
    await expect(printer.print(lines(60))).rejects.toMatchObject({ outcome: 'unknown' });
    device.setPaper('ok');
    await printer.print([{ type: 'text', text: 'последняя' }], { cut: 'none' });
    expect(device.paper().at(-1)).toBe('последняя');
    expect(device.paper().filter((line) => line.startsWith('строка')).length).toBeGreaterThan(4);
    expect(device.waiting).toBe(0);
  });

  it('runs out with the very last line: unknown, though the printer has taken everything', async () => {
    const device = await emulatedPrinter();
    const printer = await printerOf(device);
    device.endPaperAfter(3);
    await expect(printer.print(lines(3), { cut: 'none' })).rejects.toMatchObject({
      code: 'PAPER_OUT',
      outcome: 'unknown',
    });
  });
});
