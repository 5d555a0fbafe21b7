import { FesError } from './errors.js';
import type { FesMacRecipe } from './mac.js';

// NSPK's message model is known from open code, its HTTP envelope is not public. All that had to be chosen stands here.

/** An operation of FES. */
export type FesOperation =
  | 'echo'
  | 'preAuthPurchase'
  | 'preAuthReturn'
  | 'fiscalReceiptData'
  | 'purchaseBasketId'
  | 'basket'
  | 'certificates'
  | 'purchaseBaskets';

/** All operations, in the order of the table in the README. */
export const fesOperations: readonly FesOperation[] = [
  'echo',
  'preAuthPurchase',
  'preAuthReturn',
  'fiscalReceiptData',
  'purchaseBasketId',
  'basket',
  'certificates',
  'purchaseBaskets',
];

/** Why FES refused, where the profile gives its code a meaning. */
export type FesRefusalReason =
  | 'api-key-unknown'
  | 'api-key-blocked'
  | 'mac-wrong'
  | 'desk-unknown'
  | 'desk-not-active'
  | 'point-not-active'
  | 'merchant-blocked'
  | 'bad-tru-code'
  | 'basket-unknown'
  | 'basket-expired'
  | 'basket-paid'
  | 'article-not-in-purchase'
  | 'more-than-bought'
  | 'already-returned'
  | 'no-certificate'
  | 'request-id-reused'
  | 'receipt-contradicts'
  | 'certificate-annulled'
  | 'par-required'
  | 'tru-not-sold-here'
  | 'programme-not-joined'
  | 'malformed';

/** How well a field of a profile is known. */
export type FesMark =
  /** An authoritative public text says so. */
  | 'documented'
  /** Seen in working third-party code. */
  | 'implemented'
  /** Deduced from the two above. */
  | 'inferred'
  /** Chosen here: nobody outside has confirmed it. */
  | 'ours'
  /** Set by whoever made the profile with {@link defineProfile}. */
  | 'supplied';

/** Where a field of a profile comes from. */
export interface FesEvidence {
  readonly mark: FesMark;
  readonly source: string;
}

/** Names of the top-level members of bodies. Members inside a basket or a certificate are known and stand in the code. */
export interface FesWireNames {
  readonly requestId: string;
  readonly cashboxId: string;
  readonly message: string;
  readonly panHash: string;
  readonly par: string;
  readonly basket: string;
  readonly article: string;
  readonly purchaseBasketId: string;
  readonly basketId: string;
  readonly truCode: string;
  readonly fiscalDriveNumber: string;
  readonly fiscalDocumentNumber: string;
  readonly fiscalSign: string;
  readonly sum: string;
  readonly dateTime: string;
  readonly operationType: string;
  readonly place: string;
  readonly result: string;
  readonly certificates: string;
  readonly baskets: string;
}

/** The whole HTTP envelope of FES, as data. The client and the emulator read the same object. */
export interface FesWireProfile {
  readonly name: string;
  /** 2: the payment account reference is obligatory and the date has a `T`. */
  readonly protocolVersion: 1 | 2;
  /** Parts of it are invented: refused against NSPK's own hosts unless the integrator acknowledges it. */
  readonly assumed: boolean;
  /** With `GET` the members travel in the query and the body is empty. */
  readonly operations: Readonly<
    Record<FesOperation, { readonly verb: 'POST' | 'PUT' | 'GET'; readonly path: string }>
  >;
  readonly headers: {
    readonly apiKey: string;
    readonly mac: string;
    /** When set, the request id travels in this header instead of the body. */
    readonly requestId: string | null;
    /** When set, the desk's number travels in this header instead of the body. */
    readonly cashboxId: string | null;
  };
  readonly names: FesWireNames;
  /** How requests are signed. */
  readonly mac: FesMacRecipe;
  /** How answers are signed, with the desk's MAC key; `null` when they are not. */
  readonly answerMac: (FesMacRecipe & { readonly header: string }) | null;
  readonly panHashCase: 'lower' | 'upper';
  /** Operations that need the payment account reference. */
  readonly parRequiredFor: readonly FesOperation[];
  /** Form of the receipt's date and time. */
  readonly dateTime: 'yyyyMMddHHmm' | "yyyyMMdd'T'HHmm";
  /** What `sum` of the receipt data is: the certificate's part or the total of the receipt. */
  readonly fiscalSum: 'certificate' | 'receipt';
  /** Codes of tag 1054. */
  readonly operationTypes: {
    readonly sale: number;
    readonly saleReturn: number;
    readonly purchase: number;
    readonly purchaseReturn: number;
  };
  readonly resultCodes: {
    readonly success: number;
    /** Meaning of codes, for those that have one. */
    readonly reasons: Readonly<Record<number, FesRefusalReason>>;
  };
  /** How long an approved basket can be paid, milliseconds. */
  readonly basketLifeMs: number;
  /** Where each field comes from, by its dotted path or the beginning of it. */
  readonly evidence: Readonly<Record<string, FesEvidence>>;
}

