import { isElcertError, outcomeOf, type Random, randomUuid } from '@elcert/core';
import type { MarkedItem, MarkingCheck, MarkingSession } from '@elcert/fiscal-doc';
import { quantityUnits } from '@elcert/fiscal-doc';
import { isAtolObject } from './codec.js';
import type { AtolConnection } from './connection.js';
import { badAnswer, failed } from './failures.js';
import { atolMarkStatuses } from './names.js';
import type { AtolObject } from './tasks.js';

/** The session, and what was said of a code that is in it. */
export interface AtolMarking {
  readonly session: MarkingSession;
  /** What is to become of a product that was accepted. */
  plannedStatus(code: string): MarkedItem['plannedStatus'] | undefined;
  /** A receipt has ended the session. */
  sold(): void;
}

/** Longest code of a mark, characters. */
const longestMark = 256;

function refuse(message: string, path: string): never {
  throw failed('RECEIPT_NOT_SUPPORTED', `${path}: ${message}`, 'not-sent', undefined, { path });
}

/**
 * A code as the tasks carry it.
 *
 * @throws RegisterError `RECEIPT_NOT_SUPPORTED` (`not-sent`) for what no scanner gives
 */
export function atolMarkBase64(code: string, path: string): string {
  if (code.length === 0 || code.length > longestMark)
    refuse(`a code has 1 to ${longestMark} characters`, path);
  for (let at = 0; at < code.length; at += 1) {
    const unit = code.charCodeAt(at);
    if (unit > 0x7e || (unit < 0x20 && unit !== 0x1d))
      refuse('a code is ASCII with U+001D between its parts', path);
  }
  return btoa(code);
}

/**
 * Members of `params` for a product to be checked.
 *
 * @throws RegisterError `RECEIPT_NOT_SUPPORTED` (`not-sent`) with a path
 */
export function atolMarkParams(item: MarkedItem): AtolObject {
  const imc = atolMarkBase64(item.code, 'item/code');
  const itemEstimatedStatus = atolMarkStatuses[item.plannedStatus];
  if (itemEstimatedStatus === undefined) refuse('no known status', 'item/plannedStatus');
  const measured = item.plannedStatus === 'measuredSold' || item.plannedStatus === 'measuredReturned';
  if (measured !== (item.quantity !== undefined))
    refuse('a quantity belongs to measured products, and to them only', 'item/quantity');
  const base = { imcType: 'auto', imc, itemEstimatedStatus, imcModeProcessing: 0 };
  if (item.quantity === undefined) return base;
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(item.quantity) || !(Number(item.quantity) > 0))
    refuse('a quantity above 0 with at most six digits after the point', 'item/quantity');
  const unit = quantityUnits[item.unit ?? 'piece'];
  if (unit === undefined) refuse('no known unit', 'item/unit');
  return { ...base, itemQuantity: Number(item.quantity), itemUnits: unit.code };
}

const checkBits = [
  ['imcCheckFlag', 1],
  ['imcCheckResult', 2],
  ['imcStatusInfo', 4],
  ['imcEstimatedStatusCorrect', 8],
  ['ecrStandAloneFlag', 16],
] as const;

/** Tag 2106 out of `itemInfoCheckResult`. @returns nothing for what is no result */
export function checkOfAtol(value: unknown): number | undefined {
  if (!isAtolObject(value) || typeof value.imcCheckFlag !== 'boolean') return undefined;
  return checkBits.reduce((bits, [name, bit]) => (value[name] === true ? bits | bit : bits), 0);
}

/** `itemInfoCheckResult` out of tag 2106. */
export function atolCheckOf(result: number): AtolObject {
  return Object.fromEntries(checkBits.map(([name, bit]) => [name, (result & bit) !== 0]));
}

const codeTypes = [
  'imcUnrecognized',
  'imcShort',
  'imcFmVerifyCode88',
  'imcVerifyCode44',
  'imcFmVerifyCode44',
  'imcVerifyCode4',
];

const statuses: Readonly<Record<string, MarkingCheck['status']>> = {
  itemEstimatedStatusCorrect: 'correct',
  itemEstimatedStatusIncorrect: 'wrong',
  itemSaleStopped: 'suspended',
};

