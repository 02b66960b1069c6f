// `pqrst experiment`: runs the protocol of the paper over tasks, architectures and settings, and writes a folder with
// results, tables and a report. The same command resumes an interrupted experiment.
// More than 300 lines: it declares more options than any other command.

import type { Command } from 'commander';
import { PqrstError } from '../base/errors.js';
import { type SplitKind, splitKinds } from '../batches/splits.js';
import type { ExperimentConfigInput } from '../experiment/config.js';
import { type CellKey, isOfCell } from '../experiment/results.js';
import type { CellSummary, ExperimentSummary } from '../experiment/summary.js';
import { ratioLimits, type Setting, settings } from '../run/settings.js';
import { ecgTasks } from '../signal/classes.js';
import { defaultPreset } from '../signal/defaults.js';
import type { Schedule } from '../train/schedule.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { addEngineOptions, type EngineFlags } from './engine-options.js';
import { experimentProgress } from './experiment-progress.js';
import { decimal, decimals, list, numbers, oneOf, seed, wholeNumber } from './options.js';
import { scheduleOptions } from './schedule-options.js';
import { exitCodeOf, type Skipped, strictOption } from './skipped.js';
import type { Register, Result, Task } from './task.js';
import { type WindowFlags, windowOptions } from './window-options.js';

/** The values of the options of `addExperimentOptions`. */
export interface ExperimentFlags extends WindowFlags, ClassFileFlags {
  config?: string;
  task?: string[];
  arch?: string[];
  data?: string[];
  outside?: string[];
  settings?: Setting[];
  sources?: string[];
  ratios?: number[];
  shares?: number[];
  split?: SplitKind;
  preset?: string;
  seed?: number;
  runs?: number;
  trials?: number;
  minutes?: number;
  epochs?: number;
  batch?: number;
  schedule?: Schedule;
  fineTuneSchedule?: Schedule;
  syntheticCount?: number;
  mostPerPatient?: number;
  positives?: 'series' | number[];
}

interface Options extends EngineFlags, ExperimentFlags {
  jobs?: number;
  strict?: boolean;
  out: string;
}

/** Adds the options that state the configuration of an experiment. */
export function addExperimentOptions(command: Command): Command {
  const windows = windowOptions();
  const rates = scheduleOptions();
  return command
    .option('--config <file>', 'JSON file with the configuration; options of the command line override it')
    .option(
      '--task <names>',
      `classification tasks, separated by commas: ${ecgTasks.join(', ')} or another class, POSITIVE:NEGATIVE, LABEL:rest, A+B+C`,
      list('--task'),
    )
    .option(
      '--arch <names>',
      'architectures, separated by commas, or all (default: resnet18)',
      list('--arch'),
    )
    .option('--data <kind:dir>', 'data sets, separated by commas; several are merged', list('--data'))
    .option('--outside <kind:dir>', 'data sets on which every model is also tested', list('--outside'))
    .option(
      '--settings <names>',
      `training data: ${settings.join(', ')} (default: real, syn, syn-real)`,
      (text: string) => list('--settings')(text).map(oneOf('--settings', settings)),
    )
    .option(
      '--sources <names>',
      'what makes the synthetic records, one or several to compare: simulator, generator:DIR of pqrst train-generator, refined:DIR, both:DIR (default: simulator)',
      list('--sources'),
    )
    .option(
      '--ratios <numbers>',
      'added records of real+syn and real+real, as multiples of the real ones, such as 0.5,1,2 (default: 1)',
      decimals('--ratios', ...ratioLimits),
    )
    .option(
      '--shares <percentages>',
      'also fine-tune, and train on real records, with only these percentages of them, such as 1,5,10,25,50',
      decimals('--shares', 0.001, 100),
    )
    .option(
      '--split <name>',
      `how training, validation and test sides are separated: ${splitKinds.join(', ')} (default: patients)`,
      oneOf('--split', splitKinds),
    )
    .option(
      '--positives <counts>',
      'also train with only this many positives: counts such as 10,20,50, or series',
      (text: string) =>
        /^[a-z]/i.test(text)
          ? oneOf('--positives', ['series'] as const)(text)
          : numbers('--positives', 1, 1e9)(text),
    )
    .option(
      '--trials <n>',
      'trials per hyper-parameter search; 0: no search (default: 20)',
      wholeNumber('--trials', 0, 10_000),
    )
    .option(
      '--minutes <m>',
      'time limit of each search in minutes; it also ends the trial that is running (default: no limit)',
      decimal('--minutes', 0.01, 1e6),
    )
    .option('--runs <n>', 'runs per cell (default: 5)', wholeNumber('--runs', 1, 1000))
    .option(
      '--epochs <n>',
      'maximum epochs per run (default: 500), and per trial of a search, there at most 250',
      wholeNumber('--epochs', 1, 100_000),
    )
    .option('--batch <n>', 'windows per step (default: 256)', wholeNumber('--batch', 2, 65_536))
    .addOption(rates.schedule)
    .addOption(rates.fineTuneSchedule)
    .option(
      '--synthetic-count <n>',
      'synthetic records per training (default: 8192)',
      wholeNumber('--synthetic-count', 4, 1e9),
    )
    .option(
      '--most-per-patient <n>',
      'maximum windows per patient and label (default: all)',
      wholeNumber('--most-per-patient', 1, 1e9),
    )
    .option('--preset <name>', `preset of the synthetic records (default: ${defaultPreset})`)
    .addOption(classFileOption())
    .addOption(windows.fs)
    .addOption(windows.seconds)
    .addOption(windows.leads)
    .addOption(windows.filter)
    .addOption(windows.map)
    .option('--seed <n>', 'seed; the same seed gives the same results (default: 0)', seed);
}

