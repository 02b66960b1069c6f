// Plans a corpus of a learned generator. The generator fixes labels, rate, length, leads and unit of the records; the
// request has the rest.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';
import { type SampleType, sampleTypes } from '../kernel/binding.js';
import type { SignalSource } from '../signal/source.js';
import { loadFormat } from './formats/index.js';
import type { LearnedSpec } from './learned.js';
import { type CorpusRequest, type FullRequest, layOut, leadsOf, type PlannedCorpus } from './plan.js';

/** The formats of a corpus of a learned generator. */
export const generatedFormats = ['npy', 'parquet'] as const;
/** The format of a corpus of a learned generator. */
export type GeneratedFormat = (typeof generatedFormats)[number];

/** The requested contents of a corpus of a learned generator. Equal requests give equal bytes. */
export interface GeneratedRequest
  extends Pick<CorpusRequest, 'count' | 'start' | 'seed' | 'split' | 'replicas' | 'parts'> {
  /** Format of the files. Generated records are z-scored, and the other formats store mV. */
  readonly format: GeneratedFormat;
  /** Weights of the labels; default equal weights of all labels of the generator. */
  readonly labels?: Readonly<Record<string, number>> | undefined;
  /** Type of the stored samples; default float32. */
  readonly type?: SampleType | undefined;
}

const requestSchema = z.strictObject({
  format: oneOf(generatedFormats),
  count: whole(1, 1e9),
  start: whole(0, 1e15).default(0),
  labels: z.record(z.string(), z.number(), 'weights by label').optional(),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  type: oneOf(sampleTypes).default('float32'),
  split: z.record(z.string(), z.number(), 'shares by name').default({}),
  replicas: whole(1, 10_000).default(1),
  parts: whole(1, 100_000).default(1),
});

/**
 * Checks a request and returns its plan.
 *
 * @param given - format, number of records, labels, splits and parts
 * @param spec - the generator, as the manifest states it
 * @param source - the records of the generator, z-scored
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when the request is not valid.
 * @throws PqrstError ERR_UNKNOWN_CLASS: when the generator does not know a label.
 */
export async function planGenerated(
  given: GeneratedRequest,
  spec: LearnedSpec,
  { labels: known, fsHz, lengthSamples, leads }: SignalSource,
): Promise<PlannedCorpus> {
  const { labels, ...asked } = parseOptions(requestSchema, given, 'generate');
  const classes = labels ?? Object.fromEntries(known.map((label) => [label, 1]));
  const stranger = Object.keys(classes).find((label) => !known.includes(label));
  if (stranger !== undefined) {
    throw new PqrstError(
      'ERR_UNKNOWN_CLASS',
      `the generator was not trained on the label "${stranger}"; its labels are ${known.join(', ')}`,
    );
  }
  const request: FullRequest = {
    ...asked,
    ...{ classes, preset: 'learned', fsHz, seconds: lengthSamples / fsHz, unit: 'zscore', noise: {} },
    ...leadsOf(leads),
  };
  return layOut(request, { spec, leads, lengthSamples }, await loadFormat(asked.format));
}
