import { concatBytes, fromHex, manualClock, outcomeOf, systemClock, toHex } from '@elcert/core';
import { openTcp } from '@elcert/core/node';
import { encodeDocument, fiscalDocument, fiscalSignBytes } from '@elcert/fiscal-doc';
import {
  decodeContainer,
  decodeSession,
  deliverAll,
  deliverNext,
  encodeContainer,
  encodeSession,
  exchangeRequest,
  pingOfd,
  sendFnMessage,
  sessionFramer,
} from '@elcert/ofd-transport/ru';
import { afterEach, describe, expect, it } from 'vitest';
import { type EmulatedFn, fnMessageSource } from '../../src/fn/index.js';
import { createLedger, type FaultRule, tcpAddressOf } from '../../src/kernel/index.js';
import { type OfdRuHandle, startOfdRu } from '../../src/ofd-ru/index.js';
import { closeShift, openShift, sell, testFn } from '../fiscal.js';

const running: OfdRuHandle[] = [];

afterEach(async () => {
  for (const ofd of running.splice(0)) await ofd.stop();
});

async function operator(faults: readonly FaultRule[] = []) {
  const ofd = await startOfdRu({ clock: manualClock(), seed: 1, ledger: createLedger(), faults });
  running.push(ofd);
  const { host, port } = tcpAddressOf(ofd);
  return { ofd, connect: () => openTcp({ host, port }) };
}

function messageOf(fn: EmulatedFn) {
  const container = fn.nextContainer();
  if (container === undefined) throw new Error('nothing waits');
  return { fiscalDriveNumber: container.fiscalDriveNumber, container: container.bytes };
}

describe('a drive, the transport and an operator over TCP', () => {
  it('delivers a whole shift in order, and both sides hold the same documents', async () => {
    const { ofd, connect } = await operator();
    const fn = testFn();
    openShift(fn);
    sell(fn, { contact: 'buyer@example.com' });
    sell(fn, {
      cash: 50_000,
      lines: [
        { name: 'Бахилы', price: 500, quantity: '12.5' },
        { name: 'Бинт', price: 70_000, quantity: '1' },
      ],
    });
    sell(fn, { settlement: 2 });
    closeShift(fn);
    const order: number[] = [];
    const report = await deliverAll(fnMessageSource(fn), {
      connect,
      clock: manualClock(),
      onDelivered: ({ fiscalDocumentNumber }) => order.push(fiscalDocumentNumber),
    });
    expect(report).toEqual({ delivered: 6, stoppedBy: undefined });
    expect(order).toEqual([1, 2, 3, 4, 5, 6]);
    expect(fn.status().unsentDocuments).toBe(0);
    expect(ofd.documents().map(({ bytes }) => toHex(bytes))).toEqual(
      fn.documents().map(({ bytes }) => toHex(bytes)),
    );
    expect(ofd.documents().map(({ document }) => document.name)).toEqual([
      'fiscalReport',
      'openShift',
      'receipt',
      'receipt',
      'receipt',
      'closeShift',
    ]);
    expect(ofd.documents().every(({ placeholderSign, copies }) => placeholderSign && copies === 1)).toBe(
      true,
    );
    expect(ofd.totals().get(1)).toEqual({
      count: 2,
      total: 226_250,
      cash: 50_000,
      electronic: 176_250,
      prepaid: 0,
      credit: 0,
      other: 0,
    });
    expect(ofd.totals().get(2)?.total).toBe(150_000);
    expect(ofd.inbox).toMatchObject([
      { to: 'buyer@example.com', from: 'shop@example.com', fiscalDocumentNumber: 3, totalSum: 150_000 },
    ]);
    expect(fn.replies.every(({ accepted }) => accepted)).toBe(true);
    expect(ofd.receipts()[0]?.json).toMatchObject({
      code: 3,
      fiscalDriveNumber: fn.fiscalDriveNumber,
      fiscalDocumentNumber: 3,
      fiscalSign: fn.document(3)?.fiscalSign,
      totalSum: 150_000,
      items: [{ name: 'Трость опорная' }],
    });
  });

  it.each(['none', 'header', 'header-and-body'] as const)(
    'takes check sum mode %s and answers in it',
    async (crcMode) => {
      const { connect } = await operator();
      const fn = testFn();
      const reply = await sendFnMessage({ connect, clock: manualClock(), message: messageOf(fn), crcMode });
      fn.loadReply(reply.container);
      expect(fn.confirmed(1)).toBe(true);
    },
  );

  it.each(['0001', '0002', '0100', '0105', '0110', '0120'])(
    'takes application version %s and echoes it',
    async (aVersion) => {
      const { connect } = await operator();
      const reply = await sendFnMessage({
        connect,
        clock: manualClock(),
        message: messageOf(testFn()),
        aVersion,
      });
      expect(reply.aVersion).toBe(aVersion);
    },
  );

  it('takes a container that counts its data only', async () => {
    const { connect } = await operator();
    const fn = testFn();
    const message = messageOf(fn);
    const container = encodeContainer({ ...decodeContainer(message.container), lengthForm: 'data' });
    const reply = await sendFnMessage({ connect, clock: manualClock(), message: { ...message, container } });
    fn.loadReply(reply.container);
    expect(fn.confirmed(1)).toBe(true);
  });

  it('takes several documents on one connection', async () => {
    const { ofd, connect } = await operator();
    const fn = testFn();
    const first = exchangeRequest(messageOf(fn)).bytes;
    const channel = await connect();
    await channel.write(first);
    await channel.write(first);
    const framer = sessionFramer();
    let answers = 0;
    for await (const chunk of channel) {
      answers += framer.push(chunk).messages.length;
      if (answers === 2) break;
    }
    await channel.close();
    expect(ofd.documents()).toHaveLength(1);
    expect(ofd.documents()[0]?.copies).toBe(2);
  });

  it('passes the bits of the operator on, and the drive shows them in the next shift report', async () => {
    const { ofd, connect } = await operator();
    ofd.settings.operatorMessage = 0x42;
    const fn = testFn();
    const delivered = await deliverNext(fnMessageSource(fn), { connect, clock: manualClock() });
    expect(delivered?.reply.document.operatorMessage).toBe(0x42);
    const opened = openShift(fn);
    ofd.settings.operatorMessage = 0;
    await deliverAll(fnMessageSource(fn), { connect, clock: manualClock() });
    const { document } = ofd.document(fn.fiscalDriveNumber, opened.fiscalDocumentNumber) ?? {};
    expect(document?.tags.find(({ tag }) => tag === 1206)?.value).toBe(0x42);
  });

  it('answers a ping with a bare header', async () => {
    const { ofd, connect } = await operator();
    const { answer, reply } = await pingOfd({ connect, clock: manualClock() });
    expect(answer).toBe('reply');
    expect(reply?.hasContainer).toBe(false);
    expect(ofd.records.entries[0]?.operation).toBe('ping');
  });
});

