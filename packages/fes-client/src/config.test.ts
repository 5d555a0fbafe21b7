import { describe, expect, it } from 'vitest';
import { createFesClient } from './client.js';
import { parseFesConfig } from './config.js';

const json = {
  baseUrl: 'http://127.0.0.1:8080',
  cashboxId: '0000000000000000027',
  apiKey: 'secret-api-key',
  macKey: 'secret-mac-key',
};

describe('parseFesConfig', () => {
  it('gives what a client takes', () => {
    expect(createFesClient(parseFesConfig(json)).profile.name).toBe('assumedV1');
    expect(parseFesConfig({ ...json, profile: 'assumedV2' }).profile.protocolVersion).toBe(2);
    const profile = { extends: 'assumedV2', name: 'mine', headers: { mac: 'Signature' } };
    expect(parseFesConfig({ ...json, profile, retry: { attempts: 2 } })).toMatchObject({
      profile: { headers: { mac: 'Signature' } },
      retry: { attempts: 2 },
    });
  });

  it.each([
    ['an unknown member', { ...json, url: 'x' }, 'url'],
    ['an unknown member within', { ...json, retry: { tries: 2 } }, 'retry/tries'],
    ['a desk by number', { ...json, cashboxId: 27 }, 'cashboxId'],
    ['a desk without its zeros', { ...json, cashboxId: '27' }, 'cashboxId'],
    ['no key', { ...json, macKey: undefined }, 'macKey'],
    ['a key with a blank', { ...json, apiKey: 'secret-api-key ' }, 'apiKey'],
    ['an unknown profile', { ...json, profile: { extends: 'v9', name: 'x' } }, 'profile/extends'],
    ['a list', [], ''],
  ])('refuses %s and prints no key', (_what, value, path) => {
    let error: unknown;
    try {
      parseFesConfig(value);
    } catch (one) {
      error = one;
    }
    expect(error).toMatchObject({ code: 'FES_BAD_CONFIG', path });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('secret-');
  });
});
