import { z } from 'zod';
import { safeParseKtsrArticle } from '../catalogue/ktsr-article.js';
import { readMappingFields } from '../enrich/mapping-fields.js';
import { safeParseTruCode, type TruCode } from '../tru-code.js';

// An issue carries our own code and position in `params`, and the Russian message, because a form shows it to a person.
function check(
  text: string,
  add: (issue: { code: 'custom'; message: string; params: Record<string, unknown> }) => void,
) {
  const result = safeParseTruCode(text);
  if (!result.ok) {
    const { code, position, userMessage } = result.error;
    add({ code: 'custom', message: userMessage, params: { code, position } });
  }
  return result;
}

/**
 * The text of a TRU code in any of its forms, left as it is.
 *
 * @example
 * ```ts
 * const Item = z.object({ name: z.string(), truCode: truCodeTextSchema });
 * ```
 */
export const truCodeTextSchema = z.string().superRefine((text, context) => {
  check(text, (issue) => context.addIssue(issue));
});

/** The text of a TRU code, read into a {@link TruCode}. */
export const truCodeSchema = z.string().transform((text, context): TruCode => {
  const result = check(text, (issue) => context.addIssue(issue));
  return result.ok ? result.value : z.NEVER;
});

/** A {@link TruCode} that was stored as JSON: its members have to agree with each other. */
export const truCodeObjectSchema = z
  .object({
    base: z.string(),
    manufacturer: z.string(),
    model: z.string(),
    country: z.string(),
    full: truCodeTextSchema,
    enriched: z.boolean(),
  })
  .superRefine((value, context) => {
    const parsed = safeParseTruCode(value.full);
    if (!parsed.ok) return;
    const wanted = parsed.value;
    for (const member of Object.keys(wanted) as (keyof TruCode)[]) {
      if (value[member] !== wanted[member]) {
        context.addIssue({
          code: 'custom',
          path: [member],
          message: `Не согласуется с полным кодом ${value.full}`,
          params: { expected: wanted[member] },
        });
      }
    }
  });

/** An entry of a list of TRU codes: 19 characters and a name. */
export const truCatalogueEntrySchema = z.object({
  code: truCodeTextSchema.refine((text) => text.length === 19, 'В справочнике коды из 19 символов'),
  name: z.string().min(1),
});

/** An article of KTSR. */
export const ktsrArticleSchema = z.string().superRefine((text, context) => {
  const result = safeParseKtsrArticle(text);
  if (!result.ok) {
    const { code, position, userMessage } = result.error;
    context.addIssue({ code: 'custom', message: userMessage, params: { code, position } });
  }
});

/** A row of a shop's mapping: article, code or class, parts. Checked as a whole, as the reader of CSV does. */
export const mappingFieldsSchema = z
  .object({
    article: z.string(),
    tru: z.string().optional(),
    ktsr: z.string().optional(),
    manufacturer: z.string().optional(),
    model: z.string().optional(),
    country: z.string().optional(),
  })
  .superRefine((fields, context) => {
    const row = readMappingFields(fields, 1);
    if (row.ok) return;
    const { code, column, userMessage, position } = row.problem;
    context.addIssue({
      code: 'custom',
      path: column === undefined ? [] : [column],
      message: userMessage,
      params: { code, ...(position === undefined ? {} : { position }) },
    });
  });
