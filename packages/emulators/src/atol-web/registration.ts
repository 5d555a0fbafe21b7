import { type AtolObject, atolTaxations, isAtolObject, nameOfAtolWord } from '@elcert/device-drivers/atol';
import { type RegistrationMode, type TaxationType, taxationTypes } from '@elcert/fiscal-doc';
import { type FnRegistration, registrationNumber } from '../fn/index.js';
import type { DeviceContext, Handlers } from './context.js';

const modeFlags: readonly (readonly [RegistrationMode, string])[] = [
  ['encryption', 'encryption'],
  ['offline', 'offlineMode'],
  ['automatic', 'autoMode'],
  ['services', 'service'],
  ['strictForms', 'bso'],
  ['internet', 'internet'],
];

/** Bits of tag 1290 beside those of the modes. */
const conditionFlags: readonly (readonly [number, string])[] = [
  [0x2, 'machineInstallation'],
  [0x40, 'excise'],
  [0x100, 'marking'],
  [0x400, 'gambling'],
  [0x800, 'lottery'],
  [0x1000, 'pawnShop'],
  [0x2000, 'insurance'],
];

const reasonBits: Readonly<Record<string, number>> = {
  ofdChange: 2,
  attributesChange: 4,
  settingsChange: 0x8000_0000,
};

