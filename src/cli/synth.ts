// `pqrst synth`: a corpus of synthetic records on the disk. The work is the corpus engine's; here are its options.

import { Option } from 'commander';
import { PqrstError } from '../base/errors.js';
import type { FormatName } from '../corpus/format.js';
import type { ClassWeights } from '../corpus/pattern.js';
import type { CorpusRequest } from '../corpus/plan.js';
import type { SampleType } from '../kernel/binding.js';
import { ecgClasses } from '../signal/classes.js';
import type { NoiseOptions } from '../synth/noise.js';
import { parseNoise } from '../synth/noise-text.js';
import type { SynthSpec } from '../synth/spec.js';
import { classWeights, decimal, fsHz, oneOf, partOf, seed, shares, wholeNumber } from './options.js';
import type { Register, Result, Task } from './task.js';

interface Options {
  classes: ClassWeights;
  count: number;
  start: number;
  seed: number;
  preset: string;
  format: FormatName;
  type?: SampleType;
  unit: 'mV' | 'zscore';
  fs: number;
  seconds: number;
  noise?: NoiseOptions;
  split?: Readonly<Record<string, number>>;
  replicas: number;
  shard: { part: number; parts: number };
  resume?: boolean;
  out: string;
}

const formats = ['wfdb', 'npy', 'parquet', 'ptb-xl'] as const;
const types = ['float32', 'float16', 'int16'] as const;

export const registerSynth: Register = (program, run) => {
  program
    .command('synth')
    .summary('make labelled synthetic records')
    .description('Makes labelled synthetic single-lead records with exact beats, waves and rhythm.')
    .addOption(
      new Option('--classes <list>', `classes by commas, of ${ecgClasses.join(', ')}; weights: normal:3,af:1`)
        .argParser(classWeights)
        .default(classWeights(ecgClasses.join(',')), 'all alike'),
    )
    .requiredOption('--count <n>', 'records of a set, the classes in turn', wholeNumber('--count', 1, 1e9))
    .option('--start <n>', 'index of the first record', wholeNumber('--start', 0, 1e15), 0)
    .option('--seed <n>', 'the same seed, the same records', seed, 0)
    .option(
      '--preset <name>',
      'numbers of the simulator (pqrst info lists them), or a file SPEC.json',
      'paper',
    )
    .option('--format <name>', formats.join(', '), oneOf('--format', formats), 'wfdb')
    .option('--type <name>', `${types.join(', ')} (npy, parquet; float32)`, oneOf('--type', types))
    .option('--unit <name>', 'mV or zscore (npy, parquet)', oneOf('--unit', ['mV', 'zscore']), 'mV')
    .option('--fs <hz>', 'sampling rate', fsHz, 500)
    .option('--seconds <s>', 'length of a record', decimal('--seconds', 0.1, 86400), 10)
    .option('--noise <list>', 'beyond the preset, see below: wander=6dB,powerline=0.05mV@60', parseNoise)
    .option('--split <list>', 'shares by name that sum to 1: train:0.8,val:0.2', shares('--split'))
    .option('--replicas <n>', 'independent sets of --count records', wholeNumber('--replicas', 1, 10_000), 1)
    .addOption(
      new Option('--shard <i/n>', 'make part i of n only; the parts share the folder')
        .argParser(partOf('--shard'))
        .default({ part: 1, parts: 1 }, '1/1'),
    )
    .option('--resume', 'go on with what an earlier run left in the folder, if any')
    .requiredOption('--out <dir>', 'new or empty folder for the records')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The folder holds shards of records with their tables (in a folder a replica and a split) and manifest.json, which comes
last, when everything is on the disk:
  wfdb     a record a trio NAME.hea, NAME.dat (16 bit, 1000/mV), NAME.atr (rhythm, beats, waves)
  npy      signals.npy [records, samples], labels.npy, beat_offsets.npy, beat_fiducials_s.npy, beat_types.npy
  parquet  a record a row, with label, seed, index and annotations
  ptb-xl   laid out as PTB-XL, records500 and tables
int16 counts 1/1000 mV, or 1/1000 SD where z-scored.

Noise, by commas: wander, powerline, muscle and electrode as SNR (6dB) or amplitude (0.2mV), adc (step) and clip (limit)
in mV, hold (samples). A range is drawn from for each record: muscle=10..20dB.

Examples:
  $ pqrst synth --count 1000 --seed 7 --out records
  $ pqrst synth --classes normal,af --count 50000 --format npy --unit zscore --fs 100 --out af-100hz
  $ pqrst synth --classes normal:3,af:1 --count 50000 --split train:0.8,val:0.2 --format npy --type int16 --out sets
  $ pqrst synth --count 10000000 --format npy --type int16 --shard 3/64 --resume --out corpus`,
    )
    .action(run<Options>(synth));
};

async function synth(options: Options, task: Task): Promise<Result> {
  const { writeCorpus } = await import('../corpus/write.js');
  const { out, shard, resume } = options;
  const request: CorpusRequest = {
    format: options.format,
    count: options.count,
    start: options.start,
    classes: options.classes,
    seed: options.seed,
    preset: await presetOf(options.preset),
    fsHz: options.fs,
    seconds: options.seconds,
    unit: options.unit,
    type: options.type,
    noise: options.noise,
    split: options.split,
    replicas: options.replicas,
    parts: shard.parts,
  };
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
      throw progress === undefined ? error : withWayOn(error, task.signal);
    })
    .finally(() => progress?.stop());
  const { plan, records, counts, complete } = written;
  const perClass = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  const what = `${records} records of ${options.seconds} s at ${options.fs} Hz (${perClass.join(', ')}) in ${out}`;
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
      fsHz: options.fs,
      lengthSamples: plan.lengthSamples,
      unit: options.unit,
      type: plan.type,
      seed: options.seed,
    },
    text: `${part}${what}${complete ? '' : '; other parts are not finished yet'}`,
  };
}

/** A name, or the spec in a file. */
async function presetOf(text: string): Promise<string | SynthSpec> {
  if (!text.endsWith('.json')) return text;
  const { readInput } = await import('../codecs/input.js');
  const fail = (problem: string) =>
    new PqrstError('ERR_SPEC', `the spec ${text} ${problem}; take one from a manifest.json as a start`);
  const bytes = await readInput(text, 'the spec', 2 ** 20, (size) => fail(`holds ${size} bytes`));
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw fail(`is no JSON (${(error as Error).message})`);
  }
}

/** The error with the way on, where work was under way: what is finished stays. */
function withWayOn(error: unknown, signal: AbortSignal): unknown {
  const way = 'what is finished stays: give the same command with --resume to go on';
  if (signal.aborted) return new PqrstError('ERR_INTERRUPTED', `interrupted; ${way}`, { cause: error });
  const failed = error instanceof PqrstError && error.code === 'ERR_WRITE' && error.cause !== undefined;
  return failed ? new PqrstError('ERR_WRITE', `${error.message}; ${way}`, { cause: error }) : error;
}
