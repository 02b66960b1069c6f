// Measures how fast `writeCorpus` writes a corpus (npy, int16, records of 10 s at 500 Hz). Compares it with three other
// rates, measured in turn in the same folder: `dd` with fsync, which writes as many bytes; the writing alone, with
// ready records; and the kernel alone, without a disk. Prints medians with quartiles, and the peak of resident memory.
//   node bench/corpus-write.mjs [--dir .] [--records 60000] [--repeats 5] [--json]

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: '.' },
    records: { type: 'string', default: '60000' },
    repeats: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    child: { type: 'string' },
  },
});
const records = Number(values.records);
const mb = 1e6;

if (values.child !== undefined) await writeOnce(values.child);
else await bench();

/**
 * Writes one corpus and prints its time and peak memory. Runs in a separate process, so that the peak is that of
 * writing. A small corpus is written first, so that the time does not include the loading of modules.
 */
async function writeOnce(folder) {
  const { writeCorpus } = await import('../dist/corpus/write.js');
  await writeCorpus(`${folder}-first`, { format: 'npy', fsHz: 500, type: 'int16', count: 10 });
  await rm(`${folder}-first`, { recursive: true });
  const started = performance.now();
  await writeCorpus(folder, { format: 'npy', fsHz: 500, type: 'int16', count: records });
  const seconds = (performance.now() - started) / 1000;
  console.log(JSON.stringify({ seconds, maxRssMb: (process.resourceUsage().maxRSS * 1024) / mb }));
}

/** Returns the seconds to write, hash and flush the same shards when one ready block of records is used repeatedly. */
async function writeReady(folder) {
  const { planCorpus } = await import('../dist/corpus/plan.js');
  const { BlockSource } = await import('../dist/corpus/blocks.js');
  const { countShards, listShards } = await import('../dist/corpus/shards.js');
  const { plan, format } = await planCorpus({ format: 'npy', fsHz: 500, type: 'int16', count: records });
  await mkdir(folder);
  const source = new BlockSource(plan).blocks([{ start: 0, count: 200 }]);
  const { value: block } = await source.next();
  const started = performance.now();
  let before;
  for (const shard of listShards(plan, 0, countShards(plan))) {
    let current;
    const filled = new Promise((resolve) => {
      const blocks = async function* () {
        for (let made = 0; made < shard.count; made += block.count) {
          const count = Math.min(block.count, shard.count - made);
          yield count === block.count ? block : headOf(block, count, plan.lengthSamples);
        }
        resolve();
      };
      current = format.writeShard(join(folder, String(shard.number)), plan, blocks(), shard);
    });
    await Promise.race([filled, current]);
    await before;
    before = current;
  }
  await before;
  const seconds = (performance.now() - started) / 1000;
  await source.return();
  return seconds;
}

/** Returns the first `count` records of a block. */
function headOf(block, count, lengthSamples) {
  const { offsets, fiducialsS, types } = block.beats;
  const beats = offsets[count];
  return {
    ...block,
    count,
    labels: block.labels.subarray(0, count),
    beats: {
      offsets: offsets.subarray(0, count + 1),
      fiducialsS: fiducialsS.subarray(0, beats * 9),
      types: types.subarray(0, beats),
    },
    pieces: async function* () {
      for await (const piece of block.pieces()) yield piece.subarray(0, count * lengthSamples);
    },
  };
}

/** Returns the seconds that the kernel alone takes to make the records. Writing cannot be faster than this. */
async function generateOnce() {
  const { Synthesizer } = await import('../dist/synth/synthesizer.js');
  const synthesizer = new Synthesizer({
    preset: 'paper',
    fsHz: 500,
    seconds: 10,
    seed: 0,
    unit: 'mV',
    type: 'int16',
  });
  const [count, classes] = [200, ['normal', 'af', 'aflt', 'pvc', 'wpw']];
  const out = new Int16Array(count * synthesizer.lengthSamples);
  const started = performance.now();
  for (let start = 0; start < records; start += count) {
    await synthesizer.batch({ classes, start, count, out, annotations: true });
  }
  return (performance.now() - started) / 1000;
}

async function bench() {
  const folder = await mkdtemp(join(values.dir, 'corpus-write-'));
  const rates = { dd: [], corpus: [], ready: [], kernel: [] };
  let maxRssMb = 0;
  let bytes = 0;
  try {
    for (let repeat = 0; repeat < Number(values.repeats); repeat++) {
      const corpus = join(folder, 'corpus');
      const words = [fileURLToPath(import.meta.url), '--child', corpus, '--records', values.records];
      const written = JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }));
      bytes = await bytesOf(corpus);
      maxRssMb = Math.max(maxRssMb, written.maxRssMb);
      rates.corpus.push(bytes / mb / written.seconds);
      await rm(corpus, { recursive: true });
      const ready = join(folder, 'ready');
      const readySeconds = await writeReady(ready);
      rates.ready.push((await bytesOf(ready)) / mb / readySeconds);
      await rm(ready, { recursive: true });
      rates.dd.push(bytes / mb / dd(join(folder, 'dd'), bytes));
      await rm(join(folder, 'dd'));
      rates.kernel.push((records * 10_000) / mb / (await generateOnce()));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const ratios = rates.corpus.map((rate, at) => rate / rates.dd[at]);
  const readyRatios = rates.ready.map((rate, at) => rate / rates.dd[at]);
  const kernelRatios = rates.corpus.map((rate, at) => rate / rates.kernel[at]);
  const result = {
    records,
    megabytes: bytes / mb,
    ddMbPerS: summary(rates.dd),
    corpusMbPerS: summary(rates.corpus),
    readyMbPerS: summary(rates.ready),
    kernelMbPerS: summary(rates.kernel),
    corpusToDd: summary(ratios),
    readyToDd: summary(readyRatios),
    corpusToKernel: summary(kernelRatios),
    maxRssMb,
  };
  if (values.json) return console.log(JSON.stringify(result));
  const line = (name, { low, median, high }, unit, digits = 0) =>
    console.log(
      `${name.padEnd(34)} ${median.toFixed(digits)} ${unit} (${low.toFixed(digits)}-${high.toFixed(digits)})`,
    );
  console.log(
    `${records} records, ${result.megabytes.toFixed(0)} MB; median (quartiles) of ${values.repeats} repeats in turn`,
  );
  line('dd bs=1M conv=fsync', result.ddMbPerS, 'MB/s');
  line('writeCorpus, npy int16', result.corpusMbPerS, 'MB/s');
  line('writing alone, without kernel', result.readyMbPerS, 'MB/s');
  line('kernel alone, without disk', result.kernelMbPerS, 'MB/s of signal');
  line('writeCorpus / dd', result.corpusToDd, '', 2);
  line('writing alone / dd', result.readyToDd, '', 2);
  line('writeCorpus / kernel', result.corpusToKernel, '', 2);
  console.log(`${'peak resident memory, writeCorpus'.padEnd(34)} ${maxRssMb.toFixed(0)} MB`);
}

/** Returns the seconds that dd takes to write a file of this size. */
function dd(path, bytes) {
  const blocks = Math.ceil(bytes / 2 ** 20);
  const started = performance.now();
  const { status } = spawnSync(
    'dd',
    ['if=/dev/zero', `of=${path}`, 'bs=1M', `count=${blocks}`, 'conv=fsync'],
    {
      stdio: 'ignore',
    },
  );
  if (status !== 0) throw new Error(`dd ended with ${status}`);
  return (performance.now() - started) / 1000;
}

async function bytesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function summary(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
