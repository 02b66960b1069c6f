// `pqrst plot`: draws an excerpt of a synthetic or a recorded ECG on ECG paper, as SVG or PNG, with its waves marked: one
// lead in rows, or twelve leads on a page.

import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { PqrstError, suggest } from '../base/errors.js';
import { exists } from '../base/files.js';
import { unreadable } from '../codecs/input.js';
import type { PaperMarks } from '../report/paper-marks.js';
import type { TwelveLeadRecord } from '../report/twelve-lead-page.js';
import type { EcgClass } from '../signal/classes.js';
import {
  defaultFsHz,
  defaultPreset,
  defaultSeconds,
  defaultUnit,
  type Unit,
  units,
} from '../signal/defaults.js';
import { filterSignal, parseFilter } from '../signal/filter.js';
import { chooseLeads, splitLeads, twelveLeads } from '../signal/leads.js';
import { samplesOf } from '../signal/samples.js';
import type { Annotation, EcgRecord } from '../signal/window.js';
import type { NoiseOptions } from '../synth/noise.js';
import { parseNoise } from '../synth/noise-text.js';
import { type ClassFileFlags, classFileOption, ownClassesOf } from './class-files.js';
import { decimal, fsHz, oneOf, seed, wholeNumber } from './options.js';
import { orInterrupted } from './signals.js';
import type { Register, Result, Task } from './task.js';

/** The sentence below a record of the preset `paper`. */
const paperNote =
  "The paper's simulator: a schematic ECG with the broad ranges of its Table A.1. The presets physiological and clinical look like ECGs.";

/** Length of a page of twelve leads in s. */
const pageS = 10;

interface Options extends ClassFileFlags {
  class?: EcgClass;
  record?: string;
  seed: number;
  index: number;
  preset: string;
  unit: Unit;
  fs: number;
  noise?: NoiseOptions;
  lead?: string;
  leads?: readonly string[];
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
      'Draws a synthetic record, a WFDB record or an EDF file on ECG paper, 25 mm/s and 10 mm/mV at true size, waves marked.',
    )
    .option('--class <name>', 'draw a synthetic record of this class')
    .option('--seed <n>', 'seed of the synthetic record', seed, 0)
    .option('--index <n>', 'index of the synthetic record', wholeNumber('--index', 0, 1e15), 0)
    .option('--preset <name>', 'preset of the synthetic record (pqrst info lists them)', defaultPreset)
    .addOption(classFileOption())
    .option(
      '--unit <name>',
      `unit of the synthetic record: ${units.join(', ')}`,
      oneOf('--unit', units),
      defaultUnit,
    )
    .option('--fs <hz>', 'sampling rate of the synthetic record in Hz', fsHz, defaultFsHz)
    .option('--noise <list>', 'noise in addition to the preset, as for pqrst synth', parseNoise)
    .option('--record <path>', 'draw this WFDB record (with or without .hea), or this EDF or BDF file')
    .option(
      '--lead <name>',
      'lead to draw (default: II; of a WFDB record II, else MLII, else the first; the presets paper and clinical make II only)',
    )
    .option(
      '--leads <n>',
      '12: draw the page of the twelve standard leads, 3 x 4 and a rhythm strip of II',
      twelve,
    )
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
Beats are marked by their R peaks. A P or T wave that starts before the record or ends after it has no mark, a QRS that
is cut is marked from or up to its R peak, and a beat whose R peak is outside the record has no marks at all: neither its
T wave at the start nor its P wave at the end. P waves without a QRS have no mark either. The preset physiological has
the artefacts of real records, such as noise and flat stretches.

