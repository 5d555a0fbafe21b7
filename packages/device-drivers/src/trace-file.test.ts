import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTraceLine, parseTrace, wireEntriesOf } from './trace-file.js';

const wire = fc.record({
  at: fc.integer({ min: 0, max: 2 ** 45 }),
  direction: fc.constantFrom('in' as const, 'out' as const),
  bytes: fc.uint8Array({ maxLength: 40 }),
});

test('what was written is read back, other families between', () => {
  fc.assert(
    fc.property(fc.array(wire, { maxLength: 20 }), (entries) => {
      const lines = entries.flatMap((entry) => [
        formatTraceLine('shtrih-m', entry),
        formatTraceLine('lan4gate', { at: entry.at, direction: 'in', frame: '0002{}' } as never),
      ]);
      const { records, torn } = parseTrace(lines.map((line) => `${line}\n`).join(''));
      expect(torn).toBe(false);
      expect(records).toHaveLength(2 * entries.length);
      expect(wireEntriesOf(records, 'shtrih-m')).toEqual(entries);
    }),
  );
});

test('a line cut by a crash is told, and costs no other line', () => {
  const line = formatTraceLine('shtrih-m', { at: 1, direction: 'out', bytes: Uint8Array.of(5) } as never);
  for (let length = 1; length < line.length; length += 1) {
    const found = parseTrace(`${line}\n${line.slice(0, length)}`);
    expect(found).toMatchObject({ torn: true, records: [{ family: 'shtrih-m', entry: { at: 1 } }] });
  }
  expect(parseTrace(`${line}\n${line}`)).toMatchObject({ torn: false, records: [{}, {}] });
});

test.each([
  ['{"at":1}', 'family'],
  ['{"family":"x","direction":"in"}', '`at`'],
  ['{"family":"x","at":1e300,"direction":"in"}', '`at`'],
  ['{"family":"x","at":1,"direction":"up"}', 'direction'],
  ['{"family":"x","at":1,"direction":"in","bytes":"0"}', 'hex'],
  ['[]', 'object'],
  ['nonsense', 'JSON'],
])('%s is refused with its line', (bad, why) => {
  expect(() => parseTrace(`\n${bad}\n`)).toThrowError(
    expect.objectContaining({ code: 'BAD_TRACE', position: 2, message: expect.stringContaining(why) }),
  );
});
