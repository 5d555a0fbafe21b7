import { concatBytes, equalBytes } from '@elcert/core';
import { inpasMaxMessage } from './codec.js';
import type { InpasFrameEvent } from './framer.js';

// The receiving half of the link, the same for both sides: what is confirmed, what is asked for again, and how the pieces of
// a long message are put together. Pure.

/** What has come of a message so far. */
export interface InpasReceiving {
  readonly parts: readonly Uint8Array[];
  readonly size: number;
  /** The piece that was confirmed last: the same one again means that the confirmation was lost. */
  readonly last: Uint8Array | undefined;
  /** Frames asked for again, in a row. */
  readonly naks: number;
}

/** Nothing has come yet. */
export const nothingReceived: InpasReceiving = { parts: [], size: 0, last: undefined, naks: 0 };

/** What to do with something that came. */
export interface InpasReceived {
  readonly state: InpasReceiving;
  readonly reply?: 'ack' | 'nak';
  /** A whole message: its fields, as bytes. `frame` tells one from another. */
  readonly message?: { readonly body: Uint8Array; readonly frame: Uint8Array };
  /** The message cannot be had any more. */
  readonly failed?: 'too-many-naks' | 'piece-missing' | 'too-long';
}

// As many as the terminal repeats a frame, with one to spare.
const maxNaks = 5;

/** Takes a frame, a piece or damage; controls and junk are not its business. */
export function receiveInpas(state: InpasReceiving, event: InpasFrameEvent): InpasReceived {
  switch (event.type) {
    case 'damaged': {
      const naks = state.naks + 1;
      return naks > maxNaks
        ? { state: nothingReceived, failed: 'too-many-naks' }
        : { state: { ...state, naks }, reply: 'nak' };
    }
    case 'frame':
      return {
        state: nothingReceived,
        reply: 'ack',
        message: { body: event.body, frame: event.bytes },
      };
    case 'fragment': {
      const { bytes, number, data } = event;
      if (state.last !== undefined && equalBytes(state.last, bytes))
        return { state: { ...state, naks: 0 }, reply: 'ack' };
      const expected = String((state.parts.length % 9) + 1);
      if (number !== '0' && number !== expected) return { state: nothingReceived, failed: 'piece-missing' };
      const size = state.size + data.length;
      if (size > inpasMaxMessage) return { state: nothingReceived, failed: 'too-long' };
      const parts = [...state.parts, data];
      if (number !== '0') return { state: { parts, size, last: bytes, naks: 0 }, reply: 'ack' };
      return {
        state: { ...nothingReceived, last: bytes },
        reply: 'ack',
        message: { body: concatBytes(...parts), frame: bytes },
      };
    }
    default:
      return { state };
  }
}
