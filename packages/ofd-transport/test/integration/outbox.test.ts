import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FnMessage } from '@elcert/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeContainer } from '../../src/ru/index.js';
import { openFolderOutbox } from '../../src/ru/node/index.js';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'elcert-outbox-'));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

function message(
  fiscalDocumentNumber: number,
  fiscalDriveNumber = '9999078900001234',
  data = Uint8Array.of(2, 0, 0, 0),
): FnMessage {
  return {
    fiscalDriveNumber,
    container: encodeContainer({
      lengthForm: 'total',
      messageType: 0xa5,
      documentCode: 2,
      version: 1,
      serviceData1: Uint8Array.of(0x10, 0x09),
      fiscalDriveNumber,
      fiscalDocumentNumber,
      serviceData2: new Uint8Array(12),
      data,
    }),
  };
}

const reply = Uint8Array.of(7, 7, 7);

describe('a folder of documents', () => {
  it('hands them out in the order of their numbers, whatever the order they came in', async () => {
    const outbox = await openFolderOutbox(join(directory, 'made', 'here'));
    for (const number of [10, 2, 1]) await outbox.put(message(number));
    const order: FnMessage[] = [];
    for (;;) {
      const next = await outbox.next();
      if (next === undefined) break;
      expect(await outbox.next()).toEqual(next);
      order.push(next);
      await outbox.confirm(next, reply);
    }
    expect(order).toEqual([message(1), message(2), message(10)]);
    expect(await outbox.reply('9999078900001234', 2)).toEqual(reply);
    expect(await outbox.reply('9999078900001234', 3)).toBeUndefined();
  });

  it('takes the same document again, and refuses another one under its number', async () => {
    const outbox = await openFolderOutbox(directory);
    await outbox.put(message(1));
    await outbox.put(message(1));
    await expect(outbox.put(message(1, undefined, Uint8Array.of(2, 0, 1, 0, 5)))).rejects.toMatchObject({
      code: 'BAD_OUTBOX',
      outcome: 'not-sent',
    });
    await outbox.confirm(message(1), reply);
    await outbox.put(message(1));
    expect(await outbox.next()).toBeUndefined();
  });

  it('is the folder of one drive', async () => {
    const outbox = await openFolderOutbox(directory);
    await outbox.put(message(1));
    await expect(outbox.put(message(1, '9999078900009999'))).rejects.toMatchObject({ code: 'BAD_OUTBOX' });
    await writeFile(
      join(directory, '9999078900009999-00000001.bin'),
      message(1, '9999078900009999').container,
    );
    await expect(outbox.next()).rejects.toMatchObject({ code: 'BAD_OUTBOX' });
  });

  it.each([
    ['garbage under a good name', '9999078900001234-00000001.bin', Uint8Array.of(1, 2, 3), 'BAD_FN_MESSAGE'],
    [
      'another document than the name says',
      '9999078900001234-00000002.bin',
      message(1).container,
      'BAD_OUTBOX',
    ],
  ])('stops at %s', async (_name, file, bytes, code) => {
    const outbox = await openFolderOutbox(directory);
    await writeFile(join(directory, file), bytes);
    await expect(outbox.next()).rejects.toMatchObject({ code, outcome: 'not-sent' });
  });

  it('does not see what is no document', async () => {
    const outbox = await openFolderOutbox(directory);
    await writeFile(join(directory, 'README.txt'), 'x');
    await writeFile(
      join(directory, '9999078900001234-00000001.bin.tmp'),
      message(1).container.subarray(0, 10),
    );
    expect(await outbox.next()).toBeUndefined();
    await outbox.put(message(1));
    expect(await outbox.next()).toEqual(message(1));
    expect((await readdir(directory)).sort()).toEqual([
      '9999078900001234-00000001.bin',
      'README.txt',
      'sent',
    ]);
  });

  it('after a crash between the reply and the move, moves the document and does not send it again', async () => {
    const outbox = await openFolderOutbox(directory);
    await outbox.put(message(1));
    await outbox.put(message(2));
    await outbox.confirm(message(1), reply);
    await rename(
      join(directory, 'sent', '9999078900001234-00000001.bin'),
      join(directory, '9999078900001234-00000001.bin'),
    );
    const again = await openFolderOutbox(directory);
    expect(await again.next()).toEqual(message(2));
    expect(await readdir(join(directory, 'sent'))).toContain('9999078900001234-00000001.bin');
  });

  it('says when the folder is gone', async () => {
    const outbox = await openFolderOutbox(directory);
    await rm(directory, { recursive: true });
    await expect(outbox.next()).rejects.toMatchObject({ code: 'BAD_OUTBOX' });
    await expect(outbox.put(message(1))).rejects.toMatchObject({ code: 'BAD_OUTBOX' });
  });
});
