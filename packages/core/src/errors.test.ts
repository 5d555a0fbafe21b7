import { describe, expect, it } from 'vitest';
import { ElcertError, isElcertError, outcomeOf, parseDecimal, redact } from './index.js';

describe('ElcertError', () => {
  it('carries what it was given', () => {
    const cause = new Error('inside');
    const error = new ElcertError({
      code: 'REFUSED_BY_TERMINAL',
      message: 'declined',
      userMessage: 'Отказ',
      outcome: 'refused',
      path: 'items[0]',
      position: 0,
      details: { responseCode: '51' },
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error.cause).toBe(cause);
    expect(error.toJSON()).toEqual({
      code: 'REFUSED_BY_TERMINAL',
      message: 'declined',
      userMessage: 'Отказ',
      outcome: 'refused',
      path: 'items[0]',
      position: 0,
      details: { responseCode: '51' },
      cause: 'Error',
    });
    expect(String(error)).toBe('ElcertError: declined');
  });

  it('prints no secrets that its cause may quote, and none at all through redact', () => {
    const cause = Object.assign(new Error('sent mac=deadbeef'), { code: 'ECONNRESET' });
    const error = new ElcertError({
      code: 'X',
      message: 'm',
      cause,
      details: { macKey: 'k-1', panHash: 'h', text: 'to 4111111111111111' },
    });
    expect(JSON.stringify(error)).not.toContain('deadbeef');
    expect(JSON.stringify(redact(error))).toBe(
      '{"code":"X","message":"m","details":{"macKey":"***","panHash":"***","text":"to ************1111"},"cause":"ECONNRESET"}',
    );
    expect(JSON.stringify(new ElcertError({ code: 'X', message: 'm', cause: 'text' }))).toBe(
      '{"code":"X","message":"m"}',
    );
  });

  it('is recognised across two copies of the package', async () => {
    // The query string makes the loader evaluate the module a second time.
    const copy = (await import('./errors.js?copy' as string)) as typeof import('./errors.js');
    expect(copy.ElcertError).not.toBe(ElcertError);
    const foreign = new copy.ElcertError({ code: 'A', message: 'm', outcome: 'refused' });
    expect(foreign).not.toBeInstanceOf(ElcertError);
    expect(isElcertError(foreign)).toBe(true);
    expect(isElcertError(foreign, 'A')).toBe(true);
    expect(isElcertError(foreign, 'B')).toBe(false);
    expect(outcomeOf(foreign)).toBe('refused');
    expect(copy.isElcertError(new ElcertError({ code: 'A', message: 'm' }))).toBe(true);
  });

  it('does not take others for its own', () => {
    for (const other of [new Error('x'), { code: 'A', name: 'ElcertError' }, null, undefined, 'text', 5]) {
      expect(isElcertError(other)).toBe(false);
      expect(outcomeOf(other)).toBe('unknown');
    }
    expect(outcomeOf(new ElcertError({ code: 'A', message: 'm' }))).toBe('unknown');
  });

  it('survives being extended', () => {
    class TerminalError extends ElcertError<'T1'> {
      override readonly name = 'TerminalError';
    }
    const error = new TerminalError({ code: 'T1', message: 'm' });
    expect(isElcertError(error)).toBe(true);
    expect(String(error)).toBe('TerminalError: m');
  });

  it('keeps the message of what the package throws itself', () => {
    expect(() => parseDecimal('1,5')).toThrow('not a decimal number: "1,5"');
  });
});
