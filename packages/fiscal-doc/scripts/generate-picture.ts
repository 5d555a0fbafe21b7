import { readFileSync, writeFileSync } from 'node:fs';
import { decodeReceipt, encodeReceipt } from '@elcert/fiscal-doc';
import { renderReceiptSvg } from '@elcert/fiscal-doc/render';
import { certificateSale, register } from '../test/support/sale.js';

// Draws the receipt of the documents, docs/pictures/receipt.svg, the way the package draws any receipt.
// `--check` writes nothing and fails when the picture would change.

const file = new URL('../../../docs/pictures/receipt.svg', import.meta.url);
const { facts } = decodeReceipt(encodeReceipt(certificateSale, register));
const picture = renderReceiptSvg({ receipt: certificateSale, facts });

if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== picture) {
    process.stderr.write(
      'docs/pictures/receipt.svg is not what packages/fiscal-doc/scripts/generate-picture.ts draws\n',
    );
    process.exitCode = 1;
  }
} else {
  writeFileSync(file, picture);
}
