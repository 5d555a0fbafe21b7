import { describe, expect, test } from 'vitest';
import { drawerHistory } from './drawer-history.js';

const put = { direction: 'in', amount: 100 } as const;
const take = { direction: 'out', amount: 100 } as const;

describe('a movement of this process', () => {
  test('what came after it is not taken for it', () => {
    const history = drawerHistory();
    const at = history.mark();
    history.changed(history.mark(), 100);
    expect(history.conclude(put, 0, 100, at)).toEqual({ state: 'not-done' });
    expect(history.conclude(put, 0, 200, at)).toEqual({ state: 'done', result: 200 });
    expect(history.conclude(put, 0, 150, at)).toMatchObject({ state: 'unknown' });
  });

  test('what came before it, and was found only later, changes nothing', () => {
    const history = drawerHistory();
    const first = history.mark();
    const second = history.mark();
    history.changed(first, 100);
    expect(history.conclude(take, 100, 100, second)).toEqual({ state: 'not-done' });
    expect(history.conclude(take, 100, 0, second)).toEqual({ state: 'done', result: 0 });
  });

  test('after something that is not known nothing can be told of what was before', () => {
    const history = drawerHistory();
    const before = history.mark();
    history.doubted();
    const after = history.mark();
    expect(history.conclude(put, 0, 100, before)).toMatchObject({ state: 'unknown' });
    expect(history.conclude(put, 0, 100, after)).toMatchObject({ state: 'done' });
    expect(history.conclude(put, 0, 100, undefined)).toMatchObject({ state: 'unknown' });
  });

  test('changes are kept up to a limit, beyond it nothing is claimed', () => {
    const history = drawerHistory();
    const first = history.mark();
    for (let turn = 0; turn < 5000; turn += 1) history.changed(history.mark(), 1);
    expect(history.conclude(put, 0, 5100, first)).toMatchObject({ state: 'unknown' });
    expect(history.conclude(put, 0, 100, history.mark())).toMatchObject({ state: 'done' });
  });
});

describe('a movement of an earlier process', () => {
  test('without changes the counter tells it', () => {
    const history = drawerHistory();
    expect(history.conclude(put, 0, 100, undefined)).toMatchObject({ state: 'done' });
    expect(history.conclude(put, 0, 0, undefined)).toEqual({ state: 'not-done' });
  });

  test('where its moment decides, nothing is claimed', () => {
    const history = drawerHistory();
    history.changed(history.mark(), 100);
    // Before the change: out of it 100 is missing. After it: nothing moved.
    expect(history.conclude(take, 100, 100, undefined)).toMatchObject({ state: 'unknown' });
    expect(history.conclude(put, 0, 200, undefined)).toMatchObject({ state: 'done' });
  });
});
