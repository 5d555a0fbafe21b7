import { encodeText } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { inpasMessage } from './codec.js';
import {
  decodeDualConnectorAnswer,
  decodeDualConnectorRequest,
  encodeDualConnectorAnswer,
  encodeDualConnectorRequest,
  maxDualConnectorAnswer,
} from './xml.js';

const head = '<?xml version="1.0" encoding="windows-1251" standalone="no"?>';
const cp1251 = (text: string) => encodeText(text, 'windows-1251', 'refuse').bytes;
const read = (text: string) => decodeDualConnectorAnswer(cp1251(text));

describe('answers', () => {
  it('with and without leading zeros, in any order, with members that nobody knows', () => {
    expect(
      read(
        `${head}<response><x>1</x><field id="039">1</field><field id=" 0 ">15000</field><field id="4"/><field id='19'>ОДОБРЕНО</field></response>`,
      ),
    ).toEqual({
      type: 'fields',
      fields: new Map([
        [0, '15000'],
        [4, ''],
        [19, 'ОДОБРЕНО'],
        [39, '1'],
      ]),
    });
  });

  it('keep the spaces of a slip, entities and numbers as text', () => {
    const slip = '0xDF^^  А&Б <1>\r\n  "2"~';
    const fields = inpasMessage({ amount: '007', receiptData: slip, status: '1' });
    const bytes = encodeDualConnectorAnswer({ type: 'fields', fields });
    expect(decodeDualConnectorAnswer(bytes)).toEqual({ type: 'fields', fields });
    expect(read(`${head}<response><field id="90">&#1071;&#x416; &amp;amp;</field></response>`)).toEqual({
      type: 'fields',
      fields: new Map([[90, 'ЯЖ &amp;']]),
    });
  });

  it('in UTF-8 when they say so', () => {
    const xml = '<?xml version="1.0" encoding="UTF-8"?><response><field id="19">ОТКАЗ</field></response>';
    expect(decodeDualConnectorAnswer(new TextEncoder().encode(xml))).toEqual({
      type: 'fields',
      fields: new Map([[19, 'ОТКАЗ']]),
    });
  });

  it('of the service itself', () => {
    expect(
      read(
        `${head}<response><errorcode>4</errorcode><errordescription>REQUEST_ERROR</errordescription></response>`,
      ),
    ).toEqual({ type: 'error', code: '4', text: 'REQUEST_ERROR' });
  });

  it.each([
    ['nothing', ''],
    ['text', 'Internal error'],
    ['HTML', '<html><body>502</body></html>'],
    ['another root', '<request><field id="0">1</field></request>'],
    ['no fields', '<response></response>'],
    ['text in place of fields', '<response>OK</response>'],
    ['a field without a number', '<response><field>1</field></response>'],
    ['a number that is no byte', '<response><field id="256">1</field></response>'],
    ['a number that is none', '<response><field id="0x1">1</field></response>'],
    ['a field twice', '<response><field id="0">1</field><field id="00">2</field></response>'],
    ['something inside a field', '<response><field id="0"><b>1</b></field></response>'],
    ['a cut end', '<response><field id="0">1</fie'],
    ['a document type', '<!DOCTYPE a [<!ENTITY b "c">]><response><field id="0">&b;</field></response>'],
    ['many fields', `<response>${'<field id="0">1</field>'.repeat(257)}</response>`],
    ['a long answer', `<response><field id="90">${'x'.repeat(maxDualConnectorAnswer)}</field></response>`],
  ])('refused: %s', (_name, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: 'BAD_XML' }));
  });
});

describe('requests', () => {
  it('have the form of public clients', () => {
    const fields = inpasMessage({ amount: '15000', operationCode: '1', terminalId: '00000001' });
    const bytes = encodeDualConnectorRequest(fields, 180_000);
    expect(new TextDecoder().decode(bytes)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><request><field id="00">15000</field><field id="25">1</field>' +
        '<field id="27">00000001</field><timeout>180000</timeout></request>',
    );
    expect(decodeDualConnectorRequest(bytes)).toEqual({ fields, timeoutMs: 180_000 });
  });

  it('are escaped, and refuse what XML cannot carry', () => {
    const fields = inpasMessage({ paymentDetails: 'а<б>&"в' });
    expect(decodeDualConnectorRequest(encodeDualConnectorRequest(fields)).fields).toEqual(fields);
    for (const bad of ['\u0000', '\u001b', '\ud800', '\ufffe'])
      expect(() => encodeDualConnectorRequest(inpasMessage({ paymentDetails: bad }))).toThrow(
        expect.objectContaining({ code: 'BAD_FIELD', path: '81', outcome: 'not-sent' }),
      );
  });
});
