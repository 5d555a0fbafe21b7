import { byteReader, byteWriter, concatBytes, decodeCp866 } from '@elcert/core';
import type { RequestOf } from '@elcert/device-drivers/shtrih-m';
import { joinTlv, type RegistrationMode, splitTlv } from '@elcert/fiscal-doc';
import type { FnRegistration } from '../fn/index.js';
import { readTlv } from '../fn/tlv.js';
import type { Core } from './core.js';
import { byDrive, type Handlers, refuse, resultOfDrive, results } from './refusal.js';
import { registered } from './registered.js';

/** Bits of the work mode of FF06. */
const modeBits: readonly (readonly [RegistrationMode, number])[] = [
  ['encryption', 0x01],
  ['offline', 0x02],
  ['automatic', 0x04],
  ['services', 0x08],
  ['strictForms', 0x10],
  ['internet', 0x20],
];

/** Bits of tag 1290 by bits of the extended work mode: excise, gambling, lotteries, a printer in the automat. */
const conditionBits: readonly (readonly [extended: number, condition: number])[] = [
  [0x01, 0x40],
  [0x02, 0x400],
  [0x04, 0x800],
  [0x08, 0x02],
];

/** Bits of tag 1205 that the old reasons 1 to 4 stand for. */
const reasonBits = [0x01, 0x02, 0x0c, 0x8000_0000] as const;
const leavesOffline = 0x10;
const goesOffline = 0x20;
const requisiteMissing = resultOfDrive(0x3c);

