// Evaluate an ONNX classifier on labelled records, and score a single signal with it.
//   node examples/evaluate-onnx.mjs [MODEL.onnx KIND:DIR]     KIND: mitdb, ptb-xl or folder
// Without arguments it trains a small model on synthetic records first, and judges it on others.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, onnxRuntimeEngine, openModel, Synthesizer, trainRun } from 'pqrst';

const [modelPath = await smallModel(), data = await syntheticWindows()] = process.argv.slice(2);

const { metrics, rows } = await evaluate({ modelPath, data });
for (const name of ['f1', 'auprc', 'auroc']) {
  const { value, low, high } = metrics[name];
  console.log(
    `${name.toUpperCase()} ${value?.toFixed(3)} (95 % interval over patients ${low?.toFixed(3)}-${high?.toFixed(3)})`,
  );
}
console.log('first row:', rows[0]);

// One signal: z-score it as the file's metadata says, at the file's rate and length.
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
  `probability of ${task}: ${normal.toFixed(3)} for a normal record, ${positive.toFixed(3)} for one of ${task}`,
);
await model.close();
await engine.close();

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

/** Windows need not come from a file: anything of the shape of a WindowSet will do. */
async function syntheticWindows() {
  const synth = new Synthesizer({ preset: 'clinical', fsHz: 100, seconds: 5, seed: 1234, unit: 'mV' });
  const { signals, lengthSamples } = await synth.batch({ classes: ['normal', 'wpw'], count: 80 });
  const windows = Array.from({ length: 80 }, (_, k) => ({
    signalMv: signals.subarray(k * lengthSamples, (k + 1) * lengthSamples),
    recordName: `synthetic ${k}`,
    patientId: `p${k}`,
    startS: 0,
    classes: [k % 2 === 0 ? 'normal' : 'wpw'],
  }));
  return { source: 'synthetic', fsHz: 100, lengthSamples, lead: 'II', windows, skipped: [] };
}
