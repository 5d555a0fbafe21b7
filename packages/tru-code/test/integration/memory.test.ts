import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('long files', () => {
  // The heap of the child is smaller than what it reads: whatever kept rows would end it.
  it('stream through a heap that could not hold them', { timeout: 240_000 }, async () => {
    const script = fileURLToPath(new URL('./stream-child.ts', import.meta.url));
    const { stdout } = await run(
      process.execPath,
      ['--max-old-space-size=48', '--conditions=@elcert/source', '--import', 'tsx', script],
      { maxBuffer: 1 << 20 },
    );
    expect(JSON.parse(stdout)).toEqual({
      read: { rows: 300_000, good: 297_000 },
      enriched: { total: 150_000, enriched: 75_000, damaged: 3000, megabytes: expect.any(Number) },
    });
  });
});
