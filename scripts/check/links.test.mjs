// @ts-check
import { expect, it } from 'vitest';
import { relativeLinks } from './links.mjs';

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
