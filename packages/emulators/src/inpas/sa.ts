import { type ByteChannel, concatBytes, seededRandom, sleep } from '@elcert/core';
import {
  encodeInpasTlv,
  type InpasFields,
  type InpasRelayRequest,
  inpasBytes,
  inpasControl,
  inpasField,
  inpasFramer,
  inpasFrames,
  inpasMessage,
  inpasNumber,
  inpasOperations,
  inpasRelayRequest,
  nothingReceived,
  receiveInpas,
  redactInpas,
  safeDecodeInpasTlv,
} from '@elcert/device-drivers/inpas';
import type { AuthorizationAnswer, AuthorizationRequest } from '../acquirer/index.js';
import {
  admitting,
  type BuyerBehaviour,
  createRecorder,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
} from '../kernel/index.js';
import { type LineOptions, openLines } from '../kernel/lines.js';
import { bankMessage, readBankMessage } from './bank-host.js';
import type { PadOperation } from './operation.js';
import { createInpasPad, type InpasPadOptions, type PadWire } from './pad.js';

/** How the emulated SA terminal is made. */
export interface InpasEmulatorOptions extends InpasPadOptions, Pick<LineOptions, 'pty' | 'serialPath'> {
  /**
   * The terminal has no network: it asks the till for a connection to this address, where `startBankHost` listens. Without it
   * the bank is at hand.
   */
  readonly bank?: { readonly host: string; readonly port: number };
  /** How long a confirmation is waited for before a frame is sent again; 1 s of the clock unless told. */
  readonly ackMs?: number;
}

/** What can be done to an emulated INPAS terminal, whatever its wire. */
export interface InpasTerminalControls {
  readonly terminalId: string;
  /** Changes what is tapped from now on; a terminal that waits for a card takes it at once. `undefined`: nobody. */
  presentCard(which: string | undefined): void;
  behave(buyer: Partial<BuyerBehaviour>): void;
  /** Ends `pin: 'wait'`. */
  enterPin(): void;
  /** The money operations in its journal, oldest first. */
  operations(): readonly PadOperation[];
}

/** A running SA terminal. */
export interface InpasEmulator extends EmulatorHandle, InpasTerminalControls {
  readonly host: string;
  readonly port: number;
  /** Serves a connection of the caller's own: in memory, or over a wire that this emulator does not know. */
  attach(channel: ByteChannel): void;
}

interface Session {
  readonly channel: ByteChannel;
  /** Takes what a frame of ours is answered with. */
  confirm: ((confirmed: 'ack' | 'nak' | 'lost') => void) | undefined;
  /** Takes the host's answer to a command. */
  answered: ((fields: InpasFields | undefined) => void) | undefined;
}

const name = 'inpas';

const linkOperations = ['ACK', 'fragment'] as const;

/**
 * Starts an INPAS terminal with SA: TCP, and a pseudo-terminal or a serial port when asked. Frames, fields and the relay are those
 * of public clients and captured traffic; what it answers to the certificate operations is the mapping
 * `assumedInpasCertificates`, which is ours.
 *
 * Operations of {@link FaultRule}s are operation codes (`1`, `29`, `121`). Two more exist for a rule that names them: `ACK` – the
 * confirmation of a request, with `drop` – and `fragment` – one piece of a long answer, with `drop`, `duplicate`, `corrupt`.
 *
 * A lost connection does not stop an operation: the buyer may still tap, and the money moves.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`), `PTY_FAILED` when there is no `socat`, `SERIAL_…` of the serial port
 * @example
 * ```ts
 * const pad = await startInpas({ clock, seed: 1, ledger, scenario, acquirer });
 * const terminal = openInpas({ connect: () => openTcp({ host: pad.host, port: pad.port }), clock });
 * ```
 */
