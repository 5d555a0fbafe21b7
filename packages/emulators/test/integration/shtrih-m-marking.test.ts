import { decodeDocument, listOf, numberOf, type Receipt, type TagList, textOf } from '@elcert/fiscal-doc';
import { afterEach, expect, test } from 'vitest';
import { type Bench, bench, key, sale } from '../shtrih-m-day.js';

const code = `0104600000000008215Qbag!\x1d91EE05\x1d92${'A'.repeat(44)}`;
const open: Bench[] = [];
const start = async (...options: Parameters<typeof bench>) => {
  const one = await bench(...options);
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const [line] = sale.lines;
const marked = (markingCheck: number, markingCode = code): Receipt =>
  ({
    ...sale,
    lines: [{ ...line, subject: 'markedWithCode', markingCheck, markingCode }],
    payments: { electronic: 150_000 },
  }) as Receipt;

const lineOf = (document: Uint8Array) => listOf(decodeDocument(document).tags, 1059) as TagList;

test('checked, accepted, sold: code and result stand in the document', async () => {
  const { register, kkt } = await start();
  expect(await register.marking.check({ code, plannedStatus: 'pieceSold' })).toEqual({
    local: 'positive',
    codeType: 4,
    online: true,
    result: 15,
    status: 'correct',
    negative: false,
  });
  expect(await register.call('FF70', {})).toMatchObject({ state: 1, saved: 0 });
  expect(await register.marking.accept()).toBe(15);
  expect(await register.call('FF70', {})).toMatchObject({ state: 0, saved: 1 });
  const { fiscalDocumentNumber } = await register.registerReceipt(marked(15), key());
  const tags = lineOf(await register.readDocument(fiscalDocumentNumber));
  expect(numberOf(tags, 2106)).toBe(15);
  expect(textOf(listOf(tags, 1163) as TagList, 1305)).toBe('0104600000000008215Qbag!');
  expect(kkt.paper()).toContain('[M+]');
  expect(await register.call('FF70', {})).toMatchObject({ saved: 0 });
  expect(await register.call('FF68', {})).toMatchObject({ current: 1, queue: 0 });
});

test('a product that was not checked: ACh, no document, nothing left open', async () => {
  const { register, kkt, receipts } = await start();
  await expect(register.registerReceipt(marked(15), key())).rejects.toMatchObject({
    code: 'MARKING_NOT_CHECKED',
    outcome: 'refused',
    details: { command: 'FF67', result: 0xac },
  });
  expect(receipts()).toBe(0);
  expect(kkt.state().mode).toBe(2);
  // Checked and rejected is not checked; so is cleared.
  await register.marking.check({ code, plannedStatus: 'pieceSold' });
  await register.marking.reject();
  await register.marking.check({ code, plannedStatus: 'pieceSold' });
  await register.marking.accept();
  await register.marking.clear();
  await expect(register.registerReceipt(marked(15), key())).rejects.toMatchObject({
    code: 'MARKING_NOT_CHECKED',
  });
  await expect(register.marking.accept()).rejects.toMatchObject({
    code: 'MARKING_NOT_CHECKED',
    outcome: 'not-sent',
  });
});

test('the service says no, the service is silent: the result that was found is the one that stands', async () => {
  let answer: { readonly result: 5 } | undefined = { result: 5 };
  const { register } = await start({ emulator: { markingService: () => answer } });
  const tobacco = '04606203103348a3=EfODAB=UpGbL';
  expect(await register.marking.check({ code: tobacco, plannedStatus: 'pieceSold' })).toMatchObject({
    codeType: 1,
    result: 5,
    negative: true,
  });
  expect(await register.marking.accept()).toBe(5);
  await expect(register.registerReceipt(marked(15, tobacco), key())).rejects.toMatchObject({
    code: 'RECEIPT_NOT_SUPPORTED',
    path: 'receipt/lines[0]/markingCheck',
    outcome: 'not-sent',
  });
  const first = await register.registerReceipt(marked(5, tobacco), key());
  expect(numberOf(lineOf(await register.readDocument(first.fiscalDocumentNumber)), 2106)).toBe(5);
  answer = undefined;
  expect(await register.marking.check({ code, plannedStatus: 'pieceSold' })).toMatchObject({
    online: false,
    result: undefined,
    negative: false,
  });
  expect(await register.marking.accept()).toBe(3);
});

test('an answer to a check is lost: nothing is in doubt, and the old check cannot be accepted', async () => {
  const { register } = await start({
    faults: [{ at: 'shtrih-m', do: 'disconnect', when: { operation: 'FF61', nth: 2 } }],
    driver: { layer: 'standard' },
  });
  await register.marking.check({ code, plannedStatus: 'pieceSold' });
  await expect(
    register.marking.check({ code: '04606203103348a3=EfODAB=UpGbL', plannedStatus: 'pieceSold' }),
  ).rejects.toMatchObject({ outcome: 'not-sent' });
  await expect(register.marking.accept()).rejects.toMatchObject({ code: 'MARKING_NOT_CHECKED' });
});

test('a register that was not registered for marked products refuses with A0h', async () => {
  const first = await start({ shift: false });
  const { registration } = first.kkt.fn;
  if (registration === undefined) throw new Error('not registered');
  first.kkt.fn.register({ ...registration, usageConditions: 0 }, { reasons: 0x8000_0000 });
  await expect(first.register.marking.check({ code, plannedStatus: 'pieceSold' })).rejects.toMatchObject({
    outcome: 'refused',
    details: { result: 0xa0 },
  });
});
