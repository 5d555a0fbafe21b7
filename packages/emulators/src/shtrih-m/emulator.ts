import {
  type ByteChannel,
  channelReader,
  type Kopecks,
  localDateTime,
  memoryChannelPair,
  type Random,
  seededRandom,
  sleep,
  toHex,
} from '@elcert/core';
import {
  commandCodeOf,
  decodeRequest,
  numberedPacket,
  packetFramer,
  standardFrame,
  standardFramer,
} from '@elcert/device-drivers/shtrih-m';
import { createEmulatedFn, type EmulatedFn, type FnRegistration, registrationNumber } from '../fn/index.js';
import {
  admitting,
  createRecorder,
  type EmulatorContext,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
  openLines,
  type Scenario,
} from '../kernel/index.js';
import {
  freshPacket,
  freshStandard,
  packetAnswered,
  packetReact,
  type Reaction,
  standardAnswered,
  standardReact,
} from './link.js';
import {
  createRegister,
  defaultModel,
  type MarkingService,
  type Register,
  type ShtrihMModel,
} from './register.js';
import type { Tables } from './tables.js';

/** What {@link startShtrihM} is started with. */
export interface ShtrihMEmulatorOptions extends EmulatorContext {
  readonly scenario: Scenario;
  /** A drive of one's own; unless given, one stands registered for the scenario's merchant, in its fiscal phase. */
  readonly fn?: EmulatedFn;
  /**
   * What the registration of that drive is dated; 0 unless told. With 1, a host that sets the register's clock to its own time zone is not
   * before the last document, which a drive refuses (17h).
   */
  readonly registeredDaysAgo?: number;
  readonly model?: ShtrihMModel;
  /** Answers checks of marked products; every product is in order unless told. */
  readonly markingService?: MarkingService;
  /**
   * Stands on a pseudo-terminal too (POSIX, by `socat`): `true` lets the system name it, a path links it there. Its name
   * stands in `addresses`.
   */
  readonly pty?: boolean | string;
  /** Opens this serial port with `serialport` and serves it too: one end of a cable, or of a pair of pseudo-terminals. */
  readonly serialPath?: string;
}

/** A running register. */
export interface ShtrihMEmulator extends EmulatorHandle {
  readonly host: string;
  readonly port: number;
  /** The drive that is in it. */
  readonly fn: EmulatedFn;
  readonly tables: Tables;
  /** One more line to the register, in memory: for tests and benchmarks that want no socket. */
  connect(): ByteChannel;
  /** Everything printed so far, a string a line. */
  paper(): readonly string[];
  /** Takes the paper out, or puts some in. */
  setPaper(state: 'ok' | 'out'): void;
  /** The tape ends after so many lines more: the register then stops in the middle of a document. */
  endPaperAfter(lines: number): void;
  openCover(open: boolean): void;
  /** Mode byte, submode, cash in the drawer (kopecks), and whether 28h has left it open. */
  state(): {
    readonly mode: number;
    readonly submode: number;
    readonly drawer: Kopecks;
    readonly drawerOpen: boolean;
  };
  /** Power off and on: open documents stay, numbering of protocol 2 and unconfirmed answers are forgotten. */
  restart(): void;
  /** {@link ShtrihMEmulator.restart}, and every connection is cut. */
  powerOff(): Promise<void>;
  /** Pushes the drawer shut. */
  closeDrawer(): void;
  /**
   * Puts another drive in, as a service engineer does: after the old one was closed (FF3D, FF3E) the new one is registered with the reason
   * "drive replaced" (FF05 of type 1, FF34). A drive that was closed is never registered again.
   */
  replaceDrive(fn: EmulatedFn): void;
}

const name = 'shtrih-m';
/** So long after a frame, milliseconds, the register carries it out and hears nothing: the usual byte timeout of the protocol. */
const deafAfterFrameMs = 50;
/** Faults that leave the host without a byte of answer. */
const silentFaults: ReadonlySet<FaultRule['do']> = new Set([
  'silent-after-effect',
  'disconnect',
  'power-loss',
]);

/** The registration that a scenario's merchant would have. */
export function registrationOf(scenario: Scenario): FnRegistration {
  const kktSerialNumber = '0000000000000001';
  return {
    kktRegistrationNumber: registrationNumber(1, scenario.merchant.inn, kktSerialNumber),
    kktSerialNumber,
    inn: scenario.merchant.inn,
    userName: scenario.merchant.name,
    address: scenario.merchant.address,
    place: scenario.merchant.place,
    // Every tax system but the abolished one, so that a test may sell under any.
    taxation: 1 | 2 | 4 | 16 | 32,
    ofd: { inn: '7700000016', name: 'Учебный ОФД' },
    cashier: 'СИСТ. АДМИН.',
    senderEmail: 'shop@example.com',
    kktVersion: 'C3.664',
    // Trade in marked products.
    usageConditions: 0x100,
  };
}

