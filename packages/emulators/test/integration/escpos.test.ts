import { spawnSync } from 'node:child_process';
import { concatBytes, encodeCp866, fromHex } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { replayWire, type WireEntry } from '@elcert/device-drivers';
import {
  encodeEscPos,
  escPosProfile,
  escPosProfiles,
  openEscPosPrinter,
  probeEscPos,
  type SlipReplacement,
} from '@elcert/device-drivers/escpos';
import { openDeviceFile } from '@elcert/device-drivers/escpos/node';
import { openSerial } from '@elcert/device-drivers/serial';
import {
  decodeReceipt,
  encodeReceipt,
  type MonoPicture,
  type PrinterStatus,
  type PrintRow,
} from '@elcert/fiscal-doc';
import { qrMatrix } from '@elcert/fiscal-doc/qr';
import { isBlack } from '@elcert/fiscal-doc/raster';
import { laidOut, type Row, receiptRows, renderReceiptText } from '@elcert/fiscal-doc/render';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, emulatedPrinter, printerOf } from '../escpos-kit.js';
import { receipt, register } from '../escpos-receipt.js';

afterEach(closeAll);

const view = { receipt, facts: decodeReceipt(encodeReceipt(receipt, register)).facts };

/** Lines of text on paper, without what stands in brackets and without the white at the end. */
function textOf(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^\[.*\]$|^- - cut - -$|^=== cut ===$/.test(line));
}

describe('a receipt on ten models', () => {
  it.each([
    'TM-T20III',
    'TM-T88V',
    'TM-m30III',
    'POS-5890',
    'NT-80-V-UL',
    'RP326',
    'KR-306',
    'CT-S651',
    'RP-F10-58mm',
    'SRP-S300',
    'TH230',
    'TSP600',
    'Sunmi-V2',
  ])('%s', async (profile) => {
    const device = await emulatedPrinter({ profile });
    const printer = await printerOf(device);
    await printer.print(receiptRows(view));
    const { columns } = printer.capabilities;
    const rendered = renderReceiptText(view, { columns }).trimEnd().split('\n');
    const paper = textOf(device.paper());
    // Without a cutter the paper is fed to its edge.
    while (paper.at(-1) === '') paper.pop();
    expect(paper).toEqual(rendered);
    expect(device.records.entries.filter(({ direction }) => direction === 'note')).toEqual([]);
  });
});

describe('text comes out as it was laid out', () => {
  const cyrillic = Array.from('абвжщыёЁЯЭ№0123456789 AZaz.,:;!?-+="%*()');
  const content = fc
    .array(fc.constantFrom(...cyrillic), { maxLength: 120 })
    .map((letters) => letters.join(''))
    .filter((text) => text.trim() !== '');
  const row: fc.Arbitrary<Row> = fc.oneof(
    fc.record({ type: fc.constantFrom('title' as const, 'centre' as const, 'text' as const), text: content }),
    fc.record({ type: fc.constant('text' as const), text: content, indent: fc.integer({ min: 0, max: 6 }) }),
    fc.record({
      type: fc.constant('pair' as const),
      caption: content,
      value: content.map((text) => text.slice(0, 20).trim() || '1'),
      strong: fc.boolean(),
    }),
    fc.record({ type: fc.constant('code' as const), text: content, caption: content }),
    fc.constant({ type: 'rule' as const }),
  );

  it.each(['TM-T20III', 'POS-5890', 'RP326'])('%s, both fonts', async (profile) => {
    const device = await emulatedPrinter({ profile });
    for (const font of ['A', 'B'] as const) {
      const printer = await printerOf(device, { font });
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 8 }), async (rows) => {
          device.tearOff();
          await printer.print(rows, { cut: 'none' });
          const wanted = laidOut(rows, { columns: printer.capabilities.columns }).flatMap(
            ({ lines }) => lines,
          );
          expect(device.paper()).toEqual(wanted);
        }),
        { numRuns: 25 },
      );
    }
  });
});