const ours = (source: string): FesEvidence => ({ mark: 'ours', source });
const merchantGuide = 'merchant guide of the Treasury and NSPK, 2023';
const pspGuide = 'YooKassa guide to electronic certificates';
const openModules = 'open modules of 1C configurations, 2022–2026';

const evidence: Readonly<Record<string, FesEvidence>> = {
  name: ours('label of this profile'),
  protocolVersion: { mark: 'implemented', source: `${openModules}: APIVersion 1 or 2` },
  assumed: ours('this profile is not NSPK’s paper'),
  operations: ours('not public'),
  'operations.preAuthPurchase.verb': { mark: 'documented', source: pspGuide },
  'operations.preAuthReturn.verb': { mark: 'documented', source: pspGuide },
  'operations.echo.path': ours('operationId is documented (merchant guide), the path is not'),
  'operations.preAuthPurchase.path': ours('operationId is documented (YooKassa guide), the path is not'),
  'operations.preAuthReturn.path': ours('operationId is documented (YooKassa guide), the path is not'),
  headers: ours(`that there is an API key and a MAC key is documented (${merchantGuide}), the names are not`),
  'headers.requestId': ours('the id travels in the body'),
  'headers.cashboxId': ours('the number travels in the body'),
  names: ours('hidden in a closed component'),
  'names.requestId': { mark: 'inferred', source: `argument of the component in ${openModules}` },
  'names.cashboxId': { mark: 'inferred', source: 'parameter fes_cashboxId of the RBS payment gateway' },
  'names.truCode': { mark: 'inferred', source: 'parameter fes_truCode of the RBS payment gateway' },
  'names.purchaseBasketId': { mark: 'documented', source: pspGuide },
  'names.basket': { mark: 'implemented', source: `answers in ${openModules}; requests by analogy` },
  'names.article': { mark: 'implemented', source: `answers in ${openModules}; requests by analogy` },
  'names.result': { mark: 'implemented', source: openModules },
  'names.certificates': { mark: 'implemented', source: openModules },
  'names.baskets': { mark: 'implemented', source: openModules },
  mac: ours(`the MAC key is documented as integrity control (${merchantGuide}), the algorithm is not`),
  answerMac: ours('nothing public says that answers are signed'),
  panHashCase: { mark: 'inferred', source: 'SHA-256 of the card number is documented, its letters are not' },
  parRequiredFor: { mark: 'implemented', source: openModules },
  dateTime: { mark: 'implemented', source: openModules },
  fiscalSum: { mark: 'implemented', source: openModules },
  operationTypes: { mark: 'implemented', source: `${openModules}; codes of tag 1054` },
  'resultCodes.success': { mark: 'implemented', source: openModules },
  'resultCodes.reasons': ours('codes of this project’s emulator, never NSPK’s'),
  basketLifeMs: { mark: 'documented', source: pspGuide },
};

const paths = (version: 1 | 2): FesWireProfile['operations'] => ({
  echo: { verb: 'POST', path: `/v${version}/echo` },
  preAuthPurchase: { verb: 'POST', path: `/v${version}/preAuthPurchase` },
  preAuthReturn: { verb: 'POST', path: `/v${version}/preAuthReturn` },
  fiscalReceiptData: { verb: 'POST', path: `/v${version}/fiscalReceipt` },
  purchaseBasketId: { verb: 'POST', path: `/v${version}/purchaseBasketId` },
  basket: { verb: 'POST', path: `/v${version}/basket` },
  certificates: { verb: 'POST', path: `/v${version}/certificates` },
  purchaseBaskets: { verb: 'POST', path: `/v${version}/purchaseBaskets` },
});

/**
 * Protocol V1 as far as public material goes, the rest chosen: see the table in the README, made by
 * {@link describeProfile}. The payment account reference is optional.
 */
export const assumedV1: FesWireProfile = {
  name: 'assumedV1',
  protocolVersion: 1,
  assumed: true,
  operations: paths(1),
  headers: { apiKey: 'X-API-KEY', mac: 'X-MAC', requestId: null, cashboxId: null },
  names: {
    requestId: 'requestId',
    cashboxId: 'cashboxId',
    message: 'message',
    panHash: 'panHash',
    par: 'par',
    basket: 'basket',
    article: 'article',
    purchaseBasketId: 'purchaseBasketId',
    basketId: 'basketId',
    truCode: 'truCode',
    fiscalDriveNumber: 'fiscalDriveNumber',
    fiscalDocumentNumber: 'fiscalDocumentNumber',
    fiscalSign: 'fiscalSign',
    sum: 'sum',
    dateTime: 'dateTime',
    operationType: 'operationType',
    place: 'place',
    result: 'result',
    certificates: 'certificates',
    baskets: 'baskets',
  },
  mac: { algorithm: 'hmac-sha256', key: 'text', data: 'body', encoding: 'hex' },
  answerMac: null,
  panHashCase: 'lower',
  parRequiredFor: [],
  dateTime: 'yyyyMMddHHmm',
  fiscalSum: 'certificate',
  operationTypes: { sale: 1, saleReturn: 2, purchase: 3, purchaseReturn: 4 },
  resultCodes: {
    success: 0,
    reasons: {
      9000: 'api-key-unknown',
      9001: 'mac-wrong',
      9002: 'desk-not-active',
      9003: 'point-not-active',
      9004: 'merchant-blocked',
      9005: 'bad-tru-code',
      9006: 'basket-unknown',
      9007: 'basket-expired',
      9008: 'basket-paid',
      9009: 'article-not-in-purchase',
      9010: 'more-than-bought',
      9011: 'already-returned',
      9012: 'no-certificate',
      9013: 'request-id-reused',
      9014: 'receipt-contradicts',
      9015: 'certificate-annulled',
      9016: 'par-required',
      9017: 'tru-not-sold-here',
      9018: 'malformed',
      9019: 'api-key-blocked',
      9020: 'desk-unknown',
      9021: 'programme-not-joined',
    },
  },
  basketLifeMs: 30 * 60 * 1000,
  evidence,
};

