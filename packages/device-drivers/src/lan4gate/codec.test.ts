import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeLan4Gate,
  encodeLan4GateBody,
  type Lan4GateMessage,
  lan4GateRequest,
  redactLan4Gate,
  safeDecodeLan4Gate,
} from './codec.js';
import {
  type Lan4GateField,
  type Lan4GateOperationName,
  lan4GateFields,
  lan4GateNotifications,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateStatuses,
} from './table.js';

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const wire = (className: string, object: unknown) =>
  bytes({ __class: `LANTER::${className}`, __object: object });

describe('the tables', () => {
  it('hold what the vendor’s library holds', () => {
    expect(Object.keys(lan4GateOperations)).toHaveLength(72);
    expect(Object.keys(lan4GateStatuses)).toHaveLength(21);
    expect(Object.keys(lan4GateNotifications)).toHaveLength(63);
  });

  it('find an operation by its code, and name only members that exist', () => {
    for (const [name, spec] of Object.entries(lan4GateOperations)) {
      expect(lan4GateOperationName(spec.code)).toBe(name);
      for (const field of [...spec.required, ...spec.optional, ...spec.answer])
        expect(lan4GateFields).toHaveProperty(field);
      expect(new Set([...spec.required, ...spec.optional]).size).toBe(
        spec.required.length + spec.optional.length,
      );
    }
    expect(lan4GateOperationName(9)).toBeUndefined();
  });
});

const sample: Record<string, unknown> = { amount: 12_345, int: 7, text: 'Ответ 1', flag: true };
const sampleOf = (field: Lan4GateField): unknown =>
  lan4GateFields[field].kind === 'rows'
    ? [{ TotalAmount: 1, CardPAN: '*1' }]
    : sample[lan4GateFields[field].kind];

describe('each operation, both ways', () => {
  it.each(Object.keys(lan4GateOperations) as Lan4GateOperationName[])('%s', (name) => {
    const spec = lan4GateOperations[name];
    const values = Object.fromEntries(
      [...spec.required, ...spec.optional].map((field) => [field, sampleOf(field)]),
    ) as Parameters<typeof lan4GateRequest<typeof name>>[2];
    const request = lan4GateRequest(name, 999, values);
    expect(decodeLan4Gate(encodeLan4GateBody(request))).toEqual(request);
    const answer: Lan4GateMessage = {
      type: 'response',
      ecrNumber: 1,
      operationCode: spec.code,
      status: 1,
      fields: Object.fromEntries(spec.answer.map((field) => [field, sampleOf(field)])),
    };
    const body = encodeLan4GateBody(answer);
    expect(decodeLan4Gate(body)).toEqual(answer);
    expect(encodeLan4GateBody(decodeLan4Gate(body))).toEqual(body);
  });
});

describe('writing is strict', () => {
  const base = { EcrMerchantNumber: 1, CurrencyCode: '643' };
  it.each([
    ['a missing member', () => lan4GateRequest('Sale', 1, { ...base } as never), 'Amount'],
    [
      'a member of another operation',
      () => lan4GateRequest('Sale', 1, { ...base, Amount: 1, BasketID: 'x' } as never),
      'BasketID',
    ],
    [
      'a negative sum',
      () => encodeLan4GateBody(lan4GateRequest('Sale', 1, { ...base, Amount: -1 })),
      'Amount',
    ],
    ['a fraction', () => encodeLan4GateBody(lan4GateRequest('Sale', 1, { ...base, Amount: 0.5 })), 'Amount'],
    [
      'too much money',
      () => encodeLan4GateBody(lan4GateRequest('Sale', 1, { ...base, Amount: 1e12 })),
      'Amount',
    ],
    [
      'an empty text',
      () => encodeLan4GateBody(lan4GateRequest('Refund', 1, { ...base, Amount: 1, RRN: '' })),
      'RRN',
    ],
    [
      'till number 1000',
      () => encodeLan4GateBody({ type: 'request', ecrNumber: 1000, operationCode: 1, fields: {} }),
      'EcrNumber',
    ],
    [
      'a bad row',
      () =>
        encodeLan4GateBody({
          type: 'response',
          ecrNumber: 1,
          operationCode: 808,
          status: 1,
          fields: { SalesArray: [{}, { TotalAmount: -1 }] },
        }),
      'SalesArray[1]/TotalAmount',
    ],
  ])('%s', (_what, write, path) => {
    expect(write).toThrowError(expect.objectContaining({ code: 'BAD_FIELD', path, outcome: 'not-sent' }));
  });
});

