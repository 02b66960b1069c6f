// Train on one's own folder of WFDB records and end with an ONNX file.
// The folder holds the records and labels.csv: record,label,patient (label: normal, af, aflt, pvc or wpw).
//   node examples/train-own-folder.mjs [FOLDER [TASK]]
// Without a folder it makes a small one of synthetic records in the place of yours, so that it runs as it stands.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Synthesizer, trainRun, writeRecord } from 'pqrst';

const [given, task = 'af'] = process.argv.slice(2);
const folder = given ?? (await standIn());
const out = await mkdtemp(join(tmpdir(), 'pqrst-run-'));

// Small so that the example takes seconds; leave epochs and syntheticCount to their defaults for real work.
const result = await trainRun(
  {
    task,
    setting: 'syn-real',
    preset: 'clinical',
    fsHz: 100,
    seconds: 5,
    seed: 1,
    batch: 16,
    epochs: 5,
    validateEvery: 1,
    syntheticCount: 256,
  },
  {
    out,
    data: `folder:${folder}`,
    onEvent: (event) => {
      if (event.kind === 'validation') {
        const { phase, epoch, valLoss } = event.point;
        console.log(`${phase}, epoch ${epoch}: validation loss ${valLoss.toFixed(3)}`);
      }
    },
  },
);
const { auprc, f1 } = result.test.metrics;
console.log(`test patients: ${result.split.test.patients.length}`);
console.log(`F1 ${f1.value?.toFixed(3)}, AUPRC ${auprc.value?.toFixed(3)}`);
console.log(`the model: ${join(out, 'model.onnx')}`);

async function standIn() {
  const folder = await mkdtemp(join(tmpdir(), 'pqrst-folder-'));
  const labels = ['normal', task];
  const synth = new Synthesizer({ preset: 'clinical', fsHz: 250, seconds: 10, seed: 99, unit: 'mV' });
  const { signals, lengthSamples } = await synth.batch({ classes: labels, count: 60 });
  let table = 'record,label,patient\n';
  for (let k = 0; k < 60; k++) {
    const signalMv = signals.subarray(k * lengthSamples, (k + 1) * lengthSamples);
    const name = `r${String(k).padStart(3, '0')}`;
    await writeRecord(folder, { name, fsHz: 250, leads: ['II'], signalsMv: [signalMv] });
    table += `${name},${labels[k % 2]},p${Math.floor(k / 2)}${labels[k % 2]}\n`;
  }
  await writeFile(join(folder, 'labels.csv'), table);
  return folder;
}
