import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freshKzState,
  type KzDeviceState,
  type KzDone,
  type KzQueued,
  type KzStore,
} from '@elcert/ofd-transport/kz';
import { fileKzStore } from '@elcert/ofd-transport/kz/node';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'elcert-kz-store-'));
  path = join(folder, 'kz.log');
});

/** Releases what the store of the moment holds open. */
let release = async () => {};

afterEach(async () => {
  await release();
  await rm(folder, { recursive: true, force: true });
});

/** The store of the only one who works with the file now. */
async function opened(options?: Parameters<typeof fileKzStore>[1]): Promise<KzStore> {
  await release();
  const store = fileKzStore(path, options);
  const held = await store.lock?.();
  release = async () => {
    release = async () => {};
    await held?.release();
  };
  return store;
}

const queued = (documentNumber: number): KzQueued => ({
  operationKey: `k${documentNumber}`,
  command: 'TICKET',
  at: '2026-03-02T12:00:00',
  documentNumber,
  shiftNumber: 1,
  message: { ticket: { name: 'Нан' } },
});
const done = (documentNumber: number): KzDone => {
  const { message: _left, ...rest } = queued(documentNumber);
  return { ...rest, delivered: false };
};

/** Files hold plain data: a member that is `undefined` is none. */
const plain = (state: KzDeviceState) => JSON.parse(JSON.stringify(state)) as KzDeviceState;

describe('the file of a device', () => {
  it('is read back as it was saved, whatever changed in between', async () => {
    const change = fc.constantFrom(
      'push',
      'shift',
      'head',
      'done',
      'renew',
      'token',
      'block',
      'unblock',
      'clear',
      'open',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 25 }), async (changes) => {
        await release();
        await rm(path, { force: true });
        let store = await opened({ compactAfterBytes: 1500 });
        let state = freshKzState(7, 1);
        let number = 0;
        for (const one of changes) {
          number += 1;
          if (one === 'push') state = { ...state, queue: [...state.queue, queued(number)] };
          if (one === 'shift') state = { ...state, queue: state.queue.slice(1) };
          if (one === 'clear') state = { ...state, queue: [] };
          const [head, ...rest] = state.queue;
          if (one === 'head' && head !== undefined)
            state = { ...state, queue: [{ ...head, sent: { token: number, reqnum: number } }, ...rest] };
          if (one === 'done') state = { ...state, done: [...state.done, done(number)].slice(-3) };
          if (one === 'renew' && state.done.length > 0)
            state = { ...state, done: state.done.with(-1, { ...done(number), delivered: true }) };
          if (one === 'token') state = { ...state, token: number };
          if (one === 'block')
            state = { ...state, blocked: { reaction: 'decide', resultCode: 2, text: 'Проверьте.' } };
          if (one === 'unblock') state = { ...state, blocked: undefined };
          if (one === 'open') {
            store = await opened({ compactAfterBytes: 1500 });
            const loaded = await store.load();
            if (loaded !== undefined) state = loaded;
          }
          await store.save(state);
        }
        if (changes.length > 0) expect(await (await opened()).load()).toEqual(plain(state));
      }),
      { numRuns: 60 },
    );
  });

  it('cut at any byte of its last record, holds what was saved before it', async () => {
    const store = await opened();
    const first = freshKzState(7, 1);
    await store.save(first);
    const { size } = await stat(path);
    const second = { ...first, token: 2, queue: [queued(1)] };
    await store.save(second);
    const whole = await readFile(path);
    for (let length = size; length < whole.length; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      const reopened = await opened();
      expect(await reopened.load(), `${length} bytes`).toEqual(plain(first));
      // What was cut off does not stand in the way of what comes next.
      await reopened.save(second);
      expect(await (await opened()).load()).toEqual(plain(second));
    }
    // Blocks that never came to the disk.
    await writeFile(path, Buffer.concat([whole.subarray(0, size + 20), Buffer.alloc(100)]));
    expect(await (await opened()).load()).toEqual(plain(first));
  });

  it('damaged anywhere else is an error that names the place, and stays as it is', async () => {
    const store = await opened();
    const first = freshKzState(7, 1);
    await store.save(first);
    const { size } = await stat(path);
    await store.save({ ...first, token: 2 });
    await store.save({ ...first, token: 3 });
    const whole = await readFile(path);
    for (let position = 0; position < whole.length - 1; position += 7) {
      const damaged = Buffer.from(whole);
      damaged[position] = (damaged[position] ?? 0) ^ 0x04;
      await writeFile(path, damaged);
      await expect((await opened()).load(), `byte ${position}`).rejects.toMatchObject({
        code: 'BAD_STORE',
        outcome: 'not-sent',
        message: expect.stringMatching(position < size ? /damaged at byte 0$/ : /damaged at byte \d+$/),
      });
      expect(await readFile(path)).toEqual(damaged);
    }
    await writeFile(path, '');
    await expect((await opened()).load()).rejects.toMatchObject({ code: 'BAD_STORE' });
  });

  it.skipIf(process.platform === 'win32')('is one file by whatever name it is reached [posix]', async () => {
    const first = fileKzStore(path);
    const held = await first.lock?.();
    await symlink(folder, `${folder}-link`);
    try {
      const other = fileKzStore(join(`${folder}-link`, 'kz.log'));
      await expect(other.lock?.()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await first.save(freshKzState(1, 2));
      await expect(other.lock?.()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
      await held?.release();
      await symlink(path, join(folder, 'link.log'));
      const linked = fileKzStore(join(folder, 'link.log'));
      await linked.save({ ...freshKzState(1, 3) });
      expect(await first.load()).toMatchObject({ token: 3 });
      expect((await lstat(join(folder, 'link.log'))).isSymbolicLink()).toBe(true);
      for (const store of [first, linked]) await (await store.lock?.())?.release();
    } finally {
      await rm(`${folder}-link`);
    }
  });

  it('is held by one at a time, and let go by a process that is killed', async () => {
    const held = await fileKzStore(path).lock?.();
    await expect(fileKzStore(path).lock?.()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      outcome: 'not-sent',
    });
    await held?.release();
    const other = spawn(
      process.execPath,
      [
        '--conditions=@elcert/source',
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        `import { fileKzStore } from '@elcert/ofd-transport/kz/node';
         await fileKzStore(${JSON.stringify(path)}).lock();
         process.stdout.write('held');
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    );
    await once(other.stdout, 'data');
    await expect(fileKzStore(path).lock?.()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    other.kill('SIGKILL');
    await once(other, 'exit');
    await (await fileKzStore(path).lock?.())?.release();
  });
});
