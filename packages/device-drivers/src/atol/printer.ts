import type {
  BarcodeKind,
  FiscalRegister,
  MonoPicture,
  PrinterCapabilities,
  PrintRow,
  ReceiptPrinter,
} from '@elcert/fiscal-doc';
import { laidOut } from '@elcert/fiscal-doc/render';
import type { AtolConnection } from './connection.js';
import { failed } from './failures.js';
import type { AtolObject } from './tasks.js';

const mostRows = 2000;
/** More than this no QR code holds as text in bytes. */
const longestQr = 2331;

const barcodeTypes: Readonly<Record<BarcodeKind, readonly [type: string, form: RegExp]>> = {
  ean8: ['EAN8', /^\d{7,8}$/],
  ean13: ['EAN13', /^\d{12,13}$/],
  code39: ['CODE39', /^[0-9A-Z \-.$/+%]{1,40}$/],
  code128: ['CODE128', /^[\x20-\x7e]{1,80}$/],
  itf: ['ITF', /^(\d\d){1,20}$/],
};

function refuse(message: string, path: string): never {
  throw failed(
    'PRINT_NOT_SUPPORTED',
    `${path}: ${message}`,
    'not-sent',
    'Касса не может напечатать такой документ.',
    { path },
  );
}

/** One byte a dot, as the tasks carry pictures: 0 is white, 1 is black. */
function pixelsOf({ width, height, bits }: MonoPicture): string {
  const row = Math.ceil(width / 8);
  let text = '';
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      text += ((bits[y * row + (x >> 3)] as number) >> (7 - (x & 7))) & 1 ? '\u0001' : '\u0000';
  return btoa(text);
}

/**
 * Rows as items of a `nonFiscal` task.
 *
 * @throws RegisterError `PRINT_NOT_SUPPORTED` (`not-sent`) with a path such as `rows[3]/text`
 */
export function atolPrintItems(
  rows: readonly PrintRow[],
  { columns, pictureWidth }: Pick<PrinterCapabilities, 'columns' | 'pictureWidth'>,
): readonly AtolObject[] {
  if (rows.length === 0 || rows.length > mostRows) refuse(`1 to ${mostRows} rows`, 'rows');
  return rows.flatMap((row, index): AtolObject[] => {
    const path = `rows[${index}]`;
    switch (row.type) {
      case 'qr': {
        const size = new TextEncoder().encode(row.payload).length;
        if (size === 0 || size > longestQr)
          refuse(`a QR code holds 1 to ${longestQr} bytes`, `${path}/payload`);
        return [{ type: 'barcode', barcode: row.payload, barcodeType: 'QR', alignment: 'center' }];
      }
      case 'barcode': {
        const known = Object.hasOwn(barcodeTypes, row.kind) ? barcodeTypes[row.kind] : undefined;
        if (known === undefined) return refuse('no known bar code', `${path}/kind`);
        const [barcodeType, form] = known;
        if (!form.test(row.text)) refuse(`not what ${barcodeType} holds`, `${path}/text`);
        return [{ type: 'barcode', barcode: row.text, barcodeType, alignment: 'center', printText: true }];
      }
      case 'picture': {
        const { width, height, bits } = row.picture;
        if (pictureWidth === undefined || !(width > 0 && width <= pictureWidth))
          refuse(`a line has ${pictureWidth ?? 'no'} dots`, `${path}/picture/width`);
        if (
          !Number.isInteger(height) ||
          height <= 0 ||
          height > 2000 ||
          bits.length < Math.ceil(width / 8) * height
        )
          refuse('the bits do not make the picture', `${path}/picture/bits`);
        return [{ type: 'pixels', pixels: pixelsOf(row.picture), width, scale: 100, alignment: 'center' }];
      }
      case 'feed': {
        if (!Number.isInteger(row.lines) || row.lines < 0 || row.lines > 255)
          refuse('0 to 255 lines', `${path}/lines`);
        return Array.from({ length: row.lines }, () => ({ type: 'text', text: '' }));
      }
      default:
        return laidOut([row], { columns }).flatMap(({ lines }) =>
          lines.map((text) => ({ type: 'text', text })),
        );
    }
  });
}

/** Makes the printing half of the driver. */
export function atolPrinter(
  { exclusive, question, run }: AtolConnection,
  { columns, pictureWidth }: { columns: number | undefined; pictureWidth: number | undefined },
): { readonly printer: ReceiptPrinter } & Required<Pick<FiscalRegister, 'printXReport' | 'printCopy'>> {
  const capabilities: PrinterCapabilities = {
    // What a rendering can be laid out in.
    columns: Math.min(Math.max(columns ?? 42, 24), 120),
    qr: true,
    barcodes: Object.keys(barcodeTypes) as BarcodeKind[],
    pictureWidth,
    // It cuts after each document where it has a knife; the tasks cannot ask for it.
    cutter: false,
    drawer: true,
    status: true,
  };
  return {
    printer: {
      capabilities,
      status: ({ signal } = {}) =>
        exclusive(signal, async () => {
          const { deviceStatus } = await question('getDeviceStatus');
          const { paperPresent, coverOpened, cashDrawerOpened, blocked } = deviceStatus;
          return {
            online: true,
            paper: paperPresent === true ? 'ok' : paperPresent === false ? 'out' : 'unknown',
            coverOpen: typeof coverOpened === 'boolean' ? coverOpened : undefined,
            drawerOpen: typeof cashDrawerOpened === 'boolean' ? cashDrawerOpened : undefined,
            ...(blocked === true ? { problem: 'Касса заблокирована.' } : {}),
          };
        }),
      print: async (rows, { cut = 'partial', signal } = {}) => {
        const items = atolPrintItems(rows, capabilities);
        await exclusive(signal, () => run('nonFiscal', { items, printFooter: cut !== 'none' }));
      },
      openDrawer: ({ signal } = {}) => exclusive(signal, async () => void (await run('openCashDrawer', {}))),
    },
    printXReport: ({ signal } = {}) => exclusive(signal, async () => void (await run('reportX', {}))),
    printCopy: (fiscalDocumentNumber, { signal } = {}) =>
      exclusive(signal, async () => {
        // Asked for first: a drive without it is no reason to doubt of the paper.
        await question('getFnDocument', { fiscalDocumentNumber });
        await run('printFnDocument', { fiscalDocumentNumber });
      }),
  };
}
