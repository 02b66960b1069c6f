// `pqrst synth`: writes a corpus of synthetic records. This file has the options; src/corpus writes the corpus.

import { type Command, Option } from 'commander';
import { PqrstError } from '../base/errors.js';
import { fileLimits } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { plural } from '../base/text.js';
import { type FormatName, formatNames } from '../corpus/format.js';
import type { ClassWeights } from '../corpus/pattern.js';
import type { CorpusRequest } from '../corpus/plan.js';
import { type SampleType, sampleTypes } from '../kernel/binding.js';
import { ecgClasses } from '../signal/classes.js';
import {
  defaultFsHz,
  defaultPreset,
  defaultSeconds,
  defaultUnit,
  type Unit,
  units,
} from '../signal/defaults.js';
import type { NoiseOptions } from '../synth/noise.js';
import { parseNoise } from '../synth/noise-text.js';
import type { ModelSpec } from '../synth/presets.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { classWeights, decimal, fsHz, leads, oneOf, partOf, seed, shares, wholeNumber } from './options.js';
import { withRemedy } from './remedy.js';
import type { Register, Result, Task } from './task.js';

/** The values of the options of `addSynthOptions`. */
export interface SynthFlags extends ClassFileFlags {
  classes?: ClassWeights;
  count: number;
  start: number;
  seed: number;
  preset: string;
  format: FormatName;
  type?: SampleType;
  unit: Unit;
  leads?: string[];
  fs?: number;
  seconds: number;
  noise?: NoiseOptions;
  split?: Readonly<Record<string, number>>;
  replicas: number;
}

interface Options extends SynthFlags {
  shard: { part: number; parts: number };
  resume?: boolean;
  out: string;
}

/** Adds the options that state the records of a corpus. */
export function addSynthOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--classes <list>',
        `classes, separated by commas; with weights: normal:3,af:1; the presets paper and clinical have ${ecgClasses.join(', ')}; the preset physiological has more (pqrst info lists them), mixtures af+pvc and episodes normal>af (default: all of the preset, with equal weights)`,
      ).argParser(classWeights),
    )
    .requiredOption('--count <n>', 'number of records per set', wholeNumber('--count', 1, 1e9))
    .option('--start <n>', 'index of the first record', wholeNumber('--start', 0, 1e15), 0)
    .option('--seed <n>', 'seed; the same seed gives the same records', seed, 0)
    .option(
      '--preset <name>',
      'preset of the simulator (pqrst info lists them), or a file SPEC.json',
      defaultPreset,
    )
    .addOption(classFileOption())
    .option(
      '--format <name>',
      `file format: ${formatNames.join(', ')}`,
      oneOf('--format', formatNames),
      'wfdb',
    )
    .option(
      '--type <name>',
      `sample type in npy and parquet: ${sampleTypes.join(', ')} (default: float32)`,
      oneOf('--type', sampleTypes),
    )
    .option(
      '--unit <name>',
      `unit of the samples: ${units.join(', ')} (zscore: npy and parquet only)`,
      oneOf('--unit', units),
      defaultUnit,
    )
    .option(
      '--leads <names>',
      'leads of the records: I,II,V1, or 12 for the standard twelve (default: II; the presets paper and clinical make II only)',
      leads,
    )
    .option('--fs <hz>', `sampling rate in Hz (default: ${defaultFsHz}; ptb-xl: 500)`, fsHz)
    .option('--seconds <s>', 'length of a record in s', decimal('--seconds', 0.1, 86400), defaultSeconds)
    .option(
      '--noise <list>',
      'noise in addition to the preset, see below: wander=6dB,powerline=0.05mV@60',
      parseNoise,
    )
    .option('--split <list>', 'splits and their shares, which sum to 1: train:0.8,val:0.2', shares('--split'))
    .option('--replicas <n>', 'independent sets of --count records', wholeNumber('--replicas', 1, 10_000), 1);
}

