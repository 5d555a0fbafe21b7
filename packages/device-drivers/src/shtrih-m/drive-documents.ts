import { outcomeOf } from '@elcert/core';
import type {
  DrivePhase,
  DriveState,
  FiscalEvidence,
  FiscalResult,
  RegistrationDesk,
} from '@elcert/fiscal-doc';
import type { ResponseOf } from './codec.js';
import { failed, harmless, nothingWritten, unknownOutcome } from './fail.js';
import type { Begin } from './operations.js';
import type { DocumentParts } from './receipts.js';
import { planRegistration, readRegistration } from './registration.js';
import { isRefused, type Step } from './session.js';
import { requireNoShift } from './state.js';

// Documents that only the drive makes, and what it says of itself.

/** A document that is begun in the drive and finished by its own command, whose answer names it. */
interface DriveDocument {
  readonly what: string;
  readonly form: number;
  readonly body: readonly Step[];
  readonly finish: Step;
}

/** Makes one. @throws RegisterError */
async function driveDocument(
  { session, archive, operations }: DocumentParts,
  { what, form, body, finish }: DriveDocument,
  begin: Begin,
): Promise<FiscalResult> {
  session.check([...body, finish]);
  const { lastDocumentNumber: before, fiscalDriveNumber } = await archive.status();
  const evidence: FiscalEvidence = { afterDocumentNumber: before, fiscalDriveNumber, documentCode: form };
  begin(evidence);
  try {
    for (const step of body) await session.callAny(step);
  } catch (error) {
    await session.call('FF08', {}).catch(() => {});
    if (outcomeOf(error) === 'unknown')
      throw nothingWritten(error, what, 'Нет связи с кассой: проверьте подключение.');
    throw error;
  }
  const send = async (): Promise<FiscalResult> => {
    const answer = (await session.callAny(finish)) as unknown as ResponseOf<'FF3E'>;
    if (answer.dateTime === undefined || answer.dateTime === '') {
      try {
        return await archive.resultOf(answer.documentNumber, fiscalDriveNumber);
      } catch (error) {
        throw unknownOutcome(error, what);
      }
    }
    return {
      documentCode: form,
      fiscalDriveNumber,
      fiscalDocumentNumber: answer.documentNumber,
      fiscalSign: String(answer.fiscalSign).padStart(10, '0'),
      dateTime: answer.dateTime,
    };
  };
  // A late copy of the finishing command finds nothing begun.
  return operations.commit(what, evidence, send, async () => void (await session.call('FF08', {})));
}

/** The report on the state of settlements, form 21 (FF37, FF38). */
export async function settlementReport(parts: DocumentParts, begin: Begin): Promise<FiscalResult> {
  await parts.state.ready();
  return driveDocument(
    parts,
    {
      what: 'settlement report',
      form: 21,
      body: [{ code: 'FF37', fields: {} }],
      finish: { code: 'FF38', fields: {} },
    },
    begin,
  );
}

async function closeDrive(parts: DocumentParts, begin: Begin): Promise<FiscalResult> {
  requireNoShift((await parts.state.ready()).mode);
  const { queue } = await parts.session.call('FF39', {});
  if (queue > 0) {
    throw failed(
      'UNSENT_DOCUMENTS',
      `${queue} documents wait for the operator`,
      'refused',
      'Сначала передайте документы в ОФД.',
      { details: { queue } },
    );
  }
  return driveDocument(
    parts,
    {
      what: 'closing of the drive',
      form: 6,
      body: [{ code: 'FF3D', fields: {} }],
      finish: { code: 'FF3E', fields: {} },
    },
    begin,
  );
}

/** Bits of a drive's phase, from the last to the first. */
const phases: readonly (readonly [bit: number, phase: DrivePhase])[] = [
  [8, 'read'],
  [4, 'closed'],
  [2, 'fiscal'],
];

/** Phase of FF01: one bit more at each step of a drive's life. */
export function drivePhase(bits: number): DrivePhase {
  return phases.find(([bit]) => (bits & bit) !== 0)?.[1] ?? 'ready';
}

/** FF05, FF06, FF34 and FF3E as a {@link RegistrationDesk}. */
export function registrationDesk(parts: DocumentParts): RegistrationDesk {
  const { session, archive, operations, state } = parts;
  return {
    read: ({ signal } = {}) =>
      session.exclusive(signal, () =>
        harmless('reading of the registration', async () => {
          // Firmware differs in what it says of a drive that was never registered.
          if (drivePhase((await archive.status()).phase) === 'ready') return undefined;
          return readRegistration(await session.call('FF09', {}));
        }),
      ),
    async register(request, { operationKey, signal }) {
      const plan = planRegistration(request);
      return session.exclusive(signal, () =>
        operations.underKey(operationKey, `registration ${JSON.stringify(request)}`, async (begin) => {
          requireNoShift((await state.ready()).mode);
          return driveDocument(parts, { what: 'registration', ...plan }, begin);
        }),
      );
    },
    closeDrive: ({ operationKey, signal }) =>
      session.exclusive(signal, () =>
        operations.underKey(operationKey, 'closing of the drive', (begin) => closeDrive(parts, begin)),
      ),
  };
}

/** What the drive says of itself (FF01–FF04, FF39). */
export async function readDriveState({ session, archive, settings }: DocumentParts): Promise<DriveState> {
  const { call } = session;
  /** What older firmware does not know. */
  const told = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (!isRefused(error)) throw error;
      return undefined;
    }
  };
  const status = await archive.status();
  const phase = drivePhase(status.phase);
  const version = await told(() => call('FF04', {}));
  const term = await told(() => call('FF03', {}));
  const registration = phase === 'ready' ? undefined : await told(() => call('FF09', {}));
  const isAutonomous = registration !== undefined && readRegistration(registration).modes.includes('offline');
  const exchange = isAutonomous ? undefined : await told(() => call('FF39', {}));
  return {
    fiscalDriveNumber: status.fiscalDriveNumber,
    phase,
    version: version?.version,
    ffdVersion: phase === 'ready' ? undefined : await settings.ffdVersion(),
    validUntil: term?.expires,
    registrationsMade: term?.registrations,
    registrationsLeft: term?.registrationsLeft,
    lastFiscalDocumentNumber: status.lastDocumentNumber,
    warnings: {
      replaceUrgently: (status.warnings & 1) !== 0,
      replaceSoon: (status.warnings & 2) !== 0,
      archiveAlmostFull: (status.warnings & 4) !== 0,
      operatorSilent: (status.warnings & 8) !== 0,
    },
    operator:
      exchange === undefined
        ? undefined
        : {
            unsentDocuments: exchange.queue,
            ...(exchange.queue === 0
              ? {}
              : {
                  oldestUnsentNumber: exchange.firstDocumentNumber,
                  oldestUnsentAt: exchange.firstDateTime === '' ? undefined : exchange.firstDateTime,
                }),
          },
  };
}
