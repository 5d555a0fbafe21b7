// @ts-check
import { expect, it } from 'vitest';
import { limitDifferences } from './sizes.mjs';

it('tells which export path has no limit and which limit no export path', () => {
  const limits = [{ name: '@elcert/core' }, { name: '@elcert/gone' }];
  const exported = [{ name: '@elcert/core' }, { name: '@elcert/core/node' }];
  expect(limitDifferences(limits, exported)).toEqual([
    '@elcert/core/node has no limit',
    '@elcert/gone has a limit and is not exported',
  ]);
});
