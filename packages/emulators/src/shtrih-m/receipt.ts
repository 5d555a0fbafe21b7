import {
  divideRounded,
  formatDecimal,
  type Kopecks,
  multiplyKopecks,
  normalizeDecimal,
  parseDecimal,
  splitKopecks,
  sumKopecks,
} from '@elcert/core';
import {
  encodeTags,
  type RussianVatRate,
  type TagEntry,
  vatIncluded,
  vatRateNames,
  vatRates,
} from '@elcert/fiscal-doc';

/** One operation of a receipt, as the register holds it until the closing. */
export interface RegisterLine {
  readonly name: string;
  readonly price: Kopecks;
  /** Exact decimal text. */
  readonly quantity: string;
  readonly amount: Kopecks;
  readonly rate: RussianVatRate;
  /** What the host said; the register computes it otherwise. */
  readonly vat: Kopecks | undefined;
  readonly method: number;
  readonly subject: number;
  /** 1 to 16; 0 stands for none. */
  readonly department: number;
  /** TLV bound to the operation (FF4D). */
  readonly tlv: readonly Uint8Array[];
}

/** An open receipt. */
export interface OpenReceipt {
  /**
   * Document type of 8Dh: 0 sale, 1 purchase, 2 sale return, 3 purchase return. A correction has none before its first
   * operation.
   */
  readonly type: number | undefined;
  /** Begun by FF35: form 31 instead of 3. */
  readonly correction: boolean;
  /** Who opened it. */
  readonly operator: number;
  readonly lines: readonly RegisterLine[];
  /** TLV of the document (FF0C). */
  readonly tlv: readonly Uint8Array[];
  /** What is printed so far. */
  readonly text: readonly string[];
}

/** Sums of the closing, kopecks. */
export interface ReceiptSums {
  readonly cash: Kopecks;
  readonly electronic: Kopecks;
  readonly prepaid: Kopecks;
  readonly credit: Kopecks;
  readonly other: Kopecks;
  readonly rounding: Kopecks;
}

/** Rates by row of table 6, which is numbered like tag 1199 except for rows 3 to 6. */
const ratesByRow: readonly RussianVatRate[] = [
  '20',
  '10',
  '0',
  'none',
  '20/120',
  '10/110',
  '5',
  '7',
  '5/105',
  '7/107',
  '22',
  '22/122',
];

/** Rates by the bit forms of FF46's rate byte. */
const ratesByByte: Readonly<Record<number, RussianVatRate>> = {
  1: '20',
  2: '10',
  4: '0',
  8: 'none',
  16: '20/120',
  32: '10/110',
  129: '5',
  130: '7',
  132: '5/105',
  144: '7/107',
};

/** The six tax slots of FF45. */
export const slotRates: readonly RussianVatRate[] = ['20', '10', '0', 'none', '20/120', '10/110'];

/** With the table switch on, what was 20 % is taken as 22 %. */
function swapped(rate: RussianVatRate, swap20to22: boolean): RussianVatRate {
  if (!swap20to22) return rate;
  return rate === '20' ? '22' : rate === '20/120' ? '22/122' : rate;
}

/** The rate of a byte of FF46. @returns nothing for a byte that stands for none */
export function rateOfByte(byte: number, swap20to22: boolean): RussianVatRate | undefined {
  const rate = byte >= 0xc0 ? ratesByRow[byte - 0xc1] : ratesByByte[byte];
  return rate === undefined ? undefined : swapped(rate, swap20to22);
}

/** The rate of a tax group of the old commands (1 to 6; 0 is "no tax"). */
export function rateOfGroup(group: number, swap20to22: boolean): RussianVatRate | undefined {
  if (group === 0) return 'none';
  const rate = group <= 6 ? ratesByRow[group - 1] : undefined;
  return rate === undefined ? undefined : swapped(rate, swap20to22);
}

/** Sum of the lines. */
export function totalOf(receipt: OpenReceipt): Kopecks {
  return sumKopecks(receipt.lines.map((line) => line.amount));
}

/** Amount of an operation whose sum the register computes. */
export function amountOf(price: Kopecks, quantity: string): Kopecks {
  return multiplyKopecks(price, quantity);
}

/** VAT by rate over the lines: of the sum of the lines, as registers of 2026 compute it. For `0` and `none`, the sum itself. */
export function vatOf(
  lines: readonly RegisterLine[],
): { readonly rate: RussianVatRate; readonly sum: Kopecks }[] {
  const bases = new Map<RussianVatRate, Kopecks>();
  for (const line of lines) bases.set(line.rate, (bases.get(line.rate) ?? 0) + line.amount);
  return vatRateNames
    .filter((rate) => bases.has(rate))
    .map((rate) => {
      const base = bases.get(rate) ?? 0;
      return { rate, sum: rate === '0' || rate === 'none' ? base : vatIncluded(base, rate) };
    });
}

/**
 * Whether the host's VAT sums agree with the register's. A kopeck a line is allowed: the host may round by lines or by the
 * sum. Hosts that leave the VAT to the register send FF…FF or nothing but zeros.
 */
