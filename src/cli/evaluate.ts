// `pqrst evaluate`: an ONNX file over a labelled data set; scores with intervals, and a row a window on request.

import { type EcgTask, ecgTasks, parseTask } from '../classes.js';
import type { Metrics } from '../train/metrics.js';
import { addEngineOptions, type EngineFlags, engineLine } from './engine-options.js';
import { decimal, fsHz, oneOf, seed } from './options.js';
import type { Register, Result, Task } from './task.js';

interface Options extends EngineFlags {
  model: string;
  data: string;
  predictions?: string;
  task?: EcgTask;
  fs?: number;
  seconds?: number;
  scaling?: 'zscore' | 'none';
  output?: 'logit' | 'probability';
  threshold?: number;
  seed?: number;
}

export const registerEvaluate: Register = (program, run) => {
  const command = program
    .command('evaluate')
    .summary('judge an ONNX file on labelled records')
    .description(
      'Runs an ONNX classifier over labelled records: F1, AUPRC, AUROC and counts, each with a 95 % bootstrap interval over patients.',
    )
    .requiredOption('--model <file>', 'ONNX file, of pqrst train or of another maker')
    .requiredOption('--data <kind:dir>', 'corpus:DIR, mitdb:DIR, ptb-xl:DIR or folder:DIR')
    .option('--predictions <file>', 'write a CSV row a window')
    .option(
      '--threshold <p>',
      "probability that claims a positive; default the file's, else 0.5",
      decimal('--threshold', 0, 1),
    )
    .option('--task <name>', `for files that do not say: ${ecgTasks.join(', ')}`, parseTask)
    .option('--fs <hz>', 'for files that do not say: sampling rate', fsHz)
    .option('--seconds <s>', 'for files that do not say: length', decimal('--seconds', 0.1, 3600))
    .option(
      '--scaling <name>',
      'for files that do not say: zscore or none',
      oneOf('--scaling', ['zscore', 'none']),
    )
    .option(
      '--output <kind>',
      'for files that do not say: logit or probability',
      oneOf('--output', ['logit', 'probability']),
    )
    .option('--seed <n>', 'seed of the bootstrap', seed)
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst evaluate --model run/model.onnx --data ptb-xl:ptb-xl
  $ pqrst evaluate --model run/model.onnx --data mitdb:mitdb --predictions rows.csv --json`,
    )
    .action(run<Options>(judge));
};

async function judge(options: Options, task: Task): Promise<Result> {
  const { evaluate, predictionsCsv } = await import('../infer/evaluate.js');
  const { writeFileAtomic } = await import('../files.js');
  const { model, fs, predictions, ...rest } = options;
  const asked = { ...rest, modelPath: model, fsHz: fs };
  delete (asked as { json?: boolean }).json;
  const progress = task.startProgress('evaluate');
  const evaluation = await evaluate({
    ...asked,
    signal: task.signal,
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.stop());
  task.signal.throwIfAborted();
  task.say(engineLine(evaluation.engine));
  const { rows, ...facts } = evaluation;
  if (predictions !== undefined) await writeFileAtomic(predictions, predictionsCsv(rows));
  const { data, metrics } = evaluation;
  const counted = `${metrics.windows} windows of ${metrics.patients} patients, ${metrics.positives} with ${evaluation.task}`;
  const left =
    data.skipped.length === 0 ? '' : `; ${data.skipped.length} records skipped or cut (see --json)`;
  return {
    json: { ...facts, ...(predictions === undefined ? {} : { predictions }) },
    text: [`${data.source}: ${counted}${left}`, scoreTable(metrics)].join('\n'),
  };
}

/** The scores as lines of text, `F1 at 0.5   0.912  (0.870-0.941)`. */
export function scoreTable(metrics: Metrics): string {
  const scores = [
    [`F1 at ${metrics.threshold}`, metrics.f1],
    ['AUPRC', metrics.auprc],
    ['AUROC', metrics.auroc],
  ] as const;
  const lines = scores.map(([name, { value, low, high }]) => {
    const interval = Number.isNaN(low) ? '' : `  (${low.toFixed(3)}-${high.toFixed(3)})`;
    return `  ${name.padEnd(12)}${Number.isNaN(value) ? 'undefined' : value.toFixed(3)}${interval}`;
  });
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = metrics;
  const counts = `TP ${truePositives.value}  FP ${falsePositives.value}  FN ${falseNegatives.value}  TN ${trueNegatives.value}`;
  return [...lines, `  ${'counts'.padEnd(12)}${counts}`].join('\n');
}
