import {
  type ByteChannel,
  channelReader,
  equalBytes,
  isElcertError,
  type Kopecks,
  type LocalDateTime,
  localDateTime,
  seededRandom,
  sumKopecks,
} from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import {
  decodeDocument,
  documentToJson,
  type FiscalDocument,
  type JsonObject,
  numberOf,
  textOf,
} from '@elcert/fiscal-doc';
import {
  type Container,
  type ContainerData,
  decodeContainer,
  encodeSession,
  ofdResponseCodes,
  type SessionMessage,
  sessionFramer,
  splitContainerData,
} from '@elcert/ofd-transport/ru';
import { placeholderFiscalSignMark } from '../fn/signs.js';
import {
  admitting,
  createRecorder,
  deliver,
  type EmulatorContext,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
  type Scenario,
} from '../kernel/index.js';
import { checkDocument, isReceiptForm, type OfdFinding, paymentTags, sumOf } from './check.js';
import { replyContainer } from './reply.js';

/** A document that the operator has taken. */
export interface OfdDocument {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** Decoded. */
  readonly document: FiscalDocument;
  /** The document TLV, outer tag included. */
  readonly bytes: Uint8Array;
  readonly messageSign: Uint8Array;
  /** The form in which the tax service hands documents out. */
  readonly json: JsonObject;
  readonly receivedAt: LocalDateTime;
  /** How often it came: each copy was confirmed, the document counts once. */
  readonly copies: number;
  /** Its fiscal sign carries the mark of an emulated drive. */
  readonly placeholderSign: boolean;
}

/** A document that the operator has refused. */
export interface OfdRejection {
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  /** 11 or 14. */
  readonly responseCode: number;
  readonly findings: readonly OfdFinding[];
}

/** An electronic receipt to a buyer. */
export interface OfdMail {
  /** Tag 1008: an e-mail address or a phone number. */
  readonly to: string;
  /** Tag 1117, when the receipt has one. */
  readonly from: string | undefined;
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: number;
  readonly dateTime: LocalDateTime;
  readonly totalSum: Kopecks;
  readonly sentAt: LocalDateTime;
}

/** Sums of receipts of one settlement type, kopecks. */
export interface OfdTotals {
  readonly count: number;
  readonly total: Kopecks;
  readonly cash: Kopecks;
  readonly electronic: Kopecks;
  readonly prepaid: Kopecks;
  readonly credit: Kopecks;
  readonly other: Kopecks;
}

/** What an {@link OfdRuHandle} can be told while it runs. */
export interface OfdRuSettings {
  /** Tag 1206 of every confirmation; 0 for none. */
  operatorMessage: number;
}

/** A running operator. */
export interface OfdRuHandle extends EmulatorHandle {
  readonly inn: string;
  /** All documents taken, in the order they came first. */
  documents(): readonly OfdDocument[];
  document(fiscalDriveNumber: string, fiscalDocumentNumber: number): OfdDocument | undefined;
  /** Receipts and corrections among them. */
  receipts(): readonly OfdDocument[];
  readonly rejections: readonly OfdRejection[];
  /** What buyers got. */
  readonly inbox: readonly OfdMail[];
  /** Sums of receipts (corrections left out) by value of tag 1054: 1 sale, 2 its return, 3 purchase, 4 its return. */
  totals(): ReadonlyMap<number, OfdTotals>;
  readonly settings: OfdRuSettings;
}

/** What {@link startOfdRu} is told. */
export interface OfdRuOptions extends EmulatorContext {
  /** Only its time zone is read. */
  readonly scenario?: Scenario;
  /** Tag 1017 of confirmations; `7700000016` unless told, which passes the check digits. */
  readonly inn?: string;
  /** `ofd-ru` unless told. */
  readonly name?: string;
  /**
   * How strict the check of documents is, as in `validateDocument` of `@elcert/fiscal-doc/rules`: `strict` (unless told) refuses every departure
   * from the tables, `field` takes what real documents are like.
   */
  readonly strictness?: 'strict' | 'field';
}

const sVersions = new Set(['81A2', '82FB']);
const aVersions = new Set(['0001', '0002', '0100', '0105', '0110', '0120']);

interface Stored {
  readonly entry: OfdDocument;
  copies: number;
}

const noTotals: OfdTotals = { count: 0, total: 0, cash: 0, electronic: 0, prepaid: 0, credit: 0, other: 0 };

/**
 * Starts an operator of fiscal data on TCP.
 *
 * It takes session messages of every version and check sum mode, one or more a connection. A message whose session or container is
 * broken is not answered: the connection is closed. A document that cannot be read gets code 11, one that breaks a rule code
 * 14 (tag 1022, without an operator's sign). Anything else is kept and confirmed – a second copy too, which is counted once; another
 * document under a known number gets code 14. Signs are placeholders that only the emulated drive takes.
 *
 * Operations, for faults: the document's JSON name (`receipt`, `openShift` …) or `ping`; facts `fiscalDriveNumber`,
 * `fiscalDocumentNumber`, `documentCode`. `refuse` takes a `code` of 11 or 14 (14 unless told). `corrupt` takes a `code` of
 * `wrong-fn`, `wrong-fd`, `wrong-crc` or `wrong-sign` for a reply that is whole and wrong. `cut` with `keepBytes: 30` closes after the
 * header.
 */
