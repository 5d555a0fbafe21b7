import { isElcertError, type LookupAnswer, outcomeOf } from '@elcert/core';
import type { FiscalEvidence, FiscalResult } from '@elcert/fiscal-doc';
import type { Archive } from './archive.js';
import { isThisReceipt, readDriveDocument, resultOfDocument } from './evidence.js';
import { failed, nothingWritten, unknownOutcome } from './fail.js';
import type { RegisterState } from './state.js';

// Exactly once: what was done under a key, and what became of a document whose answer was lost.

/** Documents that a lookup reads at most. */
const lookupDepth = 64;
/** Keys that are remembered with their results. */
const keysKept = 256;

/** Told right before the first command that could leave a document behind. */
export type Begin = (evidence: FiscalEvidence) => void;

/** Fiscal operations of this process. */
export interface Operations {
  /** Runs an operation under its key: a result is kept, and so is a doubt. */
  underKey(key: string, what: string, run: (begin: Begin) => Promise<FiscalResult>): Promise<FiscalResult>;
  /**
   * Sends the one command that makes a document fiscal, and finds out what became of it when the line fails.
   *
   * It may be sent twice: a closed receipt cannot be closed again, nor an open shift opened, so a first copy that was done
   * after all turns the second into a refusal – and after a doubt a refusal is believed only when the drive confirms it.
   *
   * @param send - returns the result when the answer itself carries it
   * @param abandon - makes a late copy harmless and the register ready again; must fail when it could not
   */
  commit(
    what: string,
    evidence: FiscalEvidence,
    send: () => Promise<FiscalResult | undefined>,
    abandon: () => Promise<void>,
  ): Promise<FiscalResult>;
  lookup(key: string, evidence: FiscalEvidence): Promise<LookupAnswer<FiscalResult>>;
}

