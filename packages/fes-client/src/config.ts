import * as z from 'zod/mini';
import { checkCashboxId, type FesClientConfig } from './client.js';
import { FesError } from './errors.js';
import { firstIssue } from './issues.js';
import { assumedV1, assumedV2, type FesWireProfile } from './profile.js';
import { parseProfile } from './profile-schema.js';

const key = z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/, 'not a key'));
const count = z.number().check(z.int(), z.gte(0));
const schema = z.strictObject({
  baseUrl: z.string(),
  profile: z.optional(z.union([z.enum(['assumedV1', 'assumedV2']), z.record(z.string(), z.unknown())])),
  cashboxId: z.string('a text: a number loses its zeros'),
  apiKey: key,
  macKey: key,
  timeouts: z.optional(z.strictObject({ attemptMs: z.optional(count), totalMs: z.optional(count) })),
  retry: z.optional(
    z.strictObject({
      attempts: z.optional(count),
      baseDelayMs: z.optional(count),
      maxDelayMs: z.optional(count),
    }),
  ),
  maxAnswerBytes: z.optional(count),
  acknowledgeAssumedProfile: z.optional(z.boolean()),
});

/**
 * Reads settings out of parsed JSON, once: unknown members are refused, and no key ever stands in an error. What JSON
 * cannot hold (`fetch`, `clock` …) is added by the caller.
 *
 * @throws FesError `FES_BAD_CONFIG` with the path of the fault
 * @example
 * ```ts
 * const client = createFesClient({ ...parseFesConfig(JSON.parse(text)), logger });
 * ```
 */
export function parseFesConfig(json: unknown): FesClientConfig {
  const result = schema.safeParse(json);
  if (!result.success) {
    const { path, message } = firstIssue(result.error);
    throw new FesError({
      code: 'FES_BAD_CONFIG',
      message: path === '' ? message : `${path}: ${message}`,
      userMessage: 'Настройки ФЭС НСПК содержат ошибку',
      path,
      outcome: 'not-sent',
    });
  }
  const { apiKey, macKey, profile: named = 'assumedV1', cashboxId, ...rest } = result.data;
  const profiles: Readonly<Record<string, FesWireProfile>> = { assumedV1, assumedV2 };
  const profile = typeof named === 'string' ? profiles[named] : undefined;
  return {
    ...rest,
    cashboxId: checkCashboxId(cashboxId),
    profile: profile ?? parseProfile(named),
    credentials: { apiKey, macKey },
    // JSON has no `undefined`: what is optional here is absent.
  } as FesClientConfig;
}
