import { describe, expect, it } from 'vitest';
import { tagByName, tagDefinition, tagDefinitions } from './dictionary.js';

describe('the dictionary', () => {
  const all = tagDefinitions();

  it('has every number once, reused ones twice, in order', () => {
    const numbers = all.map((one) => one.tag);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    const twice = numbers.filter((tag, index) => numbers[index - 1] === tag);
    expect(twice).toEqual([1011, 1082, 1115, 1119, 1120, 1125]);
    expect(all.length - twice.length).toBe(322);
  });

  it('has a title and a sensible size everywhere', () => {
    for (const one of all) {
      expect(one.title, String(one.tag)).not.toBe('');
      expect(one.size, String(one.tag)).toBeGreaterThan(0);
      if (['uint', 'mask', 'bool', 'unixtime', 'date'].includes(one.kind))
        expect(one.fixed, String(one.tag)).toBe(true);
    }
  });

  it('names every living requisite, and no two in one place alike', () => {
    const places = new Map<string, number>();
    for (const one of all) {
      if (one.abolished || one.documents.length === 0) continue;
      expect(one.name, String(one.tag)).not.toBe('');
      for (const parent of one.parents) {
        for (const document of one.documents) {
          for (const version of one.versions) {
            const place = `${version} ${document} ${parent} ${one.name}`;
            expect(places.get(place), `${place}: ${one.tag}`).toBeUndefined();
            places.set(place, one.tag);
          }
        }
      }
    }
  });

  it('finds each requisite by its name in its place', () => {
    for (const one of all) {
      if (one.name === '') continue;
      for (const parent of one.parents) {
        for (const document of one.documents) {
          const place = {
            document,
            ...(parent === 'document' ? {} : { parent }),
            ...(one.legacy ? { ffdVersion: '1.0' as const } : {}),
          };
          expect(tagByName(one.name, place)?.tag, `${one.name} in ${document}/${parent}`).toBe(one.tag);
        }
      }
    }
  });

  it('tells names that two requisites share by their place', () => {
    expect(tagByName('totalSum', { document: 3 })?.tag).toBe(1020);
    expect(tagByName('totalSum', { document: 5, parent: 1129 })?.tag).toBe(1201);
    expect(tagByName('dateTime', { document: 3, parent: 1270 })?.tag).toBe(1273);
    expect(tagByName('ndsSum', { parent: 1059 })?.tag).toBe(1200);
    expect(tagByName('ndsSum', { parent: 1119 })?.tag).toBe(1120);
    expect(tagByName('taxationType', { document: 3 })?.tag).toBe(1055);
    expect(tagByName('taxationType', { document: 1 })?.tag).toBe(1062);
    expect(tagByName('buyerAddress', { document: 3 })?.tag).toBe(1008);
    expect(tagByName('buyerAddress', { document: 3, parent: 1256 })?.tag).toBe(1254);
    expect(tagByName('receiptCount', { parent: 1157 })?.tag).toBe(1134);
    expect(tagByName('no such name')).toBeUndefined();
  });

  it('gives reused numbers their old meaning in FFD 1.0 alone', () => {
    expect(tagDefinition(1115)?.kind).toBe('stlv');
    expect(tagDefinition(1115, '1.05')?.kind).toBe('stlv');
    expect(tagDefinition(1115, '1.0')?.kind).toBe('string');
    expect(tagDefinition(1020, '1.0')).toBe(tagDefinition(1020));
  });
});
