import { Bench } from 'tinybench';

/** One thing done two ways: ours, and a named peer on the same machine in the same run. */
export interface Comparison {
  /** What is done, e.g. `decode a receipt of 40 lines`. */
  readonly name: string;
  /** What our way is called. */
  readonly ours: string;
  /** What it is held against; a name that a reader knows. */
  readonly peer: string;
  /** Runs our way once. A promise is awaited; otherwise what it returns is only kept from being optimised away. */
  readonly run: () => unknown;
  /** Runs the peer's way once, on the same content. */
  readonly runPeer: () => unknown;
}

/** What was measured: middle times of one run, in microseconds. */
export interface Measured {
  readonly comparison: Comparison;
  readonly ours: number;
  readonly peer: number;
}

/** How often the two ways take turns. */
const rounds = 10;

const middleOf = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

/**
 * Measures both ways. They take turns, so that whatever else the machine does meets both; of each turn the middle of its
 * samples counts and of the turns the middle one, because the mean of a noisy machine is the noise.
 *
 * @param timeMs - how long each way is repeated, warm-up apart
 */
export async function measure(comparison: Comparison, timeMs = 1000): Promise<Measured> {
  const times: Record<'ours' | 'peer', number[]> = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    const time = timeMs / rounds;
    const bench = new Bench({ time, warmupTime: round === 0 ? timeMs / 2 : time / 10 });
    bench.add('ours', () => comparison.run());
    bench.add('peer', () => comparison.runPeer());
    for (const task of await bench.run()) {
      if (task.result.state !== 'completed')
        throw new Error(`${comparison.name}: ${task.name} did not complete (${task.result.state})`);
      times[task.name as keyof typeof times].push(task.result.latency.p50 * 1000);
    }
  }
  return { comparison, ours: middleOf(times.ours), peer: middleOf(times.peer) };
}

/** A line for a person: both times and their ratio; below 1 ours is faster. */
export function describe({ comparison, ours, peer }: Measured): string {
  return [
    comparison.name,
    `  ${comparison.ours.padEnd(28)}${ours.toFixed(1).padStart(10)} µs`,
    `  ${comparison.peer.padEnd(28)}${peer.toFixed(1).padStart(10)} µs`,
    `  ratio ${(ours / peer).toFixed(2)} of the peer's time`,
  ].join('\n');
}
