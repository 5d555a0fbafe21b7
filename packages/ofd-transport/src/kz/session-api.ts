import type { JsonObject } from '@bufbuild/protobuf';
import type { ElcertError, Kopecks, LocalDateTime } from '@elcert/core';
import type { KzEndpoint } from './driver.js';
import type { KzTicket } from './messages.js';
import type { KzAd, KzBlock, KzDeviceState, KzDone, KzStore } from './store.js';

/** What {@link openKzSession} is told. */
export interface KzSessionOptions extends KzEndpoint {
  readonly store: KzStore;
  /** Number of the device at its operator. */
  readonly id: number;
  /** From the operator's cabinet; used when the store is empty, later {@link KzSession.enterToken} changes it. */
  readonly token: number;
  /** 203 unless told. */
  readonly version?: 202 | 203;
  /** Where the wall clock of the register hangs; `Asia/Almaty` unless told. */
  readonly timeZone?: string;
  /**
   * Joined to the service block of every request, in the JSON form of `ServiceRequest`; its members win over what the session knows
   * from the operator (`regInfo`, position, offline period, versions of ads).
   */
  readonly service?: JsonObject;
  /** How often a request is repeated at once, the same bytes, within the transaction time; 2 unless told. */
  readonly repeats?: number;
  /** Milliseconds that a document may try before the device works offline; at least 5000, 15000 unless told. */
  readonly transactionMs?: number;
  /** Milliseconds between attempts while there is no operator; at least 60000, which it is unless told. */
  readonly reconnectMs?: number;
  /** Milliseconds a device may work without its operator; at most 72 hours, which it is unless told. */
  readonly offlineLimitMs?: number;
  /** Whether a shift of 24 hours is closed by the next document; otherwise that one is refused with `SHIFT_EXPIRED`. True unless told. */
  readonly autoCloseShift?: boolean;
  /** Called as things happen. What it throws changes nothing. */
  readonly onEvent?: (event: KzEvent) => void;
}

/** A ticket as a caller gives it: time, shift and numbers are the session's. */
export type KzTicketInput = Omit<
  KzTicket,
  'dateTime' | 'frShiftNumber' | 'offlineTicketNumber' | 'printedDocumentNumber'
>;

/** Who stands at the register. */
export type KzOperator = KzTicket['operator'];

