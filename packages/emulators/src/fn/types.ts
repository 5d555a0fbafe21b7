import type { Clock, Kopecks, LocalDateTime } from '@elcert/core';
import type { RegistrationMode, SettlementType } from '@elcert/fiscal-doc';
import type { FnMarking } from './marking.js';
import type { FnModel } from './term.js';

/** What a register was registered with; the drive repeats it in documents and compares documents with it. */
export interface FnRegistration {
  /** Tag 1037, 16 digits; see `registrationNumber` for one with right check digits. */
  readonly kktRegistrationNumber: string;
  /** Tag 1013. */
  readonly kktSerialNumber: string;
  /** Tag 1018. */
  readonly inn: string;
  /** Tag 1048. */
  readonly userName: string;
  /** Tags 1009 and 1187. */
  readonly address: string;
  readonly place: string;
  /** Tag 1062: bits 1 general, 2 simplified (income), 4 simplified (income minus expenses), 16 agricultural, 32 patent. */
  readonly taxation: number;
  /** Tags 1017 and 1046; nobody (empty texts) for `offline`. */
  readonly ofd: { readonly inn: string; readonly name: string };
  /** Tag 1021 of the registration report. */
  readonly cashier: string;
  /** Tag 1117: from where the operator sends electronic receipts. */
  readonly senderEmail: string;
  /** Tag 1188, at most 8 characters. */
  readonly kktVersion: string;
  /**
   * Tag 1290; 100h is trade in marked products, without which the drive checks none, 40h excise goods. The bits of `modes` are added by
   * the drive.
   */
  readonly usageConditions: number;
  /** How the register works; `offline` (tag 1002) has no operator: no queue, no 30-day stop. None unless told. */
  readonly modes?: readonly RegistrationMode[] | undefined;
  /** Tag 1036, for `automatic`. */
  readonly automatNumber?: string | undefined;
  /** Works as an agent: no requisite of a 1.2 report, but it decides on the term of the keys. */
  readonly agent?: boolean | undefined;
  /** Works in a season only; decides on the term of the keys, as `agent`. */
  readonly seasonal?: boolean | undefined;
}

/** A document in the drive's archive. */
export interface FnDocument {
  readonly documentCode: number;
  readonly fiscalDocumentNumber: number;
  /** The placeholder sign as the 32-bit number that is printed. */
  readonly fiscalSign: number;
  readonly dateTime: LocalDateTime;
  /** Document TLV, outer tag included. */
  readonly bytes: Uint8Array;
  readonly shiftNumber: number | undefined;
  /** Receipts and corrections only. */
  readonly receiptNumber: number | undefined;
  readonly settlementType: SettlementType | undefined;
  readonly totalSum: Kopecks | undefined;
}

/** A document on its way to the operator. */
export interface FnContainer {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Header, document, message sign and two zero bytes. */
  readonly bytes: Uint8Array;
}

/** Phases of a drive's life, with the numbers a register reports: 1, 3, 7, 15. */
export type FnPhase = 'ready' | 'fiscal' | 'post-fiscal' | 'archive';

/** Bits of the warnings that a drive gives with every status. */
export const fnWarnings = {
  /** Three days of key life left, or fewer. */
  urgentReplacement: 0x01,
  /** Thirty days of key life left, or fewer. */
  exhaustion: 0x02,
  /** The archive, or the memory for documents that wait for the operator, is nine tenths full. */
  memory: 0x04,
  /** The operator has not confirmed a document for two days. */
  ofdTimeout: 0x08,
  /** Keys, archive or signs are used up: what is left is to close the shift and the drive. */
  critical: 0x80,
} as const;

/** The number a register reports for a phase. */
export const fnPhaseNumber: Readonly<Record<FnPhase, number>> = {
  ready: 1,
  fiscal: 3,
  'post-fiscal': 7,
  archive: 15,
};

/** State of a drive at one moment. */
export interface FnStatus {
  readonly fiscalDriveNumber: string;
  readonly phase: FnPhase;
  /** Form code of the document that was begun, if any. */
  readonly openDocument: number | undefined;
  readonly shiftOpen: boolean;
  /** The shift has been open for 24 hours: only closing it is left. */
  readonly shiftExpired: boolean;
  /** Number of the open shift, or of the last one; 0 before the first. */
  readonly shiftNumber: number;
  /** Receipts and corrections in that shift. */
  readonly receiptNumber: number;
  readonly shiftOpenedAt: LocalDateTime | undefined;
  readonly lastFiscalDocumentNumber: number;
  readonly lastDocumentAt: LocalDateTime | undefined;
  readonly unsentDocuments: number;
  readonly firstUnsentNumber: number | undefined;
  readonly firstUnsentAt: LocalDateTime | undefined;
  /** Bits of {@link fnWarnings}. */
  readonly warnings: number;
  /** Last day of the keys, `YYYY-MM-DD`. */
  readonly validUntil: string | undefined;
  readonly registrationsLeft: number;
  /** Registered without an operator (tag 1002). */
  readonly offline: boolean;
  /** Documents that the archive still takes. */
  readonly documentsLeft: number;
  /** Documents that the memory for the operator still takes. */
  readonly queueLeft: number;
}

