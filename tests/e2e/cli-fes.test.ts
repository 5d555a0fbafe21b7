import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@elcert/core';
import { listenTcp } from '@elcert/core/node';
import { type RunningEmulators, startEmulators } from '@elcert/emulators/world';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

let folder: string;
let world: RunningEmulators;
let connection: string[];
let card: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-fes-'));
  world = await startEmulators({ clock: systemClock(), seed: 'cli', only: ['fes', 'ofd-ru'] });
  const { merchant, cashbox, cards } = world.scenario;
  connection = ['--url', world.ends.fes?.url ?? '', '--cashbox-id', cashbox.id];
  connection.push('--api-key', merchant.apiKey, '--mac-key', cashbox.macKey);
  card = [
    '--pan-hash',
    createHash('sha256')
      .update(cards[0]?.pan ?? '')
      .digest('hex'),
  ];
});

afterAll(async () => {
  await world.stop();
  await rm(folder, { recursive: true, force: true });
});

async function json(...args: string[]): Promise<{ code: number | null; value: Record<string, unknown> }> {
  const { code, stdout } = await elcert([...args, '--json']);
  return { code, value: JSON.parse(stdout) as Record<string, unknown> };
}

describe('elcert fes', () => {
  it('echoes', async () => {
    expect(await json('fes', 'echo', ...connection)).toMatchObject({ code: 0, value: { ok: true } });
  });

  it('says what certificates pay, takes rubles and gives kopecks', async () => {
    const item = ['--item', '329921120.060010102,1800.50'];
    const { code, value } = await json('fes', 'preauth', ...connection, ...card, ...item);
    expect(code).toBe(0);
    expect(value).toMatchObject({ ok: true, totalCertAmount: 150_000, split: { ownAmount: 30_050 } });
    const basketId = String(value.purchaseBasketId);
    const held = await json('fes', 'basket', basketId, ...connection);
    expect(held.value).toMatchObject({ ok: true, basket: { articles: [{ price: 180_050 }] } });
  });

  it('lists certificates', async () => {
    const { value } = await json('fes', 'certificates', ...connection, ...card);
    expect(value.certificates).toHaveLength(3);
  });

  it('loads a corrected profile, and FES no longer understands us', async () => {
    const file = join(folder, 'profile.json');
    await writeFile(
      file,
      JSON.stringify({ extends: 'assumedV1', name: 'other', headers: { mac: 'Signature' } }),
    );
    const { code, value } = await json('fes', 'echo', ...connection, '--profile', file);
    expect(code).toBe(1);
    expect(value).toMatchObject({ ok: false, error: { outcome: 'refused', details: { httpStatus: 403 } } });
    const fields = await json('fes', 'profile', '--profile', file);
    expect(fields.value.fields).toContainEqual(
      expect.objectContaining({ field: 'headers.mac', mark: 'supplied' }),
    );
  });

  it('never sends keys to the real host with an invented profile', async () => {
    const { code, value } = await json('fes', 'echo', ...connection, '--url', 'https://api1.fes.nspk.ru');
    expect(code).toBe(2);
    expect(value).toMatchObject({ ok: false, error: { code: 'FES_ASSUMED_PROFILE', outcome: 'not-sent' } });
  });

  it('says that nobody answers', async () => {
    const { port, close } = await listenTcp(() => {});
    await close();
    const { code, value } = await json('fes', 'echo', ...connection, '--url', `http://127.0.0.1:${port}`);
    expect(code).toBe(4);
    expect(value).toMatchObject({ ok: false, error: { outcome: 'not-sent' } });
  });

  it.each([
    [['--item', '329921120.060010102'], /BAD_DECIMAL|BAD_ARTICLES/],
    [['--item', '329921120.06001010,1.00'], /TRU_TOO_SHORT/],
    [[], /FES_BAD_REQUEST/],
  ])('refuses a bad basket before anything is sent: %j', async (items, expected) => {
    const { code, value } = await json('fes', 'preauth', ...connection, ...card, ...items);
    expect(code).toBe(2);
    expect((value.error as { code: string }).code).toMatch(expected);
  });
});

describe('elcert ofd', () => {
  it('pings an operator', async () => {
    const address = world.ends['ofd-ru']?.addresses[0] as { host: string; port: number };
    const { code, value } = await json('ofd', 'ping', `${address.host}:${address.port}`);
    expect(code).toBe(0);
    expect(value).toMatchObject({ ok: true, answer: 'reply' });
  });

  it('says that nobody is there', async () => {
    const { port, close } = await listenTcp(() => {});
    await close();
    const { code, value } = await json('ofd', 'ping', `127.0.0.1:${port}`);
    expect(code).toBe(4);
    expect(value).toMatchObject({ ok: false, error: { code: 'NOT_CONNECTED' } });
  });

  it.each(['nowhere', '0000000000', 'host:99999'])('refuses %s as an operator', async (operator) => {
    expect((await json('ofd', 'ping', operator)).code).toBe(2);
  });
});
