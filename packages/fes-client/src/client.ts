import {
  type Clock,
  type FetchLike,
  type Logger,
  type Random,
  randomUuid,
  systemClock,
  systemRandom,
} from '@elcert/core';
import * as actions from './actions.js';
import type { FesCaller } from './caller.js';
import type { FesCircuitBreaker } from './circuit-breaker.js';
import { FesError } from './errors.js';
import {
  createTransport,
  type FesAttemptEvent,
  type FesCredentials,
  type FesRetry,
  type FesTimeouts,
} from './http/transport.js';
import type { FesWireProfile } from './profile.js';
import { checkProfile } from './profile-schema.js';
import { checkRequest, requestToWire } from './requests.js';

/** What {@link createFesClient} takes. */
export interface FesClientConfig {
  /** Address of FES: a setting of the cash software, e.g. an emulator's `url`. A path is kept. */
  readonly baseUrl: string;
  /** `assumedV1`, `assumedV2` or what {@link defineProfile} made. */
  readonly profile: FesWireProfile;
  /** The keys, or a function that is asked before each attempt, so that a re-issued key works without a restart. */
  readonly credentials: FesCredentials | (() => FesCredentials | Promise<FesCredentials>);
  /** Number of the desk at NSPK: 18 or 19 digits, leading zeros included. */
  readonly cashboxId: string;
  /** The platform's own by default. A proxy, a private CA, mutual TLS come through it. */
  readonly fetch?: FetchLike | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly logger?: Logger | undefined;
  /** Called after each exchange; holds no card data and no keys. */
  readonly onAttempt?: ((event: FesAttemptEvent) => void) | undefined;
  /** 10 s an attempt, 30 s in all. */
  readonly timeouts?: Partial<FesTimeouts> | undefined;
  /** 3 attempts, 300 ms to 5 s apart. */
  readonly retry?: Partial<FesRetry> | undefined;
  /** None by default: see {@link createCircuitBreaker}. */
  readonly breaker?: FesCircuitBreaker | undefined;
  /** 1 MiB by default. */
  readonly maxAnswerBytes?: number | undefined;
  /** "I know that paths, headers and MAC of this profile are invented, and send real keys there all the same." */
  readonly acknowledgeAssumedProfile?: boolean | undefined;
}

