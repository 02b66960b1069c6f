// Describes files for `pqrst info PATH`. A file is recognized by its first bytes where its format has a signature,
// otherwise by its name.

import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { fileLimits, openFile, readAt, readBeginningSync } from '../base/open-file.js';
import { parseJson } from '../base/parse-json.js';
import { unreadable } from '../codecs/input.js';
import { manifestIn } from '../corpus/manifest.js';
import { checkpointInfo, corpusInfo, folderInfo, placeInCorpus } from './info-folder.js';
import { damageOf, type Found, word } from './info-found.js';

const signatureBytes = 8;
/** The head of a table is looked for in this many bytes. */
const headBytes = 2 ** 16;

/** Describes a file. It throws as `infoOfPath` does. */
export async function fileInfo(path: string, found: Stats): Promise<Found> {
  const { size } = found;
  if (found.isFile() && size === 0) {
    const damage = `${path} holds no bytes; fetch it again, or repeat the command that wrote it`;
    return { what: 'an empty file', facts: {}, next: [], damage };
  }
  const first = Buffer.from(beginningOf(path, signatureBytes)).toString('latin1');
  const ending = extname(path).toLowerCase();
  if (first === 'PQRSTCKP') return checkpointInfo(path);
  if (first.startsWith('\x93NUMPY')) return arrayInfo(path);
  if (first.startsWith('PAR1')) return parquetInfo(path, size);
  if (first === '\x89PNG\r\n\x1a\n') return pictureInfo(path, 'PNG');
  if (first === '\x89HDF\r\n\x1a\n') {
    return { what: 'an HDF5 file', facts: {}, next: [`pqrst data ${word(dirname(path))}`] };
  }
  if (ending === '.npy') return arrayInfo(path);
  if (ending === '.svg') return pictureInfo(path, 'SVG');
  if (ending === '.html') return pageInfo(path);
  if (['.edf', '.bdf'].includes(ending)) return edfInfo(path);
  if (ending === '.json') return jsonInfo(path);
  if (['.csv', '.tsv', '.txt'].includes(ending)) return tableInfo(path, size);
  if (['.hea', '.dat', '.atr', '.mat', '.qrs'].includes(ending)) return recordInfo(path.slice(0, -4));
  if (ending === '.onnx') return modelInfo(path);
  throw unknown(path);
}

function unknown(path: string): PqrstError {
  return new PqrstError(
    'ERR_OPTION',
    `${path} is not a file that pqrst knows; it takes models (.onnx), records (.hea, .edf, .bdf), checkpoints, tables, ` +
      'class files and manifests (.json), arrays (.npy), and folders of these',
  );
}

/** Describes a Parquet file. Its footer states its own length: a file that is cut short has no footer. */
async function parquetInfo(path: string, size: number): Promise<Found> {
  const what = basename(path) === 'results.parquet' ? 'the results of an experiment' : 'a Parquet file';
  const { file } = await openFile(path);
  const end = Buffer.alloc(8);
  try {
    await readAt(file, end, Math.max(0, size - end.length));
  } finally {
    await file.close();
  }
  const isWhole = end.toString('latin1', 4) === 'PAR1' && end.readUInt32LE(0) + 12 <= size;
  const damage = isWhole
    ? undefined
    : `${path} has no Parquet footer at its end: it is cut short; write it again`;
  return {
    what: `${what}, ${size} bytes`,
    facts: {},
    next: [`pqrst info ${word(dirname(path))}`],
    ...(damage !== undefined && { damage }),
  };
}

/** Describes a picture. pqrst writes pictures and reads none. */
function pictureInfo(path: string, format: string): Found {
  const isCurve = basename(path) === 'learning-curve.svg';
  const what = isCurve ? 'a chart of pqrst: the learning curve of a run' : `a picture (${format})`;
  const facts = {
    view: 'open it in a browser; pqrst plot and train write such files, and no command reads them',
  };
  return { what, facts, next: isCurve ? [`pqrst info ${word(dirname(path))}`] : [] };
}

/** Describes a page, whose title says what it is. */
function pageInfo(path: string): Found {
  const text = Buffer.from(beginningOf(path, headBytes)).toString('utf8');
  const title = /<title>([^<]*)<\/title>/.exec(text)?.[1];
  const isReport = basename(path) === 'report.html';
  return {
    what: isReport ? 'a report, as pqrst experiment writes it' : 'a page in HTML',
    facts: { ...(title !== undefined && { title }), view: 'open it in a browser; no command reads it' },
    next: isReport ? [`pqrst info ${word(dirname(path))}`] : [],
  };
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
    next: await arrayCommands(path),
  };
}

/** Returns the commands that take the corpus or the folder of an array. No command takes a single array. */
async function arrayCommands(path: string): Promise<string[]> {
  const place = await placeInCorpus(path);
  if (place !== undefined) return [`pqrst info ${word(place.corpus)}`];
  const names = await readdir(dirname(path));
  const isData = ['labels.csv', 'labels.npy', 'meta.json'].some((name) => names.includes(name));
  return isData ? [`pqrst data ${word(`npy:${dirname(path)}`)}`] : [];
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
  const { assumedGain } = await import('../codecs/wfdb/stated.js');
  const { checkRecordFiles } = await import('../codecs/wfdb/segments.js');
  const { fsHz, lengthFrames, signals, comments } = await readHeader(record);
  const damage = await damageOf(() => checkRecordFiles(record));
  const gain = assumedGain(signals);
  return {
    what: 'a WFDB record',
    facts: {
      leads: signals.map(({ description }) => description).join(', '),
      length:
        lengthFrames === undefined
          ? `as its signal file, at ${fsHz} Hz`
          : `${lengthFrames / fsHz} s at ${fsHz} Hz`,
      ...(gain !== undefined && { gain }),
      ...(comments.length > 0 && { comments: comments.join('; ') }),
    },
    next: [
      ...(damage === undefined ? [`pqrst plot --record ${word(record)} --out record.png`] : []),
      `pqrst data ${word(dirname(record))}`,
    ],
    ...(damage !== undefined && { damage }),
  };
}

async function jsonInfo(path: string): Promise<Found> {
  const { readInput } = await import('../codecs/input.js');
  const refuse = (problem: string, cause?: unknown) =>
    new PqrstError('ERR_OPTION', `${path} ${problem}`, { cause });
  const folder = dirname(path);
  if (manifestIn([basename(path)]) !== undefined) return corpusInfo(folder);
  if (['experiment.json', 'metrics.json'].includes(basename(path))) return folderInfo(folder);
  const bytes = await readInput(path, 'the file', fileLimits.json, (size) =>
    refuse(`holds ${size} bytes; at most ${fileLimits.json} are read`),
  );
  let value: unknown;
  try {
    value = parseJson(bytes.toString('utf8'));
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
  if (!has('waves') && !has('model')) throw unknown(path);
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
  const facts = { columns: columns.join(', '), bytes };
  const isPredictions = ['recordName', 'startS', 'label'].every((name) => columns.includes(name));
  const what = isPredictions ? 'predictions of a model, one row per window' : 'a table';
  const isLabels = basename(path) === 'labels.csv';
  return { what, facts, next: [`pqrst ${isLabels ? 'data' : 'info'} ${word(dirname(path))}`] };
}
