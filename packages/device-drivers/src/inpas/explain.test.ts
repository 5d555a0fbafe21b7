import { describe, expect, it } from 'vitest';
import { inpasMessage } from './codec.js';
import { explainInpas } from './explain.js';
import { encodeDualConnectorAnswer, encodeDualConnectorRequest } from './xml.js';

const pan = '4111111111111111';
const titleOf = (bytes: Uint8Array) => explainInpas(bytes).map(({ kind, title }) => `${kind}: ${title}`);

describe('XML of DualConnector', () => {
  it('is explained like the frames of SA, masked', () => {
    const request = inpasMessage({ amount: '15000', operationCode: '1', terminalId: '00000001' });
    expect(titleOf(encodeDualConnectorRequest(request, 180_000))).toEqual(['message: operation 1 payment']);
    const fields = inpasMessage({ operationCode: '1', pan, textResponse: `ОДОБРЕНО ${pan}`, status: '1' });
    const [answer] = explainInpas(encodeDualConnectorAnswer({ type: 'fields', fields }));
    expect(answer?.title).toBe('operation 1 payment – approved');
    expect(answer?.fields).toMatchObject([{ name: 'pan' }, { name: 'textResponse' }, {}, {}]);
    expect(JSON.stringify(answer)).toContain('ОДОБРЕНО');
    expect(JSON.stringify(answer)).not.toContain(pan);
  });

  it('without a prologue, with a byte order mark, or an error of the service', () => {
    const text = (xml: string) => new TextEncoder().encode(xml);
    expect(titleOf(text('\ufeff <request><field id="25">59</field></request>'))).toEqual([
      expect.stringMatching(/^message: operation 59 /),
    ]);
    const error = encodeDualConnectorAnswer({ type: 'error', code: '4', text: 'REQUEST_ERROR' });
    expect(titleOf(error)).toEqual([expect.stringContaining('4 REQUEST_ERROR')]);
  });

  it('that is none is said to be so', () => {
    for (const xml of ['<response>', '<?xml version="1.0"?><html></html>', '<request></request>'])
      expect(titleOf(new TextEncoder().encode(xml))).toEqual([expect.stringMatching(/^unreadable: /)]);
  });
});
