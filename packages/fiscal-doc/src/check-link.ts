import { fiscalDocError } from './errors.js';
import { type FiscalQr, formatFiscalQr, parseFiscalQr } from './fiscal-qr.js';

// Where a buyer checks a receipt. No page that takes a receipt in its address – of the tax service or of an operator – is publicly
// documented, so that the page is configuration of whoever uses it, never a constant here.

/**
 * A link that carries the receipt: the members of its QR as the query of a page.
 *
 * @param page - address of a page that takes them, without a query; members the page already has are kept
 * @throws ElcertError `BAD_QR` for an address that is none or is not of the web; as {@link formatFiscalQr}
 * @example
 * ```ts
 * checkLink(fiscalQrOf(facts), 'https://check.example.org/receipt'); // …/receipt?t=20261122T1405&s=12510.99&fn=…
 * ```
 */
export function checkLink(qr: FiscalQr, page: string): string {
  const query = formatFiscalQr(qr);
  let address: URL;
  try {
    address = new URL(page);
  } catch (cause) {
    throw fiscalDocError({ code: 'BAD_QR', message: 'not an address of a page', path: 'page', cause });
  }
  if (address.protocol !== 'https:' && address.protocol !== 'http:')
    throw fiscalDocError({
      code: 'BAD_QR',
      message: `a page of the web is wanted, not ${address.protocol}`,
      path: 'page',
    });
  address.search = address.search === '' ? `?${query}` : `${address.search}&${query}`;
  return address.href;
}

const qrMembers: ReadonlySet<string> = new Set(['t', 's', 'fn', 'i', 'fp', 'n']);

/**
 * Reads the receipt out of such a link, or out of the bare text of a QR: members of other meaning are passed over.
 *
 * @throws ElcertError `BAD_QR`
 */
export function parseCheckLink(text: string): FiscalQr {
  const trimmed = text.trim();
  if (trimmed.length > 2048)
    throw fiscalDocError({ code: 'BAD_QR', message: `a link of ${trimmed.length} characters`, path: 'link' });
  if (!/^[a-z][a-z0-9+.-]*:/i.test(trimmed)) return parseFiscalQr(trimmed.replace(/^\?/, ''));
  let address: URL;
  try {
    address = new URL(trimmed);
  } catch (cause) {
    throw fiscalDocError({ code: 'BAD_QR', message: 'not an address', path: 'link', cause });
  }
  const members = [...address.searchParams].filter(([name]) => qrMembers.has(name.toLowerCase()));
  return parseFiscalQr(members.map(([name, value]) => `${name}=${value}`).join('&'));
}
