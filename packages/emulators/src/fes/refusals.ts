import type { FesRefusalReason, FesWireProfile } from '@elcert/fes-client';

/** A refusal on its way to the wire: thrown by operations, never outside the emulator. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: FesRefusalReason;

  constructor(reason: FesRefusalReason, description: string) {
    super(description);
    this.reason = reason;
  }
}

/** The code that a profile gives to a reason. */
export function codeOf(profile: FesWireProfile, reason: FesRefusalReason): number {
  for (const [code, one] of Object.entries(profile.resultCodes.reasons))
    if (one === reason) return Number(code);
  throw new Error(`profile ${profile.name} has no code for ${reason}`);
}
