import { crc16CcittFalse, fromHex, toHex } from '@elcert/core';
import { describe, expect, test } from 'vitest';
import {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  numberedPacket,
  packetFramer,
  standardFrame,
  standardFramer,
  syncPacket,
} from '../../src/shtrih-m/index.js';

// The frames of `built` were made by twenty lines of Python that know nothing of this package: `struct.pack`, a bitwise
// CRC-16/CCITT-FALSE, XOR, and `str.encode('cp1251')`, from the field lists of the protocol. Number 8F9Fh makes both stuffing
// pairs occur. Frames of `published` are printed in the protocol text, or stand in logs that users of the maker's driver
// pasted into public issues (shtrih-m/fr_drv_ng, fr_drv_ng_examples).

const zeros = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`payment${index + 3}`, 0]));
const auto = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`tax${index + 1}`, 'auto']));

const built = [
  {
    title: 'E0: open shift',
    body: () => encodeRequest('E0', { password: 30 }),
    standard: '0205e01e000000fb',
    packet: '8f07009f839f81e01e000000602c',
  },
  {
    title: '8D: open a receipt of return',
    body: () => encodeRequest('8D', { password: 30, type: 2 }),
    standard: '02068d1e0000000297',
    packet: '8f08009f839f818d1e0000000246e2',
  },
  {
    title: 'FF46: 1.25 × 123.45 = 154.31, VAT 22 % of 27.83',
    body: () =>
      encodeRequest('FF46', {
        password: 30,
        operation: 1,
        quantity: '1.25',
        price: 12_345,
        sum: 15_431,
        tax: 2_783,
        taxRate: 0xcb,
        department: 0,
        method: 4,
        subject: 1,
        name: 'Трость «Опора»',
      }),
    standard:
      '022eff461e00000001d012130000003930000000473c000000df0a000000cb000401d2f0eef1f2fc20abceefeef0e0bbec',
    packet:
      '8f30009f839f81ff461e00000001d012130000003930000000473c000000df0a000000cb000401d2f0eef1f2fc20abceefeef0e0bbe0c1',
  },
  {
    title: 'FF45: cash 100.00, electronic 54.31, taxes computed by the register',
    body: () =>
      encodeRequest('FF45', {
        password: 30,
        cash: 10_000,
        electronic: 5_431,
        ...zeros,
        prepaid: 0,
        credit: 0,
        other: 0,
        rounding: 0,
        ...auto,
        taxation: 1,
        text: '',
      } as never),
    standard: `0276ff451e0000001027000000371500000000${'00'.repeat(70)}${'ff'.repeat(30)}01c6`,
    packet: undefined,
  },
  {
    title: '80: the old sale with a text of 40',
    body: () =>
      encodeRequest('80', {
        password: 30,
        quantity: '1',
        price: 150_000,
        department: 1,
        tax1: 2,
        tax2: 0,
        tax3: 0,
        tax4: 0,
        text: `Стельки${'\0'.repeat(33)}`,
      }),
    standard: `023c801e000000e803000000f0490200000102000000d1f2e5ebfceae8${'00'.repeat(33)}22`,
    packet: undefined,
  },
  {
    title: '11: full status with the high half of the serial number',
    body: () =>
      encodeAnswer('11', {
        operator: 30,
        firmwareVersion: 'C3',
        firmwareBuild: 664,
        firmwareDate: '2026-01-21',
        numberInHall: 1,
        documentNumber: 7,
        flags: 0x0292,
        mode: 2,
        submode: 0,
        port: 0,
        memoryVersion: '11',
        memoryBuild: 0,
        memoryDate: '2026-01-21',
        date: '2026-11-22',
        time: '14:05:33',
        memoryFlags: 0x81,
        serialNumber: 1,
        lastClosedShift: 2,
        freeRecords: 4000,
        registrations: 1,
        registrationsLeft: 11,
        inn: 7_700_000_009,
        serialNumberHigh: 0,
      }),
    standard:
      '023211001e4333980215011a01070092020200003131000015011a160b1a0e052181010000000200a00f010b09adf4ca01000000d2',
    packet:
      '8f34009f839f8111001e4333980215011a01070092020200003131000015011a160b1a0e052181010000000200a00f010b09adf4ca010000002c35',
  },
  {
    title: 'FF45 answer with a sign that needs stuffing',
    body: () =>
      encodeAnswer('FF45', {
        change: 0,
        documentNumber: 3,
        fiscalSign: 0xec8f9f01,
        dateTime: '2026-11-22T14:05',
      }),
    standard: '0215ff4500000000000003000000019f8fec1a0b160e055d',
    packet: '8f17009f839f81ff4500000000000003000000019f839f81ec1a0b160e05cb44',
  },
] as const;

