import { concatBytes } from '@elcert/core';
import { splitTlv } from '@elcert/fiscal-doc';
import { readTlv } from '../fn/tlv.js';
import type { Core } from './core.js';
import { paymentsOf, typeOfOperation } from './old-receipts.js';
import { amountOf, rateOfByte, sumAgrees, vatAgrees } from './receipt.js';
import type { Receipts } from './receipts.js';
import { byDrive, type Handlers, refuse, results } from './refusal.js';
import { registered } from './registered.js';

/** Bytes of TLV that one command carries. */
const longestTlv = 250;
/** Bytes of requisites that a registration takes. */
const longestRegistration = 4096;
const longestName = 128;

/** Receipts by the commands of the fiscal drives: lines V2 (FF46), TLV (FF0C, FF4D, FF64), closing V2 (FF45), corrections (FF35). */
export function newReceiptHandlers(core: Core, receipts: Receipts, uploaded: () => Uint8Array): Handlers {
  const { state, tables } = core;
  const swap = () => tables.number(17, 1, 71) === 1;

  const checkTlv = (tlv: Uint8Array) => {
    if (tlv.length > longestTlv) refuse(results.tlvTooLong);
    try {
      splitTlv(tlv);
    } catch {
      refuse(results.badRequisite);
    }
  };

  /** Requisites of the document that is made: a receipt, a registration, or one that was begun in the drive. */
  const addTlv = (tlv: Uint8Array) => {
    const { receipt, registering, fn } = state;
    if (receipt !== undefined) {
      try {
        splitTlv(tlv);
      } catch {
        refuse(results.badRequisite);
      }
      state.receipt = { ...receipt, tlv: [...receipt.tlv, tlv] };
    } else if (registering !== undefined) {
      byDrive(() => readTlv(tlv));
      if (registering.size + tlv.length > longestRegistration) refuse(results.tlvTooLong);
      registering.tlv.push(tlv);
      registering.size += tlv.length;
    } else byDrive(() => fn.add(tlv));
  };

  return {
    FF0C: ({ tlv }) => {
      if (tlv.length > longestTlv) refuse(results.tlvTooLong);
      addTlv(tlv);
      return {};
    },
    FF35: () => {
      receipts.open(undefined, true);
      return {};
    },
    FF45: (fields) => {
      const { lines } = receipts.need();
      const slots = [fields.tax1, fields.tax2, fields.tax3, fields.tax4, fields.tax5, fields.tax6];
      if (!vatAgrees(lines, slots, swap())) refuse(results.wrongParameters);
      if (fields.taxation !== 0 && ((state.fn.registration?.taxation ?? 0) & fields.taxation) === 0)
        refuse(results.wrongParameters);
      const { document, change } = receipts.close({
        payments: paymentsOf(fields),
        rounding: fields.rounding,
        taxation: fields.taxation,
        text: fields.text,
      });
      return { change, ...registered(document) };
    },
    FF46: (fields) => {
      const type = typeOfOperation[fields.operation];
      const rate = rateOfByte(fields.taxRate, swap());
      if (type === undefined || rate === undefined) return refuse(results.wrongParameters);
      if (fields.name.length > longestName) refuse(results.wrongParameters);
      const { price, quantity } = fields;
      // A sum far from price times quantity would be a lie that only the operator notices.
      if (fields.sum !== 'auto' && !sumAgrees(price, quantity, fields.sum)) refuse(results.wrongParameters);
      receipts.add(type, {
        name: fields.name.trim() === '' ? 'ТОВАР' : fields.name,
        price,
        quantity,
        amount: fields.sum === 'auto' ? amountOf(price, quantity) : fields.sum,
        rate,
        vat: fields.tax === 'auto' ? undefined : fields.tax,
        method: fields.method === 0 ? 4 : fields.method,
        subject: fields.subject === 0 ? 1 : fields.subject,
        department: fields.department,
        tlv: [],
      });
      return {};
    },
    FF4D: ({ tlv }) => {
      const receipt = receipts.need();
      const last = receipt.lines.at(-1);
      if (last === undefined) return refuse(results.receiptClosed);
      checkTlv(tlv);
      state.receipt = {
        ...receipt,
        lines: [...receipt.lines.slice(0, -1), { ...last, tlv: [...last.tlv, tlv] }],
      };
      return {};
    },
    FF64: () => {
      // Blocks of DDh are filled up with zeros: what was loaded ends where no tag begins.
      const bytes = uploaded();
      let end = 0;
      while (end + 4 <= bytes.length) {
        const tag = (bytes[end] ?? 0) | ((bytes[end + 1] ?? 0) << 8);
        if (tag === 0) break;
        end += 4 + ((bytes[end + 2] ?? 0) | ((bytes[end + 3] ?? 0) << 8));
      }
      if (end === 0 || end > bytes.length) refuse(results.noData);
      addTlv(bytes.slice(0, end));
      return {};
    },
    FF74: () => {
      const { receipt } = state;
      const size =
        receipt === undefined
          ? 0
          : concatBytes(...receipt.tlv, ...receipt.lines.flatMap((line) => line.tlv)).length;
      return { document: size, notification: 0 };
    },
  };
}
