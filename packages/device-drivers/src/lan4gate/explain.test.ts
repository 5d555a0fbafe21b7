import { describe, expect, it } from 'vitest';
import { encodeLan4Gate } from './codec.js';
import { explainLan4Gate } from './explain.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

describe('explaining traffic', () => {
  it('names what it finds and where, masked', () => {
    const frames = [
      encodeLan4Gate({
        type: 'request',
        ecrNumber: 1,
        operationCode: 302,
        fields: { Amount: 12_345, CardPANHash: 'ab' },
      }),
      bytes('??'),
      encodeLan4Gate({
        type: 'response',
        ecrNumber: 1,
        operationCode: 804,
        status: 1,
        fields: { OriginalOperationCode: 302, OriginalOperationStatus: 3, CardInputMethod: 8 },
        unknown: { X: 'secret' },
      }),
      encodeLan4Gate({ type: 'notification', code: 37 }),
      encodeLan4Gate({ type: 'interaction', code: 1 }),
      encodeLan4Gate({ type: 'receipt', code: 2, lines: ['a'] }),
      encodeLan4Gate({ type: 'interface', dialog: 4, title: 'T', result: '1' }),
      encodeLan4Gate({ type: 'other', className: 'Com', object: { Dt: 'AA' } }),
      bytes('0005{oops'),
      bytes('0009{"'),
    ].map(text);
    const found = explainLan4Gate(bytes(frames.join('')));
    expect(found.map(({ title }) => title)).toEqual([
      'request 302 ECertPayment: Pay a basket by certificate and own money',
      '2 bytes between messages',
      'response 804 GetLastOperation: Data of the last operation – Success: done',
      'notification 37 EnterPin: enter the PIN',
      'interaction 1 Abort',
      'receipt 2 Print',
      'interface 4 menu, answered',
      'message of class Com',
      'not JSON (SyntaxError)',
      '6 bytes of a message that has not ended',
    ]);
    const starts = frames.map((_, index) => frames.slice(0, index).join('').length);
    expect(found.map(({ position }) => position)).toEqual(starts);
    expect(found[0]?.members).toEqual([
      { name: 'EcrNumber', value: 1 },
      { name: 'Amount', value: 12_345, meaning: '123.45 in whole units' },
      { name: 'CardPANHash', value: '***' },
    ]);
    expect(found[2]?.members).toContainEqual({
      name: 'OriginalOperationStatus',
      value: 3,
      meaning: 'Decline: declined by the bank',
    });
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('stops where the stream cannot be followed', () => {
    expect(explainLan4Gate(bytes('ffffffffffff{'))).toMatchObject([
      { kind: 'unreadable', error: { code: 'FRAME_TOO_LONG' } },
    ]);
  });
});
