// Mandatory requisites of FFD 1.2 documents in their electronic form (order ЕД-7-20/662@), by form code. What stands under a
// condition is not here: neither the drive nor the operator knows whether the condition holds.

const all = [1012, 1037, 1040, 1041, 1077, 1209];
const receipt = [...all, 1009, 1020, 1031, 1038, 1042, 1054, 1055, 1059, 1081, 1215, 1216, 1217];
const correction = [...receipt, 1174, 1187];

/** By form code. */
export const mandatoryTags: ReadonlyMap<number, readonly number[]> = new Map([
  [2, [...all, 1018, 1038, 1188, 1189]],
  [21, [...all, 1018, 1157, 1213]],
  [3, receipt],
  [4, receipt],
  [31, correction],
  [41, correction],
  [5, [...all, 1018, 1038, 1111, 1118, 1157, 1213]],
  [6, [...all, 1009, 1018, 1038, 1048, 1157, 1187]],
  [7, [1012, 1017, 1040, 1041, 1078]],
]);

/** Mandatory in every line (tag 1059). */
export const mandatoryItemTags: readonly number[] = [1023, 1043, 1079, 1212, 1214, 2108];

/** Written by the drive into every document it signs, after everything was checked. */
export const tagsOfEveryDocument: ReadonlySet<number> = new Set([1012, 1038, 1040, 1041, 1042, 1077]);

/** Written by the drive alone: a register that sends one gets 0Bh. */
export const tagsOfTheDrive: ReadonlySet<number> = new Set([
  ...tagsOfEveryDocument,
  ...[1050, 1051, 1052, 1053, 1097, 1098, 1111, 1118, 1157, 1194, 1206, 1213, 2104],
]);
