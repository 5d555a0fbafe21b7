import {
  byteWriter,
  concatBytes,
  ElcertError,
  encodeCp866,
  equalBytes,
  isElcertError,
  type LocalDateTime,
  localDateTime,
  localToUnixSeconds,
  randomDigits,
  seededRandom,
  sumKopecks,
  unixSecondsToLocal,
} from '@elcert/core';
import { joinTlv, type SettlementType } from '@elcert/fiscal-doc';
import {
  type Container,
  containerToOfd,
  decodeContainer,
  encodeContainer,
  encodeDocumentServiceData,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { mandatoryItemTags, mandatoryTags, tagsOfEveryDocument, tagsOfTheDrive } from './composition.js';
import { createCounters, type FnCounters } from './counters.js';
import { type FnErrorCode, FnRefusal } from './errors.js';
import { createMarking } from './marking.js';
import {
  isMassSizeModel,
  placeholderFiscalSign,
  placeholderMessageSign,
  placeholderOperatorSign,
  placeholderReplySign,
} from './signs.js';
import { type FnTlv, readNumber, readTlv, tlvUint8, tlvUint16, tlvUint32 } from './tlv.js';
import {
  type EmulatedFn,
  type EmulatedFnOptions,
  type FnContainer,
  type FnDocument,
  type FnPhase,
  type FnRegistration,
  type FnReplyRecord,
  fnWarnings,
} from './types.js';

const day = 86_400;
const receipts = new Set([3, 4, 31, 41]);
const formsOnCommand = new Set([2, 21, 3, 4, 31, 41, 5, 6]);
const settlementTypes: readonly (SettlementType | undefined)[] = [
  undefined,
  'sale',
  'saleReturn',
  'purchase',
  'purchaseReturn',
];
/** A document TLV and what surrounds it must fit the container of the operator's protocol. */
const maxDocumentBytes: Readonly<Record<number, number>> = { 1: 6144, 11: 6144, 2: 4096, 5: 4096, 6: 4096 };

function text(tag: number, value: string, length?: number): FnTlv {
  return { tag, value: encodeCp866(length === undefined ? value : value.padEnd(length, ' ')).bytes };
}

/** What {@link EmulatedFn} keeps of a document beside what it shows. */
interface Kept extends FnDocument {
  readonly messageSign: Uint8Array;
  readonly shiftOpenDocumentNumber: number;
  readonly unixTime: number;
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
  const { clock, seed, timeZone, keyLifeDays = 470, capacity = 250_000 } = options;
  const fiscalDriveNumber =
    options.fiscalDriveNumber ?? `9999078900${randomDigits(seededRandom(`fn ${seed}`), 6)}`;
  if (!isMassSizeModel(fiscalDriveNumber))
    throw new ElcertError<FnErrorCode>({
      code: 'FN_NUMBER',
      message: 'an emulated drive has a number of the mass-size model: 9999078900 and six digits',
    });

  const archive: Kept[] = [];
  const replies: FnReplyRecord[] = [];
  let confirmedCount = 0;
  let phase: FnPhase = 'ready';
  let registration: FnRegistration | undefined;
  let registeredAt = 0;
  let registrations = 0;
  let shift:
    | { readonly number: number; readonly openedAt: number; readonly openDocument: number }
    | undefined;
  let shiftNumber = 0;
  let shiftDocuments = 0;
  let receiptNumber = 0;
  let shiftCounters = createCounters();
  const totals = createCounters();
  let operatorMessage = 0;
  let open: { readonly documentCode: number; readonly tlv: FnTlv[]; size: number } | undefined;

  const marking = createMarking(
    () => phase === 'fiscal' && ((registration?.usageConditions ?? 0) & 0x100) !== 0,
  );

  const now = () => localToUnixSeconds(localDateTime(clock.now(), timeZone));
  const firstUnsent = () => archive[confirmedCount];
  const shiftExpired = () => shift !== undefined && now() - shift.openedAt >= day;
  const keyDaysLeft = () => keyLifeDays - Math.floor((now() - registeredAt) / day);

  const warnings = () => {
    if (registration === undefined) return 0;
    const left = keyDaysLeft();
    const unsent = firstUnsent();
    return (
      (left <= 3 ? fnWarnings.urgentReplacement : 0) |
      (left <= 30 ? fnWarnings.exhaustion : 0) |
      (archive.length >= capacity * 0.9 ? fnWarnings.memory : 0) |
      (unsent !== undefined && now() - unsent.unixTime >= 2 * day ? fnWarnings.ofdTimeout : 0)
    );
  };

  /** Everything that stops a drive from signing, whatever the document. */
  const checkMaySign = (documentCode: number) => {
    const unsent = firstUnsent();
    if (unsent !== undefined && now() - unsent.unixTime >= 30 * day)
      throw new FnRefusal(
        0x15,
        `document ${unsent.fiscalDocumentNumber} has waited for the operator for 30 days`,
      );
    if (archive.length >= capacity) throw new FnRefusal(0x06, `${capacity} documents in the archive`);
    if (registration !== undefined && keyDaysLeft() <= 0 && documentCode !== 6 && documentCode !== 5)
      throw new FnRefusal(0x05, `the keys ended after ${keyLifeDays} days`);
  };

  const commitTime = (dateTime: LocalDateTime | undefined): number => {
    const current = now();
    let seconds: number;
    try {
      seconds = dateTime === undefined ? current : localToUnixSeconds(dateTime);
    } catch (error) {
      if (!isElcertError(error, 'BAD_LOCAL_TIME')) throw error;
      throw new FnRefusal(0x07, error.message);
    }
    if (Math.abs(seconds - current) > 300)
      throw new FnRefusal(0x17, `${dateTime ?? ''} is more than 5 minutes off`);
    const minute = seconds - (seconds % 60);
    const last = archive.at(-1);
    if (last !== undefined && minute < last.unixTime)
      throw new FnRefusal(0x17, `earlier than document ${last.fiscalDocumentNumber} of ${last.dateTime}`);
    return minute;
  };

  /** Signs, numbers and keeps a document. Whatever can be refused was refused before. */
  const append = (
    documentCode: number,
    tlv: readonly FnTlv[],
    unixTime: number,
    settled: Pick<FnDocument, 'settlementType' | 'totalSum'> = {
      settlementType: undefined,
      totalSum: undefined,
    },
  ): Kept => {
    const fiscalDocumentNumber = archive.length + 1;
    const isReceipt = receipts.has(documentCode);
    const own: FnTlv[] = [
      text(1041, fiscalDriveNumber, 16),
      tlvUint32(1040, fiscalDocumentNumber),
      tlvUint32(1012, unixTime),
    ];
    if (documentCode !== 1 && documentCode !== 11) own.push(tlvUint32(1038, shiftNumber));
    if (isReceipt) own.push(tlvUint32(1042, receiptNumber + 1));
    const content = joinTlv([...own, ...tlv]);
    const fiscalSign = placeholderFiscalSign(seed, concatBytes(Uint8Array.of(documentCode), content));
    // The first two bytes of tag 1077 as real documents have them: 21 04 in reports, 31 04 in receipts, 33 04 in corrections.
    const kind = documentCode === 31 || documentCode === 41 ? 0x33 : isReceipt ? 0x31 : 0x21;
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
      dateTime: unixSecondsToLocal(unixTime).slice(0, 16),
      bytes,
      shiftNumber: documentCode === 1 || documentCode === 11 ? undefined : shiftNumber,
      receiptNumber: isReceipt ? receiptNumber + 1 : undefined,
      ...settled,
      messageSign: placeholderMessageSign(seed, bytes),
      shiftOpenDocumentNumber: documentCode === 2 ? fiscalDocumentNumber : (shift?.openDocument ?? 1),
      unixTime,
    };
    archive.push(document);
    return document;
  };

  const header = (one: FnRegistration): FnTlv[] => [
    text(1037, one.kktRegistrationNumber, 20),
    text(1018, one.inn, 12),
    tlvUint8(1209, 4),
  ];

  /** What the drive knows by itself and a document of this form wants. */
  const fromRegistration = (documentCode: number, one: FnRegistration): FnTlv[] => {
    const list = header(one);
    if (receipts.has(documentCode) || documentCode === 6)
      list.push(text(1048, one.userName), text(1009, one.address), text(1187, one.place));
    if (documentCode === 2) list.push(text(1188, one.kktVersion), tlvUint8(1189, 4));
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
    const unsent = firstUnsent();
    if (unsent === undefined) return [];
    return [
      tlvUint32(1097, archive.length - confirmedCount),
      tlvUint32(1098, unsent.unixTime - (unsent.unixTime % day)),
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

  const one = (list: readonly FnTlv[], tag: number): number => {
    const found = list.find((entry) => entry.tag === tag);
    return found === undefined ? 0 : readNumber(found.value);
  };

  const checkReceipt = (list: readonly FnTlv[], known: FnRegistration) => {
    const settlement = one(list, 1054);
    const settlementType = settlementTypes[settlement];
    if (settlementType === undefined) throw new FnRefusal(0x18, `tag 1054 is ${settlement}`);
    const taxation = one(list, 1055);
    if (taxation === 0 || (taxation & (taxation - 1)) !== 0)
      throw new FnRefusal(0x18, 'tag 1055 has other than one bit');
    if ((taxation & known.taxation) === 0)
      throw new FnRefusal(0x19, `taxation ${taxation} was not registered`);
    const totalSum = one(list, 1020);
    const paid = sumKopecks([1031, 1081, 1215, 1216, 1217].map((tag) => one(list, tag)));
    if (paid !== totalSum) throw new FnRefusal(0x09, `paid ${paid} kopecks of ${totalSum}`);
    let sum = 0;
    for (const [index, line] of list.filter((entry) => entry.tag === 1059).entries()) {
      const tags = readTlv(line.value);
      for (const tag of mandatoryItemTags)
        if (!tags.some((entry) => entry.tag === tag))
          throw new FnRefusal(0x3c, `line ${index + 1} lacks tag ${tag}`, { tag });
      sum = sumKopecks([sum, one(tags, 1043)]);
    }
    // A whole receipt may be rounded down to rubles.
    if (totalSum > sum || sum - totalSum > 99)
      throw new FnRefusal(0x09, `the lines add up to ${sum} kopecks, the total is ${totalSum}`);
    return { settlementType, totalSum };
  };

  const count = (counters: FnCounters, documentCode: number, list: readonly FnTlv[]) =>
    counters.count(documentCode === 31 || documentCode === 41, one(list, 1054), {
      total: one(list, 1020),
      cash: one(list, 1031),
      electronic: one(list, 1081),
      prepaid: one(list, 1215),
      credit: one(list, 1216),
      other: one(list, 1217),
    });

  const containerOf = (document: Kept): FnContainer => ({
    fiscalDriveNumber,
    fiscalDocumentNumber: document.fiscalDocumentNumber,
    bytes: encodeContainer({
      lengthForm: 'total',
      messageType: containerToOfd,
      documentCode: document.documentCode,
      version: 1,
      serviceData1: Uint8Array.of(0x10, 0x09),
      fiscalDriveNumber,
      fiscalDocumentNumber: document.fiscalDocumentNumber,
      serviceData2: encodeDocumentServiceData({
        nonce: document.messageSign.subarray(3, 8),
        shiftOpenDocumentNumber: document.shiftOpenDocumentNumber,
        format: 4,
        documentLength: document.bytes.length,
      }),
      data: concatBytes(document.bytes, document.messageSign, Uint8Array.of(0, 0)),
    }),
  });

  const fn: EmulatedFn = {
    fiscalDriveNumber,
    get registration() {
      return registration;
    },
    replies,
    marking,
    status() {
      const unsent = firstUnsent();
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
        unsentDocuments: archive.length - confirmedCount,
        firstUnsentNumber: unsent?.fiscalDocumentNumber,
        firstUnsentAt: unsent?.dateTime,
        warnings: warnings(),
        validUntil:
          registration === undefined
            ? undefined
            : unixSecondsToLocal(registeredAt + keyLifeDays * day).slice(0, 10),
        registrationsLeft: 12 - registrations,
      };
    },
    register(next, { dateTime, reasons } = {}) {
      const again = registration !== undefined;
      if (phase !== 'ready' && phase !== 'fiscal')
        throw new FnRefusal(0x02, `the drive is in phase ${phase}`);
      if (open !== undefined || shift !== undefined)
        throw new FnRefusal(0x02, 'a registration wants a closed shift and no open document');
      if (registrations >= 12) throw new FnRefusal(0x0a, 'a drive takes twelve registrations');
      if (again && (reasons === undefined || reasons === 0))
        throw new FnRefusal(0x3c, 'a change of registration names its reasons (tag 1205)', { tag: 1205 });
      if (again && next.inn !== registration?.inn)
        throw new FnRefusal(0x19, 'the INN cannot change without another drive');
      checkMaySign(1);
      const unixTime = commitTime(dateTime);
      // A new drive in a register that had another one begins with a report on the change.
      const changed = again || (reasons ?? 0) !== 0;
      const document = append(
        changed ? 11 : 1,
        [
          ...header(next),
          text(1013, next.kktSerialNumber),
          text(1048, next.userName),
          text(1009, next.address),
          text(1187, next.place),
          text(1017, next.ofd.inn, 12),
          text(1046, next.ofd.name),
          text(1021, next.cashier),
          text(1060, 'www.nalog.gov.ru'),
          text(1117, next.senderEmail),
          tlvUint8(1062, next.taxation),
          tlvUint8(1001, 0),
          tlvUint8(1002, 0),
          tlvUint8(1056, 0),
          text(1188, next.kktVersion),
          tlvUint8(1189, 4),
          tlvUint8(1190, 4),
          tlvUint32(1290, next.usageConditions),
          tlvUint16(1213, again ? Math.max(0, keyDaysLeft()) : keyLifeDays),
          ...(changed ? [tlvUint32(1205, reasons ?? 0)] : []),
        ],
        unixTime,
      );
      if (!again) registeredAt = unixTime;
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
          (tag === 1018 && !equalBytes(value, text(1018, registration?.inn ?? '', 12).value)) ||
          (tag === 1037 &&
            !equalBytes(value, text(1037, registration?.kktRegistrationNumber ?? '', 20).value))
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
      const unixTime = commitTime(dateTime);
      const given = new Set(tlv.map((entry) => entry.tag));
      const list = [
        ...fromRegistration(documentCode, registration).filter((entry) => !given.has(entry.tag)),
        ...tlv,
        // An electronic receipt names its sender.
        ...(given.has(1008) && !given.has(1117) ? [text(1117, registration.senderEmail)] : []),
        ...ownTags(documentCode),
      ];
      const present = new Set(list.map((entry) => entry.tag));
      for (const tag of mandatoryTags.get(documentCode) ?? [])
        if (!present.has(tag) && !tagsOfEveryDocument.has(tag))
          throw new FnRefusal(0x3c, `tag ${tag} is missing`, { tag });
      const settled = receipts.has(documentCode) ? checkReceipt(list, registration) : undefined;
      const marked =
        settled === undefined
          ? []
          : list
              .filter((entry) => entry.tag === 1059)
              .flatMap((line) => readTlv(line.value).filter((entry) => entry.tag === 2106))
              .map((entry) => readNumber(entry.value));
      if (marked.length > marking.saved)
        throw new FnRefusal(
          0x3e,
          `${marked.length} lines with tag 2106, ${marking.saved} products were accepted`,
        );
      if (documentCode === 2) {
        shiftNumber += 1;
        receiptNumber = 0;
        shiftDocuments = 0;
        shiftCounters = createCounters();
      }
      let document: Kept;
      try {
        document = append(documentCode, list, unixTime, settled);
      } catch (error) {
        if (documentCode === 2) shiftNumber -= 1;
        throw error;
      }
      open = undefined;
      shiftDocuments += 1;
      if (documentCode === 2) {
        shift = { number: shiftNumber, openedAt: unixTime, openDocument: document.fiscalDocumentNumber };
        operatorMessage = 0;
      } else if (documentCode === 5) {
        shift = undefined;
        operatorMessage = 0;
      } else if (documentCode === 6) {
        phase = 'post-fiscal';
      } else if (settled !== undefined) {
        receiptNumber += 1;
        marking.sold(marked);
        count(totals, documentCode, list);
        count(shiftCounters, documentCode, list);
      }
      return document;
    },
    cancel() {
      open = undefined;
    },
    documents: () => archive,
    document: (fiscalDocumentNumber) => archive[fiscalDocumentNumber - 1],
    confirmed: (fiscalDocumentNumber) => fiscalDocumentNumber >= 1 && fiscalDocumentNumber <= confirmedCount,
    container(fiscalDocumentNumber) {
      const document = archive[fiscalDocumentNumber - 1];
      return document === undefined ? undefined : containerOf(document);
    },
    nextContainer() {
      const document = firstUnsent();
      return document === undefined ? undefined : containerOf(document);
    },
    loadReply(bytes) {
      const document = firstUnsent();
      const refuse = (reason: string, fiscalDocumentNumber: number | undefined): never => {
        replies.push({ fiscalDocumentNumber, accepted: false, reason });
        throw new FnRefusal(0x20, reason);
      };
      let container: Container;
      try {
        container = decodeContainer(bytes);
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return refuse(error.message, undefined);
      }
      const { fiscalDocumentNumber } = container;
      if (document === undefined) return refuse('no document waits for a reply', fiscalDocumentNumber);
      if (container.documentCode !== 7)
        return refuse(`form ${container.documentCode} is no confirmation`, fiscalDocumentNumber);
      if (container.fiscalDriveNumber !== fiscalDriveNumber)
        return refuse('a reply to another drive', fiscalDocumentNumber);
      if (fiscalDocumentNumber !== document.fiscalDocumentNumber)
        return refuse(
          `a reply about document ${fiscalDocumentNumber}, ${document.fiscalDocumentNumber} waits`,
          fiscalDocumentNumber,
        );
      let tags: FnTlv[];
      let data: ReturnType<typeof splitContainerData>;
      try {
        data = splitContainerData(container.data, 7);
        tags = readTlv(data.document.subarray(4));
      } catch (error) {
        if (!isElcertError(error)) throw error;
        return refuse(error.message, fiscalDocumentNumber);
      }
      const value = (tag: number) => tags.find((entry) => entry.tag === tag)?.value;
      for (const tag of mandatoryTags.get(7) ?? [])
        if (value(tag) === undefined)
          return refuse(`the confirmation lacks tag ${tag}`, fiscalDocumentNumber);
      if (!equalBytes(value(1041) as Uint8Array, text(1041, fiscalDriveNumber, 16).value))
        return refuse('tag 1041 names another drive', fiscalDocumentNumber);
      if (one(tags, 1040) !== fiscalDocumentNumber)
        return refuse('tag 1040 names another document', fiscalDocumentNumber);
      if (
        !equalBytes(value(1078) as Uint8Array, placeholderOperatorSign(document.bytes, document.messageSign))
      )
        return refuse('wrong operator sign (tag 1078)', fiscalDocumentNumber);
      if (
        data.messageSign === undefined ||
        !equalBytes(data.messageSign, placeholderReplySign(data.document))
      )
        return refuse('wrong message sign of the reply', fiscalDocumentNumber);
      confirmedCount += 1;
      replies.push({ fiscalDocumentNumber, accepted: true });
      // Bits of the operator's messages go into the next shift report (02h, 40h, 80h are those that tell the user something).
      operatorMessage |= one(tags, 1206);
      if (phase === 'post-fiscal' && firstUnsent() === undefined) phase = 'archive';
    },
  };
  if (options.registration !== undefined) fn.register(options.registration);
  return fn;
}
