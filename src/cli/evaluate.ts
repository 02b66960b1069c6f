// `pqrst evaluate`: runs an ONNX file on a labelled data set and prints scores with intervals. On request it writes one
// row per window, to a CSV file or to a folder of parts, and the input of the model for each window.

import { resolve } from 'node:path';
import { Option } from 'commander';
import { PqrstError } from '../base/errors.js';
import { onOneLine, plural } from '../base/text.js';
import { type OutputKind, outputKinds, type Scaling, scalings } from '../model/metadata.js';
import { type PartFormat, type PredictionsOptions, partFormats } from '../run/part-formats.js';
import type { Calibration } from '../score/calibration.js';
import type { JudgedScores } from '../score/columns.js';
import type { Decision } from '../score/decisions.js';
import type { ClassMetrics, Estimate, Metrics } from '../score/metrics.js';
import { ecgTasks } from '../signal/classes.js';
import type { LabelMap } from '../signal/synonyms.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { addEngineOptions, type EngineFlags, engineLine } from './engine-options.js';
import { decimal, fsHz, leads, list, oneOf, partOf, seed, taskName } from './options.js';
import { Rate } from './progress.js';
import { withRemedy } from './remedy.js';
import { exitCodeOf, skippedLines, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { mapOption } from './window-options.js';

interface Options extends EngineFlags, ClassFileFlags {
  model: string;
  data: string;
  predictions?: string;
  dumpInputs?: string;
  out?: string;
  format?: PartFormat;
  shard: { part: number; parts: number };
  resume?: boolean;
  task?: string;
  fs?: number;
  seconds?: number;
  leads?: string[];
  classes?: string[];
  scaling?: Scaling;
  output?: OutputKind;
  threshold?: number;
  prior?: number | 'estimate';
  trainPrior?: number;
  seed?: number;
  strict?: boolean;
  map?: LabelMap;
}

export const registerEvaluate: Register = (program, run) => {
  const command = program
    .command('evaluate')
    .summary('evaluate an ONNX file on labelled records')
    .description(
      'Runs an ONNX classifier over labelled records: F1, AUPRC, AUROC and counts, each with a 95 % interval over patients (by bootstrap; of more than 20,000 patients by the variances of DeLong and Wilson), and the calibration of the probabilities. F1 is stated at 0.5, at the threshold that the training chose on its validation records, and after a correction for the share of positives. For several classes: the mean of the scores of each class against the others, and the confusion matrix.',
    )
    .requiredOption('--model <file>', 'ONNX file, from pqrst train or another program, or s3://bucket/name')
    .requiredOption(
      '--data <kind:dir>',
      'data sets as KIND:DIR, separated by commas; kinds: mitdb, rhythm, ptb-xl, ludb, cinc2017, cinc2021, cpsc2018, chapman, code15, mimic, npy, edf, folder, corpus',
    )
    .option(
      '--predictions <file>',
      'write a CSV file (or an object s3://bucket/name) with one row per window: its logit and probability, for several classes one of each per class',
    )
    .option(
      '--out <dir>',
      'write the predictions of one corpus into a folder, one part per shard, and _manifest.json last',
    )
    .option(
      '--format <name>',
      `format of the parts in --out: ${partFormats.join(', ')} (default: parquet)`,
      oneOf('--format', partFormats),
    )
    .addOption(
      new Option('--shard <i/n>', 'evaluate only part i of n of the shards; all parts use the same --out')
        .argParser(partOf('--shard'))
        .default({ part: 1, parts: 1 }, '1/1'),
    )
    .option('--resume', 'continue unfinished predictions in --out')
    .option(
      '--dump-inputs <file>',
      'write the input of the model for each window, in the order of --predictions: a .npy file, float32 [windows, leads, samples]',
    )
    .option(
      '--threshold <p>',
      'lowest probability that counts as positive (default: the one in the file, else 0.5)',
      decimal('--threshold', 0, 1),
    )
    .option(
      '--prior <share>',
      'share of positives for which the probabilities are corrected, or estimate, which takes it from the probabilities (default: no correction)',
      priorShare,
    )
    .option(
      '--train-prior <share>',
      'share of positives that the training saw, if the file does not state it; needed for --prior',
      decimal('--train-prior', 0, 1),
    )
    .option(
      '--task <name>',
      `classification task, if the file does not state it: ${ecgTasks.join(', ')} or another class, POSITIVE:NEGATIVE, or LABEL:rest`,
      taskName,
    )
    .option('--fs <hz>', 'sampling rate in Hz, if the file does not state it', fsHz)
    .option(
      '--seconds <s>',
      'window length in s, if the file does not state it',
      decimal('--seconds', 0.1, 3600),
    )
    .option(
      '--leads <names>',
      'leads of the windows, if the file does not state them: I,II,V1, or 12 for the standard twelve',
      leads,
    )
    .option(
      '--classes <names>',
      'classes in the order of the outputs, if the file does not name them: NORM,AFIB',
      list('--classes'),
    )
    .option(
      '--scaling <name>',
      'scaling of the input, if the file does not state it: zscore or none',
      oneOf('--scaling', scalings),
    )
    .option(
      '--output <kind>',
      'what the output is, if the file does not state it: logit or probability',
      oneOf('--output', outputKinds),
    )
    .option('--seed <n>', 'seed of the bootstrap', seed)
    .addOption(mapOption())
    .addOption(strictOption())
    .addOption(classFileOption('a label of the model'))
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
In a CSV file, text that begins with = + - @, a tab or a carriage return has an apostrophe (') before it, so that no
spreadsheet runs it as a formula. With PQRST_RAW_CSV=1 it is written and read as it is.

The records of a corpus (npy, parquet) are read, prepared and run by --threads workers, with memory that does not grow with
their number. --data synth:FILE makes the records of a request of pqrst synth (JSON), or of a manifest, and stores none. A
file of --predictions keeps all rows in memory; a folder of --out does not.

Examples:
  $ pqrst evaluate --model run/model.onnx --data ptb-xl:ptb-xl
  $ pqrst evaluate --model run/model.onnx --data mitdb:mitdb --predictions rows.csv --json
  $ pqrst evaluate --model run/model.onnx --data ptb-xl:ptb-xl --prior 0.05
  $ pqrst evaluate --model run/model.onnx --data corpus:records --out scores --resume
  $ pqrst evaluate --model run/model.onnx --data synth:request.json --out scores --shard 3/64`,
    )
    .action(run<Options>(judge));
};

async function judge(options: Options, task: Task): Promise<Result> {
  const { evaluate } = await import('../run/evaluate.js');
  const { predictionsCsv } = await import('../run/predictions.js');
  const { expectWritablePlace, writePlace } = await import('../store/one-object.js');
  const { model, fs, predictions, classFile, map, out, format, shard, resume, ...rest } = options;
  const { dumpInputs } = rest;
  expectThreeFiles({ '--model': model, '--predictions': predictions, '--dump-inputs': dumpInputs });
  const folder = partsOf(options);
  if (predictions !== undefined) await expectWritablePlace(predictions, task.signal);
  const own = await ownClassesOf({ ...(classFile && { classFile }) });
  const request = { ...rest, ...own, ...(map && { labelMap: map }), modelPath: model, fsHz: fs };
  delete (request as { json?: boolean }).json;
  const progress = task.startProgress('evaluate');
  const rate = new Rate();
  const evaluation = await evaluate({
    ...request,
    ...(folder && { predictions: folder }),
    rows: predictions !== undefined,
    signal: task.signal,
    onProgress: (done, total) => {
      progress.activity(rate.text(done));
      progress.update(done, total);
    },
  })
    .catch((error) => {
      throw folder === undefined ? error : withRemedy(error, task.signal, 'finished parts are kept');
    })
    .finally(() => progress.stop());
  task.signal.throwIfAborted();
  task.say(engineLine(evaluation.engine));
  for (const note of evaluation.notes) task.say(`note: ${note}`);
  const { rows, ...facts } = evaluation;
  const { data, metrics } = evaluation;
  const labels = evaluation.labels.map(onOneLine); // A text of another author stays on its line.
  if (predictions !== undefined) {
    const text = predictionsCsv(evaluation.labels, [{ test: data.source, rows }]);
    await writePlace(predictions, text, task.signal);
  }
  const counts = `${plural(metrics.windows, 'window')} of ${plural(metrics.patients, 'patient')}${heldOf(metrics, labels)}`;
  const skipped =
    data.skipped.length === 0 ? '' : `; ${plural(data.skipped.length, 'record')} skipped or cut (see --json)`;
  for (const line of skippedLines(data)) task.say(line);
  const { predictions: written } = evaluation;
  const part = shard.parts === 1 ? '' : `part ${shard.part}/${shard.parts}: `;
  return {
    json: { ...facts, ...(predictions && { predictions }), ...(dumpInputs && { dumpInputs }) },
    text: [
      `${written?.complete === false ? part : ''}${data.source}: ${counts}${skipped}`,
      scoreTable(evaluation, labels),
      ...(metrics.largeSample ? ['  intervals   of a large sample: DeLong, Wilson'] : []),
      ...(written?.complete === false
        ? ['  these are the scores of this part; other parts are not finished yet']
        : []),
      ...missingLines(metrics, labels),
      ...(evaluation.kind === 'binary' ? calibrationLines(evaluation) : []),
    ].join('\n'),
    exitCode: exitCodeOf(data),
  };
}

/** Returns the folder of predictions, if one is requested. */
function partsOf({
  out,
  format,
  shard,
  resume,
  predictions,
}: Pick<Options, 'out' | 'format' | 'shard' | 'resume' | 'predictions'>): PredictionsOptions | undefined {
  if (out === undefined) {
    const lone = [format && '--format', resume && '--resume', shard.parts > 1 && '--shard'].find(Boolean);
    if (!lone) return undefined;
    throw new PqrstError(
      'ERR_OPTION',
      `${lone} is about a folder of predictions; name the folder with --out`,
    );
  }
  if (predictions !== undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      '--out and --predictions both write the predictions; give one of them',
    );
  }
  return { out, format, ...shard, resume };
}

/** Refuses to write a file over another file of the same command. */
function expectThreeFiles(files: Readonly<Record<string, string | undefined>>): void {
  const byPath = new Map<string, string>();
  for (const [option, path] of Object.entries(files)) {
    if (path === undefined) continue;
    const other = byPath.get(resolve(path));
    if (other !== undefined) {
      throw new PqrstError('ERR_OPTION', `${other} and ${option} both name ${path}; choose different files`);
    }
    byPath.set(resolve(path), option);
  }
}

/** Returns which labels have no window, and what the scores then do not show. */
function missingLines(metrics: Metrics | ClassMetrics, labels: readonly string[]): string[] {
  const counts =
    'positives' in metrics
      ? [metrics.windows - metrics.positives, metrics.positives]
      : metrics.classes.map(({ windows }) => windows);
  const missing = labels.filter((_, at) => counts[at] === 0);
  if (missing.length === 0) return [];
  return [
    `  there is no window of ${missing.join(', ')}: the scores do not show how well it is distinguished`,
  ];
}

/** Returns the counts per label: `, 6 with af`, or for several classes `: 4 normal, 6 af, 2 aflt`. */
export function heldOf(metrics: Metrics | ClassMetrics, labels: readonly string[]): string {
  if ('positives' in metrics) return `, ${metrics.positives} with ${labels[1]}`;
  return `: ${metrics.classes.map(({ windows }, at) => `${windows} ${labels[at]}`).join(', ')}`;
}

/**
 * Returns the scores as lines of text: `F1 at 0.5   0.912  (0.870-0.941)`, with one line per rule of the decision; for
 * several classes means and one row per class.
 */
export function scoreTable(
  { metrics, decisions = [] }: { metrics: Metrics | ClassMetrics; decisions?: readonly Decision[] },
  labels: readonly string[],
): string {
  if ('confusion' in metrics) return classTable(metrics, labels);
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = metrics;
  const counts = `TP ${truePositives.value}  FP ${falsePositives.value}  FN ${falseNegatives.value}  TN ${trueNegatives.value}`;
  const other = decisions.filter(({ rule, threshold }) => rule !== 'half' || threshold !== metrics.threshold);
  return [
    scoreLine(`F1 at ${thresholdText(metrics.threshold)}`, metrics.f1),
    ...other.map(({ rule, threshold, f1 }) =>
      [scoreLine(`F1 at ${thresholdText(threshold)}`, f1), ruleTitles[rule]].filter(Boolean).join('  '),
    ),
    scoreLine('AUPRC', metrics.auprc),
    scoreLine('AUROC', metrics.auroc),
    `  ${'counts'.padEnd(12)}${counts}`,
  ].join('\n');
}

const ruleTitles: Readonly<Record<Decision['rule'], string>> = {
  half: '',
  validation: 'threshold chosen on validation records',
  prior: 'corrected for the prior: the corrected probability is 0.5 here',
};

/** Returns a threshold with at most three significant digits. */
export function thresholdText(threshold: number): string {
  return String(Number(threshold.toPrecision(3)));
}

/** Returns the calibration as lines of text: scores before and after the correction, and the bins. */
function calibrationLines({ decisions, calibration, prior }: BinaryScores): string[] {
  const sizes = calibration.bins.map(({ windows }) => windows);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const size = least === most ? `${most}` : `${least}-${most}`;
  const scores = ({ brier, ece }: Calibration) => `Brier ${brier.toFixed(3)}, ECE ${ece.toFixed(3)}`;
  const cell = (text: string | number) => String(text).padStart(12);
  return [
    ...(decisions.some(({ rule }) => rule === 'validation')
      ? []
      : ['  the file states no threshold that was chosen on validation records']),
    `  ${'calibration'.padEnd(12)}${scores(calibration)}  (${calibration.bins.length} bins of ${size} windows)`,
    ...(prior === undefined
      ? []
      : [
          `  ${'corrected'.padEnd(12)}${scores(prior.calibration)}  (for the prior ${thresholdText(prior.value)}${prior.isEstimate ? ', estimated without labels' : ''})`,
        ]),
    `  ${['windows', 'probability', 'positive'].map(cell).join('')}   (mean probability and share of positives of each bin)`,
    ...calibration.bins.map(({ windows, meanProbability, positiveShare }) => {
      const numbers = [windows, meanProbability.toFixed(3), positiveShare.toFixed(3)];
      return `  ${numbers.map(cell).join('')}`;
    }),
  ];
}

type BinaryScores = Extract<JudgedScores, { readonly kind: 'binary' }>;

/** Parses a share above 0 and below 1, or `estimate`. */
function priorShare(text: string): number | 'estimate' {
  if (text === 'estimate') return text;
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new PqrstError('ERR_RANGE', `--prior takes a number above 0 and below 1, or estimate, got "${text}"`);
}

function scoreLine(name: string, { value, low, high }: Estimate): string {
  const interval = Number.isNaN(low) ? '' : `  (${low.toFixed(3)}-${high.toFixed(3)})`;
  return `  ${name.padEnd(11)} ${shown(value)}${interval}`;
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
    '  confusion matrix (rows: reference label, columns: label of the model):',
    row('', labels),
    ...confusion.map((counts, at) => row(labels[at]!, counts)),
  ].join('\n');
}
