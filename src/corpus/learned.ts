// The corpora of learned generators. Such a corpus states the generator, how it sampled, and digests of the patients whose
// records trained it, in place of the numbers of the simulator.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { expectationOf } from '../base/options.js';
import { classInfo } from '../signal/class-table.js';
import type { EcgClass } from '../signal/classes.js';
import type { RhythmName } from '../synth/annotations.js';
import { modelOf } from '../synth/model.js';
import type { ModelSpec } from '../synth/presets.js';

/** What made the records of a corpus, if a learned generator made them. */
export interface LearnedSpec {
  /** Name of the network: diffwave, time-diffusion or time-vqvae. */
  readonly generator: string;
  /** SHA-256 of the generator: 64 hexadecimal digits. Two generators with one value make the same records. */
  readonly sha256: string;
  /** The options of the sampling that change the records, such as the number of steps and the guidance. */
  readonly sampling: Readonly<Record<string, number | string>>;
  /** The records that trained the generator. */
  readonly trainedOn: {
    /** The data set as it was named, or `synthetic`. */
    readonly source: string;
    /** `patientDigest` of each patient, sorted. */
    readonly patients: readonly string[];
  };
}

/** What made the records of a corpus: the numbers of the simulator, or a learned generator. */
export type RecordModel = ModelSpec | LearnedSpec;

/** Returns whether a learned generator made the records. */
export function isLearned(spec: RecordModel): spec is LearnedSpec {
  return 'generator' in spec;
}

/**
 * Returns 16 hexadecimal digits by which the records of one patient are recognised in another reading of the same data
 * set. The digest hides no name from a reader who can guess it.
 */
export function patientDigest(patientId: string): string {
  return createHash('sha256').update(patientId).digest('hex').slice(0, 16);
}

const schema = z.strictObject({
  generator: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sampling: z.record(z.string(), z.union([z.number(), z.string()])),
  trainedOn: z.strictObject({
    source: z.string(),
    patients: z.array(z.string().regex(/^[0-9a-f]{16}$/)),
  }),
});

/**
 * Checks what a manifest says about a learned generator.
 *
 * @throws PqrstError ERR_SPEC: when it does not describe one.
 */
export function parseLearned(given: unknown): LearnedSpec {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new PqrstError(
    'ERR_SPEC',
    `the generator of the corpus: ${issue.path.join('.') || 'it'}: expected ${expectationOf(issue)}; ` +
      'restore the manifest from a copy, or write the corpus again with pqrst generate',
  );
}

/** Returns the rhythm at the start of the records of a class. A label without a class has its own name as the text. */
export function rhythmOf(spec: RecordModel, name: EcgClass): RhythmName {
  if (!isLearned(spec)) return modelOf(spec).rhythmOf(name);
  const rhythm = classInfo(name)?.rhythm ?? `(${name.toUpperCase()}`;
  return { ecgClass: name, rhythm };
}
