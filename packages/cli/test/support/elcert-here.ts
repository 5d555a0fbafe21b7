import { Readable } from 'node:stream';
import { run } from '../../src/run.js';

/** What a finished command has left behind. */
interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the command line to its end inside this process: the same arguments, streams and exit code as `elcert`, without the second that
 * a process of its own takes to start. What only a process shows – signals, pipes, its start – is tried in tests/e2e.
 */
export async function elcertHere(
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  const code = await run(args, {
    stdin: Readable.from([typeof input === 'string' ? new TextEncoder().encode(input) : input]),
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    interactive: false,
    stopRequested: () => new Promise(() => {}),
  });
  return { code, stdout, stderr };
}
