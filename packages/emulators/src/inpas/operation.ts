import type { Kopecks } from '@elcert/core';
import type { AuthorizationAnswer } from '../acquirer/index.js';

/** A money operation in the terminal's journal. */
export interface PadOperation {
  /** Number of the slip. */
  readonly number: number;
  /** Id at the acquirer. */
  readonly operationId: string;
  readonly code: number;
  readonly title: string;
  /** Sums that were asked for. */
  readonly own: Kopecks;
  readonly certificate: Kopecks;
  readonly answer: AuthorizationAnswer;
  /** Field 90. */
  readonly slip: string;
}
