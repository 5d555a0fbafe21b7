import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@elcert/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// A refusal written with struct.pack and by hand: header of 18 bytes, command 1, result 2 "Invalid token".
const bytes = fromHex('a281cb002700000094880100785634120200080112110802120d496e76616c696420746f6b656e');
let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-kz-'));
  await writeFile(file('frame.bin'), bytes);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('elcert kz', () => {
  it('decodes a message and makes the same bytes again', async () => {
    const { code, stdout } = await elcert(['kz', 'decode', file('frame.bin'), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      kind: 'response',
      header: { version: 203, size: 39, id: 100500, token: 305419896, reqnum: 2 },
      message: { command: 'COMMAND_TICKET', result: { resultCode: 2, resultText: 'Invalid token' } },
      unknown: [],
    });
    await writeFile(file('frame.json'), stdout);
    const encoded = await elcert(['kz', 'encode', file('frame.json'), '--out', file('again.bin')]);
    expect(encoded.code).toBe(0);
    expect(new Uint8Array(await readFile(file('again.bin')))).toEqual(bytes);
  });

  it('says what is wrong with bytes and with JSON, exit code 2', async () => {
    const short = await elcert(['kz', 'decode', '--hex', 'a281', '--json']);
    expect([short.code, JSON.parse(short.stdout)]).toMatchObject([
      2,
      { ok: false, error: { code: 'BAD_SIZE', position: 2 } },
    ]);
    await writeFile(
      file('bad.json'),
      '{"kind":"request","header":{"version":203,"id":1,"token":1,"reqnum":1},"message":{}}',
    );
    const bad = await elcert(['kz', 'encode', file('bad.json'), '--json']);
    expect([bad.code, JSON.parse(bad.stdout)]).toMatchObject([
      2,
      { ok: false, error: { code: 'MISSING_FIELD', path: 'message/command' } },
    ]);
  });
});
