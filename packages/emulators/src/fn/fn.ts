import {
  byteWriter,
  concatBytes,
  ElcertError,
  equalBytes,
  isElcertError,
  type LocalDateTime,
  localDateTime,
  localToUnixSeconds,
  randomDigits,
  seededRandom,
  unixSecondsToLocal,
} from '@elcert/core';
import { joinTlv } from '@elcert/fiscal-doc';
import { mandatoryTags, tagsOfEveryDocument, tagsOfTheDrive } from './composition.js';
import { createCounters } from './counters.js';
import { type Deliverable, judgeReply, packDocument } from './delivery.js';
import { type FnErrorCode, FnRefusal } from './errors.js';
import { createMarking } from './marking.js';
import { checkReceipt, linesIn, numberIn, sumsIn } from './receipt-checks.js';
import { conditionsOf, headerTags, registrationTags } from './registration-report.js';
import { isMassSizeModel, placeholderFiscalSign, placeholderMessageSign } from './signs.js';
import { keyTermOf } from './term.js';
import { type FnTlv, readTlv, tlvText, tlvUint8, tlvUint16, tlvUint32 } from './tlv.js';
import {
  type EmulatedFn,
  type EmulatedFnOptions,
  type FnDocument,
  type FnPhase,
  type FnRegistration,
  type FnReplyRecord,
  type FnStatus,
  fnWarnings,
} from './types.js';

const day = 86_400;
const receipts = new Set([3, 4, 31, 41]);
const corrections = new Set([31, 41]);
const formsOnCommand = new Set([2, 21, 3, 4, 31, 41, 5, 6]);
/** Closings are made even when the drive is used up: without them nobody could take it out. */
const closings = new Set([5, 6]);
/** A document TLV and what surrounds it must fit the container of the operator's protocol. */
const maxDocumentBytes: Readonly<Record<number, number>> = { 1: 6144, 11: 6144, 2: 4096, 5: 4096, 6: 4096 };
const mostRegistrations = 12;
/** Bit of tag 1290: trade in marked products. */
const markedGoods = 0x100;

/** What {@link EmulatedFn} keeps of a document beside what it shows. */
interface Kept extends FnDocument, Deliverable, CommitTime {}

/** When a document was made, in seconds. */
interface CommitTime {
  /** What the register's clock said (tag 1012), cut to the minute. */
  readonly unixTime: number;
  /** What the drive's own timer said: terms are counted by it. */
  readonly timer: number;
  /** How far the register's clock was ahead of it. */
  readonly ahead: number;
}

/**
 * Makes an emulated fiscal drive.
 *
 * @example
 * ```ts
 * const fn = createEmulatedFn({ clock, seed: 1, timeZone: 'Europe/Moscow', registration });
 * fn.begin(2);
 * fn.commit(); // shift open
 * fn.begin(3);
 * fn.add(encodedReceiptTags);
 * const receipt = fn.commit(); // { fiscalDocumentNumber: 3, fiscalSign: 3965…, … }
 * ```
 * @throws ElcertError `FN_NUMBER` for a number that a real drive could have
 */
