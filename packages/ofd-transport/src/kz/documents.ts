import type { JsonObject } from '@bufbuild/protobuf';
import type { Kopecks, LocalDateTime } from '@elcert/core';
import { closeKzShift, countKzPlacement, countKzTicket, type KzCounters, kzReport } from './counters.js';
import { KzError } from './errors.js';
import { type KzMoneyPlacement, type KzTicket, kzDateTime, kzMoney, tiynOf } from './messages.js';
import type { KzDeviceState, KzDocument, KzDocumentCommand, KzDoneOperation } from './store.js';

// What the documents of a device say, and what they do to its counters. Pure.

/** What a document is made of, before the device gives it numbers and a time. */
export type KzDocumentInput =
  | {
      readonly command: 'TICKET';
      readonly ticket: Omit<KzTicket, 'dateTime' | 'frShiftNumber' | 'offlineTicketNumber'>;
    }
  | {
      readonly command: 'MONEY_PLACEMENT';
      readonly direction: 'deposit' | 'withdrawal';
      readonly sum: Kopecks;
      readonly operator: KzTicket['operator'] | undefined;
    }
  | {
      readonly command: 'CLOSE_SHIFT';
      readonly operator: KzTicket['operator'] | undefined;
      readonly withdrawMoney: boolean;
    }
  | { readonly command: 'REPORT' };

const memberOf: Readonly<Record<KzDocumentCommand, string>> = {
  TICKET: 'ticket',
  MONEY_PLACEMENT: 'moneyPlacement',
  CLOSE_SHIFT: 'closeShift',
  REPORT: 'report',
};

function noShift(): KzError {
  return new KzError({
    code: 'NO_SHIFT',
    message: 'no shift is open',
    userMessage: 'Смена не открыта.',
    outcome: 'not-sent',
  });
}

/** All cash goes out as the shift is closed: what `withdraw_money` makes the operator book too. */
function withdrawn(counters: KzCounters, at: LocalDateTime): KzCounters {
  if (counters.cash === 0) return counters;
  const placement: KzMoneyPlacement = {
    datetime: kzDateTime(at),
    operation: 'MONEY_PLACEMENT_WITHDRAWAL',
    sum: kzMoney(counters.cash),
  };
  return countKzPlacement(counters, placement, at);
}

/**
 * Makes a document as the next one of the device: with its number, its shift and the report of the counters as they stand.
 *
 * @throws KzError `NO_SHIFT` (`not-sent`); `BAD_VALUE` when the drawer does not hold what goes out, or a value cannot be written
 */
export function makeKzDocument(
  state: KzDeviceState,
  operationKey: string,
  at: LocalDateTime,
  input: KzDocumentInput,
): KzDocument {
  const { counters } = state;
  const documentNumber = state.documentNumber + 1;
  const isOpen = counters.openedAt !== undefined;
  const shiftNumber = counters.shiftNumber + (isOpen ? 0 : 1);
  const numbers = { frShiftNumber: shiftNumber, printedDocumentNumber: String(documentNumber) };
  let message: object;
  switch (input.command) {
    case 'TICKET': {
      const ticket = {
        domain: { type: 'DOMAIN_TRADING' },
        ...input.ticket,
        dateTime: kzDateTime(at),
        ...numbers,
      };
      message = { ticket };
      break;
    }
    case 'MONEY_PLACEMENT': {
      const { sum, operator } = input;
      const operation = operationOfKzInput(input);
      message = {
        moneyPlacement: {
          datetime: kzDateTime(at),
          operation,
          sum: kzMoney(sum),
          ...numbers,
          ...(operator === undefined ? {} : { operator }),
        },
      };
      break;
    }
    case 'CLOSE_SHIFT': {
      if (!isOpen) throw noShift();
      const { operator, withdrawMoney } = input;
      message = {
        closeShift: {
          closeTime: kzDateTime(at),
          ...numbers,
          ...(withdrawMoney ? { withdrawMoney } : {}),
          ...(operator === undefined ? {} : { operator }),
          zReport: kzReport(withdrawMoney ? withdrawn(counters, at) : counters, at, at),
        },
      };
      break;
    }
    case 'REPORT':
      if (!isOpen) throw noShift();
      message = {
        report: { report: 'REPORT_X', dateTime: kzDateTime(at), zxReport: kzReport(counters, at) },
      };
  }
  const document: KzDocument = {
    operationKey,
    command: input.command,
    at,
    documentNumber,
    shiftNumber,
    // A copy: what the caller does with its own object afterwards must not change what is kept.
    message: structuredClone(message) as JsonObject,
  };
  countKzDocument(counters, document);
  return document;
}

/** The counters after a document. @throws KzError `BAD_VALUE` when the drawer does not hold what goes out */
export function countKzDocument(counters: KzCounters, { command, message, at }: KzDocument): KzCounters {
  switch (command) {
    case 'TICKET':
      return countKzTicket(counters, message.ticket as unknown as KzTicket, at);
    case 'MONEY_PLACEMENT':
      return countKzPlacement(counters, message.moneyPlacement as unknown as KzMoneyPlacement, at);
    case 'CLOSE_SHIFT': {
      const { withdrawMoney } = message.closeShift as { readonly withdrawMoney?: boolean };
      return closeKzShift(withdrawMoney === true ? withdrawn(counters, at) : counters);
    }
    case 'REPORT':
      return counters;
  }
}

/** A document as it is once it was made without the operator: a ticket has an autonomous number, the others a mark. */
export function offlineKzDocument(document: KzDocument, offlineTicketNumber: number): KzDocument {
  const { command, message } = document;
  const mark = command === 'TICKET' ? { offlineTicketNumber } : { isOffline: true };
  const member = memberOf[command];
  return { ...document, message: { ...message, [member]: { ...(message[member] as JsonObject), ...mark } } };
}

/** What a ticket does, or which way money goes; the other documents have one way only. */
export function operationOfKz({ message }: Pick<KzDocument, 'message'>): KzDoneOperation | undefined {
  const { ticket, moneyPlacement } = message as {
    readonly ticket?: KzTicket;
    readonly moneyPlacement?: KzMoneyPlacement;
  };
  return ticket?.operation ?? moneyPlacement?.operation;
}

/** The same of a document that is still to be made. */
export function operationOfKzInput(input: KzDocumentInput): KzDoneOperation | undefined {
  if (input.command === 'TICKET') return input.ticket.operation;
  if (input.command !== 'MONEY_PLACEMENT') return undefined;
  return input.direction === 'deposit' ? 'MONEY_PLACEMENT_DEPOSIT' : 'MONEY_PLACEMENT_WITHDRAWAL';
}

/** Total of a ticket, or the sum placed. */
export function totalOfKz({ message }: KzDocument): Kopecks | undefined {
  const { ticket, moneyPlacement } = message as {
    readonly ticket?: KzTicket;
    readonly moneyPlacement?: KzMoneyPlacement;
  };
  const sum = ticket?.amounts.total ?? moneyPlacement?.sum;
  return sum === undefined ? undefined : tiynOf(sum);
}

/** The report that a document carries. */
export function reportOfKz({ message }: KzDocument): JsonObject | undefined {
  const { closeShift, report } = message as {
    readonly closeShift?: { readonly zReport?: JsonObject };
    readonly report?: { readonly zxReport?: JsonObject };
  };
  return closeShift?.zReport ?? report?.zxReport;
}
