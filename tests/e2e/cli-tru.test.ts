import { describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

describe('elcert tru', () => {
  it('takes the form that KTSR prints apart', async () => {
    const { code, stdout } = await elcert(['tru', 'parse', '329921120.060010102.0008.0001.643', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      base: '329921120.060010102',
      manufacturer: '0008',
      model: '0001',
      country: '643',
      full: '329921120.06001010200080001643',
      enriched: true,
    });
  });

  it('says where a bad code is bad, on stdout, with exit code 2', async () => {
    const { code, stdout, stderr } = await elcert(['tru', 'parse', '329921120.06001O102', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      error: { code: 'TRU_BAD_CHARACTER', position: 15 },
    });
    expect(stderr).toBe('');
  });

  it('says it to people on stderr, in Russian too', async () => {
    const { code, stdout, stderr } = await elcert(['tru', 'parse', '329921120,060010102']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('TRU_POINT_EXPECTED at position 9');
    expect(stderr).toContain('здесь должна быть точка');
  });

  it('enriches a code', async () => {
    const { code, stdout } = await elcert([
      'tru',
      'enrich',
      '329921120.060010102',
      '--country',
      '643',
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, full: '329921120.06001010200000000643' });
  });

  it('does not replace a part unless told to', async () => {
    const full = '329921120.06001010200080001643';
    const refused = await elcert(['tru', 'enrich', full, '--country', '156', '--json']);
    expect(refused.code).toBe(2);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      ok: false,
      error: { code: 'TRU_PART_CONFLICT', path: 'country' },
    });
    const replaced = await elcert(['tru', 'enrich', full, '--country', '156', '--overwrite', '--json']);
    expect(JSON.parse(replaced.stdout)).toMatchObject({ full: '329921120.06001010200080001156' });
  });

  it('writes a code in another form', async () => {
    const { stdout } = await elcert(['tru', 'format', '329921120.06001010200080001643', '--form', 'ktsr']);
    expect(stdout).toBe('329921120.060010102.0008.0001.643\n');
  });

  it.each([
    [['tru', 'parse'], /missing required argument/],
    [['tru', 'parse', 'a', '--colour'], /unknown option/],
    [['frobnicate'], /unknown command/],
  ])('answers bad usage with exit code 2: %j', async (args, message) => {
    const people = await elcert(args);
    expect(people.code).toBe(2);
    expect(people.stderr).toMatch(message);
    const machines = await elcert([...args, '--json']);
    expect(machines.code).toBe(2);
    expect(JSON.parse(machines.stdout)).toMatchObject({ ok: false, error: { code: 'USAGE' } });
  });
});
