import { equalBytes } from '@elcert/core';
import { encodeInpasTlv, type InpasFields, inpasField, inpasMessage, inpasNumber } from './codec.js';
import { inpasFrame } from './framer.js';
import { inpasOperations } from './table.js';

// One request of the host over SA as a pure conversation: ask → taken (ACK) → waits, relay → answer. Frames carry no number
// that would tie an answer to its request, so a request that may move money is written again only after a NAK, which says
// that it was not taken, and nothing that comes before the ACK counts as its answer.

/** What is asked. */
export interface InpasExchange {
  readonly request: InpasFields;
  /** Asking twice does no harm: it may be written again after silence too. */
  readonly repeatable: boolean;
}

/** How an exchange ends. */
export type InpasEnd =
  | { readonly type: 'answered'; readonly fields: InpasFields; readonly aborted: boolean }
  /** The terminal said NAK to every try: it took nothing. */
  | { readonly type: 'not-taken' }
  /** The request went out; nothing, or nothing readable, came back. */
  | {
      readonly type: 'lost';
      readonly reason: 'timeout' | 'disconnected' | 'garbage' | 'ended';
      /** The terminal had confirmed the request. */
      readonly taken: boolean;
      readonly aborted: boolean;
    };

/** Where an exchange stands. */
export type InpasState =
  | {
      readonly phase: 'asking';
      readonly exchange: InpasExchange;
      readonly tries: number;
      /** A try was met by silence: the terminal may have it. */
      readonly silent: boolean;
      /** A NAK came; it counts when no ACK follows, as it may be an old one. */
      readonly refused: boolean;
      readonly aborting: boolean;
    }
  | {
      readonly phase: 'waiting';
      readonly exchange: InpasExchange;
      readonly aborting: boolean;
      /** Ours that the terminal has not confirmed yet. */
      readonly outgoing: Outgoing | undefined;
      /** The command that the relay is at, or has answered last. */
      readonly command: Uint8Array | undefined;
      readonly relaying: boolean;
    }
  | { readonly phase: 'ended'; readonly end: InpasEnd };

interface Outgoing {
  readonly frame: Uint8Array;
  readonly kind: 'relay' | 'interrupt';
  readonly tries: number;
}

/** What can happen to an exchange. */
export type InpasInput =
  | { readonly type: 'ack' }
  | { readonly type: 'nak' }
  | { readonly type: 'eot' }
  /** A whole message; `frame` are the bytes of its (last) frame. */
  | { readonly type: 'message'; readonly fields: InpasFields; readonly frame: Uint8Array }
  /** The timer of the last `wait` effect has run out. */
  | { readonly type: 'timeout' }
  | { readonly type: 'disconnected' }
  /** A message came that cannot be had: what it was is lost. */
  | { readonly type: 'garbage' }
  | { readonly type: 'abort' }
  /** The relay has done what the terminal asked of it. */
  | { readonly type: 'relayed'; readonly answer: InpasFields };

/** What the driver has to do, in this order. */
export type InpasEffect =
  | { readonly type: 'send'; readonly what: 'request' | 'relay' | 'interrupt'; readonly frame: Uint8Array }
  /** (Re)starts the one timer. */
  | { readonly type: 'wait'; readonly what: 'ack' | 'quiet' | 'silence' | 'answer' | 'abort' | 'end' }
  | { readonly type: 'progress'; readonly fields: InpasFields }
  | { readonly type: 'relay'; readonly command: InpasFields }
  /** Something that does not belong here: worth a log line. */
  | { readonly type: 'stray'; readonly why: string; readonly fields?: InpasFields };

/** The next state and what to do for it. */
export interface InpasStep {
  readonly state: InpasState;
  readonly effects: readonly InpasEffect[];
}

const maxTries = 3;
const { wait, command, interrupt } = inpasOperations;

const step = (state: InpasState, ...effects: InpasEffect[]): InpasStep => ({ state, effects });
const end = (how: InpasEnd): InpasStep => step({ phase: 'ended', end: how });
const frameOf = (fields: InpasFields): Uint8Array => inpasFrame(encodeInpasTlv(fields));

type Phase<P extends InpasState['phase']> = Extract<InpasState, { readonly phase: P }>;

/** Begins an exchange. */
export function startInpasExchange(exchange: InpasExchange): InpasStep {
  return step(
    { phase: 'asking', exchange, tries: 1, silent: false, refused: false, aborting: false },
    { type: 'send', what: 'request', frame: frameOf(exchange.request) },
    { type: 'wait', what: 'ack' },
  );
}

/** The next step of an exchange. Pure; an ended exchange stays as it ended. */
export function stepInpasExchange(state: InpasState, input: InpasInput): InpasStep {
  switch (state.phase) {
    case 'asking':
      return asking(state, input);
    case 'waiting':
      return waiting(state, input);
    case 'ended':
      return step(state);
  }
}

/** The request to stop what is running, as captured: with the sum and the currency of the operation. */
export function inpasInterrupt(request: InpasFields): InpasFields {
  return inpasMessage({
    amount: inpasField(request, 'amount'),
    currencyCode: inpasField(request, 'currencyCode'),
    operationCode: String(interrupt.code),
  });
}

/**
 * Why a message cannot be the answer to a request; `undefined` when it can. An answer to a payment names the operation, and
 * what it names else (sum, terminal) must fit.
 */
export function notTheAnswer(request: InpasFields, answer: InpasFields): string | undefined {
  const asked = inpasNumber(request, 'operationCode');
  const told = inpasNumber(answer, 'operationCode');
  if (told !== asked) return told === undefined ? 'names no operation' : 'another operation';
  const terminal = inpasField(request, 'terminalId');
  const from = inpasField(answer, 'terminalId');
  if (terminal && from && terminal !== from) return 'another terminal';
  return undefined;
}

