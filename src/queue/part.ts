// A part of a large work: minutes of computing with a name that follows from the request. Parts wait in a queue as JSON.
// A worker checks that JSON before it does anything, because anything may write into a queue.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { problemOf, whole } from '../base/options.js';
import { packageVersion } from '../base/version.js';

/** The name of a part is also a file name and the id of a job. */
export const partNamePattern = /^[a-z][a-z0-9-]{0,99}$/;

/** The largest JSON of a part. A request with classes of the user's own has some 10 kB. */
export const mostPartBytes = 4 * 2 ** 20;

/** The largest number of parts of one work. */
export const mostParts = 100_000;

const shared = {
  /** The version of pqrst that cut the work into parts. Another version may give other bytes. */
  pqrst: z.string(),
  name: z.string().regex(partNamePattern),
  /** Number of the part, from 1. */
  part: whole(1, mostParts),
  /** Number of parts of the work. */
  parts: whole(1, mostParts),
  /** Names of the parts that must be done before this one starts. */
  after: z.array(z.string().regex(partNamePattern)).max(mostParts).default([]),
  /** The folder of the work's results, as an absolute path. */
  out: z.string().min(1).max(4096),
};

const anyObject = z.record(z.string(), z.json());

/** The options of `evaluate` that a part may state: none names a file, and none belongs to the worker. */
export const evaluateOptions = [
  ...(['task', 'fsHz', 'seconds', 'leads', 'classes', 'scaling', 'output', 'threshold'] as const),
  ...(['prior', 'trainPrior', 'labelMap', 'seed', 'strict', 'ownClasses', 'format'] as const),
] as const;

const partSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('synth'),
    ...shared,
    /** A request of `writeCorpus`, which checks it. */
    request: anyObject,
  }),
  z.strictObject({
    kind: z.literal('evaluate'),
    ...shared,
    /** The ONNX file, as an absolute path. */
    model: z.string().min(1).max(4096),
    /** The records: `corpus:DIR` or `synth:FILE`. */
    data: z.string().min(1).max(4096),
    /** Options of `evaluate`, which checks their values. None of them names a file. */
    options: z.strictObject(
      Object.fromEntries(evaluateOptions.map((name) => [name, z.json().optional()])) as Record<
        (typeof evaluateOptions)[number],
        z.ZodOptional<z.ZodJSONSchema>
      >,
    ),
  }),
  z.strictObject({
    kind: z.literal('experiment'),
    ...shared,
    /** The folder of a search or a run, or `table`. */
    step: z.string().min(1).max(1024),
    /** A configuration of `runExperiment`, which checks it. */
    config: anyObject,
  }),
]);

/** What every part of a large work states. */
export interface PartFacts {
  /** The version of pqrst that cut the work into parts. Another version may give other bytes. */
  readonly pqrst: string;
  /** The name of the part, which follows from the request and the number of the part. */
  readonly name: string;
  /** Number of the part, from 1. */
  readonly part: number;
  /** Number of parts of the work. */
  readonly parts: number;
  /** Names of the parts that must be done before this one starts. */
  readonly after: readonly string[];
  /** The folder of the work's results, as an absolute path. */
  readonly out: string;
}

