import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type EscPosProfile, escPosFramer, escPosProfile, escPosSlip } from '@elcert/device-drivers/escpos';
import { decodeReceipt, encodeReceipt, type PrintRow } from '@elcert/fiscal-doc';
import { receiptRows } from '@elcert/fiscal-doc/render';
import { createPrinterMachine, type PaperItem, paperPng } from '../src/escpos/index.js';
import { receipt, register } from '../test/escpos-receipt.js';

// Draws docs/pictures/printers: the paper of models, made by the driver's bytes and the emulator's reading of them, and what the
// same receipt looks like when a setting is wrong. `--check` writes nothing and fails when a picture would change.

const folder = new URL('../../../docs/pictures/printers/', import.meta.url);

const { facts } = decodeReceipt(encodeReceipt(receipt, register));
const rows: readonly PrintRow[] = receiptRows({ receipt, facts });

/** The paper of a model that is sent the bytes for another. */
function paper(device: EscPosProfile, told: EscPosProfile, printed: readonly PrintRow[]): Uint8Array {
  const machine = createPrinterMachine(device);
  const framer = escPosFramer();
  const items: PaperItem[] = [];
  for (const segment of escPosSlip(printed, told).segments)
    for (const event of framer.push(segment))
      items.push(...machine.execute(event, { paper: 0, drawer: 0 }).items);
  return paperPng(items, device);
}

const models = [
  'TM-T20III',
  'TM-T88V',
  'TM-m30III',
  'POS-5890',
  'NT-80-V-UL',
  'RP326',
  'KR-306',
  'CT-S651',
  'RP-F10-58mm',
  'TH230',
];

const chinese = escPosProfile('POS-5890');
const rongta = escPosProfile('RP326');
const head = rows.slice(0, 12);

const pictures = new Map<string, Uint8Array>([
  ...models.map((name) => {
    const profile = escPosProfile(name);
    return [`${name}.png`, paper(profile, profile, rows)] as const;
  }),
  // 17 is CP866 on most models, and nothing on this one.
  ['wrong-page.png', paper(rongta, { ...rongta, codePages: { ibm866: [17] } }, head)],
  ['double-byte.png', paper(chinese, { ...chinese, doubleByte: false }, head)],
]);

const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

if (process.argv.includes('--check')) {
  for (const [name, picture] of pictures) {
    const file = new URL(name, folder);
    if (existsSync(file) && same(readFileSync(file), picture)) continue;
    process.stderr.write(
      `docs/pictures/printers/${name} is not what packages/emulators/scripts/generate-printer-pictures.ts draws\n`,
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, picture] of pictures) writeFileSync(new URL(name, folder), picture);
}
