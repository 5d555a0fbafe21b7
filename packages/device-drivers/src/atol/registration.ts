import { isElcertError, outcomeOf } from '@elcert/core';
import {
  type AgentType,
  agentTypes,
  type RegistrationDesk,
  type RegistrationMode,
  type RegistrationRequest,
  type RegistrationSummary,
  type TagEntry,
  type TaxationType,
  tagList,
} from '@elcert/fiscal-doc';
import { readDriveDocument, resultOfDocument } from '../shtrih-m/evidence.js';
import { type AtolTaskAnswer, isAtolObject } from './codec.js';
import { type AtolConnection, succeeded } from './connection.js';
import type { AtolDocuments } from './documents.js';
import { badAnswer, failed } from './failures.js';
import { atolAgents, atolTaxations, nameOfAtolWord } from './names.js';
import type { AtolObject, AtolTaskResult } from './tasks.js';

/** Where the register delivers its documents; it keeps what it has when this is not told. */
export interface AtolOperatorServer {
  readonly host: string;
  readonly port: number;
  readonly dns?: string | undefined;
}

type Data = AtolTaskResult<'getRegistrationInfo'>;

const modeFlags: Readonly<Record<RegistrationMode, string>> = {
  encryption: 'encryption',
  offline: 'offlineMode',
  automatic: 'autoMode',
  services: 'service',
  strictForms: 'bso',
  internet: 'internet',
};

/** Bits of tag 1290 that have a member. Vending, catering and wholesale have none in public. */
const conditionFlags: readonly (readonly [number, string])[] = [
  [0x2, 'machineInstallation'],
  [0x4, 'bso'],
  [0x20, 'internet'],
  [0x40, 'excise'],
  [0x100, 'marking'],
  [0x200, 'service'],
  [0x400, 'gambling'],
  [0x800, 'lottery'],
  [0x1000, 'pawnShop'],
  [0x2000, 'insurance'],
];

/** Tags that are a member of the tasks as they are. */
const plainTags: Readonly<Record<number, readonly ['organization' | 'device' | 'ofd' | 'operator', string]>> =
  {
    1048: ['organization', 'name'],
    1009: ['organization', 'address'],
    1117: ['organization', 'email'],
    1187: ['device', 'paymentsAddress'],
    1060: ['device', 'fnsUrl'],
    1036: ['device', 'machineNumber'],
    1001: ['device', 'autoMode'],
    1002: ['device', 'offlineMode'],
    1056: ['device', 'encryption'],
    1108: ['device', 'internet'],
    1109: ['device', 'service'],
    1110: ['device', 'bso'],
    1126: ['device', 'lottery'],
    1193: ['device', 'gambling'],
    1207: ['device', 'excise'],
    1221: ['device', 'machineInstallation'],
    1017: ['ofd', 'vatin'],
    1046: ['ofd', 'name'],
    1021: ['operator', 'name'],
    1203: ['operator', 'vatin'],
  };

/** `reason`, and the bit of tag 1205 that says the same. */
const reasons = {
  1: [undefined, 1],
  2: ['ofdChange', 2],
  3: ['attributesChange', 3],
  4: ['settingsChange', 32],
} as const;

function refuse(message: string, name: string, cause?: unknown): never {
  throw failed('REGISTRATION_INVALID', `registration/${name}: ${message}`, 'not-sent', undefined, {
    path: `registration/${name}`,
    cause,
  });
}

function listed(request: RegistrationRequest, form: 1 | 11): readonly TagEntry[] {
  try {
    return tagList(request.requisites ?? {}, { document: form, ffdVersion: '1.2' });
  } catch (error) {
    if (!isElcertError(error)) throw error;
    return refuse(error.message, 'requisites', error);
  }
}

/**
 * A registration as a task. A change is told whole: what the request leaves out stays as `known` has it.
 *
 * @param known - what `getRegistrationInfo` gives; empty before the first registration
 * @throws RegisterError `REGISTRATION_INVALID` (`not-sent`) with a path such as `registration/inn`
 */
