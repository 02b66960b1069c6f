// An evaluation of a corpus as parts: part K predicts its shards and writes one file per shard, and the part that ends last
// writes the manifest and knows the scores of all.

import { resolve } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { oneOf, parseOptions, whole } from '../base/options.js';
import { packageVersion } from '../base/version.js';
import { readManifest } from '../corpus/manifest.js';
import type { EvaluateOptions } from '../run/evaluate.js';
import { partFormats } from '../run/part-formats.js';
import { type EvaluatePart, evaluateOptions, mostParts, type Part, partNames } from './part.js';
import { expectInRoots } from './roots.js';
import type { PartOptions } from './run-part.js';

/** The options of `evaluate` that a part may state. The others name files, or belong to the worker. */
export type EvaluateChoice = Pick<
  EvaluateOptions,
  | 'task'
  | 'fsHz'
  | 'seconds'
  | 'leads'
  | 'classes'
  | 'scaling'
  | 'output'
  | 'threshold'
  | 'prior'
  | 'trainPrior'
  | 'labelMap'
  | 'seed'
  | 'strict'
  | 'ownClasses'
>;

/** An evaluation that is cut into parts. */
export interface EvaluateWork extends EvaluateChoice {
  /** The ONNX file. */
  readonly modelPath: string;
  /** The corpus: `corpus:DIR`. */
  readonly data: string;
  /** The folder of the predictions. */
  readonly out: string;
  /** Format of the predictions: parquet (default) or csv. */
  readonly format?: string | undefined;
  /** Number of parts; default: one per shard of the corpus. */
  readonly parts?: number | undefined;
}

const workSchema = z.strictObject({
  modelPath: z.string('the path of an ONNX file').min(1, 'the path of an ONNX file'),
  data: z.string('corpus:DIR or synth:FILE'),
  out: z.string('the path of a folder').min(1, 'the path of a folder'),
  parts: whole(1, mostParts).optional(),
  ...(Object.fromEntries(evaluateOptions.map((name) => [name, z.unknown().optional()])) as Record<
    Exclude<(typeof evaluateOptions)[number], 'format'>,
    z.ZodOptional<z.ZodUnknown>
  >),
  format: oneOf(partFormats).optional(),
});

/**
 * Cuts the evaluation of a corpus into parts.
 *
 * @param work - the model, the corpus, the folder of the predictions and the options.
 * @returns the parts in their order. `JobStore.put` adds them to a queue.
 * @example
 * ```js
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { writeCorpus } from 'pqrst/corpus';
 * import { evaluateParts } from 'pqrst/queue';
 *
 * const corpus = join(await mkdtemp(join(tmpdir(), 'pqrst-')), 'corpus');
 * await writeCorpus(corpus, { format: 'npy', count: 100 });
 * const parts = await evaluateParts({ modelPath: 'model.onnx', data: `corpus:${corpus}`, out: 'predictions' });
 * console.log(parts.map(({ name }) => name));
 * ```
 * @throws PqrstError ERR_OPTION: when an option is unknown, or the records are not one corpus.
 * @throws PqrstError ERR_RANGE: when the number of parts is out of range.
 * @throws PqrstError ERR_NOT_FOUND, ERR_CORPUS: when the corpus cannot be read.
 */
export async function evaluateParts(work: EvaluateWork): Promise<Part[]> {
  const {
    modelPath,
    data,
    out,
    format,
    parts: asked,
    ...choice
  } = parseOptions(workSchema, work, 'evaluateParts');
  const { kind, path } = referenceOf(data);
  if (kind !== 'corpus' && asked === undefined) {
    throw new PqrstError(
      'ERR_OPTION',
      `the records ${data} have no shards to divide; state the number of \`parts\``,
    );
  }
  const shards = async () => {
    const { sets } = await readManifest(path);
    return sets.reduce((sum, set) => sum + set.shards.length, 0);
  };
  const count = asked ?? (await shards());
  const [folder, model] = [resolve(out), resolve(modelPath)];
  const shared = { out: folder, model, data: `${kind}:${resolve(path)}` };
  const options = JSON.parse(JSON.stringify({ ...choice, ...(format !== undefined && { format }) }));
  const names = partNames('evaluate', [shared, options], count);
  return names.map((name, at) => ({
    ...{ kind: 'evaluate', pqrst: packageVersion(), name, part: at + 1, parts: count, after: [] },
    ...{ ...shared, options },
  }));
}

/** Predicts the shards of one part. */
export async function runEvaluatePart(
  part: EvaluatePart,
  { roots, threads, signal, onProgress }: PartOptions,
): Promise<Record<string, unknown>> {
  await expectInRoots(part.model, roots);
  await expectInRoots(referenceOf(part.data).path, roots);
  const { evaluate } = await import('../run/evaluate.js');
  const { format, ...choice } = part.options;
  const predictions = { out: part.out, part: part.part, parts: part.parts, resume: true, format };
  // `evaluate` checks its options.
  const options = { ...choice, modelPath: part.model, data: part.data, predictions, rows: false };
  const found = await evaluate({ ...options, threads, signal, onProgress } as EvaluateOptions);
  const { metrics, predictions: written } = found;
  const isComplete = written?.complete === true;
  return { windows: metrics.windows, complete: isComplete, ...(isComplete && { metrics }) };
}

function referenceOf(data: string): { readonly kind: string; readonly path: string } {
  const [, kind, path] = /^(corpus|synth):(.+)$/s.exec(data) ?? [];
  if (kind !== undefined && path !== undefined) return { kind, path };
  throw new PqrstError(
    'ERR_OPTION',
    `only one corpus can be evaluated in parts: corpus:DIR or synth:FILE, got "${data}"; run pqrst evaluate for other records`,
  );
}