/** A part of a corpus. */
export interface SynthPart extends PartFacts {
  readonly kind: 'synth';
  /** A request of `writeCorpus`, as JSON. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** A part of the evaluation of a corpus. */
export interface EvaluatePart extends PartFacts {
  readonly kind: 'evaluate';
  /** The ONNX file, as an absolute path. */
  readonly model: string;
  /** The records: `corpus:DIR` or `synth:FILE`. */
  readonly data: string;
  /** Options of `evaluate`, as JSON. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A search, a run or the table of an experiment. */
export interface ExperimentPart extends PartFacts {
  readonly kind: 'experiment';
  /** The folder of a search or a run, or `table`. */
  readonly step: string;
  /** A configuration of `runExperiment`, as JSON. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** A part of a large work, as it waits in a queue. */
export type Part = SynthPart | EvaluatePart | ExperimentPart;

/** Returns whether a part gathers all parts of its work, as the table of an experiment does. */
export function isGathering(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { kind, step } = part as { readonly kind?: unknown; readonly step?: unknown };
  return kind === 'experiment' && step === 'table';
}

/**
 * Returns the parts of one work with their names: `KIND-HASH-NUMBER`, where the hash is that of the request. The same
 * request into the same folder therefore always has the same names.
 *
 * @param kind - the word at the start of the names
 * @param request - all that determines the results
 */
export function partNames(kind: string, request: unknown, count: number): string[] {
  const hash = createHash('sha256')
    .update(JSON.stringify([packageVersion(), request]))
    .digest('hex')
    .slice(0, 16);
  return numbered(`${kind}-${hash}`, count);
}

function numbered(stem: string, count: number): string[] {
  const digits = String(count).length;
  return Array.from({ length: count }, (_, at) => `${stem}-${String(at + 1).padStart(digits, '0')}`);
}

/**
 * Returns the name of a work from its parts: `KIND-HASH-of-COUNT`. The same request into the same folder has the same name,
 * and the name tells the names of the parts.
 *
 * @param parts - all parts of the work, or some.
 * @returns the name, from which `partNamesOf` makes the names of the parts.
 * @throws PqrstError ERR_OPTION: when there is no part.
 * @example
 * ```js
 * import { partNamesOf, synthParts, workName } from 'pqrst/queue';
 *
 * const parts = await synthParts({ request: { format: 'npy', count: 1000, parts: 4 }, out: 'corpus' });
 * const name = workName(parts);
 * console.log(name, partNamesOf(name));
 * ```
 */
export function workName(parts: readonly Part[]): string {
  const [first] = parts;
  if (first === undefined) {
    throw new PqrstError('ERR_OPTION', 'parts is empty; give the parts of one work');
  }
  return `${first.name.replace(/-\d+$/, '')}-of-${first.parts}`;
}

/**
 * Returns the names of the parts of a work.
 *
 * @param work - a name that `workName` returned.
 * @returns the names in the order of the parts; undefined if the text is not the name of a work.
 * @example
 * ```js
 * import { partNamesOf } from 'pqrst/queue';
 *
 * console.log(partNamesOf('synth-0123456789abcdef-of-2'));
 * ```
 */
export function partNamesOf(work: string): string[] | undefined {
  const [, stem, digits] = /^([a-z]{1,20}-[0-9a-f]{16})-of-([1-9]\d{0,5})$/.exec(work) ?? [];
  const count = Number(digits);
  return stem === undefined || count > mostParts ? undefined : numbered(stem, count);
}

/**
 * Checks the JSON of a part from a queue.
 *
 * @throws PqrstError ERR_OPTION: when it is not a part, or belongs to another version of pqrst.
 */
export function parsePart(given: unknown): Part {
  const refuse = (what: string) =>
    new PqrstError('ERR_OPTION', `the job is not a part of pqrst: ${what}; submit the work again`);
  const size = JSON.stringify(given)?.length ?? 0;
  if (size > mostPartBytes) throw refuse(`it holds ${size} characters, more than ${mostPartBytes}`);
  const parsed = partSchema.safeParse(given);
  if (!parsed.success) throw refuse(problemOf(parsed.error.issues[0]!, given, 'the job'));
  const part = parsed.data;
  if (part.part > part.parts) throw refuse(`part is ${part.part} of ${part.parts}`);
  if (part.pqrst !== packageVersion()) {
    throw new PqrstError(
      'ERR_QUEUE',
      `the part ${part.name} was submitted by pqrst ${part.pqrst}, but this worker is version ${packageVersion()}; use one version for both`,
    );
  }
  return part;
}

/** Returns the names in `after` of a part that is not checked yet. */
export function afterOf(job: unknown): readonly string[] {
  const { after } = (typeof job === 'object' && job !== null ? job : {}) as { readonly after?: unknown };
  return Array.isArray(after) ? after.filter((name) => typeof name === 'string') : [];
}
