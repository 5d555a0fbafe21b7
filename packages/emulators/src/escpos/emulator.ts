import {
  type ByteChannel,
  channelReader,
  isElcertError,
  memoryChannelPair,
  type Random,
  seededRandom,
  sleep,
  toHex,
} from '@elcert/core';
import {
  type EscPosEvent,
  type EscPosProfile,
  escPosFramer,
  escPosProfile,
} from '@elcert/device-drivers/escpos';
import type { MonoPicture } from '@elcert/fiscal-doc';
import {
  admitting,
  createRecorder,
  deliver,
  type EmulatorContext,
  type EmulatorHandle,
  type FaultRule,
  faultPlan,
  type LineOptions,
  openLines,
} from '../kernel/index.js';
import { createPrinterMachine, type PrinterMachine } from './machine.js';
import { type PaperItem, paperLines, paperPicture, paperPng } from './paper.js';
import { realTimeScanner } from './real-time.js';
import { asbBytes, inOrderByte, realTimeByte, type Sensors } from './sensors.js';

/** What {@link startEscPos} is started with. */
export interface EscPosEmulatorOptions extends EmulatorContext, LineOptions {
  /** The model: its code pages, width and abilities; `TM-T20III` unless told. */
  readonly profile?: string | EscPosProfile;
  /**
   * What it tells: everything; its state in real time alone, not in the order of its buffer; nothing. `everything` unless told.
   */
  readonly talks?: 'everything' | 'state' | 'nothing';
  /** Milliseconds of the clock for each printed line; 0 unless told. */
  readonly lineMs?: number;
}

/** A running printer. */
export interface EscPosEmulator extends EmulatorHandle {
  readonly name: 'escpos';
  readonly host: string;
  readonly port: number;
  readonly profile: EscPosProfile;
  /** A line in memory to it, instead of a socket. */
  connect(): ByteChannel;
  /** The paper as text: a line a line; pictures, codes and cuts in brackets. */
  paper(): readonly string[];
  /** The paper as things, for closer looks. */
  items(): readonly PaperItem[];
  /** The paper as a picture, a pixel a dot. */
  picture(): MonoPicture;
  /** The paper as PNG. */
  png(): Uint8Array;
  /** Tears the paper off: what was printed is gone. */
  tearOff(): void;
  setPaper(state: 'ok' | 'near-end' | 'out'): void;
  /** The paper ends after so many lines more. */
  endPaperAfter(lines: number): void;
  openCover(open: boolean): void;
  jamCutter(jammed: boolean): void;
  closeDrawer(): void;
  /** Pulses that the drawer has had. */
  readonly drawerPulses: number;
  /** Bytes taken in and not carried out yet. */
  readonly waiting: number;
}

const name = 'escpos';

/** More than this waiting in the buffer is not read from the wire: what real printers call "busy". */
const bufferSize = 256 * 1024;

/** The oldest things go when there is more on paper: so many of them, or so many bytes of pictures. */
const mostItems = 100_000;
const mostPictureBytes = 1 << 26;

const pictureBytes = (item: PaperItem | undefined) =>
  item?.type === 'picture' || item?.type === 'code' ? item.picture.bits.length : 0;

const sizeOf = (event: EscPosEvent) =>
  event.type === 'command' ? 3 + event.parameters.length + event.data.length : event.bytes.length;

interface Waiting {
  readonly event: EscPosEvent;
  readonly size: number;
  readonly channel: ByteChannel;
}

/**
 * Starts a receipt printer on TCP, and on a pseudo-terminal when asked (`pty`).
 *
 * It carries out the bytes of any host: text in the code page of its model – a wrong number gives a wrong page, a Chinese model starts in
 * double-byte mode –, sizes, bar codes, QR, pictures, cut and drawer. Questions of state are answered on arrival, everything else in
 * its turn; without paper, with an open cover or a jammed cutter it stops and goes on where it stopped. What it does not know it
 * records (`note`).
 *
 * Operations of fault rules are the names of commands (`LF`, `GS V`, `DLE EOT` …) and `text`; `refuse` jams the cutter.
 *
 * @throws ElcertError `LISTEN_FAILED`, `PTY_FAILED`, `BAD_PROFILE`
 * @example
 * ```ts
 * const printer = await startEscPos({ clock, seed: 1, ledger, profile: 'POS-5890' });
 * // … something prints to printer.host, printer.port …
 * console.log(printer.paper().join('\n'));
 * ```
 */
