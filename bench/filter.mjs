// Measures the cost of the filter of windows: of one lead, of a batch of synthetic records, of a training step, and of a
// model file that computes the filter itself. The cases with and without the filter take turns.
//   node bench/filter.mjs [--filter 0.5-40] [--rates 100,250,500] [--arch lstm,resnet18] [--batch 32] [--steps 8]
//     [--rounds 9] [--threads 2]
// Prints medians with quartiles over the rounds; a ratio is computed within each round. Times are CPU time of all threads
// of the process, because the machine may have other work.

import { parseArgs } from 'node:util';
import { readAhead, syntheticBatches } from '../dist/batches/batches.js';
import { filteredSource } from '../dist/batches/filtered-source.js';
import { ratioOf, spreadOf } from '../dist/bench/spread.js';
import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { modelFile } from '../dist/model/export.js';
import { loadModel } from '../dist/model/session.js';
import { buildClassifierTraining } from '../dist/objectives/classify.js';
import { leadFilter } from '../dist/signal/filter.js';
import { Synthesizer } from '../dist/synth/synthesizer.js';

const { values } = parseArgs({
  options: {
    filter: { type: 'string', default: '0.5-40' },
    rates: { type: 'string', default: '100,250,500' },
    arch: { type: 'string', default: 'lstm,resnet18' },
    batch: { type: 'string', default: '32' },
    steps: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '9' },
    threads: { type: 'string', default: '2' },
  },
});
const { filter } = values;
const [batch, steps, rounds, threads] = ['batch', 'steps', 'rounds', 'threads'].map((name) =>
  Number(values[name]),
);
const [seed, seconds, labels] = [1, 10, ['normal', 'af']];
const engine = onnxRuntimeEngine();

/** Returns the CPU time of `work` in ms. */
async function cpuMs(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Measures the cases in turn: one warm-up, then `rounds` rounds. Returns the times of each case in ms. */
async function inTurn(cases) {
  const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (const work of Object.values(cases)) await work();
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(cases)) times[name].push(await cpuMs(work));
  }
  return times;
}

function shown({ median, low, high }, factor = 1) {
  const text = (value) => (value * factor).toPrecision(3);
  return `${text(median)} (${text(low)}-${text(high)})`;
}

/** Prints the times with and without the filter per item, and their ratio. */
function print(what, { plain, filtered }, items, unit, factor) {
  const per = (list) => list.map((time) => time / items);
  console.log(
    `${what}: ${shown(spreadOf(per(plain)), factor)} ${unit} without, ${shown(spreadOf(per(filtered)), factor)} with, ` +
      `ratio ${shown(ratioOf(filtered, plain))}`,
  );
}

for (const fsHz of values.rates.split(',').map(Number)) {
  const lengthSamples = fsHz * seconds;
  console.log(`${fsHz} Hz, windows of ${seconds} s, filter ${filter}`);
  const sourceOf = (unit) => new Synthesizer({ preset: 'paper', fsHz, seconds, seed, unit }).signalSource();
  const sources = { plain: sourceOf('zscore'), filtered: filteredSource(sourceOf('mV'), filter) };

  const { signals: leads } = await sourceOf('mV').batch({ labels, start: 0, count: 64 });
  const [apply, out] = [leadFilter(filter, { fsHz, lengthSamples }), new Float32Array(lengthSamples)];
  const filterAll = async () => {
    for (let turn = 0; turn < 8; turn++) {
      for (let at = 0; at < leads.length; at += lengthSamples)
        apply(leads.subarray(at, at + lengthSamples), out);
    }
  };
  const { lead } = await inTurn({ lead: filterAll });
  console.log(`  one lead: ${shown(spreadOf(lead.map((time) => time / 512)), 1000)} us`);

  const make = (source) => () => source.batch({ labels, start: 0, count: 256 });
  const made = await inTurn({ plain: make(sources.plain), filtered: make(sources.filtered) });
  print('  one synthetic record', made, 256, 'us', 1000);

  for (const arch of values.arch.split(',')) {
    const plan = { arch, lengthSamples };
    const { program, initialState, feeds } = buildClassifierTraining({ ...plan, batch, seed });
    const execution = await engine.load(program, initialState, { threads });
    let step = 0;
    const train = (source) => async () => {
      const list = syntheticBatches(
        source,
        labels.map((label) => [label]),
        { first: 0, count: batch * steps },
        { batchSize: batch, seed },
      );
      for await (const { signals: ecg, labels: label } of readAhead(list, 0)) {
        await execution.run(feeds({ ecg, label, learningRate: 1e-4, step: ++step }));
      }
    };
    const trained = await inTurn({ plain: train(sources.plain), filtered: train(sources.filtered) });
    print(`  ${arch}, one training step of ${batch} records`, trained, steps, 'ms');
    const state = await execution.getState();
    await execution.close();

    const metadata = { fsHz, lengthSamples, filter, scaling: 'zscore', output: 'logit' };
    const file = (withPreprocessing) => modelFile({ engine, plan, metadata, state, withPreprocessing });
    const models = [];
    for (const isRaw of [false, true])
      models.push(await loadModel(await file(isRaw), arch, { engine, threads }));
    const [plain, filtered] = models;
    const answered = await inTurn({ plain: () => plain.run(leads), filtered: () => filtered.run(leads) });
    print(`  ${arch}, one window by a model file, with its preprocessing inside`, answered, 64, 'ms');
    for (const model of models) await model.close();
  }
}
await engine.close();
