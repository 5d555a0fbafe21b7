import type { ByteChannel, Clock, Random } from '@elcert/core';
import { sleep } from '@elcert/core';
import type { FaultPlan, FaultRule } from './faults.js';
import type { Ledger } from './ledger.js';
import type { Recorder } from './recorder.js';

/** The ends that there are, in the order a world starts them. */
export const emulatorNames = [
  'fes',
  'acquirer',
  'lan4gate',
  'inpas',
  'dualconnector',
  'shtrih-m',
  'ofd-ru',
  'ofd-kz',
  'atol-web',
  'escpos',
] as const;

/** Name of one end. */
export type EmulatorName = (typeof emulatorNames)[number];

/** The ends that can stand on a serial line too. */
export const serialEmulatorNames = ['shtrih-m', 'inpas', 'escpos'] as const satisfies readonly EmulatorName[];

/** Name of an end that can stand on a serial line. */
export type SerialEmulatorName = (typeof serialEmulatorNames)[number];

/** Where an emulator can be reached: TCP, a pseudo-terminal, or HTTP. */
export type EmulatorAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string }
  | { readonly url: string };

/** A running emulator. */
export interface EmulatorHandle {
  readonly name: string;
  readonly addresses: readonly EmulatorAddress[];
  readonly records: Recorder;
  readonly faults: FaultPlan;
  stop(): Promise<void>;
}

/** What every emulator is started with. */
export interface EmulatorContext {
  readonly clock: Clock;
  readonly seed: number | string;
  readonly ledger: Ledger;
  /** Rules for other emulators are allowed and ignored. */
  readonly faults?: readonly FaultRule[];
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port?: number;
}

/** The TCP address of a handle. @throws Error when it has none */
export function tcpAddressOf(handle: EmulatorHandle): { readonly host: string; readonly port: number } {
  for (const address of handle.addresses) if ('port' in address) return address;
  throw new Error(`${handle.name} does not listen on TCP`);
}

/** The HTTP address of a handle. @throws Error when it has none */
export function urlOf(handle: EmulatorHandle): string {
  for (const address of handle.addresses) if ('url' in address) return address.url;
  throw new Error(`${handle.name} does not speak HTTP`);
}

// Answers held back by `reorder`, each with the connection it belongs to, and gone with it.
const heldBack = new WeakMap<ByteChannel, Uint8Array[]>();

async function send(channel: ByteChannel, ...answers: readonly Uint8Array[]): Promise<void> {
  for (const bytes of answers) await channel.write(bytes);
  const held = heldBack.get(channel) ?? [];
  heldBack.delete(channel);
  for (const bytes of held) await channel.write(bytes);
}

/**
 * Sends an answer over a byte wire, spoiled as the fault that struck its request asks. Faults without an answer
 * (`drop`, `silent-after-effect`) send nothing; `refuse`, `wrong-mac`, `nak` and device states are made by the emulator
 * itself and passed here unspoiled.
 */
export async function deliver(
  channel: ByteChannel,
  bytes: Uint8Array,
  fault: FaultRule | undefined,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<void> {
  switch (fault?.do) {
    case 'drop':
    case 'silent-after-effect':
      return;
    case 'disconnect':
    case 'power-loss':
      return channel.close();
    case 'delay':
      await sleep(clock, fault.delayMs ?? 1000);
      return send(channel, bytes);
    case 'reorder':
      heldBack.set(channel, [...(heldBack.get(channel) ?? []), bytes]);
      return;
    case 'cut':
      await channel.write(bytes.subarray(0, fault.keepBytes ?? bytes.length >> 1));
      return channel.close();
    case 'corrupt': {
      const spoiled = bytes.slice();
      const at = random.uint32() % Math.max(1, spoiled.length);
      spoiled[at] = (spoiled[at] ?? 0) ^ 0x55;
      return send(channel, spoiled);
    }
    case 'duplicate':
      return send(channel, bytes, bytes);
    default:
      return send(channel, bytes);
  }
}
