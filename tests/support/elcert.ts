import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** What a finished `elcert` process has left behind. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A started `elcert` process. */
export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

/** Starts the command line from its sources, as `npm run elcert` does. */
export function startElcert(args: readonly string[], input: string | Uint8Array = ''): Running {
  const child = spawn(process.execPath, ['--conditions=@elcert/source', '--import', 'tsx', bin, ...args], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, finished };
}

/** Runs the command line to its end. */
export function elcert(args: readonly string[], input?: string | Uint8Array): Promise<Finished> {
  return startElcert(args, input).finished;
}
