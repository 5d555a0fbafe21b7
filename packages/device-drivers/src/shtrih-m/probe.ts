import { type ByteChannel, type Clock, channelReader, isElcertError, systemClock } from '@elcert/core';
import { decodeAnswer, encodeRequest } from './codec.js';
import { detectLayer, packetLink, type ShtrihLayer, standardLink } from './link.js';
import { defaultLinkTimings, type LinkTimings } from './machine.js';

/** Who answered a probe. */
export interface ShtrihMProbe {
  readonly layer: ShtrihLayer;
  readonly model: string;
  readonly modelNumber: number;
  /** `2.0`. */
  readonly protocol: string;
}

/**
 * Asks whether a Shtrih-M register stands behind a channel: finds the layer, then asks for the device type (FCh, which needs no
 * password and changes nothing). Closes the channel.
 *
 * @returns nothing when nobody answers, or somebody who speaks another protocol
 * @throws what `connect` throws
 */
export async function probeShtrihM(options: {
  readonly connect: () => Promise<ByteChannel>;
  readonly clock?: Clock | undefined;
  readonly timings?: LinkTimings | undefined;
}): Promise<ShtrihMProbe | undefined> {
  const { clock = systemClock(), timings = { ...defaultLinkTimings, retries: 2 } } = options;
  const channel = await options.connect();
  try {
    const reader = channelReader(channel, clock);
    const layer = await detectLayer(channel, reader, { clock, timings });
    if (layer === undefined) return undefined;
    const link = (layer === 'standard' ? standardLink : packetLink)(channel, { clock, timings }, reader);
    const result = await link.exchange({
      body: encodeRequest('FC', {}),
      answerTimeoutMs: 1000,
      repeatable: true,
    });
    if (!result.ok) return undefined;
    const { code, fields } = decodeAnswer(result.body);
    // Type 0 is "fiscal register"; scales and other devices of the maker answer this command too.
    if (code !== 'FC' || fields === undefined || fields.type !== 0) return undefined;
    return {
      layer,
      model: String(fields.name),
      modelNumber: Number(fields.model),
      protocol: `${fields.protocolVersion}.${fields.protocolSubversion}`,
    };
  } catch (error) {
    if (isElcertError(error)) return undefined;
    throw error;
  } finally {
    await channel.close().catch(() => {});
  }
}
