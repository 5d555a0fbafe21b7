import { type Clock, type FetchLike, type Random, randomUuid, systemClock, systemRandom } from '@elcert/core';
import {
  type AtolVersion,
  decodeAtolAnswers,
  encodeAtolRequest,
  isAtolCodecError,
  isAtolObject,
  parseAtolJson,
} from './codec.js';
import { type AtolHttpOutcome, atolHttp } from './http.js';
import type { AtolObject } from './tasks.js';

/** The port that ATOL's web server listens on unless it was told otherwise. */
export const atolWebPort = 16732;

/** Who answered a probe. */
export interface AtolProbe {
  /** For {@link AtolWebOptions.baseUrl}. */
  readonly baseUrl: string;
  readonly version: AtolVersion;
  /** Absent when the server wants a sign-in, or its register does not answer. */
  readonly model?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly ffdVersion?: string | undefined;
  /** It answers nobody without a login. */
  readonly needsSignIn: boolean;
}

/** Where {@link probeAtol} looks: `url`, or `host` and a port (16732 unless told). */
export type AtolProbeOptions = (
  | { readonly url: string }
  | { readonly host: string; readonly port?: number | undefined }
) & {
  /** The platform's own unless told. */
  readonly fetch?: FetchLike | undefined;
  readonly credentials?: { readonly login: string; readonly password: string } | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** For one exchange, milliseconds; 2,000 unless told. */
  readonly timeoutMs?: number | undefined;
};

/** How often a task of the first interface is asked for. */
const turns = 20;

function words(deviceInfo: AtolObject): Pick<AtolProbe, 'model' | 'serialNumber' | 'ffdVersion'> {
  const word = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' ? String(value).trim().slice(0, 200) : undefined;
  return {
    model: word(deviceInfo.modelName ?? deviceInfo.model),
    serialNumber: word(deviceInfo.serial),
    ffdVersion: word(deviceInfo.ffdVersion),
  };
}

function json(outcome: AtolHttpOutcome): unknown {
  if (outcome.type !== 'answer' || outcome.body === undefined) return undefined;
  try {
    return parseAtolJson(outcome.body);
  } catch (error) {
    if (!isAtolCodecError(error)) throw error;
    return undefined;
  }
}

/**
 * Asks whether ATOL's web server listens somewhere, and whose register it has. Prints nothing and changes nothing: the second
 * interface is asked for its device; the first one is asked for a request that nobody made, and only a server that answers it as this
 * one does is given the task `getDeviceInfo`, which reads.
 *
 * @returns nothing when nobody answers, or somebody else
 * @example
 * ```ts
 * const found = await probeAtol({ host: '127.0.0.1' });
 * if (found !== undefined) register = await openAtolWeb({ baseUrl: found.baseUrl, version: found.version });
 * ```
 */
export async function probeAtol(options: AtolProbeOptions): Promise<AtolProbe | undefined> {
  const { clock = systemClock(), random = systemRandom(), timeoutMs = 2000 } = options;
  const host = 'host' in options && options.host.includes(':') ? `[${options.host}]` : undefined;
  const baseUrl =
    'url' in options
      ? options.url.replace(/\/+$/, '')
      : `http://${host ?? options.host}:${options.port ?? atolWebPort}`;
  const http = atolHttp({
    baseUrl,
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock,
    timeoutMs,
    credentials: options.credentials,
    trace: undefined,
  });

  const second = await http('GET', '/api/v2/deviceInfo');
  if (second.type !== 'answer') return undefined;
  if (second.httpStatus === 401 || second.httpStatus === 403)
    // A sign-in alone says little: the path is this server's own, its register stays unknown.
    return { baseUrl, version: 'v2', needsSignIn: true };
  const said = json(second);
  const told = isAtolObject(said) ? said : {};
  if (second.httpStatus === 200 && isAtolObject(told.deviceInfo))
    return { baseUrl, version: 'v2', ...words(told.deviceInfo), needsSignIn: false };
  // The server is there, its register does not answer.
  if (second.httpStatus >= 500 && isAtolObject(told.error) && typeof told.error.code === 'number')
    return { baseUrl, version: 'v2', needsSignIn: false };

  const first = await http('GET', `/requests/${randomUuid(random)}`);
  if (first.type !== 'answer') return undefined;
  const { httpStatus } = first;
  if (httpStatus === 401 || httpStatus === 403) return { baseUrl, version: 'v1', needsSignIn: true };
  const body = json(first);
  // A request that it does not know, or – some versions – its whole queue, in JSON both.
  const alike =
    httpStatus === 404 ? body !== undefined : httpStatus === 200 && typeof body === 'object' && body !== null;
  if (!alike) return undefined;

  const uuid = randomUuid(random);
  const posted = await http('POST', '/requests', encodeAtolRequest(uuid, [{ type: 'getDeviceInfo' }]));
  if (posted.type !== 'answer' || posted.httpStatus < 200 || posted.httpStatus >= 300) return undefined;
  for (let turn = 0; turn < turns; turn += 1) {
    const asked = await http('GET', `/requests/${uuid}`);
    if (asked.type !== 'answer' || asked.httpStatus !== 200 || asked.body === undefined) return undefined;
    let answer: ReturnType<typeof decodeAtolAnswers>;
    try {
      answer = decodeAtolAnswers(asked.body, uuid);
    } catch (error) {
      if (!isAtolCodecError(error)) throw error;
      return undefined;
    }
    const [one] = answer ?? [];
    if (one === undefined) return undefined;
    if (one.status === 'ready' && isAtolObject(one.result?.deviceInfo))
      return { baseUrl, version: 'v1', ...words(one.result.deviceInfo), needsSignIn: false };
    if (one.status === 'ready' || one.status === 'error' || one.status === 'interrupted') break;
    await new Promise<void>((resolve) => {
      clock.setTimer(Math.ceil(timeoutMs / turns), resolve);
    });
  }
  // The server is there; its register is off, or busy with others' tasks.
  return { baseUrl, version: 'v1', needsSignIn: false };
}
