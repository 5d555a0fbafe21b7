import { equalBytes } from '@elcert/core';
import { commandCodeOf } from './codec.js';
import {
  ACK,
  ENQ,
  NAK,
  numberedPacket,
  type PacketEvent,
  type StandardEvent,
  standardFrame,
  syncPacket,
} from './framer.js';

/** Why a conversation ended without an answer. */
export type LinkFailure =
  /** Nobody answers: the command was never sent. */
  | 'no-link'
  /** The register did not take the command (NAK every time): nothing was done. */
  | 'not-taken'
  /** The command was sent, and what became of it is not known. */
  | 'answer-lost'
  /** The connection ended before the command was sent. */
  | 'closed-before'
  /** The connection ended after the command was sent. */
  | 'closed-after';

/** What the driver has to do next. After `done` or `failed` nothing more comes. */
export type LinkAction =
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  /** Read the line; after so many milliseconds without a whole event give `{ type: 'timeout' }`. */
  | { readonly type: 'wait'; readonly timeoutMs: number }
  | { readonly type: 'done'; readonly body: Uint8Array }
  | { readonly type: 'failed'; readonly reason: LinkFailure };

/** What a machine is fed with. */
export type LinkInput<Event> =
  | { readonly type: 'event'; readonly event: Event }
  | { readonly type: 'timeout' }
  | { readonly type: 'closed' };

/** A state and what follows from it. */
export interface LinkStep<State> {
  readonly state: State;
  readonly actions: readonly LinkAction[];
}

/** One command on its way. */
export interface LinkRequest {
  readonly body: Uint8Array;
  /** How long the answer may take, milliseconds. */
  readonly answerTimeoutMs: number;
  /** Whether it may be sent again although the register perhaps did it. */
  readonly repeatable: boolean;
}

/** Limits of a link. */
export interface LinkTimings {
  /** Wait for a control byte, milliseconds. */
  readonly controlTimeoutMs: number;
  /** Most tries of each kind. */
  readonly retries: number;
}

/** Ten tries, as the protocol says; half a second for a control byte covers TCP and slow adapters. */
export const defaultLinkTimings: LinkTimings = { controlTimeoutMs: 500, retries: 10 };

// ---------------------------------------------------------------------------------------------------------------------
// Standard layer

/** How long an ACK is waited for after a NAK to a frame, milliseconds; twice the register's own pause before it answers. */
const afterNakMs = 100;

/** State of a conversation on the standard layer. */
export interface StandardState {
  readonly at:
    | 'polling' // ENQ sent, nothing else yet
    | 'draining' // the register still holds the answer of a former command
    | 'sending' // the frame is out, its ACK is not in
    | 'answering' // the frame was taken
    | 'asking' // ENQ sent after the frame: is there an answer?
    | 'over';
  readonly request: LinkRequest;
  readonly timings: LinkTimings;
  readonly tries: number;
  /** The register has confirmed the frame, or begun to answer it. */
  readonly taken: boolean;
  readonly resent: number;
  /** NAKs since the frame was sent: to it, or to noise on the line. */
  readonly naks: number;
  /**
   * ENQs that a NAK may still be the reply to. Such a NAK must not pass for one to the frame, or the frame would go out – and
   * be executed – twice. Counted too high rather than too low: an ACK never lowers it, as it may belong to a frame. Carried
   * from one conversation to the next.
   */
  readonly enqs: number;
}

const write = (...bytes: number[]): LinkAction => ({ type: 'write', bytes: Uint8Array.from(bytes) });

/**
 * Begins a conversation: ENQ first, as the register may hold an answer that nobody fetched.
 *
 * @param enqs - {@link StandardState.enqs} at the end of the last conversation on this connection
 */
