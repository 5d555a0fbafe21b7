/** Ends a task with an error of the driver. */
export class AtolRefusal extends Error {
  override readonly name = 'AtolRefusal';
  /** A code of the driver's list. */
  readonly code: number;

  constructor(code: number, why?: string) {
    super(why === undefined ? `error ${code}` : `error ${code}: ${why}`);
    this.code = code;
  }
}

/** The driver's number for a refusal of the drive. */
export const atolCodesOfFn: Readonly<Record<number, number>> = {
  1: 116,
  2: 117,
  3: 118,
  4: 119,
  5: 120,
  6: 121,
  7: 122,
  8: 123,
  9: 124,
  10: 133,
  11: 158,
  12: 160,
  13: 161,
  14: 110,
  16: 134,
  17: 135,
  18: 136,
  20: 137,
  21: 139,
  22: 68,
  23: 142,
  24: 148,
  25: 148,
  32: 138,
  50: 406,
  51: 410,
  52: 407,
  53: 408,
  54: 418,
  60: 161,
  62: 420,
};