Examples:
  $ pqrst plot --class af --seed 2 --out af.png
  $ pqrst plot --class af --seed 7 --index 3 --preset clinical --out af.svg af.png
  $ pqrst plot --class normal --preset clinical --noise wander=0.2mV,muscle=15dB --out noisy.png
  $ pqrst plot --record mitdb/203 --start 300 --seconds 30 --out 203.png
  $ pqrst plot --record mitdb/203 --filter 0.5-40 --out 203-filtered.png
  $ pqrst plot --record holter.edf --start 3600 --out holter.png
  $ pqrst plot --record ludb/1 --lead V2 --out ludb-v2.svg
  $ pqrst plot --record ptb-xl/records500/00000/00001_hr --leads 12 --out page.png
  $ pqrst plot --class af --leads 12 --out af-page.png`,
    )
    .action(run<Options>((options, task) => orInterrupted(task.signal, plot(options, task))));
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
  if (options.leads !== undefined && options.lead !== undefined) {
    throw new PqrstError('ERR_OPTION', 'give either --leads 12 (a page) or --lead (one lead)');
  }
  if (options.leads !== undefined && options.seconds > pageS) {
    throw new PqrstError(
      'ERR_RANGE',
      `--seconds ${options.seconds} is too long for a page, which shows ${pageS} s; omit it, or draw one --lead`,
    );
  }
  const made: Drawn =
    options.record === undefined ? await synthetic(options, task) : await recorded(options, task);
  const drawn = options.filter === undefined ? made : filtered(made, options.filter);
  const { writeFileAtomic } = await import('../base/files.js');
  const svg = await draw(drawn);
  for (const [at, file] of options.out.entries()) {
    task.signal.throwIfAborted();
    const bytes = kinds[at] === '.svg' ? svg : await (await import('../report/png.js')).svgToPngInThread(svg);
    await writeFileAtomic(file, bytes, task.signal);
  }
  const { title, leads, fsHz, unit, marks, note } = drawn;
  const beats = marks?.beats.length ?? 0;
  const [lead] = leads;
  return {
    json: {
      files: options.out,
      title,
      ...(leads.length === 1 ? { lead } : { leads }),
      fsHz,
      seconds: drawn.signals[0]!.length / fsHz,
      unit,
      beats,
      waves: marks?.waves.length ?? 0,
      ...(note !== undefined && { note }),
    },
    text:
      `${title}, ${leads.length === 1 ? `lead ${lead}` : `${leads.length} leads`}: ${beats} beats marked; ` +
      `drawn to ${options.out.join(', ')}${note === undefined ? '' : `\n${note}`}`,
  };
}

/** The record to draw, and the sentence below it. */
type Drawn = TwelveLeadRecord & { readonly note?: string };

/** Filters each lead by itself. */
function filtered(record: Drawn, filter: string): Drawn {
  const signals = record.signals.map((signal) => filterSignal(signal, record.fsHz, filter));
  return { ...record, title: `${record.title}, filter ${filter} Hz`, signals };
}

/** Draws one lead in rows, several as a page. */
async function draw(record: Drawn): Promise<string> {
  const { leads, signals } = record;
  if (leads.length > 1) return (await import('../report/twelve-lead-page.js')).twelveLeadPage(record);
  const { ecgPaper } = await import('../report/ecg-paper.js');
  return ecgPaper({ ...record, lead: leads[0]!, signal: signals[0]! });
}

/** Parses the value of --leads. */
function twelve(text: string): readonly string[] {
  if (text === '12') return twelveLeads;
  throw new PqrstError(
    'ERR_OPTION',
    `--leads takes 12, the page of twelve leads, got "${text}"; draw one lead with --lead`,
  );
}

async function synthetic(options: Options, task: Task): Promise<Drawn> {
  const { Synthesizer } = await import('../synth/synthesizer.js');
  const { recordMarks } = await import('../report/marks.js');
  const { seconds, fs, preset, seed, unit, index, start, noise, lead } = options;
  const leads = options.leads ?? (lead === undefined ? ['II'] : [lead]);
  if (start !== 0) {
    throw new PqrstError(
      'ERR_OPTION',
      `--start ${start} needs --record, because a synthetic record starts at 0; omit --start`,
    );
  }
  const own = await ownClassesOf(options);
  const synthesizer = new Synthesizer({ preset, ...own, fsHz: fs, seconds, seed, leads, unit, noise });
  const batch = await synthesizer.batch({
    classes: [options.class!],
    start: index,
    count: 1,
    annotations: true,
    signal: task.signal,
  });
  return {
    title: `Synthetic ${options.class === 'normal' ? options.class : options.class!.toUpperCase()}, preset ${preset}, seed ${seed}, record ${index}${noise === undefined ? '' : ', noise added'}`,
    leads: batch.leads,
    fsHz: fs,
    unit,
    signals: splitLeads(batch.signals, batch.leads.length),
    marks: recordMarks(batch.annotations.record(0)),
    ...(preset === 'paper' && { note: paperNote }),
  };
}

async function recorded(options: Options, task: Task): Promise<TwelveLeadRecord> {
  const { marksFromAnnotations } = await import('../report/marks.js');
  const path = await recordPath(options.record!);
  const name = basename(path);
  const choose = (names: readonly string[]) =>
    options.leads === undefined ? [leadOf(name, names, options.lead)] : placesOf(name, names, options.leads);
  const open = /\.(edf|bdf)$/i.test(path) ? openEdf : openWfdb;
  const { record, annotationsOf } = await open(path, choose, options, task);
  const { fsHz, leads } = record;
  const first = samplesOf(options.start, fsHz);
  const signals = record.signalsMv.map((signalMv) => {
    return signalMv.subarray(first, first + samplesOf(options.seconds, fsHz));
  });
  const samples = signals[0]!.length;
  if (samples < 2) {
    const length = (record.signalsMv[0]!.length / fsHz).toFixed(1);
    throw new PqrstError(
      'ERR_RANGE',
      `--start ${options.start} is after the end of ${path}, which lasts ${length} s; choose an earlier start`,
    );
  }
  const marked = leads.length === 1 ? leads[0]! : 'II';
  const annotations = await annotationsOf(marked);
  const marks: PaperMarks = marksFromAnnotations(annotations ?? [], fsHz, first / fsHz, samples / fsHz);
  return {
    title: `Record ${name}`,
    leads,
    fsHz,
    unit: 'mV',
    signals,
    startS: first / fsHz,
    ...(annotations === undefined ? {} : { marks }),
  };
}

/**
 * Returns the path of a WFDB record without its suffix, or of an EDF file. Another file of a record and a folder are
 * refused with the name of the record to draw.
 */
async function recordPath(given: string): Promise<string> {
  const path = given.replace(/\.hea$/, '');
  const found = await stat(given).catch(() => undefined);
  if (found?.isDirectory() && !(await exists(`${path}.hea`))) {
    const names = await readdir(given).catch((cause) => {
      throw unreadable(given, 'the record', cause);
    });
    const header = names.filter((name) => name.endsWith('.hea')).sort()[0];
    const advice =
      header === undefined
        ? 'the path of a header (.hea), or an EDF or BDF file'
        : `--record ${join(given, header.slice(0, -'.hea'.length))}`;
    throw new PqrstError('ERR_OPTION', `${given} is a folder; name one record: ${advice}`);
  }
  const ending = extname(path).toLowerCase();
  if (path !== given || found === undefined || ending === '' || ['.edf', '.bdf'].includes(ending))
    return path;
  if (await exists(`${path}.hea`)) return path;
  const record = path.slice(0, -ending.length);
  const advice = (await exists(`${record}.hea`))
    ? `is a part of a record; name the record: --record ${record}`
    : `is not a WFDB header, and there is no ${record}.hea beside it; name a WFDB record, or an EDF or BDF file`;
  throw new PqrstError('ERR_OPTION', `${given} ${advice}`);
}

/** The chosen leads of a recording, and its annotations for the lead that shows them; undefined if there are none. */
interface OpenRecord {
  readonly record: Pick<EcgRecord, 'fsHz' | 'leads' | 'signalsMv'>;
  annotationsOf(lead: string): Promise<readonly Annotation[] | undefined>;
}

type ChooseLeads = (names: readonly string[]) => readonly number[];

async function openWfdb(
  path: string,
  choose: ChooseLeads,
  { annotations }: Options,
  { signal }: Task,
): Promise<OpenRecord> {
  const { readAnnotations, readLeads } = await import('../codecs/wfdb/read.js');
  const record = await readLeads(path, choose, { signal });
  if (typeof record === 'string') throw new PqrstError('ERR_WFDB_SIGNAL', `record ${path}: ${record}`);
  return {
    record,
    async annotationsOf(lead) {
      const extension = annotations ?? (await extensionOf(path, lead));
      return extension === undefined ? undefined : readAnnotations(path, extension, record.fsHz);
    },
  };
}

async function openEdf(
  path: string,
  choose: ChooseLeads,
  { annotations }: Options,
  { signal }: Task,
): Promise<OpenRecord> {
  if (annotations !== undefined) {
    const problem = `--annotations ${annotations} needs a WFDB record; an EDF+ file contains its annotations`;
    throw new PqrstError('ERR_OPTION', `${problem}, so omit the option`);
  }
  const { readEdfAnnotations, readEdfLeads } = await import('../codecs/edf/read.js');
  const { wfdbAnnotations } = await import('../codecs/edf/wfdb-texts.js');
  const record = await readEdfLeads(path, choose, { signal });
  if (typeof record === 'string') throw new PqrstError('ERR_EDF', `record ${path}: ${record}`);
  return {
    record,
    async annotationsOf() {
      const found = wfdbAnnotations(await readEdfAnnotations(path, { signal }), record.fsHz);
      return found.length === 0 ? undefined : found;
    },
  };
}

/** Returns the places of several leads among those of a record. */
function placesOf(record: string, names: readonly string[], leads: readonly string[]): readonly number[] {
  const places = chooseLeads(names, { prefer: [] }, leads);
  if (typeof places !== 'string') return places;
  throw new PqrstError('ERR_OPTION', `${record} has ${places}; draw one of them with --lead`);
}

/** Returns the place of the requested lead among those of a record; by default that of II, or else of the first. */
function leadOf(record: string, names: readonly string[], requested: string | undefined): number {
  const rule = { prefer: ['II', 'MLII'], orFirst: true };
  const places = chooseLeads(names, rule, requested === undefined ? undefined : [requested]);
  if (typeof places !== 'string') return places[0]!;
  throw new PqrstError('ERR_OPTION', `${record} has no lead "${requested}"${suggest(requested!, names)}`);
}

/** Returns `atr` if the record has this file, otherwise the lead in lower case if LUDB's file exists, or undefined. */
async function extensionOf(path: string, lead: string): Promise<string | undefined> {
  for (const extension of ['atr', lead.toLowerCase()]) {
    if (await exists(`${path}.${extension}`)) return extension;
  }
  return undefined;
}