export async function startInpas(options: InpasEmulatorOptions): Promise<InpasEmulator> {
  const { clock, acquirer } = options;
  const random = seededRandom(`${name} faults ${options.seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults, random);
  const ackMs = options.ackMs ?? 1000;
  const pad = createInpasPad(name, options);
  const sessions = new Set<Session>();
  const giveUp = new AbortController();

  const note = (operation: string, facts: Readonly<Record<string, unknown>>) =>
    records.add({ at: clock.now(), direction: 'note', operation, facts });
  const shown = (fields: InpasFields) => Object.fromEntries(redactInpas(fields));
  const codeOf = (fields: InpasFields) => inpasField(fields, 'operationCode') ?? '?';

  /** Rules without an operation are about requests: the link's own operations strike only when they are named. */
  const strikeLink = (operation: (typeof linkOperations)[number]): FaultRule | undefined =>
    faults.rules.some((rule) => rule.when?.operation === operation) ? faults.strike(operation) : undefined;

  // ── the link ───────────────────────────────────────────────────────────────────────────────────────────────────

  const confirmed = (session: Session): Promise<'ack' | 'nak' | 'lost'> =>
    new Promise((resolve) => {
      const settle = (how: 'ack' | 'nak' | 'lost') => {
        cancel();
        if (session.confirm === settle) session.confirm = undefined;
        resolve(how);
      };
      const cancel = clock.setTimer(ackMs, () => settle('lost'));
      session.confirm = settle;
    });

  const put = (session: Session, bytes: Uint8Array) => session.channel.write(bytes).catch(() => {});

  const spoil = (bytes: Uint8Array): Uint8Array => {
    const out = bytes.slice();
    const at = 3 + (random.uint32() % Math.max(1, out.length - 5));
    out[at] = (out[at] as number) ^ 0x55;
    return out;
  };

  /** Sends frames one by one, each until it is confirmed. @returns whether all were */
  const transmit = async (
    session: Session,
    frames: readonly Uint8Array[],
    first?: Uint8Array,
  ): Promise<boolean> => {
    for (const [index, frame] of frames.entries()) {
      const fault = frames.length > 1 ? strikeLink('fragment') : undefined;
      let sent = false;
      for (let attempt = 1; attempt <= 3 && !sent; attempt += 1) {
        if (!sessions.has(session)) return false;
        const waiting = confirmed(session);
        const spoilt = attempt === 1 && (fault?.do === 'corrupt' || (index === 0 && first !== undefined));
        if (attempt > 1 || fault?.do !== 'drop') await put(session, spoilt ? (first ?? spoil(frame)) : frame);
        if (attempt === 1 && fault?.do === 'duplicate') await put(session, frame);
        // A piece that is lost for good: the terminal believes that it was taken.
        if (fault?.do === 'drop') {
          session.confirm?.('ack');
        }
        sent = (await waiting) === 'ack';
      }
      if (!sent) return false;
    }
    return true;
  };

  const say = async (session: Session, fields: InpasFields): Promise<boolean> => {
    records.add({ at: clock.now(), direction: 'out', operation: codeOf(fields), facts: shown(fields) });
    return transmit(session, inpasFrames(encodeInpasTlv(fields)));
  };

  // ── the way to the bank ────────────────────────────────────────────────────────────────────────────────────────

  /** Asks the host to do something. */
  const command = async (
    session: Session,
    request: Exclude<InpasRelayRequest, { readonly type: 'other' }>,
  ): Promise<InpasFields | undefined> => {
    const answer = new Promise<InpasFields | undefined>((resolve) => {
      const settle = (fields: InpasFields | undefined) => {
        cancel();
        session.answered = undefined;
        resolve(fields);
      };
      const cancel = clock.setTimer(30_000, () => settle(undefined));
      session.answered = settle;
    });
    if (!(await say(session, inpasRelayRequest(request)))) session.answered?.(undefined);
    return answer;
  };

  const done = (fields: InpasFields | undefined): boolean =>
    fields !== undefined && inpasField(fields, 'commandResult') === '0';

  const throughHost = async (
    session: Session,
    bank: { readonly host: string; readonly port: number },
    request: AuthorizationRequest,
  ): Promise<AuthorizationAnswer | undefined> => {
    if (!done(await command(session, { type: 'open', ...bank }))) return undefined;
    const lost: AuthorizationAnswer = {
      answered: false,
      approved: false,
      own: 'unknown',
      certificate: 'unknown',
      responseCode: '',
      responseText: 'НЕТ СВЯЗИ',
      rrn: '',
      maskedPan: '',
    };
    const message = bankMessage(request);
    for (let at = 0; at < message.length; at += 256)
      if (!done(await command(session, { type: 'send', data: message.subarray(at, at + 256) }))) return lost;
    let received: Uint8Array = new Uint8Array(0);
    for (let turn = 0; turn < 64; turn += 1) {
      const fields = await command(session, { type: 'receive' });
      if (fields === undefined || !done(fields)) break;
      received = concatBytes(received, inpasBytes(inpasField(fields, 'fileData') ?? ''));
      const answer = readBankMessage(received);
      if (answer === undefined) continue;
      await command(session, { type: 'close' });
      return answer as AuthorizationAnswer;
    }
    await command(session, { type: 'close' });
    return lost;
  };

  const wireOf = (session: Session): PadWire => ({
    async wait(text) {
      await say(
        session,
        inpasMessage({ operationCode: String(inpasOperations.wait.code), textResponse: text }),
      );
    },
    authorize: async (request) =>
      options.bank === undefined ? acquirer.authorize(request) : throughHost(session, options.bank, request),
  });

  // ── requests ───────────────────────────────────────────────────────────────────────────────────────────────────

  const respond = async (
    session: Session,
    fields: InpasFields,
    fault: FaultRule | undefined,
  ): Promise<void> => {
    records.add({
      at: clock.now(),
      direction: 'out',
      operation: codeOf(fields),
      facts: { ...shown(fields), ...(fault === undefined ? {} : { fault: fault.do }) },
    });
    const frames = inpasFrames(encodeInpasTlv(fields));
    const [head] = frames;
    if (head === undefined) return;
    switch (fault?.do) {
      case 'silent-after-effect':
        return;
      case 'disconnect':
      case 'power-loss':
        return session.channel.close();
      case 'cut':
        await put(session, head.subarray(0, fault.keepBytes ?? head.length >> 1));
        return session.channel.close();
      case 'delay':
        await sleep(clock, fault.delayMs ?? 1000, giveUp.signal).catch(() => {});
        break;
      case 'duplicate':
        await put(session, head);
        break;
      default:
        break;
    }
    const taken = await transmit(session, frames, fault?.do === 'corrupt' ? spoil(head) : undefined);
    note(taken ? 'taken' : 'not taken', { operation: codeOf(fields), frames: frames.length });
    if (taken) await put(session, Uint8Array.of(inpasControl.eot));
  };

  const onRequest = async (
    session: Session,
    fields: InpasFields,
    fault: FaultRule | undefined,
  ): Promise<void> => {
    const answer = await pad.perform(fields, wireOf(session), fault);
    await respond(session, answer, fault);
  };

  const onMessage = async (session: Session, fields: InpasFields): Promise<void> => {
    const code = inpasNumber(fields, 'operationCode');
    records.add({ at: clock.now(), direction: 'in', operation: codeOf(fields), facts: shown(fields) });
    const ack = () => put(session, Uint8Array.of(inpasControl.ack));
    if (code === inpasOperations.command.code && session.answered !== undefined) {
      await ack();
      session.answered(fields);
      return;
    }
    if (code === inpasOperations.interrupt.code) {
      await ack();
      pad.interrupt();
      return;
    }
    const fault = faults.strike(codeOf(fields), Object.fromEntries(fields));
    if (fault?.do === 'drop') return note(codeOf(fields), { fault: 'drop' });
    if (fault?.do === 'nak') return put(session, Uint8Array.of(inpasControl.nak));
    if (strikeLink('ACK')?.do !== 'drop') await ack();
    void onRequest(session, fields, fault).catch((error: unknown) =>
      note('failed', { error: String(error) }),
    );
  };

  const serve = async (channel: ByteChannel): Promise<void> => {
    const session: Session = { channel, confirm: undefined, answered: undefined };
    sessions.add(session);
    note('connected', {});
    const framer = inpasFramer();
    let receiving = nothingReceived;
    let cancelSilence: (() => void) | undefined;
    const take = async (events: ReturnType<typeof framer.push>) => {
      for (const event of events) {
        if (event.type === 'fatal') return channel.close();
        if (event.type === 'control') {
          if (event.name !== 'eot') session.confirm?.(event.name);
          continue;
        }
        if (event.type === 'junk') {
          note('junk', { length: event.length });
          continue;
        }
        const { state, reply, message } = receiveInpas(receiving, event);
        receiving = state;
        if (reply === 'nak') await put(session, Uint8Array.of(inpasControl.nak));
        if (message === undefined) continue;
        const read = safeDecodeInpasTlv(message.body);
        if (read.ok) await onMessage(session, read.fields);
        else await put(session, Uint8Array.of(inpasControl.nak));
      }
    };
    try {
      for await (const chunk of channel) {
        cancelSilence?.();
        await take(framer.push(chunk));
        const { unfinished } = framer;
        cancelSilence =
          unfinished === undefined
            ? undefined
            : clock.setTimer(
                unfinished === 'noise' ? 200 : ackMs,
                () => void take(framer.expire()).catch(() => {}),
              );
      }
    } catch (error) {
      note('broken', { error: error instanceof Error ? error.message : 'unknown' });
    }
    cancelSilence?.();
    sessions.delete(session);
    session.confirm?.('lost');
    session.answered?.(undefined);
    note('disconnected', {});
    await channel.close().catch(() => {});
  };

  const lines = await openLines(options, admitting(faults, serve));
  return {
    name,
    host: lines.host,
    port: lines.port,
    addresses: lines.addresses,
    records,
    faults,
    attach: (channel) => void serve(channel),
    terminalId: pad.terminalId,
    presentCard: pad.presentCard,
    behave: pad.behave,
    enterPin: pad.enterPin,
    operations: pad.operations,
    async stop() {
      pad.stop();
      giveUp.abort();
      for (const { channel } of [...sessions]) await channel.close().catch(() => {});
      await lines.close();
    },
  };
}
