// Makes records of a class under fit and measures them as the real ones were measured.

import type { JobOptions } from '../base/job.js';
import { type MeasuredSet, measureSet, type RecordSet } from '../fidelity/record-set.js';
import { leadFilter } from '../signal/filter.js';
import { standardize } from '../signal/standardize.js';
import type { SignalUnit } from '../signal/window.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { Synthesizer } from '../synth/synthesizer.js';

/** How the records of both sides look. */
export interface RecordShape {
  readonly fsHz: number;
  readonly seconds: number;
  readonly lead: string;
  /** The filter of both sides, `LOW-HIGH`; undefined: no filter. */
  readonly filter: string | undefined;
  readonly unit: SignalUnit;
}

/** Makes `count` records of a class: the preset physiological with the numbers of the class. */
export async function simulate(
  given: ClassFile,
  count: number,
  seed: number,
  shape: RecordShape,
  { signal }: JobOptions = {},
): Promise<RecordSet> {
  const { fsHz, seconds, lead, filter, unit } = shape;
  const synth = new Synthesizer({
    ...{ preset: 'physiological', ownClasses: [given], leads: [lead] },
    ...{ fsHz, seconds, seed, unit: unit === 'mV' ? 'mV' : 'zscore' },
  });
  const { signals } = await synth.batch({ classes: [given.name], count, signal });
  const lengthSamples = signals.length / count;
  const apply = filter === undefined ? undefined : leadFilter(filter, { fsHz, lengthSamples });
  const records = Array.from({ length: count }, (_, at) => {
    const record = Float32Array.from(signals.subarray(at * lengthSamples, (at + 1) * lengthSamples));
    apply?.(record, record);
    if (unit === 'sd') standardize(record, record, `synthetic record ${at}`);
    return record;
  });
  const patients = records.map((_, at) => `synthetic ${at}`);
  return { signals: records, patients, fsHz, unit };
}

/** Makes and measures records. */
export async function simulated(
  given: ClassFile,
  count: number,
  seed: number,
  shape: RecordShape,
  job: JobOptions = {},
): Promise<MeasuredSet> {
  return measureSet(await simulate(given, count, seed, shape, job), { signal: job.signal });
}
