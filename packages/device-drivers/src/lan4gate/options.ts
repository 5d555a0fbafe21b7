import type { Clock, Logger } from '@elcert/core';
import type {
  CardRefundTerminal,
  CardVoidTerminal,
  OperationsTerminal,
  ReversalTerminal,
  SettlementTerminal,
  TerminalCallOptions,
} from '../terminal.js';
import type { Lan4GateResponse } from './codec.js';
import type { Lan4GateTimeouts, Lan4GateTraceEntry } from './exchange-driver.js';
import type { Lan4GateLink } from './incoming.js';
import type { Lan4GateOperationName, Lan4GateRequestValues, lan4GateOperations } from './table.js';
import type { Lan4GateVerdictReader } from './verdict.js';

/** Settings of a {@link Lan4GateTerminal}. */
export interface Lan4GateOptions {
  /** Connect mode: `{ connect: () => openTcp({ host, port }) }`; listen mode: {@link incomingLan4Gate}. */
  readonly link: Lan4GateLink;
  /** Number of this till at the terminal, 1 … 999. */
  readonly ecrNumber: number;
  /** Number of the merchant at the terminal, 1 … 999. */
  readonly merchantNumber: number;
  readonly clock: Clock;
  /** ISO 4217 number; `643` unless told. */
  readonly currencyCode?: string;
  /**
   * What `Amount` of 302 and 303 stands for: the vendor's public library does not say. Ask the terminal's vendor.
   *
   * `own` (the default) – the buyer's own part; `total` – own part and certificate together. The default is the reading
   * that cannot overcharge: a terminal that wants the total takes too little, or refuses when it is less than the
   * certificate, whereas the total sent to a terminal that wants the own part would debit the card by the certificate's
   * sum too. Compare the slip of the first sale with what was asked.
   */
  readonly amountMeaning?: 'own' | 'total';
  /**
   * How far a {@link Lan4GateTerminal.lookup} may conclude. `cautious` (the default) – only from what was answered to this
   * process. `sole-till` – also from the terminal's last operation (804), asked before each money request and again by the
   * lookup; right only when no other till uses the terminal, it runs one operation at a time, and answers 804 only when
   * idle. None of that is promised by the vendor: you vouch for it.
   */
  readonly lookupTrust?: 'cautious' | 'sole-till';
  readonly timeouts?: Partial<Lan4GateTimeouts>;
  /** Reads which part was done; ours unless replaced. */
  readonly readVerdict?: Lan4GateVerdictReader;
  readonly logger?: Logger;
  readonly trace?: (entry: Lan4GateTraceEntry) => void;
  /** `bare` for a service that works without the vendor's size prefix. */
  readonly framing?: 'sized' | 'bare';
}

/** A terminal with LAN-4Gate. */
export interface Lan4GateTerminal
  extends CardRefundTerminal,
    CardVoidTerminal,
    SettlementTerminal,
    OperationsTerminal,
    ReversalTerminal {
  /** Whether the link to the terminal's application answers (801). */
  test(options?: TerminalCallOptions): Promise<void>;
  /**
   * Any operation that moves no money, as it is: members in, response out, whatever its status.
   *
   * @throws ElcertError `BAD_FIELD` (`not-sent`) for an operation that may move money: those go through the named calls, which
   * keep the rule of one request to one key
   */
  request<N extends Lan4GateOperationName>(
    name: N,
    values: Lan4GateRequestValues<N>,
    options?: TerminalCallOptions,
  ): Promise<Lan4GateAnswer>;
  /**
   * Any other operation that may move money (SBP, pre-authorisation, partial void …), as it is, under the same rules as
   * the named calls: written once, one key, one answer. The response comes whatever its status: read it with
   * `lan4GateStatuses`.
   *
   * @throws ElcertError as the named calls do; `UNCERTAIN` (`unknown`) when the status leaves the money open
   */
  transact<N extends Lan4GateTransaction>(
    name: N,
    operationKey: string,
    values: Lan4GateRequestValues<N>,
    options?: TerminalCallOptions,
  ): Promise<Lan4GateAnswer>;
}

/** Every operation that may move money, but for the confirmation, which is the driver's own business. */
export type Lan4GateMoneyOperation = Exclude<
  {
    [N in Lan4GateOperationName]: (typeof lan4GateOperations)[N]['effect'] extends 'money' ? N : never;
  }[Lan4GateOperationName],
  'FinalizeTransaction'
>;

/** Operations for {@link Lan4GateTerminal.transact}: those that have no call of their own because of a certificate. */
export type Lan4GateTransaction = Exclude<Lan4GateMoneyOperation, 'ECertPayment' | 'ECertRefund'>;

/**
 * A response with the slip that came before it. The slip is masked; the members are as the terminal sent them and may hold
 * card data: `redactLan4Gate` before they are logged or shown.
 */
export interface Lan4GateAnswer extends Lan4GateResponse {
  readonly slip: readonly string[];
}
