// Does synthetic pre-training help on one's own WFDB records? An experiment in small, followed by its events, and an
// ONNX file of its best model.
// The folder holds the records and labels.csv: record,label,patient.
//   node examples/experiment-own-folder.mjs [FOLDER [TASK [OUT]]]
// Without a folder it makes a small one of synthetic records in the place of yours, so that it runs as it stands.

import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportRun, runExperiment, runFolder, Synthesizer, writeRecord } from 'pqrst';

const [given, task = 'af', asked] = process.argv.slice(2);
const folder = given ?? (await standIn());
const out = asked ?? (await mkdtemp(join(tmpdir(), 'pqrst-experiment-')));

// Small so that the example takes seconds; for real work leave runs, epochs, search and syntheticCount to their defaults.
const { rows, summary, report } = await runExperiment(
  {
    data: `folder:${folder}`,
    tasks: task,
    archs: 's4',
    fsHz: 100,
    seconds: 5,
    seed: 1,
    runs: 2,
    batch: 16,
    epochs: 4,
    validateEvery: 1,
    syntheticCount: 256,
    search: { trials: 2, epochs: 2 },
  },
  {
    out,
    onEvent: (event) => {
      if (event.kind === 'plan') console.log(`${event.searches} searches, ${event.runs} runs`);
      if (event.kind === 'run')
        console.log(`${event.key.setting}, pair ${event.pair}: F1 ${event.rows[0].f1.toFixed(3)}`);
    },
  },
);
for (const { arch, f1 } of summary.comparisons) {
  console.log(
    `${arch}: Syn->Real minus Real ${f1.difference.toFixed(3)} in F1 (${f1.low.toFixed(3)} to ${f1.high.toFixed(3)})`,
  );
}
console.log(`the report: ${report}`);

// By AUPRC; in real work judge the chosen one on records that no choice has seen.
const best = rows.filter(({ setting }) => setting === 'syn-real').sort((a, b) => b.auprc - a.auprc)[0];
const run = join(out, runFolder(best, best.pair));
const model = join(out, 'model.onnx');
await exportRun({ run, out: model });
console.log(`the model: ${model}`);

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
