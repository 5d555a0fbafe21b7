import * as z from 'zod/mini';
import { FesError } from './errors.js';
import { firstIssue } from './issues.js';
import { assumedV1, assumedV2, defineProfile, type FesProfilePatch, type FesWireProfile } from './profile.js';

const name = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'not a name'));
const header = z.string().check(z.regex(/^[A-Za-z0-9-]{1,64}$/, 'not the name of a header'));
const path = z.string().check(z.regex(/^\/[A-Za-z0-9/._~-]{0,200}$/, 'not a path that begins with a slash'));
const wholeNumber = z.number().check(z.int());
const fn = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'not a function');

const macMembers = {
  algorithm: z.union([z.enum(['hmac-sha256', 'hmac-sha512']), fn]),
  key: z.enum(['text', 'uuid-bytes']),
  data: z.union([z.literal('body'), fn]),
  encoding: z.enum(['hex', 'hex-upper', 'base64']),
};
const operation = z.strictObject({ verb: z.enum(['POST', 'PUT', 'GET']), path });
const operations = {
  echo: operation,
  preAuthPurchase: operation,
  preAuthReturn: operation,
  fiscalReceiptData: operation,
  purchaseBasketId: operation,
  basket: operation,
  certificates: operation,
  purchaseBaskets: operation,
};
const reasons = Object.values(assumedV1.resultCodes.reasons);

const schema = z.strictObject({
  name,
  protocolVersion: z.union([z.literal(1), z.literal(2)]),
  assumed: z.boolean(),
  operations: z.strictObject(operations),
  headers: z.strictObject({
    apiKey: header,
    mac: header,
    requestId: z.nullable(header),
    cashboxId: z.nullable(header),
  }),
  names: z.strictObject(Object.fromEntries(Object.keys(assumedV1.names).map((one) => [one, name]))),
  mac: z.strictObject(macMembers),
  answerMac: z.nullable(z.strictObject({ ...macMembers, header })),
  panHashCase: z.enum(['lower', 'upper']),
  parRequiredFor: z.array(z.enum(Object.keys(operations) as (keyof typeof operations)[])),
  dateTime: z.enum(['yyyyMMddHHmm', "yyyyMMdd'T'HHmm"]),
  fiscalSum: z.enum(['certificate', 'receipt']),
  operationTypes: z.strictObject({
    sale: wholeNumber,
    saleReturn: wholeNumber,
    purchase: wholeNumber,
    purchaseReturn: wholeNumber,
  }),
  resultCodes: z.strictObject({
    success: wholeNumber,
    reasons: z.record(z.string().check(z.regex(/^-?\d{1,10}$/, 'not a code')), z.enum(reasons)),
  }),
  basketLifeMs: wholeNumber.check(z.gte(1000), z.lte(86_400_000)),
  evidence: z.record(
    z.string(),
    z.strictObject({
      mark: z.enum(['documented', 'implemented', 'inferred', 'ours', 'supplied']),
      source: z.string(),
    }),
  ),
});

/**
 * Checks that a profile is whole and that nothing in it is of the wrong form.
 *
 * @throws FesError `FES_BAD_CONFIG` with the path of the fault, below `profile`
 */
export function checkProfile(profile: FesWireProfile): FesWireProfile {
  const result = schema.safeParse(profile);
  if (result.success) return profile;
  const issue = firstIssue(result.error, 'profile');
  throw new FesError({
    code: 'FES_BAD_CONFIG',
    message: `${issue.path}: ${issue.message}`,
    userMessage: 'Файл профиля протокола ФЭС НСПК содержит ошибку',
    path: issue.path,
    outcome: 'not-sent',
  });
}

const bases: Readonly<Record<string, FesWireProfile>> = { assumedV1, assumedV2 };

/**
 * Reads a corrected profile out of parsed JSON: a patch with the name of its base in `extends`. Functions (a MAC of
 * one's own) cannot stand in JSON: use {@link defineProfile} for them.
 *
 * @throws FesError `FES_BAD_CONFIG` with the path of the fault
 * @example
 * ```ts
 * parseProfile({ extends: 'assumedV2', name: 'nspk-2', headers: { mac: 'Signature' } });
 * ```
 */
export function parseProfile(json: unknown): FesWireProfile {
  const bad = (path: string, message: string) =>
    new FesError({
      code: 'FES_BAD_CONFIG',
      message: `${path}: ${message}`,
      userMessage: 'Файл профиля протокола ФЭС НСПК содержит ошибку',
      path,
      outcome: 'not-sent',
    });
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw bad('profile', 'not a JSON object');
  const { extends: baseName = 'assumedV1', ...patch } = json as Record<string, unknown>;
  const base = typeof baseName === 'string' && Object.hasOwn(bases, baseName) ? bases[baseName] : undefined;
  if (base === undefined) throw bad('profile/extends', `not one of ${Object.keys(bases).join(', ')}`);
  if (typeof patch.name !== 'string') throw bad('profile/name', 'absent');
  return checkProfile(defineProfile(base, patch as unknown as FesProfilePatch));
}
