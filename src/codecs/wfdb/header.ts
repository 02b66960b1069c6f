// Parses and formats the text header (.hea) of a WFDB record, of one segment or of several.
// Gains are in ADC units per physical unit, baselines in ADC units, and rates in frames per second (Hz).
// The fields that place the samples in their file must be right. A flaw in another field of a signal line (gain,
// baseline) is kept with the signal, so that it blocks only the readers of this signal.
// Source: WFDB Applications Guide, header(5).

import { basename } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { maxFsHz } from '../../signal/resample.js';

/** One signal line of a header. */
export interface WfdbSignal {
  readonly fileName: string;
  /** The number of the signal format, also if it is unknown: it blocks only the readers of this signal. */
  readonly format: number;
  /** Samples of this signal in one frame. */
  readonly samplesPerFrame: number;
  /** Number of samples by which this signal lags the others in the file. */
  readonly skewSamples: number;
  /** Bytes before the first sample (the prolog of a .mat file). */
  readonly byteOffset: number;
  /**
   * ADC units per physical unit; negative if the signal is stored inverted; 200 if the header has no gain or a gain of
   * 0, as header(5) prescribes.
   */
  readonly gain: number;
  /** The ADC value that means 0 physical units. */
  readonly baseline: number;
  readonly units: string;
  readonly resolutionBits: number;
  readonly zero: number;
  /** First sample in ADC units; undefined if the header does not state it. */
  readonly initial: number | undefined;
  /** Sum of all samples modulo 2^16; undefined if the header does not state it. */
  readonly checksum: number | undefined;
  readonly blockSize: number;
  /** Description of the signal; in ECG records the name of the lead. */
  readonly description: string;
  /** The reason why the samples of this signal cannot be interpreted; absent if they can. */
  readonly flaw?: string;
}

/** A segment of a record of several segments. */
export interface WfdbSegment {
  /** The name of its record; `~` if all samples are missing. */
  readonly name: string;
  /** Number of frames; 0 for the record that describes the layout of the others. */
  readonly lengthFrames: number;
}

/** A parsed header. */
export interface WfdbHeader {
  readonly name: string;
  /** Frames per second. */
  readonly fsHz: number;
  /** Number of frames; undefined if the length follows from the signal file. */
  readonly lengthFrames: number | undefined;
  readonly signals: readonly WfdbSignal[];
  /** The segments in order of time; absent if the record has no segments. Their own headers describe the signals. */
  readonly segments?: readonly WfdbSegment[];
  /** The lines that begin with #, without the #. */
  readonly comments: readonly string[];
  /**
   * The files in which the header describes more signals than it announces. Only their size can tell which of the two
   * is right.
   */
  readonly overfullFiles?: readonly string[];
}

const maxGain = 1e9;
const longestQuote = 60;