export async function startOfdRu(options: OfdRuOptions): Promise<OfdRuHandle> {
  const { clock, seed, name = 'ofd-ru', inn = '7700000016' } = options;
  const timeZone = options.scenario?.timeZone ?? 'Europe/Moscow';
  const random = seededRandom(`${name} ${seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults ?? [], random);
  const stored = new Map<string, Stored>();
  const rejections: OfdRejection[] = [];
  const inbox: OfdMail[] = [];
  const totals = new Map<number, OfdTotals>();
  const settings: OfdRuSettings = { operatorMessage: 0 };
  const held: (() => Promise<void>)[] = [];

  const wallClock = () => localDateTime(clock.now(), timeZone);
  const note = (direction: 'in' | 'out' | 'note', operation: string, facts: Record<string, unknown>) =>
    records.add({ at: clock.now(), direction, operation, facts });

  const keep = (
    container: Container,
    data: ContainerData & { messageSign: Uint8Array },
    document: FiscalDocument,
  ) => {
    const { fiscalDriveNumber, fiscalDocumentNumber } = container;
    const { tags } = document;
    const receivedAt = wallClock();
    const state: Stored = {
      copies: 1,
      entry: {
        fiscalDriveNumber,
        fiscalDocumentNumber,
        document,
        bytes: data.document,
        messageSign: data.messageSign,
        receivedAt,
        placeholderSign: signMark(document) === placeholderFiscalSignMark,
        get json() {
          return documentToJson(document, { messageSign: data.messageSign });
        },
        get copies() {
          return state.copies;
        },
      },
    };
    stored.set(keyOf(container), state);
    if (!isReceiptForm(document.code)) return;
    const totalSum = sumOf(tags, 1020);
    if (document.code === 3 || document.code === 4) {
      const settlement = numberOf(tags, 1054) ?? 0;
      const before = totals.get(settlement) ?? noTotals;
      totals.set(settlement, {
        count: before.count + 1,
        total: sumKopecks([before.total, totalSum]),
        cash: sumKopecks([before.cash, sumOf(tags, paymentTags.cash)]),
        electronic: sumKopecks([before.electronic, sumOf(tags, paymentTags.electronic)]),
        prepaid: sumKopecks([before.prepaid, sumOf(tags, paymentTags.prepaid)]),
        credit: sumKopecks([before.credit, sumOf(tags, paymentTags.credit)]),
        other: sumKopecks([before.other, sumOf(tags, paymentTags.other)]),
      });
    }
    const to = textOf(tags, 1008);
    // "none" is what tills write when the buyer wants no electronic receipt.
    if (to === undefined || to === '' || to.toLowerCase() === 'none') return;
    inbox.push({
      to,
      from: textOf(tags, 1117),
      fiscalDriveNumber,
      fiscalDocumentNumber,
      dateTime: textOf(tags, 1012) ?? receivedAt,
      totalSum,
      sentAt: receivedAt,
    });
  };

  /** What the operator makes of a container: the code of its answer, and why. */
  const judge = (
    container: Container,
  ): {
    readonly code: number;
    readonly findings: readonly OfdFinding[];
    readonly data?: ContainerData;
    readonly document?: FiscalDocument;
  } => {
    let data: ContainerData;
    let document: FiscalDocument;
    try {
      data = splitContainerData(container.data, container.documentCode);
      document = decodeDocument(data.document);
    } catch (error) {
      if (!isElcertError(error)) throw error;
      return {
        code: ofdResponseCodes.notRecognised,
        findings: [{ path: error.path ?? 'container', message: error.message }],
      };
    }
    const findings = checkDocument(document, container, options.strictness ?? 'strict');
    if (data.messageSign === undefined) findings.push({ path: 'container', message: 'no message sign' });
    const known = stored.get(keyOf(container));
    if (known !== undefined && !equalBytes(known.entry.bytes, data.document))
      findings.push({ path: `${document.name}/1040`, message: 'another document has this number' });
    return {
      code: findings.length === 0 ? ofdResponseCodes.accepted : ofdResponseCodes.formatCheckFailed,
      findings,
      data,
      document,
    };
  };

  const answer = async (channel: ByteChannel, message: SessionMessage): Promise<boolean> => {
    if (!sVersions.has(message.sVersion) || !aVersions.has(message.aVersion)) {
      note('note', 'refused', {
        reason: 'unknown version',
        sVersion: message.sVersion,
        aVersion: message.aVersion,
      });
      return false;
    }
    const session = (body: Uint8Array) =>
      encodeSession({
        sVersion: message.sVersion,
        aVersion: message.aVersion,
        fiscalDriveNumber: message.fiscalDriveNumber,
        crcMode: message.crcMode,
        hasContainer: body.length > 0,
        replyWanted: false,
        priority: 0,
        body,
      });
    if (!message.hasContainer) {
      note('in', 'ping', { fiscalDriveNumber: message.fiscalDriveNumber });
      const fault = faults.strike('ping', { fiscalDriveNumber: message.fiscalDriveNumber });
      if (fault?.do === 'drop' || !message.replyWanted) return true;
      await deliver(channel, session(new Uint8Array(0)), fault, { clock, random });
      return true;
    }
    let container: Container;
    try {
      container = decodeContainer(message.body);
    } catch (error) {
      if (!isElcertError(error)) throw error;
      note('note', 'refused', { reason: error.message });
      return false;
    }
    const { fiscalDriveNumber, fiscalDocumentNumber, documentCode } = container;
    if (fiscalDriveNumber !== message.fiscalDriveNumber) {
      note('note', 'refused', { reason: 'session and container name different drives', fiscalDriveNumber });
      return false;
    }
    const judged = judge(container);
    const operation = judged.document?.name ?? `form ${documentCode}`;
    const facts = { fiscalDriveNumber, fiscalDocumentNumber, documentCode };
    note('in', operation, { ...facts, aVersion: message.aVersion, crcMode: message.crcMode });
    const fault = faults.strike(operation, facts);
    if (fault?.do === 'drop') {
      note('note', operation, { ...facts, fault: 'drop' });
      return true;
    }
    const refusedByFault = fault?.do === 'refuse' && judged.code === ofdResponseCodes.accepted;
    const code = refusedByFault ? Number(fault.code ?? ofdResponseCodes.formatCheckFailed) : judged.code;
    const { data, document } = judged;
    const accepted =
      code === ofdResponseCodes.accepted && document !== undefined && data?.messageSign !== undefined;
    const known = stored.get(keyOf(container));
    if (!accepted) {
      const findings = refusedByFault
        ? [{ path: 'fault', message: 'refused by a fault rule' }]
        : judged.findings;
      rejections.push({ fiscalDriveNumber, fiscalDocumentNumber, responseCode: code, findings });
      note('note', operation, { ...facts, responseCode: code, findings });
    } else if (known !== undefined) known.copies += 1;
    else keep(container, { ...data, messageSign: data.messageSign }, document);
    if (!message.replyWanted) return true;
    const bytes = session(
      replyContainer(
        container,
        {
          ofdInn: inn,
          dateTime: wallClock(),
          responseCode: code,
          operatorMessage: settings.operatorMessage,
          alwaysTellCode: document?.ffdVersion === '1.05',
          confirmed: accepted ? { document: data.document, messageSign: data.messageSign } : undefined,
        },
        fault?.do === 'corrupt' ? String(fault.code ?? '') : undefined,
      ),
    );
    const send = async () => {
      await deliver(channel, bytes, spoilsTheWire(fault) ? fault : undefined, { clock, random });
      note('out', operation, {
        ...facts,
        responseCode: code,
        ...(fault === undefined ? {} : { fault: fault.do }),
      });
    };
    if (fault?.do === 'reorder') {
      held.push(send);
      return true;
    }
    await send();
    for (const late of held.splice(0)) await late().catch(() => {});
    return true;
  };

  const serve = async (channel: ByteChannel) => {
    const framer = sessionFramer();
    const reader = channelReader(channel, clock);
    try {
      for (;;) {
        const read = await reader.read();
        if (read.type !== 'chunk') {
          if (framer.pending > 0) note('note', 'cut', { bytes: framer.pending });
          return;
        }
        const { messages, error } = framer.push(read.bytes);
        for (const message of messages) if (!(await answer(channel, message))) return;
        if (error !== undefined) {
          note('note', 'refused', { reason: error.message, position: error.position });
          return;
        }
      }
    } catch (error) {
      // The other side went away while it was being answered.
      if (!isElcertError(error)) throw error;
      note('note', 'lost', { code: error.code });
    } finally {
      await channel.close();
    }
  };

  const listener = await listenTcp(admitting(faults, serve), {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: options.port }),
  });

  const documents = () => [...stored.values()].map(({ entry }) => entry);
  return {
    name,
    inn,
    addresses: [{ host: listener.host, port: listener.port }],
    records,
    faults,
    rejections,
    inbox,
    settings,
    documents,
    document: (fiscalDriveNumber, fiscalDocumentNumber) =>
      stored.get(keyOf({ fiscalDriveNumber, fiscalDocumentNumber }))?.entry,
    receipts: () => documents().filter(({ document }) => isReceiptForm(document.code)),
    totals: () => totals,
    stop: () => listener.close(),
  };
}

function keyOf(one: { readonly fiscalDriveNumber: string; readonly fiscalDocumentNumber: number }): string {
  return `${one.fiscalDriveNumber.trim()}/${one.fiscalDocumentNumber}`;
}

function signMark(document: FiscalDocument): number | undefined {
  const sign = document.tags.find(({ tag }) => tag === 1077)?.value;
  return sign instanceof Uint8Array ? sign[2] : undefined;
}

/** A reply that is whole and wrong was made so already; spoiling its bytes too would hide what it tests. */
function spoilsTheWire(fault: FaultRule | undefined): boolean {
  return fault !== undefined && !(fault.do === 'corrupt' && fault.code !== undefined);
}