/** What identifies a document to its caller. */
export interface KzCall {
  /** UUID that the caller has persisted before the call; the same key again gives the same document's result. */
  readonly operationKey: string;
  /**
   * Of what is asked for, `NAME:DIGEST` with the name of the way it is made: a key whose document was made of another one is refused with
   * `KEY_REUSED`. Without one, or with one of another name, only command and operation are compared.
   */
  readonly requestDigest?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a session reports while it works. */
export type KzEvent =
  /** A document has found no operator; from now on documents wait in the queue. */
  | { readonly type: 'offline'; readonly since: LocalDateTime; readonly error: ElcertError | undefined }
  /** Less than `hoursLeft` hours remain (48, 24, 12, 6, 3, 1). */
  | { readonly type: 'offline-warning'; readonly hoursLeft: number; readonly until: LocalDateTime }
  /** The limit is reached: no document is made until the queue has gone out. */
  | { readonly type: 'offline-stopped'; readonly until: LocalDateTime }
  /** The operator has taken a document of the queue. */
  | { readonly type: 'delivered'; readonly result: KzDone; readonly waiting: number }
  /** Nothing waits any more. */
  | { readonly type: 'online' }
  | { readonly type: 'blocked'; readonly block: KzBlock }
  | { readonly type: 'unblocked' }
  /** INFO was answered; `corrected` when the operator's counters were not the local ones. */
  | { readonly type: 'synchronised'; readonly corrected: boolean }
  /** An attempt on the device's own account (start, reconnection) has failed. */
  | { readonly type: 'failed'; readonly error: ElcertError };

/** How a device stands: what a till shows. */
export interface KzStatus {
  /** `stopped`: the time without an operator is used up. */
  readonly mode: 'online' | 'offline' | 'stopped' | 'blocked';
  readonly shift: 'closed' | 'open' | 'expired';
  readonly shiftNumber: number;
  readonly lastDocumentNumber: number;
  /** Documents that wait for the operator. */
  readonly waiting: number;
  readonly offline?: {
    readonly since: LocalDateTime;
    /** When the device stops. */
    readonly until: LocalDateTime;
    /** Milliseconds until then; not below 0. */
    readonly remainingMs: number;
  };
  readonly blocked?: KzBlock;
}

/** What became of a document. */
export type KzLookup =
  | { readonly state: 'done'; readonly result: KzDone }
  | { readonly state: 'not-done' | 'unknown' };

/** An article of the National Catalogue, as the operator tells it by its barcode. */
export interface KzProduct {
  readonly barcode: string;
  readonly title: string;
  readonly titleKk?: string | undefined;
  readonly ntin?: string | undefined;
  readonly measureUnitCode?: string | undefined;
  readonly isMarked?: boolean | undefined;
  readonly isSocial?: boolean | undefined;
}

/** Who the operator says has signed in. */
export interface KzIdentity {
  readonly operatorCode: number | undefined;
  readonly operatorName: string | undefined;
  readonly roles: readonly string[];
}

/**
 * A register at its operator.
 *
 * A document's call returns once the document is kept for good: taken by the operator, or – when the operator is not there – waiting in the
 * queue with an autonomous number. It throws `refused` when the operator has said no, `not-sent` when the document was not made, and
 * `unknown` only when the caller has aborted, the store has failed, or the token was changed in between.
 */
export interface KzSession {
  readonly id: number;
  readonly version: 202 | 203;
  readonly state: KzDeviceState;
  status(): KzStatus;
  /** Wall time of the device, for what is printed beside documents. */
  now(): LocalDateTime;
  /** Sells, buys or takes back. The first document opens the shift. */
  ticket(ticket: KzTicketInput, call: KzCall): Promise<KzDone>;
  /** Puts money into the drawer (`deposit`) or takes it out; tiyn. */
  placeMoney(
    direction: 'deposit' | 'withdrawal',
    sum: Kopecks,
    call: KzCall & { readonly operator?: KzOperator },
  ): Promise<KzDone>;
  /** Closes the shift with its Z report; `withdrawMoney` takes all cash out of the drawer first. */
  closeShift(operator: KzOperator, call: KzCall & { readonly withdrawMoney?: boolean }): Promise<KzDone>;
  /** The X report of the local counters, in the JSON form of `ZXReport`. */
  xReport(): JsonObject;
  /** Sends the X report to the operator too. */
  sendXReport(call: KzCall): Promise<KzDone>;
  /** Asks the operator for an article of the National Catalogue (2.0.3). @returns nothing when it does not know the barcode */
  product(
    barcode: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<KzProduct | undefined>;
  /** Asks the operator whether a name and a password are right. @throws KzError `REFUSED` when they are not */
  authenticate(
    login: string,
    password: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<KzIdentity>;
  /**
   * What became of a document; `unknown` while it has no answer.
   *
   * @param options.afterDocumentNumber - `lastDocumentNumber` of the status before the call: only then can a key that is not found be told
   * from one whose result is no longer kept
   */
  lookup(operationKey: string, options?: { readonly afterDocumentNumber?: number | undefined }): KzLookup;
  /** Tries the operator now: what waits goes out, then INFO brings its counters. @returns the status after it; never throws for a missing operator */
  recover(options?: { readonly signal?: AbortSignal | undefined }): Promise<KzStatus>;
  /** Asks the operator with SYSTEM, which also ends its block. @returns whether the device works */
  poll(): Promise<boolean>;
  /** A token from the operator's cabinet; ends a block that waits for it. */
  enterToken(token: number): Promise<void>;
  /** After a repair: ends a block of `fix-first`. */
  resume(): Promise<void>;
  /** A person takes the first document of the queue out, which the operator refuses; ends a block of `remove`. @throws KzError `NOTHING_TO_DO` */
  removeRefused(operationKey: string): Promise<KzDone>;
  /**
   * A person's word about a document that can no longer be asked about, because the token was changed in the cabinet in between.
   *
   * @param done - whether the operator's cabinet shows it
   * @throws KzError `NOTHING_TO_DO`
   */
  decide(operationKey: string, done: boolean): Promise<void>;
  /** Texts of the operator for receipts. */
  readonly ads: readonly KzAd[];
  /** Ends the background work and gives the store back. Nothing is lost: what waits goes out after the next start. */
  close(): Promise<void>;
}
