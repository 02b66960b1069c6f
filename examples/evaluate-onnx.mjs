// Evaluates an ONNX classifier on labelled records, then computes the probabilities of single signals with it.
//   node examples/evaluate-onnx.mjs [MODEL.onnx KIND:DIR]
//
// MODEL.onnx is a model that pqrst exported. KIND:DIR names a data set: mitdb:data/mitdb, ptb-xl:data/ptb-xl,
// folder:my-records, ... Without arguments, the program first trains a small model on synthetic records, then evaluates
// it on other synthetic records.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, onnxRuntimeEngine, openModel, Synthesizer, trainRun } from 'pqrst';

const [modelPath = await smallModel(), data = await syntheticWindows()] = process.argv.slice(2);

// 1. Evaluate the model on all windows of the data set. Sampling rate, length and task come from the metadata of the
//    file. `rows` has one row per window with its label and its probability.
const { metrics, rows } = await evaluate({ modelPath, data });
for (const name of ['f1', 'auprc', 'auroc']) {
  const { value, low, high } = metrics[name];
  console.log(
    `${name.toUpperCase()} ${value?.toFixed(3)} (95 % interval over patients ${low?.toFixed(3)}-${high?.toFixed(3)})`,
  );
}
console.log('first row:', rows[0]);

// 2. Use the model on signals of your own. `predict` takes z-scored samples, one signal after the other, with the rate
//    and length of the metadata. Here two synthetic records take the place of your signals; they are z-scored already.
const engine = onnxRuntimeEngine();
const model = await openModel(modelPath, { engine });
const { fsHz, lengthSamples, task } = model.metadata;
const synth = new Synthesizer({
  preset: 'clinical',
  fsHz,
  seconds: lengthSamples / fsHz,
  seed: 5,
  unit: 'zscore',
});
const { signals } = await synth.batch({ classes: ['normal', task], count: 2 });
const [normal, positive] = await model.predict(signals);
console.log(
  `probability of ${task}: ${normal.toFixed(3)} for a normal record, ${positive.toFixed(3)} for a record of ${task}`,
);
await model.close();
await engine.close();

/** Trains a small model for the task wpw on synthetic records and returns the path of its ONNX file. */
async function smallModel() {
  const out = await mkdtemp(join(tmpdir(), 'pqrst-run-'));
  await trainRun(
    {
      task: 'wpw',
      setting: 'syn',
      preset: 'clinical',
      fsHz: 100,
      seconds: 5,
      batch: 16,
      epochs: 5,
      syntheticCount: 256,
    },
    { out },
  );
  return join(out, 'model.onnx');
}

/** Returns synthetic windows as a data set. Windows may come from any program if they have these fields. */
async function syntheticWindows() {
  const synth = new Synthesizer({ preset: 'clinical', fsHz: 100, seconds: 5, seed: 1234, unit: 'mV' });
  const { signals, lengthSamples } = await synth.batch({ classes: ['normal', 'wpw'], count: 80 });
  const windows = Array.from({ length: 80 }, (_, k) => ({
    signal: signals.subarray(k * lengthSamples, (k + 1) * lengthSamples),
    unit: 'mV',
    leads: ['II'],
    origin: { dataset: '', record: `synthetic ${k}`, patient: `p${k}` },
    startS: 0,
    classes: [k % 2 === 0 ? 'normal' : 'wpw'],
  }));
  const set = { source: 'synthetic', fsHz: 100, lengthSamples, unit: 'mV', leads: ['II'] };
  return { ...set, windows, skipped: [] };
}
