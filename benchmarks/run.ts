import { readdirSync } from 'node:fs';
import { type Comparison, describe, measure } from './harness.js';

// Run by scripts/lib/bench.mjs, bundled as a release is. Every *.bench.ts beside this file exports `comparisons`. Arguments choose files by a part of their name.

const wanted = process.argv.slice(2);
const files = readdirSync(new URL('.', import.meta.url))
  .filter((name) => /\.bench\.[a-z]+$/.test(name))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();

if (files.length === 0) {
  console.error(`no benchmark is called ${wanted.join(' or ')}`);
  process.exitCode = 2;
}

for (const file of files) {
  const { comparisons }: { comparisons: readonly Comparison[] } = await import(
    new URL(file, import.meta.url).href
  );
  for (const comparison of comparisons) console.log(`${describe(await measure(comparison))}\n`);
}
if (files.length > 0) console.log('What these figures do not prove: benchmarks/README.md');