describe('reading is tolerant', () => {
  it('numbers as text, flags as they come, both spellings, unknown members kept', () => {
    const message = decodeLan4Gate(
      wire('Response', {
        EcrNumber: '1',
        OperationCode: '302',
        Status: 1,
        TotalAmount: '100',
        CurrencyCode: 643,
        FinalizationRequired: 'true',
        MerchantID: 'old spelling',
        AmountTerminalFee: 5,
        NewMember: { a: 1 },
        RRN: null,
        ECertAmount: 1.5,
      }),
    );
    expect(message).toEqual({
      type: 'response',
      ecrNumber: 1,
      operationCode: 302,
      status: 1,
      fields: {
        TotalAmount: 100,
        CurrencyCode: '643',
        FinalizationRequired: true,
        MerchantID: 'old spelling',
        TerminalFeeAmount: 5,
      },
      unknown: { NewMember: { a: 1 }, RRN: null, ECertAmount: 1.5 },
    });
    expect(decodeLan4Gate(encodeLan4GateBody(message))).toEqual(message);
  });

  it('an approval is not lost for a badly encoded text', () => {
    const body = wire('Response', { OperationCode: 1, Status: 1, ResponseText: '?' });
    body[body.indexOf(0x3f)] = 0xce;
    expect(decodeLan4Gate(body)).toMatchObject({ status: 1, fields: { ResponseText: '\ufffd' } });
  });

  it('members of an unknown class stay as they are', () => {
    const body = bytes({ __class: 'Com', __object: { Cmd: 1, IP: '10.0.0.1' } });
    const message = decodeLan4Gate(body);
    expect(message).toEqual({ type: 'other', className: 'Com', object: { Cmd: 1, IP: '10.0.0.1' } });
    expect(encodeLan4GateBody(message)).toEqual(body);
  });

  it('a member called __proto__ spoils nothing', () => {
    const message = decodeLan4Gate(
      bytes(
        '{"__class":"LANTER::Response","__object":{"OperationCode":1,"Status":1,"__proto__":{"status":1}}}',
      ),
    );
    expect(message.type === 'response' && Object.keys(message.unknown ?? {})).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(message)).toBe(Object.prototype);
  });

  it.each([
    ['no JSON', 'nonsense', undefined],
    ['a list', '[1]', undefined],
    ['no class', '{"__object":{}}', '__class'],
    ['no object', '{"__class":"LANTER::Request"}', '__object'],
    ['no status', '{"__class":"LANTER::Response","__object":{"OperationCode":1}}', '__object/Status'],
    ['no code', '{"__class":"LANTER::Response","__object":{"Status":1}}', '__object/OperationCode'],
    [
      'a status that is a word',
      '{"__class":"LANTER::Response","__object":{"OperationCode":1,"Status":"yes"}}',
      '__object/Status',
    ],
    ['no till', '{"__class":"LANTER::Request","__object":{"OperationCode":1}}', '__object/EcrNumber'],
    ['no notification code', '{"__class":"LANTER::Notification","__object":{}}', '__object/Code'],
    ['no dialogue type', '{"__class":"LANTER::Interface","__object":{}}', '__object/TypeUI'],
  ])('refuses %s', (_what, text, path) => {
    const result = safeDecodeLan4Gate(bytes(text));
    expect(result).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
    if (!result.ok) expect(result.error.path).toBe(path);
  });

  it('never throws anything else, and never quotes what it could not read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (data) => void safeDecodeLan4Gate(data)));
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('Request', 'Response', 'Receipt', 'Interface'), (json, name) => {
        safeDecodeLan4Gate(bytes(`{"__class":"LANTER::${name}","__object":${json}}`));
      }),
    );
    const result = safeDecodeLan4Gate(bytes('{"CardPAN":"2200990000000001" oops'));
    expect(JSON.stringify(result)).not.toContain('22009900');
  });
});

describe('masking', () => {
  it('leaves a message that can be written, without card data', () => {
    const message = redactLan4Gate({
      type: 'response',
      ecrNumber: 1,
      operationCode: 1,
      status: 1,
      fields: {
        CardPAN: '2200999912345678',
        CardPANHash: 'ab'.repeat(32),
        CardholderName: 'IVANOV',
        ResponseText: 'карта 4111111111111111',
        RRN: '632612000001',
        SalesArray: [{ CardPAN: '2200999912345678' }],
      },
      unknown: { Track2: 'secret' },
    });
    const text = new TextDecoder().decode(encodeLan4GateBody(message));
    for (const secret of ['220099991234', 'abab', 'IVANOV', '411111111111', 'secret'])
      expect(text).not.toContain(secret);
    expect(text).toContain('5678');
    expect(text).toContain('632612000001');
    expect(redactLan4Gate({ type: 'interface', dialog: 3, result: '2200' })).toMatchObject({ result: '***' });
    expect(redactLan4Gate({ type: 'other', className: 'Com', object: { Dt: 'AAAA' } })).toMatchObject({
      object: { Dt: '[string]' },
    });
  });
});
