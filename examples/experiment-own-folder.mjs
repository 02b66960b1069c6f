// Answers a question with a small experiment: does training on synthetic records first help on your own records? Then
// exports the best model as an ONNX file.
//   node examples/experiment-own-folder.mjs [FOLDER [TASK [OUT]]]
//
// FOLDER contains WFDB records and a table labels.csv with the columns record,label,patient. The labels are normal, af,
// aflt, pvc or wpw. TASK is the class to distinguish from normal (default: af). OUT is the folder of the results.
// Without FOLDER, the program first makes a small folder of synthetic records, which takes the place of yours.

import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportRun, runExperiment, runFolder, writeCorpus } from 'pqrst';

const [given, task = 'af', givenOut] = process.argv.slice(2);

// 1. The records. A corpus in the format wfdb is a folder like yours: WFDB records and labels.csv.
const folder = given ?? (await mkdtemp(join(tmpdir(), 'pqrst-folder-')));
if (given === undefined) {
  const classes = { normal: 1, [task]: 1 };
  await writeCorpus(folder, { format: 'wfdb', preset: 'clinical', seed: 99, count: 60, fsHz: 250, classes });
}

// 2. The experiment. It searches the hyper-parameters, then trains several models in each of the settings Real, Syn and
//    Syn->Real, and compares them. If it is interrupted, the same call with the same OUT resumes it.
//    The numbers are small, so that this example takes seconds. For real work, leave out runs, batch, epochs,
//    validateEvery, syntheticCount and search to get their defaults. `archs` may name several architectures.
const out = givenOut ?? (await mkdtemp(join(tmpdir(), 'pqrst-experiment-')));
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

// 3. The answer: the gain in F1 with its 95 % interval. The report is a web page with all scores, tests and curves.
for (const { arch, f1 } of summary.comparisons) {
  console.log(
    `${arch}: Syn->Real minus Real ${f1.difference.toFixed(3)} in F1 (${f1.low.toFixed(3)} to ${f1.high.toFixed(3)})`,
  );
}
console.log(`the report: ${report}`);

// 4. The best model of Syn->Real, by AUPRC on the test side. This choice uses the test side, so the score of the chosen
//    model is too good. For real work, test it on records that were not used for any choice.
const best = rows.filter(({ setting }) => setting === 'syn-real').sort((a, b) => b.auprc - a.auprc)[0];
const run = join(out, runFolder(best, best.pair));
const model = join(out, 'model.onnx');
await exportRun({ run, out: model });
console.log(`the model: ${model}`);
