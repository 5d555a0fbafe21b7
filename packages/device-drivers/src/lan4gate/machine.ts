import type {
  Lan4GateInterface,
  Lan4GateMessage,
  Lan4GateNotification,
  Lan4GateRequest,
  Lan4GateResponse,
} from './codec.js';
import {
  lan4GateDialogs,
  lan4GateInteractions,
  lan4GateOperationName,
  lan4GateOperations,
  lan4GateReceiptCodes,
  lan4GateSuccess,
} from './table.js';

// One request of the till as a pure conversation: register → ask → notifications, dialogue, slip → answer → confirm.
// Messages carry no number that would tie an answer to its request, so most of the care here is about answers that
// belong to another request.

/** What is to be asked, and what must not be taken for its answer. */
export interface Lan4GateExchange {
  readonly request: Lan4GateRequest;
  /** The connection has not registered this till yet. */
  readonly register: boolean;
  /** Answers taken before on this link: the same one again is a duplicate. */
  readonly taken: readonly Lan4GateResponse[];
}

/** How an exchange ends. */
export type Lan4GateEnd =
  | {
      readonly type: 'answered';
      readonly response: Lan4GateResponse;
      readonly slip: readonly string[];
      /** The abort was sent and lost the race, or the terminal obeyed: the response says which. */
      readonly aborted: boolean;
      /** The terminal had shown that it was at this request before it answered. */
      readonly lively: boolean;
    }
  /** The request never went out. */
  | {
      readonly type: 'not-sent';
      readonly reason: 'refused' | 'timeout' | 'disconnected' | 'garbage' | 'aborted';
      /** Status of a refused registration. */
      readonly status?: number;
    }
  /** The request went out; nothing, or nothing readable, came back. */
  | {
      readonly type: 'lost';
      readonly reason: 'timeout' | 'disconnected' | 'garbage';
      readonly aborted: boolean;
    }
  /** There is an answer, but the confirmation it asked for did not succeed. */
  | {
      readonly type: 'not-confirmed';
      readonly response: Lan4GateResponse;
      readonly slip: readonly string[];
      readonly reason: 'timeout' | 'disconnected' | 'garbage' | 'refused';
    };

/** Where an exchange stands. */
export type Lan4GateState =
  | { readonly phase: 'registering'; readonly exchange: Lan4GateExchange }
  | {
      readonly phase: 'waiting';
      readonly exchange: Lan4GateExchange;
      readonly slip: readonly string[];
      readonly aborting: boolean;
      /** The terminal has said something since the request went out. */
      readonly lively: boolean;
      readonly asked: Lan4GateInterface | undefined;
    }
  | {
      readonly phase: 'confirming';
      readonly exchange: Lan4GateExchange;
      readonly response: Lan4GateResponse;
      readonly slip: readonly string[];
      readonly aborted: boolean;
      readonly lively: boolean;
    }
  | { readonly phase: 'ended'; readonly end: Lan4GateEnd };

/** What can happen to an exchange. */
export type Lan4GateInput =
  | { readonly type: 'message'; readonly message: Lan4GateMessage }
  /** The timer of the last `wait` effect has run out. */
  | { readonly type: 'timeout' }
  | { readonly type: 'disconnected' }
  /** Something came that is no message: what it was is lost. */
  | { readonly type: 'garbage' }
  /** The caller wants the operation stopped. */
  | { readonly type: 'abort' }
  /** The cashier answered a question of the terminal, the very one that was asked; `undefined` cancels. */
  | {
      readonly type: 'dialog';
      readonly question: Lan4GateInterface;
      readonly result: string | undefined;
    };

/** What the driver has to do, in this order. */
export type Lan4GateEffect =
  | { readonly type: 'send'; readonly message: Lan4GateMessage }
  /** (Re)starts the one timer. */
  | { readonly type: 'wait'; readonly what: 'registration' | 'answer' | 'abort' | 'confirmation' }
  | { readonly type: 'progress'; readonly notification: Lan4GateNotification }
  | { readonly type: 'ask'; readonly question: Lan4GateInterface }
  /** A message that does not belong here: worth a log line. */
  | { readonly type: 'stray'; readonly message: Lan4GateMessage; readonly why: string };

/** The next state and what to do for it. */
export interface Lan4GateStep {
  readonly state: Lan4GateState;
  readonly effects: readonly Lan4GateEffect[];
}

const { Registration, FinalizeTransaction } = lan4GateOperations;

