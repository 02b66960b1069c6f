// `pqrst synth`: a folder of synthetic records, as WFDB or as NumPy arrays, with labels, beats and a manifest.

import { join } from 'node:path';
import { Option } from 'commander';
import type { EcgClass } from '../classes.js';
import { ecgClasses } from '../classes.js';
import { PqrstError } from '../errors.js';
import type { SynthBatch, Synthesizer } from '../synth/synthesizer.js';
import { classList, decimal, fsHz, oneOf, seed, wholeNumber } from './options.js';
import { withOutputFolder } from './output-folder.js';
import type { Register, Result, Task } from './task.js';

interface Options {
  classes: EcgClass[];
  count: number;
  start: number;
  seed: number;
  preset: string;
  format: 'wfdb' | 'npy';
  unit: 'mV' | 'zscore';
  fs: number;
  seconds: number;
  out: string;
}

const recordsPerBatch = 256;
const filesAtOnce = 16;

export const registerSynth: Register = (program, run) => {
  program
    .command('synth')
    .summary('make labelled synthetic records')
    .description('Makes labelled synthetic single-lead records with exact beats, waves and rhythm.')
    .addOption(
      new Option('--classes <list>', `classes by commas, of ${ecgClasses.join(', ')}`)
        .argParser(classList)
        .default([...ecgClasses], 'all'),
    )
    .requiredOption('--count <n>', 'records in all, the classes in turn', wholeNumber('--count', 1, 1e9))
    .option('--start <n>', 'index of the first record', wholeNumber('--start', 0, 1e15), 0)
    .option('--seed <n>', 'the same seed, the same records', seed, 0)
    .option('--preset <name>', 'numbers of the simulator (pqrst info lists them)', 'paper')
    .option('--format <name>', 'wfdb (.hea .dat .atr) or npy', oneOf('--format', ['wfdb', 'npy']), 'wfdb')
    .option('--unit <name>', 'mV or zscore (npy only)', oneOf('--unit', ['mV', 'zscore']), 'mV')
    .option('--fs <hz>', 'sampling rate', fsHz, 500)
    .option('--seconds <s>', 'length of a record', decimal('--seconds', 0.1, 86400), 10)
    .requiredOption('--out <dir>', 'new or empty folder for the records')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
The folder holds labels.csv (record,label,patient), manifest.json and
  wfdb  a record a trio NAME.hea, NAME.dat (16 bit, 1000/mV), NAME.atr (rhythm, beats, waves)
  npy   signals.npy float32 [count, samples], labels.npy uint8 [count], beats.csv (times in s)

Examples:
  $ pqrst synth --count 1000 --seed 7 --out records
  $ pqrst synth --classes normal,af --count 50000 --format npy --unit zscore --fs 100 --out af-100hz
  $ pqrst synth --classes wpw --count 20 --preset clinical --seconds 60 --out wpw --json`,
    )
    .action(run<Options>(synth));
};

async function synth(options: Options, task: Task): Promise<Result> {
  if (options.format === 'wfdb' && options.unit === 'zscore') {
    throw new PqrstError(
      'ERR_OPTION',
      '--unit zscore does not go with --format wfdb, whose records hold mV; write --unit mV or --format npy',
    );
  }
  const { Synthesizer } = await import('../synth/synthesizer.js');
  const synthesizer = new Synthesizer({
    preset: options.preset,
    fsHz: options.fs,
    seconds: options.seconds,
    seed: options.seed,
    unit: options.unit,
  });
  const counts = await withOutputFolder(options.out, task.signal, async (folder) => {
    const sink = await (options.format === 'wfdb' ? wfdbSink : npySink)(folder, options, synthesizer);
    const progress = task.startProgress('synth');
    const labels = ['record,label,patient'];
    try {
      const { classes, start, count } = options;
      const stream = synthesizer.stream({
        classes,
        start,
        count,
        batchSize: Math.max(1, Math.min(recordsPerBatch, Math.floor(2 ** 24 / synthesizer.lengthSamples))),
        annotations: true,
        signal: task.signal,
      });
      for await (const batch of stream) {
        await sink.write(batch, task.signal);
        for (let k = 0; k < batch.count; k++) {
          const name = recordName(batch.start + k);
          labels.push(`${name},${classOf(batch, k)},${name}`);
        }
        progress.update(labels.length - 1, count);
      }
      await sink.close();
    } catch (error) {
      await sink.abort();
      throw error;
    } finally {
      progress.stop();
    }
    return writeTables(folder, options, synthesizer, labels);
  });
  const perClass = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return {
    json: {
      out: options.out,
      format: options.format,
      count: options.count,
      counts,
      fsHz: options.fs,
      lengthSamples: synthesizer.lengthSamples,
      unit: options.unit,
      seed: options.seed,
    },
    text: `${options.count} records of ${options.seconds} s at ${options.fs} Hz (${perClass.join(', ')}) in ${options.out}`,
  };
}

function recordName(index: number): string {
  return `r${String(index).padStart(7, '0')}`;
}

function classOf(batch: SynthBatch, k: number): EcgClass {
  return ecgClasses[batch.labels[k]!]!;
}

async function writeTables(folder: string, options: Options, synthesizer: Synthesizer, labels: string[]) {
  const { writeFileAtomic } = await import('../files.js');
  const { packageVersion } = await import('../version.js');
  const counts: Partial<Record<EcgClass, number>> = {};
  for (const row of labels.slice(1)) {
    const name = row.split(',')[1] as EcgClass;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const { classes, start, count, seed, preset, format, unit, fs, seconds } = options;
  const manifest = {
    generator: `pqrst ${packageVersion()}`,
    request: { classes, start, count, seed, preset, format, unit, fsHz: fs, seconds },
    lengthSamples: synthesizer.lengthSamples,
    counts,
    spec: synthesizer.spec,
  };
  await writeFileAtomic(join(folder, 'labels.csv'), `${labels.join('\n')}\n`);
  await writeFileAtomic(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return counts;
}

interface Sink {
  write(batch: SynthBatch, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

async function wfdbSink(folder: string, options: Options, synthesizer: Synthesizer): Promise<Sink> {
  const { writeRecord } = await import('../records/wfdb/writer.js');
  const { toWfdbAnnotations } = await import('../synth/annotations.js');
  const { fsHz, lengthSamples } = synthesizer;
  const writeOne = (batch: SynthBatch, k: number) => {
    const name = recordName(batch.start + k);
    const signalMv = batch.signals.subarray(k * lengthSamples, (k + 1) * lengthSamples);
    return writeRecord(
      folder,
      { name, fsHz, leads: ['II'], signalsMv: [signalMv] },
      {
        annotations: toWfdbAnnotations(batch.annotations!.record(k), fsHz),
        comments: [
          `synthetic: pqrst, preset ${options.preset}, seed ${options.seed}, class ${classOf(batch, k)}`,
        ],
      },
    );
  };
  return {
    async write(batch, signal) {
      for (let from = 0; from < batch.count; from += filesAtOnce) {
        signal.throwIfAborted();
        const ks = Array.from({ length: Math.min(filesAtOnce, batch.count - from) }, (_, n) => from + n);
        const settled = await Promise.allSettled(ks.map((k) => writeOne(batch, k)));
        const failed = settled.find((result) => result.status === 'rejected');
        if (failed !== undefined) throw failed.reason;
      }
    },
    close: async () => undefined,
    abort: async () => undefined,
  };
}

async function npySink(folder: string, _options: Options, synthesizer: Synthesizer): Promise<Sink> {
  const { NpyWriter } = await import('../records/npy.js');
  const { LineWriter } = await import('./line-writer.js');
  const signals = await NpyWriter.open(join(folder, 'signals.npy'), 'float32', [synthesizer.lengthSamples]);
  const labels = await NpyWriter.open(join(folder, 'labels.npy'), 'uint8', []);
  const beats = await LineWriter.open(join(folder, 'beats.csv'));
  const waves = ['p', 'qrs', 't'] as const;
  const bounds = ['onsetS', 'peakS', 'offsetS'] as const;
  await beats.write([
    ['record', 'type', ...waves.flatMap((wave) => bounds.map((bound) => `${wave}_${bound}`))].join(','),
  ]);
  return {
    async write(batch) {
      await signals.append(batch.signals);
      await labels.append(batch.labels);
      for (let k = 0; k < batch.count; k++) {
        const name = recordName(batch.start + k);
        await beats.write(
          batch.annotations!.record(k).beats.map((beat) => {
            const times = waves.flatMap((wave) =>
              bounds.map((bound) => beat[wave]?.[bound].toFixed(6) ?? ''),
            );
            return [name, beat.type, ...times].join(',');
          }),
        );
      }
    },
    async close() {
      await signals.close();
      await labels.close();
      await beats.close();
    },
    async abort() {
      await Promise.allSettled([signals.abort(), labels.abort(), beats.close()]);
    },
  };
}