export function standardStart(
  request: LinkRequest,
  timings: LinkTimings = defaultLinkTimings,
  enqs = 0,
): LinkStep<StandardState> {
  return {
    state: {
      at: 'polling',
      request,
      timings,
      tries: 1,
      taken: false,
      resent: 0,
      naks: 0,
      enqs: Math.min(enqs, timings.retries) + 1,
    },
    actions: [write(ENQ), { type: 'wait', timeoutMs: timings.controlTimeoutMs }],
  };
}

/**
 * One transition of the standard layer (§ "exchange" of the protocol: ENQ–NAK/ACK, frame–ACK/NAK, answer–ACK).
 *
 * An answer of another command is confirmed and thrown away. A NAK to our ENQ after the frame was sent means that the
 * register waits for a command: if it never confirmed the frame, a repeatable command is sent again, and any other when a NAK
 * came before; otherwise the doubt goes up as `answer-lost`.
 */
export function standardNext(state: StandardState, input: LinkInput<StandardEvent>): LinkStep<StandardState> {
  const { request, timings } = state;
  const stop = (action: LinkAction, before: readonly LinkAction[] = []): LinkStep<StandardState> => ({
    state: { ...state, at: 'over' },
    actions: [...before, action],
  });
  const go = (change: Partial<StandardState>, ...actions: readonly LinkAction[]): LinkStep<StandardState> => {
    const next = { ...state, ...change };
    const timeoutMs =
      next.at === 'answering' || next.at === 'draining'
        ? request.answerTimeoutMs
        : next.at === 'sending' && next.naks > 0
          ? Math.min(timings.controlTimeoutMs, afterNakMs)
          : timings.controlTimeoutMs;
    return { state: next, actions: [...actions, { type: 'wait', timeoutMs }] };
  };
  const answered = input.type === 'event' && input.event.type === 'nak' && state.enqs > 0;
  const enqs = state.enqs - (answered ? 1 : 0);
  const sent = state.at === 'sending' || state.at === 'answering' || state.at === 'asking';
  const sendFrame = (resent: number) =>
    go(
      { at: 'sending', tries: 1, taken: false, resent, naks: 0, enqs },
      { type: 'write', bytes: standardFrame(request.body) },
    );
  const poll = (before: readonly LinkAction[] = []) =>
    state.tries >= timings.retries
      ? stop({ type: 'failed', reason: 'no-link' }, before)
      : go({ at: 'polling', tries: state.tries + 1, enqs: enqs + 1 }, ...before, write(ENQ));
  const ask = (before: readonly LinkAction[] = [], taken = state.taken) =>
    state.tries >= timings.retries
      ? stop({ type: 'failed', reason: 'answer-lost' }, before)
      : go({ at: 'asking', tries: state.tries + 1, taken, enqs: enqs + 1 }, ...before, write(ENQ));

  if (state.at === 'over') return { state, actions: [] };
  if (input.type === 'closed') {
    return stop({ type: 'failed', reason: sent ? 'closed-after' : 'closed-before' });
  }
  if (input.type === 'timeout') return sent ? ask() : poll();

  const { event } = input;
  if (event.type === 'junk' || event.type === 'enq') return go({});
  if (event.type === 'frame') {
    const ours = commandCodeOf(event.body) === commandCodeOf(request.body);
    if (sent && ours) return stop({ type: 'done', body: event.body }, [write(ACK)]);
    if (sent) return go({}, write(ACK));
    // Told to be fetched (draining): ask anew. Came by itself: the reply to our ENQ is still on its way.
    return state.at === 'draining'
      ? go({ at: 'polling', enqs: enqs + 1 }, write(ACK), write(ENQ))
      : go({}, write(ACK));
  }
  if (event.type === 'bad-frame') {
    const no = [write(NAK)];
    return sent ? ask(no, true) : poll(no);
  }
  switch (state.at) {
    case 'polling':
      return event.type === 'nak' ? sendFrame(0) : go({ at: 'draining', enqs });
    case 'draining':
      return event.type === 'nak' ? sendFrame(0) : go({ enqs });
    case 'sending':
      if (event.type === 'ack') return go({ at: 'answering', taken: true, tries: 1, enqs });
      if (answered) return go({ enqs });
      if (!request.repeatable) {
        // It may be the reply to noise, and the frame was taken all the same: first an ACK is waited for, then ENQ tells.
        return state.naks + 1 > timings.retries
          ? stop({ type: 'failed', reason: 'answer-lost' })
          : go({ naks: state.naks + 1 });
      }
      return state.resent + 1 >= timings.retries
        ? stop({ type: 'failed', reason: 'not-taken' })
        : sendFrame(state.resent + 1);
    case 'answering':
      // A second ACK is an echo of a repeated ENQ; a NAK here would be "idle" to such an ENQ.
      return go({ enqs });
    case 'asking':
      if (event.type === 'ack') return go({ at: 'answering', taken: true, enqs });
      // It may be the late reply to an ENQ from before the frame; the third one is believed.
      if (enqs > 0 && state.tries < 4) return go({ enqs });
      // A register that refused the frame, never confirmed it and waits for a command has not done it.
      if (state.naks > 0 && !state.taken && state.resent + 1 >= timings.retries)
        return stop({ type: 'failed', reason: 'not-taken' });
      if ((request.repeatable || (state.naks > 0 && !state.taken)) && state.resent + 1 < timings.retries)
        return sendFrame(state.resent + 1);
      return stop({ type: 'failed', reason: 'answer-lost' });
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Protocol 2

/** Where the numbering stands on one connection; `undefined` before the register told it. */
export interface PacketSession {
  /** Number of the last command that the register executed for us. */
  readonly last: number | undefined;
  /** A command that was sent with the number after `last` and never answered. */
  readonly pending: Uint8Array | undefined;
}

/** Before the first exchange. */
export const newPacketSession: PacketSession = { last: undefined, pending: undefined };

/** State of a conversation on protocol 2. */
export interface PacketState {
  readonly at:
    | 'syncing' // asked for the number before the first command
    | 'sending' // the command is out
    | 'probing' // no answer came in time: asked whether anybody is there, and where the numbering stands
    | 'over';
  readonly request: LinkRequest;
  readonly timings: LinkTimings;
  /** Copies of the command, or sync packets before the first. */
  readonly tries: number;
  /** Sync packets since the last sign of life. */
  readonly probes: number;
  readonly session: PacketSession;
  /** The command was written at least once. */
  readonly sent: boolean;
  /** It was written more than once, or before on a connection that broke: the register may have done it. */
  readonly doubt: boolean;
}

const following = (number: number) => (number + 1) & 0xffff;

/**
 * Begins a conversation. With a number known the command goes out at once; without, the register is asked (type I).
 *
 * @param session - carried on from the last conversation. After a reconnect pass `last` and `pending` of the broken one: the
 * register is asked where it stands, then the same command goes out under the same number, and a register that has done it
 * only repeats its answer.
 */
export function packetStart(
  request: LinkRequest,
  session: PacketSession = newPacketSession,
  timings: LinkTimings = defaultLinkTimings,
): LinkStep<PacketState> {
  const { last, pending } = session;
  const doubt = pending !== undefined && equalBytes(pending, request.body);
  const base = { request, timings, tries: 1, probes: 0, session, sent: false, doubt };
  if (last === undefined) {
    return {
      state: { ...base, at: 'syncing' },
      actions: [
        { type: 'write', bytes: syncPacket() },
        { type: 'wait', timeoutMs: timings.controlTimeoutMs },
      ],
    };
  }
  if (doubt) {
    return {
      state: { ...base, at: 'probing', probes: 1, sent: true },
      actions: [
        { type: 'write', bytes: syncPacket() },
        { type: 'wait', timeoutMs: timings.controlTimeoutMs },
      ],
    };
  }
  return {
    state: { ...base, at: 'sending', sent: true, session: { last, pending: request.body } },
    actions: [
      { type: 'write', bytes: numberedPacket(following(last), request.body) },
      { type: 'wait', timeoutMs: request.answerTimeoutMs },
    ],
  };
}

/**
 * One transition of protocol 2: the register executes only the next number, any other gets the last answer again.
 *
 * A command may take a minute, a silent line must not take ten of them: after one answer's time a sync packet asks whether
 * anybody is there. Its answer tells the number that was executed last; the command goes out again under its own number, which
 * a register that has done it only answers.
 */
export function packetNext(state: PacketState, input: LinkInput<PacketEvent>): LinkStep<PacketState> {
  const { request, timings, session } = state;
  const stop = (action: LinkAction, change: Partial<PacketState> = {}): LinkStep<PacketState> => ({
    state: { ...state, ...change, at: 'over' },
    actions: [action],
  });
  const wait = (at: PacketState['at']): LinkAction => ({
    type: 'wait',
    timeoutMs: at === 'sending' ? request.answerTimeoutMs : timings.controlTimeoutMs,
  });
  const stay = (): LinkStep<PacketState> => ({ state, actions: [wait(state.at)] });
  const lost = () => stop({ type: 'failed', reason: state.sent ? 'answer-lost' : 'no-link' });
  /** The command under a number; again under the same one is no second command. */
  const send = (last: number, change: Partial<PacketState>): LinkStep<PacketState> => ({
    state: {
      ...state,
      at: 'sending',
      probes: 0,
      sent: true,
      session: { last, pending: request.body },
      ...change,
    },
    actions: [{ type: 'write', bytes: numberedPacket(following(last), request.body) }, wait('sending')],
  });
  const again = (): LinkStep<PacketState> =>
    state.tries >= timings.retries
      ? lost()
      : send(session.last ?? 0, { tries: state.tries + 1, doubt: true });
  const ask = (): LinkStep<PacketState> => {
    const asked = state.at === 'syncing' ? state.tries : state.probes;
    if (asked >= timings.retries) return lost();
    return {
      state:
        state.at === 'syncing'
          ? { ...state, tries: asked + 1 }
          : { ...state, at: 'probing', probes: asked + 1 },
      actions: [{ type: 'write', bytes: syncPacket() }, wait('probing')],
    };
  };

  if (state.at === 'over') return { state, actions: [] };
  if (input.type === 'closed') {
    return stop({ type: 'failed', reason: state.sent ? 'closed-after' : 'closed-before' });
  }
  if (input.type === 'timeout') return ask();
  const { event } = input;
  if (event.type === 'bad-packet') return state.at === 'sending' ? again() : ask();
  if (event.type !== 'packet') return stay();
  if (state.at === 'syncing') return send(event.number, { tries: 1 });
  const expected = following(session.last ?? 0);
  const ours = event.number === expected && commandCodeOf(event.body) === commandCodeOf(request.body);
  if (ours) {
    return stop({ type: 'done', body: event.body }, { session: { last: expected, pending: undefined } });
  }
  // Executed, and the answer is fetched by the same number; or not executed yet. Either way the same copy is right. Number 1
  // proves nothing: it is where a register begins that was switched off after all.
  const known = event.number === session.last || (event.number === expected && event.body.length === 0);
  const proven = request.repeatable || event.number >= 2;
  if (state.at === 'probing' && known && proven) return again();
  // A second copy of an answer that was taken already, or the late answer to a sync packet.
  if (state.at === 'sending' && known) return stay();
  // The register's numbering stands elsewhere (it restarted, or somebody else used it), so it has not executed this packet.
  const moved = { last: event.number, pending: undefined };
  const doubt = state.doubt || state.at === 'probing';
  if (state.tries >= timings.retries || (doubt && !request.repeatable)) {
    return stop({ type: 'failed', reason: doubt ? 'answer-lost' : 'not-taken' }, { session: moved });
  }
  return send(event.number, { tries: state.tries + 1 });
}