describe('a document of FFD 1.05', () => {
  it('is confirmed with code 0 in tag 1068', async () => {
    const { ofd, connect } = await operator();
    const fiscalDriveNumber = '9999078900001234';
    const document = encodeDocument(
      fiscalDocument(2, {
        fiscalDriveNumber,
        kktRegId: '0000000001036066',
        userInn: '7700000009',
        fiscalDocumentNumber: 2,
        dateTime: '2026-01-12T12:00',
        shiftNumber: 1,
        fiscalSign: fiscalSignBytes('3153580303', 2),
        operator: 'Иванова А. А.',
        kktVersion: '001',
        documentKktVersion: 2,
        fiscalDocumentFormatVer: 2,
      }),
    );
    const container = encodeContainer({
      lengthForm: 'total',
      messageType: 0xa5,
      documentCode: 2,
      version: 1,
      serviceData1: Uint8Array.of(0x10, 0x09),
      fiscalDriveNumber,
      fiscalDocumentNumber: 2,
      serviceData2: new Uint8Array(12),
      data: concatBytes(document, fromHex('8106010203040506')),
    });
    const reply = await sendFnMessage({
      connect,
      clock: manualClock(),
      message: { fiscalDriveNumber, container },
      aVersion: '0105',
    });
    expect(ofd.rejections).toEqual([]);
    const { data, serviceData2 } = decodeContainer(reply.container);
    expect(serviceData2).toEqual(new Uint8Array(12));
    // 1068 (2C 04), five bytes: 1022 (FE 03), one byte, 0.
    expect(toHex(data)).toContain('2c040500fe03010000');
    expect(ofd.documents()[0]?.placeholderSign).toBe(false);
  });
});

