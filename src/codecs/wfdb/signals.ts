// Decodes the bytes of a signal file to ADC values, in all formats of WFDB. Does not convert to millivolts and does not
// open files. `formats.ts` knows the packed formats, `flac.ts` the compressed ones; `mat-signals.ts` brings MATLAB files
// into this form. A length that a header states allocates nothing before the file is known to hold it.
// Source: WFDB Applications Guide, signal(5).

import { PqrstError } from '../../base/errors.js';
import { decodeFlac, type FlacInfo, flacInfo } from './flac.js';
import { type AdcValues, flacBits, nullFormat, type Packing, packings, samplesIn } from './formats.js';
import type { WfdbSignal } from './header.js';

/** Returns whether signals of this format can be decoded. */
export function isKnownFormat(format: number): boolean {
  return packings[format] !== undefined || flacBits[format] !== undefined;
}

/** Signals of one file. */
export interface DecodedSignals {
  /** One array [frames * samplesPerFrame] per requested signal. */
  readonly adc: AdcValues[];
  readonly frames: number;
  /** A sentence if the file holds more than the header states. */
  readonly notes: readonly string[];
}

/** The signals of one file. */
interface SignalFile {
  readonly bytes: Uint8Array;
  /** All signals that the header lists for the file, in its order. */
  readonly signals: readonly WfdbSignal[];
  /** Number of frames; undefined if it follows from the file. */
  readonly lengthFrames: number | undefined;
  /** The path of the file, for messages. */
  readonly path: string;
}

/**
 * Decodes signals of one file to ADC values. A file that is longer than the header states is read for the stated length.
 *
 * @param wanted - the signals to decode; by default all.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the file is shorter than the header states, or damaged.
 * @throws PqrstError ERR_WFDB_FORMAT: when the format is unknown, or the signal lines contradict each other.
 */
export function decodeSignals(
  file: SignalFile,
  wanted: readonly WfdbSignal[] = file.signals,
): DecodedSignals {
  const { signals, path } = file;
  const { format, byteOffset } = signals[0]!;
  if (signals.some((signal) => signal.format !== format || signal.byteOffset !== byteOffset)) {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `signal file ${path}: its header gives it several formats or offsets; all signals of a file share one`,
    );
  }
  const packing = packings[format];
  if (packing !== undefined) return decodePacked(file, packing, wanted);
  if (flacBits[format] !== undefined) return decodeCompressed(file, wanted);
  const known = [...Object.keys(packings), ...Object.keys(flacBits)].join(', ');
  const problem =
    format === nullFormat
      ? 'has format 0, which means that the signal has no samples; choose another signal'
      : `has signal format ${format}, which is not a format of WFDB; expected one of ${known}`;
  throw new PqrstError('ERR_WFDB_FORMAT', `signal file ${path} ${problem}`);
}

/** The layout of a packed file. */
interface PackedLayout {
  /** Samples per frame, of all signals. */
  readonly frame: number;
  readonly frames: number;
  /** Number of whole frames that the file holds. */
  readonly heldFrames: number;
  /** Bytes of the samples of all frames. */
  readonly needed: number;
}

/**
 * Returns the layout of a packed file of `bytes` bytes.
 *
 * @throws PqrstError ERR_WFDB_SIGNAL: when the file holds fewer frames than the header states, or no frame.
 */
export function expectPacked(
  { bytes, signals, lengthFrames, path }: Omit<SignalFile, 'bytes'> & { readonly bytes: number },
  packing: Packing,
  byteOffset: number,
): PackedLayout {
  const frame = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  const held = bytes - byteOffset;
  const heldFrames = Math.floor(samplesIn(packing, held) / frame);
  const frames = lengthFrames ?? heldFrames;
  const needed = packing.bytesOf(frames * frame);
  if (frames === 0 || held < needed) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `signal file ${path} holds ${bytes} bytes, but its header requires ${byteOffset + needed} ` +
        `(${frames} frames of ${frame} samples in format ${signals[0]!.format}; the file holds ${heldFrames} frames); ` +
        'the file is cut short or the header is wrong',
    );
  }
  return { frame, frames, heldFrames, needed };
}

