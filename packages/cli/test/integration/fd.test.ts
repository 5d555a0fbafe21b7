import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@elcert/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { elcertHere } from '../support/elcert-here.js';

// A shift report in its container in a session, made by a few lines of Python (struct.pack for TLV and headers, the
// `cp866` codec for text, binascii.crc_hqx(…, 0xFFFF) for the container's check sum), not by this repository's encoders.
const session = fromHex(
  '2a08410a81a2012039393939303738393030303031323334a80014000000' +
    'a8004df3a5020110099999078900001234000011a1a2a3a4a50000110004007e' +
    '02007a00' +
    '1104100039393939303738393030303031323334' +
    '0d0414003030303030303030303030313233343520202020' +
    'fa030c00373730303030303030392020' +
    '1004040011000000' +
    'f403040080c6026b' +
    '0e04040004000000' +
    'b904010004' +
    'fd030d0088a2a0adaea2a020802e20802e' +
    '0f2702000102' +
    '350406003104499602d2' +
    '8106010203040506' +
    '0000',
);
const container = session.subarray(30);
const document = session.subarray(62, 62 + 126);
const tags = document.subarray(4);
const fields = {
  fiscalDriveNumber: '9999078900001234',
  fiscalDocumentNumber: 17,
  dateTime: '2026-11-22T10:40:00',
  fiscalSign: 1234567890,
  shiftNumber: 4,
  operator: 'Иванова А. А.',
};

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-fd-'));
  await Promise.all(
    Object.entries({ session, container, document, tags, header: session.subarray(0, 30) }).map(
      ([name, bytes]) => writeFile(file(name), bytes),
    ),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function json(...args: string[]): Promise<{ code: number; value: Record<string, unknown> }> {
  const { code, stdout } = await elcertHere(['fd', ...args, '--json']);
  return { code, value: JSON.parse(stdout) as Record<string, unknown> };
}

describe('elcert fd decode', () => {
  it.each(['session', 'container', 'document'])('recognises a %s and shows every layer', async (name) => {
    const { code, value } = await json('decode', file(name));
    expect(code).toBe(0);
    expect(value).toMatchObject({
      ok: true,
      kind: name,
      document: { code: 2, name: 'openShift', ffdVersion: '1.2', fields },
    });
    if (name === 'session') {
      expect(value.session).toMatchObject({
        aVersion: '0120',
        fiscalDriveNumber: '9999078900001234',
        bodySize: 168,
      });
    }
    if (name !== 'document') {
      expect(value.container).toMatchObject({ documentCode: 2, fiscalDocumentNumber: 17 });
      expect(value).toMatchObject({ messageSign: '8106010203040506', trailer: '0000' });
    }
  });

  it('recognises a bare list of tags, and keeps unknown ones', async () => {
    const { value } = await json('decode', file('tags'));
    expect(value).toMatchObject({ ok: true, kind: 'tlv', fields });
    expect(JSON.stringify(value)).toContain('0102');
  });

  it('recognises a session header alone', async () => {
    const { value } = await json('decode', file('header'));
    expect(value).toMatchObject({ ok: true, kind: 'sessionHeader', session: { bodySize: 168 } });
  });

  it('takes hex and standard input', async () => {
    const hex = Buffer.from(document).toString('hex');
    expect((await json('decode', '--hex', hex)).value).toMatchObject({ kind: 'document' });
    const { stdout } = await elcertHere(['fd', 'decode', '-', '--json'], document);
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'document' });
  });

  it('lets --kind decide', async () => {
    const { code, value } = await json('decode', file('document'), '--kind', 'tlv');
    expect(code).toBe(0);
    expect(value).toMatchObject({ ok: true, kind: 'tlv' });
  });

  it.each([
    ['an empty file', new Uint8Array(), 'NOT_FISCAL_BYTES'],
    ['a text', new TextEncoder().encode('not a fiscal document at all'), 'NOT_FISCAL_BYTES'],
    [
      'a container with a wrong check sum',
      container.map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
      'BAD_CONTAINER_CRC',
    ],
    ['a session that was cut', session.subarray(0, 100), 'BAD_SESSION'],
  ])('refuses %s', async (_what, bytes, code) => {
    await writeFile(file('bad'), bytes);
    const { code: exit, value } = await json('decode', file('bad'));
    expect(exit).toBe(2);
    expect(value).toMatchObject({
      ok: false,
      error: { code, message: expect.any(String), position: expect.any(Number) },
    });
  });

  it('says which file is not there', async () => {
    const { code, value } = await json('decode', file('nothing'));
    expect(code).toBe(2);
    expect(value).toMatchObject({ ok: false, error: { code: 'NO_SUCH_FILE' } });
  });
});