/** Makes {@link Operations}. */
export function registerOperations(archive: Archive, state: RegisterState): Operations {
  /** What this process did under a key: its result, or the evidence by which it can still be found. */
  const operations = new Map<
    string,
    { readonly what: string; readonly evidence: FiscalEvidence; readonly result?: FiscalResult }
  >();

  const madeUnderAnotherKey = (key: string | undefined, drive: string, number: number): boolean => {
    for (const [other, { result }] of operations) {
      if (other !== key && result?.fiscalDocumentNumber === number && result.fiscalDriveNumber === drive)
        return true;
    }
    return false;
  };

  /** What became of an operation, told by the documents that came after a number. */
  const find = async (evidence: FiscalEvidence, key?: string): Promise<LookupAnswer<FiscalResult>> => {
    const { fiscalDriveNumber, lastDocumentNumber } = await archive.status();
    if (evidence.fiscalDriveNumber !== undefined && evidence.fiscalDriveNumber !== fiscalDriveNumber) {
      return { state: 'unknown', reason: 'the drive was changed since' };
    }
    // A drive never forgets: fewer documents than before belong to another one.
    if (lastDocumentNumber < evidence.afterDocumentNumber) {
      return { state: 'unknown', reason: 'the drive has fewer documents than before' };
    }
    if (lastDocumentNumber === evidence.afterDocumentNumber) return { state: 'not-done' };
    if (lastDocumentNumber - evidence.afterDocumentNumber > lookupDepth) {
      return { state: 'unknown', reason: `more than ${lookupDepth} documents were made since` };
    }
    const matches: FiscalResult[] = [];
    for (let number = evidence.afterDocumentNumber + 1; number <= lastDocumentNumber; number += 1) {
      // Two equal receipts in a row are two sales: what another key has made is not ours.
      if (madeUnderAnotherKey(key, fiscalDriveNumber, number)) continue;
      const document = readDriveDocument(await archive.readTlv(number));
      const fits =
        evidence.receipt === undefined
          ? evidence.documentCode === undefined
            ? document.code === 2 || document.code === 5
            : document.code === evidence.documentCode
          : isThisReceipt(document, evidence.receipt);
      if (fits) {
        matches.push(resultOfDocument(document, { fiscalDriveNumber, fiscalDocumentNumber: number }));
      }
    }
    const [match] = matches;
    if (match === undefined) return { state: 'not-done' };
    return matches.length === 1
      ? { state: 'done', result: match }
      : { state: 'unknown', reason: `${matches.length} documents since fit` };
  };

  const remember = (key: string, what: string, evidence: FiscalEvidence, result?: FiscalResult): void => {
    operations.delete(key);
    operations.set(key, { what, evidence, ...(result === undefined ? {} : { result }) });
    if (operations.size <= keysKept) return;
    // Doubts are kept: they are few, and forgetting one could make a second document.
    for (const [other, { result: kept }] of operations) {
      if (kept === undefined) continue;
      operations.delete(other);
      return;
    }
  };

  /**
   * A key that was used before: its result, or – when its outcome was left unknown – what the drive says now.
   *
   * @returns nothing when the operation may be done
   */
  const known = async (key: string, what: string): Promise<FiscalResult | undefined> => {
    const former = operations.get(key);
    if (former === undefined) return undefined;
    if (former.what !== what) {
      throw failed('OPERATION_KEY_REUSED', 'this key belongs to another operation', 'not-sent');
    }
    if (former.result !== undefined) return former.result;
    await state.cancelOurDocument();
    const answer = await find(former.evidence, key);
    if (answer.state === 'unknown') throw unknownOutcome(undefined, 'the operation of this key');
    if (answer.state === 'not-done') {
      operations.delete(key);
      return undefined;
    }
    remember(key, what, former.evidence, answer.result);
    return answer.result;
  };

  return {
    async underKey(key, what, run) {
      let former: FiscalResult | undefined;
      try {
        former = await known(key, what);
      } catch (error) {
        // The doubt of the first try stays, whatever kept us from asking.
        const doubted = operations.get(key);
        if (doubted !== undefined && doubted.what === what) throw unknownOutcome(error, what);
        throw error;
      }
      if (former !== undefined) return former;
      let evidence: FiscalEvidence | undefined;
      try {
        const result = await run((begun) => {
          evidence = begun;
        });
        if (evidence !== undefined) remember(key, what, evidence, result);
        return result;
      } catch (error) {
        if (outcomeOf(error) !== 'unknown') throw error;
        // Before the evidence was taken only questions and settings went out: their lost answers leave nothing in doubt.
        if (evidence === undefined) throw nothingWritten(error, what);
        remember(key, what, evidence);
        throw error;
      }
    },

    async commit(what, evidence, send, abandon) {
      /** A copy left this machine, and its answer never came. */
      let doubt = false;
      /** What the drive says; a failure to ask is an unknown, or harmless when nothing left. */
      const asked = async (cause: unknown): Promise<LookupAnswer<FiscalResult>> => {
        try {
          return await find(evidence);
        } catch (error) {
          throw doubt ? unknownOutcome(error, what) : nothingWritten(cause, what);
        }
      };
      for (let attempt = 1; ; attempt += 1) {
        let failure: unknown;
        try {
          const result = await send();
          if (result !== undefined) return result;
          doubt = true;
          const answer = await asked(undefined);
          if (answer.state === 'done') return answer.result;
          throw unknownOutcome(undefined, what);
        } catch (error) {
          if (isElcertError(error, 'OUTCOME_UNKNOWN')) throw error;
          failure = error;
        }
        const refused = outcomeOf(failure) === 'refused';
        doubt ||= outcomeOf(failure) === 'unknown';
        if (refused && !doubt) {
          await abandon().catch(() => {});
          throw failure;
        }
        if (!refused && attempt === 1) {
          const answer = await asked(failure);
          if (answer.state === 'done') return answer.result;
          if (answer.state === 'unknown') throw unknownOutcome(failure, what);
          continue;
        }
        let isHarmless = true;
        await abandon().catch(() => {
          isHarmless = false;
        });
        const answer = await asked(failure);
        if (answer.state === 'done') return answer.result;
        if (answer.state === 'unknown' || (doubt && !isHarmless && !refused))
          throw unknownOutcome(failure, what);
        throw refused ? failure : nothingWritten(failure, what);
      }
    },

    async lookup(key, evidence) {
      const former = operations.get(key);
      if (former?.result !== undefined) return { state: 'done', result: former.result };
      try {
        // A document that is still open was not closed, and must not be closed later by accident.
        await state.cancelOurDocument();
        const answer = await find(former?.evidence ?? evidence, key);
        if (former !== undefined && answer.state === 'done')
          remember(key, former.what, former.evidence, answer.result);
        return answer;
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return { state: 'unknown', reason: error.message };
      }
    },
  };
}