describe('what a wrong setting looks like', () => {
  const plain: PrintRow[] = [{ type: 'text', text: 'Касса' }];
  const wrong = (profile: string, codePages: Record<string, readonly number[]>, doubleByte: boolean) => ({
    ...escPosProfile(profile),
    codePages,
    doubleByte,
  });

  it('another number gives another page', async () => {
    const device = await emulatedPrinter({ profile: 'RP326' });
    // 17 is CP866 on most models; on this one nothing, so the page it starts with stays on: CP437.
    const printer = await printerOf(device, { profile: wrong('RP326', { ibm866: [17] }, true) });
    await printer.print(plain, { cut: 'none' });
    expect(device.paper()).toEqual(['èáßßá']);
    expect(
      device.records.entries.some(({ facts }) => facts.problem === 'this model has no code page 17'),
    ).toBe(true);
  });

  it('a Chinese model left in double-byte mode prints hieroglyphs', async () => {
    const device = await emulatedPrinter({ profile: 'POS-5890' });
    const printer = await printerOf(device, { profile: wrong('POS-5890', { ibm866: [17] }, false) });
    await printer.print(plain, { cut: 'none' });
    const [line = ''] = device.paper();
    expect(line).not.toBe('Касса');
    expect(line).toMatch(/\p{Script=Han}/u);
  });
});

describe('rows beyond text', () => {
  const stripes: MonoPicture = {
    width: 20,
    height: 100,
    bits: Uint8Array.from({ length: 300 }, (_, index) => (index % 3 === 2 ? 0xf0 : 0xa5)),
  };

  it('prints bar codes, pictures and feeds, and cuts', async () => {
    const device = await emulatedPrinter({ profile: 'TM-T20III' });
    const printer = await printerOf(device);
    await printer.print(
      [
        { type: 'barcode', kind: 'ean13', text: '400638133393' },
        { type: 'barcode', kind: 'ean8', text: '9638507' },
        { type: 'barcode', kind: 'code39', text: 'AB-12' },
        { type: 'barcode', kind: 'code128', text: 'Abc {1}' },
        { type: 'barcode', kind: 'itf', text: '0123456789' },
        { type: 'feed', lines: 2 },
        { type: 'picture', picture: stripes },
      ],
      { cut: 'full' },
    );
    expect(device.paper().filter((line) => line !== '')).toEqual([
      '[EAN-13: 4006381333931]',
      '[EAN-8: 96385074]',
      '[CODE39: AB-12]',
      '[CODE128: Abc {1}]',
      '[ITF: 0123456789]',
      '[picture 24 × 100]',
      '=== cut ===',
    ]);
    const printed = device.items().find(({ type }) => type === 'picture');
    if (printed?.type !== 'picture') throw new Error('no picture');
    for (let y = 0; y < 100; y += 1)
      for (let x = 0; x < 20; x += 1) expect(isBlack(printed.picture, x, y)).toBe(isBlack(stripes, x, y));
  });

  it.each(['POS-5890', 'TH230'])('draws a QR on %s, which has none', async (profile) => {
    const device = await emulatedPrinter({ profile });
    const printer = await printerOf(device);
    const payload = 't=20261122T140500&s=12510.99&fn=9999078900001234&i=12&fp=3153580303&n=1';
    await printer.print([{ type: 'qr', payload }], { cut: 'none' });
    const strips = device.items().flatMap((item) => (item.type === 'picture' ? [item.picture] : []));
    const { size, rows } = qrMatrix(payload);
    const module = Math.round((strips[0]?.width ?? 0) / (size + 8));
    const dark = (x: number, y: number) => {
      let top = 0;
      for (const strip of strips) {
        if (y < top + strip.height) return isBlack(strip, x, y - top);
        top += strip.height;
      }
      return false;
    };
    let wrong = 0;
    for (let y = 0; y < size; y += 1)
      for (let x = 0; x < size; x += 1)
        if (dark((x + 4) * module + 1, (y + 4) * module + 1) !== rows[y]?.[x]) wrong += 1;
    expect(wrong).toBe(0);
  });

  it('draws pictures by columns where rows are unknown', async () => {
    const device = await emulatedPrinter({ profile: 'TH230' });
    const printer = await printerOf(device);
    await printer.print([{ type: 'picture', picture: stripes }], { cut: 'none' });
    const strips = device.items().flatMap((item) => (item.type === 'picture' ? [item.picture] : []));
    expect(strips.map(({ height }) => height)).toEqual([24, 24, 24, 24, 24]);
    for (let y = 0; y < 100; y += 1)
      for (let x = 0; x < 20; x += 1)
        expect(isBlack(strips[Math.floor(y / 24)] as MonoPicture, x, y % 24)).toBe(isBlack(stripes, x, y));
  });

  it('draws Kazakh where the model has no page for it, and prints it where it has', async () => {
    const rows: PrintRow[] = [{ type: 'text', text: 'Қант' }];
    const without = await emulatedPrinter({ profile: 'TM-T88IV' });
    await (await printerOf(without)).print(rows, { cut: 'none' });
    expect(without.items().every(({ type }) => type === 'picture')).toBe(true);
    const replaced: SlipReplacement[] = [];
    without.tearOff();
    const onReplaced = (more: readonly SlipReplacement[]) => void replaced.push(...more);
    await (await printerOf(without, { lacking: 'replace', onReplaced })).print(rows, { cut: 'none' });
    expect(without.paper()).toEqual(['Кант']);
    expect(replaced).toMatchObject([{ path: 'rows[0]/text', character: 'Қ', replacement: 'К' }]);
    const having = await emulatedPrinter({ profile: 'TM-T20III' });
    await (await printerOf(having)).print(rows, { cut: 'none' });
    expect(having.paper()).toEqual(['Қант']);
  });

  it('opens the drawer, and tells of it when told what its contact means', async () => {
    const device = await emulatedPrinter();
    const printer = await printerOf(device, { drawerOpenLevel: 'high' });
    expect((await printer.status()).drawerOpen).toBe(false);
    await printer.openDrawer();
    await device.records.waitFor(({ operation }) => operation === 'drawer');
    expect((await printer.status()).drawerOpen).toBe(true);
    device.closeDrawer();
    expect((await printer.status()).drawerOpen).toBe(false);
    const portable = await printerOf(await emulatedPrinter({ profile: 'Sunmi-V2' }));
    await expect(portable.openDrawer()).rejects.toMatchObject({ code: 'NO_DRAWER', outcome: 'not-sent' });
  });

  it('names no profile that the emulator cannot print on', async () => {
    for (const profile of escPosProfiles.values()) {
      if (Object.keys(profile.codePages).length === 0) continue;
      const device = await emulatedPrinter({ profile });
      const printer = await printerOf(device);
      await printer.print([{ type: 'text', text: 'Ёж №1' }], { cut: 'none' });
      expect(device.paper(), profile.name).toEqual(['Ёж №1']);
      await closeAll();
    }
  });
});

