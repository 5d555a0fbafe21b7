import type * as z from 'zod/mini';

/** The path of a fault in our own notation: `basket/article[0]/price`. */
export function pathText(path: readonly PropertyKey[], prefix = ''): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}/${String(part)}`,
    prefix,
  );
}

/** The first thing that a schema found wrong: where, and what. */
export function firstIssue(error: z.core.$ZodError, prefix = ''): { path: string; message: string } {
  const issue = error.issues[0];
  if (issue === undefined) return { path: prefix, message: 'not valid' };
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = pathText(unknown === undefined ? issue.path : [...issue.path, unknown], prefix);
  return { path, message: unknown === undefined ? issue.message : 'no such member' };
}
