import type { Kopecks, LocalDateTime } from '@elcert/core';
import { type KzCounters, type KzFrame, type KzTicket, noKzCounters } from '@elcert/ofd-transport/kz';

/** A register as it stands in the operator's cabinet. */
export interface OfdKzDeviceOptions {
  /** Number of the device at the operator. */
  readonly id: number;
  /** Factory number (ЗНМ). */
  readonly serialNumber: string;
  /** Registration number (РНМ), twelve digits. */
  readonly registrationNumber: string;
  readonly taxpayer: {
    readonly bin: string;
    readonly title: string;
    readonly address: string;
    /** The address in Kazakh. */
    readonly addressKk?: string;
  };
}

/** A ticket that the operator has taken. */
export interface OfdKzTicket {
  /** The fiscal sign. */
  readonly ticketNumber: string;
  readonly shiftNumber: number;
  readonly total: Kopecks;
  readonly ticket: KzTicket;
  readonly receivedAt: LocalDateTime;
}

/** Something that an operator would ask the owner of a register about; the document was taken all the same. */
export interface OfdKzFinding {
  readonly at: LocalDateTime;
  /** `report`: a Z or X report that is not what the operator has counted. `shift`: a document of another shift than is open here. */
  readonly kind: 'report' | 'shift';
  /** Members of the report that differ, or words. */
  readonly text: string;
}

/** A register of the operator. */
export interface OfdKzDevice extends OfdKzDeviceOptions {
  readonly state: 'active' | 'blocked' | 'deregistered';
  /** The token that the operator waits for. */
  readonly token: number;
  readonly counters: KzCounters;
  /** The newest ones: see {@link OfdKzOptions.keepTickets}. */
  readonly tickets: readonly OfdKzTicket[];
  /** How many documents were counted. */
  readonly documents: number;
  /** How many of them were made without the operator. */
  readonly offlineDocuments: number;
  /** How many answers were given a second time. */
  readonly repeats: number;
  readonly findings: readonly OfdKzFinding[];
}

/** What the operator keeps of a device. */
export interface DeviceLedger {
  readonly options: OfdKzDeviceOptions;
  state: OfdKzDevice['state'];
  token: number;
  /** The last accepted request with its answer. */
  last:
    | {
        readonly token: number;
        readonly reqnum: number;
        readonly command: string;
        readonly answer: Uint8Array;
      }
    | undefined;
  counters: KzCounters;
  lastZ: KzFrame['message'] | undefined;
  repeats: number;
  documents: number;
  offlineDocuments: number;
  nextTicket: number;
  tickets: OfdKzTicket[];
  findings: OfdKzFinding[];
  /** The last accepted document: its time, and its number where the device gives one. */
  lastAt: LocalDateTime | undefined;
  lastNumber: number;
  lastShift: number;
  /** Autonomous numbers of the day of the last offline ticket. */
  offlineDay: string;
  offlineNumbers: Set<number>;
}

/** A device without a past. */
export function freshLedger(options: OfdKzDeviceOptions, token: number, firstTicket: number): DeviceLedger {
  return {
    options,
    state: 'active',
    token,
    last: undefined,
    counters: noKzCounters,
    lastZ: undefined,
    repeats: 0,
    documents: 0,
    offlineDocuments: 0,
    nextTicket: firstTicket,
    tickets: [],
    findings: [],
    lastAt: undefined,
    lastNumber: 0,
    lastShift: 0,
    offlineDay: '',
    offlineNumbers: new Set(),
  };
}

/** What a test may see of it. */
export function viewOf(ledger: DeviceLedger): OfdKzDevice {
  const { options, state, token, counters, tickets, documents, offlineDocuments, repeats, findings } = ledger;
  return {
    ...options,
    state,
    token,
    counters,
    tickets,
    documents,
    offlineDocuments,
    repeats,
    findings,
  };
}
