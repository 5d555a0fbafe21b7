import type { LocalDateTime } from '@elcert/core';
import type { KzCounters } from './counters.js';

/** A document that was given to the network and has no answer yet. */
export interface KzPending {
  readonly operationKey: string;
  readonly command: string;
  /** The request in hex: a repeat is these very bytes. */
  readonly request: string;
  readonly at: LocalDateTime;
  /** The counters as they are once it is accepted. */
  readonly counters: KzCounters;
}

/** A document that the operator has taken. */
export interface KzDone {
  readonly operationKey: string;
  readonly command: string;
  readonly at: LocalDateTime;
  readonly shiftNumber: number;
  /** The fiscal sign of a ticket. */
  readonly ticketNumber?: string;
  /** What the QR of a ticket says. */
  readonly qrCode?: string;
}

/** Why a device does not work. */
export interface KzBlock {
  readonly resultCode: number;
  readonly reaction: 'enter-token' | 'fix-first' | 'blocked';
  readonly text: string;
}

/** All that a device must not forget; plain data. The token is a secret: keep the store where only the register reads. */
export interface KzDeviceState {
  readonly format: 1;
  readonly id: number;
  readonly token: number;
  /** Number of the last request that was made. */
  readonly reqnum: number;
  readonly counters: KzCounters;
  readonly pending?: KzPending | undefined;
  readonly blocked?: KzBlock | undefined;
  /** The newest last; at most a hundred. */
  readonly done: readonly KzDone[];
}

/** Where a device keeps its state. One store serves one device and one process. */
export interface KzStore {
  load(): Promise<KzDeviceState | undefined>;
  /** Durable when it returns: what was saved before is replaced whole or not at all. */
  save(state: KzDeviceState): Promise<void>;
}

/** A store for tests and for registers that keep the state elsewhere. */
export function memoryKzStore(
  initial?: KzDeviceState,
): KzStore & { readonly state: KzDeviceState | undefined } {
  let state = initial;
  return {
    get state() {
      return state;
    },
    load: async () => state,
    async save(next) {
      state = next;
    },
  };
}