/** Registration, its changes, the closing of a drive, and what was registered. */
export function registrationHandlers(core: Core): Handlers {
  const { state, tables, model, center } = core;

  /** The last registration report, or one by its number from 1. */
  const report = (number?: number) => {
    const reports = state.fn
      .documents()
      .filter(({ documentCode }) => documentCode === 1 || documentCode === 11);
    const document = number === undefined ? reports.at(-1) : reports[number - 1];
    if (document === undefined) return refuse(results.noDriveData);
    const tags = new Map(splitTlv(document.bytes.subarray(4)).map(({ tag, value }) => [tag, value]));
    return { document, tags };
  };

  const summary = (number?: number) => {
    const { document, tags } = report(number);
    const said = (tag: number) => decodeCp866(tags.get(tag) ?? new Uint8Array(0)).trim();
    const on = (tag: number) => (tags.get(tag)?.[0] ?? 0) !== 0;
    const conditions = byteReader(tags.get(1290) ?? new Uint8Array(4)).u32le();
    const modes: Readonly<Record<RegistrationMode, boolean>> = {
      encryption: on(1056),
      offline: on(1002),
      automatic: on(1001),
      services: (conditions & 0x200) !== 0,
      strictForms: (conditions & 0x04) !== 0,
      internet: (conditions & 0x20) !== 0,
    };
    return {
      document,
      fields: {
        dateTime: document.dateTime,
        inn: said(1018),
        registrationNumber: said(1037),
        taxation: tags.get(1062)?.[0] ?? 0,
        workMode: modeBits.reduce((bits, [mode, bit]) => bits | (modes[mode] ? bit : 0), 0),
      },
    };
  };

  const tagOf = (number: number, tag: number) => {
    const value = report(number === 0 ? undefined : number).tags.get(tag);
    return value === undefined ? refuse(results.noDriveData) : { tlv: joinTlv([{ tag, value }]) };
  };

  const finish = (fields: RequestOf<'FF06'> | RequestOf<'FF34'>, ending: 'FF06' | 'FF34', reason = 0) => {
    const begun = state.registering;
    if (begun === undefined || (begun.type === 0) !== (ending === 'FF06')) return refuse(results.wrongState);
    if (ending === 'FF34' && (reason < 1 || reason > 4)) refuse(results.wrongParameters);
    const given = new Map(readTlv(concatBytes(...begun.tlv)).map(({ tag, value }) => [tag, value]));
    const before = state.registration;
    const modes = modeBits.filter(([, bit]) => (fields.workMode & bit) !== 0).map(([mode]) => mode);
    const offline = modes.includes('offline');
    // Hosts tell these by TLV, or write them into a table first.
    const text = (tag: number, table: number, field: number): string => {
      const value = given.get(tag);
      return (value === undefined ? tables.text(table, 1, field) : decodeCp866(value)).trim();
    };
    const said = (tag: number, field: number): string => {
      const value = text(tag, 18, field);
      return value === '' ? refuse(requisiteMissing) : value;
    };
    const bits = (tag: number) => {
      const value = given.get(tag);
      return value === undefined || value.length !== 4 ? undefined : byteReader(value).u32le();
    };
    const extended = 'extendedMode' in fields ? (fields.extendedMode ?? 0) : 0;
    const conditions = conditionBits.reduce(
      (all, [bit, condition]) => all | ((extended & bit) === 0 ? 0 : condition),
      bits(1290) ?? before?.usageConditions ?? 0,
    );
    const registration: FnRegistration = {
      kktRegistrationNumber: fields.registrationNumber,
      kktSerialNumber: before?.kktSerialNumber ?? tables.text(18, 1, 1),
      inn: fields.inn,
      userName: said(1048, 7),
      address: said(1009, 9),
      place: said(1187, 14),
      taxation: fields.taxation,
      ofd: offline ? { inn: '', name: '' } : { inn: said(1017, 12), name: said(1046, 10) },
      cashier: given.has(1021) ? said(1021, 8) : core.cashierName(),
      senderEmail: offline ? text(1117, 18, 15) : said(1117, 15),
      kktVersion: `${model.firmware}.${model.build}`,
      usageConditions: conditions,
      modes,
      ...(modes.includes('automatic') ? { automatNumber: text(1036, 24, 1) } : {}),
      agent: tables.number(18, 1, 16) !== 0,
    };
    const wasOffline = before?.modes?.includes('offline') === true;
    const crossing = wasOffline === offline ? 0 : offline ? goesOffline : leavesOffline;
    const reasons =
      ending === 'FF06'
        ? undefined
        : (bits(1205) ?? ((reasonBits[reason - 1] ?? 0) | (before === undefined ? 0 : crossing)) >>> 0);
    const document = byDrive(() =>
      state.fn.register(registration, {
        dateTime: core.now(),
        ...(reasons === undefined ? {} : { reasons }),
      }),
    );
    state.registering = undefined;
    state.registration = registration;
    core.fillTables();
    tables.set(18, 1, 6, fields.workMode);
    tables.set(18, 1, 21, extended);
    core.countDocument();
    core.printDocument('report', [
      ...core.headerLines(),
      center(ending === 'FF06' ? 'ОТЧЁТ О РЕГИСТРАЦИИ' : 'ОТЧЁТ ОБ ИЗМЕНЕНИИ ПАРАМЕТРОВ РЕГИСТРАЦИИ'),
      ...core.fiscalLines(document),
    ]);
    return registered(document);
  };

  return {
    FF05: ({ type }) => {
      const { phase, shiftOpen, openDocument } = state.fn.status();
      if (type > 2) refuse(results.wrongParameters);
      if (shiftOpen || openDocument !== undefined || phase !== (type === 2 ? 'fiscal' : 'ready'))
        refuse(results.wrongState);
      state.registering = { type, tlv: [], size: 0 };
      return {};
    },
    FF06: (fields) => finish(fields, 'FF06'),
    FF34: (fields) => finish(fields, 'FF34', fields.reason),
    FF08: () => {
      state.fn.cancel();
      state.begun = undefined;
      state.registering = undefined;
      return {};
    },
    FF09: () => {
      if (state.fn.registration === undefined) return refuse(results.wrongState);
      const { document, fields } = summary();
      return {
        ...fields,
        tail: byteWriter(8).u32le(document.fiscalDocumentNumber).u32le(document.fiscalSign).finish(),
      };
    },
    FF0E: ({ report: number, tag }) => tagOf(number, tag),
    FF3D: () => {
      // A register hands everything to the operator first.
      if (state.fn.status().unsentDocuments > 0) refuse(results.wrongState);
      byDrive(() => state.fn.begin(6));
      state.begun = 6;
      return {};
    },
    FF3E: () => {
      if (state.begun !== 6) refuse(results.wrongState);
      const document = core.writeDocument(6, [{ tag: 1021, value: core.cashierName() }]);
      core.printDocument('report', [
        ...core.headerLines(),
        center('ОТЧЁТ О ЗАКРЫТИИ ФН'),
        ...core.fiscalLines(document),
      ]);
      return registered(document);
    },
    FF4C: ({ report: number }) => {
      // 0 is the first one, too.
      const { document, fields } = summary(Math.max(number, 1));
      const reason = document.documentCode === 1 ? 0 : 4;
      return {
        ...fields,
        tail: byteWriter(9)
          .u8(reason)
          .u32le(document.fiscalDocumentNumber)
          .u32le(document.fiscalSign)
          .finish(),
      };
    },
    FF60: ({ report: number, tag }) => tagOf(number, tag),
  };
}