export function vatAgrees(
  lines: readonly RegisterLine[],
  slots: readonly (Kopecks | 'auto')[],
  swap20to22: boolean,
): boolean {
  const computed = new Map(vatOf(lines).map(({ rate, sum }) => [rate, sum]));
  return slots.every((said, index) => {
    const rate = slotRates[index];
    if (said === 'auto' || said === 0 || rate === undefined) return true;
    return Math.abs(said - (computed.get(swapped(rate, swap20to22)) ?? 0)) <= lines.length;
  });
}

/** A discount (negative) or surcharge spread over the lines, to the kopeck. */
export function spread(lines: readonly RegisterLine[], change: Kopecks): RegisterLine[] {
  const parts = splitKopecks(
    Math.abs(change),
    lines.map((line) => line.amount),
  );
  return lines.map((line, index) => ({
    ...line,
    amount: line.amount + Math.sign(change) * (parts[index] ?? 0),
    vat: undefined,
  }));
}

/** Whether a host's sum is the product of its price and quantity; a kopeck is allowed for its rounding. */
export function sumAgrees(price: Kopecks, quantity: string, sum: Kopecks): boolean {
  return Math.abs(amountOf(price, quantity) - sum) <= 1;
}

/**
 * The lines as a document may have them: price × quantity is the amount. Where a discount was spread over a line, its price is computed
 * anew; if no price fits, some of the pieces cost a kopeck more than the others.
 */
export function settledLines(lines: readonly RegisterLine[]): RegisterLine[] {
  return lines.flatMap((line): RegisterLine[] => {
    const { amount, quantity } = line;
    if (sumAgrees(line.price, quantity, amount)) return [line];
    const { units, scale } = normalizeDecimal(parseDecimal(quantity));
    const marked = line.tlv.length > 0;
    if (!marked && scale === 0 && units > 1n && BigInt(amount) >= units) {
      const pieces = Number(units);
      const dearer = amount % pieces;
      const price = (amount - dearer) / pieces;
      const part = (count: number, each: Kopecks): RegisterLine[] =>
        count === 0
          ? []
          : [{ ...line, price: each, quantity: String(count), amount: each * count, vat: undefined }];
      return [...part(pieces - dearer, price), ...part(dearer, price + 1)];
    }
    const price = units === 0n ? 0 : Number(divideRounded(BigInt(amount) * 10n ** BigInt(scale), units));
    if (Number.isSafeInteger(price) && sumAgrees(price, quantity, amount)) return [{ ...line, price }];
    // A weight whose price cannot be told to the kopeck is sold as one piece.
    return [{ ...line, price: amount, quantity: '1' }];
  });
}

/** Requisites of a receipt that the register itself adds; TLV of the host comes beside it. */
export function receiptRequisites(
  receipt: OpenReceipt,
  sums: ReceiptSums,
  register: {
    readonly taxation: number;
    readonly cashier: string;
    readonly senderEmail: string;
    readonly taxSite: string;
    readonly electronicCopy: boolean;
  },
): { readonly header: Uint8Array; readonly lines: readonly Uint8Array[] } {
  const operation = [1, 3, 2, 4][receipt.type ?? 0] ?? 1;
  const total = totalOf(receipt) - sums.rounding;
  // Change is given from the cash, so the document holds what stays.
  const cashless = sumKopecks([sums.electronic, sums.prepaid, sums.credit, sums.other]);
  const vat = vatOf(receipt.lines);
  const newer = vat.filter(({ rate }) => vatRates[rate].totalTag === 1115);
  const header: TagEntry[] = [
    { tag: 1054, value: operation },
    { tag: 1055, value: register.taxation },
    { tag: 1020, value: total },
    { tag: 1031, value: total - cashless },
    { tag: 1081, value: sums.electronic },
    { tag: 1215, value: sums.prepaid },
    { tag: 1216, value: sums.credit },
    { tag: 1217, value: sums.other },
    ...vat
      .filter(({ rate }) => vatRates[rate].totalTag !== 1115)
      .map(({ rate, sum }): TagEntry => ({ tag: vatRates[rate].totalTag, value: sum })),
    ...(newer.length === 0
      ? []
      : [
          {
            tag: 1115,
            value: newer.map(
              ({ rate, sum }): TagEntry => ({
                tag: 1119,
                value: [
                  { tag: 1199, value: vatRates[rate].code },
                  { tag: 1120, value: sum },
                ],
              }),
            ),
          },
        ]),
    { tag: 1021, value: register.cashier },
    { tag: 1060, value: register.taxSite },
    ...(register.electronicCopy ? [{ tag: 1117, value: register.senderEmail }] : []),
  ];
  const place = { document: 3, ffdVersion: '1.2' } as const;
  return {
    header: encodeTags(header, place),
    lines: receipt.lines.map((line) =>
      encodeTags(
        [
          { tag: 1030, value: line.name },
          { tag: 1079, value: line.price },
          { tag: 1023, value: formatDecimal(normalizeDecimal(parseDecimal(line.quantity))) },
          { tag: 1043, value: line.amount },
          { tag: 1199, value: vatRates[line.rate].code },
          ...(vatRates[line.rate].numerator > 0
            ? [{ tag: 1200, value: line.vat ?? vatIncluded(line.amount, line.rate) }]
            : []),
          { tag: 1214, value: line.method },
          { tag: 1212, value: line.subject },
        ],
        { ...place, path: '1059' },
      ),
    ),
  };
}