describe('status', () => {
  it('is asked, and told by itself when wanted', async () => {
    const device = await emulatedPrinter();
    const told: PrinterStatus[] = [];
    let heard = () => {};
    const next = () =>
      new Promise<void>((resolve) => {
        heard = resolve;
      });
    const first = next();
    const printer = await printerOf(device, {
      onStatus: (status) => {
        told.push(status);
        heard();
      },
    });
    await first;
    expect(await printer.status()).toEqual({
      online: true,
      paper: 'ok',
      coverOpen: false,
      drawerOpen: undefined,
    });
    const second = next();
    device.setPaper('near-end');
    await second;
    const third = next();
    device.openCover(true);
    await third;
    expect(told.map(({ paper, coverOpen }) => [paper, coverOpen])).toEqual([
      ['ok', false],
      ['near-end', false],
      ['out', true],
    ]);
    expect(await printer.status()).toMatchObject({
      online: false,
      coverOpen: true,
      problem: 'Открыта крышка принтера.',
    });
  });

  it('is unknown where nothing is told', async () => {
    const printer = await printerOf(await emulatedPrinter({ talks: 'nothing' }), { statusTimeoutMs: 20 });
    expect(await printer.status()).toEqual({
      online: true,
      paper: 'unknown',
      coverOpen: undefined,
      drawerOpen: undefined,
    });
  });

  it.each(['state', 'nothing'] as const)('is no hindrance to print on one that tells %s', async (talks) => {
    const device = await emulatedPrinter({ talks });
    const printer = await printerOf(device, {
      statusTimeoutMs: 20,
      timings: { pollMs: 20, patienceMs: 1000 },
    });
    await printer.print([{ type: 'text', text: 'Касса' }], { cut: 'none' });
    await device.records.waitFor(({ operation }) => operation === 'LF');
    expect(device.paper()).toEqual(['Касса']);
  });
});

describe('finding a printer', () => {
  it('names it and prints nothing', async () => {
    const device = await emulatedPrinter({ profile: 'TM-T88V' });
    const connect = () => openTcp({ host: device.host, port: device.port });
    expect(await probeEscPos({ connect })).toEqual({
      model: 'TM-T88V',
      maker: 'Epson',
      profile: 'TM-T88V',
      status: { online: true, paper: 'ok', coverOpen: false, drawerOpen: undefined },
    });
    expect(device.items()).toEqual([]);
    expect(device.drawerPulses).toBe(0);
    device.openCover(true);
    expect(await probeEscPos({ connect })).toMatchObject({ model: undefined, status: { coverOpen: true } });
  });

  it('does not take silence for one', async () => {
    const device = await emulatedPrinter({ talks: 'nothing' });
    const connect = () => openTcp({ host: device.host, port: device.port });
    expect(await probeEscPos({ connect, timeoutMs: 20 })).toBeUndefined();
  });
});

