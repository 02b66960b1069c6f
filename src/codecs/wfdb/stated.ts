// Compares the samples of a record with what its header states about them: the first value and the checksum of each
// signal, and the number of signals in a file. Opens no file.
// Source: WFDB Applications Guide, header(5).

import { PqrstError } from '../../base/errors.js';
import { missingOf, packings } from './formats.js';
import type { WfdbHeader, WfdbSignal } from './header.js';

/** The value of a missing sample in the WFDB library, which may have computed the checksum. */
const libraryMissing = -32768;

/**
 * Returns a sentence for each signal whose samples contradict its header. A first value or a checksum of 0 states
 * nothing, because programs that do not compute them write 0.
 *
 * @param adc - the samples of each signal in ADC values.
 */
export function contradictions(signals: readonly WfdbSignal[], adc: readonly ArrayLike<number>[]): string[] {
  return signals.flatMap((signal, n) => {
    const { initial = 0, checksum = 0, description, skewSamples } = signal;
    const samples = adc[n]!;
    const lead = description === '' ? `signal ${n}` : description;
    if (checksum !== 0 && !hasChecksum(samples, checksum, missingOf(signal.format))) {
      return [`the checksum of ${lead} is not the one that the header states (${checksum})`];
    }
    // The first difference leads from the initial value to the first sample.
    const hasFirst = skewSamples === 0 && !packings[signal.format]?.holdsDifferences;
    if (initial !== 0 && checksum === 0 && hasFirst && samples[0] !== initial) {
      return [`${lead} starts with the ADC value ${samples[0]}, and the header states ${initial}`];
    }
    return [];
  });
}

/** Returns a sentence if some of the signals are uncalibrated, so that their gain is assumed; otherwise undefined. */
export function assumedGain(signals: readonly WfdbSignal[]): string | undefined {
  const found = signals.filter(({ isUncalibrated }) => isUncalibrated);
  if (found.length === 0) return undefined;
  const names = [...new Set(found.map(({ description, fileName }) => description || fileName))].join(', ');
  const units = [...new Set(found.map(({ units }) => units))].join(' or ');
  return `${names}: gain 0 or no gain in the header means uncalibrated; 200 ADC units per ${units} are assumed`;
}

/** Returns whether the samples have this sum modulo 2^16. Missing samples count as in the file or as in the library. */
function hasChecksum(samples: ArrayLike<number>, checksum: number, missing: number | undefined): boolean {
  let sum = 0;
  let missingSamples = 0;
  for (let n = 0; n < samples.length; n++) {
    const value = samples[n]!;
    if (value === missing) missingSamples++;
    sum = (sum + value) & 0xffff;
  }
  const librarySum = sum + missingSamples * (libraryMissing - (missing ?? libraryMissing));
  return isSame(sum, checksum) || isSame(librarySum, checksum);
}

/** Returns whether two sums are equal modulo 2^16; headers state them with and without a sign. */
function isSame(one: number, other: number): boolean {
  return (one - other) % 2 ** 16 === 0;
}

/**
 * Checks the size of a file in which the header describes more signals than it announces.
 *
 * @throws PqrstError ERR_WFDB_HEADER: when the file does not have the size of the announced signals.
 */
export function checkOverfull(header: WfdbHeader, name: string, heldBytes: number, path: string): void {
  const { overfullFiles = [], lengthFrames, signals } = header;
  if (!overfullFiles.includes(name) || lengthFrames === undefined) return;
  const own = signals.filter(({ fileName }) => fileName === name);
  const samples = own.reduce((sum, { samplesPerFrame }) => sum + samplesPerFrame, 0) * lengthFrames;
  const { format, byteOffset } = own[0]!;
  const packing = packings[format];
  if (packing === undefined) return; // A FLAC stream states its number of signals.
  const needed = byteOffset + packing.bytesOf(samples);
  // The last block of a packed format may be filled up.
  if (heldBytes >= needed && heldBytes - needed <= 3) return;
  throw new PqrstError(
    'ERR_WFDB_HEADER',
    `header ${path}: it announces ${own.length} signals in ${name} and describes more, and the file holds ` +
      `${heldBytes} bytes, not those of the announced signals alone; correct the count or the lines`,
  );
}
