import { describe, expect, it } from 'vitest';
import { assumedV1, assumedV2, defineProfile, describeProfile, fesOperations } from './profile.js';
import { checkProfile, parseProfile } from './profile-schema.js';

describe('describeProfile', () => {
  it.each([assumedV1, assumedV2])('knows where every field of $name comes from', (profile) => {
    for (const row of describeProfile(profile)) {
      expect(row.source, row.field).not.toBe('');
    }
  });

  it('says honestly what was invented', () => {
    const marks = new Map(describeProfile(assumedV1).map(({ field, mark }) => [field, mark]));
    expect(marks.get('mac.algorithm')).toBe('ours');
    expect(marks.get('headers.apiKey')).toBe('ours');
    expect(marks.get('operations.preAuthPurchase.verb')).toBe('documented');
    expect(marks.get('operations.echo.verb')).toBe('ours');
    expect(marks.get('operations.echo.path')).toBe('ours');
    expect(marks.get('basketLifeMs')).toBe('documented');
    expect(marks.get('fiscalSum')).toBe('implemented');
    expect(marks.get('names.cashboxId')).toBe('inferred');
  });
});

describe('the two assumed profiles', () => {
  it('differ in paths, PAR and date only', () => {
    const rows = (profile: typeof assumedV1) =>
      new Map(describeProfile(profile).map(({ field, value }) => [field, value]));
    const two = rows(assumedV2);
    const changed = [...rows(assumedV1)].filter(([field, value]) => two.get(field) !== value);
    expect(changed.map(([field]) => field)).toEqual([
      'name',
      'protocolVersion',
      ...fesOperations.map((operation) => `operations.${operation}.path`),
      'parRequiredFor',
      'dateTime',
    ]);
  });

  it.each([assumedV1, assumedV2])('$name passes its own schema', (profile) => {
    expect(checkProfile(profile)).toBe(profile);
  });
});

describe('defineProfile', () => {
  const nspk = defineProfile(assumedV2, {
    name: 'nspk-2',
    assumed: false,
    source: 'edition 2.1',
    headers: { mac: 'Signature' },
    operations: { echo: { path: '/api/echo' } },
    mac: { encoding: 'base64' },
    answerMac: { algorithm: 'hmac-sha256', key: 'text', data: 'body', encoding: 'hex', header: 'Answer-Mac' },
    resultCodes: { reasons: { 17: 'basket-expired' } },
  });

  it('changes what is named and keeps the rest', () => {
    expect(nspk.headers).toEqual({ ...assumedV2.headers, mac: 'Signature' });
    expect(nspk.operations.echo).toEqual({ verb: 'POST', path: '/api/echo' });
    expect(nspk.operations.basket).toEqual(assumedV2.operations.basket);
    expect(nspk.mac).toEqual({ ...assumedV2.mac, encoding: 'base64' });
    expect(nspk.resultCodes.reasons[17]).toBe('basket-expired');
    expect(nspk.resultCodes.reasons[9007]).toBe('basket-expired');
    expect(checkProfile(nspk)).toBe(nspk);
  });

  it('marks the changed fields as supplied, with their source', () => {
    const rows = new Map(describeProfile(nspk).map((row) => [row.field, row]));
    expect(rows.get('headers.mac')).toMatchObject({ mark: 'supplied', source: 'edition 2.1' });
    expect(rows.get('headers.apiKey')).toMatchObject({ mark: 'ours' });
    expect(rows.get('answerMac.header')).toMatchObject({ mark: 'supplied' });
    expect(rows.get('resultCodes.reasons.17')).toMatchObject({ mark: 'supplied' });
    expect(rows.get('resultCodes.reasons.9002')).toMatchObject({ mark: 'ours' });
  });

  it('leaves its base as it was', () => {
    expect(assumedV2.headers.mac).toBe('X-MAC');
    expect(assumedV2.evidence['headers.mac']).toBeUndefined();
  });

  it('refuses members that no profile has', () => {
    expect(() => defineProfile(assumedV1, { name: 'x', headers: { macs: 'Y' } } as never)).toThrow(
      expect.objectContaining({ code: 'FES_BAD_CONFIG', path: 'headers/macs' }),
    );
    expect(() => defineProfile(assumedV1, { name: 'x', evidence: {} } as never)).toThrow(
      expect.objectContaining({ path: 'evidence' }),
    );
  });
});

describe('parseProfile', () => {
  it('reads a patch over a named base', () => {
    const profile = parseProfile({ extends: 'assumedV2', name: 'mine', headers: { apiKey: 'Api-Key' } });
    expect(profile).toMatchObject({ name: 'mine', protocolVersion: 2, assumed: true });
    expect(profile.headers.apiKey).toBe('Api-Key');
  });

  it.each([
    ['not an object', 'profile', []],
    ['an unknown base', 'profile/extends', { extends: 'assumedV3', name: 'x' }],
    ['a base from the prototype', 'profile/extends', { extends: 'toString', name: 'x' }],
    ['no name', 'profile/name', {}],
    ['a member of the wrong type', 'profile/assumed', { name: 'x', assumed: 'no' }],
    [
      'a verb that is none',
      'profile/operations/echo/verb',
      { name: 'x', operations: { echo: { verb: 'get' } } },
    ],
    [
      'a path without a slash',
      'profile/operations/echo/path',
      { name: 'x', operations: { echo: { path: 'echo' } } },
    ],
    [
      'a path with a query',
      'profile/operations/echo/path',
      { name: 'x', operations: { echo: { path: '/a?b' } } },
    ],
    ['half an answer MAC', 'profile/answerMac/algorithm', { name: 'x', answerMac: { header: 'A' } }],
    ['an unknown operation', 'operations/pay', { name: 'x', operations: { pay: {} } }],
    ['a header with a colon', 'profile/headers/mac', { name: 'x', headers: { mac: 'X: Y' } }],
    [
      'a reason that nobody knows',
      'profile/resultCodes/reasons/5',
      { name: 'x', resultCodes: { reasons: { 5: 'bad' } } },
    ],
  ])('refuses %s', (_what, path, json) => {
    expect(() => parseProfile(json)).toThrow(expect.objectContaining({ code: 'FES_BAD_CONFIG', path }));
  });
});
