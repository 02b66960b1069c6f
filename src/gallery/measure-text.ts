// Writes the measures of records in words and in the cells of a table, in the units that a reader of ECGs uses.

import type { Measure, RecordIntervals, ValueRange } from './intervals.js';

interface MeasureWords {
  readonly title: string;
  /** Factor from the unit of the measure to the unit of the text. */
  readonly scale: number;
}

/** The words of each measure, in the order of the rows of a table. */
export const measureWords: Readonly<Record<Measure, MeasureWords>> = {
  rrS: { title: 'RR, mean of the record (ms)', scale: 1000 },
  rateBpm: { title: 'Rate (per min)', scale: 1 },
  rrCv: { title: 'Variation of RR, SD / mean (%)', scale: 100 },
  pToRS: { title: 'P to R, from peak to peak (ms)', scale: 1000 },
  prS: { title: 'PR (ms)', scale: 1000 },
  qrsS: { title: 'QRS (ms)', scale: 1000 },
  qtS: { title: 'QT (ms)', scale: 1000 },
  qtcS: { title: 'QTc, Fridericia (ms)', scale: 1000 },
  ventricularQrsS: { title: 'QRS of ventricular beats (ms)', scale: 1000 },
  ventricularQtS: { title: 'QT of ventricular beats (ms)', scale: 1000 },
};

/** Returns a middle and its range: `812 (640 to 1190)`. */
export function rangeText(measure: Measure, { middle, min, max }: ValueRange): string {
  const text = (value: number) => String(Math.round(value * measureWords[measure].scale));
  const range = text(min) === text(max) ? '' : ` (${text(min)} to ${text(max)})`;
  return `${text(middle)}${range}`;
}

/** Returns the measures of one record: `71/min, PR 164 ms, QRS 92 ms, QT 380 ms`. */
export function measuresText(found: RecordIntervals): string {
  const inMs = (name: string, valueS: number | undefined) =>
    valueS === undefined ? [] : [`${name} ${Math.round(1000 * valueS)} ms`];
  const words = [
    ...(found.rateBpm === undefined ? [] : [`${Math.round(found.rateBpm)}/min`]),
    ...inMs('PR', found.prS),
    ...inMs('QRS', found.qrsS),
    ...inMs('QT', found.qtS),
    ...inMs('ventricular QRS', found.ventricularQrsS),
  ];
  return words.length === 0 ? 'fewer than two beats' : words.join(', ');
}