export const registerExperiment: Register = (program, run) => {
  const command = program
    .command('experiment')
    .summary('compare real, synthetic and synthetic-then-real training, with statistics')
    .description(
      'Searches hyper-parameters on a first training/validation pair, trains on five more pairs in the settings real, syn and syn-real, tests on patients outside all pairs, and writes results.parquet, tables and report.html. The same command resumes an interrupted experiment.',
    );
  addExperimentOptions(command)
    .option(
      '--jobs <n>',
      'searches and runs at the same time; they share the threads (default: 1)',
      wholeNumber('--jobs', 1, 1024),
    )
    .addOption(strictOption())
    .requiredOption('--out <dir>', 'folder of the experiment')
    .option('--json', 'print the result as JSON');
  addEngineOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst experiment --task af,pvc --arch lstm,s4 --data mitdb:mitdb --outside ptb-xl:ptb-xl --fs 100 --out af-pvc
  $ pqrst experiment --task aflt --arch all --data ptb-xl:ptb-xl --positives series --jobs 4 --out aflt
  $ pqrst experiment --task af --data ptb-xl:ptb-xl --fs 100 --sources simulator,generator:af-diffwave --shares 1,5,10,25,50 --out transfer
  $ pqrst experiment --config exp.json --out exp
  $ pqrst experiment --task LVH:NORM --settings real --data ptb-xl:ptb-xl --split folds --out lvh`,
    )
    .action(run<Options>(experiment));
};

async function experiment(options: Options, task: Task): Promise<Result> {
  const { runExperiment } = await import('../experiment/experiment.js');
  const { out, jobs, strict, engine, device, tfBackend, threads } = options;
  const config = await experimentConfig(options);
  const progress = experimentProgress(task, config.search?.minutes);
  let skipped: Skipped = { skipped: [] };
  const outcome = await runExperiment(config, {
    out,
    jobs,
    strict,
    engine,
    device,
    tfBackend,
    threads,
    signal: task.signal,
    onEvent: (event) => {
      if (event.kind === 'data') skipped = { skipped: event.unreadable };
      progress.onEvent(event);
    },
  })
    .catch((error: unknown) => {
      throw task.signal.aborted ? interrupted(progress.done(), error) : error;
    })
    .finally(progress.stop);
  const { summary, report, rows } = outcome;
  const { trainingWords } = await import('../experiment/report/source-tables.js');
  const hasOther = summary.cells.some(({ decisions }) => !Number.isNaN(decisions.f1AtValThreshold.mean));
  return {
    json: { out, report, rows: rows.length, ...summary },
    text: [
      ...gainLines(summary, trainingWords),
      ...loneLines(summary),
      ...(hasOther
        ? ['F1 at 0.5; in parentheses at the threshold that was chosen on the validation records']
        : []),
      ...summary.warnings.map((one) => `note: ${one}`),
      `the report is ${report}`,
    ].join('\n'),
    exitCode: exitCodeOf(skipped),
  };
}

/** Returns the configuration that the file and the options state. */
export async function experimentConfig(options: ExperimentFlags): Promise<ExperimentConfigInput> {
  const { readExperimentConfig } = await import('../experiment/config.js');
  const file = options.config === undefined ? {} : await readExperimentConfig(options.config);
  const config = { ...file, ...flagsOf(options), ...(await ownClassesOf(options)) };
  const search = { ...config.search, ...searchFlags(options) };
  // The configuration is checked where it is used.
  return { ...config, ...(Object.keys(search).length > 0 && { search }) } as ExperimentConfigInput;
}

function flagsOf(options: ExperimentFlags): Partial<ExperimentConfigInput> {
  const { sources, ratios, shares } = options;
  const { task, arch, data, outside, fs, settings, split, positives, preset, seconds, leads, filter, map } =
    options;
  const { seed, runs, epochs, batch, schedule, fineTuneSchedule, syntheticCount, mostPerPatient } = options;
  const given = {
    tasks: task,
    archs: arch,
    data,
    outside,
    fsHz: fs,
    settings,
    sources,
    ratios,
    shares,
    split,
    positives,
    preset,
    seconds,
    leads,
    filter,
    labelMap: map,
    seed,
    runs,
    epochs,
    batch,
    schedule,
    fineTuneSchedule,
    syntheticCount,
    mostPerPatient,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function searchFlags({ trials, minutes }: ExperimentFlags) {
  return { ...(trials !== undefined && { trials }), ...(minutes !== undefined && { minutes }) };
}

function interrupted(done: string, cause: unknown): PqrstError {
  const message = `interrupted; ${done}the same command resumes the experiment`;
  return new PqrstError('ERR_INTERRUPTED', message, { cause });
}

/**
 * Returns one line per comparison on all real records, with the source if there are several:
 * `af, s4, held-back: F1 0.421 (0.463) real, 0.612 (0.633) syn-real: +45 % (95 % interval +3 % to +90 %), p 0.041 corrected`.
 */
function gainLines(
  { comparisons, cells }: ExperimentSummary,
  trainingWords: (key: CellKey, sources: readonly string[]) => string,
): string[] {
  const all = comparisons.filter(({ positives, share }) => positives === null && share === null);
  const sources = [...new Set(cells.flatMap(({ source }) => source ?? []))];
  const signed = (value: number) =>
    Number.isNaN(value) ? '-' : `${value < 0 ? '' : '+'}${value.toFixed(0)} %`;
  return all.map((compared) => {
    const { task, arch, test, setting, source, f1 } = compared;
    const meanOf = (key: CellKey) => {
      const cell = cells.find((one) => isOfCell(one, { ...key, test }));
      return cell === undefined ? '-' : f1Text(cell);
    };
    const real: CellKey = { ...compared, setting: 'real', source: null, ratio: null };
    const isPlain = setting === 'syn-real' && (sources.length === 1 || source === null);
    const name = isPlain ? setting : trainingWords(compared, sources);
    const p = Number.isNaN(f1.pCorrected)
      ? `no p-value: ${f1.reason}`
      : `p ${f1.pCorrected.toFixed(3)} corrected`;
    const interval = `95 % interval ${signed(f1.percentLow)} to ${signed(f1.percentHigh)}`;
    return `${task}, ${arch}, ${test}: F1 ${meanOf(real)} real, ${meanOf(compared)} ${name}: ${signed(f1.percent)} (${interval}), ${p}`;
  });
}

/** Returns one line per cell with all positives if there is no comparison: `LVH:NORM, s4, held-back: F1 0.512 real`. */
function loneLines({ comparisons, cells }: ExperimentSummary): string[] {
  return comparisons.length > 0
    ? []
    : cells
        .filter(({ positives, share }) => positives === null && share === null)
        .map((cell) => {
          const { task, arch, test, setting } = cell;
          return `${task}, ${arch}, ${test}: F1 ${f1Text(cell)} ${setting}`;
        });
}

/** Returns the mean F1 at 0.5 and, if there is one, at the threshold of the validation records: `0.421 (0.463)`. */
function f1Text({ f1, decisions }: CellSummary): string {
  const at = decisions.f1AtValThreshold.mean;
  const mean = Number.isNaN(f1.mean) ? '-' : f1.mean.toFixed(3);
  return Number.isNaN(at) ? mean : `${mean} (${at.toFixed(3)})`;
}
