import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseTrace } from '@elcert/device-drivers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { elcert } from '../support/elcert.js';

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-trace-'));
  const { code } = await elcert(['demo', '--seed', 'traced', '--trace', file('sale.jsonl')]);
  expect(code).toBe(0);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the wires of a whole sale are explained, both devices side by side', async () => {
  const { code, stdout } = await elcert(['trace', file('sale.jsonl'), '--brief']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/shtrih-m → command FF46h /);
  expect(stdout).toMatch(/shtrih-m ← answer FF45h .*, done/);
  expect(stdout).toMatch(/lan4gate ← response 302 .*Success/);
  expect(stdout).not.toMatch(/ENQ/);
  const json = await elcert(['trace', file('sale.jsonl'), '--family', 'lan4gate', '--json']);
  const { ok, said } = JSON.parse(json.stdout) as { ok: boolean; said: { family: string }[] };
  expect(ok).toBe(true);
  expect(new Set(said.map(({ family }) => family))).toEqual(new Set(['lan4gate']));
});

test('neither a card nor a password stands in the file', async () => {
  const text = await readFile(file('sale.jsonl'), 'utf8');
  expect(text).not.toMatch(/\b220[0-4]\d{12}\b/);
  expect(text).not.toMatch(/CardPANHash[^,]{0,6}[0-9a-f]{64}/);
  const commands = parseTrace(text).records.filter(
    ({ entry }) => entry.direction === 'out' && entry.bytes instanceof Uint8Array && entry.bytes[0] === 2,
  );
  expect(commands.length).toBeGreaterThan(20);
  // 30, the administrator's password, little endian after a command of one byte.
  for (const { entry } of commands) {
    const bytes = entry.bytes as Uint8Array;
    const first = bytes[2] === 0xff ? 4 : 3;
    expect([...bytes.subarray(first, first + 4)]).not.toEqual([30, 0, 0, 0]);
  }
});

test('a torn end costs one line, a damaged one is named, and nobody guesses a family', async () => {
  const text = await readFile(file('sale.jsonl'), 'utf8');
  await writeFile(file('torn.jsonl'), text.slice(0, -10));
  const torn = await elcert(['trace', file('torn.jsonl'), '--brief']);
  expect(torn.stderr).toContain('cut short');
  await writeFile(file('bad.jsonl'), `${text.split('\n')[0]}\n{"family":"shtrih-m"}\n`);
  expect(await elcert(['trace', file('bad.jsonl')])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('BAD_TRACE at position 2'),
  });
  await appendFile(file('other.jsonl'), '{"family":"abacus","at":1,"direction":"in","bytes":"05"}\n');
  expect(await elcert(['trace', file('other.jsonl')])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('abacus'),
  });
  expect(await elcert(['trace', file('sale.jsonl'), '--family', 'atol'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('only shtrih-m, lan4gate'),
  });
});