describe('other hosts', () => {
  it('may say everything the table knows, and more', async () => {
    const device = await emulatedPrinter({ profile: 'TM-T20III' });
    const channel = await openTcp({ host: device.host, port: device.port });
    await channel.write(
      concatBytes(
        fromHex('1b40 1c2e 1b7411'),
        fromHex('1d2111'),
        encodeCp866('ИТОГ').bytes,
        fromHex('1d2100 0a'),
        fromHex('1b6101'),
        encodeCp866('в середине').bytes,
        fromHex('0a 1b6102'),
        encodeCp866('справа').bytes,
        fromHex('0a 1b6100 1b2d01 1d4201'),
        encodeCp866('обратно').bytes,
        fromHex('0a 1d4200 1b2d00 1d99 0b 41 09 42 0a'),
        encodeEscPos('GS ( k', [], [0x30, 0x43, 3]),
        encodeEscPos('GS ( L', [], [0x30, 0x70, 0x30, 1, 1, 0x31, 8, 0, 2, 0, 0xff, 0x81]),
        encodeEscPos('GS ( L', [], [0x30, 0x32]),
        fromHex('1b6403 1b69 1c70 01 00'),
      ),
    );
    await device.records.waitFor(({ operation }) => operation === 'FS p');
    expect(device.paper()).toEqual([
      'ИТОГ',
      `${' '.repeat(19)}в середине`,
      `${' '.repeat(42)}справа`,
      'обратно',
      'A       B',
      '[picture 8 × 2]',
      '',
      '',
      '',
      '- - cut - -',
    ]);
    const notes = device.records.entries.filter(({ direction }) => direction === 'note');
    expect(notes.map(({ facts }) => facts.bytes ?? facts.problem)).toEqual([
      '1d99',
      '0b',
      'only QR is drawn of two-dimensional codes',
    ]);
    const picture = device.picture();
    expect(picture.width).toBe(576 + 32);
    expect(device.png().subarray(1, 4)).toEqual(new TextEncoder().encode('PNG'));
    await channel.close();
  });
});

describe('wires', () => {
  it('leaves a trace that plays back', async () => {
    const device = await emulatedPrinter();
    const trace: WireEntry[] = [];
    const printer = await printerOf(device, { trace: (entry) => void trace.push(entry) });
    const rows: PrintRow[] = [{ type: 'text', text: 'Карта 2200000000000053' }];
    await printer.print(rows);
    expect(new TextDecoder('latin1').decode(concatBytes(...trace.map(({ bytes }) => bytes)))).not.toContain(
      '2200000000',
    );
    const replay = replayWire(trace, {
      mask: (bytes) => bytes.map((byte) => (byte >= 0x30 && byte <= 0x39 ? 0x2a : byte)),
    });
    const again = await openEscPosPrinter({ connect: replay.connect, profile: device.profile });
    await again.print(rows);
    expect(replay.finished).toBe(true);
    expect(replay.mismatch).toBeUndefined();
  });

  // Pseudo-terminals need socat, which CI must have.
  const noSocat =
    process.platform === 'win32' || (process.env.CI === undefined && spawnSync('socat', ['-V']).status !== 0);

  it.skipIf(noSocat)(
    'prints over a pseudo-terminal, as a serial line and as a device file [posix]',
    async () => {
      const device = await emulatedPrinter({ pty: true });
      const path = device.addresses.flatMap((address) => ('path' in address ? [address.path] : []))[0] ?? '';
      for (const connect of [() => openSerial({ path }), () => openDeviceFile({ path })]) {
        device.tearOff();
        const printer = await openEscPosPrinter({ connect, profile: device.profile });
        expect((await printer.status()).paper).toBe('ok');
        await printer.print(receiptRows(view));
        await printer.close();
        expect(device.paper().at(-1)).toBe('- - cut - -');
      }
    },
  );

  it('says which device file it cannot open', async () => {
    await expect(openDeviceFile({ path: '/no/such/printer' })).rejects.toMatchObject({
      code: 'DEVICE_OPEN_FAILED',
      outcome: 'not-sent',
    });
  });
});
