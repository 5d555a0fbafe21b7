import type { ByteChannel } from '@elcert/core';
import { probeAtol } from '@elcert/device-drivers/atol';
import { probeEscPos } from '@elcert/device-drivers/escpos';
import { probeInpas } from '@elcert/device-drivers/inpas';
import { probeLan4Gate } from '@elcert/device-drivers/lan4gate';
import { probeShtrihM } from '@elcert/device-drivers/shtrih-m';
import type { Address } from '../arguments.js';
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
  /** Of a TCP port. */
  readonly address?: Address;
}

/** How a family is found. */
export interface Probe {
  readonly family: Family;
  /** Bit rates its devices leave the factory with, the likeliest first; none for one that has no serial line. */
  readonly baudRates: readonly number[];
  /** Asks without any effect; nothing when nobody answers who speaks this protocol. */
  readonly ask: (line: Line) => Promise<Found | undefined>;
}

/** A port that by custom belongs to one family: nobody else's question is sent there. */
export const customaryPorts: Readonly<Record<number, Family>> = { 9100: 'escpos' };

/**
 * Who is asked, in this order. Printers come first: whatever another protocol asks, a printer would print. One that tells
 * nothing of itself cannot be found, and may print a line of signs on a port that is not the customary one.
 */
export const probes: readonly Probe[] = [
  {
    family: 'escpos',
    baudRates: [9600, 19_200, 115_200],
    async ask(line) {
      const printer = await probeEscPos(line);
      if (printer === undefined) return undefined;
      const { model, maker, profile } = printer;
      const name = [maker, model].filter((one) => one !== undefined).join(' ');
      return {
        driver: 'escpos',
        model: name === '' ? 'a printer without a name' : name,
        ...(profile === undefined ? {} : { settings: { profile } }),
      };
    },
  },
  {
    family: 'shtrih-m',
    baudRates: [115_200, 4800, 57_600, 9600],
    async ask(line) {
      const register = await probeShtrihM(line);
      if (register === undefined) return undefined;
      return { driver: 'shtrih-m', model: register.model, settings: { layer: register.layer } };
    },
  },
  {
    family: 'inpas',
    baudRates: [115_200],
    async ask(line) {
      const terminal = await probeInpas(line);
      if (terminal === undefined) return undefined;
      return { driver: 'inpas', model: `terminal ${terminal.terminalId ?? 'without a number'}` };
    },
  },
  {
    family: 'lan4gate',
    baudRates: [],
    async ask(line) {
      const terminal = await probeLan4Gate(line);
      return terminal === undefined ? undefined : { driver: 'lan4gate', model: 'a terminal that listens' };
    },
  },
  {
    family: 'atol',
    baudRates: [],
    async ask({ address }) {
      if (address === undefined) return undefined;
      const server = await probeAtol(address);
      if (server === undefined) return undefined;
      return {
        driver: 'atol',
        model: server.model ?? (server.needsSignIn ? 'a web server that wants a sign-in' : 'a web server'),
        settings: { version: server.version },
      };
    },
  },
];
