import { describe, expect, it } from 'vitest';
import { documentCodes } from '../document.js';
import { compositionOf } from './composition.js';
import { compositionRows } from './composition-table.js';
import { tagDefinition } from './dictionary.js';
import { tagEnumeration, tagEnumerations, tagValueTitle } from './enumerations.js';

describe('composition', () => {
  it('knows every requisite and every parent it names', () => {
    for (const [where, parent, , tags] of compositionRows) {
      const version = where.startsWith('1.0/') ? ('1.0' as const) : undefined;
      if (parent !== 0) expect(tagDefinition(parent, version)?.kind, String(parent)).toBe('stlv');
      for (const word of tags.split(' ')) {
        expect(word).toMatch(/^[!?-]?\d{4}\*?$/);
        expect(tagDefinition(Number(word.replaceAll(/\D/g, '')), version), word).toBeDefined();
      }
    }
  });

  it('has every living document in every version that has it', () => {
    for (const code of documentCodes) {
      expect(compositionOf('1.2', code), String(code)).toBeDefined();
      if (code < 80) expect(compositionOf('1.05', code), String(code)).toBeDefined();
    }
    expect(compositionOf('1.05', 81)).toBeUndefined();
  });

  it('asks of a receipt of FFD 1.2 what the order asks', () => {
    const receipt = compositionOf('1.2', 3);
    expect(receipt?.get(0)?.mandatory).toEqual([
      1009, 1012, 1020, 1031, 1037, 1038, 1040, 1041, 1042, 1054, 1055, 1059, 1077, 1081, 1209, 1215, 1216,
      1217,
    ]);
    expect(receipt?.get(1059)?.mandatory).toEqual([1023, 1043, 1079, 1212, 1214, 2108]);
    expect(receipt?.get(0)?.entries.get(1059)).toEqual({ tag: 1059, presence: 'mandatory', repeated: true });
    expect(receipt?.get(0)?.entries.get(1000)?.presence).toBe('forbidden');
    expect(receipt?.get(0)?.entries.get(1008)?.presence).toBe('conditional');
    expect(receipt?.get(0)?.entries.get(1084)?.presence).toBe('optional');
  });
});

describe('enumerations', () => {
  it('name living tags, each value once', () => {
    for (const { tags, kind, values } of tagEnumerations()) {
      for (const tag of tags) expect(tagDefinition(tag), String(tag)).toBeDefined();
      expect(new Set(values.map(([value]) => value)).size).toBe(values.length);
      for (const [value, label] of values) {
        expect(label).not.toBe('');
        if (kind === 'mask') expect(Math.log2(Number(value)) % 1).toBe(0);
      }
    }
  });

  it('say what a value means', () => {
    expect(tagValueTitle(1054, 2)).toBe('ВОЗВРАТ ПРИХОДА');
    expect(tagValueTitle(1206, 0x42)).toBe('ошибка форматно-логического контроля; нужно настроить связь');
    expect(tagValueTitle(1205, 0x8000_0000)).toBe('иная причина');
    expect(tagValueTitle(1262, '030')).toBe('Министерство промышленности и торговли');
    expect(tagValueTitle(1054, 9)).toBeUndefined();
    expect(tagValueTitle(1020, 5)).toBeUndefined();
    expect(tagEnumeration(1262)?.values).toHaveLength(72);
  });
});
