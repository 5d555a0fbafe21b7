// @ts-check
import { expect, it } from 'vitest';
import { programs } from './snippets.mjs';

it('takes whole programs, and knows which of them can run', () => {
  const text = [
    '```sh',
    'npm install',
    '```',
    '```ts',
    "import { a } from '@elcert/a';",
    'a();',
    '```',
    '```ts no-run',
    "import { b } from '@elcert/b';",
    '```',
    '```ts',
    "import { c } from 'elsewhere'; // a fragment",
    '```',
    '```ts fragment',
    "import { d } from '@elcert/d';",
    '…',
    '```',
  ].join('\n');
  expect(programs(text)).toEqual([
    { line: 4, code: "import { a } from '@elcert/a';\na();\n", runs: true },
    { line: 8, code: "import { b } from '@elcert/b';\n", runs: false },
  ]);
});
