// `pqrst info PATH`: says what a file or a folder is, the facts in it, and the next command. A file is recognized by its
// first bytes where its format has a signature, otherwise by its name.

import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { fileLimits, readBeginningSync } from '../base/open-file.js';
import { plural } from '../base/text.js';
import { unreadable } from '../codecs/input.js';
import type { Result } from './task.js';

/** What a path is. */
interface Found {
  /** One sentence without its subject: `a corpus of pqrst synth`. */
  readonly what: string;
  readonly facts: Readonly<Record<string, string | number>>;
  /** The commands that take it. */
  readonly next: readonly string[];
}

const signatureBytes = 8;
/** The head of a table is looked for in this many bytes. */
const headBytes = 2 ** 16;
const shownText = 200;

/**
 * Describes a file or a folder.
 *
 * @throws PqrstError ERR_NOT_FOUND: when it does not exist or cannot be read.
 * @throws PqrstError ERR_OPTION: when no command of pqrst takes it.
 */
export async function infoOfPath(path: string): Promise<Result> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, 'the file or folder', cause);
  });
  const { what, facts, next } = found.isDirectory() ? await folderInfo(path) : await fileInfo(path, found);
  const rows = Object.entries({ [path]: what, ...facts });
  const width = Math.max(...Object.keys(facts).map((name) => name.length), 4) + 2;
  return {
    json: { path, what, ...facts, next },
    text: [
      `${path}: ${what}`,
      ...rows.slice(1).map(([name, value]) => `${name.padEnd(width)}${value}`),
      ...next.map((command) => `${'next'.padEnd(width)}${command}`),
    ].join('\n'),
  };
}

async function folderInfo(path: string): Promise<Found> {
  const names = new Set(
    await readdir(path).catch((cause) => {
      throw unreadable(path, 'the folder', cause);
    }),
  );
  if (names.has('manifest.json')) return corpusInfo(path);
  if (names.has('.pqrst')) {
    return {
      what: 'an unfinished corpus',
      facts: {},
      next: [`pqrst synth ... --out ${word(path)} --resume`],
    };
  }
  if (names.has('experiment.json')) return experimentInfo(path, names.has('report.html'));
  if (names.has('metrics.json')) return runInfo(path, names.has('model.onnx'));
  if (names.has('checkpoint.bin')) return checkpointInfo(join(path, 'checkpoint.bin'));
  const { findDatasets } = await import('../datasets/recognize.js');
  const [set] = await findDatasets(path);
  const { source } = set!;
  const { datasetKinds } = await import('../datasets/kinds.js');
  const kind = datasetKinds.find((one) => source.startsWith(`${one.kind}:`))!;
  return {
    what: `a data set of the kind ${kind.kind}`,
    facts: { about: kind.about },
    next: [`pqrst data ${word(source)}`],
  };
}

async function corpusInfo(folder: string): Promise<Found> {
  const { readManifest } = await import('../corpus/manifest.js');
  const { generator, records, counts, request, lengthSamples, sets } = await readManifest(folder);
  const shards = sets.reduce((sum, set) => sum + set.shards.length, 0);
  return {
    what: `a corpus of synthetic records, written by ${generator}`,
    facts: {
      records: `${records} (${Object.entries(counts)
        .map(([name, count]) => `${count} ${name}`)
        .join(', ')})`,
      signals: `${lengthSamples} samples at ${request.fsHz} Hz`,
      format: `${request.format}, ${plural(shards, 'shard')}`,
    },
    next: [
      `pqrst verify ${word(folder)}`,
      `pqrst data ${word(`corpus:${folder}`)}`,
      `pqrst regenerate ${word(folder)} --index 0`,
    ],
  };
}

async function experimentInfo(folder: string, isReported: boolean): Promise<Found> {
  const { readExperiment } = await import('../experiment/folder.js');
  const { version, config } = await readExperiment(folder);
  const listed = (name: string) => [config[name]].flat().join(', ');
  return {
    what: `an experiment, started by pqrst ${version}`,
    facts: {
      ...{ data: listed('data'), tasks: listed('tasks'), architectures: listed('archs') },
      ...{ report: isReported ? join(folder, 'report.html') : 'not written yet' },
    },
    next: [`pqrst experiment ... --out ${word(folder)} (with the same options, resumes it)`],
  };
}

