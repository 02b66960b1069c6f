// `pqrst train`: trains one model in one setting and writes a run folder with the ONNX file, its scores and its
// learning curve.

import { PqrstError } from '../base/errors.js';
import { plural } from '../base/text.js';
import { type SplitKind, splitKinds } from '../batches/splits.js';
import { ratioLimits, type Setting, settings } from '../run/settings.js';
import type { ValidationThreshold } from '../run/threshold.js';
import { ecgTasks } from '../signal/classes.js';
import { defaultPreset } from '../signal/defaults.js';
import type { CurvePoint } from '../train/checkpoint.js';
import type { Schedule } from '../train/schedule.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { addEngineOptions, type EngineFlags } from './engine-options.js';
import { heldOf, scoreTable, thresholdText } from './evaluate.js';
import { type SourceFlags, sourceOption, withSource } from './generator-options.js';
import { archOption, decimal, oneOf, seed, taskName, wholeNumber } from './options.js';
import { scheduleOptions } from './schedule-options.js';
import { exitCodeOf, type Skipped, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { trainingProgress } from './training-progress.js';
import { type WindowFlags, windowOptions } from './window-options.js';

interface Options extends EngineFlags, WindowFlags, ClassFileFlags, SourceFlags {
  task: string;
  setting: Setting;
  pretrain?: string;
  arch: string;
  archOption?: Readonly<Record<string, number | string | boolean>>;
  data?: string;
  split?: SplitKind;
  preset?: string;
  seed: number;
  epochs?: number;
  batch?: number;
  lr?: number;
  fineTuneLr?: number;
  schedule?: Schedule;
  fineTuneSchedule?: Schedule;
  syntheticCount?: number;
  ratio?: number;
  resume?: boolean;
  strict?: boolean;
  out: string;
}

export const registerTrain: Register = (program, run) => {
  const windows = windowOptions();
  const rates = scheduleOptions();
  const command = program
    .command('train')
    .summary('train a classifier on real or synthetic records, or on both')
    .description(
      'Trains a classifier of two or more labels and exports it to ONNX. The test patients are never used for training. A label is a class of the simulator or, on real records, a label of the data set (LVH, N).',
    )
    .requiredOption(
      '--task <name>',
      `classification task: ${ecgTasks.join(', ')} or another class (against normal), POSITIVE:NEGATIVE, LABEL:rest (against all other records), or the classes A+B+C`,
      taskName,
    )
    .option(
      '--setting <name>',
      `training data: ${settings.join(', ')}`,
      oneOf('--setting', settings),
      'syn-real',
    )
    .option(
      '--pretrain <name>',
      'task of the first phase of syn-real, of classes of the simulator (normal+af+pvc), if it lacks those of --task',
    )
    .option('--arch <name>', 'architecture; pqrst info lists them', 'resnet18')
    .option(
      '--arch-option <name=value>',
      'hyper-parameter of the architecture; may be repeated; pqrst info --arch NAME lists them',
      archOption,
    )
    .option(
      '--data <kind:dir>',
      'data sets as KIND:DIR, separated by commas; kinds: mitdb, rhythm, ptb-xl, ludb, cinc2017, cinc2021, cpsc2018, chapman, code15, mimic, npy, edf, folder, corpus',
    )
    .option(
      '--split <name>',
      `how training, validation and test sides are separated: ${splitKinds.join(', ')} (default: patients)`,
      oneOf('--split', splitKinds),
    )
    .option('--preset <name>', `preset of the synthetic records (default: ${defaultPreset})`)
    .addOption(sourceOption())
    .addOption(classFileOption())
    .option(
      '--seed <n>',
      'seed of weights, split and synthetic records; the same seed gives the same weights',
      seed,
      0,
    )
    .addOption(windows.fs)
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .addOption(windows.map)
    .option('--epochs <n>', 'maximum epochs per phase (default: 50)', wholeNumber('--epochs', 1, 100_000))
    .option('--batch <n>', 'windows per step (default: 32)', wholeNumber('--batch', 2, 65_536))
    .option('--lr <x>', 'learning rate (default: 0.001)', decimal('--lr', 1e-9, 1))
    .option(
      '--fine-tune-lr <x>',
      'learning rate of the second phase of syn-real (default: 0.0003)',
      decimal('--fine-tune-lr', 1e-9, 1),
    )
    .addOption(rates.schedule)
    .addOption(rates.fineTuneSchedule)
    .option(
      '--synthetic-count <n>',
      'synthetic records for training; a quarter as many validate (default: 4096)',
      wholeNumber('--synthetic-count', 4, 1e9),
    )
    .option(
      '--ratio <x>',
      'added records of real+syn and real+real, as a multiple of the real training windows of each label (default: 1)',
      decimal('--ratio', ...ratioLimits),
    )
    .addOption(strictOption())
    .option(
      '--resume',
      'continue from the checkpoint in --out; an empty or missing folder begins from the start',
    )
    .requiredOption(
      '--out <dir>',
      'run folder to write: model.onnx, metrics.json, predictions.csv, curve.csv, learning-curve.svg, checkpoint.bin',
    )
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst train --task af --setting real --data mitdb:mitdb --seed 1 --out runs/real
  $ pqrst train --task af --setting syn-real --data mitdb:mitdb --fs 250 --out runs/syn-real
  $ pqrst train --task af --setting real --data mitdb:mitdb --device cuda --out runs/gpu
  $ pqrst train --task pvc --setting syn --arch transformer --arch-option depth=2 --arch-option norm=pre --out runs/pvc
  $ pqrst train --task wpw --setting syn --synthetic-count 20000 --out runs/syn --json
  $ pqrst train --task aflt:af --setting syn --out runs/flutter-or-fibrillation
  $ pqrst train --task LVH:NORM --setting real --data ptb-xl:ptb-xl --split folds --out runs/lvh
  $ pqrst train --task LVH:NORM --setting real --data ptb-xl:ptb-xl --leads 12 --fs 100 --out runs/twelve
  $ pqrst train --task af --data mitdb:mitdb --filter 0.5-40 --out runs/filtered
  $ pqrst train --task normal+af+aflt --data mitdb:mitdb --out runs/three
  $ pqrst train --task AF:SR --data folder:mine --map SR=normal --out runs/mine
  $ pqrst train --task af --data ptb-xl:ptb-xl --fs 100 --source generator:af-generator --out runs/generated
  $ pqrst train --task af --setting real+syn --ratio 0.5 --data mitdb:mitdb --out runs/augmented
  $ pqrst train --task JUNC:SR --pretrain normal+af+pvc --data folder:mine --out runs/junctional`,
    )
    .action(run<Options>(train));
};

async function train(options: Options, task: Task): Promise<Result> {
  const { trainRun } = await import('../run/train-run.js');
  const { RunFolder } = await import('../run/run-folder.js');
  const { writeFileAtomic } = await import('../base/files.js');
  const {
    out,
    data,
    resume,
    strict,
    engine,
    device,
    tfBackend,
    threads,
    archOption,
    fs,
    lr,
    map,
    classFile,
    source,
    fineTuneLr,
    json: _,
    ...rest
  } = options as Options & { json?: boolean };
  const given = {
    ...rest,
    ...(await ownClassesOf({ ...(classFile && { classFile }) })),
    ...(archOption !== undefined && { archOptions: archOption }),
    ...(fs !== undefined && { fsHz: fs }),
    ...(map && { labelMap: map }),
    ...(lr !== undefined && { learningRate: lr }),
    ...(fineTuneLr !== undefined && { fineTuneLearningRate: fineTuneLr }),
  };
  const progress = trainingProgress(task);
  let skipped: Skipped = { skipped: [] };
  const result = await withSource(source, { seed: options.seed, engine, device, threads }, (source) =>
    trainRun(given, {
      ...{ out, data, resume, strict, engine, device, tfBackend, threads, source, signal: task.signal },
      onEvent: (event) => {
        if (event.kind === 'data') skipped = event;
        progress.onEvent(event);
      },
    }),
  )
    .catch(async (error: unknown) => {
      throw task.signal.aborted ? await interrupted(out, error) : error;
    })
    .finally(progress.stop);
  const picture = await learningCurve(result.curve, result.phases);
  await writeFileAtomic(new RunFolder(out).file('picture'), picture);
  const { metrics, on } = result.test;
  const { oneClassNote } = await import('../run/judge.js');
  for (const note of oneClassNote(result.test, result.labels)) task.say(`note: ${note}`);
  const held =
    `${plural(metrics.windows, 'window')} of ` +
    plural(metrics.patients, on === 'real' ? 'patient' : 'SYNTHETIC record');
  const phases = result.phases.map(
    ({ phase, steps, bestEpoch, epochs }) =>
      `  ${phase}: ${plural(steps, 'step')}, ${plural(epochs, 'epoch')}, weights of epoch ${bestEpoch}`,
  );
  return {
    json: { out, ...result },
    text: [
      `${options.task}, ${options.setting}, ${options.arch}, in ${out}:`,
      ...phases,
      `test on ${held} that training never saw${heldOf(metrics, result.labels)}`,
      scoreTable(result.test, result.labels),
      ...thresholdLine(result.threshold),
    ].join('\n'),
    exitCode: exitCodeOf(skipped),
  };
}

/** Returns an error that says how to continue. */
async function interrupted(out: string, cause: unknown): Promise<PqrstError> {
  const { exists } = await import('../base/files.js');
  const { RunFolder } = await import('../run/run-folder.js');
  const remedy = (await exists(new RunFolder(out).file('checkpoint')))
    ? `${out} holds the checkpoint of the last validation: repeat the command with --resume to continue from it`
    : 'no validation was reached, so there is no checkpoint; the same command, with or without --resume, starts again';
  return new PqrstError('ERR_INTERRUPTED', `interrupted; ${remedy}`, { cause });
}

/** Returns where the threshold comes from: `  threshold 0.31: highest F1 (0.95) of 412 real validation windows`. */
function thresholdLine(threshold: ValidationThreshold | null): string[] {
  if (threshold === null) return [];
  const { value, f1, on, windows, positives, reason } = threshold;
  if (f1 === null) return [`  no threshold was chosen, because ${reason}; 0.5 is used`];
  return [
    `  threshold ${thresholdText(value)}: the highest F1 (${f1.toFixed(3)}) of ${windows} ` +
      `${on === 'real' ? 'real' : 'SYNTHETIC'} validation records, ${positives} of them positive`,
  ];
}

/** Returns the learning curve as SVG: losses over steps, the phases one after the other. */
async function learningCurve(
  curve: readonly CurvePoint[],
  phases: readonly { phase: string; steps: number }[],
): Promise<string> {
  const { learningCurveChart } = await import('../report/charts.js');
  let before = 0;
  const curves = phases.flatMap(({ phase, steps }, group) => {
    const points = curve.filter((point) => point.phase === phase);
    const line = (name: string, value: (point: CurvePoint) => number | null, dashed: boolean) => ({
      name: `${phase} ${name}`,
      group,
      dashed,
      points: points.map((point) => [before + point.step, value(point) ?? Number.NaN] as const),
    });
    const pair = [line('loss', (p) => p.trainLoss, false), line('validation loss', (p) => p.valLoss, true)];
    before += steps;
    return pair;
  });
  return learningCurveChart('Learning curve', curves, { xName: 'step' });
}