describe('elcert fd inspect', () => {
  it('names every tag with its offset in the file', async () => {
    const { stdout, code } = await elcertHere(['fd', 'inspect', file('session')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^003e\s+2\s+/m);
    expect(stdout).toMatch(/^0042\s+1041\s+.*9999078900001234/m);
    expect(stdout).toContain('Иванова А. А.');
  });

  it('goes on as far as bytes make sense, and says where they stop', async () => {
    const broken = document.slice();
    broken[2] = 0xff;
    await writeFile(file('broken'), broken);
    const { code, value } = await json('inspect', file('broken'), '--kind', 'document');
    expect(code).toBe(1);
    expect(value).toMatchObject({ ok: false });
    expect(JSON.stringify(value)).toMatch(/"fault":/);
  });
});

describe('elcert fd inspect of what is broken', () => {
  it.each([
    ['a document that was cut', () => document.subarray(0, 90), 'document', 0, 'NOT_FISCAL_BYTES'],
    ['a session that was cut', () => session.subarray(0, 150), 'session', 62, 'BAD_SESSION'],
    [
      'a container with a wrong check sum',
      () => container.map((byte, at) => (at === 2 ? byte ^ 1 : byte)),
      'container',
      32,
      'BAD_CONTAINER_CRC',
    ],
    ['a list of tags that was cut', () => tags.subarray(0, 90), 'tlv', 0, 'NOT_FISCAL_BYTES'],
  ])('shows the tags of %s, and what is wrong', async (_what, bytes, kind, offset, code) => {
    await writeFile(file('cut'), bytes());
    const { code: exit, value } = await json('inspect', file('cut'));
    expect(exit).toBe(1);
    expect(value).toMatchObject({ ok: false, kind, fault: { code } });
    const rows = value.tags as { tag: number; offset: number; value?: unknown }[];
    expect(rows[0]?.offset).toBe(offset);
    expect(rows).toContainEqual(expect.objectContaining({ tag: 1041, value: '9999078900001234' }));
    const people = await elcertHere(['fd', 'inspect', file('cut')]);
    expect([people.code, people.stdout.includes(code)]).toEqual([1, true]);
  });

  it('has nothing to show of a text', async () => {
    await writeFile(file('text'), 'not a fiscal document at all');
    expect((await json('inspect', file('text'))).value).toMatchObject({
      error: { code: 'NOT_FISCAL_BYTES' },
    });
  });
});

describe('elcert fd with bytes that mean harm', () => {
  it('prints no control characters of a document', async () => {
    const hostile = document.slice();
    const cashier = Buffer.from(hostile).indexOf(fromHex('fd030d00')) + 4;
    hostile.set([0x1b, 0x5b, 0x32, 0x4a, 0x07], cashier);
    await writeFile(file('hostile'), hostile);
    for (const verb of ['decode', 'inspect', 'render']) {
      const { stdout } = await elcertHere(['fd', verb, file('hostile')]);
      expect(stdout).toContain('[2J');
      expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  it.runIf(process.platform !== 'win32')(
    '[posix] reads no more than it takes of a file without an end',
    async () => {
      expect((await json('decode', '/dev/zero')).value).toMatchObject({ error: { code: 'FILE_TOO_LONG' } });
    },
  );

  it('takes no list of tags that no document holds', async () => {
    await writeFile(file('long'), Buffer.alloc(400_000, fromHex('23040000')));
    expect((await json('validate', file('long'), '--form', '3')).value).toMatchObject({
      error: { code: 'TLV_TOO_LONG' },
    });
  });
});

describe('elcert fd check', () => {
  const raw = document;
  const service = {
    ...fields,
    code: 2,
    dateTime: '2026-11-22T07:40:00', // the service's own zone
    userInn: '7700000009',
    kktRegId: '0000000000012345    ',
  };

  async function folderOf(files: Record<string, Uint8Array | string>): Promise<string> {
    const path = await mkdtemp(join(folder, 'check-'));
    await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(path, name), content)));
    return path;
  }

  it('passes files that come out byte-identical and agree with the JSON beside them', async () => {
    const path = await folderOf({
      'a-session.bin': session,
      'b-container.bin': container,
      'c.raw.bin': raw,
      'c.json': JSON.stringify(service),
      'c.tlv.json': 'not looked at',
      'd-tags.bin': tags,
    });
    const { code, value } = await json('check', path);
    expect(value).toMatchObject({ ok: true, checked: 4, failed: 0 });
    expect(value.files).toContainEqual(
      expect.objectContaining({
        file: 'c.raw.bin',
        json: 'c.json',
        differences: [],
        shifted: [expect.objectContaining({ hours: -3 })],
      }),
    );
    expect(code).toBe(0);
  });

  it('fails for a contradiction and for bytes that are nothing, and goes on to the end', async () => {
    const path = await folderOf({
      'a.raw.bin': raw,
      'a.json': JSON.stringify({ ...service, shiftNumber: 5 }),
      'b.bin': 'nothing',
      'c.bin': tags,
    });
    const { code, value } = await json('check', path);
    expect(code).toBe(1);
    expect(value).toMatchObject({ ok: false, checked: 3, failed: 2 });
    const people = await elcertHere(['fd', 'check', path]);
    expect(people.code).toBe(1);
    expect(people.stdout).toContain('openShift/shiftNumber: 4 in the document, 5 in the JSON');
  });

  it('refuses a folder with nothing to check', async () => {
    expect((await json('check', await folderOf({ 'a.txt': '' }))).value).toMatchObject({
      ok: false,
      error: { code: 'NOTHING_TO_CHECK' },
    });
  });
});

describe('elcert fd encode', () => {
  it('makes a document of what decode printed', async () => {
    const known = fromHex(Buffer.from(document).toString('hex').replace('0f2702000102', ''));
    known[2] = (known[2] as number) - 6;
    await writeFile(file('known'), known);
    const { stdout } = await elcertHere(['fd', 'decode', file('known'), '--json']);
    const out = file('again');
    const encoded = await elcertHere(['fd', 'encode', '-', '--out', out, '--json'], stdout);
    expect(JSON.parse(encoded.stdout)).toMatchObject({ ok: true, document: 'openShift', ignored: [] });
    expect(new Uint8Array(await readFile(out))).toEqual(known);
  });

  it('names the member that is wrong', async () => {
    const { code, stdout } = await elcertHere(
      ['fd', 'encode', '-', '--json'],
      JSON.stringify({ code: 2, shiftNumber: 'four' }),
    );
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { path: expect.stringContaining('shiftNumber') },
    });
  });
});

