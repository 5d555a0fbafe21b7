import type { Logger } from '@elcert/core';

/** A logger that throws must not change what is known of the money. */
export function quietLogger(logger: Logger | undefined): Logger {
  const say =
    (level: keyof Logger) =>
    (facts: Readonly<Record<string, unknown>>, message: string): void => {
      try {
        logger?.[level](facts, message);
      } catch {
        // Its own trouble.
      }
    };
  return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') };
}
