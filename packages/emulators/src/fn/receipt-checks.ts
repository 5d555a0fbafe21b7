import { sumKopecks } from '@elcert/core';
import { type SettlementType, settlementTypes as settlementTable } from '@elcert/fiscal-doc';
import { mandatoryItemTags } from './composition.js';
import type { FnSums } from './counters.js';
import { FnRefusal } from './errors.js';
import { type FnTlv, readNumber, readTlv } from './tlv.js';
import type { FnDocument, FnRegistration } from './types.js';

/** Names by value of tag 1054. */
const settlementTypes = new Map(
  Object.entries(settlementTable).map(([name, { code }]) => [code, name as SettlementType]),
);

/** Bit of tag 1290: settlements on the internet alone, without paper. */
const internetOnly = 0x20;

/** A number among requisites; 0 when it is not there. */
export function numberIn(list: readonly FnTlv[], tag: number): number {
  const found = list.find((entry) => entry.tag === tag);
  return found === undefined ? 0 : readNumber(found.value);
}

/** The sums of a receipt. */
export function sumsIn(list: readonly FnTlv[]): FnSums {
  return {
    total: numberIn(list, 1020),
    cash: numberIn(list, 1031),
    electronic: numberIn(list, 1081),
    prepaid: numberIn(list, 1215),
    credit: numberIn(list, 1216),
    other: numberIn(list, 1217),
  };
}

/** The lines of a receipt, taken apart. */
export function linesIn(list: readonly FnTlv[]): FnTlv[][] {
  return list.filter((entry) => entry.tag === 1059).map((line) => readTlv(line.value));
}

/**
 * What a drive checks of a receipt or correction.
 *
 * @throws FnRefusal 09h, 18h, 19h or 3Ch
 */
export function checkReceipt(
  list: readonly FnTlv[],
  known: FnRegistration,
): Pick<FnDocument, 'settlementType' | 'totalSum'> {
  const settlement = numberIn(list, 1054);
  const settlementType = settlementTypes.get(settlement);
  if (settlementType === undefined) throw new FnRefusal(0x18, `tag 1054 is ${settlement}`);
  const taxation = numberIn(list, 1055);
  if (taxation === 0 || (taxation & (taxation - 1)) !== 0)
    throw new FnRefusal(0x18, 'tag 1055 has other than one bit');
  if ((taxation & known.taxation) === 0) throw new FnRefusal(0x19, `taxation ${taxation} was not registered`);
  const sums = sumsIn(list);
  const paid = sumKopecks([sums.cash, sums.electronic, sums.prepaid, sums.credit, sums.other]);
  if (paid !== sums.total) throw new FnRefusal(0x09, `paid ${paid} kopecks of ${sums.total}`);
  let sum = 0;
  for (const [index, tags] of linesIn(list).entries()) {
    for (const tag of mandatoryItemTags)
      if (!tags.some((entry) => entry.tag === tag))
        throw new FnRefusal(0x3c, `line ${index + 1} lacks tag ${tag}`, { tag });
    sum = sumKopecks([sum, numberIn(tags, 1043)]);
  }
  // A whole receipt may be rounded down to rubles.
  if (sums.total > sum || sum - sums.total > 99)
    throw new FnRefusal(0x09, `the lines add up to ${sum} kopecks, the total is ${sums.total}`);
  if (
    ((known.usageConditions & internetOnly) !== 0 || known.modes?.includes('internet') === true) &&
    !list.some((entry) => entry.tag === 1008)
  )
    throw new FnRefusal(0x3c, 'a register on the internet alone sends every receipt (tag 1008)', {
      tag: 1008,
    });
  return { settlementType, totalSum: sums.total };
}
