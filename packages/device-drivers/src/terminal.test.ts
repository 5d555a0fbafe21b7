import { describe, expect, it } from 'vitest';
import { type PaymentTerminal, splitSlip, terminalCan } from './terminal.js';

describe('a slip', () => {
  it.each([
    [
      'two copies',
      ['ДЛЯ КЛИЕНТА', 'спасибо', '[cut]', 'ДЛЯ МАГАЗИНА'],
      [['ДЛЯ КЛИЕНТА', 'спасибо'], ['ДЛЯ МАГАЗИНА']],
    ],
    ['the Russian word', ['а', ' [отрезка] ', 'б'], [['а'], ['б']]],
    ['empty pieces', ['[cut]', 'а', '[cut]', '  ', '[CUT]'], [['а']]],
    ['a bracket in a line is text', ['код [cut] 5'], [['код [cut] 5']]],
    ['control characters', ['\u0001а\u000bб\tв\u001b'], [['аб\tв']]],
    ['nothing', [], []],
  ])('%s', (_name, slip, pieces) => {
    expect(splitSlip(slip)).toEqual(pieces);
  });
});

describe('capabilities', () => {
  it('lead to the calls behind them', () => {
    const terminal = { capabilities: { refund: true, void: false } } as PaymentTerminal;
    expect(terminalCan(terminal, 'refund')).toBe(true);
    expect(terminalCan(terminal, 'void')).toBe(false);
  });
});
