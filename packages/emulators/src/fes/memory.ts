import { type FetchLike, type Random, seededRandom, sleep } from '@elcert/core';
import {
  createRecorder,
  type EmulatorContext,
  type FaultPlan,
  faultPlan,
  type Recorder,
} from '../kernel/index.js';
import { createFesResponder, type FesHttpAnswer, type FesResponderOptions } from './responder.js';
import type { FesState } from './state.js';

/** FES behind a `fetch` instead of a socket. */
export interface FesInMemory {
  /** For `createFesClient`: any host will do, the path decides. */
  readonly fetch: FetchLike;
  readonly records: Recorder;
  readonly faults: FaultPlan;
}

function broken(code: string): TypeError {
  const cause = Object.assign(new Error(`emulated ${code}`), { code });
  return Object.assign(new TypeError('fetch failed'), { cause });
}

function never(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal?.reason);
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}

async function deliver(
  answer: FesHttpAnswer,
  state: FesState,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const { fault, status, body } = answer;
  const headers = { 'content-type': answer.contentType, ...answer.headers };
  const whole = (bytes: Uint8Array) => new Response(bytes.slice(), { status, headers });
  switch (fault?.do) {
    case 'drop':
    case 'silent-after-effect':
      return never(signal);
    case 'disconnect':
    case 'cut':
      throw broken('ECONNRESET');
    case 'delay':
      await sleep(state.clock, fault.delayMs ?? 1000, signal);
      return whole(body);
    case 'corrupt': {
      const spoiled = body.slice();
      const at = random.uint32() % Math.max(1, spoiled.length);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x55;
      return whole(spoiled);
    }
    default:
      return whole(body);
  }
}

/**
 * The same FES without a socket, for unit tests and browsers: keys, MAC, books and faults are checked all the same.
 *
 * @example
 * ```ts
 * const state = createFesState(context);
 * const { fetch } = createFesInMemory({ ...context, state });
 * const client = createFesClient({ baseUrl: 'http://fes.test', fetch, … });
 * ```
 */
export function createFesInMemory(
  options: Pick<EmulatorContext, 'seed' | 'faults'> & {
    readonly state: FesState;
    readonly profiles?: FesResponderOptions['profiles'];
  },
): FesInMemory {
  const { state, seed } = options;
  const records = createRecorder('fes');
  const faults = faultPlan('fes', options.faults ?? [], seededRandom(`fes faults ${seed}`));
  const random = seededRandom(`fes corruption ${seed}`);
  const respond = createFesResponder({
    state,
    faults,
    records,
    ...(options.profiles === undefined ? {} : { profiles: options.profiles }),
  });
  return {
    records,
    faults,
    async fetch(address, { method, headers, body = new Uint8Array(0), signal }) {
      const url = new URL(address);
      const byName = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const answer = respond({
        verb: method,
        path: url.pathname,
        query: url.search,
        header: (name) => byName.get(name.toLowerCase()),
        body,
      });
      return deliver(answer, state, random, signal);
    },
  };
}
