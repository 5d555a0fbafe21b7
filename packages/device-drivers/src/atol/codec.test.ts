import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AtolTaskAnswer,
  atolDate,
  atolRubles,
  atolStatuses,
  checkAtolResult,
  checkAtolTask,
  decodeAtolAnswers,
  decodeAtolRequest,
  encodeAtolAnswers,
  encodeAtolRequest,
  kopecksOfAtol,
  localTimeOfAtol,
  maxAtolBody,
  parseAtolJson,
} from './codec.js';
import { atolErrors, describeAtolError, isDoubtfulAtolError } from './errors.js';
import { atolAttemptUuid } from './operations.js';
import { atolTasks, isAtolTaskType } from './tasks.js';

const uuid = '00000000-0000-4000-8000-000000000001';
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const ready: AtolTaskAnswer = {
  status: 'ready',
  errorCode: 0,
  errorDescription: 'Ошибок нет',
  result: { fiscalParams: { fiscalDocumentNumber: 5, total: 100 } },
};
const error: AtolTaskAnswer = {
  status: 'error',
  errorCode: 73,
  errorDescription: 'Смена закрыта',
  result: undefined,
};

describe('shapes of the two interfaces', () => {
  // As public clients read them: v1 has the error in two members, v2 in an object.
  const v1 = {
    results: [
      { status: 'ready', errorCode: 0, errorDescription: 'Ошибок нет', result: ready.result },
      { status: 'error', errorCode: 73, errorDescription: 'Смена закрыта', result: null },
    ],
  };
  const v2 = {
    results: [
      { status: 'ready', error: { code: 0, description: 'Ошибок нет' }, result: ready.result },
      { status: 'error', error: { code: 73, description: 'Смена закрыта' }, result: null },
    ],
  };

  it.each([
    ['v1', v1],
    ['v2', v2],
  ] as const)('%s both ways', (version, shape) => {
    expect(encodeAtolAnswers(version, [ready, error])).toEqual(shape);
    expect(decodeAtolAnswers(bytes(shape), uuid)).toEqual([ready, error]);
    expect(decodeAtolAnswers(bytes(encodeAtolAnswers(version, [ready, error])), uuid)).toEqual([
      ready,
      error,
    ]);
  });

  it('finds its own request in a whole queue, in every form a queue may have', () => {
    const mine = { uuid: uuid.toUpperCase(), ...v1 };
    const other = { uuid: '00000000-0000-4000-8000-000000000002', results: [{ status: 'wait' }] };
    for (const queue of [[other, mine], { requests: [mine, other] }, { results: [other, mine] }])
      expect(decodeAtolAnswers(bytes(queue), uuid)).toEqual([ready, error]);
    for (const queue of [[other], [], { requests: [other] }, { results: [other] }, other, null, 17, {}])
      expect(decodeAtolAnswers(bytes(queue), uuid)).toBeUndefined();
  });

  it.each([
    [{ results: [] }, 'results'],
    [{ results: [{ status: 'done' }] }, 'results[0]/status'],
    [{ results: [{ status: 'ready' }, 5] }, 'results[1]/status'],
  ])('refuses %o', (body, path) => {
    expect(() => decodeAtolAnswers(bytes(body), uuid)).toThrow(
      expect.objectContaining({ code: 'BAD_RESULT', path }),
    );
  });

  it('takes an error that is no number for "unknown", never for none', () => {
    expect(
      decodeAtolAnswers(bytes({ results: [{ status: 'error', errorCode: '2' }] }), uuid)?.[0]?.errorCode,
    ).toBe(15);
  });

  it('writes and reads a request; one task may stand without a list', () => {
    const tasks = [{ type: 'openShift' }, { type: 'reportX' }];
    expect(JSON.parse(new TextDecoder().decode(encodeAtolRequest(uuid, tasks, 'kkt')))).toEqual({
      uuid,
      deviceID: 'kkt',
      request: tasks,
    });
    expect(decodeAtolRequest(encodeAtolRequest(uuid, tasks))).toEqual({ uuid, deviceId: undefined, tasks });
    expect(decodeAtolRequest(bytes({ uuid, request: tasks[0] })).tasks).toEqual([tasks[0]]);
    for (const bad of [
      {},
      { uuid },
      { uuid, request: [] },
      { uuid, request: [5] },
      { uuid: 7, request: tasks },
    ])
      expect(() => decodeAtolRequest(bytes(bad))).toThrow(expect.objectContaining({ code: 'BAD_TASK' }));
  });

  it('reads no endless body, and no other text than JSON in UTF-8', () => {
    expect(() => parseAtolJson(new Uint8Array(maxAtolBody + 1))).toThrow(
      expect.objectContaining({ code: 'NOT_JSON' }),
    );
    expect(() => parseAtolJson(Uint8Array.of(0x22, 0xff, 0x22))).toThrow();
    expect(parseAtolJson(Uint8Array.of(0xef, 0xbb, 0xbf, 0x31))).toBe(1);
  });

  it('never throws anything but its own errors, whatever comes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          decodeAtolAnswers(bytes(value), uuid);
        } catch (thrown) {
          expect((thrown as { code: string }).code).toMatch(/^(NOT_JSON|BAD_RESULT)$/);
        }
      }),
    );
  });

  it('takes every state of the list', () => {
    for (const status of atolStatuses)
      expect(decodeAtolAnswers(bytes({ results: [{ status }] }), uuid)?.[0]?.status).toBe(status);
  });
});

