// Parses (strictly) and formats the text header (.hea) of a WFDB record. Supports records of a single segment only.
// Gains are in ADC units per physical unit, baselines in ADC units, and rates in frames per second (Hz).
// Source: WFDB Applications Guide, header(5).

import { PqrstError } from '../../base/errors.js';
import { maxFsHz } from '../../signal/resample.js';

/** The supported signal formats. */
export type SignalFormat = 16 | 212;

/** One signal line of a header. */
export interface WfdbSignal {
  readonly fileName: string;
  readonly format: SignalFormat;
  /** Samples of this signal in one frame. */
  readonly samplesPerFrame: number;
  /** Number of samples by which this signal lags the others in the file. */
  readonly skewSamples: number;
  /** Bytes before the first sample (the prolog of a .mat file). */
  readonly byteOffset: number;
  /** ADC units per physical unit; 200 if the header has no gain or a gain of 0, as header(5) prescribes. */
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
}

/** A parsed header. */
export interface WfdbHeader {
  readonly name: string;
  /** Frames per second. */
  readonly fsHz: number;
  /** Number of frames; undefined if the length follows from the signal file. */
  readonly lengthFrames: number | undefined;
  readonly signals: readonly WfdbSignal[];
  /** The lines that begin with #, without the #. */
  readonly comments: readonly string[];
}

const maxGain = 1e9;

const number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?`;
const formatField = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/;
const gainField = new RegExp(String.raw`^(${number})(?:\((-?\d+)\))?(?:/(\S+))?$`);
const rateField = new RegExp(String.raw`^(${number})(?:/${number})?(?:\(${number}\))?$`);
const recordName = /^[-\w]+$/;

/**
 * Parses the header in `text`. `path` is used in messages only.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when the header is malformed, cut short or has impossible values.
 * @throws PqrstError ERR_WFDB_FORMAT: when the record has several segments or a format other than 16 or 212.
 */
export function parseHeader(text: string, path: string): WfdbHeader {
  const fail = (problem: string) => new PqrstError('ERR_WFDB_HEADER', `header ${path}: ${problem}`);
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const fields = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const [recordLine, ...signalLines] = fields;
  if (recordLine === undefined) throw fail('it holds no record line; expected "name signals rate length"');

  const [name = '', countText, rateText, lengthText] = recordLine.split(/\s+/);
  if (name.includes('/')) {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `header ${path}: "${name}" is a record of several segments, which is not supported; read its segments one by one`,
    );
  }
  if (!recordName.test(name)) throw fail(`record name "${name}" must be letters, digits, _ and -`);
  const count = wholeField(countText, 'number of signals', 0, fail);
  const fsHz = rateText === undefined ? 250 : Number(rateField.exec(rateText)?.[1] ?? Number.NaN);
  if (!(fsHz > 0 && fsHz <= maxFsHz)) {
    throw fail(`sampling rate "${rateText}" must be a number above 0 and up to ${maxFsHz} Hz`);
  }
  const length = lengthText === undefined ? 0 : wholeField(lengthText, 'length', 0, fail);
  if (signalLines.length !== count) {
    const hint = signalLines.length < count ? 'it may be cut short' : 'correct the count or the lines';
    throw fail(`it announces ${count} signals and describes ${signalLines.length}; ${hint}`);
  }
  const signals = signalLines.map((line) => parseSignal(line, path, fail));
  return { name, fsHz, lengthFrames: length === 0 ? undefined : length, signals, comments };
}

function parseSignal(line: string, path: string, fail: (problem: string) => PqrstError): WfdbSignal {
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
    throw fail(`signal line "${line}" must begin with a file name and a format such as 16`);
  if (format[1] !== '16' && format[1] !== '212') {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `header ${path}: signal format ${format[1]} is not supported; expected 16 or 212 (convert the record with xform of the WFDB tools)`,
    );
  }
  const gain = gainText === undefined ? ['', '0'] : gainField.exec(gainText);
  if (gain === null) throw fail(`gain "${gainText}" must look like 200, 200(1024) or 200(1024)/mV`);
  const gainValue = Number(gain[1]);
  if (!(gainValue >= 0 && gainValue <= maxGain))
    throw fail(`gain "${gainText}" must be from 0 to ${maxGain}`);
  const samplesPerFrame = format[2] === undefined ? 1 : wholeField(format[2], 'samples per frame', 1, fail);
  const zero = zeroText === undefined ? 0 : wholeField(zeroText, 'ADC zero', -(2 ** 31), fail);
  return {
    fileName,
    format: Number(format[1]) as SignalFormat,
    samplesPerFrame,
    skewSamples: wholeField(format[3] ?? '0', 'skew', 0, fail),
    byteOffset: wholeField(format[4] ?? '0', 'byte offset', 0, fail),
    gain: gainValue === 0 ? 200 : gainValue,
    baseline: gain[2] === undefined ? zero : wholeField(gain[2], 'baseline', -(2 ** 31), fail),
    units: gain[3] ?? 'mV',
    resolutionBits: wholeField(bitsText ?? '0', 'ADC resolution', 0, fail),
    zero,
    initial: firstText === undefined ? undefined : wholeField(firstText, 'initial value', -(2 ** 31), fail),
    checksum: sumText === undefined ? undefined : wholeField(sumText, 'checksum', -(2 ** 31), fail),
    blockSize: wholeField(blockText ?? '0', 'block size', 0, fail),
    description: rest.join(' '),
  };
}

function wholeField(
  text: string | undefined,
  what: string,
  least: number,
  fail: (problem: string) => PqrstError,
): number {
  const value = text !== undefined && /^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= Number.MAX_SAFE_INTEGER)) {
    throw fail(`${what} "${text ?? ''}" must be a whole number of at least ${least}`);
  }
  return value;
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
