import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex } from '@elcert/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// The verbs are tried in packages/cli/test/integration/fd.test.ts; here is what only a process shows: files, pipes and exit codes.

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
const document = session.subarray(62, 62 + 126);

let folder: string;
const file = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-fd-'));
  await writeFile(file('session.bin'), session);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('reads files, folders and standard input, and tells by its exit code', async () => {
  const broken = document.slice();
  broken[2] = 0xff;
  const [decoded, checked, piped, refused, bad] = await Promise.all([
    elcert(['fd', 'decode', file('session.bin'), '--json']),
    elcert(['fd', 'check', folder, '--json']),
    elcert(['fd', 'inspect', '-'], document),
    elcert(['fd', 'inspect', '-'], broken),
    elcert(['fd', 'decode', file('nothing')]),
  ]);
  expect(decoded.code).toBe(0);
  expect(JSON.parse(decoded.stdout)).toMatchObject({
    ok: true,
    kind: 'session',
    document: { fields: { shiftNumber: 4, operator: 'Иванова А. А.' } },
  });
  expect([checked.code, JSON.parse(checked.stdout)]).toMatchObject([0, { ok: true, checked: 1 }]);
  expect(piped.code).toBe(0);
  expect(piped.stdout).toContain('Иванова А. А.');
  expect(refused.code).toBe(1);
  expect(bad.code).toBe(2);
  expect(bad.stderr).toContain('NO_SUCH_FILE');
  expect(decoded.stderr + checked.stderr + piped.stderr + bad.stdout).toBe('');
});
