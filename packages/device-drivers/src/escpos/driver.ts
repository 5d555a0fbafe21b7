import { type ByteChannel, type Clock, type ElcertError, isElcertError, systemClock } from '@elcert/core';
import type { PrinterCapabilities, PrinterStatus, PrintRow, ReceiptPrinter } from '@elcert/fiscal-doc';
import type { WireTrace } from '../wire-trace.js';
import { barcodeKinds } from './barcode.js';
import type { EscPosCodePage } from './code-pages.js';
import { encodeEscPos, printerStatusOf, stateOfAsb, stateOfReading } from './codec.js';
import { escPosError } from './errors.js';
import { type PrinterLink, printerLink } from './link.js';
import { defaultJobTimings, type JobInput, type JobTimings, jobStep, newJob } from './machine.js';
import { maskPrinted } from './masking.js';
import { type EscPosProfile, escPosProfile } from './profiles.js';
import { type EscPosSlipOptions, escPosSlip, type SlipReplacement } from './slip.js';

/** How a printer is driven. */
export interface EscPosPrinterOptions {
  /** Makes a connection; called again for the next operation after one broke. */
  readonly connect?:
    | ((options: { readonly signal?: AbortSignal | undefined }) => Promise<ByteChannel>)
    | undefined;
  /** A connection that stands already, instead of `connect`. When it breaks the printer is closed. */
  readonly channel?: ByteChannel | undefined;
  /** Name of a profile, or one of one's own; `default` unless told. */
  readonly profile?: string | EscPosProfile | undefined;
  readonly font?: EscPosSlipOptions['font'];
  readonly codePage?: EscPosCodePage | undefined;
  readonly lacking?: EscPosSlipOptions['lacking'];
  /** Which level of the drawer's contact means that it is open; without it nothing is said of the drawer. */
  readonly drawerOpenLevel?: 'high' | 'low' | undefined;
  /** Is told of characters that were replaced on the way to paper. */
  readonly onReplaced?: ((replaced: readonly SlipReplacement[]) => void) | undefined;
  /** Is told of every change of state; switches on that the printer tells them by itself (`GS a`, Epson and its like). */
  readonly onStatus?: ((status: PrinterStatus) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds for one answer about the state; 500 unless told. */
  readonly statusTimeoutMs?: number | undefined;
  /** Milliseconds for the printer to take one piece of a slip in; 10 000 unless told. */
  readonly writeTimeoutMs?: number | undefined;
  readonly timings?: JobTimings | undefined;
  /** Receives what goes over the wire; numbers of cards in texts are masked. */
  readonly trace?: WireTrace | undefined;
}

/** A printer that is connected. */
export interface EscPosPrinter extends ReceiptPrinter {
  readonly profile: EscPosProfile;
  close(): Promise<void>;
}

/** What a profile can do. */
export function escPosCapabilities(profile: EscPosProfile, font: 'A' | 'B' = 'A'): PrinterCapabilities {
  return {
    columns: profile.columns[font],
    qr: profile.qr === 'native' || profile.pictures !== 'none',
    barcodes: barcodeKinds(profile.barcodes),
    pictureWidth: profile.pictures === 'none' ? undefined : profile.dots,
    cutter: profile.cutter !== 'none',
    drawer: profile.drawerPin !== undefined,
    status: true,
  };
}

/**
 * Connects to a receipt printer that speaks ESC/POS, over TCP (port 9100), a serial line or a device file.
 *
 * `print` asks the state before and after, and answers only when the slip is through the printer – as far as it tells: one that
 * answers in order (`GS r`) has printed everything; one that only tells its state was in order after the last byte; one that
 * tells nothing has taken all bytes. What is in the printer's memory when paper runs out comes out when paper is in again.
 *
 * @throws ElcertError `BAD_PROFILE`; what `connect` throws; from `print`, `openDrawer` and `status` an {@link EscPosErrorCode} with an outcome
 * @example
 * ```ts
 * const printer = await openEscPosPrinter({
 *   connect: ({ signal }) => openTcp({ host: '192.168.1.60', port: 9100, signal }),
 *   profile: 'TM-T20III',
 * });
 * await printer.print(receiptRows(decodeReceipt(document)));
 * ```
 */
export async function openEscPosPrinter(options: EscPosPrinterOptions): Promise<EscPosPrinter> {
  const profile = escPosProfile(options.profile);
  const { clock = systemClock(), font = 'A', timings = defaultJobTimings } = options;
  const { connect, channel: given, onStatus, trace } = options;
  const limits = { statusMs: options.statusTimeoutMs ?? 500, writeMs: options.writeTimeoutMs ?? 10_000 };
  let closed = false;
  let link: PrinterLink | undefined;
  let used = false;
  /** What jobs before have learnt of this connection. */
  let ordered: boolean | undefined;
  let toldState = false;
  let turn: Promise<unknown> = Promise.resolve();

  const open = async (signal?: AbortSignal): Promise<PrinterLink> => {
    if (closed) throw closedError();
    if (link !== undefined && link.ended === undefined) return link;
    const channel = given === undefined ? await connect?.({ signal }) : used ? undefined : given;
    if (channel === undefined) throw closedError();
    if (closed) {
      await channel.close();
      throw closedError();
    }
    used = true;
    ordered = undefined;
    toldState = false;
    link = printerLink(channel, {
      clock,
      limits,
      trace:
        trace === undefined ? undefined : (entry) => trace({ ...entry, bytes: maskPrinted(entry.bytes) }),
      onEvent: (event) => {
        if (event.type === 'asb')
          onStatus?.(printerStatusOf(stateOfAsb(event.bytes), options.drawerOpenLevel));
      },
    });
    if (onStatus !== undefined) await link.write(encodeEscPos('GS a', [0x0f]), signal);
    return link;
  };

  /** One operation after the other: answers carry no number. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work, work);
    turn = mine.catch(() => {});
    return mine;
  };

  const run = async (on: PrinterLink, segments: readonly Uint8Array[], signal: AbortSignal | undefined) => {
    let state = newJob(segments.length, { ordered, told: toldState }, on.facts);
    let input: JobInput = { type: 'start', line: on.facts };
    for (;;) {
      const step = jobStep(state, input, timings);
      state = step.state;
      const { action } = step;
      if (state.ordered !== undefined && state.tells) ordered = state.ordered;
      if (action.type === 'done') return;
      if (action.type === 'fail') throw action.error;
      const before = on.facts;
      const heard = () =>
        on.next(
          (event) => (event.type === 'in-order' || event.type === 'xon' ? true : undefined),
          action.type === 'wait' ? action.ms : timings.pollMs,
          signal,
        );
      try {
        switch (action.type) {
          case 'ask-status': {
            // A job that began without an answer asks no more: each question would take its whole time.
            const reading = state.phase === 'before' || state.tells ? await on.reading(signal) : undefined;
            if (reading !== undefined) toldState = true;
            input = { type: 'status', reading, line: on.facts };
            break;
          }
          case 'write': {
            const bytes = segments[action.segment] as Uint8Array;
            await on.write(bytes, signal);
            // Apart from what is printed: a question is no part of a slip, and a short write goes even where a long one waits.
            if (action.mark) await on.askInOrder(signal);
            input = { type: 'written', line: on.facts };
            break;
          }
          case 'ask-order':
          case 'wait': {
            const waiting = heard();
            if (action.type === 'ask-order') await on.askInOrder(signal);
            // What came between the decision to wait and the wait is not waited for again.
            const missed = action.type === 'wait' && on.facts.answers !== before.answers;
            const result = missed ? ({ type: 'event' } as const) : await waiting;
            input =
              result.type === 'event'
                ? { type: 'heard', line: on.facts }
                : result.type === 'quiet'
                  ? { type: 'quiet', line: on.facts }
                  : result.type === 'ended'
                    ? { type: 'lost', error: result.error, line: on.facts }
                    : { type: 'aborted', reason: result.reason, line: on.facts };
          }
        }
      } catch (error) {
        if (!isElcertError(error)) throw error;
        input =
          error.code === 'ABORTED'
            ? { type: 'aborted', reason: error.cause, line: on.facts }
            : { type: 'lost', error, line: on.facts };
      }
    }
  };

  const printer: EscPosPrinter = {
    profile,
    capabilities: escPosCapabilities(profile, font),
    status: ({ signal } = {}) =>
      inTurn(async () => {
        const on = await notSent(() => open(signal));
        const reading = await notSent(() => on.reading(signal));
        if (reading !== undefined) toldState = true;
        return printerStatusOf(
          reading === undefined ? undefined : stateOfReading(reading),
          options.drawerOpenLevel,
        );
      }),
    print: (rows: readonly PrintRow[], { cut, signal } = {}) =>
      inTurn(async () => {
        const { segments, replaced } = escPosSlip(rows, profile, {
          font,
          codePage: options.codePage,
          lacking: options.lacking,
          cut,
        });
        if (replaced.length > 0) told(() => options.onReplaced?.(replaced));
        const on = await notSent(() => open(signal));
        await run(on, segments, signal);
      }),
    openDrawer: ({ signal } = {}) =>
      inTurn(async () => {
        const { drawerPin } = profile;
        if (drawerPin === undefined)
          throw escPosError({
            code: 'NO_DRAWER',
            message: `${profile.name} has no drawer`,
            outcome: 'not-sent',
            userMessage: 'К этому принтеру денежный ящик не подключается.',
          });
        const on = await notSent(() => open(signal));
        // 100 ms on, 500 ms off: what drawers of 24 V want.
        await on.write(encodeEscPos('ESC p', [drawerPin, 50, 250]), signal);
      }),
    async close() {
      closed = true;
      await link?.close();
    },
  };
  await open();
  return printer;
}

/** A listener that throws must not change what is known. */
function told(tell: () => void): void {
  try {
    tell();
  } catch {
    // see above
  }
}

/** Whatever goes wrong before the first byte of a slip leaves the paper clean. */
async function notSent<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isElcertError(error) || error.outcome === 'not-sent') throw error;
    throw linkLost(error);
  }
}

function linkLost(cause: ElcertError): ElcertError {
  return escPosError({
    code: 'LINK_LOST',
    message: 'the connection broke before anything was printed',
    outcome: 'not-sent',
    userMessage: 'Связь с принтером прервалась, ничего не напечатано.',
    cause,
  });
}

function closedError(): ElcertError {
  return escPosError({
    code: 'PRINTER_CLOSED',
    message: 'the printer is closed',
    outcome: 'not-sent',
    userMessage: 'Принтер отключён.',
  });
}