export function atolRegistrationTask(
  request: RegistrationRequest,
  known: Data = {},
  server?: AtolOperatorServer,
): { readonly type: 'registration' | 'fnChange' | 'changeRegistrationParameters' } & AtolObject {
  const { kind, inn, kktRegistrationNumber, taxation, modes = [] } = request;
  if (!/^(\d{10}|\d{12})$/.test(inn)) refuse('an INN has 10 or 12 digits', 'inn');
  if (!/^\d{16}$/.test(kktRegistrationNumber)) refuse('16 digits', 'kktRegistrationNumber');
  if (taxation.length === 0) refuse('at least one tax system', 'taxation');
  for (const name of taxation)
    if (!Object.hasOwn(atolTaxations, name)) refuse(`no tax system ${name}`, 'taxation');
  for (const name of modes) if (!Object.hasOwn(modeFlags, name)) refuse(`no mode ${name}`, 'modes');
  if (kind === 'first' && request.reason !== undefined) refuse('a first one has no reason', 'reason');

  const parts: Record<'organization' | 'device' | 'ofd' | 'operator', Record<string, unknown>> = {
    organization: { agents: [], ...known.organization },
    device: { fnsUrl: 'www.nalog.gov.ru', ffdVersion: '1.2', ...known.device },
    ofd: { ...known.ofd },
    operator: {},
  };
  // Each flag is stated: what is not said is off, except in a change that says nothing of modes.
  for (const flag of new Set([...Object.values(modeFlags), ...conditionFlags.map(([, name]) => name)]))
    parts.device[flag] ??= false;
  if (request.modes !== undefined || kind === 'first')
    for (const mode of Object.keys(modeFlags) as RegistrationMode[])
      parts.device[modeFlags[mode]] = modes.includes(mode);
  Object.assign(parts.organization, {
    vatin: inn,
    taxationTypes: taxation.map((name) => atolTaxations[name]),
  });
  Object.assign(parts.device, {
    registrationNumber: kktRegistrationNumber,
    defaultTaxationType: atolTaxations[taxation[0] as TaxationType],
  });
  if (server !== undefined)
    Object.assign(parts.ofd, {
      host: server.host,
      port: server.port,
      ...(server.dns === undefined ? {} : { dns: server.dns }),
    });

  let changed: number[] | undefined;
  for (const { tag, value } of listed(request, kind === 'first' ? 1 : 11)) {
    const place = plainTags[tag];
    if (place !== undefined) parts[place[0]][place[1]] = typeof value === 'string' ? value.trim() : value;
    else if (tag === 1290 && typeof value === 'number') {
      const left = conditionFlags.reduce((bits, [bit]) => bits & ~bit, value);
      if (left !== 0)
        refuse(`the tasks have no member for bits ${left.toString(16)}h`, 'requisites/usageConditionSigns');
      // The bits of the modes stand in both places: one of them is enough.
      for (const [bit, flag] of conditionFlags)
        parts.device[flag] = (value & bit) !== 0 || modes.some((mode) => modeFlags[mode] === flag);
    } else if (tag === 1057 && typeof value === 'number') {
      parts.organization.agents = (Object.keys(agentTypes) as AgentType[])
        .filter((name) => (agentTypes[name].code & value) !== 0)
        .map((name) => atolAgents[name]);
    } else if (tag === 1205 && typeof value === 'number') {
      changed = Array.from({ length: 32 }, (_, bit) => bit + 1).filter(
        (bit) => (value & (2 ** (bit - 1))) !== 0,
      );
    } else refuse(`the tasks have no member for tag ${tag}`, `requisites/${tag}`);
  }
  for (const [part, name, tag] of [
    ['organization', 'name', 'user'],
    ['organization', 'address', 'retailPlaceAddress'],
    ['device', 'paymentsAddress', 'retailPlace'],
  ] as const)
    if (String(parts[part][name] ?? '') === '') refuse('needed', `requisites/${tag}`);
  if (parts.device.offlineMode !== true && String(parts.ofd.vatin ?? '') === '')
    refuse('an operator is needed unless the register works offline', 'requisites/ofdInn');

  const operator = parts.operator.name === undefined ? {} : { operator: parts.operator };
  const data = { ...operator, organization: parts.organization, device: parts.device, ofd: parts.ofd };
  if (kind === 'first') return { type: 'registration', ...data };
  const [word, bit] = reasons[request.reason ?? (kind === 'driveReplaced' ? 1 : 4)];
  return {
    type: kind === 'driveReplaced' ? 'fnChange' : 'changeRegistrationParameters',
    ...data,
    ...(word === undefined ? {} : { reason: word }),
    changeInfoReasons: changed ?? [bit],
  };
}

/** Documents read in one request while the last registration is looked for, and at most. */
const batch = 32;
const deepest = 2048;

