import type { FnMessageSource } from '@elcert/core';
import type { EmulatedFn } from './types.js';

/** The drive's own queue as a source of documents, without a register in between. */
export function fnMessageSource(fn: EmulatedFn): FnMessageSource {
  return {
    async next() {
      const container = fn.nextContainer();
      return container === undefined
        ? undefined
        : { fiscalDriveNumber: container.fiscalDriveNumber, container: container.bytes };
    },
    async confirm(_message, reply) {
      fn.loadReply(reply);
    },
  };
}