/** Operations whose answer tells of a card or of money, so that an older one must not stand for it. */
function matters(operationCode: number): boolean {
  const name = lan4GateOperationName(operationCode);
  return (
    name === undefined ||
    name === 'ECertGetRequisites' ||
    name === 'FastTrack' ||
    lan4GateOperations[name].effect === 'money'
  );
}

// No printer takes more; a peer that never stops must not fill the memory.
const maxSlipLines = 2000;
const addLines = (slip: readonly string[], lines: readonly string[]): readonly string[] =>
  [...slip, ...lines].slice(0, maxSlipLines);

const step = (state: Lan4GateState, ...effects: Lan4GateEffect[]): Lan4GateStep => ({ state, effects });
const end = (how: Lan4GateEnd): Lan4GateStep => step({ phase: 'ended', end: how });

/**
 * What tells one answer from all others: the numbers of the operation. `undefined` when the answer carries none (a refusal
 * before the bank, a card reading).
 */
export function lan4GateFingerprint({ fields }: Pick<Lan4GateResponse, 'fields'>): string | undefined {
  const { TransactionID, RRN, ReceiptReference } = fields;
  if (!TransactionID && !RRN && !ReceiptReference) return undefined;
  return JSON.stringify([TransactionID ?? '', RRN ?? '', ReceiptReference ?? '', fields.TransDateTime ?? '']);
}

/** Whether an answer asks for a confirmation (814). A value that cannot be read counts as yes. */
export function needsConfirmation({ fields, unknown }: Lan4GateResponse): boolean {
  const odd = unknown?.FinalizationRequired;
  return fields.FinalizationRequired ?? (odd !== undefined && odd !== null && odd !== '');
}

/** Why a response cannot be the answer to the request; `undefined` when it can. */
function notOurs(
  exchange: Lan4GateExchange,
  response: Lan4GateResponse,
  lively: boolean,
): string | undefined {
  const { request, taken } = exchange;
  if (response.operationCode !== request.operationCode) return 'another operation';
  if (response.ecrNumber !== undefined && response.ecrNumber !== request.ecrNumber) return 'another till';
  for (const name of ['EcrMerchantNumber', 'BasketID'] as const) {
    const asked = request.fields[name];
    const told = response.fields[name];
    if (asked !== undefined && told !== undefined && asked !== told) return `another ${name}`;
  }
  const fingerprint = lan4GateFingerprint(response);
  // Service answers (804, 818 …) rightly repeat the numbers of an older operation.
  const repeatsOlder = response.fields.OriginalOperationCode !== undefined;
  if (fingerprint !== undefined && !repeatsOlder)
    return taken.some((one) => lan4GateFingerprint(one) === fingerprint) ? 'a duplicate' : undefined;
  // Without numbers an equal answer may be honest (two refusals in a row): a duplicate comes before the terminal has
  // shown any sign of the new operation.
  if (lively || repeatsOlder || !matters(request.operationCode)) return undefined;
  const text = JSON.stringify(response);
  return taken.some((one) => JSON.stringify(one) === text) ? 'a duplicate' : undefined;
}

const ask = (exchange: Lan4GateExchange): Lan4GateStep =>
  step(
    { phase: 'waiting', exchange, slip: [], aborting: false, lively: false, asked: undefined },
    { type: 'send', message: exchange.request },
    { type: 'wait', what: 'answer' },
  );

/** Begins an exchange. */
export function startLan4GateExchange(exchange: Lan4GateExchange): Lan4GateStep {
  if (!exchange.register) return ask(exchange);
  return step(
    { phase: 'registering', exchange },
    {
      type: 'send',
      message: {
        type: 'request',
        ecrNumber: exchange.request.ecrNumber,
        operationCode: Registration.code,
        fields: {},
      },
    },
    { type: 'wait', what: 'registration' },
  );
}

/**
 * The next step of an exchange. Pure: the same state and input give the same step; an ended exchange stays as it ended.
 */
export function stepLan4GateExchange(state: Lan4GateState, input: Lan4GateInput): Lan4GateStep {
  switch (state.phase) {
    case 'registering':
      return registering(state, input);
    case 'waiting':
      return waiting(state, input);
    case 'confirming':
      return confirming(state, input);
    case 'ended':
      return step(state);
  }
}

type Phase<P extends Lan4GateState['phase']> = Extract<Lan4GateState, { readonly phase: P }>;