describe('elcert fd validate', () => {
  it('finds what a shift report lacks, all in one pass', async () => {
    const { code, value } = await json('validate', file('document'));
    expect(code).toBe(1);
    const issues = value.issues as { code: string; tag: number }[];
    expect(issues.map((issue) => issue.tag)).toEqual(expect.arrayContaining([1188, 1189, 9999]));
  });
});

describe('elcert fd render', () => {
  it.each([
    ['text', /СМЕНА \d+/],
    ['html', /^<!doctype html>/i],
    ['svg', /^<svg /],
  ])('draws a report as %s', async (format, expected) => {
    const { code, stdout } = await elcertHere([
      'fd',
      'render',
      file('document'),
      '--format',
      format,
      '--columns',
      '42',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(expected);
    expect(stdout).toContain('9999078900001234');
  });
});

describe('elcert fd render --format png', () => {
  it('writes a picture, and only to a file', async () => {
    const out = file('report.png');
    const { code, value } = await json('render', file('document'), '--format', 'png', '--out', out);
    expect([code, value.out]).toEqual([0, out]);
    expect((await readFile(out)).subarray(1, 4).toString()).toBe('PNG');
    const refused = await elcertHere(['fd', 'render', file('document'), '--format', 'png']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('--out');
  });
});

describe('elcert fd with a bare list of tags', () => {
  it('asks for its form, and takes it', async () => {
    const refused = await json('validate', file('tags'));
    expect(refused.code).toBe(2);
    expect(refused.value).toMatchObject({ ok: false, error: { code: 'NOT_A_DOCUMENT', path: '--form' } });
    const paper = await elcertHere(['fd', 'render', file('tags'), '--form', '2', '--columns', '32']);
    expect(paper.code).toBe(0);
    expect(paper.stdout).toContain('ОТЧЕТ ОБ ОТКРЫТИИ СМЕНЫ');
    expect((await elcertHere(['fd', 'render', file('tags'), '--form', '9'])).code).toBe(2);
  });

  it('can list requisites by their official names', async () => {
    const { stdout } = await elcertHere(['fd', 'render', file('document'), '--list']);
    expect(stdout).toContain('Номер смены');
  });
});

describe('elcert fd archive', () => {
  it('goes through an export, and says what it could not read', async () => {
    // The mark of FFD 1.2, two shift reports in envelopes, one broken envelope.
    const mark = fromHex('fefd0000');
    const envelope = Buffer.concat([fromHex('66007e00'), document]);
    await writeFile(file('archive'), Buffer.concat([mark, envelope, envelope, fromHex('66000300010203')]));
    const { code, value } = await json('archive', file('archive'));
    expect(code).toBe(1);
    expect(value).toMatchObject({
      ok: false,
      documents: 2,
      forms: { openShift: 2 },
      fiscalDriveNumbers: ['9999078900001234'],
      first: { offset: 4, fiscalDocumentNumber: 17, dateTime: '2026-11-22T10:40:00' },
      faultCount: 1,
      faults: [{ offset: 264, tag: 102 }],
    });
    const listed = await elcertHere(['fd', 'archive', file('archive'), '--list']);
    expect(listed.stdout.match(/openShift\t17/g)).toHaveLength(2);
    expect((await json('archive', file('nowhere'))).value).toMatchObject({ error: { code: 'NO_SUCH_FILE' } });
    expect((await json('archive', file('header'))).code).toBe(2);
  });

  it('tells what an export held that was cut off, and nothing of an empty one', async () => {
    const envelope = Buffer.concat([fromHex('66007e00'), document]);
    await writeFile(file('cut-archive'), Buffer.concat([envelope, envelope.subarray(0, 70)]));
    const { code, value } = await json('archive', file('cut-archive'));
    expect(code).toBe(1);
    expect(value).toMatchObject({ ok: false, documents: 1, faultCount: 1, faults: [{ offset: 130 }] });
    await writeFile(file('empty'), '');
    const empty = await json('archive', file('empty'));
    expect([empty.code, empty.value.error]).toMatchObject([2, { code: 'EMPTY_FILE' }]);
  });
});

describe('elcert fd qr', () => {
  it('makes the payload of a document, and takes the form of a bare list', async () => {
    // What a QR needs of a receipt: 1041, 1040, 1012, 1077, 1054, 1020; the time has no seconds, and so has the QR.
    const receipt = fromHex(
      '1104100039393939303738393030303031323334' +
        '1004040011000000' +
        'f403040080c6026b' +
        '350406003104499602d2' +
        '1e04010001' +
        'fc0302009600',
    );
    await writeFile(file('receipt-tags'), receipt);
    const refused = await json('qr', file('receipt-tags'));
    expect(refused.value).toMatchObject({ ok: false, error: { code: 'NOT_A_DOCUMENT', path: '--form' } });
    const { code, value } = await json('qr', file('receipt-tags'), '--form', '3');
    expect([code, value.payload]).toEqual([
      0,
      't=20261122T1040&s=1.50&fn=9999078900001234&i=17&fp=1234567890&n=1',
    ]);
  });

  it('reads a link, and makes one', async () => {
    const members = 't=20260817T1528&s=1.50&fn=9999078900001234&i=17&fp=1234567890&n=1';
    const { code, value } = await json(
      'qr',
      '--text',
      `https://x.example/?${members}`,
      '--page',
      'https://y.example/c',
    );
    expect([code, value.payload, value.link]).toEqual([0, members, `https://y.example/c?${members}`]);
  });

  it('reads a payload in its loose spellings and writes the exact one', async () => {
    const { code, value } = await json(
      'qr',
      '--text',
      't=20260817t1528&s=1.5&fn=9999078900001234&i=17&fp=1234567890&n=1',
    );
    expect(code).toBe(0);
    expect(value.payload).toMatch(
      /^t=20260817T1528(00)?&s=1\.50&fn=9999078900001234&i=17&fp=1234567890&n=1$/,
    );
  });
});
