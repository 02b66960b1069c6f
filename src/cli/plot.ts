// `pqrst plot`: draws an excerpt of a synthetic or a recorded ECG on ECG paper, as SVG or PNG, with its waves marked.

import { access } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { PqrstError, suggest } from '../base/errors.js';
import type { PaperMarks, PaperStrip } from '../report/ecg-paper.js';
import { type EcgClass, parseClass } from '../signal/classes.js';
import {
  defaultFsHz,
  defaultPreset,
  defaultSeconds,
  defaultUnit,
  type Unit,
  units,
} from '../signal/defaults.js';
import { filterSignal, parseFilter } from '../signal/filter.js';
import { samplesOf } from '../signal/samples.js';
import type { Annotation, EcgRecord } from '../signal/window.js';
import type { NoiseOptions } from '../synth/noise.js';
import { parseNoise } from '../synth/noise-text.js';
import { decimal, fsHz, oneOf, seed, wholeNumber } from './options.js';
import type { Register, Result, Task } from './task.js';

interface Options {
  class?: EcgClass;
  record?: string;
  seed: number;
  index: number;
  preset: string;
  unit: Unit;
  fs: number;
  noise?: NoiseOptions;
  lead?: string;
  start: number;
  seconds: number;
  filter?: string;
  annotations?: string;
  out: string[];
}

