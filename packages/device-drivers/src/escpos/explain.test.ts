import { fromHex } from '@elcert/core';
import { describe, expect, it } from 'vitest';
import { explainEscPos } from './explain.js';

const titles = (hex: string, options?: Parameters<typeof explainEscPos>[1]) =>
  explainEscPos(fromHex(hex), options).map(({ kind, title }) => `${kind} ${title}`);

describe('bytes explained', () => {
  it('reads text in the page that was chosen', () => {
    expect(titles('1b40 1b7411 8aa0e1e1a0 0a 1d564200')).toEqual([
      'command ESC @ start afresh: default modes, the line forgotten',
      'command ESC t 11h code page: ibm866',
      'text text «Касса»',
      'command LF print the line, feed one',
      'command GS V 42 00h cut: 0, 1 here; 65, 66 after feeding to the cutter',
    ]);
    expect(titles('1b742e cae0f1f1e0')[1]).toBe('text text «Касса»');
    expect(titles('1b7407 8aa0e1e1a0', { profile: 'RP326' })[1]).toBe('text text «Касса»');
    expect(titles('1b7409')[0]).toContain('not a Cyrillic one of this model');
  });

  it('shows what it does not know, and what is cut short', () => {
    expect(titles('1dff 1b74')).toEqual([
      'unknown no command known: 1D FF',
      'damaged a command cut short, 2 bytes of it',
    ]);
    expect(explainEscPos(fromHex('1d763000ffffffff'))).toMatchObject([{ kind: 'damaged', position: 0 }]);
  });

  it('says how letters are to look', () => {
    expect(titles('1b2100 1b2118')).toEqual([
      'command ESC ! 00h how letters look: plain, font A',
      'command ESC ! 18h how letters look: bold, double height',
    ]);
  });

  it('masks numbers of cards', () => {
    // 2200 0000 0000 0053 passes the check of card numbers.
    const [text] = explainEscPos(new TextEncoder().encode('2200000000000053'));
    expect(text?.title).toBe('text «****************»');
  });

  it('reads the answers of a printer', () => {
    const found = explainEscPos(fromHex('12 0c 18000c0f 5f544d00 13 11 ff'), { side: 'printer' });
    expect(found.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
      'answer answer to DLE EOT: 12h',
      'answer answer to GS r: 0Ch',
      'answer state, told by itself: 18 00 0C 0F',
      'answer answer to GS I: «TM»',
      'answer XOFF: stop sending',
      'answer XON: go on sending',
      'unknown no answer known: FFh',
    ]);
    expect(found[1]?.lines).toEqual(['paper: out']);
    expect(found[2]?.lines[0]).toContain('off line, paper out');
  });
});