/** The drive that a register stands with unless it is given one. */
function registeredFn({ clock, seed, scenario, registeredDaysAgo = 0 }: ShtrihMEmulatorOptions): EmulatedFn {
  const { timeZone } = scenario;
  const fn = createEmulatedFn({ clock, seed, timeZone });
  const dateTime = localDateTime(clock.now() - registeredDaysAgo * 86_400_000, timeZone);
  fn.register(registrationOf(scenario), { dateTime });
  return fn;
}

interface Device {
  readonly register: Register;
  standard: ReturnType<typeof standardReact>['memory'];
  packet: typeof freshPacket;
}

/**
 * Starts a Shtrih-M register with a drive inside: TCP, and a pseudo-terminal or a serial port when asked. It speaks both link
 * layers; a connection is of the layer of its first byte.
 *
 * Operations of {@link FaultRule}s are command codes (`FF45`, `E0`, `10`). Two more exist for a rule that names them: `ACK` –
 * the confirmation of a frame – and `ENQ`, both with `drop`.
 *
 * It is a test emulator, not a cash register: its fiscal signs are placeholders and every document says so on paper.
 *
 * @throws ElcertError `LISTEN_FAILED` (`not-sent`), `PTY_FAILED` when there is no `socat`, `SERIAL_…` of the serial port
 * @example
 * ```ts
 * const kkt = await startShtrihM({ clock, seed: 1, ledger, scenario });
 * const register = await openShtrihM({ connect: () => openTcp({ host: kkt.host, port: kkt.port }) });
 * ```
 */