export const registerSynth: Register = (program, run) => {
  const command = program
    .command('synth')
    .summary('write labelled synthetic records')
    .description('Writes labelled synthetic records with exact beats, waves and rhythms.');
  addSynthOptions(command)
    .addOption(
      new Option('--shard <i/n>', 'write only part i of n; all parts use the same folder')
        .argParser(partOf('--shard'))
        .default({ part: 1, parts: 1 }, '1/1'),
    )
    .option('--resume', 'continue an unfinished corpus in the folder')
    .requiredOption('--out <dir>', 'new or empty folder for the records, or s3://bucket/prefix')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The folder contains shards of records with their tables (one folder per replica and split) and manifest.json, which is
written last, when all other files are on the disk (parquet: _manifest.json and _labels.csv):
  wfdb     three files per record: NAME.hea, NAME.dat (16 bit, 1000/mV), NAME.atr (rhythms, beats, waves)
  edf      one EDF+ file per record: NAME.edf, in uV, with annotations (origin, rhythms, beats)
  npy      signals.npy [records, (leads,) samples], labels.npy, beat_offsets.npy, beat_fiducials_s.npy, beat_types.npy
  parquet  one row per record, with label, seed, index and annotations; pandas.read_parquet(DIR) reads the folder
  ptb-xl   the layout of PTB-XL: records500 and tables
An int16 sample counts 1/1000 mV, or 1/1000 SD where z-scored.

Annotations: a beat is annotated if its R peak is inside the record. A P or T wave that starts before the record or ends
after it, a P wave without a QRS, and the waves of a beat whose R peak is outside have no annotation.

Noise, separated by commas: wander, powerline, muscle and electrode as SNR (6dB) or amplitude (0.2mV), adc (step) and
clip (limit) in mV, hold (samples). With a range each record draws its own value: muscle=10..20dB.

Examples:
  $ pqrst synth --classes normal,af,aflt,pvc,wpw --count 1000 --seed 7 --out records
  $ pqrst synth --classes normal,clbbb,af+pvc,normal>af --count 1000 --out more
  $ pqrst synth --classes normal,af --count 50000 --format npy --unit zscore --fs 100 --out af-100hz
  $ pqrst synth --classes normal:3,af:1 --count 50000 --split train:0.8,val:0.2 --format npy --type int16 --out sets
  $ pqrst synth --leads 12 --format ptb-xl --count 1000 --out twelve
  $ pqrst synth --count 10000000 --format npy --type int16 --shard 3/64 --resume --out corpus
  $ pqrst synth --count 10000000 --format npy --type int16 --shard 3/64 --resume --out s3://bucket/corpus`,
    )
    .action(run<Options>(synth));
};

async function synth(options: Options, task: Task): Promise<Result> {
  const { writeCorpus } = await import('../corpus/write.js');
  const { out, shard, resume } = options;
  const request: CorpusRequest = { ...(await synthRequest(options)), parts: shard.parts };
  let progress: ReturnType<Task['startProgress']> | undefined;
  const written = await writeCorpus(out, request, {
    part: shard.part,
    resume,
    signal: task.signal,
    onProgress: (done, total) => {
      progress ??= task.startProgress('synth');
      progress.update(done, total);
    },
  })
    .catch((error) => {
      throw progress === undefined ? error : withRemedy(error, task.signal, 'finished shards are kept');
    })
    .finally(() => progress?.stop());
  const { plan, records, counts, complete } = written;
  const perClass = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const what = `${plural(records, 'record')} of ${options.seconds} s at ${plan.fsHz} Hz (${perClass.join(', ')}) in ${out}`;
  const part = shard.parts === 1 ? '' : `part ${shard.part}/${shard.parts}: `;
  return {
    json: {
      out,
      format: options.format,
      count: options.count,
      replicas: options.replicas,
      ...shard,
      records,
      counts,
      complete,
      fsHz: plan.fsHz,
      leads: plan.leads,
      lengthSamples: plan.lengthSamples,
      unit: options.unit,
      type: plan.type,
      seed: options.seed,
    },
    text: `${part}${what}${complete ? '' : '; other parts are not finished yet'}`,
  };
}

/** Returns the request that the options state, without the number of parts. */
export async function synthRequest(options: SynthFlags): Promise<CorpusRequest> {
  return {
    format: options.format,
    count: options.count,
    start: options.start,
    classes: options.classes,
    seed: options.seed,
    preset: await presetOf(options.preset),
    ...(await ownClassesOf(options)),
    fsHz: options.fs,
    seconds: options.seconds,
    leads: options.leads,
    unit: options.unit,
    type: options.type,
    noise: options.noise,
    split: options.split,
    replicas: options.replicas,
  };
}

/** Returns the name of a preset, or the spec in a JSON file. */
async function presetOf(text: string): Promise<string | ModelSpec> {
  if (!text.endsWith('.json')) return text;
  const { readInput } = await import('../codecs/input.js');
  const fail = (problem: string) =>
    new PqrstError('ERR_SPEC', `the spec ${text} ${problem}; start from the spec in a manifest.json`);
  const bytes = await readInput(text, 'the spec', fileLimits.json, (size) => fail(`holds ${size} bytes`));
  try {
    return parseJson(bytes.toString('utf8')) as ModelSpec;
  } catch (error) {
    throw fail(`is not JSON (${(error as Error).message})`);
  }
}
