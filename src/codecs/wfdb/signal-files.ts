// Reads the header and the signal files of one WFDB record from disk, as ADC values. Opens only files inside the folder
// of the header, and only those of the requested signals.

import { dirname } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { fileLimits } from '../../base/open-file.js';
import { inputPath, readInput } from '../input.js';
import type { AdcValues } from './formats.js';
import { parseHeader, type WfdbHeader, type WfdbSignal } from './header.js';
import { headerText } from './header-text.js';
import { isMatFile, matSignals } from './mat-signals.js';
import { decodeSignals } from './signals.js';
import { checkOverfull } from './stated.js';

/** Returns the path of a record without the suffix of its header. */
export function withoutSuffix(path: string): string {
  return path.endsWith('.hea') ? path.slice(0, -4) : path;
}

/**
 * Reads the header file of the record at `path` (with or without .hea). That of a record of several segments lists the
 * segments and no signals.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the header cannot be read.
 * @throws PqrstError ERR_WFDB_HEADER: when the header is malformed.
 */
export async function readHeaderFile(path: string): Promise<WfdbHeader> {
  const headerPath = `${withoutSuffix(path)}.hea`;
  const bytes = await readInput(headerPath, 'the header', fileLimits.header, (size) => {
    const problem = `holds ${size} bytes, but a header is text of at most ${fileLimits.header}; name a WFDB header`;
    return new PqrstError('ERR_WFDB_HEADER', `header ${headerPath} ${problem}`);
  });
  return parseHeader(headerText(bytes, headerPath), headerPath);
}

/** Signals in ADC values. */
export interface FoundSignals {
  /** One array [frames * samplesPerFrame] per requested signal. */
  readonly adc: readonly AdcValues[];
  /** Sentences about files that hold more than the header states. */
  readonly notes: readonly string[];
}

/**
 * Reads signals of a record of one segment.
 *
 * @param path - the path of the header, with or without .hea.
 * @param wanted - the signals to read. The files of all others may be missing or damaged.
 * @throws PqrstError ERR_NOT_FOUND, ERR_PATH_OUTSIDE, ERR_WFDB_FORMAT, ERR_WFDB_HEADER, ERR_WFDB_SIGNAL: when a file of
 *   a requested signal cannot be read, does not fit the header, or is outside the folder.
 */
export async function readSignals(
  path: string,
  header: WfdbHeader,
  wanted: readonly WfdbSignal[],
  signal: AbortSignal | undefined,
): Promise<FoundSignals> {
  const adc: AdcValues[] = [];
  const notes: string[] = [];
  let frames = header.lengthFrames;
  for (const name of new Set(wanted.map(({ fileName }) => fileName))) {
    const file = await signalPath(path, name);
    const held = await readInput(file, 'the signal file', fileLimits.signals, (size) => {
      return new PqrstError(
        'ERR_WFDB_SIGNAL',
        `signal file ${file} holds ${size} bytes; at most 2 GiB are read`,
      );
    });
    signal?.throwIfAborted();
    const inFile = ({ fileName }: WfdbSignal) => fileName === name;
    const own = wanted.filter(inFile);
    const all = header.signals.filter(inFile);
    if (!isMatFile(name)) checkOverfull(header, name, held.length, path);
    const bytes = isMatFile(name) ? matSignals(held, all, frames, file) : held;
    const decoded = decodeSignals({ bytes, signals: all, lengthFrames: frames, path: file }, own);
    frames ??= decoded.frames;
    notes.push(...decoded.notes);
    own.forEach((one, n) => {
      adc[wanted.indexOf(one)] = decoded.adc[n]!;
    });
  }
  return { adc, notes };
}

/** Returns the path of a signal file that a header names, with `/` or with the `\` of Windows between folders. */
async function signalPath(path: string, name: string): Promise<string> {
  const isOfWindows = /^[a-z]:[\\/]|^\\/i.test(name);
  try {
    if (!isOfWindows) return await inputPath(dirname(path), name.replaceAll('\\', '/'), 'the signal file');
  } catch (error) {
    if (!(error instanceof PqrstError) || error.code !== 'ERR_PATH_OUTSIDE') throw error;
  }
  throw new PqrstError(
    'ERR_PATH_OUTSIDE',
    `header ${withoutSuffix(path)}.hea names the signal file "${name}" outside its own folder, and only files inside it ` +
      'are opened; move the file beside the header, and write its name without a folder into the header',
  );
}