function asking(state: Phase<'asking'>, input: InpasInput): InpasStep {
  const { exchange, tries, silent, aborting } = state;
  const again = (more: Partial<Phase<'asking'>>): InpasStep =>
    step(
      { ...state, refused: false, ...more, tries: tries + 1 },
      { type: 'send', what: 'request', frame: frameOf(exchange.request) },
      { type: 'wait', what: 'ack' },
    );
  const lost = (reason: 'timeout' | 'disconnected' | 'garbage') =>
    end({ type: 'lost', reason, taken: false, aborted: aborting });
  switch (input.type) {
    case 'ack': {
      const taken: Phase<'waiting'> = {
        phase: 'waiting',
        exchange,
        aborting: false,
        outgoing: undefined,
        command: undefined,
        relaying: false,
      };
      return aborting ? stop(taken) : step(taken, { type: 'wait', what: 'answer' });
    }
    case 'nak':
      // A NAK of what went before may still have been on its way: a second request would then follow one that was taken.
      if (silent) return step(state, { type: 'stray', why: 'a NAK after silence' });
      return step({ ...state, refused: true }, { type: 'wait', what: 'quiet' });
    case 'timeout':
      if (state.refused) return aborting || tries >= maxTries ? end({ type: 'not-taken' }) : again({});
      if (silent && !exchange.repeatable) return lost('timeout');
      if (exchange.repeatable) return tries < maxTries ? again({ silent: true }) : lost('timeout');
      // The ACK may be late or lost, so nothing is written again; a sign of life may still come.
      return step({ ...state, silent: true }, { type: 'wait', what: 'silence' });
    case 'disconnected':
    case 'garbage':
      return lost(input.type);
    case 'abort':
      return step({ ...state, aborting: true });
    case 'message':
      return step(state, { type: 'stray', why: 'before the request was taken', fields: input.fields });
    case 'eot':
      return step(state, { type: 'stray', why: 'an end before the request was taken' });
    case 'relayed':
      return step(state);
  }
}

function stop(state: Phase<'waiting'>): InpasStep {
  if (state.aborting) return step(state);
  const frame = frameOf(inpasInterrupt(state.exchange.request));
  return step(
    { ...state, aborting: true, outgoing: { frame, kind: 'interrupt', tries: 1 } },
    { type: 'send', what: 'interrupt', frame },
    { type: 'wait', what: 'abort' },
  );
}

function waiting(state: Phase<'waiting'>, input: InpasInput): InpasStep {
  const { outgoing, aborting } = state;
  // A sign of life gives the buyer more time, but an aborted operation has to come to its end.
  const goOn: InpasEffect[] = aborting ? [] : [{ type: 'wait', what: 'answer' }];
  const again = (one: Outgoing): InpasStep =>
    one.tries < maxTries
      ? step(
          { ...state, outgoing: { ...one, tries: one.tries + 1 } },
          { type: 'send', what: one.kind, frame: one.frame },
          { type: 'wait', what: aborting ? 'abort' : 'ack' },
        )
      : step({ ...state, outgoing: undefined }, ...goOn);
  switch (input.type) {
    case 'ack':
      return step({ ...state, outgoing: undefined }, ...goOn);
    case 'nak':
      if (outgoing === undefined) return step(state, { type: 'stray', why: 'a NAK to nothing' });
      return again(outgoing);
    case 'timeout':
      // Nothing of ours waits for a confirmation, or it was the end of an abort.
      if (outgoing === undefined || aborting)
        return end({ type: 'lost', reason: 'timeout', taken: true, aborted: aborting });
      return again(outgoing);
    case 'disconnected':
    case 'garbage':
      return end({ type: 'lost', reason: input.type, taken: true, aborted: aborting });
    case 'eot':
      // An answer behind it is not likely, but it costs little to listen.
      return step(state, { type: 'wait', what: 'end' });
    case 'abort':
      return stop(state);
    case 'relayed': {
      const frame = frameOf(input.answer);
      return step(
        { ...state, relaying: false, outgoing: { frame, kind: 'relay', tries: 1 } },
        { type: 'send', what: 'relay', frame },
        { type: 'wait', what: aborting ? 'abort' : 'ack' },
      );
    }
    case 'message':
      return onMessage(state, input, goOn);
  }
}

function onMessage(
  state: Phase<'waiting'>,
  { fields, frame }: Extract<InpasInput, { readonly type: 'message' }>,
  goOn: readonly InpasEffect[],
): InpasStep {
  const { exchange, outgoing, aborting } = state;
  const code = inpasNumber(fields, 'operationCode');
  if (code === wait.code) return step(state, { type: 'progress', fields }, ...goOn);
  if (code === command.code) {
    const repeated = state.command !== undefined && equalBytes(state.command, frame);
    // The same command before our answer was confirmed: its ACK was lost. Nothing goes to the bank twice.
    if (repeated && state.relaying) return step(state, ...goOn);
    if (repeated && outgoing?.kind === 'relay') {
      return step(state, { type: 'send', what: 'relay', frame: outgoing.frame }, ...goOn);
    }
    return step(
      {
        ...state,
        command: frame,
        relaying: true,
        outgoing: outgoing?.kind === 'relay' ? undefined : outgoing,
      },
      { type: 'relay', command: fields },
      ...goOn,
    );
  }
  // An interrupted operation may be answered as the interruption.
  if (aborting && code === interrupt.code && inpasNumber(fields, 'status') === interrupt.code)
    return end({ type: 'answered', fields, aborted: true });
  const why = notTheAnswer(exchange.request, fields);
  if (why !== undefined) return step(state, { type: 'stray', why, fields });
  return end({ type: 'answered', fields, aborted: aborting });
}
