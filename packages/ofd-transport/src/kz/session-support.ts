import { type KzDocumentInput, operationOfKz, operationOfKzInput } from './documents.js';
import { KzError, type KzErrorCode } from './errors.js';
import { areOtherRequests } from './request-digest.js';
import type { KzCall } from './session-api.js';
import type { KzDeviceState, KzDocument, KzDone } from './store.js';

/** Nothing was made, and this is why. */
export function notSent(code: KzErrorCode, message: string, userMessage: string, cause?: unknown): KzError {
  return new KzError({ code, message, userMessage, outcome: 'not-sent', cause });
}

export function sessionClosed(): KzError {
  return notSent('SESSION_CLOSED', 'the session is closed', 'Сеанс кассы завершён.');
}

export function nothingToDo(operationKey: string): KzError {
  return notSent(
    'NOTHING_TO_DO',
    `${operationKey} is not the document that is waited for`,
    'Этот документ не требует решения.',
  );
}

/**
 * The same key for another document is a mistake of the caller: the answer would be about something else.
 *
 * @param known - the document of the key, done or not
 * @throws KzError `KEY_REUSED`
 */
export function requireSameRequest(
  known: KzDocument | KzDone,
  input: KzDocumentInput,
  { requestDigest }: KzCall,
): void {
  const operation = 'message' in known ? operationOfKz(known) : known.operation;
  const isSame =
    known.command === input.command &&
    (operation === undefined || operation === operationOfKzInput(input)) &&
    !areOtherRequests(known.requestDigest, requestDigest);
  if (!isSame) throw keyReused(known.operationKey);
}

export function keyReused(operationKey: string): KzError {
  return new KzError({
    code: 'KEY_REUSED',
    message: `operation key ${operationKey} stands for another document`,
    userMessage: 'Этот ключ операции уже использован для другого документа.',
    outcome: 'refused',
  });
}

/** Key of the shift that has to be closed before the document of a key. */
export function closingKz(shiftNumber: number, operationKey: string): string {
  return `shift ${shiftNumber} closed before ${operationKey}`;
}

/** The shift that was closed before the document of a key, if one was and its result is still kept. */
export function closedBefore({ done }: KzDeviceState, operationKey: string): KzDone | undefined {
  return done.findLast((one) => one.operationKey === closingKz(one.shiftNumber, operationKey));
}

/** A time of the options that the protocol allows. */
export function within(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): number {
  if (value >= least && value <= most) return value;
  throw new KzError({
    code: 'BAD_VALUE',
    message: `${name}: ${least} to ${most} milliseconds wanted`,
    path: name,
    outcome: 'not-sent',
  });
}

/** Work that follows one another. */
export function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = tail.then(work, work);
    tail = turn.catch(() => {});
    return turn;
  };
}

/** What a store holds, when it is the state of this device. */
export function stateOf(loaded: unknown, id: number): KzDeviceState {
  const state = loaded as Partial<KzDeviceState> | null;
  if (
    state?.format !== 2 ||
    state.id !== id ||
    state.counters === undefined ||
    !Array.isArray(state.queue) ||
    !Array.isArray(state.done)
  )
    throw notSent(
      'BAD_STORE',
      `the store does not hold the state of device ${id}`,
      'Файл состояния принадлежит другой кассе.',
    );
  return state as KzDeviceState;
}
