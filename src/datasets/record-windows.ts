// Cuts one recording in memory into windows, as the readers of data sets cut their records. Opens no file.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { parseOptions } from '../base/options.js';
import { chooseLeads, parseLeads } from '../signal/leads.js';
import { describeWindows, type EcgRecord, type SkippedRecord, type WindowSet } from '../signal/window.js';
import { tileRecord, windowCutter, windowLength } from './windows.js';

/** The windows that `recordWindows` cuts. */
export interface RecordWindowOptions {
  /** Rate of the windows in Hz; a recording of another rate is resampled. */
  readonly fsHz: number;
  /** Length of the windows in s. */
  readonly seconds: number;
  /** The leads of each window, such as `I,II,V1` or `12`. Default: II, otherwise MLII, otherwise the only lead. */
  readonly leads?: string | readonly string[] | undefined;
  /** Band-pass filter of each window, `LOW-HIGH` in Hz, such as `0.5-40`. Default: no filter. */
  readonly filter?: string | undefined;
}

const optionsSchema = z.strictObject({
  fsHz: z.number('a rate in Hz'),
  seconds: z.number('a length in s'),
  leads: z.union([z.string(), z.array(z.string())], 'leads such as I,II,V1 or 12').optional(),
  filter: z.string('LOW-HIGH in Hz').optional(),
});

/**
 * Cuts a recording into consecutive windows from its start, as `openDataset` cuts the records of a data set: resampled
 * as a whole, then filtered window by window. A window with a missing sample or a flat lead is left out, and `skipped`
 * says so. The windows have no classes.
 *
 * @param record - The recording, in mV; NaN marks a missing sample.
 * @param options - Rate, length, leads and filter of the windows.
 * @returns The windows in mV in order of time, and the reasons why windows are missing; perhaps no window at all.
 * @example
 * ```js
 * import { recordWindows } from 'pqrst/records';
 *
 * const signalMv = Float32Array.from({ length: 5000 }, (_, n) => Math.sin(n / 30));
 * const record = { name: 'r1', fsHz: 250, leads: ['II'], signalsMv: [signalMv] };
 * const { windows, skipped } = recordWindows(record, { fsHz: 100, seconds: 10 });
 * console.log(windows.map(({ startS, signal }) => [startS, signal.length]), skipped); // [[0, 1000], [10, 1000]] []
 * ```
 * @throws PqrstError ERR_OPTION: when an option is missing or of the wrong type, or the filter is not LOW-HIGH.
 * @throws PqrstError ERR_RANGE: when the rate, the length or the filter is out of range.
 * @throws PqrstError ERR_SIGNAL: when the leads of the recording have different lengths.
 */
export function recordWindows(record: EcgRecord, options: RecordWindowOptions): WindowSet {
  parseOptions(optionsSchema, options, 'recordWindows');
  const { fsHz, seconds, filter } = options;
  const { name, signalsMv, notes } = record;
  expectSameLengths(record);
  const wanted = options.leads === undefined ? undefined : parseLeads(options.leads);
  const shape = { fsHz, seconds, ...(filter !== undefined && { filter }) };
  const cut = windowCutter(shape);
  const skipped: SkippedRecord[] = [];
  const places = chooseLeads(record.leads, { prefer: ['II', 'MLII'], orOnly: true }, wanted);
  const tiled =
    typeof places === 'string'
      ? places
      : tileRecord(
          {
            fsHz: record.fsHz,
            leads: places.map((place) => record.leads[place]!),
            signals: places.map((place) => signalsMv[place]!),
            unit: 'mV',
          },
          { classes: [], labels: [] },
          shape,
        );
  if (typeof tiled === 'string') skipped.push({ recordName: name, reason: tiled });
  const windows = typeof tiled === 'string' ? [] : cut(tiled, { recordName: name, patientId: name }, skipped);
  const described = windows.length > 0 ? describeWindows(windows) : { unit: 'mV' as const, leads: [] };
  return {
    source: name,
    ...{ fsHz, lengthSamples: windowLength(shape), windows, skipped },
    ...described,
    ...(filter !== undefined && { filter }),
    ...(notes && { notes }),
  };
}

function expectSameLengths({ name, leads, signalsMv }: EcgRecord): void {
  const lengths = signalsMv.map(({ length }) => length);
  if (signalsMv.length === leads.length && new Set(lengths).size === 1) return;
  throw new PqrstError(
    'ERR_SIGNAL',
    `the recording ${name} has the leads ${leads.join(', ')} and signals of ${lengths.join(', ') || 'no'} samples; ` +
      'expected one signal per lead, all of one length',
  );
}