describe('documents that the operator does not take', () => {
  it('refuses a document that breaks a rule with code 14, and counts nothing', async () => {
    const { ofd, connect } = await operator();
    const fn = testFn();
    const message = messageOf(fn);
    const container = decodeContainer(message.container);
    const renumbered = encodeContainer({ ...container, fiscalDocumentNumber: 9 });
    await expect(
      sendFnMessage({ connect, clock: manualClock(), message: { ...message, container: renumbered } }),
    ).rejects.toMatchObject({ code: 'OPERATOR_REFUSED', outcome: 'refused', details: { responseCode: 14 } });
    expect(ofd.documents()).toHaveLength(0);
    expect(ofd.rejections).toMatchObject([{ responseCode: 14, findings: [{ path: 'fiscalReport/1040' }] }]);
  });

  it('refuses a receipt whose VAT is missing, unless it is told to be lenient', async () => {
    for (const strictness of ['strict', 'field'] as const) {
      const ofd = await startOfdRu({ clock: manualClock(), seed: 1, ledger: createLedger(), strictness });
      running.push(ofd);
      const { host, port } = tcpAddressOf(ofd);
      const fn = testFn();
      openShift(fn);
      sell(fn, { without: [1105] });
      const report = await deliverAll(fnMessageSource(fn), {
        connect: () => openTcp({ host, port }),
        clock: manualClock(),
      });
      expect(report.delivered).toBe(strictness === 'strict' ? 2 : 3);
      expect(ofd.rejections.map(({ findings }) => findings.map(({ path }) => path))).toEqual(
        strictness === 'strict' ? [['receipt/1105']] : [],
      );
    }
  });

  it('refuses a ciphered body with code 11', async () => {
    const { ofd, connect } = await operator();
    const message = messageOf(testFn());
    const container = decodeContainer(message.container);
    const ciphered = encodeContainer({ ...container, data: container.data.map((byte) => byte ^ 0xa7) });
    await expect(
      sendFnMessage({ connect, clock: manualClock(), message: { ...message, container: ciphered } }),
    ).rejects.toMatchObject({ code: 'OPERATOR_REFUSED', details: { responseCode: 11 } });
    expect(ofd.rejections).toHaveLength(1);
  });

  it('refuses another document under a number that it knows', async () => {
    const { ofd, connect } = await operator();
    const options = { connect, clock: manualClock() };
    await sendFnMessage({ ...options, message: messageOf(testFn(manualClock(), 'a')) });
    const other = messageOf(testFn(manualClock(), 'b'));
    const { fiscalDriveNumber } = messageOf(testFn(manualClock(), 'a'));
    const data = decodeContainer(other.container);
    const text = new TextEncoder();
    const forged = Uint8Array.from(data.data);
    forged.set(text.encode(fiscalDriveNumber), 8);
    await expect(
      sendFnMessage({
        ...options,
        message: {
          fiscalDriveNumber,
          container: encodeContainer({ ...data, fiscalDriveNumber, data: forged }),
        },
      }),
    ).rejects.toMatchObject({ code: 'OPERATOR_REFUSED', details: { responseCode: 14 } });
    expect(ofd.documents()).toHaveLength(1);
  });

  it.each([
    ['a wrong container check sum', (bytes: Uint8Array) => bytes.with(32, (bytes[32] ?? 0) ^ 1)],
    ['a wrong signature', (bytes: Uint8Array) => bytes.with(0, 0x2b)],
    ['an unknown session version', (bytes: Uint8Array) => bytes.with(4, 0x99)],
    ['an unknown application version', (bytes: Uint8Array) => bytes.with(6, 0x77)],
    ['another drive in the header', (bytes: Uint8Array) => bytes.with(23, 0x58)],
  ])('closes without an answer on %s', async (_name, spoil) => {
    const { ofd, connect } = await operator();
    const channel = await connect();
    await channel.write(spoil(exchangeRequest(messageOf(testFn())).bytes));
    const answers: Uint8Array[] = [];
    for await (const chunk of channel) answers.push(chunk);
    expect(answers).toEqual([]);
    expect(ofd.documents()).toHaveLength(0);
    expect(ofd.records.entries.some(({ operation }) => operation === 'refused')).toBe(true);
  });
});

describe('a session that real registers send', () => {
  it('is what the transport builds: usual flags 0014h, no check sum', () => {
    const { bytes } = exchangeRequest(messageOf(testFn()), { aVersion: '0105' });
    expect(toHex(bytes.subarray(0, 8))).toBe('2a08410a81a20105');
    expect(toHex(bytes.subarray(26, 30))).toBe('14000000');
    const session = decodeSession(bytes);
    expect(encodeSession(session)).toEqual(bytes);
  });
});

describe('outcomes', () => {
  it('nobody at the address: not sent', async () => {
    const { ofd, connect } = await operator();
    await ofd.stop();
    const failure = await sendFnMessage({
      connect,
      clock: systemClock(),
      message: messageOf(testFn()),
    }).catch((error) => error);
    expect(failure).toMatchObject({ code: 'NOT_CONNECTED' });
    expect(outcomeOf(failure)).toBe('not-sent');
  });
});
