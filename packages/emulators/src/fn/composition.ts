// Mandatory requisites of FFD 1.2 documents in their electronic form (order ЕД-7-20/662@), by form code. What stands under a
// condition is the register's business; the drive does not know the condition.

const receipt = [1009, 1020, 1031, 1037, 1054, 1055, 1059, 1081, 1209, 1215, 1216, 1217];
const correction = [...receipt, 1174, 1187];

/** By form code; 1012, 1040, 1041, 1077 and the like are the drive's own and never missing. */
export const mandatoryTags: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [1018, 1037, 1188, 1189, 1209]],
  [21, [1018, 1037, 1157, 1209, 1213]],
  [3, receipt],
  [4, receipt],
  [31, correction],
  [41, correction],
  [5, [1018, 1037, 1111, 1118, 1157, 1209, 1213]],
  [6, [1009, 1018, 1037, 1048, 1157, 1187, 1209]],
  [7, [1012, 1017, 1040, 1041, 1078]],
]);

/** Mandatory in every line (tag 1059). */
export const mandatoryItemTags: readonly number[] = [1023, 1043, 1079, 1212, 1214, 2108];

/** Written by the drive alone: a register that sends one gets 0Bh. */
export const tagsOfTheDrive: ReadonlySet<number> = new Set([
  1012, 1038, 1040, 1041, 1042, 1050, 1051, 1052, 1053, 1077, 1097, 1098, 1111, 1118, 1157, 1194, 1206, 1213,
]);