function decodePacked(
  { bytes, signals, lengthFrames, path }: SignalFile,
  packing: Packing,
  wanted: readonly WfdbSignal[],
): DecodedSignals {
  const { byteOffset } = signals[0]!;
  const packed = expectPacked({ bytes: bytes.length, signals, lengthFrames, path }, packing, byteOffset);
  const { frame, frames, heldFrames, needed } = packed;
  const data = bytes.subarray(byteOffset);
  const held = data.length;
  const adc = wanted.map((one) => {
    const before = signals.slice(0, signals.indexOf(one));
    const first = before.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
    const length = frames * one.samplesPerFrame;
    const samples = packing.isWide ? new Int32Array(length) : new Int16Array(length);
    packing.decode(data, samples, { first, count: one.samplesPerFrame, frame });
    if (packing.holdsDifferences) sumUp(samples, one.initial ?? one.zero);
    return samples;
  });
  const isPadding = held - needed < Math.max(signals[0]!.blockSize, packing.bytesOf(frame));
  return { adc, frames, notes: isPadding ? [] : longer(path, heldFrames, frames) };
}

/** Replaces each difference by the sample that it leads to. */
function sumUp(samples: AdcValues, initial: number): void {
  let value = initial;
  for (let n = 0; n < samples.length; n++) {
    value = (value + samples[n]!) | 0;
    samples[n] = value;
  }
}

/** Decodes a FLAC stream, of which each channel is a signal. */
function decodeCompressed(
  { bytes, signals, lengthFrames, path }: SignalFile,
  wanted: readonly WfdbSignal[],
): DecodedSignals {
  const { format, byteOffset: first, samplesPerFrame } = signals[0]!;
  const info = flacInfo(bytes, path);
  checkFlac(info, signals, path);
  const stated = info.totalSamples === 0 ? undefined : info.totalSamples;
  const heldFrames = stated === undefined ? undefined : Math.floor((stated - first) / samplesPerFrame);
  const frames = lengthFrames ?? heldFrames;
  if (heldFrames !== undefined && frames !== undefined && (frames <= 0 || frames > heldFrames)) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `signal file ${path} holds ${info.totalSamples} samples per signal in format ${format}, but its header ` +
        `requires ${first + frames * samplesPerFrame} (${frames} frames); the file is cut short or the header is wrong`,
    );
  }
  const count = frames === undefined ? undefined : frames * samplesPerFrame;
  const channels = wanted.map((one) => signals.indexOf(one));
  const adc = decodeFlac(bytes, info, { first, count, channels }, path);
  const decoded = Math.floor(adc[0]!.length / samplesPerFrame);
  if (decoded === 0) {
    throw new PqrstError('ERR_WFDB_SIGNAL', `signal file ${path} holds no samples; fetch it again`);
  }
  return {
    adc: adc.map((samples) => samples.subarray(0, decoded * samplesPerFrame)),
    frames: decoded,
    notes: longer(path, heldFrames ?? decoded, decoded),
  };
}

function checkFlac(info: FlacInfo, signals: readonly WfdbSignal[], path: string): void {
  const { format, samplesPerFrame } = signals[0]!;
  const fail = (problem: string) => new PqrstError('ERR_WFDB_FORMAT', `signal file ${path} ${problem}`);
  if (info.channels !== signals.length) {
    throw fail(`holds ${info.channels} channels, but its header describes ${signals.length} signals`);
  }
  if (info.bitsPerSample > flacBits[format]!) {
    throw fail(`holds samples of ${info.bitsPerSample} bits, but format ${format} has ${flacBits[format]}`);
  }
  if (signals.some((one) => one.samplesPerFrame !== samplesPerFrame)) {
    throw fail('is a FLAC stream, whose signals have one rate, but its header gives them several');
  }
}

function longer(path: string, heldFrames: number, frames: number): string[] {
  if (heldFrames <= frames) return [];
  return [`signal file ${path} holds ${heldFrames} frames; its header states ${frames}, and these were read`];
}
