// Trains a classifier on your own folder of WFDB records and exports it as an ONNX file.
//   node examples/train-own-folder.mjs [FOLDER [TASK]]
//
// FOLDER contains WFDB records and a table labels.csv with the columns record,label,patient. The labels are normal, af,
// aflt, pvc or wpw. TASK is the class to distinguish from normal (default: af).
// Without FOLDER, the program first makes a small folder of synthetic records, which takes the place of yours.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainRun, writeCorpus } from 'pqrst';

const [given, task = 'af'] = process.argv.slice(2);

// 1. The records. A corpus in the format wfdb is a folder like yours: WFDB records and labels.csv.
const folder = given ?? (await mkdtemp(join(tmpdir(), 'pqrst-folder-')));
if (given === undefined) {
  const classes = { normal: 1, [task]: 1 };
  await writeCorpus(folder, { format: 'wfdb', preset: 'clinical', seed: 99, count: 60, fsHz: 250, classes });
}

// 2. The training. The setting `syn-real` trains on synthetic records first, then on yours. `real` trains on yours
//    only. The numbers are small, so that this example takes seconds. For real work, leave out batch, epochs,
//    validateEvery and syntheticCount to get their defaults. Choose the fsHz and seconds of the windows that the
//    network sees.
const out = await mkdtemp(join(tmpdir(), 'pqrst-run-'));
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

// 3. The result: scores on patients of whom no record trained, and the model. The folder `out` also contains the
//    predictions, the curve of the losses and a checkpoint. examples/evaluate-onnx.mjs shows how to use the model.
const { auprc, f1 } = result.test.metrics;
console.log(`test patients: ${result.split.test.patients.length}`);
console.log(`F1 ${f1.value?.toFixed(3)}, AUPRC ${auprc.value?.toFixed(3)}`);
console.log(`the model: ${join(out, 'model.onnx')}`);
