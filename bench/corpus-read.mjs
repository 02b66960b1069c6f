// Measures what the comparison of each file with its SHA-256 adds to reading a corpus. Reads a corpus of every format (10 s
// at 250 Hz) with and without it, in turns, and prints CPU time per record and the ratio: medians over the rounds. The
// files are in the page cache.
//   node bench/corpus-read.mjs [--dir .] [--records 2000] [--repeats 7]

import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inputPath } from '../dist/codecs/input.js';
import { readManifest } from '../dist/corpus/manifest.js';
import { readRecords } from '../dist/corpus/read.js';
import { checkedShard } from '../dist/corpus/shard-files.js';
import { writeCorpus } from '../dist/corpus/write.js';

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '.' },
    records: { type: 'string', default: '2000' },
    repeats: { type: 'string', default: '7' },
  },
});
const count = Number(values.records);
const repeats = Number(values.repeats);

const uncheckedShard = (folder, { path }) => ({
  open: (name, what) => inputPath(folder, name === '' ? path : `${path}/${name}`, what),
});

/** Returns the CPU time in ms that reading the whole corpus takes. */
async function cpuMs(folder, manifest, openShard) {
  const since = process.cpuUsage();
  let samples = 0;
  for await (const { signal } of readRecords(folder, manifest, undefined, openShard))
    samples += signal.length;
  const { user, system } = process.cpuUsage(since);
  if (samples === 0) throw new Error('the corpus has no samples');
  return (user + system) / 1000;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

console.log(
  '| format | us per record, unchecked | us per record, checked | ratio |\n| --- | --- | --- | --- |',
);
const root = await mkdtemp(join(values.dir, 'corpus-read-'));
try {
  for (const [format, type] of [
    ['npy', 'float32'],
    ['npy', 'int16'],
    ['parquet', 'float32'],
    ['parquet', 'int16'],
    ['wfdb', 'int16'],
    ['edf', 'int16'],
    ['ptb-xl', 'int16'],
  ]) {
    const folder = join(root, `${format}-${type}`);
    await writeCorpus(folder, { format, type, count });
    const manifest = await readManifest(folder);
    await cpuMs(folder, manifest, uncheckedShard);
    const rounds = [];
    for (let round = 0; round < repeats; round++) {
      const unchecked = await cpuMs(folder, manifest, uncheckedShard);
      rounds.push({ unchecked, checked: await cpuMs(folder, manifest, checkedShard) });
    }
    const perRecord = (name) => ((median(rounds.map((one) => one[name])) * 1000) / count).toFixed(0);
    const ratio = median(rounds.map(({ checked, unchecked }) => checked / unchecked)).toFixed(2);
    console.log(`| ${format}, ${type} | ${perRecord('unchecked')} | ${perRecord('checked')} | ${ratio} |`);
  }
} finally {
  await rm(root, { recursive: true });
}
