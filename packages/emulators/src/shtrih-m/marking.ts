import { byteWriter, concatBytes, crc16CcittFalse, localToUnixSeconds } from '@elcert/core';
import { encodeTags, joinTlv, splitTlv } from '@elcert/fiscal-doc';
import { readTlv } from '../fn/tlv.js';
import type { Core } from './core.js';
import type { Receipts } from './receipts.js';
import { byDrive, type Handlers, refuse, resultOfDrive, results } from './refusal.js';

/** Bytes of a notification that one answer carries. */
const notificationBlock = 128;
/** Tag 2003. */
const plannedStatuses: readonly number[] = [1, 2, 3, 4, 255];
const measuredStatuses: readonly number[] = [2, 4];
/** First two bytes of tag 1162 of a marked product. */
const productPrefix = 0x4d44;

/** Marked products (FF61, FF67–FF70), and their notifications in a register without an operator (FF71–FF73). */
export function markingHandlers(core: Core, receipts: Receipts): Handlers {
  const { state, markingService } = core;
  let reading: { readonly index: number; readonly offset: number } | undefined;

  return {
    FF61: ({ code, plannedStatus, mode, tlv }) => {
      if (!plannedStatuses.includes(plannedStatus) || mode !== 0 || code.length === 0)
        refuse(results.badParameters);
      // Measured products name their measure and quantity.
      const given = byDrive(() => readTlv(tlv)).map(({ tag }) => tag);
      if (measuredStatuses.includes(plannedStatus) && ![2108, 1023].every((tag) => given.includes(tag)))
        refuse(resultOfDrive(0x3c));
      const { localStatus, reason, codeType } = byDrive(() => state.fn.marking.check(code));
      // Without an operator nobody else is asked.
      const offline = state.fn.status().offline;
      const service = offline ? undefined : markingService(code, plannedStatus);
      const extra =
        service === undefined
          ? offline
            ? new Uint8Array(0)
            : Uint8Array.of(0xff)
          : concatBytes(
              Uint8Array.of(
                0,
                byDrive(() => state.fn.marking.answer(service.result)),
              ),
              joinTlv([
                { tag: 2114, value: byteWriter(4).u32le(localToUnixSeconds(core.now())).finish() },
                { tag: 2105, value: Uint8Array.of(0) },
                { tag: 2005, value: Uint8Array.of(service.result) },
                ...(service.status === undefined
                  ? []
                  : [{ tag: 2109, value: Uint8Array.of(service.status) }]),
              ]),
            );
      return { localStatus, reason, codeType, extraLength: extra.length, extra };
    },
    FF67: ({ code }) => {
      const receipt = receipts.need();
      const last = receipt.lines.at(-1);
      if (last === undefined) return refuse(results.receiptClosed);
      const { product, result, codeType } = byDrive(() => state.fn.marking.bound(code));
      const nested = encodeTags(
        [
          { tag: 1163, value: [{ tag: product.tag, value: product.value }] },
          { tag: 2102, value: 0 },
          { tag: 2106, value: result },
        ],
        { document: 3, ffdVersion: '1.2', path: '1059' },
      );
      state.receipt = {
        ...receipt,
        lines: [...receipt.lines.slice(0, -1), { ...last, tlv: [...last.tlv, nested] }],
        // What is printed beside the name of a marked product: checked in order, checked otherwise, not checked.
        text: [...receipt.text, result === 15 ? '[M+]' : (result & 5) === 0 ? '[M]' : '[M-]'],
      };
      return { prefix: productPrefix, codeType };
    },
    FF68: () => ({
      state: 0,
      queue: Math.min(state.fn.marking.waiting.length, 0xffff),
      current: state.fn.marking.notifications,
      dateTime: '',
      fillPercent: 0,
    }),
    FF69: ({ decision }) =>
      byDrive(() => {
        const { marking } = state.fn;
        if (decision === 1) return { result: marking.accept() };
        if (decision === 0) marking.reject();
        else if (decision === 2) marking.clear();
        else refuse(results.badParameters);
        return { result: 0 };
      }),
    FF70: () => ({
      state: state.fn.marking.pending ? 1 : 0,
      notificationState: 0,
      allowed: ((state.fn.registration?.usageConditions ?? 0) & 0x100) === 0 ? 0 : 0x1f,
      saved: state.fn.marking.saved,
      inNotification:
        state.receipt?.lines.filter((line) =>
          line.tlv.some((tlv) => splitTlv(tlv).some(({ tag }) => tag === 2106)),
        ).length ?? 0,
      warning: 0,
      queue: Math.min(state.fn.marking.waiting.length, 0xffff),
    }),
    FF71: () => {
      const { waiting } = state.fn.marking;
      const [first] = waiting;
      if (first === undefined) return refuse(results.noDriveData);
      reading = { index: 0, offset: 0 };
      return { count: waiting.length, first: first.number, size: first.bytes.length };
    },
    FF72: () => {
      const at = reading;
      const notification = at === undefined ? undefined : state.fn.marking.waiting[at.index];
      if (at === undefined || notification === undefined) return refuse(results.noDriveData);
      const { number, bytes } = notification;
      const data = bytes.slice(at.offset, at.offset + notificationBlock);
      const next = at.offset + data.length;
      reading = next < bytes.length ? { index: at.index, offset: next } : { index: at.index + 1, offset: 0 };
      return { number, size: bytes.length, offset: at.offset, data };
    },
    FF73: ({ number, crc }) => {
      const [first] = state.fn.marking.waiting;
      if (first === undefined || first.number !== number || crc16CcittFalse(first.bytes) !== crc)
        refuse(results.badParameters);
      state.fn.marking.taken(number);
      reading = undefined;
      return {};
    },
  };
}