/** Protocol V2: {@link assumedV1} with its own paths, an obligatory payment account reference and a `T` in the date. */
export const assumedV2: FesWireProfile = {
  ...assumedV1,
  name: 'assumedV2',
  protocolVersion: 2,
  operations: paths(2),
  // The list of purchase baskets is not checked for PAR by the open modules.
  parRequiredFor: ['preAuthPurchase', 'preAuthReturn', 'certificates'],
  dateTime: "yyyyMMdd'T'HHmm",
};

type Patch<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends readonly unknown[]
    ? T
    : T extends object
      ? { readonly [K in keyof T]?: Patch<T[K]> }
      : T;

/** Changes to a profile: any fields, however deep. */
export type FesProfilePatch = Patch<Omit<FesWireProfile, 'evidence' | 'name'>> & {
  readonly name: string;
  /** Where the changes come from, for {@link describeProfile}. */
  readonly source?: string;
};

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * A corrected profile: what `patch` names replaces the base's, the rest stays. Changed fields are marked `supplied`.
 * A profile stays `assumed` until the patch says otherwise.
 *
 * @throws FesError `FES_BAD_CONFIG` for a member that no profile has
 * @example
 * ```ts
 * const nspk = defineProfile(assumedV2, {
 *   name: 'nspk-2',
 *   assumed: false,
 *   source: 'protocol of NSPK, edition 2.1',
 *   headers: { apiKey: 'Authorization-Key', mac: 'Signature' },
 *   operations: { echo: { path: '/api/echo' } },
 *   mac: { encoding: 'base64' },
 * });
 * ```
 */
export function defineProfile(base: FesWireProfile, patch: FesProfilePatch): FesWireProfile {
  const { source = 'supplied by the integrator', ...changes } = patch;
  const marks: Record<string, FesEvidence> = { ...base.evidence };
  const merge = (old: Record<string, unknown>, changed: Record<string, unknown>, path: string) => {
    const out: Record<string, unknown> = { ...old };
    for (const [name, value] of Object.entries(changed)) {
      const at = path === '' ? name : `${path}.${name}`;
      if (at === 'evidence' || !(Object.hasOwn(old, name) || path === 'resultCodes.reasons')) {
        throw new FesError({
          code: 'FES_BAD_CONFIG',
          message: `a profile has no member ${at}`,
          path: at.replaceAll('.', '/'),
          outcome: 'not-sent',
        });
      }
      if (value === undefined) continue;
      if (isPlain(value) && isPlain(old[name])) out[name] = merge(old[name], value, at);
      else {
        out[name] = value;
        marks[at] = { mark: 'supplied', source };
      }
    }
    return out;
  };
  const { evidence: _, ...rest } = base;
  return { ...merge(rest, changes, ''), evidence: marks } as unknown as FesWireProfile;
}

/** One row of {@link describeProfile}. */
export interface FesProfileRow {
  /** Dotted path of the field: `operations.echo.path`. */
  readonly field: string;
  readonly value: string;
  readonly mark: FesMark;
  readonly source: string;
}

/**
 * Every field of a profile with its value and how well it is known: the table that the README shows.
 *
 * @example
 * ```ts
 * describeProfile(assumedV1).filter((row) => row.mark === 'ours').map((row) => row.field);
 * ```
 */
export function describeProfile(profile: FesWireProfile): FesProfileRow[] {
  const rows: FesProfileRow[] = [];
  const evidenceOf = (field: string): FesEvidence => {
    for (let at = field; at !== ''; at = at.includes('.') ? at.slice(0, at.lastIndexOf('.')) : '') {
      const found = profile.evidence[at];
      if (found !== undefined) return found;
    }
    return ours('');
  };
  const walk = (value: unknown, field: string) => {
    if (isPlain(value)) {
      for (const [name, member] of Object.entries(value))
        walk(member, field === '' ? name : `${field}.${name}`);
      return;
    }
    const text = typeof value === 'function' ? 'a function' : JSON.stringify(value);
    rows.push({ field, value: text, ...evidenceOf(field) });
  };
  const { evidence: _, ...fields } = profile;
  walk(fields, '');
  return rows;
}
