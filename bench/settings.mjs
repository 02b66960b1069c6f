// Compares the settings Real, Syn and Syn->Real over several seeds, as a small version of the comparison in the paper.
// Each seed has its own split by patient, initial weights and synthetic records.
//   node bench/settings.mjs --data mitdb:DIR --out DIR [--task af --seeds 1,2,3,4,5 --preset paper --fs 100
//     --epochs 6 --synthetic-count 2048 --batch 32]
// Each training is a folder in --out. The same command again resumes an unfinished training and keeps the finished
// ones.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { onnxRuntimeEngine, openDataset, trainRun } from 'pqrst';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string' },
    task: { type: 'string', default: 'af' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    preset: { type: 'string', default: 'paper' },
    fs: { type: 'string', default: '100' },
    epochs: { type: 'string', default: '6' },
    batch: { type: 'string', default: '32' },
    'synthetic-count': { type: 'string', default: '2048' },
  },
});
if (values.data === undefined || values.out === undefined) {
  console.error(
    '--data or --out is missing\nusage: node bench/settings.mjs --data mitdb:DIR --out DIR [options: see the first comment of the file]',
  );
  process.exit(2);
}
const settings = ['real', 'syn', 'syn-real'];
const seeds = values.seeds.split(',').map(Number);
const fsHz = Number(values.fs);
const windows = await openDataset(values.data, { fsHz, seconds: 10 });
const engine = onnxRuntimeEngine();
const results = new Map(settings.map((setting) => [setting, []]));

for (const seed of seeds) {
  for (const setting of settings) {
    const out = join(values.out, `${values.task}-${setting}-${seed}`);
    const done = join(out, 'metrics.json');
    const began = performance.now();
    const result = existsSync(done) ? JSON.parse(readFileSync(done, 'utf8')) : await run(setting, seed, out);
    results.get(setting).push(result);
    const { metrics } = result.test;
    const { test } = result.split;
    console.log(
      `seed ${seed} ${setting.padEnd(8)} F1 ${show(metrics.f1.value)} AUPRC ${show(metrics.auprc.value)} ` +
        `AUROC ${show(metrics.auroc.value)}; test: ${test.positives} of ${test.windows} windows positive, ` +
        `${test.patients.length} patients; ${((performance.now() - began) / 1000).toFixed(0)} s`,
    );
  }
}
await engine.close();

console.log(`\n| setting | F1 at 0.5 | AUPRC | AUROC |\n|---|---|---|---|`);
for (const [setting, runs] of results) {
  const cells = ['f1', 'auprc', 'auroc'].map((name) =>
    spread(runs.map(({ test }) => test.metrics[name].value)),
  );
  console.log(`| ${setting} | ${cells.join(' | ')} |`);
}
console.log(`\nmean (SD over ${seeds.length} seeds)`);
for (const name of ['f1', 'auprc', 'auroc']) {
  const [real, synReal] = ['real', 'syn-real'].map((setting) =>
    results.get(setting).map(({ test }) => test.metrics[name].value ?? 0),
  );
  const gains = synReal.map((value, at) => value - real[at]);
  const relative = (100 * (mean(synReal) - mean(real))) / mean(real);
  console.log(
    `gain of Syn->Real over Real, ${name}: ${mean(gains).toFixed(3)} on average (${relative.toFixed(1)} % of Real), ` +
      `by seed ${gains.map((gain) => gain.toFixed(3)).join(', ')}`,
  );
}

function run(setting, seed, out) {
  return trainRun(
    {
      task: values.task,
      setting,
      preset: values.preset,
      fsHz,
      seconds: 10,
      seed,
      batch: Number(values.batch),
      epochs: Number(values.epochs),
      validateEvery: 1,
      syntheticCount: Number(values['synthetic-count']),
    },
    { out, data: windows, engine, resume: existsSync(join(out, 'checkpoint.bin')) },
  );
}

function mean(numbers) {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
}

/** Returns `mean (SD)` as text. */
function spread(values) {
  const numbers = values.map((value) => value ?? Number.NaN);
  const centre = mean(numbers);
  const sd = Math.sqrt(
    numbers.reduce((sum, x) => sum + (x - centre) ** 2, 0) / Math.max(1, numbers.length - 1),
  );
  return `${show(centre)} (${show(sd)})`;
}

function show(value) {
  return value === null || Number.isNaN(value) ? 'undefined' : value.toFixed(3);
}