/** Registration, and what the register tells of it. */
export function registrationTasks(context: DeviceContext, onOperator: () => void): Handlers {
  const { state, refuse, byDrive, needPaper, write, operatorTags, done } = context;

  const part = (task: AtolObject, name: string): AtolObject => {
    const value = task[name];
    return isAtolObject(value) ? value : refuse(8, name);
  };
  const text = (of: AtolObject, name: string, needed = true): string => {
    const value = of[name];
    if (typeof value === 'string' && value.trim() !== '') return value.trim();
    return needed ? refuse(8, name) : '';
  };

  const read = (task: AtolObject): FnRegistration => {
    const organization = part(task, 'organization');
    const device = part(task, 'device');
    const ofd = part(task, 'ofd');
    const modes = modeFlags.filter(([, flag]) => device[flag] === true).map(([mode]) => mode);
    const offline = modes.includes('offline');
    const inn = text(organization, 'vatin');
    const kktRegistrationNumber = text(device, 'registrationNumber');
    if (!/^(\d{10}|\d{12})$/.test(inn) || !/^\d{16}$/.test(kktRegistrationNumber)) refuse(88);
    // The last six digits of the number are made of the INN and the register's own number.
    const serial = Number(kktRegistrationNumber.slice(0, 10));
    if (registrationNumber(serial, inn, state.kktSerialNumber) !== kktRegistrationNumber) refuse(88);
    const words = organization.taxationTypes;
    if (!Array.isArray(words) || words.length === 0) return refuse(143, 'taxationTypes');
    const taxation = words.reduce<number>((bits, word) => {
      const name = nameOfAtolWord<TaxationType>(atolTaxations, word) ?? refuse(143, 'taxationTypes');
      return bits | taxationTypes[name].code;
    }, 0);
    const version = device.ffdVersion ?? '1.2';
    if (version !== '1.2' && version !== 120) refuse(190, 'ffdVersion');
    const { host, port } = ofd;
    if (port !== undefined && !(typeof port === 'number' && port > 0 && port < 65_536))
      refuse(164, 'ofd/port');
    if (host !== undefined && typeof host !== 'string') refuse(164, 'ofd/host');
    const operator = isAtolObject(task.operator) ? task.operator : {};
    const automatNumber = text(device, 'machineNumber', modes.includes('automatic'));
    return {
      kktRegistrationNumber,
      kktSerialNumber: state.kktSerialNumber,
      inn,
      userName: text(organization, 'name'),
      address: text(organization, 'address'),
      place: text(device, 'paymentsAddress'),
      taxation,
      ofd: { inn: text(ofd, 'vatin', !offline), name: text(ofd, 'name', !offline) },
      cashier: text(operator, 'name', false) || 'СИСТ. АДМИН.',
      senderEmail: text(organization, 'email', !offline),
      kktVersion: '5.10.0',
      usageConditions: conditionFlags.reduce(
        (bits, [bit, flag]) => (device[flag] === true ? bits | bit : bits),
        0,
      ),
      modes,
      ...(automatNumber === '' ? {} : { automatNumber }),
      ...(Array.isArray(organization.agents) && organization.agents.length > 0 ? { agent: true } : {}),
    };
  };

  const register = (task: AtolObject, reasons: number | undefined, title: string): AtolObject => {
    needPaper();
    if (state.fn.status().shiftOpen) refuse(83);
    if (state.fn.status().registrationsLeft <= 0) refuse(85);
    const registration = read(task);
    const document = byDrive(() =>
      state.fn.register(registration, {
        dateTime: context.now(),
        ...(reasons === undefined ? {} : { reasons }),
      }),
    );
    state.registration = registration;
    state.ofdServer = part(task, 'ofd');
    onOperator();
    return done(document, title, [registration.kktRegistrationNumber]);
  };

  const reasonsOf = (task: AtolObject, otherwise: number): number => {
    const list = task.changeInfoReasons;
    if (Array.isArray(list) && list.length > 0)
      return (
        list.reduce<number>((bits, bit) => {
          const known = typeof bit === 'number' && Number.isInteger(bit) && bit >= 1 && bit <= 32;
          return known ? (bits | (2 ** (bit - 1))) >>> 0 : refuse(13, 'changeInfoReasons');
        }, 0) >>> 0
      );
    return reasonBits[String(task.reason)] ?? otherwise;
  };

  return {
    registration(task) {
      if (state.fn.registration !== undefined) refuse(117, 'the drive is registered');
      return register(task, undefined, 'ОТЧЁТ О РЕГИСТРАЦИИ');
    },
    fnChange(task) {
      if (state.fn.registration !== undefined) refuse(117, 'the drive is registered');
      return register(task, reasonsOf(task, 1) | 1, 'ЗАМЕНА ФН');
    },
    changeRegistrationParameters(task) {
      if (state.fn.registration === undefined) refuse(225);
      return register(task, reasonsOf(task, 0x8000_0000), 'ИЗМЕНЕНИЕ РЕГИСТРАЦИИ');
    },
    closeArchive(task) {
      needPaper();
      const { shiftOpen, unsentDocuments, phase } = state.fn.status();
      if (phase !== 'fiscal') refuse(117);
      if (shiftOpen) refuse(83);
      if (unsentDocuments > 0) refuse(37, `${unsentDocuments} documents wait for the operator`);
      return done(write(6, operatorTags(task)), 'ЗАКРЫТИЕ АРХИВА ФН', []);
    },
    getRegistrationInfo() {
      const known = state.registration;
      if (known === undefined) return refuse(225);
      return {
        organization: {
          name: known.userName,
          vatin: known.inn,
          email: known.senderEmail,
          address: known.address,
          taxationTypes: (Object.keys(taxationTypes) as TaxationType[])
            .filter((name) => (taxationTypes[name].code & known.taxation) !== 0)
            .map((name) => atolTaxations[name]),
          agents: [],
        },
        device: {
          registrationNumber: known.kktRegistrationNumber,
          paymentsAddress: known.place,
          fnsUrl: 'www.nalog.gov.ru',
          ffdVersion: '1.2',
          ofdChannel: 'tcpipOsStack',
          ...Object.fromEntries(
            modeFlags.map(([mode, flag]) => [flag, known.modes?.includes(mode) === true]),
          ),
          ...Object.fromEntries(
            conditionFlags.map(([bit, flag]) => [flag, (known.usageConditions & bit) !== 0]),
          ),
          ...(known.automatNumber === undefined ? {} : { machineNumber: known.automatNumber }),
        },
        ofd: { ...state.ofdServer, name: known.ofd.name, vatin: known.ofd.inn },
      };
    },
  };
}
