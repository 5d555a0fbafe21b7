import { byteReader, byteWriter, decodeText, encodeText } from '@elcert/core';
import { failed, harmless } from './fail.js';
import type { Session } from './session.js';

/** The register's own tables of settings. */
export interface RegisterTables {
  /** A number or a text, as the register declares the field. */
  read(table: number, row: number, field: number): Promise<number | string>;
  write(table: number, row: number, field: number, value: number | string): Promise<void>;
}

/** Makes {@link RegisterTables}. Nothing in them is fiscal: a lost answer to a setting leaves nothing in doubt. */
export function registerTables({ call }: Session): RegisterTables {
  return {
    read: (table, row, field) =>
      harmless('reading of a table', async () => {
        const { text } = await call('2E', { table, field });
        const { value } = await call('1F', { table, row, field });
        if (text === 1) {
          const end = value.indexOf(0);
          return decodeText(end < 0 ? value : value.subarray(0, end), 'windows-1251').trimEnd();
        }
        return Number(byteReader(value).uintLe(value.length));
      }),
    write: (table, row, field, value) =>
      harmless('writing of a table', async () => {
        const { text, size } = await call('2E', { table, field });
        let bytes: Uint8Array;
        if (text === 1) {
          bytes = new Uint8Array(size);
          bytes.set(encodeText(String(value), 'windows-1251').bytes.subarray(0, size));
        } else {
          if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
            throw failed(
              'RECEIPT_NOT_SUPPORTED',
              `field ${table}/${row}/${field} is a whole number`,
              'not-sent',
            );
          }
          bytes = byteWriter(size).uintLe(value, size).finish();
        }
        await call('1E', { table, row, field, value: bytes });
      }),
  };
}