describe('frames built by Python', () => {
  test.each(built)('$title', ({ body, standard, packet }) => {
    expect(toHex(standardFrame(body()))).toBe(standard);
    expect(standardFramer().push(fromHex(standard))).toEqual([{ type: 'frame', body: body() }]);
    if (packet === undefined) return;
    expect(toHex(numberedPacket(0x8f9f, body()))).toBe(packet);
    expect(packetFramer().push(fromHex(packet))).toEqual([{ type: 'packet', number: 0x8f9f, body: body() }]);
  });
});

describe('published', () => {
  test('CRC examples of the protocol text', () => {
    expect(crc16CcittFalse(Uint8Array.of(0, 0))).toBe(0x1d0f);
    expect(crc16CcittFalse(Uint8Array.of(0x03, 0x00, 0x06, 0x00, 0xfc))).toBe(0x63ed);
  });

  test('sync packet and its answer', () => {
    expect(toHex(syncPacket())).toBe('8f00000f1d');
    expect(packetFramer().push(fromHex('8F 02 00 01 00 99 5A'))).toEqual([
      { type: 'packet', number: 1, body: new Uint8Array(0) },
    ]);
  });

  test('device type', () => {
    const [ack, frame] = standardFramer().push(
      fromHex('06 02 18 FC 00 00 00 02 00 2D 00 D8 D2 D0 C8 D5 2D D1 CC C0 D0 D2 CF CE D1 2D D4 D7'),
    );
    expect(ack).toEqual({ type: 'ack' });
    if (frame?.type !== 'frame') throw new Error('no frame');
    expect(decodeAnswer(frame.body)).toEqual({
      code: 'FC',
      error: 0,
      fields: {
        type: 0,
        subtype: 0,
        protocolVersion: 2,
        protocolSubversion: 0,
        model: 45,
        language: 0,
        name: 'ШТРИХ-СМАРТПОС-Ф',
      },
    });
  });

  test('a line of a real till', () => {
    const [frame] = standardFramer().push(
      fromHex(
        '02 30 FF 46 1E 00 00 00 01 40 42 0F 00 00 00 10 27 00 00 00 10 27 00 00 00 FF FF FF FF FF 08 00 00 00 CA EE EC EF EB E5 EA F1 ED FB E9 20 EE E1 E5 E4 8F',
      ),
    );
    if (frame?.type !== 'frame') throw new Error('no frame');
    expect(decodeRequest(frame.body)).toEqual({
      code: 'FF46',
      fields: {
        password: 30,
        operation: 1,
        quantity: '1.000000',
        price: 10_000,
        sum: 10_000,
        tax: 'auto',
        taxRate: 8,
        department: 0,
        method: 0,
        subject: 0,
        name: 'Комплексный обед',
      },
    });
  });

  test('cashless sum above the total', () => {
    const [frame] = standardFramer().push(fromHex('02 03 FF 45 4D F4'));
    if (frame?.type !== 'frame') throw new Error('no frame');
    expect(decodeAnswer(frame.body)).toEqual({ code: 'FF45', error: 0x4d, fields: undefined });
  });
});