export async function startShtrihM(options: ShtrihMEmulatorOptions): Promise<ShtrihMEmulator> {
  const { clock, seed, scenario } = options;
  const random: Random = seededRandom(`${name} ${seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults, random);
  const fn = options.fn ?? registeredFn(options);
  const register = createRegister({
    fn,
    clock,
    timeZone: scenario.timeZone,
    model: options.model ?? defaultModel,
    markingService: options.markingService,
  });
  const device: Device = { register, standard: freshStandard, packet: freshPacket };
  const open = new Set<ByteChannel>();

  /** Rules without an operation are about commands: the link's own operations strike only when they are named. */
  const strikeLink = (operation: 'ACK' | 'ENQ', command: string): FaultRule | undefined =>
    faults.rules.some((rule) => rule.when?.operation === operation)
      ? faults.strike(operation, { command })
      : undefined;

  const describe = (body: Uint8Array): Readonly<Record<string, unknown>> => {
    try {
      const { fields } = decodeRequest(body);
      return Object.fromEntries(
        Object.entries(fields)
          .filter(([key]) => key !== 'password')
          .map(([key, value]) => [key, value instanceof Uint8Array ? toHex(value) : value]),
      );
    } catch {
      return { bytes: toHex(body) };
    }
  };

  /** Executes a command unless a fault forbids it. */
  const execute = (
    body: Uint8Array,
  ): { readonly fault: FaultRule | undefined; readonly answer: Uint8Array | undefined } => {
    const code = commandCodeOf(body) ?? '??';
    const fault = faults.strike(code);
    records.add({ at: clock.now(), direction: 'in', operation: code, facts: describe(body) });
    if (fault?.do === 'drop' || fault?.do === 'nak') return { fault, answer: undefined };
    const refusal = (error: number) => {
      records.add({ at: clock.now(), direction: 'out', operation: code, facts: { error } });
      const answer = new Uint8Array(code.length / 2 + 1);
      answer.set(body.subarray(0, code.length / 2));
      answer[answer.length - 1] = error;
      return { fault: undefined, answer };
    };
    if (fault?.do === 'refuse' || fault?.do === 'wrong-mac') {
      return refusal(typeof fault.code === 'number' ? fault.code : Number.parseInt(fault.code ?? '33', 16));
    }
    if (fault?.do === 'paper-out' || fault?.do === 'cover-open') {
      if (fault.do === 'paper-out') register.paper.setPaper('out');
      else register.paper.setCover(true);
      return refusal(0x6b);
    }
    const done = register.execute(body);
    records.add({ at: clock.now(), direction: 'out', operation: code, facts: { error: done.error } });
    return { fault, answer: done.answer };
  };

  /** A host that went away while an answer was on its way is the host's business. */
  const note = (error: unknown) =>
    records.add({
      at: clock.now(),
      direction: 'note',
      operation: 'connection',
      facts: { error: String(error) },
    });

  const restart = () => {
    device.standard = freshStandard;
    device.packet = freshPacket;
    register.restart();
  };
  const powerOff = async () => {
    restart();
    for (const one of [...open]) await one.close();
  };

  const serve = async (channel: ByteChannel): Promise<void> => {
    open.add(channel);
    const reader = channelReader(channel, clock);
    const standard = standardFramer();
    const packets = packetFramer();
    let layer: 'standard' | 'packet' | undefined;
    /** An answer that a `reorder` holds back until the next one has gone. */
    let held: Uint8Array | undefined;
    /** Until then the register hears no ENQ. */
    let deafUntil = 0;

    /** Sends an answer, spoiled as its fault asks. @returns false when the connection is over */
    const send = async (frame: Uint8Array, fault: FaultRule | undefined): Promise<boolean> => {
      const late = held;
      held = undefined;
      switch (fault?.do) {
        case 'silent-after-effect':
          return true;
        case 'disconnect':
          await channel.close();
          return false;
        case 'power-loss':
          await powerOff();
          return false;
        case 'cut':
          await channel.write(frame.subarray(0, fault.keepBytes ?? frame.length >> 1));
          await channel.close();
          return false;
        case 'corrupt': {
          const spoiled = frame.slice();
          const at = spoiled.length - 1;
          spoiled[at] = (spoiled[at] ?? 0) ^ 0x55;
          await channel.write(spoiled);
          return true;
        }
        case 'reorder':
          held = frame;
          return true;
        case 'delay':
          await sleep(clock, fault.delayMs ?? 1000);
          break;
        case 'duplicate':
          await channel.write(frame);
          break;
        default:
      }
      await channel.write(frame);
      if (late !== undefined) await channel.write(late);
      return true;
    };

    const onStandard = async (reaction: Reaction): Promise<boolean> => {
      if (reaction.type !== 'execute') {
        await channel.write(reaction.bytes);
        return true;
      }
      const { fault, answer } = execute(reaction.body);
      if (answer === undefined) {
        if (fault?.do === 'nak') await channel.write(Uint8Array.of(0x15));
        return true;
      }
      const busy = fault?.do === 'delay';
      const answered = standardAnswered(answer, busy);
      device.standard = answered;
      const code = commandCodeOf(reaction.body) ?? '';
      const silent = fault !== undefined && silentFaults.has(fault.do);
      if (!silent && strikeLink('ACK', code)?.do !== 'drop') await channel.write(Uint8Array.of(0x06));
      if (!busy) return send(standardFrame(answer), fault);
      // While a command is carried out the register listens: it says that it is busy.
      void sleep(clock, fault.delayMs ?? 1000)
        .then(async () => {
          if (device.standard !== answered) return;
          device.standard = standardAnswered(answer);
          await channel.write(standardFrame(answer));
        })
        .catch(note);
      return true;
    };

    const onPacket = async (reaction: Reaction): Promise<boolean> => {
      if (reaction.type !== 'execute') {
        await channel.write(reaction.bytes);
        return true;
      }
      const { fault, answer } = execute(reaction.body);
      if (answer === undefined) return true;
      device.packet = packetAnswered(device.packet, answer);
      return send(numberedPacket(device.packet.last, answer), fault);
    };

    try {
      for (;;) {
        const read = await reader.read();
        if (read.type !== 'chunk') return;
        layer ??= read.bytes[0] === 0x8f ? 'packet' : 'standard';
        if (layer === 'packet') {
          for (const event of packets.push(read.bytes)) {
            for (const reaction of packetReact(device.packet, event)) {
              if (!(await onPacket(reaction))) return;
            }
          }
          continue;
        }
        const events = standard.push(read.bytes);
        for (const [index, event] of events.entries()) {
          // Some hosts put zeros in front of a frame: such bytes are skipped, a NAK would make them send it again.
          if (event.type === 'junk') {
            const next = events.slice(index + 1).find(({ type }) => type !== 'junk');
            if (next === undefined ? standard.inFrame : next.type === 'frame') continue;
          }
          // Some hosts send ENQ on the heels of the frame and expect one answer, not two.
          if (event.type === 'enq' && clock.now() < deafUntil) continue;
          if (event.type === 'enq' && strikeLink('ENQ', '')?.do === 'drop') continue;
          // The host's ACK or NAK ends it: a host that has heard the answer is heard again.
          deafUntil = event.type === 'frame' ? clock.now() + deafAfterFrameMs : 0;
          const { memory, reactions } = standardReact(device.standard, event);
          device.standard = memory;
          for (const reaction of reactions) if (!(await onStandard(reaction))) return;
        }
      }
    } catch (error) {
      note(error);
    } finally {
      open.delete(channel);
      await channel.close();
    }
  };

  const lines = await openLines(options, admitting(faults, serve));
  const stop = async () => {
    for (const channel of [...open]) await channel.close();
    await lines.close();
  };

  return {
    name,
    host: lines.host,
    port: lines.port,
    addresses: lines.addresses,
    records,
    faults,
    get fn() {
      return register.fn;
    },
    tables: register.tables,
    connect() {
      const [host, device] = memoryChannelPair('shtrih-m');
      void serve(device);
      return host;
    },
    paper: () => register.paper.lines,
    setPaper: (state) => register.paper.setPaper(state),
    endPaperAfter: (lines) => register.paper.endAfter(lines),
    openCover: (isOpen) => register.paper.setCover(isOpen),
    state: () => ({
      mode: register.mode,
      submode: register.paper.submode,
      drawer: register.drawer,
      drawerOpen: register.drawerOpen,
    }),
    restart,
    powerOff,
    closeDrawer: () => register.closeDrawer(),
    replaceDrive: (next) => register.replaceDrive(next),
    stop,
  };
}
