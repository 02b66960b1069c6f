// The form of manifest.json, and its reading from bytes.

import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { expectationOf } from '../base/options.js';
import { parseJson } from '../base/parse-json.js';
import { sampleTypes } from '../kernel/binding.js';
import { units } from '../signal/defaults.js';
import { twelveLeads } from '../signal/leads.js';
import { formatNames } from './format.js';
import type { CorpusManifest } from './manifest.js';

const whole = z.int().min(0);
const counts = z.record(z.string(), whole);
const range = { start: whole, count: z.int().min(1) };
const digest = { bytes: whole, sha256: z.string().regex(/^[0-9a-f]{64}$/) };
const schema = z.looseObject({
  generator: z.string(),
  request: z.looseObject({
    format: z.enum(formatNames),
    preset: z.string(),
    seed: whole,
    noise: z.looseObject({}),
    classes: z.record(z.string(), z.number()),
    fsHz: z.number(),
    seconds: z.number(),
    leads: z.array(z.enum(twelveLeads)).min(1).optional(),
    unit: z.enum(units),
    type: z.enum(sampleTypes),
  }),
  lengthSamples: z.int().min(1),
  records: whole,
  counts,
  shardRecords: z.int().min(1),
  spec: z.looseObject({}),
  sets: z.array(
    z.looseObject({
      folder: z.string(),
      ...range,
      splits: z.array(z.looseObject({ name: z.string(), ...range })),
      counts,
      tables: z.array(z.looseObject({ path: z.string(), ...digest })),
      shards: z.array(z.looseObject({ path: z.string(), ...range, files: z.int().min(1), ...digest })),
    }),
  ),
  checksum: z.string(),
});

/** A shard takes nine values and about 250 bytes: the manifest has up to 10^6 shards, with up to 10^9 records in WFDB. */
const mostValues = 2 ** 24;

/** Returns the ERR_CORPUS error about a file that is not a manifest of pqrst. */
export function notOurs(path: string, problem: string, cause?: unknown): PqrstError {
  return new PqrstError('ERR_CORPUS', `${path} ${problem}; give a folder that pqrst synth wrote`, { cause });
}

/**
 * Returns the manifest in the bytes of the file `path`.
 *
 * @throws PqrstError ERR_CORPUS: when it is not a manifest.
 */
export function parseManifest(bytes: Buffer, path: string): CorpusManifest {
  let given: unknown;
  try {
    given = parseJson(bytes.toString('utf8'), mostValues);
  } catch (cause) {
    throw notOurs(path, `is not JSON (${(cause as Error).message})`, cause);
  }
  const result = schema.safeParse(given);
  // Returned as given, because the order of names is part of the checksum.
  if (result.success) return given as CorpusManifest;
  const issue = result.error.issues[0]!;
  throw notOurs(
    path,
    `is not a manifest of this version: ${issue.path.join('.') || 'it'}: expected ${expectationOf(issue)}`,
  );
}