/** One reply that was loaded, or that the drive refused to take. */
export interface FnReplyRecord {
  readonly fiscalDocumentNumber: number | undefined;
  readonly accepted: boolean;
  /** Why it was refused. */
  readonly reason?: string;
}

/** What {@link EmulatedFn.commit} may be told. */
export interface FnCommitOptions {
  /** The register's own time; the drive's own when absent. Cut to the minute, as drives keep it. */
  readonly dateTime?: LocalDateTime | undefined;
}

/**
 * A fiscal drive without a wire: the state that a register emulator keeps and asks. All calls are synchronous; each refusal is
 * an `FnRefusal` with the drive's own code, and changes nothing.
 *
 * A document is begun, given requisites as TLV bytes, and committed. The drive itself adds what a real one adds – numbers,
 * time, sign, counters – and the data of the registration that the register left out. Signs are placeholders.
 */
export interface EmulatedFn {
  readonly fiscalDriveNumber: string;
  readonly registration: FnRegistration | undefined;
  /** Checks of marked products; a receipt with tag 2106 wants them, and ends them. */
  readonly marking: FnMarking;
  status(): FnStatus;
  /** Registers (form 1) or, later or with reasons, changes the registration (form 11, with its reasons in tag 1205). */
  register(
    registration: FnRegistration,
    options?: FnCommitOptions & { readonly reasons?: number },
  ): FnDocument;
  /**
   * Begins a document: 2 shift open, 3 receipt, 4 БСО, 31 and 41 corrections, 5 shift close, 21 settlements report, 6 closing
   * of the drive, with a closed shift. A closed drive registers no more: another takes its place.
   */
  begin(documentCode: number): void;
  /** Adds requisites: a list of TLVs, e.g. one 1059 or a header. May be called many times. */
  add(tlv: Uint8Array): void;
  /** Signs the document that was begun. After a refusal it is still open: add what is missing or {@link EmulatedFn.cancel}. */
  commit(options?: FnCommitOptions): FnDocument;
  /** Forgets the document that was begun, if any. */
  cancel(): void;
  /** All documents, oldest first. */
  documents(): readonly FnDocument[];
  document(fiscalDocumentNumber: number): FnDocument | undefined;
  /** Whether the operator has confirmed a document; never for one that was made without an operator. */
  confirmed(fiscalDocumentNumber: number): boolean;
  /** The operator's confirmation of a document (form 7), if there is one. */
  confirmation(fiscalDocumentNumber: number): Uint8Array | undefined;
  /** The container of any document, confirmed or not: what a register would leave in a folder. */
  container(fiscalDocumentNumber: number): FnContainer | undefined;
  /** The oldest document that waits for the operator; always the same until its reply is loaded. */
  nextContainer(): FnContainer | undefined;
  /** Loads the operator's reply (its container). @throws FnRefusal 20h with the reason, 08h when nothing waits */
  loadReply(container: Uint8Array): void;
  /** Every reply that was offered, oldest first. */
  readonly replies: readonly FnReplyRecord[];
}

/** What an {@link EmulatedFn} is made of. */
export interface EmulatedFnOptions {
  readonly clock: Clock;
  readonly seed: number | string;
  /** IANA zone of the wall clock that documents carry. */
  readonly timeZone: string;
  /** When given, the drive stands registered (document 1 is made at once); without it, it is ready for registration. */
  readonly registration?: FnRegistration;
  /** `9999078900` and six digits of the seed unless told: the prefix of mass-size models, which no real drive has. */
  readonly fiscalDriveNumber?: string;
  /**
   * Months of the model: the drive then counts the term of its keys by how it is registered and refuses a registration that may not have
   * it, see {@link keyTermOf}. Without it any registration is taken, for 470 days.
   */
  readonly model?: FnModel | undefined;
  /** Days of key life from the registration on, whatever the model says. */
  readonly keyLifeDays?: number | undefined;
  /** Documents the archive takes; 250,000 unless told (real ones take 200 to 250 thousand). */
  readonly capacity?: number | undefined;
  /** Documents that may wait for the operator; as many as the archive takes unless told. */
  readonly queueCapacity?: number | undefined;
  /** Signs that the keys are good for; as many as wanted unless told. */
  readonly signs?: number | undefined;
}
