// Decodes the bytes of a signal file to ADC values: formats 16 and 212. Does not convert to millivolts and does not
// open files. `mat-signals.ts` brings MATLAB files into this form.
// Source: WFDB Applications Guide, signal(5).

import { PqrstError } from '../../base/errors.js';
import type { SignalFormat, WfdbSignal } from './header.js';

/** The ADC value that marks a missing sample in each format. */
export const missingValue: Readonly<Record<SignalFormat, number>> = { 16: -32768, 212: -2048 };

/** Returns the number of bytes of `count` samples. */
function bytesOf(format: SignalFormat, count: number): number {
  return format === 16 ? 2 * count : Math.ceil(1.5 * count);
}

/**
 * Decodes signals of one file to ADC values, one Int16Array [lengthFrames * samplesPerFrame] each.
 *
 * @param signals - all signals that the header lists for the file, in its order.
 * @param lengthFrames - number of frames; if undefined, it follows from the size of the file.
 * @param wanted - the signals to decode; by default all.
 * @throws PqrstError ERR_WFDB_SIGNAL: when the file is shorter or longer than the header states.
 * @throws PqrstError ERR_WFDB_FORMAT: when the signal lines contradict each other.
 */
export function decodeSignals(
  bytes: Uint8Array,
  signals: readonly WfdbSignal[],
  lengthFrames: number | undefined,
  path: string,
  wanted: readonly WfdbSignal[] = signals,
): Int16Array[] {
  const { format, byteOffset } = signals[0]!;
  if (signals.some((signal) => signal.format !== format || signal.byteOffset !== byteOffset)) {
    throw new PqrstError(
      'ERR_WFDB_FORMAT',
      `signal file ${path}: its header gives it several formats or offsets; all signals of a file share one`,
    );
  }
  const frame = signals.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
  const held = bytes.length - byteOffset;
  const frames = lengthFrames ?? Math.max(0, Math.floor((format === 16 ? held / 2 : held / 1.5) / frame));
  const needed = bytesOf(format, frames * frame);
  const slack = Math.max(bytesOf(format, frame) - 1, 2, signals[0]!.blockSize);
  if (frames === 0 || held < needed || held - needed > slack) {
    throw new PqrstError(
      'ERR_WFDB_SIGNAL',
      `signal file ${path} holds ${bytes.length} bytes, but its header requires ${byteOffset + needed} ` +
        `(${frames} frames of ${frame} samples in format ${format}); the file is cut short or the header is wrong`,
    );
  }
  const data = bytes.subarray(byteOffset);
  const decode = format === 16 ? decode16 : decode212;
  return wanted.map((one) => {
    const before = signals.slice(0, signals.indexOf(one));
    const first = before.reduce((sum, signal) => sum + signal.samplesPerFrame, 0);
    return decode(data, new Int16Array(frames * one.samplesPerFrame), first, one.samplesPerFrame, frame);
  });
}

/** Fills `samples` with `count` samples of each frame, from position `first`; a frame has `frame` samples. */
function decode16(bytes: Uint8Array, samples: Int16Array, first: number, count: number, frame: number) {
  for (let n = 0, start = first; n < samples.length; start += frame) {
    for (let at = 2 * start; at < 2 * (start + count); at += 2)
      samples[n++] = bytes[at]! | (bytes[at + 1]! << 8);
  }
  return samples;
}

/** Decodes 12-bit two's complement: two samples in three bytes (low byte, both high nibbles, low byte). */
function decode212(bytes: Uint8Array, samples: Int16Array, first: number, count: number, frame: number) {
  for (let n = 0, start = first; n < samples.length; start += frame) {
    for (let sample = start; sample < start + count; sample++) {
      const pair = 3 * (sample >> 1);
      const nibbles = bytes[pair + 1]!;
      const value =
        sample % 2 === 0
          ? bytes[pair]! | ((nibbles & 0x0f) << 8)
          : bytes[pair + 2]! | ((nibbles & 0xf0) << 4);
      samples[n++] = (value << 20) >> 20;
    }
  }
  return samples;
}
