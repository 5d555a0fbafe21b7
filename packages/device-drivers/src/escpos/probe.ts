import { type ByteChannel, type Clock, isElcertError, systemClock } from '@elcert/core';
import type { PrinterStatus } from '@elcert/fiscal-doc';
import { encodeEscPos, printerStatusOf, stateOfReading } from './codec.js';
import { printerLink } from './link.js';
import { escPosProfiles } from './profiles.js';

/** Who answered a probe. */
export interface EscPosProbe {
  /** As the printer names itself; nothing when it does not. */
  readonly model: string | undefined;
  readonly maker: string | undefined;
  /** The profile of that name, where there is one. */
  readonly profile: string | undefined;
  readonly status: PrinterStatus;
}

/**
 * Asks whether a printer that speaks ESC/POS stands behind a channel: its state (`DLE EOT` 1–4), and only of one that has
 * answered all four its name (`GS I`). Nothing is printed and nothing changed. Closes the channel.
 *
 * @returns nothing when nobody answers so; a printer that tells nothing cannot be found
 * @throws what `connect` throws
 */
export async function probeEscPos(options: {
  readonly connect: () => Promise<ByteChannel>;
  readonly clock?: Clock | undefined;
  /** Milliseconds for each answer; 300 unless told. */
  readonly timeoutMs?: number | undefined;
}): Promise<EscPosProbe | undefined> {
  const { clock = systemClock(), timeoutMs = 300 } = options;
  const link = printerLink(await options.connect(), {
    clock,
    limits: { statusMs: timeoutMs, writeMs: 2000 },
  });
  const identity = async (n: number) => {
    const answer = link.next((event) => (event.type === 'identity' ? event.text : undefined), timeoutMs);
    await link.write(encodeEscPos('GS I', [n]));
    const heard = await answer;
    return heard.type === 'event' && heard.value !== '' ? heard.value : undefined;
  };
  try {
    const reading = await link.reading();
    if (reading === undefined || Object.values(reading).includes(undefined)) return undefined;
    const status = printerStatusOf(stateOfReading(reading));
    // One that is off line answers nothing that waits in its buffer.
    const model = status.online ? await identity(67) : undefined;
    const maker = model === undefined ? undefined : await identity(66);
    const profile = [...escPosProfiles.keys()].find((name) => name.toLowerCase() === model?.toLowerCase());
    return { model, maker, profile, status };
  } catch (error) {
    if (isElcertError(error)) return undefined;
    throw error;
  } finally {
    await link.close();
  }
}
