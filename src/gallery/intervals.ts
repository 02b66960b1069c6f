// Measures the intervals of synthetic records by their exact annotations: one value per record, then the median and the
// range over many records. QTc is by Fridericia (QT divided by the cube root of RR).

import type { BeatAnnotation, BeatType, RecordAnnotations } from '../signal/beats.js';

/** What is measured. Times are in s, `rateBpm` is in beats per minute, `rrCv` is a share of the mean RR interval. */
export const measures = [
  'rrS',
  'rateBpm',
  'rrCv',
  'pToRS',
  'prS',
  'qrsS',
  'qtS',
  'qtcS',
  'ventricularQrsS',
  'ventricularQtS',
] as const;
/** One of the measures. */
export type Measure = (typeof measures)[number];

/** The measures of one record; those that it does not show are absent. */
export type RecordIntervals = Readonly<Partial<Record<Measure, number>>>;

/** A middle value and the range around it. */
export interface ValueRange {
  readonly middle: number;
  readonly min: number;
  readonly max: number;
}

/** A measure over many records: its median and its range. */
export interface IntervalSummary extends ValueRange {
  /** Number of records that show it. */
  readonly records: number;
}

/** The beats of one type over many records. */
export interface BeatShare {
  readonly type: BeatType;
  /** Share of all beats. */
  readonly share: number;
  /** Number of records with such a beat. */
  readonly records: number;
}

/** Beats that come through the AV node or a pathway from the atria. */
const conducted: ReadonlySet<BeatType> = new Set<BeatType>(['N', 'L', 'R']);
const supraventricular: ReadonlySet<BeatType> = new Set<BeatType>([...conducted, 'A', 'J', 'j']);
const ventricular: ReadonlySet<BeatType> = new Set<BeatType>(['V', 'E', '/']);

/** Measures one record. PR, QRS and QT are the medians of its beats, RR is the mean. */
export function intervalsOf({ beats }: Pick<RecordAnnotations, 'beats'>): RecordIntervals {
  const rr = beats.slice(1).map(({ timeS }, at) => timeS - beats[at]!.timeS);
  const rrS = rr.length === 0 ? undefined : rr.reduce((sum, one) => sum + one, 0) / rr.length;
  const over = (types: ReadonlySet<BeatType>, measure: (beat: BeatAnnotation) => number) =>
    medianOf(beats.filter(({ type }) => types.has(type)).map(measure));
  const qtS = over(supraventricular, qtOf);
  const found: Record<Measure, number | undefined> = {
    rrS,
    rateBpm: rrS && 60 / rrS,
    rrCv: rrS && rr.length > 2 ? deviation(rr, rrS) / rrS : undefined,
    pToRS: over(conducted, ({ p, qrs }) => qrs.peakS - (p?.peakS ?? Number.NaN)),
    prS: over(conducted, ({ p, qrs }) => qrs.onsetS - (p?.onsetS ?? Number.NaN)),
    qrsS: over(supraventricular, ({ qrs }) => qrs.offsetS - qrs.onsetS),
    qtS,
    qtcS: qtS && rrS && qtS / Math.cbrt(rrS),
    ventricularQrsS: over(ventricular, ({ qrs }) => qrs.offsetS - qrs.onsetS),
    ventricularQtS: over(ventricular, qtOf),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** Returns the median and the range of each measure over records; measures that no record shows are absent. */
export function summarize(
  records: readonly RecordIntervals[],
): Readonly<Partial<Record<Measure, IntervalSummary>>> {
  const pairs = measures.flatMap((measure) => {
    const values = records.map((record) => record[measure]).filter((value) => value !== undefined);
    if (values.length === 0) return [];
    const [min, max] = [Math.min(...values), Math.max(...values)];
    return [[measure, { middle: medianOf(values)!, min, max, records: values.length }] as const];
  });
  return Object.fromEntries(pairs);
}

/** Returns the types of the beats of records, the most frequent first. */
export function beatShares(records: readonly Pick<RecordAnnotations, 'beats'>[]): BeatShare[] {
  const total = records.reduce((sum, { beats }) => sum + beats.length, 0);
  const types = new Set(records.flatMap(({ beats }) => beats.map(({ type }) => type)));
  return [...types]
    .map((type): BeatShare => {
      const counts = records.map(({ beats }) => beats.filter((beat) => beat.type === type).length);
      return {
        type,
        share: counts.reduce((sum, count) => sum + count, 0) / total,
        records: counts.filter((count) => count > 0).length,
      };
    })
    .sort((a, b) => b.share - a.share || (a.type < b.type ? -1 : 1));
}

function qtOf({ qrs, t }: BeatAnnotation): number {
  return (t?.offsetS ?? Number.NaN) - qrs.onsetS;
}

/** Returns the median of the finite values; undefined if there is no such value. */
function medianOf(values: readonly number[]): number | undefined {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function deviation(values: readonly number[], mean: number): number {
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
