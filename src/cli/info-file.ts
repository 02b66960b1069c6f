// Describes files for `pqrst info PATH`. A file is recognized by its first bytes where its format has a signature,
// otherwise by its name.

import type { Stats } from 'node:fs';
import { basename, dirname, extname } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { fileLimits, readBeginningSync } from '../base/open-file.js';
import { unreadable } from '../codecs/input.js';
import { checkpointInfo, corpusInfo, folderInfo } from './info-folder.js';
import { type Found, word } from './info-found.js';

const signatureBytes = 8;
/** The head of a table is looked for in this many bytes. */
const headBytes = 2 ** 16;

/** Describes a file. It throws as `infoOfPath` does. */
export async function fileInfo(path: string, { size }: Stats): Promise<Found> {
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
      ...(comments.length > 0 && { comments: comments.join('; ') }),
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
  const facts = { columns: columns.join(', '), bytes };
  const isPredictions = ['recordName', 'startS', 'label'].every((name) => columns.includes(name));
  const what = isPredictions ? 'predictions of a model, one row per window' : 'a table';
  const isLabels = basename(path) === 'labels.csv';
  return { what, facts, next: [`pqrst ${isLabels ? 'data' : 'info'} ${word(dirname(path))}`] };
}
