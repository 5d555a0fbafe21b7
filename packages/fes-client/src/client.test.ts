import { describe, expect, it } from 'vitest';
import { createFesClient, type FesClientConfig } from './client.js';
import { assumedV1, defineProfile } from './profile.js';

const config: FesClientConfig = {
  baseUrl: 'https://fes.example',
  profile: assumedV1,
  cashboxId: '0000000000000000027',
  credentials: { apiKey: 'a', macKey: 'b' },
};
const fault = (change: Partial<FesClientConfig>) => {
  try {
    createFesClient({ ...config, ...change });
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('createFesClient', () => {
  it.each([
    'https://api1.fes.nspk.ru',
    'https://api1.fes.nspk.ru:8443/x/',
    'https://API1.FES.NSPK.RU',
    'https://api1.fes.nspk.ru.',
    'https://fes.nspk.ru',
    'https://a.b.fes.nspk.ru',
    'https://test.nspk.ru',
  ])('refuses an invented profile at %s', (baseUrl) => {
    expect(fault({ baseUrl })).toMatchObject({ code: 'FES_ASSUMED_PROFILE', outcome: 'not-sent' });
    expect(fault({ baseUrl, acknowledgeAssumedProfile: true })).toBeUndefined();
    expect(
      fault({ baseUrl, profile: defineProfile(assumedV1, { name: 'real', assumed: false }) }),
    ).toBeUndefined();
  });

  it('speaks to NSPK over https only', () => {
    expect(fault({ baseUrl: 'http://api1.fes.nspk.ru', acknowledgeAssumedProfile: true })).toMatchObject({
      code: 'FES_BAD_CONFIG',
      path: 'baseUrl',
    });
  });

  it.each(['https://notnspk.ru', 'https://nspk.ru.example', 'http://127.0.0.1:1', 'http://[::1]:1/a'])(
    'takes %s for somebody else',
    (baseUrl) => {
      expect(fault({ baseUrl })).toBeUndefined();
    },
  );

  it.each([
    ['no address', { baseUrl: 'fes' }, 'baseUrl'],
    ['another scheme', { baseUrl: 'ftp://fes.example' }, 'baseUrl'],
    ['a password in it', { baseUrl: 'https://u:p@fes.example' }, 'baseUrl'],
    ['a query', { baseUrl: 'https://fes.example/?a' }, 'baseUrl'],
    ['letters in the desk', { cashboxId: 'desk' }, 'cashboxId'],
    ['20 digits', { cashboxId: '1'.repeat(20) }, 'cashboxId'],
    ['no time', { timeouts: { attemptMs: 0 } }, 'timeouts/attemptMs'],
    ['half a millisecond', { timeouts: { totalMs: 0.5 } }, 'timeouts/totalMs'],
    ['no attempt', { retry: { attempts: 0 } }, 'retry/attempts'],
    ['too many attempts', { retry: { attempts: 11 } }, 'retry/attempts'],
    ['a broken profile', { profile: { ...assumedV1, dateTime: 'ISO' } as never }, 'profile/dateTime'],
  ])('refuses %s', (_what, change, path) => {
    expect(fault(change as Partial<FesClientConfig>)).toMatchObject({ code: 'FES_BAD_CONFIG', path });
  });

  it.each(['27', '1'.repeat(17), 27])('explains a desk number without its zeros: %s', (cashboxId) => {
    expect(fault({ cashboxId: cashboxId as string })).toMatchObject({
      code: 'FES_BAD_CONFIG',
      message: expect.stringContaining('leading zeros were lost'),
      userMessage: expect.stringContaining('потеряны нули'),
    });
  });

  it.each(['0'.repeat(18), '0'.repeat(19)])('takes a desk number of %s', (cashboxId) => {
    expect(createFesClient({ ...config, cashboxId }).cashboxId).toBe(cashboxId);
  });

  it('refuses a request id that is no UUID before anything is sent', async () => {
    const client = createFesClient({ ...config, fetch: () => Promise.reject(new Error('sent')) });
    await expect(client.echo({ message: '' }, { requestId: '1' })).rejects.toMatchObject({
      code: 'FES_BAD_REQUEST',
      path: 'requestId',
      outcome: 'not-sent',
    });
  });
});