async function runInfo(folder: string, hasModel: boolean): Promise<Found> {
  const { RunFolder } = await import('../run/run-folder.js');
  const metrics = await new RunFolder(folder).readMetrics({});
  const { config, data, curve } = metrics!;
  const { task, arch, setting } = config;
  const model = word(join(folder, 'model.onnx'));
  return {
    what: 'a finished run',
    facts: {
      training: [task, arch, setting].map(String).join(', '),
      data: data.source,
      windows: `${data.lengthSamples} samples at ${data.fsHz} Hz, ${plural(data.leads.length, 'lead')} ${data.leads.join(', ')}`,
      validations: curve.length,
    },
    next: [
      ...(hasModel ? [`pqrst evaluate --model ${model} --data KIND:DIR`] : []),
      `pqrst export ${word(folder)} --out model.onnx`,
    ],
  };
}

async function checkpointInfo(path: string): Promise<Found> {
  const { readCheckpoint } = await import('../train/checkpoint.js');
  const { config, progress, current } = await readCheckpoint(path);
  const { phase, epoch, step, best } = progress;
  const folder = dirname(path);
  return {
    what: 'a checkpoint: the state of a training',
    facts: {
      training: ['task', 'arch', 'setting']
        .flatMap((name) => (config[name] === undefined ? [] : String(config[name])))
        .join(', '),
      progress: `phase ${phase}, ${plural(epoch, 'epoch')}, ${plural(step, 'step')}`,
      best:
        best === null
          ? 'no validation yet'
          : `epoch ${best.epoch}, validation loss ${best.valLoss.toPrecision(4)}`,
    },
    next: [
      current.size > 0
        ? `pqrst train ... --out ${word(folder)} --resume`
        : `pqrst export ${word(folder)} --out model.onnx`,
    ],
  };
}

async function fileInfo(path: string, { size }: Stats): Promise<Found> {
  const first = Buffer.from(beginningOf(path, signatureBytes)).toString('latin1');
  const ending = extname(path).toLowerCase();
  if (first === 'PQRSTCKP') return checkpointInfo(path);
  if (first.startsWith('\x93NUMPY')) return arrayInfo(path);
  if (first.startsWith('PAR1')) {
    const what = basename(path) === 'results.parquet' ? 'the results of an experiment' : 'a Parquet file';
    return { what: `${what}, ${size} bytes`, facts: {}, next: [`pqrst info ${word(dirname(path))}`] };
  }
  if (first === '\x89HDF\r\n\x1a\n') {
    return { what: 'an HDF5 file', facts: {}, next: [`pqrst data ${word(dirname(path))}`] };
  }
  if (['.edf', '.bdf'].includes(ending)) return edfInfo(path);
  if (ending === '.json') return jsonInfo(path);
  if (['.csv', '.tsv', '.txt'].includes(ending)) return tableInfo(path, size);
  if (['.hea', '.dat', '.atr', '.mat', '.qrs'].includes(ending)) return recordInfo(path.slice(0, -4));
  if (ending === '.onnx') return modelInfo(path);
  throw new PqrstError(
    'ERR_OPTION',
    `${path} is not a file that pqrst knows; it takes models (.onnx), records (.hea, .edf, .bdf), checkpoints, tables, ` +
      'class files and manifests (.json), arrays (.npy), and folders of these',
  );
}

function beginningOf(path: string, bytes: number): Uint8Array {
  try {
    return readBeginningSync(path, bytes);
  } catch (cause) {
    throw unreadable(path, 'the file', cause);
  }
}

async function modelInfo(path: string): Promise<Found> {
  const { modelHeader, portText } = await import('./info-model.js');
  const { header, bytes } = await modelHeader(path);
  return {
    what: `an ONNX model, ${bytes} bytes`,
    facts: {
      takes: header.inputs.map(portText).join(', '),
      gives: header.outputs.map(portText).join(', '),
      ...header.metadata,
    },
    next: [`pqrst evaluate --model ${word(path)} --data KIND:DIR`],
  };
}

async function arrayInfo(path: string): Promise<Found> {
  const { readNpyFacts } = await import('../codecs/npy/read.js');
  const { type, shape, bytes } = await readNpyFacts(path);
  return {
    what: `a NumPy array of ${type} [${shape.join(', ')}], ${bytes} bytes`,
    facts: {},
    next: [`pqrst info ${word(dirname(path))}`],
  };
}

