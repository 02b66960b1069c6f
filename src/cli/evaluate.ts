// `pqrst evaluate`: an ONNX file over a labelled data set; scores with intervals, and a row a window on request.

import type { ClassMetrics, Estimate, Metrics } from '../score/metrics.js';
import { ecgTasks } from '../signal/classes.js';
import { addEngineOptions, type EngineFlags, engineLine } from './engine-options.js';
import { decimal, fsHz, leads, oneOf, seed, taskName } from './options.js';
import type { Register, Result, Task } from './task.js';

interface Options extends EngineFlags {
  model: string;
  data: string;
  predictions?: string;
  task?: string;
  fs?: number;
  seconds?: number;
  leads?: string[];
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
      'Runs an ONNX classifier over labelled records: F1, AUPRC, AUROC and counts, each with a 95 % bootstrap interval over patients. Of several classes: means of one class against the rest, and who is taken for whom.',
    )
    .requiredOption('--model <file>', 'ONNX file, of pqrst train or of another maker')
    .requiredOption(
      '--data <kind:dir>',
      'records as KIND:DIR, several by commas: mitdb, ptb-xl, ludb, cinc2017, cinc2021, npy, folder, corpus',
    )
    .option('--predictions <file>', 'write a CSV file with one row per window')
    .option(
      '--threshold <p>',
      "probability that claims a positive; default the file's, else 0.5",
      decimal('--threshold', 0, 1),
    )
    .option(
      '--task <name>',
      `for files that do not say: ${ecgTasks.join(', ')}, or POSITIVE:NEGATIVE`,
      taskName,
    )
    .option('--fs <hz>', 'for files that do not say: sampling rate', fsHz)
    .option('--seconds <s>', 'for files that do not say: length', decimal('--seconds', 0.1, 3600))
    .option(
      '--leads <names>',
      'for files that do not say: leads of the windows, I,II,V1 or 12 for the standard twelve',
      leads,
    )
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
  const { evaluate } = await import('../run/evaluate.js');
  const { predictionsCsv } = await import('../run/predictions.js');
  const { writeFileAtomic } = await import('../base/files.js');
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
  const { data, metrics } = evaluation;
  if (predictions !== undefined) {
    await writeFileAtomic(predictions, predictionsCsv([{ test: data.source, rows }]));
  }
  const counted = `${metrics.windows} windows of ${metrics.patients} patients${heldOf(metrics, evaluation.labels)}`;
  const left =
    data.skipped.length === 0 ? '' : `; ${data.skipped.length} records skipped or cut (see --json)`;
  return {
    json: { ...facts, ...(predictions === undefined ? {} : { predictions }) },
    text: [`${data.source}: ${counted}${left}`, scoreTable(metrics, evaluation.labels)].join('\n'),
  };
}

/** `, 6 with af`, or of several classes `: 4 normal, 6 af, 2 aflt`. */
export function heldOf(metrics: Metrics | ClassMetrics, labels: readonly string[]): string {
  if ('positives' in metrics) return `, ${metrics.positives} with ${labels[1]}`;
  return `: ${metrics.classes.map(({ windows }, at) => `${windows} ${labels[at]}`).join(', ')}`;
}

/** The scores as lines of text, `F1 at 0.5   0.912  (0.870-0.941)`; of several classes means, then a row a class. */
export function scoreTable(metrics: Metrics | ClassMetrics, labels: readonly string[]): string {
  if ('confusion' in metrics) return classTable(metrics, labels);
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = metrics;
  const counts = `TP ${truePositives.value}  FP ${falsePositives.value}  FN ${falseNegatives.value}  TN ${trueNegatives.value}`;
  return [
    scoreLine(`F1 at ${metrics.threshold}`, metrics.f1),
    scoreLine('AUPRC', metrics.auprc),
    scoreLine('AUROC', metrics.auroc),
    `  ${'counts'.padEnd(12)}${counts}`,
  ].join('\n');
}

function scoreLine(name: string, { value, low, high }: Estimate): string {
  const interval = Number.isNaN(low) ? '' : `  (${low.toFixed(3)}-${high.toFixed(3)})`;
  return `  ${name.padEnd(12)}${shown(value)}${interval}`;
}

function shown(value: number): string {
  return Number.isNaN(value) ? 'undefined' : value.toFixed(3);
}

function classTable(
  { f1, auprc, auroc, confusion, classes }: ClassMetrics,
  labels: readonly string[],
): string {
  const width = Math.max(10, ...labels.map((label) => label.length + 2));
  const row = (name: string, cells: readonly (string | number)[]) =>
    `  ${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(width)).join('')}`;
  return [
    scoreLine('macro F1', f1),
    scoreLine('macro AUPRC', auprc),
    scoreLine('macro AUROC', auroc),
    row('class', ['windows', 'F1', 'AUPRC', 'AUROC']),
    ...classes.map((one, at) =>
      row(labels[at]!, [one.windows, ...[one.f1, one.auprc, one.auroc].map(({ value }) => shown(value))]),
    ),
    '  taken for (a row is what the reference says, a column what the model says):',
    row('', labels),
    ...confusion.map((counts, at) => row(labels[at]!, counts)),
  ].join('\n');
}
