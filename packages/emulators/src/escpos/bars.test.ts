import { describe, expect, it } from 'vitest';
import { drawnBars } from './bars.js';

/** Widths of bars and gaps in turn. */
function widths(modules: readonly boolean[]): string {
  let out = '';
  let run = 0;
  modules.forEach((black, at) => {
    run += 1;
    if (modules[at + 1] !== black) {
      out += String(run);
      run = 0;
    }
  });
  return out;
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('bar codes', () => {
  // bwip-js 4.11.4, raw({ bcid, text })[0].sbs: widths by another implementation, without the gap after the last bar of ITF. Its ITF has
  // wide bars of two modules, ours of three; the gap after the last bar of CODE39 is ours.
  it.each([
    ['EAN-13', 67, bytes('400638133393'), '11132111123111414113121122211111141114111411311214112221111'],
    ['EAN-8', 68, bytes('9638507'), '1113112111414111213111111231321113121132111'],
    ['CODE39', 69, bytes('AB-12'), '1311313111311113113111311311311311113131311311113111331111311311313111'],
    ['CODE128', 73, bytes('{BAbc {{1}'), '2112141113231214211411222122224121211232211113412121232331112'],
    ['ITF', 70, bytes('0123456789'), '111112112121121222111121121122112111212112122112112211211'],
    ['UPC-A', 65, bytes('01234567890'), '11132112221212214111132123111111111413121213311232111231111'],
  ] as const)('%s', (name, kind, data, wanted) => {
    const drawn = drawnBars(kind, data);
    expect(drawn?.name).toBe(name);
    const found = widths(drawn?.modules ?? []);
    expect(name === 'ITF' ? found.replaceAll('3', '2') : found.slice(0, wanted.length)).toBe(wanted);
  });

  it('adds the check digit, and knows both forms of the command', () => {
    expect(drawnBars(2, bytes('400638133393'))).toEqual(drawnBars(67, bytes('4006381333931')));
    expect(drawnBars(67, bytes('400638133393'))?.text).toBe('4006381333931');
  });

  it('takes two digits in a byte in set C', () => {
    expect(drawnBars(73, Uint8Array.of(0x7b, 0x43, 12, 34))?.text).toBe('1234');
  });

  it.each([
    ['letters in EAN', 67, bytes('40063813339A')],
    ['a short EAN', 67, bytes('12')],
    ['an odd ITF', 70, bytes('123')],
    ['small letters in CODE39', 69, bytes('ab')],
    ['CODE128 without a set', 73, bytes('ABC')],
    ['CODE128 with an unknown set', 73, bytes('{XABC')],
    ['nothing in CODE128', 73, bytes('{B')],
    ['an unknown kind', 74, bytes('1')],
  ] as const)('draws nothing of %s', (_title, kind, data) => {
    expect(drawnBars(kind, data)).toBeUndefined();
  });
});
