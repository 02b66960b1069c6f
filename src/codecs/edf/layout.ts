// Chooses the data records of a written file: their duration, and how many samples fill the last one. A reader computes
// the rate from the duration, which a header states in eight characters. So the duration must give exactly the rate.

import { rateOf } from './header.js';

/** EDF recommends data records of up to this size. */
const mostRecordBytes = 61_440;
/** The longest data record that is filled to store a rate such as 62.4725 Hz. */
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
 * number of samples, and the last one is filled. Returns undefined if no data record gives exactly this rate.
 */
export function edfLayout(fsHz: number, lengthSamples: number, leads: number): EdfLayout | undefined {
  const layout = (samplesPerRecord: number, recordSeconds: string): EdfLayout => {
    const records = Math.ceil(lengthSamples / samplesPerRecord);
    const paddingSamples = records * samplesPerRecord - lengthSamples;
    return { samplesPerRecord, records, recordSeconds, paddingSamples };
  };
  if (Number.isInteger(fsHz) && lengthSamples % fsHz === 0) return layout(fsHz, '1');
  const fewest = Math.ceil((2 * leads * lengthSamples) / mostRecordBytes);
  const most = Math.max(1, lengthSamples / (leastSeconds * fsHz));
  for (let records = fewest; records <= most; records++) {
    const samples = lengthSamples / records;
    const text = String(samples / fsHz);
    if (Number.isInteger(samples) && isExact(samples, text, fsHz)) return layout(samples, text);
  }
  for (let seconds = 1; seconds <= mostSeconds; seconds++) {
    const samples = Math.round(seconds * fsHz);
    if (samples >= 1 && isExact(samples, String(seconds), fsHz)) return layout(samples, String(seconds));
  }
  return undefined;
}

/** Returns whether a duration fits the header, and a reader computes exactly `fsHz` from it. */
function isExact(samples: number, text: string, fsHz: number): boolean {
  return text.length <= 8 && /^\d+(\.\d+)?$/.test(text) && rateOf(samples, text) === fsHz;
}

/** Returns what is wrong with a rate for which there is no layout, and what to do. */
export function inexactRate(fsHz: number): string {
  return (
    `EDF cannot store a rate of ${fsHz} Hz exactly: a data record of up to ${mostSeconds} s must hold a whole number ` +
    'of samples; choose a rate such as 250 or 256.5 Hz'
  );
}