function registering(state: Phase<'registering'>, input: Lan4GateInput): Lan4GateStep {
  switch (input.type) {
    case 'timeout':
    case 'disconnected':
    case 'garbage':
      return end({ type: 'not-sent', reason: input.type });
    case 'abort':
      return end({ type: 'not-sent', reason: 'aborted' });
    case 'dialog':
      return step(state);
    case 'message': {
      const { message } = input;
      if (message.type !== 'response' || message.operationCode !== Registration.code)
        return step(state, { type: 'stray', message, why: 'before the registration was answered' });
      // 6: the terminal knows this till already, e.g. from the connection before.
      if (message.status === lan4GateSuccess || message.status === 6) return ask(state.exchange);
      return end({ type: 'not-sent', reason: 'refused', status: message.status });
    }
  }
}

function waiting(state: Phase<'waiting'>, input: Lan4GateInput): Lan4GateStep {
  const { exchange, slip, aborting } = state;
  const stop = (): Lan4GateStep =>
    aborting
      ? step(state)
      : step(
          { ...state, aborting: true, asked: undefined },
          { type: 'send', message: { type: 'interaction', code: lan4GateInteractions.abort } },
          { type: 'wait', what: 'abort' },
        );
  switch (input.type) {
    case 'timeout':
    case 'disconnected':
    case 'garbage':
      return end({ type: 'lost', reason: input.type, aborted: aborting });
    case 'abort':
      return stop();
    case 'dialog':
      // The terminal may have gone on to another question meanwhile: an answer belongs to its own.
      if (state.asked !== input.question) return step(state);
      if (input.result === undefined) return stop();
      return step(
        { ...state, asked: undefined },
        {
          type: 'send',
          message: { type: 'interface', dialog: state.asked.dialog, result: input.result },
        },
        { type: 'wait', what: 'answer' },
      );
    case 'message':
      break;
  }
  const { message } = input;
  const alive = { ...state, lively: true };
  // A sign of life gives the buyer more time, but an aborted operation has to come to its end.
  const goOn: Lan4GateEffect[] = aborting ? [] : [{ type: 'wait', what: 'answer' }];
  switch (message.type) {
    case 'notification':
      return step(alive, { type: 'progress', notification: message }, ...goOn);
    case 'receipt':
      return step(
        {
          ...alive,
          slip:
            message.code === lan4GateReceiptCodes.begin
              ? addLines([], message.lines)
              : addLines(slip, message.lines),
        },
        ...goOn,
      );
    case 'interface':
      if (!(message.dialog in lan4GateDialogs) || aborting)
        return step(alive, { type: 'stray', message, why: 'nobody can answer it' }, ...goOn);
      return step({ ...alive, asked: message }, { type: 'ask', question: message }, ...goOn);
    case 'response': {
      const why = notOurs(exchange, message, state.lively);
      if (why !== undefined) return step(state, { type: 'stray', message, why });
      if (!needsConfirmation(message))
        return end({ type: 'answered', response: message, slip, aborted: aborting, lively: state.lively });
      return step(
        { phase: 'confirming', exchange, response: message, slip, aborted: aborting, lively: state.lively },
        {
          type: 'send',
          message: {
            type: 'request',
            ecrNumber: exchange.request.ecrNumber,
            operationCode: FinalizeTransaction.code,
            fields: {},
          },
        },
        { type: 'wait', what: 'confirmation' },
      );
    }
    default:
      return step(state, { type: 'stray', message, why: 'not expected from a terminal' });
  }
}

function confirming(state: Phase<'confirming'>, input: Lan4GateInput): Lan4GateStep {
  const { response, slip, aborted, lively } = state;
  switch (input.type) {
    case 'timeout':
    case 'disconnected':
    case 'garbage':
      return end({ type: 'not-confirmed', response, slip, reason: input.type });
    case 'abort':
    case 'dialog':
      // Too late: the operation has its verdict.
      return step(state);
    case 'message': {
      const { message } = input;
      if (message.type === 'receipt') return step({ ...state, slip: addLines(slip, message.lines) });
      if (message.type === 'notification') return step(state, { type: 'progress', notification: message });
      if (message.type !== 'response' || message.operationCode !== FinalizeTransaction.code)
        return step(state, { type: 'stray', message, why: 'while a confirmation is awaited' });
      return message.status === lan4GateSuccess
        ? end({ type: 'answered', response, slip, aborted, lively })
        : end({ type: 'not-confirmed', response, slip, reason: 'refused' });
    }
  }
}
