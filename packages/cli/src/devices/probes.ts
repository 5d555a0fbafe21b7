import type { ByteChannel } from '@elcert/core';
import { probeShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { Family } from './explain.js';

/** Who answered. */
export interface Found {
  readonly driver: Family;
  readonly model: string;
  /** What else its driver has to be told, e.g. the link layer. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where bytes go. */
export interface Line {
  readonly connect: () => Promise<ByteChannel>;
}

/** How a family is found. */
export interface Probe {
  readonly family: Family;
  /** Bit rates its devices leave the factory with, the likeliest first. */
  readonly baudRates: readonly number[];
  /** Asks without any effect; nothing when nobody answers who speaks this protocol. */
  readonly ask: (line: Line) => Promise<Found | undefined>;
}

/** Who is asked, in this order: first those whose question no other device can take for something to print. */
export const probes: readonly Probe[] = [
  {
    family: 'shtrih-m',
    baudRates: [115_200, 4800, 57_600, 9600],
    async ask(line) {
      const register = await probeShtrihM(line);
      if (register === undefined) return undefined;
      return { driver: 'shtrih-m', model: register.model, settings: { layer: register.layer } };
    },
  },
];
