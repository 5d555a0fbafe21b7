/** What a model calls itself, and what it has. */
export interface ShtrihMModel {
  readonly name: string;
  /** Model number of FCh. */
  readonly number: number;
  /** Two characters of the firmware version, e.g. `C3`. */
  readonly firmware: string;
  readonly build: number;
  readonly columns: number;
  /** Has a cutter (bit 13 of F7h); it has unless told, and 25h is refused with 37h without one. */
  readonly cutter?: boolean | undefined;
  /** Length of the answer to 10h: older firmware leaves out the result of the last printing. 17 unless told. */
  readonly shortStatusBytes?: 16 | 17 | undefined;
  /** Length of the answer to 11h: older firmware leaves out the high part of the serial number. 50 unless told. */
  readonly fullStatusBytes?: 48 | 50 | 52 | undefined;
}

/** A unit like the one whose tables are emulated. */
export const defaultModel: ShtrihMModel = {
  name: 'ШТРИХ-НАНО-Ф (ЭМУЛЯТОР)',
  number: 152,
  firmware: 'C3',
  build: 664,
  columns: 48,
};