/** Makes the desk. */
export function atolRegistration(
  { exclusive, question, questions }: AtolConnection,
  documents: AtolDocuments,
  server: AtolOperatorServer | undefined,
): RegistrationDesk {
  const current = async (): Promise<Data | undefined> => {
    try {
      return await question('getRegistrationInfo');
    } catch (error) {
      // A register that was never registered has none.
      if (outcomeOf(error) !== 'refused' || isElcertError(error, 'WRONG_PASSWORD')) throw error;
      return undefined;
    }
  };

  /** The report itself: number, time and sign are nowhere but in the drive. */
  const report = async () => {
    const { fiscalDriveNumber, last } = await documents.drive();
    const { fnInfo } = await question('getFnInfo');
    const numbers =
      fnInfo.numberOfRegistrations === 1
        ? [1]
        : Array.from({ length: Math.min(last, deepest) }, (_, index) => last - index);
    for (let from = 0; from < numbers.length; from += batch) {
      const part = numbers.slice(from, from + batch);
      const answers = await questions(
        part.map((fiscalDocumentNumber) => ['getFnDocument', { fiscalDocumentNumber, withRawData: true }]),
      );
      for (const [index, fiscalDocumentNumber] of part.entries()) {
        const answer = answers[index] as AtolTaskAnswer;
        const tlv = isAtolObject(answer.result?.documentTLV) ? answer.result.documentTLV : {};
        const type = tlv.fiscalDocumentType;
        if (!succeeded(answer) || (type !== 'registration' && type !== 'changeRegistrationParameters'))
          continue;
        const document = readDriveDocument(await documents.read(fiscalDocumentNumber));
        return resultOfDocument(document, { fiscalDriveNumber, fiscalDocumentNumber });
      }
    }
    throw failed(
      'DOCUMENT_NOT_FOUND',
      `no registration report among the last ${deepest} documents`,
      'refused',
      'Отчёт о регистрации не найден в ФН.',
    );
  };

  const read = async (): Promise<RegistrationSummary | undefined> => {
    const { fnInfo } = await question('getFnInfo');
    if (fnInfo.livePhase === 'init' || fnInfo.livePhase === 'configured') return undefined;
    const data = await current();
    if (data === undefined) return undefined;
    const { organization = {}, device = {} } = data;
    const { dateTime, fiscalDocumentNumber, fiscalSign } = await report();
    const words = Array.isArray(organization.taxationTypes) ? organization.taxationTypes : [];
    const taxation = words.map((word) => nameOfAtolWord<TaxationType>(atolTaxations, word));
    if (taxation.includes(undefined))
      throw badAnswer('getRegistrationInfo', new Error('unknown tax system'), 'refused');
    return {
      dateTime,
      inn: String(organization.vatin ?? '').trim(),
      kktRegistrationNumber: String(device.registrationNumber ?? '').trim(),
      taxation: taxation as TaxationType[],
      modes: (Object.keys(modeFlags) as RegistrationMode[]).filter(
        (mode) => device[modeFlags[mode]] === true,
      ),
      fiscalDocumentNumber,
      fiscalSign,
    };
  };

  return {
    read: ({ signal } = {}) => exclusive(signal, read),
    register: (request, { operationKey, signal }) =>
      exclusive(signal, async () => {
        const known = request.kind === 'first' ? undefined : await current();
        const task = atolRegistrationTask(request, known, server);
        return documents.make(operationKey, {
          what: `registration ${JSON.stringify(request)}`,
          type: task.type,
          task,
          documentCode: request.kind === 'first' ? 1 : 11,
        });
      }),
    closeDrive: ({ operationKey, signal }) =>
      exclusive(signal, () =>
        documents.make(operationKey, {
          what: 'closeArchive',
          type: 'closeArchive',
          task: { type: 'closeArchive' },
          documentCode: 6,
          before: async () => {
            const { fnInfo } = await question('getFnInfo');
            // Of a drive that is closed already its own last report waits: then the key tells what was done.
            if (fnInfo.livePhase !== 'fiscalMode') return;
            const { status = {} } = await question('ofdExchangeStatus');
            if (typeof status.notSentCount !== 'number' || status.notSentCount === 0) return;
            throw failed(
              'UNSENT_DOCUMENTS',
              `${status.notSentCount} documents wait for the operator`,
              'refused',
              'Не все документы переданы в ОФД: закрыть ФН пока нельзя.',
            );
          },
        }),
      ),
  };
}
