import { openTcp } from '@elcert/core/node';
import { openEscPosPrinter } from '@elcert/device-drivers/escpos';
import type { PrintRow } from '@elcert/fiscal-doc';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, emulatedPrinter, printerOf } from '../escpos-kit.js';

// The line: cut, silent, doubled and late answers, a printer that takes nothing in.

afterEach(closeAll);

const rows: PrintRow[] = Array.from({ length: 6 }, (_, index) => ({
  type: 'text',
  text: `строка ${index + 1}`,
}));
const quick = { statusTimeoutMs: 40, timings: { pollMs: 40, patienceMs: 200 } };

describe('the line', () => {
  it('cannot be made: nothing was sent', async () => {
    const device = await emulatedPrinter();
    const { port } = device;
    await device.stop();
    await expect(
      openEscPosPrinter({ connect: () => openTcp({ host: '127.0.0.1', port }), profile: 'TM-T20III' }),
    ).rejects.toMatchObject({ code: 'CONNECT_FAILED', outcome: 'not-sent' });
  });

  it('breaks while the state is asked: nothing was sent, and the next slip has a new connection', async () => {
    const device = await emulatedPrinter({
      faults: [{ at: 'escpos', when: { operation: 'DLE EOT', nth: 1 }, do: 'disconnect' }],
    });
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'LINK_LOST', outcome: 'not-sent' });
    expect(device.items()).toEqual([]);
    await printer.print(rows);
    expect(device.paper().at(-1)).toBe('- - cut - -');
  });

  it('breaks in the middle of a slip: who knows', async () => {
    const device = await emulatedPrinter({
      faults: [{ at: 'escpos', when: { operation: 'LF', nth: 3 }, do: 'disconnect' }],
    });
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'LINK_LOST', outcome: 'unknown' });
    expect(device.faults.strikes).toBe(1);
  });

  it('loses the answer that says it is printed: who knows', async () => {
    const device = await emulatedPrinter({
      // The first `GS r` asks whether it answers so at all.
      faults: [{ at: 'escpos', when: { operation: 'GS r', nth: 2 }, do: 'silent-after-effect' }],
    });
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'NO_PROGRESS', outcome: 'unknown' });
    expect(device.faults.strikes).toBe(1);
  });

  it('is slow to tell the state: the late answer is not taken for another', async () => {
    const device = await emulatedPrinter({
      faults: [{ at: 'escpos', when: { operation: 'DLE EOT', nth: 1 }, do: 'delay', delayMs: 60 }],
    });
    const printer = await printerOf(device, quick);
    expect((await printer.status()).paper).toBe('unknown');
    device.setPaper('near-end');
    expect(await printer.status()).toMatchObject({ online: true, paper: 'near-end', coverOpen: false });
  });

  it('doubles answers, and nothing is printed twice', async () => {
    const device = await emulatedPrinter({ faults: [{ at: 'escpos', do: 'duplicate' }] });
    const printer = await printerOf(device, quick);
    await printer.print(rows, { cut: 'none' });
    expect(device.paper()).toHaveLength(6);
    expect(device.faults.strikes).toBeGreaterThan(4);
  });

  it('is aborted before anything: nothing was sent; meanwhile: who knows', async () => {
    const device = await emulatedPrinter();
    const printer = await printerOf(device, quick);
    await expect(printer.print(rows, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'not-sent',
    });
    const abort = new AbortController();
    device.endPaperAfter(2);
    const printing = printer.print(rows, { signal: abort.signal });
    await device.records.waitFor(({ operation }) => operation === 'paper');
    abort.abort();
    await expect(printing).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('is closed by the caller', async () => {
    const printer = await printerOf(await emulatedPrinter(), quick);
    await printer.close();
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'PRINTER_CLOSED', outcome: 'not-sent' });
  });

  it('takes no more in: given up in time, and who knows', async () => {
    const device = await emulatedPrinter({ talks: 'nothing' });
    const printer = await openEscPosPrinter({
      async connect() {
        const channel = await openTcp({ host: device.host, port: device.port });
        return {
          ...channel,
          [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator](),
          write: (bytes) => (bytes.length > 20 ? new Promise<void>(() => {}) : channel.write(bytes)),
        };
      },
      profile: device.profile,
      statusTimeoutMs: 20,
      writeTimeoutMs: 50,
    });
    await expect(printer.print(rows)).rejects.toMatchObject({ code: 'LINK_LOST', outcome: 'unknown' });
    await printer.close();
  });
});
