import { createHash } from 'node:crypto';
import {
  assumedV1,
  assumedV2,
  type FesOperation,
  type FesWireProfile,
  fesOperations,
  verifyMac,
} from '@elcert/fes-client';
import type { FaultPlan, FaultRule, Recorder } from '../kernel/index.js';
import { codeOf, Refusal } from './refusals.js';
import type { EmulatedBasket, FesReply, FesState } from './state.js';
import { readRequest } from './wire.js';

/** An HTTP request, whatever brought it. */
export interface FesHttpRequest {
  readonly verb: string;
  /** Without the query. */
  readonly path: string;
  /** With the question mark, or empty. */
  readonly query: string;
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** An HTTP answer before it is spoiled by a fault. */
export interface FesHttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly operation: FesOperation | undefined;
  /** What the deliverer has to do to the answer: `drop`, `cut`, `delay` … */
  readonly fault: FaultRule | undefined;
}

/** What {@link createFesResponder} needs. */
export interface FesResponderOptions {
  readonly state: FesState;
  readonly faults: FaultPlan;
  readonly records: Recorder;
  /** Profiles that are answered at once, told apart by their paths; both assumed ones by default. */
  readonly profiles?: readonly FesWireProfile[];
}

/** Most remembered answers; the oldest go. */
const rememberedAnswers = 100_000;

/** Faults that keep the request from being carried out. */
const withoutEffect = new Set(['drop', 'refuse', 'wrong-mac']);

const encoder = new TextEncoder();

type Members = Readonly<Record<string, unknown>>;

function jsonObject(bytes: Uint8Array): Members | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Members)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Members that stand; JSON has no `undefined`. */
function basketToWire(profile: FesWireProfile, basket: EmulatedBasket): Members {
  const { names } = profile;
  return {
    [basket.kind === 'purchase' ? names.purchaseBasketId : 'returnBasketId']: basket.basketId,
    totalCertAmount: basket.certificateAmount,
    [names.article]: basket.articles.map(({ shares, originalArticleNumber: _, ...article }) => ({
      ...article,
      certificate: shares,
    })),
  };
}

function replyToWire(profile: FesWireProfile, reply: FesReply): Members {
  const { names } = profile;
  const success = (description: string) => ({
    [names.result]: { code: profile.resultCodes.success, description },
  });
  switch (reply.kind) {
    case 'done':
      return success(reply.description);
    case 'basket':
      return { ...success('ok'), [names.basket]: basketToWire(profile, reply.basket) };
    case 'basket-id':
      return { ...success('ok'), [names.purchaseBasketId]: reply.purchaseBasketId };
    case 'certificates':
      return { ...success('ok'), [names.certificates]: reply.certificates };
    case 'baskets':
      return { ...success('ok'), [names.baskets]: reply.baskets };
  }
}

/**
 * The HTTP side of FES without a socket: checks the API key, the JSON and the MAC in that order, carries the operation
 * out, remembers the answer by the request's id.
 */