export const registerPlot: Register = (program, run) => {
  program
    .command('plot')
    .summary('draw a record on ECG paper')
    .description(
      'Draws a synthetic record or a WFDB record on ECG paper, 25 mm/s and 10 mm/mV at true size, waves marked.',
    )
    .option('--class <name>', 'draw a synthetic record of this class', parseClass)
    .option('--seed <n>', 'seed of the synthetic record', seed, 0)
    .option('--index <n>', 'index of the synthetic record', wholeNumber('--index', 0, 1e15), 0)
    .option('--preset <name>', 'preset of the synthetic record', defaultPreset)
    .option(
      '--unit <name>',
      `unit of the synthetic record: ${units.join(', ')}`,
      oneOf('--unit', units),
      defaultUnit,
    )
    .option('--fs <hz>', 'sampling rate of the synthetic record in Hz', fsHz, defaultFsHz)
    .option('--noise <list>', 'noise in addition to the preset, as for pqrst synth', parseNoise)
    .option('--record <path>', 'draw this WFDB record (with or without .hea)')
    .option('--lead <name>', 'lead of the WFDB record (default: II, else MLII, else the first)')
    .option(
      '--annotations <ext>',
      'annotation file of the WFDB record (default: atr, else the one named after the lead)',
    )
    .option('--start <s>', 'start of the excerpt in s', decimal('--start', 0, 1e7), 0)
    .option(
      '--seconds <s>',
      'length of the excerpt in s; each row shows ten seconds',
      decimal('--seconds', 0.2, 600),
      defaultSeconds,
    )
    .option(
      '--filter <low-high>',
      'filter the excerpt in Hz as a training does: 0.5-40 (default: no filter)',
      parseFilter,
    )
    .requiredOption('--out <files...>', 'FILE.svg and/or FILE.png')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ pqrst plot --class af --seed 7 --index 3 --preset clinical --out af.svg af.png
  $ pqrst plot --class normal --preset clinical --noise wander=0.2mV,muscle=15dB --out noisy.png
  $ pqrst plot --record mitdb/203 --start 300 --seconds 30 --out 203.png
  $ pqrst plot --record mitdb/203 --filter 0.5-40 --out 203-filtered.png
  $ pqrst plot --record ludb/1 --lead V2 --out ludb-v2.svg`,
    )
    .action(run<Options>(plot));
};

async function plot(options: Options, task: Task): Promise<Result> {
  const kinds = options.out.map((file) => extname(file).toLowerCase());
  const odd = options.out.find((_, at) => kinds[at] !== '.svg' && kinds[at] !== '.png');
  if (odd !== undefined) {
    throw new PqrstError('ERR_OPTION', `--out takes files that end in .svg or .png, got "${odd}"`);
  }
  if ((options.class === undefined) === (options.record === undefined)) {
    throw new PqrstError(
      'ERR_OPTION',
      'give either --class (a synthetic record) or --record (a WFDB record)',
    );
  }
  const drawn = options.record === undefined ? await synthetic(options, task) : await recorded(options, task);
  const strip = options.filter === undefined ? drawn : filtered(drawn, options.filter);
  const { ecgPaper } = await import('../report/ecg-paper.js');
  const { writeFileAtomic } = await import('../base/files.js');
  const svg = ecgPaper(strip);
  for (const [at, file] of options.out.entries()) {
    task.signal.throwIfAborted();
    if (kinds[at] === '.svg') await writeFileAtomic(file, svg);
    else await writeFileAtomic(file, (await import('../report/png.js')).svgToPng(svg));
  }
  const beats = strip.marks?.beats.length ?? 0;
  return {
    json: {
      files: options.out,
      title: strip.title,
      lead: strip.lead,
      fsHz: strip.fsHz,
      seconds: strip.signal.length / strip.fsHz,
      unit: strip.unit,
      beats,
      waves: strip.marks?.waves.length ?? 0,
    },
    text: `${strip.title}, lead ${strip.lead}: ${beats} beats marked; drawn to ${options.out.join(', ')}`,
  };
}

function filtered(strip: PaperStrip, filter: string): PaperStrip {
  const signal = filterSignal(strip.signal, strip.fsHz, filter);
  return { ...strip, title: `${strip.title}, filter ${filter} Hz`, signal };
}

async function synthetic(options: Options, task: Task): Promise<PaperStrip> {
  const { Synthesizer } = await import('../synth/synthesizer.js');
  const { recordMarks } = await import('../report/marks.js');
  const { seconds, fs, preset, seed, unit, index, start, noise } = options;
  if (start !== 0) {
    throw new PqrstError(
      'ERR_OPTION',
      `--start ${start} needs --record, because a synthetic record starts at 0; omit --start`,
    );
  }
  const synthesizer = new Synthesizer({ preset, fsHz: fs, seconds, seed, unit, noise });
  const batch = await synthesizer.batch({
    classes: [options.class!],
    start: index,
    count: 1,
    annotations: true,
    signal: task.signal,
  });
  return {
    title: `Synthetic ${options.class === 'normal' ? options.class : options.class!.toUpperCase()}, preset ${preset}, seed ${seed}, record ${index}${noise === undefined ? '' : ', noise added'}`,
    lead: 'II',
    fsHz: fs,
    unit,
    signal: batch.signals,
    marks: recordMarks(batch.annotations!.record(0)),
  };
}

async function recorded(options: Options, task: Task): Promise<PaperStrip> {
  const { readAnnotations, readRecord } = await import('../codecs/wfdb/read.js');
  const { marksFromAnnotations } = await import('../report/marks.js');
  const path = options.record!.replace(/\.hea$/, '');
  const record = await readRecord(path, { signal: task.signal });
  const lead = leadOf(record, options.lead);
  const { fsHz } = record;
  const first = samplesOf(options.start, fsHz);
  const whole = record.signalsMv[lead]!;
  const signal = whole.subarray(first, first + samplesOf(options.seconds, fsHz));
  if (signal.length < 2) {
    const length = (whole.length / fsHz).toFixed(1);
    throw new PqrstError(
      'ERR_RANGE',
      `--start ${options.start} is after the end of ${path}, which lasts ${length} s; choose an earlier start`,
    );
  }
  const extension = options.annotations ?? (await annotationsOf(path, record.leads[lead]!));
  let annotations: Annotation[] = [];
  if (extension !== undefined) annotations = await readAnnotations(path, extension);
  const marks: PaperMarks = marksFromAnnotations(annotations, fsHz, first / fsHz, signal.length / fsHz);
  return {
    title: `Record ${basename(path)}`,
    lead: record.leads[lead]!,
    fsHz,
    unit: 'mV',
    signal,
    startS: first / fsHz,
    ...(extension === undefined ? {} : { marks }),
  };
}

/** Returns the place of the requested lead in the record. */
function leadOf(record: EcgRecord, requested: string | undefined): number {
  const names = record.leads.map((name) => name.toLowerCase());
  if (requested === undefined) return Math.max(0, ...['mlii', 'ii'].map((name) => names.indexOf(name)));
  const found = names.indexOf(requested.toLowerCase());
  if (found < 0) {
    throw new PqrstError(
      'ERR_OPTION',
      `${record.name} has no lead "${requested}"${suggest(requested, record.leads)}`,
    );
  }
  return found;
}

/** Returns `atr` if the record has this file, otherwise the lead in lower case if LUDB's file exists, or undefined. */
async function annotationsOf(path: string, lead: string): Promise<string | undefined> {
  for (const extension of ['atr', lead.toLowerCase()]) {
    const exists = await access(`${path}.${extension}`).then(
      () => true,
      () => false,
    );
    if (exists) return extension;
  }
  return undefined;
}
