import { isElcertError, type LookupAnswer, outcomeOf } from '@elcert/core';
import { sha1 } from '@noble/hashes/legacy.js';
import { type AtolTaskAnswer, isAtolCodecError } from './codec.js';
import { type AtolConnection, succeeded } from './connection.js';
import { isDoubtfulAtolError } from './errors.js';
import { busy, failed, keyReused, notReached, notTaken, outcomeUnknown, taskRefused } from './failures.js';
import type { AtolObject, AtolTaskType } from './tasks.js';

// Exactly once. The queue keeps a uuid with its end for good, so the uuid is made from the operation's key: whatever was lost on
// the way, the server is asked for it, and when it cannot tell, the device is.

/** How often an operation may be begun anew after a clean refusal. */
const maxAttempts = 64;
/** Keys that are remembered with what became of them. */
const keysKept = 256;
const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The uuid of the n-th attempt of an operation. The server remembers a uuid with its end for good, so an operation that was refused
 * needs another one to be begun anew; it is made from the key, so that it can be found again after a restart of the till.
 *
 * The first attempt of a document has the key itself; all others a UUID of version 5 (RFC 9562) with the key as its name space.
 *
 * @param operationKey - a UUID
 * @param kind - `cash` for a movement of cash; a key never means both
 */
export function atolAttemptUuid(
  operationKey: string,
  attempt: number,
  kind: 'document' | 'cash' = 'document',
): string {
  const key = operationKey.toLowerCase();
  if (attempt === 0 && kind === 'document') return key;
  const space = (key.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const digest = sha1(Uint8Array.of(...space, ...new TextEncoder().encode(`${kind} ${attempt}`)));
  const hex = Array.from(digest.subarray(0, 16), (byte, index) => {
    const value = index === 6 ? (byte & 0x0f) | 0x50 : index === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, '0');
  }).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The key, in lower case. @throws RegisterError unless it is a UUID */
export function checkedKey(operationKey: string): string {
  const key = typeof operationKey === 'string' ? operationKey.toLowerCase() : '';
  if (uuidForm.test(key)) return key;
  throw failed('RECEIPT_NOT_SUPPORTED', 'the operation key must be a UUID', 'not-sent', undefined, {
    path: 'operationKey',
  });
}

/** How an operation is found again. */
export interface Search<R> {
  readonly kind: 'document' | 'cash';
  /** The result out of a good answer; nothing when the answer does not tell enough, as openShift's may not. */
  read(answer: AtolTaskAnswer): R | undefined;
  /** What the device itself says; may throw. */
  asked(): Promise<LookupAnswer<R>>;
}

/** One operation that is done once under its key. */
export interface Operation<R> extends Search<R> {
  /** Tells two operations under one key apart. */
  readonly what: string;
  readonly type: AtolTaskType;
  readonly task: AtolObject;
  /** Whether a result that the queue gave under this key is of this operation; `unclear` is never taken for a no. */
  isOurs(result: R): Promise<'yes' | 'no' | 'unclear'>;
}

interface Known {
  readonly kind: 'document' | 'cash';
  readonly what: string;
  /** The attempt that the next call makes, or asks for. */
  readonly attempt: number;
  /** Of an attempt that may have been done: how it is asked for. */
  readonly open?: Search<unknown> | undefined;
  readonly result?: unknown;
}

/** How an attempt ended; what was refused or never arrived is thrown. */
type Attempt<R> =
  | { readonly type: 'done'; readonly result: R }
  /** Long ago, so that another may begin. */
  | { readonly type: 'refused-before' }
  | { readonly type: 'failed'; readonly error: Error; readonly open: Search<R> };

/** Of an attempt from before this call: what the device did since then does not tell that it did nothing. */
function blind<R>(search: Search<R>): Search<R> {
  return {
    ...search,
    async asked() {
      const told = await search.asked();
      return told.state === 'not-done'
        ? { state: 'unknown', reason: 'begun before this call: look it up with its own evidence' }
        : told;
    },
  };
}

/** What was done under a key, by this driver. */
export interface Operations {
  carryOut<R>(operationKey: string, operation: () => Promise<Operation<R>>, what: string): Promise<R>;
  lookup<R>(operationKey: string, search: Search<R>): Promise<LookupAnswer<R>>;
  /** Results that other keys have. */
  others(operationKey: string): readonly unknown[];
}

/** Makes the book of operations of one driver. */
export function atolOperations({ converse }: Pick<AtolConnection, 'converse'>): Operations {
  const book = new Map<string, Known>();
  const remember = (key: string, known: Known): void => {
    book.delete(key);
    book.set(key, known);
    if (book.size <= keysKept) return;
    // Doubts are kept: they are few, and forgetting one could make a second document.
    for (const [other, { open }] of book) {
      if (open !== undefined) continue;
      book.delete(other);
      return;
    }
  };

  /** What the device says after a doubt; `silent` when it cannot be asked. */
  const asked = async <R>(search: Search<R>): Promise<LookupAnswer<R> | { state: 'silent' }> => {
    try {
      return await search.asked();
    } catch {
      return { state: 'silent' };
    }
  };

  const readOf = <R>(search: Search<R>, answer: AtolTaskAnswer): R | undefined => {
    try {
      return search.read(answer);
    } catch (error) {
      if (!isAtolCodecError(error)) throw error;
      return undefined;
    }
  };

  /** One attempt under one uuid. */
  const attempt = async <R>(key: string, number: number, job: Operation<R>): Promise<Attempt<R>> => {
    const verdict = await converse(atolAttemptUuid(key, number, job.kind), [job.task]);
    const unknown = (repeated: boolean, cause?: unknown): Attempt<R> => ({
      type: 'failed',
      error: outcomeUnknown(job.what, cause),
      open: repeated ? blind(job) : job,
    });
    switch (verdict.type) {
      case 'not-queued':
        throw verdict.reason === 'removed' ? busy(job.what) : notReached(job.what, new Error(verdict.reason));
      case 'rejected':
        throw notTaken(job.what, verdict.httpStatus);
      case 'unknown': {
        const told = await asked(job);
        if (told.state === 'done') return { type: 'done', result: told.result };
        const repeated = verdict.repeated === true;
        // Forgotten by the queue and not in the device: it will not come any more. In all other cases it may.
        if (told.state === 'not-done' && verdict.reason === 'not-found' && !repeated)
          throw notReached(job.what);
        return unknown(repeated, new Error(verdict.reason));
      }
      case 'answered':
    }
    const [answer] = verdict.answers as readonly [AtolTaskAnswer];
    if (succeeded(answer)) {
      const result = readOf(job, answer);
      if (result === undefined) {
        const told = await asked(job);
        return told.state === 'done' ? { type: 'done', result: told.result } : unknown(verdict.repeated);
      }
      // The key may have been used before, by another process and for something else.
      const whose = verdict.repeated ? await job.isOurs(result) : 'yes';
      if (whose === 'no') throw keyReused();
      return whose === 'yes' ? { type: 'done', result } : unknown(true);
    }
    const told = await asked(job);
    if (told.state === 'done') return { type: 'done', result: told.result };
    const open =
      isDoubtfulAtolError(answer.errorCode) || (answer.errorCode === 0 && answer.status === 'interrupted');
    if (verdict.repeated) {
      // It ended before this call: what the device did since then says nothing about it.
      return open ? unknown(true, taskRefused(job.type, answer, 'unknown')) : { type: 'refused-before' };
    }
    if (told.state === 'not-done' || (told.state === 'silent' && !open)) {
      throw taskRefused(job.type, answer, 'refused');
    }
    return unknown(false, taskRefused(job.type, answer, 'unknown'));
  };

  const lookup = async <R>(key: string, search: Search<R>): Promise<LookupAnswer<R>> => {
    const entry = book.get(key);
    const known = entry?.kind === search.kind ? entry : undefined;
    if (known?.result !== undefined) return { state: 'done', result: known.result as R };
    const done = (result: R): LookupAnswer<R> => {
      if (known !== undefined) remember(key, { ...known, result, open: undefined });
      return { state: 'done', result };
    };
    let ended = 0;
    let good = false;
    for (; ended < maxAttempts; ended += 1) {
      const verdict = await converse(atolAttemptUuid(key, ended, search.kind), undefined);
      if (verdict.type === 'not-queued') break;
      if (verdict.type !== 'answered')
        return {
          state: 'unknown',
          reason: verdict.type === 'rejected' ? `HTTP ${verdict.httpStatus}` : verdict.reason,
        };
      const [answer] = verdict.answers as readonly [AtolTaskAnswer];
      if (!succeeded(answer)) continue;
      const result = readOf(search, answer);
      if (result !== undefined) return done(result);
      good = true;
    }
    const told = await search.asked();
    if (told.state === 'done') return done(told.result);
    if (told.state === 'not-done') {
      if (good) return { state: 'unknown', reason: 'the queue says that it was done, the device does not' };
      if (known !== undefined) remember(key, { kind: known.kind, what: known.what, attempt: ended });
    }
    return told;
  };

  return {
    async carryOut<R>(operationKey: string, begin: () => Promise<Operation<R>>, what: string): Promise<R> {
      const key = checkedKey(operationKey);
      const former = book.get(key);
      if (former !== undefined && former.what !== what) throw keyReused();
      if (former?.result !== undefined) return former.result as R;
      let number = former?.attempt ?? 0;
      if (former?.open !== undefined) {
        // An attempt of this process whose end is open: ask for it before anything is begun.
        const told = await lookup(key, former.open as Search<R>);
        if (told.state === 'done') return told.result;
        if (told.state === 'unknown') throw outcomeUnknown(what, new Error(told.reason));
        number = book.get(key)?.attempt ?? number;
      }
      const job = await begin();
      for (; number < maxAttempts; number += 1) {
        const known = { kind: job.kind, what, attempt: number };
        try {
          const ended = await attempt(key, number, job);
          if (ended.type === 'refused-before') continue;
          if (ended.type === 'done') {
            remember(key, { ...known, result: ended.result });
            return ended.result;
          }
          remember(key, { ...known, open: ended.open });
          throw ended.error;
        } catch (error) {
          // The server keeps the refusal under its uuid, and a task that was taken back as cancelled: the next call needs another.
          if (
            isElcertError(error, 'REGISTER_BUSY') ||
            (outcomeOf(error) === 'refused' && isElcertError(error) && error.details?.result !== undefined)
          )
            remember(key, { ...known, attempt: number + 1 });
          throw error;
        }
      }
      throw failed('REGISTER_REFUSED', `${maxAttempts} attempts under one key`, 'refused');
    },
    async lookup(operationKey, search) {
      try {
        return await lookup(checkedKey(operationKey), search);
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return { state: 'unknown', reason: error.message };
      }
    },
    others: (operationKey) =>
      [...book]
        .filter(([key, { result }]) => key !== operationKey.toLowerCase() && result !== undefined)
        .map(([, { result }]) => result),
  };
}
