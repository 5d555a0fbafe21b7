import { byteWriter } from '@elcert/core';
import type { Core } from './core.js';
import { type Handlers, refuse, results } from './refusal.js';
import { isMoneyRegister, moneyRegister, operationRegister } from './totals.js';

/** Tables (1Eh, 1Fh, 2Dh, 2Eh), money registers (1Ah) and operation registers (1Bh). */
export function tableHandlers(core: Core): Handlers {
  const { state, tables, totals } = core;
  const numberOf = (low: number, high = 0) => low + high * 256;
  return {
    '1A': ({ register, registerHigh }) => {
      const number = numberOf(register, registerHigh);
      if (!isMoneyRegister(number)) refuse(results.wrongParameters);
      return { operator: state.operator, value: moneyRegister(totals, number, state.drawer) };
    },
    '1B': ({ register, registerHigh }) => {
      const number = numberOf(register, registerHigh);
      if (number > 0xff) refuse(results.wrongParameters);
      return {
        operator: state.operator,
        value: operationRegister(totals, number, state.documentNumber),
      };
    },
    '1E': ({ table, row, field, value }) => {
      const code = tables.write(table, row, field, value);
      return code === 0 ? {} : refuse(code);
    },
    '1F': ({ table, row, field }) => {
      const value = tables.read(table, row, field);
      return value instanceof Uint8Array ? { value } : refuse(value.error);
    },
    '2D': ({ table }) => {
      const known = tables.structure(table);
      if (known === undefined) return refuse(results.noTable);
      return { name: known.name, rows: known.rows, fields: known.fields.length };
    },
    '2E': ({ table, field }) => {
      const known = tables.structure(table);
      if (known === undefined) return refuse(results.noTable);
      const column = known.fields[field - 1];
      if (column === undefined) return refuse(results.wrongParameters);
      const { range } = column;
      return {
        name: column.name,
        text: range === undefined ? 1 : 0,
        size: column.size,
        range:
          range === undefined
            ? new Uint8Array(0)
            : byteWriter(16).uintLe(range.min, column.size).uintLe(range.max, column.size).finish(),
      };
    },
  };
}
