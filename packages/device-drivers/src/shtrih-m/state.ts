import { sleep } from '@elcert/core';
import { failed } from './fail.js';
import type { Session } from './session.js';

// What the register is doing, and whether a document can begin.

/** Mode of a register that can begin a document: 2 shift open, 3 older than 24 hours, 4 shift closed. */
export type IdleMode = 2 | 3 | 4;

/** State of a register as its commands tell it. */
export interface RegisterState {
  /** A document that this driver began, and of which it has seen no end. */
  begun: boolean;
  /** Cancels whatever document is open. */
  cancelDocument(): Promise<void>;
  /**
   * Cancels the open document before a look into the drive, so that it cannot be closed later by accident. Where open documents of
   * others are to be left alone, only one that this driver began.
   */
  cancelOurDocument(): Promise<void>;
  /** Waits until a document can begin. */
  ready(): Promise<{ readonly mode: IdleMode; readonly operator: number }>;
}

const coverFlag = 1 << 10;

/** Whether the lid is open, told by the flags of 10h and 11h. */
export function isCoverOpen(flags: number): boolean {
  return (flags & coverFlag) !== 0;
}

/** Low half of the mode byte while a document is open. */
export const documentMode = 8;

/** @throws RegisterError `SHIFT_CLOSED`, `SHIFT_EXPIRED` */
export function requireShift(mode: IdleMode): void {
  if (mode === 4)
    throw failed('SHIFT_CLOSED', 'the shift is closed', 'refused', 'Смена закрыта: откройте смену.');
  if (mode === 3) {
    throw failed(
      'SHIFT_EXPIRED',
      'the shift has lasted more than 24 hours',
      'refused',
      'Смена длится более 24 часов: закройте её.',
    );
  }
}

/** @throws RegisterError `SHIFT_OPEN` */
export function requireNoShift(mode: IdleMode): void {
  if (mode !== 4) throw failed('SHIFT_OPEN', 'the shift is open', 'refused', 'Сначала закройте смену.');
}

/** Makes a {@link RegisterState}. */
export function registerState(session: Session, onOpenDocument: 'cancel' | 'refuse'): RegisterState {
  const { call, clock, logger } = session;
  const isDocumentOpen = async () => ((await call('10', {})).mode & 0x0f) === documentMode;

  const state: RegisterState = {
    begun: false,
    async cancelDocument() {
      if (!(await isDocumentOpen())) {
        state.begun = false;
        return;
      }
      await call('88', {});
      state.begun = false;
      logger.info({}, 'the open document was cancelled');
    },
    async cancelOurDocument() {
      if (onOpenDocument === 'refuse' && !state.begun && (await isDocumentOpen())) {
        throw failed('DOCUMENT_OPEN', 'a document is open that this driver did not begin', 'unknown');
      }
      await state.cancelDocument();
    },
    async ready() {
      const deadline = clock.now() + session.printTimeoutMs;
      for (let turn = 0; ; turn += 1) {
        const { mode, submode, flags, operator } = await call('10', {});
        if (submode === 1 || submode === 2) {
          throw failed(
            'PAPER_OUT',
            'no receipt paper',
            'refused',
            'Закончилась чековая лента: вставьте бумагу.',
          );
        }
        if (isCoverOpen(flags)) {
          throw failed('COVER_OPEN', 'the lid is open', 'refused', 'Закройте крышку кассы.');
        }
        if (submode !== 0) {
          if (clock.now() >= deadline) {
            throw failed('REGISTER_BUSY', 'it goes on printing', 'not-sent', 'Касса занята печатью.');
          }
          // Paper is back after it had run out in the middle of a document: the rest waits for this.
          if (submode === 3) await call('B0', {});
          await sleep(clock, 200);
          continue;
        }
        const low = mode & 0x0f;
        if (low === 2 || low === 3 || low === 4) return { mode: low, operator };
        if (low === documentMode && turn < 3) {
          if (onOpenDocument === 'refuse' && !state.begun) {
            throw failed(
              'DOCUMENT_OPEN',
              'a document is open',
              'refused',
              'На кассе открыт чек: аннулируйте его.',
            );
          }
          await call('88', {});
          state.begun = false;
          logger.warn({ mode }, 'a document left open was cancelled');
          continue;
        }
        throw failed('REGISTER_NOT_READY', `mode ${low}`, 'refused', 'Касса не готова к работе.', {
          details: { mode: low, submode },
        });
      }
    },
  };
  return state;
}
