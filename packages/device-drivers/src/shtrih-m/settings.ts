import { isElcertError } from '@elcert/core';
import type { Receipt } from '@elcert/fiscal-doc';
import { harmless } from './fail.js';
import type { ReceiptPlanOptions } from './receipt-commands.js';
import { RegisterError } from './register-error.js';
import { isRefused, isUntold, type Session } from './session.js';
import type { RegisterTables } from './tables.js';

// Settings of the register that a document depends on.

/** See {@link documentSettings}. */
export interface DocumentSettings {
  /** Tag 1021 is the name of the operator's row in table 2; it is written when it changed. */
  setCashier(cashier: Receipt['cashier'], operator: number): Promise<void>;
  /** @throws RegisterError `RECEIPT_NOT_SUPPORTED` when the register would turn 20 % into another rate */
  checkRates(receipt: Receipt): Promise<void>;
  /** FFD of the documents that the register makes, when it tells. */
  ffdVersion(): Promise<'1.05' | '1.1' | '1.2' | undefined>;
  /** The register can leave the next document unprinted. */
  canBeSilent(): Promise<boolean>;
  /** Lets the next document go unprinted. */
  silence(): Promise<void>;
  /**
   * Prints again what comes next, whatever {@link DocumentSettings.silence} left behind, in this process or in one that ended in the
   * middle of a receipt; never fails.
   */
  unsilence(): Promise<void>;
}

/** "Do not print the document": 0 print, 1 not the next one, 2 and 3 none. */
const silent = { table: 17, row: 1, field: 7 } as const;
const swapOfRates = { table: 17, row: 1, field: 71 } as const;
/** Values of the field after it: 2 and 4 are known from units and drivers, 3 stands between them. */
const formats: Readonly<Record<number, '1.05' | '1.1' | '1.2'>> = { 2: '1.05', 3: '1.1', 4: '1.2' };
const formatOfDocuments = { table: 17, row: 1, field: 17 } as const;

/** Makes {@link DocumentSettings}. */
export function documentSettings(
  session: Session,
  tables: RegisterTables,
  vatRateBytes: ReceiptPlanOptions['vatRateBytes'],
): DocumentSettings {
  const { call, logger } = session;
  /** What is known of the register's settings, and since which connection: a register that was away may have been changed. */
  let cashierSet:
    | { readonly name: string; readonly operator: number; readonly connection: number }
    | undefined;
  let swap: { readonly on: boolean; readonly connection: number } | undefined;
  /** What stood in the field before one receipt was made silent. */
  let printingBefore: number | undefined;
  /** Whether the field is known, and may hold something of an earlier process. */
  let inherited = false;

  /** A number of a table; `undefined` for firmware that has no such field. */
  const setting = ({ table, row, field }: typeof silent | typeof swapOfRates | typeof formatOfDocuments) =>
    harmless('reading of a setting', async () => {
      try {
        return (await call('1F', { table, row, field })).value[0];
      } catch (error) {
        if (!isRefused(error)) throw error;
        return undefined;
      }
    });

  return {
    async setCashier(cashier, operator) {
      if (cashier === undefined) return;
      const { name } = cashier;
      const wanted = { name, operator, connection: session.connections };
      if (
        cashierSet?.name === name &&
        cashierSet.operator === operator &&
        cashierSet.connection === wanted.connection
      )
        return;
      await tables.write(2, operator, 2, name);
      cashierSet = wanted;
    },

    // Firmware of 2026 can be told to take 20 % for 22 %. A receipt that really means 20 % – a return of an old sale – would
    // be registered with another rate than the till's: it is refused instead.
    async checkRates(receipt) {
      const index = receipt.lines.findIndex(({ vat }) => vat === '20' || vat === '20/120');
      const rate = receipt.lines[index]?.vat === '20/120' ? '20/120' : '20';
      if (index < 0 || vatRateBytes?.[rate] !== undefined) return;
      if (swap?.connection !== session.connections) {
        const on = (await setting(swapOfRates)) === 1;
        swap = { on, connection: session.connections };
      }
      if (!swap.on) return;
      throw new RegisterError({
        code: 'RECEIPT_NOT_SUPPORTED',
        message: 'the register turns 20 % into 22 % (table 17, field 71)',
        userMessage: 'Касса настроена менять НДС 20 % на 22 %: чек со ставкой 20 % пробить нельзя.',
        path: `receipt/lines[${index}]/vat`,
        outcome: 'not-sent',
      });
    },

    async ffdVersion() {
      return formats[(await setting(formatOfDocuments)) ?? 0];
    },

    canBeSilent: () =>
      harmless('reading of a setting', async () => {
        try {
          const { name, text } = await call('2E', { table: silent.table, field: silent.field });
          // Other models keep something else at this place, or nothing.
          inherited = text === 0 && /не печат/i.test(name);
          return inherited;
        } catch (error) {
          if (!isUntold(error)) throw error;
          return false;
        }
      }),

    async silence() {
      const { table, row, field } = silent;
      inherited = false;
      printingBefore ??= Number(await tables.read(table, row, field));
      if (printingBefore < 2) await tables.write(table, row, field, 1);
    },

    async unsilence() {
      if (printingBefore === undefined && !inherited) return;
      const { table, row, field } = silent;
      try {
        const now = Number(await tables.read(table, row, field));
        // A register that stood at "not the next one" before us has meant a document that is long made.
        const before = printingBefore ?? now;
        const wanted = before === 1 ? 0 : before;
        if (now !== wanted) await tables.write(table, row, field, wanted);
        printingBefore = undefined;
        inherited = false;
      } catch (error) {
        // The document stands; the setting is put back before the next one.
        logger.warn({ error: isElcertError(error) ? error.code : 'unknown' }, 'printing stays switched off');
      }
    },
  };
}
