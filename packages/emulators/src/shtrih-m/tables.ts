import { byteReader, byteWriter, decodeText, encodeText } from '@elcert/core';
import { tableText } from './table-data.js';

/** One field (column) of a table. */
export interface TableField {
  readonly name: string;
  readonly size: number;
  /** Text fields have no range. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

/** Structure of a table. */
export interface TableStructure {
  readonly name: string;
  readonly rows: number;
  readonly fields: readonly TableField[];
}

/** The tables of one emulated register. Errors are result codes of the protocol. */
export interface Tables {
  structure(table: number): TableStructure | undefined;
  read(table: number, row: number, field: number): Uint8Array | { readonly error: number };
  /** @returns 0, or the result code of a refusal */
  write(table: number, row: number, field: number, value: Uint8Array): number;
  /** A field as the register itself uses it. */
  number(table: number, row: number, field: number): number;
  text(table: number, row: number, field: number): string;
  set(table: number, row: number, field: number, value: number | string): void;
  /** Every value back to what it was at the start. */
  reset(): void;
}

/** No such table. */
const noTable = 0x5d;
/** Row, field, length or value out of range. */
const wrongParameters = 0x33;

interface Parsed extends TableStructure {
  readonly initial: readonly (readonly string[])[];
}

function parse(): ReadonlyMap<number, Parsed> {
  const tables = new Map<number, Parsed>();
  for (const block of tableText.trim().split(/^# /m).slice(1)) {
    const [head = '', ...lines] = block.trimEnd().split('\n');
    const [number = '', rows = '', name = ''] = head.split('|');
    const fields: TableField[] = [];
    const initial: string[][] = [];
    for (const line of lines) {
      const [, size = '', range = '', fieldName = '', ...rest] = line.split('|');
      const [min, max] = range.split('..').map(Number);
      fields.push({
        name: fieldName,
        size: Number(size),
        range: range === '' || min === undefined || max === undefined ? undefined : { min, max },
      });
      const values = rest.join('|').split('\t');
      initial.push(Array.from({ length: Number(rows) }, (_, row) => values[row] ?? values[0] ?? ''));
    }
    tables.set(Number(number), { name, rows: Number(rows), fields, initial });
  }
  return tables;
}

function encoded(field: TableField, value: number | string): Uint8Array {
  if (field.range !== undefined) return byteWriter(8).uintLe(Number(value), field.size).finish();
  const bytes = new Uint8Array(field.size);
  bytes.set(encodeText(String(value), 'windows-1251').bytes.subarray(0, field.size));
  return bytes;
}

const keyOf = (table: number, row: number, field: number) => `${table}/${row}/${field}`;

/** Structures and first values, worked out when the first register asks; never changed. */
let fresh:
  | { readonly tables: ReadonlyMap<number, Parsed>; readonly values: ReadonlyMap<string, Uint8Array> }
  | undefined;

function freshTables(): NonNullable<typeof fresh> {
  if (fresh !== undefined) return fresh;
  const tables = parse();
  const values = new Map<string, Uint8Array>();
  for (const [number, { fields, rows, initial }] of tables)
    fields.forEach((field, column) => {
      for (let row = 1; row <= rows; row += 1)
        values.set(keyOf(number, row, column + 1), encoded(field, initial[column]?.[row - 1] ?? ''));
    });
  fresh = { tables, values };
  return fresh;
}

/** Tables with the values of a fresh register. */
export function createTables(): Tables {
  const { tables, values: first } = freshTables();
  const values = new Map(first);
  const at = (table: number, row: number, field: number): Uint8Array =>
    values.get(keyOf(table, row, field)) ?? new Uint8Array(0);

  return {
    reset() {
      for (const [key, value] of first) values.set(key, value);
    },
    structure: (table) => tables.get(table),
    read(table, row, field) {
      if (!tables.has(table)) return { error: noTable };
      return values.get(keyOf(table, row, field)) ?? { error: wrongParameters };
    },
    write(table, row, field, value) {
      const known = tables.get(table);
      if (known === undefined) return noTable;
      const column = known.fields[field - 1];
      if (column === undefined || row < 1 || row > known.rows) return wrongParameters;
      // Hosts send texts and numbers shorter than the field; the rest is zeros.
      if (value.length > column.size) return wrongParameters;
      const bytes = new Uint8Array(column.size);
      bytes.set(value);
      if (column.range !== undefined) {
        const number = byteReader(bytes).uintLe(column.size);
        if (number < BigInt(column.range.min) || number > BigInt(column.range.max)) return wrongParameters;
      }
      values.set(keyOf(table, row, field), bytes);
      return 0;
    },
    number(table, row, field) {
      const bytes = at(table, row, field);
      return Number(byteReader(bytes).uintLe(bytes.length));
    },
    text(table, row, field) {
      const bytes = at(table, row, field);
      const end = bytes.indexOf(0);
      return decodeText(end < 0 ? bytes : bytes.subarray(0, end), 'windows-1251').trimEnd();
    },
    set(table, row, field, value) {
      const column = tables.get(table)?.fields[field - 1];
      if (column !== undefined) values.set(keyOf(table, row, field), encoded(column, value));
    },
  };
}