export async function startEscPos(options: EscPosEmulatorOptions): Promise<EscPosEmulator> {
  const { clock, seed, talks = 'everything', lineMs = 0 } = options;
  const profile = escPosProfile(options.profile ?? 'TM-T20III');
  const measures = { dots: profile.dots, columns: profile.columns };
  const random: Random = seededRandom(`${name} ${seed}`);
  const records = createRecorder(name);
  const faults = faultPlan(name, options.faults, random);
  let machine: PrinterMachine = createPrinterMachine(profile);
  let items: PaperItem[] = [];
  let heldBytes = 0;
  let queue: Waiting[] = [];
  let queued = 0;
  let working = false;
  let linesLeft = Number.POSITIVE_INFINITY;
  let drawerPulses = 0;
  let tellChanges = 0;
  const sensors: { -readonly [Key in keyof Sensors]: Sensors[Key] } = {
    paper: 'ok',
    coverOpen: false,
    cutterJammed: false,
    drawerOpen: false,
  };
  const open = new Set<ByteChannel>();
  /** Who waits for room in the buffer. */
  const room: (() => void)[] = [];
  const note = (operation: string, facts: Readonly<Record<string, unknown>>) =>
    records.add({ at: clock.now(), direction: 'note', operation, facts });

  const answer = async (channel: ByteChannel, bytes: Uint8Array, operation: string, fault?: FaultRule) => {
    records.add({ at: clock.now(), direction: 'out', operation, facts: { bytes: toHex(bytes) } });
    try {
      await deliver(channel, bytes, fault, { clock, random });
    } catch (error) {
      // A host that went away is the host's business.
      note('connection', { error: String(error) });
    }
  };
  const ready = () => sensors.paper !== 'out' && !sensors.coverOpen && !sensors.cutterJammed;
  const changed = () => {
    if (tellChanges !== 0 && talks === 'everything')
      for (const channel of open) void answer(channel, asbBytes(sensors), 'GS a');
    void work();
  };
  const put = (more: readonly PaperItem[]) => {
    items.push(...more);
    for (const item of more) heldBytes += pictureBytes(item);
    while (items.length > mostItems || (heldBytes > mostPictureBytes && items.length > 1))
      heldBytes -= pictureBytes(items.shift());
    linesLeft -= more.filter(({ type }) => type === 'line').length;
    if (linesLeft <= 0 && sensors.paper !== 'out') {
      sensors.paper = 'out';
      note('paper', { state: 'out' });
      changed();
    }
  };
  const pulse = (pin: number) => {
    drawerPulses += 1;
    sensors.drawerOpen = true;
    note('drawer', { pin });
    changed();
  };

  /** Carries one thing out. @returns false when it has to be done again once somebody has put things right */
  const execute = async ({ event, channel }: Waiting): Promise<boolean> => {
    const operation = event.type === 'command' ? event.name : event.type;
    const fault = faults.strike(operation);
    if (fault?.do === 'drop') return true;
    if (fault?.do === 'delay') await sleep(clock, fault.delayMs ?? 1000);
    if (fault?.do === 'paper-out' || fault?.do === 'cover-open' || fault?.do === 'refuse') {
      if (fault.do === 'paper-out') sensors.paper = 'out';
      else if (fault.do === 'cover-open') sensors.coverOpen = true;
      else sensors.cutterJammed = true;
      note(fault.do, {});
      changed();
      return false;
    }
    let effect: ReturnType<PrinterMachine['execute']>;
    try {
      effect = machine.execute(event, { paper: inOrderByte(sensors, 1), drawer: inOrderByte(sensors, 2) });
    } catch (error) {
      if (!isElcertError(error)) throw error;
      effect = { items: [], note: error.message };
    }
    if (effect.note !== undefined)
      note(operation, {
        problem: effect.note,
        ...(event.type === 'unknown' ? { bytes: toHex(event.bytes) } : {}),
      });
    if (event.type === 'command')
      records.add({
        at: clock.now(),
        direction: 'in',
        operation,
        facts: { parameters: toHex(event.parameters) },
      });
    const lines = effect.items.filter(({ type }) => type === 'line').length;
    if (lines > 0 && lineMs > 0) await sleep(clock, lines * lineMs);
    put(effect.items);
    if (effect.drawerPin !== undefined) pulse(effect.drawerPin);
    if (effect.tellChanges !== undefined && talks === 'everything') {
      tellChanges = effect.tellChanges;
      if (tellChanges !== 0) await answer(channel, asbBytes(sensors), 'GS a', fault);
    }
    if (effect.answer !== undefined && talks === 'everything')
      await answer(channel, effect.answer, operation, fault?.do === 'delay' ? undefined : fault);
    else if (fault?.do === 'disconnect' || fault?.do === 'cut') await channel.close();
    return true;
  };

  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    try {
      while (ready()) {
        const [next] = queue;
        if (next === undefined) break;
        if (!(await execute(next))) break;
        // It may have been thrown away meanwhile, by a command in real time.
        if (queue[0] !== next) continue;
        queue.shift();
        queued -= next.size;
        if (queued < bufferSize) for (const go of room.splice(0)) go();
      }
    } finally {
      working = false;
    }
  };
  const forget = () => {
    queue = [];
    queued = 0;
    machine = createPrinterMachine(profile);
    for (const go of room.splice(0)) go();
  };

  const realTime = async (channel: ByteChannel, code: number, parameters: readonly number[]) => {
    const [n = 0] = parameters;
    if (code === 0x04) {
      const byte = realTimeByte(sensors, n);
      const fault = faults.strike('DLE EOT', { n });
      if (talks !== 'nothing' && byte !== undefined && fault?.do !== 'drop')
        await answer(channel, Uint8Array.of(byte), 'DLE EOT', fault);
    } else if (code === 0x05 && sensors.cutterJammed) {
      // Tried again, or given up with what waits: either way somebody has freed the cutter.
      sensors.cutterJammed = false;
      if (n === 2) forget();
      changed();
    } else if (code === 0x14 && n === 1) pulse(parameters[1] ?? 0);
    else if (code === 0x14 && n === 8) forget();
  };

  const serve = async (channel: ByteChannel): Promise<void> => {
    open.add(channel);
    const reader = channelReader(channel, clock);
    const framer = escPosFramer();
    const scanner = realTimeScanner();
    try {
      for (;;) {
        const read = await reader.read();
        if (read.type !== 'chunk') return;
        for (const { code, parameters } of scanner.push(read.bytes))
          await realTime(channel, code, parameters);
        for (const event of framer.push(read.bytes)) {
          // Carried out on arrival: in its turn there is nothing left to do.
          if (event.type === 'command' && event.name.startsWith('DLE')) continue;
          const size = sizeOf(event);
          queue.push({ event, size, channel });
          queued += size;
        }
        void work();
        if (queued >= bufferSize) await new Promise<void>((resolve) => void room.push(resolve));
      }
    } catch (error) {
      note('connection', { error: String(error) });
    } finally {
      open.delete(channel);
      await channel.close();
    }
  };

  const lines = await openLines(options, admitting(faults, serve));
  return {
    name,
    host: lines.host,
    port: lines.port,
    addresses: lines.addresses,
    records,
    faults,
    profile,
    connect() {
      const [host, device] = memoryChannelPair(name);
      void serve(device);
      return host;
    },
    paper: () => paperLines(items, measures),
    items: () => items,
    picture: () => paperPicture(items, measures),
    png: () => paperPng(items, measures),
    tearOff() {
      items = [];
      heldBytes = 0;
    },
    setPaper(state) {
      sensors.paper = state;
      linesLeft = state === 'out' ? 0 : Number.POSITIVE_INFINITY;
      changed();
    },
    endPaperAfter(count) {
      linesLeft = count;
      if (count <= 0) {
        sensors.paper = 'out';
        changed();
      }
    },
    openCover(isOpen) {
      sensors.coverOpen = isOpen;
      changed();
    },
    jamCutter(jammed) {
      sensors.cutterJammed = jammed;
      changed();
    },
    closeDrawer() {
      sensors.drawerOpen = false;
      changed();
    },
    get drawerPulses() {
      return drawerPulses;
    },
    get waiting() {
      return queue.length;
    },
    async stop() {
      forget();
      for (const channel of [...open]) await channel.close();
      await lines.close();
    },
  };
}
