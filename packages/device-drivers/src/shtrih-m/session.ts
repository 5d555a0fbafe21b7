import {
  type ByteChannel,
  type Clock,
  channelReader,
  type ElcertError,
  isElcertError,
  type Logger,
  outcomeOf,
  sleep,
  throwIfAborted,
} from '@elcert/core';
import { quietLogger } from '../quiet-logger.js';
import type { WireTrace } from '../wire-trace.js';
import { type AnyFields, decodeAnswer, encodeRequest, type RequestOf, type ResponseOf } from './codec.js';
import { type CommandCode, type CommandRow, commands } from './commands.js';
import { describeShtrihError } from './errors.js';
import { failed, lineError } from './fail.js';
import { standardFrame } from './framer.js';
import {
  detectLayer,
  type LinkOptions,
  packetLink,
  type ShtrihLayer,
  type ShtrihLink,
  standardLink,
} from './link.js';
import { type LinkTimings, newPacketSession, type PacketSession } from './machine.js';
import { RegisterError, type RegisterErrorCode } from './register-error.js';
import { maskedTrace } from './trace.js';

// The connection and single commands over it. What a command means for a document is not known here.

/** Fields of a command as a caller gives them: the driver adds the password. */
export type WithoutPassword<T> = Omit<T, 'password'>;

/** One command with its fields, of any code. */
export interface Step {
  readonly code: CommandCode;
  readonly fields: AnyFields;
}

/** What a session is made with. */
export interface SessionOptions {
  readonly connect: () => Promise<ByteChannel>;
  readonly layer: ShtrihLayer | undefined;
  readonly passwords: { readonly operator?: number; readonly administrator?: number } | undefined;
  readonly clock: Clock;
  readonly timings: LinkTimings | undefined;
  readonly byteTimeoutMs: number | undefined;
  readonly answerTimeoutMs: number | undefined;
  readonly printTimeoutMs: number;
  readonly logger: Logger | undefined;
  readonly trace: WireTrace | undefined;
}

/** A register that can be spoken to. */
export interface Session {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly printTimeoutMs: number;
  readonly layer: ShtrihLayer;
  /** Grows with each new connection: what was remembered of the register's settings then counts no longer. */
  readonly connections: number;
  /** Connects, unless connected. */
  connect(): Promise<void>;
  /** @throws RegisterError */
  call<C extends CommandCode>(code: C, fields: WithoutPassword<RequestOf<C>>): Promise<ResponseOf<C>>;
  callAny(step: Step): Promise<AnyFields>;
  /** What the protocol has no room for must stop a document before its first byte. */
  check(steps: readonly Step[]): void;
  /** Whole operations one after the other, whatever the callers do. */
  exclusive<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const refusalCodes: Readonly<Record<number, RegisterErrorCode>> = {
  // 16h of the drive and 4Eh of the register: older than 24 hours.
  22: 'SHIFT_EXPIRED',
  78: 'SHIFT_EXPIRED',
  60: 'SHIFT_OPEN',
  61: 'SHIFT_CLOSED',
  74: 'DOCUMENT_OPEN',
  79: 'WRONG_PASSWORD',
  107: 'PAPER_OUT',
  // 3Eh of the drive.
  172: 'MARKING_NOT_CHECKED',
};

const stillPrinting = 0x50;
const awaitsContinue = 0x58;

/** Whatever happens while a connection is made, nothing was asked of the register yet. */
function notConnected(cause: unknown): ElcertError {
  if (isElcertError(cause) && cause.outcome === 'not-sent') return cause;
  return failed(
    'LINK_LOST',
    'the connection was not made',
    'not-sent',
    (isElcertError(cause) ? cause.userMessage : undefined) ?? 'Нет связи с кассой: проверьте подключение.',
    { cause },
  );
}

/** Makes a session; nothing is sent yet. */
export function openSession(options: SessionOptions): Session {
  const { clock, printTimeoutMs } = options;
  const logger = quietLogger(options.logger);
  const passwords = {
    operatorPassword: options.passwords?.operator ?? options.passwords?.administrator ?? 30,
    adminPassword: options.passwords?.administrator ?? 30,
  };
  const linkOptions: LinkOptions = {
    clock,
    timings: options.timings,
    byteTimeoutMs: options.byteTimeoutMs,
    trace: options.trace === undefined ? undefined : maskedTrace(options.trace),
  };
  let link: ShtrihLink | undefined;
  let layer = options.layer;
  let closed = false;
  let connections = 0;

  const drop = async () => {
    const old = link;
    link = undefined;
    // A port that vanished may not close either.
    await old?.close().catch(() => {});
  };

  const connected = async (packets: PacketSession = newPacketSession): Promise<ShtrihLink> => {
    if (closed) throw failed('REGISTER_CLOSED', 'the driver was closed', 'not-sent');
    if (link !== undefined) return link;
    let channel: ByteChannel;
    try {
      channel = await options.connect();
    } catch (cause) {
      throw notConnected(cause);
    }
    if (closed) {
      await channel.close().catch(() => {});
      throw failed('REGISTER_CLOSED', 'the driver was closed', 'not-sent');
    }
    const reader = channelReader(channel, clock);
    try {
      layer ??= await detectLayer(channel, reader, linkOptions);
    } catch (cause) {
      await channel.close().catch(() => {});
      throw notConnected(cause);
    }
    if (layer === undefined) {
      await channel.close().catch(() => {});
      throw failed('LINK_LOST', 'no answer to ENQ nor to a sync packet', 'not-sent', 'Касса не отвечает.');
    }
    connections += 1;
    link =
      layer === 'standard'
        ? standardLink(channel, linkOptions, reader)
        : packetLink(channel, { ...linkOptions, session: packets }, reader);
    return link;
  };

  /** One exchange; after a failure the connection is dropped, as nobody knows what still comes over it. */
  const exchange = async (code: CommandCode, body: Uint8Array): Promise<Uint8Array> => {
    const row: CommandRow = commands[code];
    const request = {
      body,
      answerTimeoutMs: options.answerTimeoutMs ?? row.timeoutMs,
      repeatable: row.effect !== 'act',
    };
    let packets: PacketSession | undefined;
    // What an earlier attempt left open stays open, however a later one ends: not even connecting again may hide it.
    let open: RegisterError | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const one = await connected(packets).catch((error: unknown) => {
        throw open ?? error;
      });
      const result = await one.exchange(request);
      if (result.ok) return result.body;
      packets = one.session;
      await drop();
      const error = lineError(code, result.reason);
      logger.warn({ command: code, reason: result.reason, attempt }, 'register link failed');
      const { last, pending } = packets;
      // Protocol 2 is exactly-once by number: the same command under the same number is safe over a new connection. A
      // register that was restarted begins at 1, so low numbers prove nothing.
      const resumable = last !== undefined && last >= 2 && pending !== undefined;
      const again = request.repeatable || error.outcome === 'not-sent' || resumable;
      if (error.outcome === 'unknown') open ??= error;
      if (attempt > 1 || !again) throw open ?? error;
      if (!resumable) packets = undefined;
    }
  };

