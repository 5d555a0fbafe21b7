import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  decodeLan4Gate,
  encodeLan4Gate,
  type Lan4GateFrameEvent,
  type Lan4GateMessage,
  lan4GateFramer,
  lan4GateOperations,
  lan4GateRequest,
} from '../../src/lan4gate/index.js';

// Made by Python 3, apart from this repository: json.dumps(…, ensure_ascii=False, separators=(',', ':')), then
// format(len(body.encode()), '04x') in front. Requests 814 and notification 27 have the form of the vendor's own tests.
const golden: readonly (readonly [string, Lan4GateMessage])[] = [
  [
    '004c{"__class":"LANTER::Request","__object":{"EcrNumber":7,"OperationCode":814}}',
    { type: 'request', ecrNumber: 7, operationCode: 814, fields: {} },
  ],
  ['0039{"__class":"LANTER::Notification","__object":{"Code":27}}', { type: 'notification', code: 27 }],
  ['0037{"__class":"LANTER::Interaction","__object":{"Code":1}}', { type: 'interaction', code: 1 }],
  [
    `010f{"__class":"LANTER::Request","__object":{"EcrNumber":7,"OperationCode":302,"EcrMerchantNumber":3,"CardPANHash":"${'ab'.repeat(32)}","Amount":150,"ECertAmount":99850,"CurrencyCode":"643","BasketID":"445923711677676901483590"}}`,
    lan4GateRequest('ECertPayment', 7, {
      EcrMerchantNumber: 3,
      CardPANHash: 'ab'.repeat(32),
      Amount: 150,
      ECertAmount: 99_850,
      CurrencyCode: '643',
      BasketID: '445923711677676901483590',
    }),
  ],
  [
    '0109{"__class":"LANTER::Response","__object":{"EcrNumber":7,"OperationCode":302,"Status":1,"TotalAmount":100000,"ECertAmount":99850,"BasketID":"445923711677676901483590","ResponseText":"Одобрено","MerchantId":"42","AmountAquirerFee":0,"FinalizationRequired":1}}',
    {
      type: 'response',
      ecrNumber: 7,
      operationCode: 302,
      status: 1,
      fields: {
        TotalAmount: 100_000,
        ECertAmount: 99_850,
        BasketID: '445923711677676901483590',
        ResponseText: 'Одобрено',
        MerchantID: '42',
        AcquirerFeeAmount: 0,
        FinalizationRequired: true,
      },
    },
  ],
  [
    '0059{"__class":"LANTER::Receipt","__object":{"Code":2,"Lines":["Чек № 1","Итого"]}}',
    { type: 'receipt', code: 2, lines: ['Чек № 1', 'Итого'] },
  ],
  [
    '0062{"__class":"LANTER::Interface","__object":{"TypeUI":3,"Title":"Код","MinLen":"1","MaxLen":"6"}}',
    { type: 'interface', dialog: 3, title: 'Код', minLen: '1', maxLen: '6' },
  ],
];

const bytes = (text: string) => new TextEncoder().encode(text);
const frames = (events: readonly Lan4GateFrameEvent[]) =>
  events.map((event) => (event.type === 'frame' ? event.body : event.type));

describe('frames made elsewhere', () => {
  it.each(golden)('%s', (text, message) => {
    expect(new TextDecoder().decode(encodeLan4Gate(message))).toBe(text);
    const [body, ...more] = frames(lan4GateFramer().push(bytes(text)));
    expect(more).toEqual([]);
    expect(decodeLan4Gate(body as Uint8Array)).toEqual(message);
  });

  it('a message above 65534 bytes takes the long prefix', () => {
    // sha256 of the Python frame with "Ж" * 40000 as AdditionalInfo.
    const frame = encodeLan4Gate({
      type: 'response',
      ecrNumber: undefined,
      operationCode: lan4GateOperations.SendLogs.code,
      status: 1,
      fields: {},
      unknown: { AdditionalInfo: 'Ж'.repeat(40_000) },
    });
    expect(new TextDecoder().decode(frame.subarray(0, 13))).toBe('ffff000138de{');
    expect(createHash('sha256').update(frame).digest('hex')).toBe(
      'd227a2a0c47029b950de377b266f9fc0bfc3dfc471673b74a9fc9924c66e25c1',
    );
    expect(frames(lan4GateFramer().push(frame))).toEqual([frame.subarray(12)]);
    // The vendor's library writes two bytes FF in place of the text ffff.
    const vendors = Uint8Array.from([0xff, 0xff, ...frame.subarray(4)]);
    expect(frames(lan4GateFramer().push(vendors))).toEqual([frame.subarray(12)]);
  });
});
