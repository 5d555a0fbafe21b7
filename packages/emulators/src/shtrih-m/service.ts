import { byteWriter, localToUnixSeconds } from '@elcert/core';
import { describeShtrihError } from '@elcert/device-drivers/shtrih-m';
import type { Core } from './core.js';
import { type Handlers, refuse, results } from './refusal.js';
import { countOf, totalName } from './totals.js';

/** Bits of F7h's first field. */
const features = {
  paperNearEndSensor: 1,
  paperSensor: 3,
  coverSensor: 4,
  headSensor: 6,
  cutter: 13,
  drawerSensor: 15,
  innLeadingZero: 24,
  rnmLeadingZero: 25,
  protocol2: 28,
  slipInPrintCommands: 34,
  graphicsC4: 35,
  errorText: 36,
  graphicsFlags: 37,
  scaledGraphics: 41,
  graphics512: 42,
  fiscalDrive: 43,
} as const;

/** Baud codes of 14h: 0 is 2400, 11 is 921600. */
const baudCodes = 12;
/** Port of 14h that stands for TCP. */
const tcpPort = 128;
const firmwareDate = '2026-01-21';

/** State, discovery, ports, clock, tests. */
export function serviceHandlers(core: Core): Handlers {
  const { state, paper, tables, totals, model } = core;
  const done = () => ({ operator: state.operator });
  const ports = new Map<number, { readonly baudCode: number; readonly byteTimeoutCode: number }>();

  const needClosed = () => {
    if (state.fn.status().shiftOpen) refuse(results.shiftOpen);
  };
  const digits = (value: string | undefined) => BigInt((value ?? '').replaceAll(/\D/g, '') || '0');
  const serial = () => digits(state.registration?.kktSerialNumber);
  const moveClock = (to: string) => {
    state.clockOffset += localToUnixSeconds(to) - localToUnixSeconds(core.now());
  };
  /** Seven bytes of a number, all ones for one that has no place in them. */
  const long = (value: bigint) => Number(value < 1n << 53n ? value : (1n << 53n) - 1n);

  return {
    '10': () => {
      const lines = state.receipt?.lines.length ?? 0;
      return {
        operator: state.operator,
        flags: core.flags(),
        mode: core.mode(),
        submode: paper.submode,
        operationsLow: lines & 0xff,
        battery: 0x9f,
        supply: 0xe5,
        memoryError: 0,
        journalError: 0,
        operationsHigh: lines >> 8,
        reserved: new Uint8Array(3),
        ...(model.shortStatusBytes === 16 ? {} : { lastPrintResult: paper.submode === 2 ? 1 : 0 }),
      };
    },
    '11': () => {
      const local = core.now();
      const { shiftNumber, shiftOpen, registrationsLeft } = state.fn.status();
      const length = model.fullStatusBytes ?? 50;
      return {
        operator: state.operator,
        firmwareVersion: model.firmware,
        firmwareBuild: model.build,
        firmwareDate,
        numberInHall: tables.number(1, 1, 1),
        documentNumber: state.documentNumber,
        flags: core.flags(),
        mode: core.mode(),
        submode: paper.submode,
        port: 0,
        memoryVersion: '11',
        memoryBuild: 0,
        memoryDate: firmwareDate,
        date: local.slice(0, 10),
        time: local.slice(11, 19),
        memoryFlags: 0x80 | (shiftOpen ? 0x01 : 0),
        serialNumber: Number(serial() & 0xffffffffn),
        lastClosedShift: (shiftOpen ? shiftNumber - 1 : shiftNumber) & 0xffff,
        freeRecords: 4000,
        registrations: 12 - registrationsLeft,
        registrationsLeft,
        inn: Number(digits(state.registration?.inn)),
        ...(length < 50 ? {} : { serialNumberHigh: Number((serial() >> 32n) & 0xffffn) }),
        ...(length < 52 ? {} : { extension: new Uint8Array(2) }),
      };
    },
    '13': done,
    '14': ({ port, baudCode, byteTimeoutCode }) => {
      if (baudCode >= baudCodes || port > tcpPort) refuse(results.wrongParameters);
      ports.set(port, { baudCode, byteTimeoutCode });
      return {};
    },
    '15': ({ port }) => {
      if (port > tcpPort) refuse(results.wrongParameters);
      // 115200, 100 ms.
      return ports.get(port) ?? { baudCode: 6, byteTimeoutCode: 100 };
    },
    // Only a register whose memory was lost (mode 9) may be reset so.
    '16': () => refuse(results.wrongMode),
    '19': () => {
      state.testRun = true;
      core.print([core.center('ТЕСТОВЫЙ ПРОГОН')]);
      return done();
    },
    '21': ({ time }) => {
      needClosed();
      moveClock(`${core.now().slice(0, 10)}T${time}`);
      return {};
    },
    '22': ({ date }) => {
      needClosed();
      state.pendingDate = date;
      return {};
    },
    '23': ({ date }) => {
      if (state.pendingDate === undefined) refuse(results.wrongMode);
      const matches = state.pendingDate === date;
      state.pendingDate = undefined;
      if (!matches) refuse(results.dateMismatch);
      moveClock(`${date}T${core.now().slice(11, 19)}`);
      return {};
    },
    '24': () => {
      needClosed();
      tables.reset();
      core.fillTables();
      return {};
    },
    '27': () => {
      needClosed();
      totals.receipt.clear();
      totals.shift.clear();
      totals.ever.add(countOf(totalName.clearings), 1);
      state.drawer = 0;
      return {};
    },
    '2B': () => {
      state.testRun = false;
      return done();
    },
    '6B': ({ error }) => ({ text: describeShtrihError(error).textRu }),
    '0F': () => ({
      serialNumber: long(serial()),
      registrationNumber: long(digits(state.registration?.kktRegistrationNumber)),
    }),
    F7: ({ type }) => {
      if (type !== 1) return refuse(results.wrongParameters);
      const bits = Object.entries(features).reduce(
        (all, [name, bit]) => (name === 'cutter' && model.cutter === false ? all : all | (1n << BigInt(bit))),
        0n,
      );
      return {
        data: byteWriter(40)
          .uintLe(bits, 8)
          // Characters of a line in fonts 1 and 2, first line of a picture.
          .u8(model.columns)
          .u8(model.columns >> 1)
          .u8(1)
          // Digits: INN, registration number, the same in its long form, long serial number.
          .u8(12)
          .u8(16)
          .u8(20)
          .u8(16)
          // Passwords of the tax officer and of the system administrator.
          .u32le(0)
          .u32le(30)
          // No Bluetooth table; field of table 1 that tells how taxes are counted.
          .u8(0)
          .u8(14)
          // Longest command, bytes of a graphic line, bytes and lines of the large picture.
          .u16le(255)
          .u8(40)
          .u8(64)
          .u16le(1200)
          // Tables of the drive, of the operator, of embedded devices, and where the format's version stands.
          .u8(18)
          .u8(19)
          .u8(24)
          .u8(17)
          .u8(17)
          .finish(),
      };
    },
    FC: () => ({
      type: 0,
      subtype: 0,
      protocolVersion: 2,
      protocolSubversion: 0,
      model: model.number,
      language: 0,
      name: model.name,
    }),
    FF62: () => ({}),
  };
}
