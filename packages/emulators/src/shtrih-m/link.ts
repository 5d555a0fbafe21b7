import {
  ACK,
  NAK,
  numberedPacket,
  type PacketEvent,
  type StandardEvent,
  standardFrame,
} from '@elcert/device-drivers/shtrih-m';

// The register's side of both link layers, as pure functions. Executing a command is not their business: a reaction says
// what is to be done, and `…Answered` takes the result.

/** What the register does after something came over the wire. */
export type Reaction =
  | { readonly type: 'write'; readonly bytes: Uint8Array }
  | { readonly type: 'execute'; readonly body: Uint8Array }
  /** The frame was damaged, or a byte came that means nothing. */
  | { readonly type: 'complaint'; readonly bytes: Uint8Array };

/** What a register remembers of the standard layer, whichever connection the host comes over. */
export interface StandardMemory {
  /** The answer that the host has not confirmed. */
  readonly answer: Uint8Array | undefined;
  readonly repeats: number;
  /** The command is still carried out: ENQ is answered by ACK alone, and no other command is taken. */
  readonly busy: boolean;
}

/** Nothing to repeat. */
export const freshStandard: StandardMemory = { answer: undefined, repeats: 0, busy: false };

const mostRepeats = 10;

/** One event on the standard layer. */
export function standardReact(
  memory: StandardMemory,
  event: StandardEvent,
): { readonly memory: StandardMemory; readonly reactions: readonly Reaction[] } {
  if (memory.busy) {
    const reply = event.type === 'enq' ? ACK : event.type === 'frame' ? NAK : undefined;
    return {
      memory,
      reactions: reply === undefined ? [] : [{ type: 'write', bytes: Uint8Array.of(reply) }],
    };
  }
  switch (event.type) {
    case 'enq':
      if (memory.answer === undefined || memory.repeats >= mostRepeats) {
        return { memory: freshStandard, reactions: [{ type: 'write', bytes: Uint8Array.of(NAK) }] };
      }
      return {
        memory: { ...memory, repeats: memory.repeats + 1 },
        reactions: [
          { type: 'write', bytes: Uint8Array.of(ACK) },
          { type: 'write', bytes: standardFrame(memory.answer) },
        ],
      };
    case 'ack':
      return { memory: freshStandard, reactions: [] };
    case 'nak':
      // Not an order to repeat: the host asks by ENQ.
      return { memory, reactions: [] };
    case 'frame':
      return { memory: freshStandard, reactions: [{ type: 'execute', body: event.body }] };
    case 'bad-frame':
      return { memory, reactions: [{ type: 'complaint', bytes: Uint8Array.of(NAK) }] };
    case 'junk':
      // FFh is line noise after an ACK; any other byte outside a frame is refused, which some hosts use as a link test.
      return {
        memory,
        reactions: event.byte === 0xff ? [] : [{ type: 'complaint', bytes: Uint8Array.of(NAK) }],
      };
  }
}

/**
 * The answer of an executed command stays until the host confirms it.
 *
 * @param busy - the command was begun, its answer is not ready
 */
export function standardAnswered(answer: Uint8Array, busy = false): StandardMemory {
  return { answer, repeats: 0, busy };
}

/** What a register remembers of protocol 2: numbering belongs to the device, not to a connection. */
export interface PacketMemory {
  readonly last: number;
  readonly answer: Uint8Array;
}

/** After power-up: number 1, nothing done. */
export const freshPacket: PacketMemory = { last: 1, answer: new Uint8Array(0) };

/** One event on protocol 2: only the next number is executed, any other gets the last answer. */
export function packetReact(memory: PacketMemory, event: PacketEvent): readonly Reaction[] {
  switch (event.type) {
    case 'sync':
      return [{ type: 'write', bytes: numberedPacket(memory.last, new Uint8Array(0)) }];
    case 'packet':
      return event.number === ((memory.last + 1) & 0xffff) && event.body.length > 0
        ? [{ type: 'execute', body: event.body }]
        : [{ type: 'write', bytes: numberedPacket(memory.last, memory.answer) }];
    default:
      return [];
  }
}

/** The memory after a command was executed. */
export function packetAnswered(memory: PacketMemory, answer: Uint8Array): PacketMemory {
  return { last: (memory.last + 1) & 0xffff, answer };
}