  const bodyOf = ({ code, fields }: Step): Uint8Array => {
    const layout = commands[code].request as Readonly<Record<string, string>>;
    const kind = layout.password as keyof typeof passwords | undefined;
    return encodeRequest(code, {
      ...(kind === undefined ? {} : { password: passwords[kind] }),
      ...fields,
    } as RequestOf<typeof code>);
  };

  const callAny = async ({ code, fields }: Step): Promise<AnyFields> => {
    const body = bodyOf({ code, fields });
    const deadline = clock.now() + printTimeoutMs;
    let continued = false;
    for (;;) {
      const bytes = await exchange(code, body);
      let answer: ReturnType<typeof decodeAnswer>;
      try {
        answer = decodeAnswer(bytes);
      } catch (cause) {
        throw failed('BAD_ANSWER', `${code}h: the answer does not fit the table`, 'unknown', undefined, {
          cause,
          details: { command: code },
        });
      }
      if (answer.error === 0) return answer.fields ?? {};
      if (answer.error === stillPrinting && clock.now() < deadline) {
        await sleep(clock, 200);
        continue;
      }
      if (answer.error === awaitsContinue && !continued && code !== 'B0') {
        continued = true;
        await callAny({ code: 'B0', fields: {} });
        continue;
      }
      const meaning = describeShtrihError(answer.error);
      throw failed(
        refusalCodes[answer.error] ?? 'REGISTER_REFUSED',
        `${code}h refused with ${answer.error.toString(16).padStart(2, '0').toUpperCase()}h: ${meaning.text}`,
        'refused',
        meaning.textRu,
        { details: { command: code, result: answer.error, scope: meaning.scope } },
      );
    }
  };

  let tail: Promise<unknown> = Promise.resolve();
  return {
    clock,
    logger,
    printTimeoutMs,
    get layer() {
      return layer ?? 'standard';
    },
    get connections() {
      return connections;
    },
    connect: async () => void (await connected()),
    call: async <C extends CommandCode>(code: C, fields: WithoutPassword<RequestOf<C>>) =>
      (await callAny({ code, fields: fields as unknown as AnyFields })) as unknown as ResponseOf<C>,
    callAny,
    check(steps) {
      for (const step of steps) {
        try {
          const body = bodyOf(step);
          if (layer === 'standard') standardFrame(body);
        } catch (cause) {
          if (!isElcertError(cause)) throw cause;
          throw new RegisterError({
            code: 'RECEIPT_NOT_SUPPORTED',
            message: cause.message,
            userMessage: 'Касса не может принять такой чек: проверьте суммы и количества.',
            outcome: 'not-sent',
            path: cause.path,
            cause,
          });
        }
      }
    },
    exclusive(signal, run) {
      const next = tail.then(() => {
        throwIfAborted(signal);
        return run();
      });
      tail = next.catch(() => {});
      return next;
    },
    async close() {
      closed = true;
      await drop();
    },
  };
}

/** Whether a register does not tell what it was asked, or tells it in another form: older and newer models do. */
export function isUntold(error: unknown): boolean {
  return isRefused(error) || isElcertError(error, 'BAD_ANSWER');
}

/** Whether a command was refused because the register does not know it, or not this part of it. */
export function isRefused(error: unknown): boolean {
  return outcomeOf(error) === 'refused' && !isElcertError(error, 'WRONG_PASSWORD');
}
