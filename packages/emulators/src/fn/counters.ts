import { type Kopecks, sumKopecks } from '@elcert/core';
import { joinTlv } from '@elcert/fiscal-doc';
import { type FnTlv, tlvNumber, tlvUint32 } from './tlv.js';

/** Sums of one receipt or of many, in kopecks. */
export interface FnSums {
  readonly total: Kopecks;
  readonly cash: Kopecks;
  readonly electronic: Kopecks;
  readonly prepaid: Kopecks;
  readonly credit: Kopecks;
  readonly other: Kopecks;
}

/** The running totals of a drive or of a shift (tags 1157 and 1194). */
export interface FnCounters {
  /** @param settlement - value of tag 1054 */
  count(correction: boolean, settlement: number, sums: FnSums): void;
  /** The value of tag 1157 or 1194. */
  encode(): Uint8Array;
}

const none: FnSums = { total: 0, cash: 0, electronic: 0, prepaid: 0, credit: 0, other: 0 };

// By value of tag 1054: sale, return of sale, purchase, return of purchase.
const receiptTags = [1129, 1130, 1131, 1132];
const correctionTags = [1145, 1232, 1146, 1233];

const sumTags = [
  ['cash', 1136],
  ['electronic', 1138],
  ['prepaid', 1218],
  ['credit', 1219],
  ['other', 1220],
] as const satisfies readonly (readonly [keyof FnSums, number])[];

/** Makes counters that stand at nothing. */
export function createCounters(): FnCounters {
  const groups = new Map<number, { count: number; sums: FnSums }>();
  let all = 0;
  let corrections = 0;
  const group = (tag: number): FnTlv[] => {
    const entry = groups.get(tag);
    if (entry === undefined) return [];
    const { count, sums } = entry;
    return [
      {
        tag,
        value: joinTlv([
          tlvUint32(1135, count),
          tlvNumber(1201, sums.total),
          // Kinds of payment that never came are left out: those of corrections have room for 32 bytes only.
          ...sumTags.filter(([name]) => sums[name] !== 0).map(([name, one]) => tlvNumber(one, sums[name])),
        ]),
      },
    ];
  };
  return {
    count(correction, settlement, sums) {
      all += 1;
      if (correction) corrections += 1;
      const tag = (correction ? correctionTags : receiptTags)[settlement - 1] as number;
      const { count, sums: before } = groups.get(tag) ?? { count: 0, sums: none };
      groups.set(tag, {
        count: count + 1,
        sums: {
          total: sumKopecks([before.total, sums.total]),
          cash: sumKopecks([before.cash, sums.cash]),
          electronic: sumKopecks([before.electronic, sums.electronic]),
          prepaid: sumKopecks([before.prepaid, sums.prepaid]),
          credit: sumKopecks([before.credit, sums.credit]),
          other: sumKopecks([before.other, sums.other]),
        },
      });
    },
    encode: () =>
      joinTlv([
        tlvUint32(1134, all),
        ...receiptTags.flatMap(group),
        ...(corrections === 0
          ? []
          : [
              {
                tag: 1133,
                value: joinTlv([tlvUint32(1144, corrections), ...correctionTags.flatMap(group)]),
              },
            ]),
      ]),
  };
}