export function createEmulatedFn(options: EmulatedFnOptions): EmulatedFn {
  const { clock, seed, timeZone, capacity = 250_000, signs = Number.POSITIVE_INFINITY } = options;
  const { queueCapacity = capacity } = options;
  const fiscalDriveNumber =
    options.fiscalDriveNumber ?? `9999078900${randomDigits(seededRandom(`fn ${seed}`), 6)}`;
  if (!isMassSizeModel(fiscalDriveNumber))
    throw new ElcertError<FnErrorCode>({
      code: 'FN_NUMBER',
      message: 'an emulated drive has a number of the mass-size model: 9999078900 and six digits',
    });

  const archive: Kept[] = [];
  const replies: FnReplyRecord[] = [];
  /** Documents for the operator; those before `confirmedCount` were confirmed. Documents made offline are not among them. */
  const owed: Kept[] = [];
  let confirmedCount = 0;
  const confirmations = new Map<number, Uint8Array>();
  let phase: FnPhase = 'ready';
  let registration: FnRegistration | undefined;
  let registeredAt = 0;
  let registrations = 0;
  let keyLifeDays = options.keyLifeDays ?? 470;
  /** `openedAt` by the register's clock, `timer` by the drive's. */
  let shift: { readonly openedAt: number; readonly timer: number; readonly openDocument: number } | undefined;
  let shiftNumber = 0;
  let shiftDocuments = 0;
  let receiptNumber = 0;
  let shiftCounters = createCounters();
  const totals = createCounters();
  let operatorMessage = 0;
  let open: { readonly documentCode: number; readonly tlv: FnTlv[]; size: number } | undefined;

  const isOffline = (of = registration) => of?.modes?.includes('offline') === true;
  const marking = createMarking(
    () => phase === 'fiscal' && ((registration?.usageConditions ?? 0) & markedGoods) !== 0,
    () => isOffline(),
  );

  const now = () => localToUnixSeconds(localDateTime(clock.now(), timeZone));
  const firstUnsent = () => owed[confirmedCount];
  const unsent = () => owed.length - confirmedCount;
  const shiftExpired = () => shift !== undefined && now() - shift.timer >= day;
  const keyDaysLeft = () => keyLifeDays - Math.floor((now() - registeredAt) / day);

  const warnings = () => {
    if (registration === undefined) return 0;
    const left = keyDaysLeft();
    const first = firstUnsent();
    return (
      (left <= 3 ? fnWarnings.urgentReplacement : 0) |
      (left <= 30 ? fnWarnings.exhaustion : 0) |
      (archive.length >= capacity * 0.9 || (unsent() > 0 && unsent() >= queueCapacity * 0.9)
        ? fnWarnings.memory
        : 0) |
      (first !== undefined && now() - first.timer >= 2 * day ? fnWarnings.ofdTimeout : 0) |
      (left <= 0 || archive.length >= capacity || archive.length >= signs ? fnWarnings.critical : 0)
    );
  };

  /** Everything that stops a drive from signing, whatever the document. */
  const checkMaySign = (documentCode: number) => {
    const first = firstUnsent();
    if (first !== undefined && now() - first.timer >= 30 * day)
      throw new FnRefusal(
        0x15,
        `document ${first.fiscalDocumentNumber} has waited for the operator for 30 days`,
      );
    if (closings.has(documentCode)) return;
    if (archive.length >= capacity) throw new FnRefusal(0x06, `${capacity} documents in the archive`);
    if (archive.length >= signs) throw new FnRefusal(0x12, `${signs} signs were made`);
    if (unsent() >= queueCapacity)
      throw new FnRefusal(0x14, `${queueCapacity} documents wait for the operator`);
    if (registration !== undefined && keyDaysLeft() <= 0)
      throw new FnRefusal(0x05, `the keys ended after ${keyLifeDays} days`);
  };

  /**
   * The register's time, to the minute. It never goes back; while a shift is open it goes on as the drive's own timer does, to five
   * minutes. Between shifts a register may be set right.
   */
  const commitTime = (dateTime: LocalDateTime | undefined): CommitTime => {
    const timer = now();
    let seconds: number;
    try {
      seconds = dateTime === undefined ? timer : localToUnixSeconds(dateTime);
    } catch (error) {
      if (!isElcertError(error, 'BAD_LOCAL_TIME')) throw error;
      throw new FnRefusal(0x07, error.message);
    }
    const time = { unixTime: seconds - (seconds % 60), timer, ahead: seconds - timer };
    const last = archive.at(-1);
    if (last === undefined) return time;
    if (time.unixTime < last.unixTime)
      throw new FnRefusal(0x17, `earlier than document ${last.fiscalDocumentNumber} of ${last.dateTime}`);
    const difference = Math.abs(time.ahead - last.ahead);
    if (shift !== undefined && difference > 300)
      throw new FnRefusal(0x17, `${difference} s off since document ${last.fiscalDocumentNumber}`);
    return time;
  };

  /** Signs, numbers and keeps a document. Whatever can be refused was refused before. */
  const append = (
    documentCode: number,
    tlv: readonly FnTlv[],
    time: CommitTime,
    settled: Pick<FnDocument, 'settlementType' | 'totalSum'> = {
      settlementType: undefined,
      totalSum: undefined,
    },
  ): Kept => {
    const fiscalDocumentNumber = archive.length + 1;
    const isReceipt = receipts.has(documentCode);
    const own: FnTlv[] = [
      tlvText(1041, fiscalDriveNumber, 16),
      tlvUint32(1040, fiscalDocumentNumber),
      tlvUint32(1012, time.unixTime),
    ];
    if (documentCode !== 1 && documentCode !== 11) own.push(tlvUint32(1038, shiftNumber));
    if (isReceipt) own.push(tlvUint32(1042, receiptNumber + 1));
    const content = joinTlv([...own, ...tlv]);
    const fiscalSign = placeholderFiscalSign(seed, concatBytes(Uint8Array.of(documentCode), content));
    // The first two bytes of tag 1077 as real documents have them: 21 04 in reports, 31 04 in receipts, 33 04 in corrections.
    const kind = corrections.has(documentCode) ? 0x33 : isReceipt ? 0x31 : 0x21;
    const body = concatBytes(
      content,
      joinTlv([{ tag: 1077, value: byteWriter(6).u8(kind).u8(4).u32be(fiscalSign).finish() }]),
    );
    const limit = maxDocumentBytes[documentCode] ?? 0x8000;
    if (body.length + 4 > limit)
      throw new FnRefusal(0x10, `the document takes ${body.length + 4} bytes, ${limit} are allowed`);
    const bytes = concatBytes(byteWriter(4).u16le(documentCode).u16le(body.length).finish(), body);
    const document: Kept = {
      documentCode,
      fiscalDocumentNumber,
      fiscalSign,
      dateTime: unixSecondsToLocal(time.unixTime).slice(0, 16),
      bytes,
      shiftNumber: documentCode === 1 || documentCode === 11 ? undefined : shiftNumber,
      receiptNumber: isReceipt ? receiptNumber + 1 : undefined,
      ...settled,
      messageSign: placeholderMessageSign(seed, bytes),
      shiftOpenDocumentNumber: documentCode === 2 ? fiscalDocumentNumber : (shift?.openDocument ?? 1),
      ...time,
    };
    archive.push(document);
    return document;
  };

  /** Hands a document over to the operator's queue, unless there is no operator. */
  const owe = (document: Kept, offline: boolean) => {
    if (!offline) owed.push(document);
  };

  /** What the drive knows by itself and a document of this form wants. */
  const fromRegistration = (documentCode: number, one: FnRegistration): FnTlv[] => {
    const list = headerTags(one);
    if (receipts.has(documentCode) || documentCode === 6)
      list.push(tlvText(1048, one.userName), tlvText(1009, one.address), tlvText(1187, one.place));
    if (receipts.has(documentCode) && one.automatNumber !== undefined && one.modes?.includes('automatic'))
      list.push(tlvText(1036, one.automatNumber));
    if (documentCode === 2) list.push(tlvText(1188, one.kktVersion), tlvUint8(1189, 4));
    if (documentCode === 21 && isOffline(one)) list.push(tlvUint8(1002, 1));
    return list;
  };

  const signsOfWear = (): FnTlv[] => {
    const bits = warnings();
    const list: FnTlv[] = [];
    if (bits & fnWarnings.exhaustion) list.push(tlvUint8(1050, 1));
    if (bits & fnWarnings.urgentReplacement) list.push(tlvUint8(1051, 1));
    if (bits & fnWarnings.memory) list.push(tlvUint8(1052, 1));
    if (bits & fnWarnings.ofdTimeout) list.push(tlvUint8(1053, 1));
    if (operatorMessage !== 0) list.push(tlvUint8(1206, operatorMessage));
    return list;
  };

  const unsentTlv = (): FnTlv[] => {
    const first = firstUnsent();
    const notifications = marking.waiting.length;
    return [
      ...(first === undefined
        ? []
        : [tlvUint32(1097, unsent()), tlvUint32(1098, first.unixTime - (first.unixTime % day))]),
      ...(notifications === 0 ? [] : [tlvUint32(2104, notifications)]),
    ];
  };

  const keyResource = () => tlvUint16(1213, Math.max(0, keyDaysLeft()));

  /** What only the drive can tell, by form. */
  const ownTags = (documentCode: number): FnTlv[] => {
    switch (documentCode) {
      case 2:
        return signsOfWear();
      case 5:
        return [
          ...signsOfWear(),
          tlvUint32(1111, shiftDocuments + 1),
          tlvUint32(1118, receiptNumber),
          ...unsentTlv(),
          keyResource(),
          { tag: 1157, value: totals.encode() },
          { tag: 1194, value: shiftCounters.encode() },
        ];
      case 21:
        return [...unsentTlv(), keyResource(), { tag: 1157, value: totals.encode() }];
      case 6:
        return [{ tag: 1157, value: totals.encode() }];
      default:
        return [];
    }
  };

  /** Checks a registration before anything is changed. @returns days of key life */
  const checkRegistration = (next: FnRegistration, again: boolean): number => {
    if (phase !== 'ready' && phase !== 'fiscal') throw new FnRefusal(0x02, `the drive is in phase ${phase}`);
    if (open !== undefined || shift !== undefined)
      throw new FnRefusal(0x02, 'a registration wants a closed shift and no open document');
    if (registrations >= mostRegistrations)
      throw new FnRefusal(0x0a, `a drive takes ${mostRegistrations} registrations`);
    if (!/^\d{10}(\d{2})?$/.test(next.inn) || !/^\d{16}$/.test(next.kktRegistrationNumber))
      throw new FnRefusal(0x09, 'an INN has 10 or 12 digits, a registration number 16');
    if (next.taxation < 1 || next.taxation > 0x3f) throw new FnRefusal(0x09, `taxation is ${next.taxation}`);
    if (again && next.inn !== registration?.inn)
      throw new FnRefusal(0x19, 'the INN cannot change without another drive');
    if (again && unsent() > 0 && isOffline(next))
      throw new FnRefusal(0x02, 'everything goes to the operator before a register does without one');
    if (options.keyLifeDays !== undefined) return options.keyLifeDays;
    if (options.model === undefined) return keyLifeDays;
    const term = keyTermOf(options.model, { ...next, usageConditions: conditionsOf(next) });
    if ('refused' in term) throw new FnRefusal(0x05, term.refused);
    // A change of use may shorten the term, never prolong it.
    return again ? Math.min(keyLifeDays, term.days) : term.days;
  };

  const fn: EmulatedFn = {
    fiscalDriveNumber,
    get registration() {
      return registration;
    },
    replies,
    marking,
    status(): FnStatus {
      const first = firstUnsent();
      const last = archive.at(-1);
      return {
        fiscalDriveNumber,
        phase,
        openDocument: open?.documentCode,
        shiftOpen: shift !== undefined,
        shiftExpired: shiftExpired(),
        shiftNumber,
        receiptNumber,
        shiftOpenedAt: shift === undefined ? undefined : unixSecondsToLocal(shift.openedAt).slice(0, 16),
        lastFiscalDocumentNumber: archive.length,
        lastDocumentAt: last?.dateTime,
        unsentDocuments: unsent(),
        firstUnsentNumber: first?.fiscalDocumentNumber,
        firstUnsentAt: first?.dateTime,
        warnings: warnings(),
        validUntil:
          registration === undefined
            ? undefined
            : unixSecondsToLocal(registeredAt + keyLifeDays * day).slice(0, 10),
        registrationsLeft: mostRegistrations - registrations,
        offline: isOffline(),
        documentsLeft: Math.max(0, Math.min(capacity, signs) - archive.length),
        queueLeft: Math.max(0, queueCapacity - unsent()),
      };
    },
    register(next, { dateTime, reasons } = {}) {
      const again = registration !== undefined;
      const days = checkRegistration(next, again);
      if (again && (reasons === undefined || reasons === 0))
        throw new FnRefusal(0x3c, 'a change of registration names its reasons (tag 1205)', { tag: 1205 });
      checkMaySign(1);
      const time = commitTime(dateTime);
      // A new drive in a register that had another one begins with a report on the change.
      const changed = again || (reasons ?? 0) !== 0;
      const left = days - (again ? Math.floor((now() - registeredAt) / day) : 0);
      const document = append(
        changed ? 11 : 1,
        registrationTags(next, Math.max(0, left), changed ? (reasons ?? 0) : undefined),
        time,
      );
      if (!again) registeredAt = document.timer;
      // The report that ends work without an operator, and the one that begins it, belong to the new way of working.
      owe(document, isOffline(next));
      keyLifeDays = days;
      registration = next;
      registrations += 1;
      phase = 'fiscal';
      return document;
    },
    begin(documentCode) {
      if (phase !== 'fiscal') throw new FnRefusal(0x02, `the drive is in phase ${phase}`);
      if (open !== undefined) throw new FnRefusal(0x02, `document ${open.documentCode} is open`);
      if (!formsOnCommand.has(documentCode))
        throw new FnRefusal(0x0a, `form ${documentCode} is not made here`);
      if (documentCode === 2 && shift !== undefined) throw new FnRefusal(0x02, 'the shift is open');
      if (documentCode === 6 && shift !== undefined) throw new FnRefusal(0x02, 'close the shift first');
      if ((documentCode === 5 || receipts.has(documentCode)) && shift === undefined)
        throw new FnRefusal(0x02, 'the shift is closed');
      if (receipts.has(documentCode) && shiftExpired())
        throw new FnRefusal(0x16, 'the shift has been open for 24 hours');
      checkMaySign(documentCode);
      open = { documentCode, tlv: [], size: 0 };
    },
    add(tlv) {
      if (open === undefined) throw new FnRefusal(0x02, 'no document is open');
      const more = readTlv(tlv);
      if (open.size + tlv.length > 0x8000)
        throw new FnRefusal(0x10, `more than ${0x8000} bytes in one document`);
      for (const { tag, value } of more) {
        if (tagsOfTheDrive.has(tag)) throw new FnRefusal(0x0b, `the drive writes tag ${tag} itself`, { tag });
        if (
          (tag === 1018 && !equalBytes(value, tlvText(1018, registration?.inn ?? '', 12).value)) ||
          (tag === 1037 &&
            !equalBytes(value, tlvText(1037, registration?.kktRegistrationNumber ?? '', 20).value))
        )
          throw new FnRefusal(0x19, `tag ${tag} differs from the registration`, { tag });
      }
      open.tlv.push(...more);
      open.size += tlv.length;
    },
    commit({ dateTime } = {}) {
      if (open === undefined || registration === undefined) throw new FnRefusal(0x02, 'no document is open');
      const { documentCode, tlv } = open;
      checkMaySign(documentCode);
      if (receipts.has(documentCode) && shiftExpired())
        throw new FnRefusal(0x16, 'the shift has been open for 24 hours');
      const time = commitTime(dateTime);
      const given = new Set(tlv.map((entry) => entry.tag));
      const list = [
        ...fromRegistration(documentCode, registration).filter((entry) => !given.has(entry.tag)),
        ...tlv,
        // An electronic receipt names its sender.
        ...(given.has(1008) && !given.has(1117) ? [tlvText(1117, registration.senderEmail)] : []),
        ...ownTags(documentCode),
      ];
      const present = new Set(list.map((entry) => entry.tag));
      for (const tag of mandatoryTags.get(documentCode) ?? [])
        if (!present.has(tag) && !tagsOfEveryDocument.has(tag))
          throw new FnRefusal(0x3c, `tag ${tag} is missing`, { tag });
      const settled = receipts.has(documentCode) ? checkReceipt(list, registration) : undefined;
      const lines = settled === undefined ? [] : linesIn(list);
      const marked = lines.filter((line) => line.some((entry) => entry.tag === 2106)).length;
      if (marked > marking.saved)
        throw new FnRefusal(0x3e, `${marked} lines with tag 2106, ${marking.saved} products were accepted`);
      if (documentCode === 2) {
        shiftNumber += 1;
        receiptNumber = 0;
        shiftDocuments = 0;
        shiftCounters = createCounters();
      }
      let document: Kept;
      try {
        document = append(documentCode, list, time, settled);
      } catch (error) {
        if (documentCode === 2) shiftNumber -= 1;
        throw error;
      }
      open = undefined;
      shiftDocuments += 1;
      owe(document, isOffline());
      if (documentCode === 2) {
        shift = {
          openedAt: time.unixTime,
          timer: document.timer,
          openDocument: document.fiscalDocumentNumber,
        };
        operatorMessage = 0;
      } else if (documentCode === 5) {
        shift = undefined;
        operatorMessage = 0;
      } else if (documentCode === 6) {
        phase = unsent() > 0 ? 'post-fiscal' : 'archive';
      } else if (settled !== undefined) {
        receiptNumber += 1;
        const correction = corrections.has(documentCode);
        const settlement = numberIn(list, 1054);
        marking.sold(lines, {
          fiscalDriveNumber,
          fiscalDocumentNumber: document.fiscalDocumentNumber,
          unixTime: time.unixTime,
          settlement,
          taxation: numberIn(list, 1055),
          correction,
          keep: isOffline(),
        });
        for (const counters of [totals, shiftCounters]) counters.count(correction, settlement, sumsIn(list));
      }
      return document;
    },
    cancel() {
      open = undefined;
    },
    documents: () => archive,
    document: (fiscalDocumentNumber) => archive[fiscalDocumentNumber - 1],
    confirmed: (fiscalDocumentNumber) => confirmations.has(fiscalDocumentNumber),
    confirmation: (fiscalDocumentNumber) => confirmations.get(fiscalDocumentNumber),
    container(fiscalDocumentNumber) {
      const document = archive[fiscalDocumentNumber - 1];
      return document === undefined ? undefined : packDocument(fiscalDriveNumber, document);
    },
    nextContainer() {
      const document = firstUnsent();
      return document === undefined ? undefined : packDocument(fiscalDriveNumber, document);
    },
    loadReply(bytes) {
      const document = firstUnsent();
      const reply = judgeReply(fiscalDriveNumber, document, bytes);
      if (document === undefined || !reply.accepted) {
        const reason = reply.accepted ? 'no document waits for a reply' : reply.reason;
        const fiscalDocumentNumber = reply.accepted ? undefined : reply.fiscalDocumentNumber;
        replies.push({ fiscalDocumentNumber, accepted: false, reason });
        throw new FnRefusal(0x20, reason);
      }
      const { fiscalDocumentNumber } = document;
      confirmedCount += 1;
      confirmations.set(fiscalDocumentNumber, reply.confirmation);
      replies.push({ fiscalDocumentNumber, accepted: true });
      // Bits of the operator's messages go into the next shift report (02h, 40h, 80h are those that tell the user something).
      operatorMessage |= reply.operatorMessage;
      if (phase === 'post-fiscal' && firstUnsent() === undefined) phase = 'archive';
    },
  };
  if (options.registration !== undefined) fn.register(options.registration);
  return fn;
}
