// Compares the precisions float32, float16 and int8 of exported models. Trains each architecture briefly on synthetic
// records (AF against normal) and exports it in each precision. Prints the size of the file, the AUPRC on other
// synthetic records, the largest difference of a probability from float32, and the records per second on the CPU.
//   node bench/precision.mjs [--arch resnet18,gru] [--steps 60] [--records 512] [--threads 2] [--json]
// The precisions are timed in turn. The fastest of nine rounds counts, because other work of the machine can only slow
// a round down.

import { parseArgs } from 'node:util';
import { readAhead, syntheticBatches } from '../dist/batches/batches.js';
import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { modelFile } from '../dist/model/export.js';
import { precisions } from '../dist/model/metadata.js';
import { loadModel } from '../dist/model/session.js';
import { architectures } from '../dist/nn/models/index.js';
import { buildClassifierTraining } from '../dist/objectives/classify.js';
import { score } from '../dist/score/metrics.js';
import { Synthesizer } from '../dist/synth/synthesizer.js';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: Object.keys(architectures).join() },
    steps: { type: 'string', default: '60' },
    records: { type: 'string', default: '512' },
    threads: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
  },
});
const [steps, records, threads] = [values.steps, values.records, values.threads].map(Number);
const [seed, fsHz, seconds, trainingBatch, batch, rounds] = [1, 100, 10, 16, 64, 9];
const lengthSamples = fsHz * seconds;
const engine = onnxRuntimeEngine();
const source = new Synthesizer({
  ...{ preset: 'clinical', fsHz, seconds, seed },
  unit: 'zscore',
}).signalSource();
const listOf = (first, count, batchSize) =>
  syntheticBatches(source, [['normal'], ['af']], { first, count }, { batchSize, seed });

/** Returns the state after `steps` training steps, each with a new batch. */
async function trained(arch) {
  const { program, initialState, feeds } = buildClassifierTraining({
    arch,
    lengthSamples,
    batch: trainingBatch,
    seed,
  });
  const execution = await engine.load(program, initialState, { threads });
  let step = 0;
  for await (const { signals, labels } of readAhead(listOf(0, steps * trainingBatch, trainingBatch), 0)) {
    await execution.run(feeds({ ecg: signals, label: labels, learningRate: 1e-3, step: ++step }));
  }
  const state = await execution.getState();
  await execution.close();
  return state;
}

/** Returns the label and the predicted probability of each test record. */
async function answers(model) {
  const scored = [];
  for await (const { signals, labels } of readAhead(listOf(steps * trainingBatch, records, batch), 0)) {
    for (const [at, probability] of (await model.predict(signals)).entries()) {
      scored.push({ patientId: '', positive: labels[at] === 1, probability });
    }
  }
  return scored;
}

/** Returns the milliseconds that the model takes for one batch. */
async function timeOf(model, signals) {
  const started = performance.now();
  await model.run(signals);
  return performance.now() - started;
}

const rows = [];
for (const arch of values.arch.split(',')) {
  const state = await trained(arch);
  const files = [];
  for (const precision of precisions) {
    const metadata = { output: 'logit' };
    const bytes = await modelFile({ plan: { arch, lengthSamples }, state, engine, metadata, precision });
    const model = await loadModel(bytes, `${arch} ${precision}`, { engine, threads });
    files.push({ precision, bytes, model, scored: await answers(model), times: [] });
  }
  const { signals } = await listOf(0, batch, batch).batch(0, 0);
  for (let round = 0; round < rounds; round++) {
    for (const { model, times } of files) times.push(await timeOf(model, signals));
  }
  for (const { precision, bytes, model, scored, times } of files) {
    await model.close();
    const differences = scored.map(({ probability }, at) =>
      Math.abs(probability - files[0].scored[at].probability),
    );
    rows.push({
      arch,
      precision,
      bytes: bytes.length,
      auprc: score(scored).auprc,
      maxProbabilityDifference: Math.max(...differences),
      recordsPerS: (1000 * batch) / Math.min(...times),
    });
  }
  if (!values.json) print(rows.slice(-precisions.length), rows.length === precisions.length);
}
await engine.close();
if (values.json) console.log(JSON.stringify({ lengthSamples, steps, records, threads, rows }));

function print(some, isFirst) {
  if (isFirst) {
    console.log(
      `length ${lengthSamples}, ${steps} training steps of ${trainingBatch} records, ${records} test records, ${threads} threads\n`,
    );
    console.log(
      '| architecture | precision | file, kB | AUPRC | max. difference of probability | records/s |',
    );
    console.log('|---|---|---|---|---|---|');
  }
  for (const row of some) {
    const { arch, precision, bytes, auprc, maxProbabilityDifference: difference, recordsPerS } = row;
    const columns = [
      arch,
      precision,
      (bytes / 1000).toFixed(0),
      auprc.toFixed(4),
      difference.toExponential(1),
    ];
    console.log(`| ${[...columns, recordsPerS.toFixed(0)].join(' | ')} |`);
  }
}
