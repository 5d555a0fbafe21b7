import { expect, test } from 'vitest';
import { bench, key, sale } from '../shtrih-m-day.js';

test('no paper before a sale: refused, and ready as soon as there is some', async () => {
  const one = await bench();
  one.kkt.setPaper('out');
  expect((await one.register.status()).paper).toBe('out');
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({
    code: 'PAPER_OUT',
    outcome: 'refused',
    userMessage: expect.stringContaining('лента'),
  });
  one.kkt.setPaper('ok');
  await one.register.registerReceipt(sale, key());
  expect(one.receipts()).toBe(1);
  await one.close();
});

test('the tape ends in the middle of a sale: the document is fiscal, its rest is printed after B0h', async () => {
  const one = await bench();
  one.kkt.endPaperAfter(3);
  const result = await one.register.registerReceipt(sale, key());
  expect(result.fiscalDocumentNumber).toBe(3);
  expect(one.kkt.state().submode).toBe(2);
  const printed = one.kkt.paper().length;
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({ code: 'PAPER_OUT' });
  one.kkt.setPaper('ok');
  expect(one.kkt.state().submode).toBe(3);
  await one.register.registerReceipt(sale, key());
  expect(one.count('B0')).toBe(1);
  expect(one.kkt.paper().length).toBeGreaterThan(printed);
  expect(one.kkt.paper().some((text) => text.includes(`ФП ${result.fiscalSign}`))).toBe(true);
  expect(one.receipts()).toBe(2);
  await one.close();
});

test('the lid is open: refused', async () => {
  const one = await bench();
  one.kkt.openCover(true);
  expect(await one.register.status()).toMatchObject({ coverOpen: true });
  await expect(one.register.registerReceipt(sale, key())).rejects.toMatchObject({ outcome: 'refused' });
  one.kkt.openCover(false);
  await one.register.registerReceipt(sale, key());
  await one.close();
});