type Bound<Action> = Action extends (caller: FesCaller, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** A client of FES: one desk, one profile. Its methods are the free functions of this package, bound to it. */
export interface FesClient extends FesCaller {
  readonly echo: Bound<typeof actions.echo>;
  readonly preAuthPurchase: Bound<typeof actions.preAuthPurchase>;
  readonly preAuthReturn: Bound<typeof actions.preAuthReturn>;
  readonly fiscalReceiptData: Bound<typeof actions.fiscalReceiptData>;
  readonly purchaseBasketId: Bound<typeof actions.purchaseBasketId>;
  readonly basket: Bound<typeof actions.basket>;
  readonly certificates: Bound<typeof actions.certificates>;
  readonly purchaseBaskets: Bound<typeof actions.purchaseBaskets>;
}

function badConfig(path: string, message: string, userMessage?: string): FesError {
  return new FesError({
    code: 'FES_BAD_CONFIG',
    message: `${path}: ${message}`,
    userMessage,
    path,
    outcome: 'not-sent',
  });
}

/**
 * Checks the number of a desk.
 *
 * @throws FesError `FES_BAD_CONFIG`; digits that are too few are explained as lost leading zeros
 */
export function checkCashboxId(cashboxId: string, path = 'cashboxId'): string {
  if (typeof cashboxId === 'string' && /^\d{18,19}$/.test(cashboxId)) return cashboxId;
  const text = String(cashboxId);
  if (/^\d{1,17}$/.test(text)) {
    throw badConfig(
      path,
      `${text.length} digits instead of 18 or 19: leading zeros were lost, as a spreadsheet or a number type does`,
      `ID кассы короче 18 цифр: потеряны нули в начале. Задайте столбцу текстовый формат и скопируйте ID заново`,
    );
  }
  throw badConfig(path, 'the number of a desk is 18 or 19 digits', 'ID кассы – это 18 или 19 цифр');
}

function checkBaseUrl({ baseUrl, profile, acknowledgeAssumedProfile }: FesClientConfig): string {
  let url: URL;
  try {
    url = new URL(baseUrl);
  } catch (cause) {
    throw new FesError({
      code: 'FES_BAD_CONFIG',
      message: 'baseUrl: not an address',
      path: 'baseUrl',
      outcome: 'not-sent',
      cause,
    });
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw badConfig('baseUrl', 'not http or https');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw badConfig('baseUrl', 'only scheme, host, port and path are allowed');
  const host = url.hostname.replace(/\.+$/, '');
  if (host === 'nspk.ru' || host.endsWith('.nspk.ru')) {
    if (url.protocol !== 'https:') throw badConfig('baseUrl', 'NSPK is spoken to over https only');
    if (profile.assumed && acknowledgeAssumedProfile !== true) {
      throw new FesError({
        code: 'FES_ASSUMED_PROFILE',
        message: `${profile.name} has invented paths, headers and MAC: real keys are not sent to ${host} with it`,
        userMessage:
          'Протокол ФЭС НСПК в этой программе не подтверждён НСПК: загрузите проверенный профиль протокола',
        path: 'profile',
        outcome: 'not-sent',
      });
    }
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

function within(value: number, min: number, max: number, path: string): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw badConfig(path, `not a whole number from ${min} to ${max}`);
  return value;
}

const requestIdForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Makes a client. Settings are checked here, once; nothing is sent.
 *
 * @throws FesError `FES_BAD_CONFIG` with the path of the setting, `FES_ASSUMED_PROFILE` for NSPK's own host with a
 * profile whose envelope is invented
 * @example
 * ```ts
 * const client = createFesClient({ baseUrl: fes.url, profile: assumedV1, credentials: { apiKey, macKey }, cashboxId });
 * const basket = await client.preAuthPurchase({
 *   panHash,
 *   articles: [{ articleNumber: 1, truCode: '329921120.06001010200080001643', count: 1, price: 180_000 }],
 * });
 * ```
 */
export function createFesClient(config: FesClientConfig): FesClient {
  const profile = checkProfile(config.profile);
  const clock = config.clock ?? systemClock();
  const random = config.random ?? systemRandom();
  const cashboxId = checkCashboxId(config.cashboxId);
  const baseUrl = checkBaseUrl(config);
  const { credentials } = config;
  const timeouts: FesTimeouts = {
    attemptMs: within(config.timeouts?.attemptMs ?? 10_000, 1, 600_000, 'timeouts/attemptMs'),
    totalMs: within(config.timeouts?.totalMs ?? 30_000, 1, 3_600_000, 'timeouts/totalMs'),
  };
  const send = createTransport({
    baseUrl,
    profile,
    cashboxId,
    credentials: typeof credentials === 'function' ? credentials : () => credentials,
    fetch: config.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock,
    random,
    logger: config.logger,
    onAttempt: config.onAttempt,
    timeouts,
    retry: {
      attempts: within(config.retry?.attempts ?? 3, 1, 10, 'retry/attempts'),
      baseDelayMs: within(config.retry?.baseDelayMs ?? 300, 0, 60_000, 'retry/baseDelayMs'),
      maxDelayMs: within(config.retry?.maxDelayMs ?? 5_000, 0, 600_000, 'retry/maxDelayMs'),
    },
    maxAnswerBytes: within(config.maxAnswerBytes ?? 1 << 20, 1024, 1 << 28, 'maxAnswerBytes'),
  });

  const caller: FesCaller = {
    profile,
    cashboxId,
    clock,
    async call(operation, request, options = {}) {
      const requestId = options.requestId ?? randomUuid(random);
      if (!requestIdForm.test(requestId)) {
        throw new FesError({
          code: 'FES_BAD_REQUEST',
          message: 'requestId: not a UUID',
          path: 'requestId',
          outcome: 'not-sent',
        });
      }
      for (const name of ['attemptMs', 'totalMs'] as const) {
        const value = options.timeouts?.[name];
        if (value !== undefined) within(value, 1, 3_600_000, `timeouts/${name}`);
      }
      checkRequest(profile, operation, request);
      const members = requestToWire(profile, operation, request);
      const { signal, timeouts: callTimeouts } = options;
      const exchange = () => send({ operation, requestId, members, signal, timeouts: callTimeouts });
      const answer = await (config.breaker === undefined ? exchange() : config.breaker.run(exchange));
      return { ...answer, requestId };
    },
  };
  return {
    ...caller,
    echo: (...rest) => actions.echo(caller, ...rest),
    preAuthPurchase: (...rest) => actions.preAuthPurchase(caller, ...rest),
    preAuthReturn: (...rest) => actions.preAuthReturn(caller, ...rest),
    fiscalReceiptData: (...rest) => actions.fiscalReceiptData(caller, ...rest),
    purchaseBasketId: (...rest) => actions.purchaseBasketId(caller, ...rest),
    basket: (...rest) => actions.basket(caller, ...rest),
    certificates: (...rest) => actions.certificates(caller, ...rest),
    purchaseBaskets: (...rest) => actions.purchaseBaskets(caller, ...rest),
  };
}
