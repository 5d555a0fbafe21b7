import type { JsonObject } from '@bufbuild/protobuf';
import type { Kopecks, LocalDateTime } from '@elcert/core';
import type { KzCounters } from './counters.js';
import type { KzOperation } from './messages.js';

/** The commands that make a document: what is kept and sent again until the operator has answered. */
export type KzDocumentCommand = 'TICKET' | 'CLOSE_SHIFT' | 'REPORT' | 'MONEY_PLACEMENT';

/** A document of the device, kept until the operator has taken it. */
export interface KzDocument {
  readonly operationKey: string;
  readonly command: KzDocumentCommand;
  /** Wall time of the document. */
  readonly at: LocalDateTime;
  /** Grows by one with each document of the device; sent as `printed_document_number`. */
  readonly documentNumber: number;
  /** Number of the shift it belongs to. */
  readonly shiftNumber: number;
  /** The message without its service block, in protobuf's JSON form. */
  readonly message: JsonObject;
  /** Of what its caller asked for: see `requestDigest` of `KzCall`. */
  readonly requestDigest?: string | undefined;
}

/** A document that was given to the network and has no answer yet; its caller does not know yet either. */
export interface KzPending extends KzDocument {
  /** Token and number it went out with. */
  readonly token: number;
  readonly reqnum: number;
  /** The request in hex: a repeat is these very bytes. */
  readonly request: string;
}

/** A document that was made without the operator: its caller has it, the operator does not (or nobody knows). */
export interface KzQueued extends KzDocument {
  /** Token and number it went out with; while they are there, a repeat carries the same. */
  readonly sent?: { readonly token: number; readonly reqnum: number } | undefined;
  /** The operator knew its first number already; it was given another one, once. */
  readonly renumbered?: true | undefined;
}

/** What a ticket did, or which way money went, by its name in the protocol. */
export type KzDoneOperation = KzOperation | 'MONEY_PLACEMENT_DEPOSIT' | 'MONEY_PLACEMENT_WITHDRAWAL';

/** A document that is done: the operator has taken it, or it waits in the queue with an autonomous number. */
export interface KzDone {
  readonly operationKey: string;
  readonly command: KzDocumentCommand;
  readonly at: LocalDateTime;
  readonly documentNumber: number;
  readonly shiftNumber: number;
  /** What a ticket did, or which way money went; absent in records of earlier releases. */
  readonly operation?: KzDoneOperation | undefined;
  /** Of what its caller asked for: see `requestDigest` of `KzCall`. */
  readonly requestDigest?: string | undefined;
  /** Total of a ticket or the sum placed, tiyn. */
  readonly total?: Kopecks | undefined;
  /** The operator has taken it. */
  readonly delivered: boolean;
  /** The fiscal sign of a ticket, as the operator gave it. */
  readonly ticketNumber?: string | undefined;
  /** What the QR of a ticket says, as the operator gave it. */
  readonly qrCode?: string | undefined;
  /** The autonomous sign of a ticket that was made without the operator; it stays when the operator's comes later. */
  readonly offlineTicketNumber?: number | undefined;
  /** A person has taken it out of the queue after the operator had refused it. */
  readonly removed?: boolean | undefined;
  /** The report that went out with CLOSE_SHIFT or REPORT, in the JSON form of `ZXReport`. */
  readonly report?: JsonObject | undefined;
}

/**
 * Why a device does not work, and what ends it: `enter-token` – `enterToken`; `fix-first` – `resume`; `blocked` – the operator, asked
 * with SYSTEM; `remove` – `removeRefused`, because the operator does not take the first document of the queue; `decide` – `decide`,
 * because nobody but the cabinet knows whether the operator has the first document.
 */
export interface KzBlock {
  readonly reaction: 'enter-token' | 'fix-first' | 'blocked' | 'remove' | 'decide';
  readonly resultCode: number;
  /** For a cashier; with code 15 what the operator says (`TICKET_AD_INFO`). */
  readonly text: string;
}

/** A text of the operator for receipts. */
export interface KzAd {
  /** `TICKET_AD_OFD`, `_ORG`, `_POS`, `_KKM` or `_INFO`. */
  readonly type: string;
  readonly version: string;
  /** May hold `${ticket_number}`: see {@link kzAdText}. */
  readonly text: string;
}

/** Since when a device works without its operator. */
export interface KzOffline {
  /** Wall time of the first document that found no operator. */
  readonly since: LocalDateTime;
  /** The same moment, milliseconds since 1970. */
  readonly sinceMs: number;
}

/** All that a device must not forget; plain data. The token is a secret: keep the store where only the register reads. */
export interface KzDeviceState {
  readonly format: 2;
  readonly id: number;
  readonly token: number;
  /** Number of the last request that was made. */
  readonly reqnum: number;
  /** Number of the last document that was made. */
  readonly documentNumber: number;
  /** The last autonomous number. */
  readonly offlineTicketNumber: number;
  readonly counters: KzCounters;
  /** Whether the counters were the operator's once. */
  readonly synchronised: boolean;
  /** No document may be older: the latest shift time that the operator has told. */
  readonly notBefore?: LocalDateTime | undefined;
  readonly pending?: KzPending | undefined;
  /** Present exactly while something waits in the queue. */
  readonly offline?: KzOffline | undefined;
  /** The last time without the operator, sent with every request. */
  readonly offlinePeriod?: { readonly begin: LocalDateTime; readonly end: LocalDateTime } | undefined;
  readonly blocked?: KzBlock | undefined;
  /** `reg_info` as the operator gave it last: `kkm`, `pos`, `org`. */
  readonly registration?: JsonObject | undefined;
  readonly ads: readonly KzAd[];
  /** Documents made without the operator, the oldest first. */
  readonly queue: readonly KzQueued[];
  /** The newest last; at most {@link kzKeptResults}. */
  readonly done: readonly KzDone[];
}

/** How many results a device keeps for look-ups. */
export const kzKeptResults = 1000;

/** Where a device keeps its state. One store serves one device and one process. */
export interface KzStore {
  load(): Promise<KzDeviceState | undefined>;
  /**
   * Durable when it returns: what was saved before is replaced whole or not at all. What has not changed since the last save is the same
   * object, so that a store may write the difference alone.
   */
  save(state: KzDeviceState): Promise<void>;
  /** Keeps others out until it is released. @throws KzError `STORE_LOCKED` (`not-sent`) */
  lock?(): Promise<{ release(): Promise<void> }>;
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
