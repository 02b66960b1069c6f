// Chooses the data records of a written file: their duration, and how many samples fill the last one. A reader computes
// the rate from the duration, which a header states in eight characters. So the duration must give exactly the rate.

import { PqrstError } from '../../base/errors.js';
import { rateOf } from './header.js';

/** EDF recommends data records of up to this size. */
const mostRecordBytes = 61_440;
const mostSeconds = 1000;
const leastSeconds = 0.1;

/** The data records of a file. */
export interface EdfLayout {
  readonly samplesPerRecord: number;
  readonly records: number;
  /** The duration of a data record in s, as the header states it. */
  readonly recordSeconds: string;
  /** Number of samples per lead that fill the last data record. */
  readonly paddingSamples: number;
}

/**
 * Returns the data records for leads of `lengthSamples` samples: of 1 s if they divide the length, otherwise the longest
 * of up to 60 KB that divide it. If there are no such records, they last the fewest whole seconds that hold a whole
 * number of samples, and the last one is filled.
 *
 * @throws PqrstError ERR_EDF: when no data record has exactly this rate.
 */
export function edfLayout(fsHz: number, lengthSamples: number, leads: number): EdfLayout {
  const layout = (samplesPerRecord: number): EdfLayout => {
    const records = Math.ceil(lengthSamples / samplesPerRecord);
    const paddingSamples = records * samplesPerRecord - lengthSamples;
    return { samplesPerRecord, records, recordSeconds: String(samplesPerRecord / fsHz), paddingSamples };
  };
  if (Number.isInteger(fsHz) && lengthSamples % fsHz === 0) return layout(fsHz);
  const fewest = Math.ceil((2 * leads * lengthSamples) / mostRecordBytes);
  const most = Math.max(1, lengthSamples / (leastSeconds * fsHz));
  for (let records = fewest; records <= most; records++) {
    const samples = lengthSamples / records;
    if (Number.isInteger(samples) && isExact(samples, fsHz)) return layout(samples);
  }
  for (let seconds = 1; seconds <= mostSeconds; seconds++) {
    const samples = Math.round(seconds * fsHz);
    if (samples >= 1 && rateOf(samples, String(seconds)) === fsHz) return layout(samples);
  }
  throw new PqrstError(
    'ERR_EDF',
    `EDF cannot store a rate of ${fsHz} Hz exactly; a data record of up to ${mostSeconds} s must hold a whole number ` +
      'of samples, so resample to a rate such as 250 or 256.5 Hz',
  );
}

/** Returns whether a reader computes exactly `fsHz` from a data record of this many samples. */
function isExact(samples: number, fsHz: number): boolean {
  const text = String(samples / fsHz);
  return text.length <= 8 && /^\d+(\.\d+)?$/.test(text) && rateOf(samples, text) === fsHz;
}
