import type { MonoPicture, PrinterCapabilities, PrintRow } from '@elcert/fiscal-doc';
import type { Io } from '../io.js';
import { exitCode, printJson } from '../outcome.js';
import { textTable } from '../table.js';
import { type DevicePlace, deviceError, openDevice } from './device.js';

/** What `elcert devices print-test` is told. */
export interface PrintTestOptions extends DevicePlace {
  readonly drawer?: boolean;
  readonly cut?: boolean;
  readonly json?: boolean;
}

/** `elcert devices print-test` */
export async function printTest(io: Io, options: PrintTestOptions): Promise<number> {
  const device = await openDevice(options);
  try {
    const printer = device.printer ?? device.register?.printer;
    if (printer === undefined)
      throw deviceError('NO_PRINTER', `${options.driver} prints nothing outside its documents`, 'refused');
    const { capabilities } = printer;
    const rows = testSlip(capabilities, `${options.driver} ${device.at}`);
    await printer.print(rows, options.cut === false ? { cut: 'none' } : {});
    if (options.drawer === true) await printer.openDrawer();
    const status = await printer.status();
    const done = { at: device.at, driver: options.driver, rows: rows.length, capabilities, status };
    if (options.json === true) printJson(io, { ok: true, ...done });
    else
      io.out(
        capabilities.status && status.paper !== 'unknown'
          ? 'printed\n'
          : 'sent; this printer does not tell what it has done: look at the paper\n',
      );
    return exitCode.done;
  } finally {
    await device.close();
  }
}

/** What shows on paper whether a printer is set up as it should be. */
export function testSlip(capabilities: PrinterCapabilities, place: string): PrintRow[] {
  const { columns, qr, barcodes, pictureWidth } = capabilities;
  const ruler = Array.from({ length: columns }, (_, index) => (index + 1) % 10).join('');
  return [
    { type: 'title', text: 'Проверка печати' },
    { type: 'centre', text: place },
    { type: 'rule' },
    { type: 'code', text: ruler },
    { type: 'text', text: 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ' },
    { type: 'text', text: 'абвгдеёжзийклмнопрстуфхцчшщъыьэюя' },
    { type: 'text', text: '№ 0123456789 ,.;:!?"+-*/=%()' },
    { type: 'pair', caption: 'Трость опорная', value: '=1500.00' },
    { type: 'pair', caption: 'ИТОГ', value: '=1500.00', strong: true },
    ...(pictureWidth === undefined
      ? []
      : [
          { type: 'text', text: `Линия во всю ширину: ${pictureWidth} точек` } as const,
          { type: 'picture', picture: band(pictureWidth) } as const,
        ]),
    ...(barcodes.includes('ean13')
      ? [{ type: 'barcode', kind: 'ean13', text: '2000000000015' } as const]
      : []),
    ...(qr ? [{ type: 'qr', payload: 't=20260101T1200&s=1500.00&fn=0&i=0&fp=0&n=1' } as const] : []),
    { type: 'rule' },
    { type: 'centre', text: 'НЕ ЧЕК' },
  ];
}

/** A black band as wide as the paper: its ends show whether the width is right. */
function band(width: number): MonoPicture {
  const stride = Math.ceil(width / 8);
  return { width, height: 6, bits: new Uint8Array(stride * 6).fill(0xff) };
}

/** `--list`: the models, with what a buyer of one wants to know. */
export async function listProfiles(io: Io, json: boolean | undefined): Promise<number> {
  const { escPosProfiles } = await import('@elcert/device-drivers/escpos');
  const profiles = [...escPosProfiles.values()];
  if (json === true) printJson(io, { ok: true, profiles });
  else
    io.out(
      textTable(
        ['profile', 'model', 'columns', 'dots', 'Cyrillic', 'QR', 'cutter'],
        profiles.map(({ name, vendor, model, columns, dots, codePages, qr, cutter }) => [
          name,
          `${vendor} ${model}`,
          `${columns.A}`,
          `${dots}`,
          Object.entries(codePages)
            .map(([page, numbers]) => `${page} ${numbers.join('/')}`)
            .join(', ') || 'as pictures',
          qr,
          cutter,
        ]),
        { right: [2, 3] },
      ),
    );
  return exitCode.done;
}