async function edfInfo(path: string): Promise<Found> {
  const { readEdfHeader } = await import('../codecs/edf/read.js');
  const { records, recordSeconds, signals } = await readEdfHeader(path);
  const own = signals.filter((one) => !one.isAnnotations);
  return {
    what: 'a recording in EDF or BDF',
    facts: {
      signals: own.map(({ label }) => label).join(', '),
      length: `${records * Number(recordSeconds)} s`,
    },
    next: [
      `pqrst plot --record ${word(path)} --out record.png`,
      `pqrst data ${word(`edf:${dirname(path)}`)}`,
    ],
  };
}

async function recordInfo(record: string): Promise<Found> {
  const { readHeader } = await import('../codecs/wfdb/read.js');
  const { fsHz, lengthFrames, signals, comments } = await readHeader(record);
  return {
    what: 'a WFDB record',
    facts: {
      leads: signals.map(({ description }) => description).join(', '),
      length:
        lengthFrames === undefined
          ? `as its signal file, at ${fsHz} Hz`
          : `${lengthFrames / fsHz} s at ${fsHz} Hz`,
      ...(comments.length > 0 && { comments: comments.join('; ').slice(0, shownText) }),
    },
    next: [`pqrst plot --record ${word(record)} --out record.png`, `pqrst data ${word(dirname(record))}`],
  };
}

async function jsonInfo(path: string): Promise<Found> {
  const { readInput } = await import('../codecs/input.js');
  const refuse = (problem: string, cause?: unknown) =>
    new PqrstError('ERR_OPTION', `${path} ${problem}`, { cause });
  const folder = dirname(path);
  if (basename(path) === 'manifest.json') return corpusInfo(folder);
  if (['experiment.json', 'metrics.json'].includes(basename(path))) return folderInfo(folder);
  const bytes = await readInput(path, 'the file', fileLimits.json, (size) =>
    refuse(`holds ${size} bytes; at most ${fileLimits.json} are read`),
  );
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw refuse(`is not JSON: ${(cause as Error).message}; correct it`, cause);
  }
  const has = (name: string) => typeof value === 'object' && value !== null && name in value;
  if (has('numbers')) {
    const { parseClassFile } = await import('../synth/physiology/class-file.js');
    const { name, title, rhythm, parents = [] } = parseClassFile(value, `the class file ${path}`);
    return {
      what: `a class file: the class "${name}" (${title})`,
      facts: { rhythm, parents: parents.join(', ') || 'normal' },
      next: [
        `pqrst plot --class ${name} --class-file ${word(path)} --preset physiological --out ${name}.png`,
      ],
    };
  }
  if (has('data') && has('tasks')) {
    return {
      what: 'the configuration of an experiment',
      facts: {},
      next: [`pqrst experiment --config ${word(path)} --out DIR`],
    };
  }
  if (has('fsHz') && has('unit')) {
    return {
      what: 'the facts about a folder of arrays',
      facts: {},
      next: [`pqrst data ${word(`npy:${folder}`)}`],
    };
  }
  const { parseModelSpec } = await import('../synth/presets.js');
  parseModelSpec(value);
  return {
    what: 'the spec of a simulator',
    facts: {},
    next: [`pqrst synth --preset ${word(path)} --count 10 --out DIR`],
  };
}

async function tableInfo(path: string, bytes: number): Promise<Found> {
  const { decodeText, openRows } = await import('../codecs/table-text.js');
  const text = decodeText(beginningOf(path, headBytes))?.text;
  if (text === undefined)
    throw new PqrstError('ERR_CSV', `table ${path} contains bytes that are not text; save it as CSV`);
  const [head] = openRows(text).rows;
  const columns = head?.cells ?? [];
  const facts = { columns: columns.join(', ').slice(0, shownText), bytes };
  const isPredictions = ['recordName', 'startS', 'label'].every((name) => columns.includes(name));
  return isPredictions
    ? {
        what: 'predictions of a model, one row per window',
        facts,
        next: [`pqrst info ${word(dirname(path))}`],
      }
    : { what: 'a table', facts, next: [`pqrst data ${word(dirname(path))}`] };
}

/** Returns a path as a shell takes it. */
function word(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
