import type { Kopecks } from '@elcert/core';

// Money registers (1Ah) and operation registers (1Bh). The order of a block is always sale, purchase, sale return, purchase return.

/** Sums and counts under names such as `department/1/0` (number, document type). */
export interface Totals {
  add(name: string, value: number): void;
  get(name: string): number;
  /** Adds everything that others hold. */
  addAll(others: Totals): void;
  entries(): Iterable<readonly [name: string, value: number]>;
  clear(): void;
}

/** Makes empty {@link Totals}. */
export function createTotals(): Totals {
  const values = new Map<string, number>();
  const add = (name: string, value: number) => void values.set(name, (values.get(name) ?? 0) + value);
  return {
    add,
    get: (name) => values.get(name) ?? 0,
    addAll(others) {
      for (const [name, value] of others.entries()) add(name, value);
    },
    entries: () => values.entries(),
    clear: () => values.clear(),
  };
}

/** All totals of a register. */
export interface RegisterTotals {
  /** Of the receipt that is open, or of the last one. */
  readonly receipt: Totals;
  readonly shift: Totals;
  /** Never cleared. */
  readonly ever: Totals;
}

/** Name of a sum or a count. */
export const totalName = {
  department: (number: number, type: number) => `department/${Math.min(Math.max(number, 1), 16)}/${type}`,
  discount: (type: number) => `discount/${type}`,
  charge: (type: number) => `charge/${type}`,
  payment: (number: number, type: number) => `payment/${number}/${type}`,
  turnover: (row: number, type: number) => `turnover/${row}/${type}`,
  tax: (row: number, type: number) => `tax/${row}/${type}`,
  cancelled: (type: number) => `cancelled/${type}`,
  total: (type: number) => `total/${type}`,
  documents: (type: number) => `documents/${type}`,
  cashIn: 'cash-in',
  cashOut: 'cash-out',
  cancelledCount: 'cancelled',
  xReports: 'x',
  zReports: 'z',
  clearings: 'clearings',
} as const;

const n = totalName;
/** Counts stand beside the sums. */
export const countOf = (name: string): string => `count ${name}`;

type Source = readonly [keyof RegisterTotals, string];

/** Blocks that both the receipt and the shift have: 4 a department, 4 a payment … */
function block(index: number, of: 'receipt' | 'shift'): Source | undefined {
  const type = index & 3;
  const group = index >> 2;
  if (group < 16) return [of, n.department(group + 1, type)];
  if (group === 16) return [of, n.discount(type)];
  if (group === 17) return [of, n.charge(type)];
  if (group < 22) return [of, n.payment(group - 17, type)];
  if (group < 26) return [of, n.turnover(group - 21, type)];
  if (group < 30) return [of, n.tax(group - 25, type)];
  return undefined;
}

/** Where a money register comes from; cash in the drawer has no total of its own. */
function moneySource(register: number): Source | 'cash' | undefined {
  if (register < 120) return block(register, 'receipt');
  if (register === 120 || register === 241) return 'cash';
  if (register < 241) return block(register - 121, 'shift');
  if (register === 242) return ['shift', n.cashIn];
  if (register === 243) return ['shift', n.cashOut];
  if (register >= 244 && register <= 247) return ['ever', n.total(register - 244)];
  if (register >= 249 && register <= 252) return ['shift', n.cancelled(register - 249)];
  // Payments 5 to 16, in the receipt and in the shift.
  if (register >= 0x1000 && register <= 0x105f) {
    const index = register - 0x1000;
    const within = index % 48;
    return [index < 48 ? 'receipt' : 'shift', n.payment(5 + (within >> 2), within & 3)];
  }
  return undefined;
}

/** Registers there are: 0 to 255, and 1000h to 105Fh of money. */
export function isMoneyRegister(register: number): boolean {
  return register <= 0xff || (register >= 0x1000 && register <= 0x105f);
}

/** A money register, kopecks; 0 for one that is not used. */
export function moneyRegister(totals: RegisterTotals, register: number, drawer: Kopecks): Kopecks {
  const source = moneySource(register);
  if (source === 'cash') return drawer;
  return source === undefined ? 0 : totals[source[0]].get(source[1]);
}

/** An operation register, modulo 65536; 0 for one that is not used. */
export function operationRegister(totals: RegisterTotals, register: number, documentNumber: number): number {
  const source = (): Source | undefined => {
    if (register < 72) return block(register, 'receipt');
    if (register < 144) return block(register - 72, 'shift');
    if (register < 148) return ['shift', n.documents(register - 144)];
    if (register < 152) return ['ever', n.documents(register - 148)];
    const single: Readonly<Record<number, Source>> = {
      153: ['shift', n.cashIn],
      154: ['shift', n.cashOut],
      155: ['ever', n.cashIn],
      156: ['ever', n.cashOut],
      157: ['ever', n.cancelledCount],
      158: ['ever', n.xReports],
      160: ['ever', n.zReports],
      166: ['ever', n.clearings],
    };
    if (register >= 179 && register <= 182) return ['shift', n.cancelled(register - 179)];
    return single[register];
  };
  if (register === 152) return documentNumber & 0xffff;
  const found = source();
  return found === undefined ? 0 : totals[found[0]].get(countOf(found[1])) & 0xffff;
}
