import { isElcertError, outcomeOf } from '@elcert/core';
import type {
  DrivePhase,
  DriveState,
  FiscalRegister,
  RegisterIdentity,
  RegisterStatus,
} from '@elcert/fiscal-doc';
import { type AtolTaskAnswer, localTimeOfAtol } from './codec.js';
import { type AtolConnection, resultOf, succeeded } from './connection.js';
import { wholeNumber } from './documents.js';
import { badAnswer, taskRefused } from './failures.js';
import type { AtolObject, AtolTaskResult, AtolTaskType } from './tasks.js';

/** What the register says of itself. */
export type AtolState = Required<Pick<FiscalRegister, 'identity' | 'status' | 'driveState'>>;

function word(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** `shiftStatus.state`: a word, or its number in the driver's enumeration. */
function shiftOf(shiftStatus: AtolObject): RegisterStatus['shift'] {
  const state = shiftStatus.state ?? shiftStatus.status;
  if (state === 'opened' || state === 1) return 'open';
  if (state === 'expired' || state === 2) return 'expired';
  if (state === 'closed' || state === 0) return 'closed';
  throw badAnswer('getShiftStatus', new Error('unknown state'), 'refused');
}

const phases: Readonly<Record<string, DrivePhase>> = {
  init: 'ready',
  configured: 'ready',
  fiscalMode: 'fiscal',
  postFiscalMode: 'closed',
  accessArchive: 'read',
};

const ffdVersions: Readonly<Record<string, NonNullable<DriveState['ffdVersion']>>> = {
  '1.0': '1.0',
  '1.05': '1.05',
  '1.1': '1.1',
  '1.2': '1.2',
};

/** Makes the half of the driver that only asks. */
export function atolState(
  { exclusive, question, questions }: AtolConnection,
  deviceInfo: AtolObject,
): AtolState {
  const part = <T extends AtolTaskType>(
    answers: readonly AtolTaskAnswer[],
    types: readonly AtolTaskType[],
    type: T,
  ): AtolTaskResult<T> => {
    const answer = answers[types.indexOf(type)] as AtolTaskAnswer;
    if (!succeeded(answer)) throw taskRefused(type, answer, 'refused');
    return resultOf(type, answer, 'refused');
  };

  /** The registration, or nothing before the first one. */
  const registration = async (): Promise<AtolTaskResult<'getRegistrationInfo'>> => {
    try {
      return await question('getRegistrationInfo');
    } catch (error) {
      if (outcomeOf(error) !== 'refused' || isElcertError(error, 'WRONG_PASSWORD')) throw error;
      return {};
    }
  };

  /** The queue for the operator; nothing when the register has none. */
  const queue = (answers: readonly AtolTaskAnswer[], types: readonly AtolTaskType[]) => {
    const answer = answers[types.indexOf('ofdExchangeStatus')] as AtolTaskAnswer;
    if (!succeeded(answer)) return undefined;
    const { status = {} } = resultOf('ofdExchangeStatus', answer, 'refused');
    return {
      unsentDocuments: wholeNumber(status.notSentCount ?? 0, 'ofdExchangeStatus', 'notSentCount'),
      oldestUnsentNumber: count(status.notSentFirstDocNumber),
      oldestUnsentAt: localTimeOfAtol(status.notSentFirstDocDateTime),
    };
  };

  const status = async (): Promise<RegisterStatus> => {
    // What a register without a registration may refuse stands last: the rest is answered before.
    const types = [
      'getDeviceStatus',
      'getShiftStatus',
      'getFnInfo',
      'getFnStatus',
      'ofdExchangeStatus',
    ] as const;
    const answers = await questions(types.map((type) => [type]));
    const { deviceStatus } = part(answers, types, 'getDeviceStatus');
    const { shiftStatus } = part(answers, types, 'getShiftStatus');
    const { fnInfo } = part(answers, types, 'getFnInfo');
    const { fnStatus } = part(answers, types, 'getFnStatus');
    const exchange = queue(answers, types);
    const fiscal =
      typeof deviceStatus.fnFiscal === 'boolean'
        ? deviceStatus.fnFiscal
        : typeof fnInfo.livePhase === 'string'
          ? fnInfo.livePhase === 'fiscalMode'
          : undefined;
    if (exchange === undefined && fiscal !== false) part(answers, types, 'ofdExchangeStatus');
    return {
      shift: shiftOf(shiftStatus),
      // A task is a whole document: none stays open between two of them.
      documentOpen: false,
      paper:
        deviceStatus.paperPresent === true ? 'ok' : deviceStatus.paperPresent === false ? 'out' : 'unknown',
      coverOpen: typeof deviceStatus.coverOpened === 'boolean' ? deviceStatus.coverOpened : undefined,
      shiftNumber: count(shiftStatus.number) || undefined,
      dateTime: localTimeOfAtol(deviceStatus.currentDateTime),
      fiscalDriveNumber: word(fnInfo.serial) ?? '',
      lastFiscalDocumentNumber: wholeNumber(
        fnStatus.fiscalDocumentNumber,
        'getFnStatus',
        'fiscalDocumentNumber',
      ),
      unsentDocuments: exchange?.unsentDocuments ?? 0,
      oldestUnsentAt: exchange?.unsentDocuments === 0 ? undefined : exchange?.oldestUnsentAt,
      driveInFiscalPhase: fiscal,
    };
  };

  const identity = async (): Promise<RegisterIdentity> => {
    const { fnInfo } = await question('getFnInfo');
    const { organization, device } = await registration();
    return {
      model: String(deviceInfo.modelName ?? deviceInfo.model ?? 'ATOL'),
      serialNumber: word(deviceInfo.serial) ?? '',
      fiscalDriveNumber: word(fnInfo.serial) ?? '',
      inn: word(organization?.vatin),
      kktRegistrationNumber: word(device?.registrationNumber),
    };
  };

  const driveState = async (): Promise<DriveState> => {
    const types = ['getFnInfo', 'getFnStatus', 'ofdExchangeStatus'] as const;
    const answers = await questions(types.map((type) => [type]));
    const { fnInfo } = part(answers, types, 'getFnInfo');
    const { fnStatus } = part(answers, types, 'getFnStatus');
    const { device } = await registration();
    const phase = phases[String(fnInfo.livePhase)];
    if (phase === undefined) throw badAnswer('getFnInfo', new Error('unknown phase of the drive'), 'refused');
    const warnings = (fnInfo.warnings ?? {}) as AtolObject;
    const exchange = queue(answers, types);
    if (exchange === undefined && phase !== 'ready' && device?.offlineMode !== true)
      part(answers, types, 'ofdExchangeStatus');
    return {
      fiscalDriveNumber: word(fnInfo.serial) ?? '',
      phase,
      version: word(fnInfo.version),
      ffdVersion: ffdVersions[String(fnInfo.ffdVersion)],
      validUntil: localTimeOfAtol(fnInfo.validityDate)?.slice(0, 10),
      registrationsMade: count(fnInfo.numberOfRegistrations),
      registrationsLeft: count(fnInfo.registrationsRemaining),
      lastFiscalDocumentNumber: count(fnStatus.fiscalDocumentNumber),
      warnings: {
        replaceUrgently: warnings.needReplacement === true,
        replaceSoon: warnings.resourceExhausted === true,
        archiveAlmostFull: warnings.memoryOverflow === true,
        operatorSilent: warnings.ofdTimeout === true,
      },
      operator:
        exchange === undefined || device?.offlineMode === true
          ? undefined
          : {
              unsentDocuments: exchange.unsentDocuments,
              ...(exchange.unsentDocuments === 0
                ? {}
                : {
                    oldestUnsentNumber: exchange.oldestUnsentNumber,
                    oldestUnsentAt: exchange.oldestUnsentAt,
                  }),
            },
    };
  };

  return {
    identity: ({ signal } = {}) => exclusive(signal, identity),
    status: ({ signal } = {}) => exclusive(signal, status),
    driveState: ({ signal } = {}) => exclusive(signal, driveState),
  };
}