/** What `beginMarkingCodeValidation` and the last `getMarkingCodeValidationStatus` found. */
export function readAtolMarkingCheck(offline: unknown, online: unknown): MarkingCheck {
  const drive = isAtolObject(offline) ? offline : {};
  const service = isAtolObject(online) ? online : undefined;
  const local =
    drive.fmCheck !== true ? 'notChecked' : drive.fmCheckResult === true ? 'positive' : 'negative';
  const type = service?.imcType;
  const result = service === undefined ? undefined : checkOfAtol(service.itemInfoCheckResult);
  const answered = result !== undefined && (result & 4) !== 0;
  return {
    local,
    // A number beyond the known ones (`auto`) is no finding.
    codeType: Math.max(
      0,
      codeTypes.indexOf(typeof type === 'number' ? (codeTypes[type] ?? '') : String(type)),
    ),
    online: answered,
    result: answered ? result : undefined,
    status: statuses[String(service?.markOperatorItemStatus)],
    // Bits of tag 2106: 1 checked, 2 and positive; 4 the service was asked, 8 and the status is right.
    negative: local === 'negative' || (result !== undefined && ((result & 3) === 1 || (result & 12) === 4)),
  };
}

/** Makes the marking session. A check is over when the driver says `ready`, or when it was waited for in vain. */
export function atolMarking(
  { exclusive, run, pause, logger }: AtolConnection,
  { random, pollMs, waitMs, now }: { random: Random; pollMs: number; waitMs: number; now(): number },
): AtolMarking {
  const planned = new Map<string, MarkedItem['plannedStatus']>();
  let current: MarkedItem | undefined;

  const begin = async (params: AtolObject) => {
    try {
      return await run('beginMarkingCodeValidation', { params }, randomUuid(random));
    } catch (error) {
      // Another check was begun and never ended, by a till that is gone.
      if (!isElcertError(error, 'REGISTER_REFUSED') || error.details?.result !== 401) throw error;
      logger?.warn({ result: 401 }, 'an unfinished check of a mark was cancelled');
      await run('cancelMarkingCodeValidation', {}, randomUuid(random));
      return run('beginMarkingCodeValidation', { params }, randomUuid(random));
    }
  };

  const needCurrent = (): MarkedItem => {
    if (current !== undefined) return current;
    throw failed(
      'MARKING_NOT_CHECKED',
      'no code was checked',
      'refused',
      'Сначала проверьте код маркировки.',
    );
  };

  const session: MarkingSession = {
    check: (item, { signal } = {}) =>
      exclusive(signal, async () => {
        const params = atolMarkParams(item);
        if (current !== undefined) {
          current = undefined;
          try {
            await run('declineMarkingCode', {}, randomUuid(random));
          } catch (error) {
            // The register has forgotten it by itself, e.g. when it was switched off.
            if (outcomeOf(error) !== 'refused') throw error;
          }
        }
        const { offlineValidation } = await begin(params);
        const until = now() + waitMs;
        for (;;) {
          const told = await run('getMarkingCodeValidationStatus', {});
          if (told.ready === true || now() >= until) {
            current = item;
            return readAtolMarkingCheck(
              offlineValidation,
              told.ready === true ? told.onlineValidation : undefined,
            );
          }
          await pause(pollMs);
        }
      }),
    accept: ({ signal } = {}) =>
      exclusive(signal, async () => {
        const item = needCurrent();
        const { itemInfoCheckResult } = await run('acceptMarkingCode', {}, randomUuid(random));
        const result = checkOfAtol(itemInfoCheckResult);
        current = undefined;
        planned.set(item.code, item.plannedStatus);
        if (result === undefined)
          throw badAnswer('acceptMarkingCode', new Error('no itemInfoCheckResult'), 'unknown');
        return result;
      }),
    reject: ({ signal } = {}) =>
      exclusive(signal, async () => {
        needCurrent();
        current = undefined;
        await run('declineMarkingCode', {}, randomUuid(random));
      }),
    clear: ({ signal } = {}) =>
      exclusive(signal, async () => {
        await run('clearMarkingCodeValidationResult', {}, randomUuid(random));
        current = undefined;
        planned.clear();
      }),
  };
  return {
    session,
    plannedStatus: (code) => planned.get(code),
    sold() {
      planned.clear();
      current = undefined;
    },
  };
}
