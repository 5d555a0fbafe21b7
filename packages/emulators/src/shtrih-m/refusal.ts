import type { CommandCode, RequestOf, ResponseOf } from '@elcert/device-drivers/shtrih-m';
import { FnRefusal } from '../fn/index.js';

/** Handlers of some commands, by code. */
export type Handlers = { readonly [C in CommandCode]?: (fields: RequestOf<C>) => ResponseOf<C> };

/** Ends a command with a result code. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  constructor(code: number) {
    super(`result ${code}`);
    this.code = code;
  }
}

/** Ends a command with a result code. */
export const refuse = (code: number): never => {
  throw new Refusal(code);
};

/** Result codes that the register gives by itself. */
export const results = {
  wrongState: 0x02,
  noDriveData: 0x08,
  badParameters: 0x09,
  tlvTooLong: 0x10,
  badRequisite: 0x18,
  replyRefused: 0x20,
  nothingToVoid: 0x2d,
  payout: 0x2e,
  wrongParameters: 0x33,
  noData: 0x34,
  notSupported: 0x37,
  shiftOpen: 0x3c,
  shiftClosed: 0x3d,
  lessThanTotal: 0x45,
  notEnoughCash: 0x46,
  otherType: 0x49,
  receiptOpen: 0x4a,
  cashlessTooMuch: 0x4d,
  shiftExpired: 0x4e,
  wrongPassword: 0x4f,
  receiptClosed: 0x55,
  nothingToRepeat: 0x56,
  awaitsContinue: 0x58,
  otherOperator: 0x59,
  discountTooLarge: 0x5a,
  noTable: 0x5d,
  noPaper: 0x6b,
  wrongMode: 0x73,
  dateMismatch: 0x7c,
  badDate: 0x7d,
  wrongLength: 0x7e,
  totalZero: 0x8e,
  tooManyLines: 0x94,
  nothingInBuffer: 0xd1,
} as const;

/** Codes of the drive from 32h on come out shifted, so that they do not clash with the register's own. */
const markingShift = 0x6e;

/** The register's result for a code of the drive. */
export function resultOfDrive(fnCode: number): number {
  return fnCode >= 0x32 ? fnCode + markingShift : fnCode;
}

/** Runs something of the drive; its refusals end the command. */
export function byDrive<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof FnRefusal) return refuse(resultOfDrive(error.fnCode));
    throw error;
  }
}
