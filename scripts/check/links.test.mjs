// @ts-check
import { expect, it } from 'vitest';
import { namedFiles, relativeLinks } from './links.mjs';

it('finds relative links and leaves code, anchors and addresses alone', () => {
  const text = [
    'See [flow](docs/flow.md#sale), [home](https://example.org) and [below](#below).',
    '`[not](a-link.md)` ![picture](img/a%20b.png "title")',
    '```',
    '[code](nowhere.md)',
    '```',
    '[ref]: ../CONTRIBUTING.md',
    '[mail](mailto:someone@example.org) [two](a.md) [links](<b.md>)',
  ].join('\n');
  expect(relativeLinks(text)).toEqual([
    { line: 1, target: 'docs/flow.md' },
    { line: 2, target: 'img/a b.png' },
    { line: 6, target: '../CONTRIBUTING.md' },
    { line: 7, target: 'a.md' },
    { line: 7, target: 'b.md' },
  ]);
});

it('finds files that are named from the root or from packages', () => {
  const text =
    'See `docs/flow.md`, `core/src/bytes.ts`,\n`packages/*/src/x.ts`, `src/x.ts`, `dist/a.js` and `npm test`.';
  expect(namedFiles(text, ['docs', 'core', 'packages'])).toEqual([
    { line: 1, target: 'docs/flow.md' },
    { line: 1, target: 'core/src/bytes.ts' },
  ]);
});
