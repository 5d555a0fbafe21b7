import { KzError, type KzErrorCode } from './errors.js';
import type { KzDeviceState } from './store.js';

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
