import { once } from 'node:events';
import { expect, it } from 'vitest';
import { startElcert } from '../support/elcert.js';

it('ends quietly when the reader of its output has had enough', async () => {
  const { child, finished } = startElcert(['demo', '--seed', 'pipe']);
  if (child.stdout === null) throw new Error('no output');
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const { code, stderr } = await finished;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});
