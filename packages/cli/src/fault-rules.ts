import { type FaultRule, faultActions } from '@elcert/emulators/kernel';
import { z } from 'zod';
import { badInput } from './outcome.js';

const count = z.number().int().nonnegative();

const faultRules = z.array(
  z.strictObject({
    at: z.string().min(1),
    when: z
      .strictObject({
        operation: z.string().min(1).optional(),
        nth: count.positive().optional(),
        probability: z.number().min(0).max(1).optional(),
        match: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      })
      .optional(),
    do: z.enum(faultActions),
    delayMs: count.optional(),
    keepBytes: count.optional(),
    code: z.union([z.string(), z.number()]).optional(),
    times: count.optional(),
  }),
);

/**
 * Checks fault rules that were read from JSON.
 *
 * @throws ElcertError `BAD_FAULT_RULE` with the path of the first member at fault
 */
export function parseFaultRules(value: unknown): FaultRule[] {
  const result = faultRules.safeParse(value);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw badInput('BAD_FAULT_RULE', issue?.message ?? 'not fault rules', {
      path: issue?.path.join('/') ?? '',
    });
  }
  // JSON has no undefined, so an absent member stays absent.
  return result.data as FaultRule[];
}