export function createFesResponder({
  state,
  faults,
  records,
  profiles = [assumedV1, assumedV2],
}: FesResponderOptions): (request: FesHttpRequest) => FesHttpAnswer {
  const remembered = new Map<string, { readonly digest: string; readonly answer: FesHttpAnswer }>();

  const route = (verb: string, path: string) => {
    for (const profile of profiles) {
      for (const operation of fesOperations) {
        const one = profile.operations[operation];
        if (one.path === path && one.verb === verb) return { profile, operation };
      }
    }
    return undefined;
  };

  return (request) => {
    const found = route(request.verb, request.path);
    const profile = found?.profile ?? profiles[0] ?? assumedV1;
    const operation = found?.operation;
    const { names, headers } = profile;

    const answer = (
      status: number,
      members: Members,
      extra: Partial<Pick<FesHttpAnswer, 'fault' | 'headers'>> = {},
    ): FesHttpAnswer => {
      const result = members[names.result] as { code?: unknown } | undefined;
      records.add({
        at: state.clock.now(),
        direction: 'out',
        operation: operation ?? request.path,
        facts: { status, resultCode: result?.code, answer: members, fault: extra.fault?.do },
      });
      return {
        status,
        contentType: 'application/json; charset=utf-8',
        body: encoder.encode(JSON.stringify(members)),
        headers: {},
        operation,
        fault: undefined,
        ...extra,
      };
    };
    const refused = (status: number, refusal: Refusal): FesHttpAnswer =>
      answer(status, {
        [names.result]: { code: codeOf(profile, refusal.reason), description: refusal.message },
      });

    if (found === undefined || operation === undefined)
      return refused(404, new Refusal('malformed', 'no such operation'));

    const merchant = state.merchantOfApiKey(request.header(headers.apiKey));
    if (merchant instanceof Refusal) return refused(401, merchant);

    const verb = request.verb;
    const members =
      verb === 'GET' ? Object.fromEntries(new URLSearchParams(request.query)) : jsonObject(request.body);
    if (members === undefined) return refused(400, new Refusal('malformed', 'the body is not a JSON object'));

    const cashboxId =
      headers.cashboxId === null ? members[names.cashboxId] : request.header(headers.cashboxId);
    const requestId =
      headers.requestId === null ? members[names.requestId] : request.header(headers.requestId);
    const desk = typeof cashboxId === 'string' ? state.macKeyOf(cashboxId) : undefined;
    if (typeof cashboxId !== 'string' || desk === undefined || desk.merchantId !== merchant.merchantId)
      return refused(403, new Refusal('desk-unknown', 'no such desk at this merchant'));
    const input = { verb, path: request.path + request.query, body: request.body };
    if (!verifyMac(profile.mac, desk.macKey, input, request.header(headers.mac)))
      return refused(403, new Refusal('mac-wrong', 'the MAC is absent or wrong'));

    records.add({
      at: state.clock.now(),
      direction: 'in',
      operation,
      facts: { requestId, cashboxId, body: members },
    });
    if (typeof requestId !== 'string' || requestId.length < 36 || requestId.length > 64)
      return refused(200, new Refusal('malformed', `${names.requestId}: not a text of 36 characters`));

    const fault = faults.strike(operation, { operation, cashboxId, requestId });
    const spoiled = fault === undefined ? undefined : withoutDoing(fault);
    if (spoiled !== undefined) return spoiled;

    const key = `${cashboxId} ${requestId}`;
    const digest = createHash('sha256')
      .update(`${verb} ${request.path}${request.query}\n`)
      .update(request.body)
      .digest('hex');
    const before = remembered.get(key);
    if (before !== undefined) {
      if (before.digest !== digest)
        return refused(200, new Refusal('request-id-reused', 'this request id was used with another body'));
      return withFault(before.answer);
    }
    const fresh = perform();
    remembered.set(key, { digest, answer: fresh });
    if (remembered.size > rememberedAnswers) {
      const [oldest] = remembered.keys();
      if (oldest !== undefined) remembered.delete(oldest);
    }
    return withFault(fresh);

    function perform(): FesHttpAnswer {
      try {
        return answer(200, replyToWire(profile, state.perform(cashboxId as string, parse())));
      } catch (error) {
        if (error instanceof Refusal) return refused(200, error);
        throw error;
      }
    }

    function parse() {
      return readRequest(profile, operation as FesOperation, members as Members);
    }

    function withFault(one: FesHttpAnswer): FesHttpAnswer {
      if (fault?.do !== 'corrupt' || typeof fault.code !== 'string') return { ...one, fault };
      return pretend(fault.code, one) ?? { ...one, fault };
    }

    /** The answers that are no answers: `html`, `empty`, `http-503` … */
    function pretend(code: string, one: FesHttpAnswer): FesHttpAnswer | undefined {
      if (code === 'empty') return { ...one, body: new Uint8Array(0) };
      if (code === 'html') {
        const page = '<!DOCTYPE html>\n<html><body><h1>Service unavailable</h1></body></html>\n';
        return { ...one, contentType: 'text/html; charset=utf-8', body: encoder.encode(page) };
      }
      const status = /^http-([45]\d\d)$/.exec(code)?.[1];
      if (status === undefined) return undefined;
      const wait = fault?.delayMs;
      return {
        ...one,
        status: Number(status),
        body: new Uint8Array(0),
        headers: wait === undefined ? {} : { 'retry-after': String(Math.ceil(wait / 1000)) },
      };
    }

    function withoutDoing(rule: FaultRule): FesHttpAnswer | undefined {
      if (!withoutEffect.has(rule.do)) return undefined;
      if (rule.do === 'wrong-mac')
        return refused(403, new Refusal('mac-wrong', 'the MAC is absent or wrong'));
      const blank: FesHttpAnswer = {
        status: 200,
        contentType: 'application/json; charset=utf-8',
        body: new Uint8Array(0),
        headers: {},
        operation,
        fault: rule,
      };
      if (rule.do === 'drop') {
        records.add({
          at: state.clock.now(),
          direction: 'note',
          operation: operation as FesOperation,
          facts: { fault: 'drop', requestId },
        });
        return blank;
      }
      const code = rule.code ?? codeOf(profile, 'desk-not-active');
      const pretended = typeof code === 'string' ? pretend(code, { ...blank, fault: undefined }) : undefined;
      if (pretended !== undefined) return pretended;
      return answer(200, { [names.result]: { code: Number(code), description: 'refused by a fault rule' } });
    }
  };
}