const number = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?`;
const numberField = new RegExp(`^${number}$`);
const formatField = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/;
const gainField = /^([^/(]*)(?:\(([^)]*)\))?(?:\/(\S*))?$/;
const rateField = new RegExp(`^(${number})(?:[/(].*)?$`);
/** Words that stand for a missing number. */
const absentField = /^(?:nan|none|null|n\/?a|-+)$/i;
const lineEnd = /\r\n|\r|\n/;
const forbiddenInName = /[\s\p{Cc}/\\]/u;
const nameSuffix = /\.(?:mat|dat|hea|edf)$/i;

/**
 * Parses the header in `text`. `path` is used in messages, and its last part to recognize a name with blanks.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when the header is malformed, cut short or has impossible values.
 */
export function parseHeader(text: string, path: string): WfdbHeader {
  const fail = (problem: string) => new PqrstError('ERR_WFDB_HEADER', `header ${path}: ${problem}`);
  const lines = text.split(lineEnd).map((line) => line.trim());
  const fields = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const [recordLine, ...signalLines] = fields;
  if (recordLine === undefined) throw fail('it holds no record line; expected "name signals rate length"');

  const [given = '', countText, rateText, lengthText] = recordLine.split(/\s+/);
  const segmentCount = isSignalLine(signalLines[0]) ? undefined : /^(.+)\/(\d+)$/.exec(given);
  const name = nameOf(segmentCount?.[1] ?? given, recordLine, path, fail);
  const count = wholeField(countText, 'number of signals', 0, fail);
  const fsHz = rateText === undefined ? 250 : Number(rateField.exec(rateText)?.[1] ?? Number.NaN);
  if (!(fsHz > 0 && fsHz <= maxFsHz)) {
    throw fail(`sampling rate "${rateText}" must be a number above 0 and up to ${maxFsHz} Hz`);
  }
  const length = lengthText === undefined ? 0 : wholeField(lengthText, 'length', 0, fail);
  const lengthFrames = length === 0 ? undefined : length;
  if (segmentCount != null) {
    const segments = parseSegments(signalLines, Number(segmentCount[2]), fail);
    return { name, fsHz, lengthFrames, signals: [], segments, comments };
  }
  if (signalLines.length < count) {
    throw fail(`it announces ${count} signals and describes ${signalLines.length}; it may be cut short`);
  }
  const signals = signalLines.slice(0, count).map((line) => parseSignal(line, fail));
  const surplus = new Set(signalLines.slice(count).map((line) => line.split(/\s+/, 1)[0]!));
  const overfullFiles = [...surplus].filter((file) => signals.some(({ fileName }) => fileName === file));
  if (overfullFiles.length > 0 && length === 0) {
    throw fail(
      `it announces ${count} signals and describes ${signalLines.length}; correct the count or the lines`,
    );
  }
  return {
    ...{ name, fsHz, lengthFrames, signals, comments },
    ...(overfullFiles.length > 0 && { overfullFiles }),
  };
}

function parseSegments(
  lines: readonly string[],
  count: number,
  fail: (problem: string) => PqrstError,
): WfdbSegment[] {
  if (lines.length !== count || count === 0) {
    throw fail(`it announces ${count} segments and lists ${lines.length}; correct the count or the lines`);
  }
  return lines.map((line) => {
    const [name = '', length] = line.split(/\s+/);
    return { name, lengthFrames: wholeField(length, `length of segment ${name}`, 0, fail) };
  });
}

/** Returns whether a line describes a signal (`r.dat 16 200`), not a segment (`r_1 5000`). */
function isSignalLine(line: string | undefined): boolean {
  const [file = '', format = '', ...more] = line?.split(/\s+/) ?? [];
  return formatField.test(format) && (more.length > 0 || file.includes('.'));
}

/**
 * Returns the name of the record without a folder in front of it, and without the suffix of its signal file, which the
 * headers of the CinC Challenges 2020 and 2021 have.
 */
function nameOf(
  given: string,
  recordLine: string,
  path: string,
  fail: (problem: string) => PqrstError,
): string {
  const fileName = basename(path, '.hea');
  const isBlank = /\s/.test(fileName) && recordLine.startsWith(fileName);
  const name = given.split(/[/\\]/).at(-1)!.replace(nameSuffix, '');
  const bad = isBlank ? ' ' : forbiddenInName.exec(name)?.[0];
  if (bad === undefined && name !== '') return name;
  if (bad === ' ') {
    throw fail(
      `record name "${fileName}" contains a blank, which ends a field of a header; rename the files and the names in the header`,
    );
  }
  throw fail(`record name "${clip(given)}" must be text without control characters; name a WFDB header`);
}

function parseSignal(line: string, fail: (problem: string) => PqrstError): WfdbSignal {
  const [
    fileName = '',
    formatText = '',
    gainText,
    bitsText,
    zeroText,
    firstText,
    sumText,
    blockText,
    ...rest
  ] = line.split(/\s+/);
  const format = formatField.exec(formatText);
  if (format === null)
    throw fail(`signal line "${clip(line)}" must begin with a file name and a format such as 16`);
  const flaws: string[] = [];
  const whole = (text: string | undefined, what: string, least: number) => {
    if (text === undefined || absentField.test(text)) return undefined;
    const value = wholeOf(text, least);
    if (value === undefined) flaws.push(wholeProblem(text, what, least));
    return value;
  };
  const gainParts = gainField.exec(gainText ?? '0');
  const gain = gainParts?.[1] === '' ? 0 : numberOf(gainParts?.[1]);
  if (gain === undefined) {
    flaws.push(`gain "${gainText}" must look like 200, 200(1024) or 200(1024)/mV`);
  } else if (Math.abs(gain) > maxGain) {
    flaws.push(`gain "${gainText}" must be from -${maxGain} to ${maxGain}`);
  }
  const zero = whole(zeroText, 'ADC zero', -(2 ** 31)) ?? 0;
  const baseline = gainParts?.[2] === undefined ? zero : numberOf(gainParts[2]);
  if (baseline === undefined) flaws.push(`baseline of gain "${gainText}" must be a number`);
  const bits = whole(bitsText, 'ADC resolution', 0) ?? 0;
  const initial = whole(firstText, 'initial value', -(2 ** 31));
  const checksum = whole(sumText, 'checksum', -(2 ** 31));
  const blockSize = whole(blockText, 'block size', 0) ?? 0;
  return {
    fileName,
    format: Number(format[1]),
    samplesPerFrame: format[2] === undefined ? 1 : wholeField(format[2], 'samples per frame', 1, fail),
    skewSamples: wholeField(format[3] ?? '0', 'skew', 0, fail),
    byteOffset: wholeField(format[4] ?? '0', 'byte offset', 0, fail),
    gain: gain === 0 ? 200 : (gain ?? Number.NaN),
    baseline: baseline ?? Number.NaN,
    units: gainParts?.[3] || 'mV',
    resolutionBits: bits,
    ...{ zero, initial, checksum, blockSize },
    description: rest.join(' '),
    ...(flaws.length > 0 && { flaw: flaws[0]! }),
  };
}

/**
 * Refuses signals whose samples cannot be interpreted.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when one of the signals has a flaw.
 */
export function refuseFlaws(signals: readonly WfdbSignal[], path: string): void {
  const flawed = signals.find(({ flaw }) => flaw !== undefined);
  if (flawed === undefined) return;
  const signal = flawed.description === '' ? '' : `signal ${flawed.description}: `;
  throw new PqrstError('ERR_WFDB_HEADER', `header ${path}: ${signal}${flawed.flaw}; correct the header`);
}

/** Returns the start of a text for a message. */
function clip(text: string): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text;
}

/** Returns the number that `text` states, or undefined if it is not one finite number. */
function numberOf(text: string | undefined): number | undefined {
  const value = text !== undefined && numberField.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** Returns the whole number that `text` states, also as `1000.0` or `1e3`; otherwise undefined. */
function wholeOf(text: string | undefined, least: number): number | undefined {
  const value = numberOf(text);
  return Number.isSafeInteger(value) && value! >= least ? value : undefined;
}

function wholeField(
  text: string | undefined,
  what: string,
  least: number,
  fail: (problem: string) => PqrstError,
): number {
  const value = wholeOf(text, least);
  if (value === undefined) throw fail(wholeProblem(text, what, least));
  return value;
}

function wholeProblem(text: string | undefined, what: string, least: number): string {
  return `${what} "${text ?? ''}" must be a whole number of at least ${least}`;
}

/** Returns the text of a header: the record line, one line per signal with its baseline, then the comments. */
export function formatHeader(header: WfdbHeader): string {
  const signals = header.signals.map((signal) => {
    const frame = signal.samplesPerFrame === 1 ? '' : `x${signal.samplesPerFrame}`;
    const skew = signal.skewSamples === 0 ? '' : `:${signal.skewSamples}`;
    const offset = signal.byteOffset === 0 ? '' : `+${signal.byteOffset}`;
    return [
      signal.fileName,
      `${signal.format}${frame}${skew}${offset}`,
      `${signal.gain}(${signal.baseline})/${signal.units}`,
      signal.resolutionBits,
      signal.zero,
      signal.initial ?? signal.zero,
      signal.checksum ?? 0,
      signal.blockSize,
      signal.description,
    ].join(' ');
  });
  const record = [header.name, header.signals.length, header.fsHz, header.lengthFrames ?? 0].join(' ');
  return [record, ...signals, ...header.comments.map((comment) => `# ${comment}`), ''].join('\n');
}
