// Reads the file `meta.json` of the kind `npy`.

import { z } from 'zod';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { fileLimits } from '../../base/open-file.js';
import { plainName } from '../../codecs/csv.js';
import { readInput } from '../../codecs/input.js';
import type { SignalUnit } from '../../signal/window.js';

/** Name of the file. */
export const metaFile = 'meta.json';

/** The values of `unit`: the unit of the windows, and the number of units of the array that make one of them. */
export const npyUnits = {
  mV: { unit: 'mV', perUnit: 1 },
  uV: { unit: 'mV', perUnit: 1e3 },
  // The micro sign and the Greek letter.
  µV: { unit: 'mV', perUnit: 1e3 },
  μV: { unit: 'mV', perUnit: 1e3 },
  V: { unit: 'mV', perUnit: 1e-3 },
  sd: { unit: 'sd', perUnit: 1 },
  arbitrary: { unit: 'arbitrary', perUnit: 1 },
} as const satisfies Record<string, { unit: SignalUnit; perUnit: number }>;

const names = (what: string) =>
  z.array(z.string(what).min(1, what), `a list of ${what}`).min(1, `a list of ${what}`);
const schema = z.looseObject({
  fsHz: z.number('a number above 0').positive('a number above 0').optional(),
  leads: names('names').optional(),
  unit: z.enum(Object.keys(npyUnits) as (keyof typeof npyUnits)[], 'mV, uV, V, sd or arbitrary').optional(),
  classes: names('names').optional(),
});
/** Other names by which users write the fields. They are refused: a field that is ignored could change the samples. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  fsHz: [
    'fsHz',
    'fs',
    'sfreq',
    'hz',
    'rate',
    'frequency',
    'frequencyHz',
    'sampleRate',
    'samplingRate',
  ].concat(['sampleRateHz', 'samplingRateHz', 'sampleFrequency', 'samplingFrequency', 'samplingFrequencyHz']),
  leads: ['leads', 'lead', 'leadNames', 'leadOrder', 'channels', 'channelNames', 'sigName', 'sigNames'],
  unit: ['unit', 'units', 'signalUnit', 'physicalUnit'],
  classes: ['classes', 'classNames', 'labelNames'],
};

/** The fields of the file. */
export type NpyMeta = Pick<z.output<typeof schema>, keyof (typeof schema)['shape']>;

/**
 * Reads the file at `path`; a missing file has no fields.
 *
 * @param notes - receives a sentence about fields that are not read.
 * @throws PqrstError ERR_NOT_FOUND: when it exists and cannot be read.
 * @throws PqrstError ERR_NPY: when it is not JSON or a field is invalid.
 */
export async function readNpyMeta(path: string, notes: string[]): Promise<NpyMeta> {
  const fail = (problem: string) => new PqrstError('ERR_NPY', `${path} ${problem}`);
  let text: string;
  try {
    const bytes = await readInput(path, metaFile, fileLimits.json, (size) =>
      fail(`holds ${size} bytes; at most ${fileLimits.json} are read`),
    );
    text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    // The file is optional, but if it exists it must be readable.
    if (isAbsent((error as Error).cause)) return {};
    throw error;
  }
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (cause) {
    throw fail(
      `is not JSON (${(cause as Error).message}); write {"fsHz": 500, "leads": ["II"], "unit": "mV"}`,
    );
  }
  const { data, error } = schema.safeParse(given);
  if (data === undefined) {
    const { path: place, message } = error.issues[0]!;
    throw fail(place.length === 0 ? 'must hold an object' : `must have as "${place.join('.')}" ${message}`);
  }
  const others = Object.keys(data).filter((key) => !(key in schema.shape));
  for (const key of others) {
    const field = Object.keys(synonyms).find((one) => synonyms[one]!.map(plainName).includes(plainName(key)));
    if (field !== undefined) {
      throw fail(`has a field "${key}"; its name must be "${field}", so rename it`);
    }
  }
  if (others.length > 0) notes.push(`${metaFile} has fields that are not used: ${others.join(', ')}`);
  return data;
}
