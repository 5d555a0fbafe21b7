import { describe, expect, it } from 'vitest';
import { elcert } from '../support/elcert.js';

// Frames of packages/device-drivers/test/vectors/inpas.test.ts, made by Python.
const sale = '0220000008003030303132333435040300363433190100311b08003132333435363738dae7';
const refusal = '022300131700ced2cacbcecdc5cdce5e4445434c494e45442e4a50477e1901003127020031365812';

describe('elcert devices decode --family inpas', () => {
  it('explains what the till and the terminal say, field by field', async () => {
    const { code, stdout } = await elcert(['devices', 'decode', '--family', 'inpas', '--hex', `${sale}06`]);
    expect(code).toBe(0);
    expect(stdout).toContain('operation 1 payment');
    expect(stdout).toContain('0 amount: 00012345 (amount, minor units: 123.45)');
    expect(stdout).toContain('ACK: taken');
    const answer = await elcert(['devices', 'decode', '--family', 'inpas', '--hex', refusal, '--json']);
    expect(JSON.parse(answer.stdout)).toMatchObject({
      ok: true,
      family: 'inpas',
      found: [{ kind: 'message', title: 'operation 1 payment – refused' }],
    });
  });

  it('says where a frame is damaged, and goes on behind it', async () => {
    const bad = sale.replace(/..$/, '00');
    const args = ['devices', 'decode', '--family', 'inpas', '--json', '--hex', `${bad}${refusal}`];
    const { code, stdout } = await elcert(args);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      found: [
        { kind: 'unreadable', position: 0, title: 'a frame of 37 bytes with a wrong check sum' },
        { kind: 'message', position: 37 },
      ],
    });
  });
});
