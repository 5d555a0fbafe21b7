import type { AuthorizationResult, ElcertError, LookupAnswer } from '@elcert/core';
import { inpasError, unknownMoney } from './errors.js';

// What this process knows of the operations it was asked for. One key, one request on the wire.

/** An operation under its key. */
export interface KeyRecord {
  readonly name: string;
  readonly digest: string;
  state: 'running' | 'not-sent' | 'settled' | 'unknown';
  result?: AuthorizationResult;
  error?: ElcertError;
  /** Position among the money requests of this driver. */
  sequence: number;
}

/** The operations of one driver. */
export interface OperationKeys {
  get(operationKey: string): KeyRecord | undefined;
  /**
   * Begins an operation.
   *
   * @returns a record to be settled, or the first result of this key
   * @throws ElcertError `BAD_FIELD`, `OPERATION_KEY_REUSED` (`not-sent`), or the first error that left the key `unknown`
   */
  begin(
    operationKey: string,
    name: string,
    digest: string,
  ):
    | { readonly record: KeyRecord; readonly result?: never }
    | { readonly result: AuthorizationResult; readonly record?: never };
  /** Takes the next place among the requests that went out. */
  next(): number;
  /** Place of the last request that went out. */
  readonly last: number;
  lookup(operationKey: string): LookupAnswer<AuthorizationResult>;
}

// Settled operations that a lookup can still tell about.
const limit = 1000;

/** Makes an empty list. */
export function operationKeys(): OperationKeys {
  const keys = new Map<string, KeyRecord>();
  let sequence = 0;
  const remember = (operationKey: string, record: KeyRecord) => {
    keys.delete(operationKey);
    keys.set(operationKey, record);
    if (keys.size <= limit) return;
    // What is settled may be forgotten: the caller has its result. What is open may not.
    for (const [key, one] of keys) {
      if (one.state !== 'settled' && one.state !== 'not-sent') continue;
      keys.delete(key);
      break;
    }
  };
  return {
    get: (operationKey) => keys.get(operationKey),
    get last() {
      return sequence;
    },
    next: () => {
      sequence += 1;
      return sequence;
    },
    begin(operationKey, name, digest) {
      if (operationKey.length === 0) {
        const message = 'no operation key';
        throw inpasError({ code: 'BAD_FIELD', message, path: 'operationKey', outcome: 'not-sent' });
      }
      const before = keys.get(operationKey);
      if (before !== undefined) {
        if (before.digest !== digest) {
          throw inpasError({
            code: 'OPERATION_KEY_REUSED',
            message: `the key of a ${before.name} was given to another ${name}`,
            outcome: 'not-sent',
          });
        }
        if (before.result !== undefined) return { result: before.result };
        if (before.state === 'unknown') throw before.error;
      }
      const record: KeyRecord = { name, digest, state: 'running', sequence };
      remember(operationKey, record);
      return { record };
    },
    lookup(operationKey) {
      const unknown = (reason: string): LookupAnswer<AuthorizationResult> => ({ state: 'unknown', reason });
      const record = keys.get(operationKey);
      if (record === undefined)
        return unknown('Эта операция не начиналась в этом сеансе кассы, а терминал о ней не расскажет.');
      switch (record.state) {
        case 'running':
          return unknown('Операция ещё выполняется.');
        case 'not-sent':
          return { state: 'not-done' };
        case 'unknown':
          return unknown(unknownMoney);
        case 'settled': {
          const { result } = record;
          if (result === undefined) return unknown(unknownMoney);
          const parts = [result.own, result.certificate];
          if (parts.includes('done')) return { state: 'done', result };
          return parts.includes('unknown') ? unknown(unknownMoney) : { state: 'not-done' };
        }
      }
    },
  };
}