describe('values', () => {
  it('carries kopecks through JSON without losing one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999_999_999_99 }), (sum) => {
        const text = JSON.stringify(atolRubles(sum));
        expect(text).toMatch(/^\d+(\.\d{1,2})?$/);
        expect(kopecksOfAtol(JSON.parse(text), 'x')).toBe(sum);
      }),
    );
    expect(atolRubles(526_629)).toBe(5266.29);
    for (const bad of [0.001, 1.005, '1.00', null, Number.NaN, 1e20])
      expect(() => kopecksOfAtol(bad, 'sum')).toThrow(
        expect.objectContaining({ code: 'BAD_RESULT', path: 'sum' }),
      );
  });

  it('reads times with a zone as the clock on the wall, and writes dates with points', () => {
    expect(localTimeOfAtol('2025-11-24T12:00:00+03:00')).toBe('2025-11-24T12:00');
    for (const bad of ['24.11.2025', 5, undefined]) expect(localTimeOfAtol(bad)).toBeUndefined();
    expect(atolDate('2026-01-10')).toBe('2026.01.10');
  });

  it('makes a uuid for each attempt out of the key', () => {
    const key = 'A1B2C3D4-0000-4000-8000-0000000000FF';
    expect(atolAttemptUuid(key, 0)).toBe(key.toLowerCase());
    // python3: uuid.uuid5(uuid.UUID(key), 'document 1') and 'cash 0'
    expect(atolAttemptUuid(key, 1)).toBe('93db6f25-691c-5742-be78-b6b4302f7c3f');
    expect(atolAttemptUuid(key, 0, 'cash')).toBe('c921ceb5-c9da-5a76-8041-40cf08190ecb');
    // Keys that differ by one, as careless tills make them, share no attempt.
    const next = 'A1B2C3D4-0000-4000-8000-0000000000FE';
    const uuids = Array.from({ length: 64 }, (_, attempt) => [
      atolAttemptUuid(key, attempt),
      atolAttemptUuid(next, attempt),
      atolAttemptUuid(key, attempt, 'cash'),
    ]).flat();
    expect(new Set(uuids).size).toBe(192);
  });
});

describe('tables', () => {
  it('checks tasks strictly and results leniently', () => {
    expect(Object.keys(atolTasks)).toHaveLength(57);
    expect(isAtolTaskType('toString')).toBe(false);
    checkAtolTask({ type: 'cashIn', cashSum: 1 });
    for (const [task, path] of [
      [{ type: 'sellAll' }, 'task/type'],
      [{ type: 'cashIn' }, 'task/cashSum'],
      [{ type: 'cashIn', cashSum: '1' }, 'task/cashSum'],
      [{ type: 'cashIn', cashSum: 1, cashsum: 1 }, 'task/cashsum'],
      [{ type: 'sell', items: {}, payments: [] }, 'task/items'],
      [[], 'task/type'],
    ] as const)
      expect(() => checkAtolTask(task)).toThrow(expect.objectContaining({ code: 'BAD_TASK', path }));
    expect(checkAtolResult('openShift', undefined)).toEqual({});
    expect(checkAtolResult('getFnStatus', { fnStatus: {}, newer: 1 })).toEqual({ fnStatus: {}, newer: 1 });
    expect(() => checkAtolResult('getFnStatus', {})).toThrow(
      expect.objectContaining({ path: 'result/fnStatus' }),
    );
  });

  it('has a text in both languages for every error', () => {
    const rows = atolErrors();
    expect(rows).toHaveLength(322);
    for (const row of rows) {
      expect(row.text, String(row.code)).toMatch(/^[a-z0-9]/);
      expect(row.textRu, String(row.code)).toMatch(/[а-я]/);
      expect(row.name).toMatch(/^[A-Z0-9_]+$/);
    }
    expect(describeAtolError(73)).toMatchObject({
      name: 'DENIED_IN_CLOSED_SHIFT',
      textRu: expect.stringContaining('Смена'),
    });
    expect(describeAtolError(450).text).toBe('marking, error 450');
    expect(describeAtolError(7777).textRu).toContain('7777');
  });

  it('knows after which errors only the drive can tell', () => {
    for (const code of [2, 44, 140, 177, 241, 1500, 7777])
      expect(isDoubtfulAtolError(code), String(code)).toBe(true);
    for (const code of [0, 5, 52, 66, 68, 73, 82, 144, 501])
      expect(isDoubtfulAtolError(code), String(code)).toBe(false);
  });
});
