// Measures an evaluation of a corpus against a bare loop of ONNX Runtime over the same files, in turns: the loop reads rows,
// z-scores them and runs the model, and does nothing else. Prints nothing.

import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { openNpyRows } from '../codecs/npy/read.js';
import { planOf, readManifest } from '../corpus/manifest.js';
import { evaluate } from '../run/evaluate.js';
import { zScore } from '../signal/standardize.js';
import { ratioOf, type Spread, spreadOf } from './spread.js';

const batchRecords = 256;

/** The options of `benchEvaluate`. */
export interface EvaluateBenchOptions extends JobOptions {
  readonly modelPath: string;
  /** A corpus of the format npy: one lead, float32. */
  readonly folder: string;
  readonly rounds: number;
  readonly threads?: number | undefined;
}

/** The measurements, in CPU seconds of this process. */
export interface EvaluateBench {
  readonly records: number;
  readonly bare: Spread;
  readonly evaluate: Spread;
  /** The bare loop divided by the evaluation: 1 if both take as long. */
  readonly ratio: Spread;
}

/**
 * Measures both in turns.
 *
 * @throws PqrstError ERR_OPTION: when the corpus is not of one lead as float32 in the format npy.
 * @throws PqrstError The errors of `evaluate`.
 */
export async function benchEvaluate(options: EvaluateBenchOptions): Promise<EvaluateBench> {
  const { modelPath, folder, rounds, threads, signal, onProgress } = options;
  const manifest = await readManifest(folder);
  const plan = planOf(manifest);
  if (plan.format !== 'npy' || plan.type !== 'float32' || plan.leads.length > 1) {
    throw new PqrstError(
      'ERR_OPTION',
      `the corpus ${folder} is ${plan.format}, ${plan.type}, ${plan.leads.length} leads; a bare loop reads npy, float32, one ` +
        'lead: write such a corpus with pqrst synth and the `format` npy',
    );
  }
  const files = manifest.sets.flatMap(({ shards }) =>
    shards.map(({ path }) => join(folder, path, 'signals.npy')),
  );
  const bare: number[] = [];
  const evaluated: number[] = [];
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    onProgress?.(round, rounds);
    bare.push(await cpuSeconds(() => bareLoop(modelPath, files, plan.lengthSamples, threads)));
    const request = { modelPath, data: `corpus:${folder}`, device: 'cpu', rows: false } as const;
    evaluated.push(await cpuSeconds(() => evaluate({ ...request, threads, signal })));
  }
  onProgress?.(rounds, rounds);
  return {
    records: manifest.records,
    bare: spreadOf(bare),
    evaluate: spreadOf(evaluated),
    ratio: ratioOf(bare, evaluated),
  };
}

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function bareLoop(
  modelPath: string,
  files: readonly string[],
  lengthSamples: number,
  threads: number | undefined,
): Promise<void> {
  const session = await InferenceSession.create(modelPath, {
    ...(threads !== undefined && { intraOpNumThreads: threads }),
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  for (const file of files) {
    const rows = await openNpyRows(file);
    const count = rows.shape[0]!;
    for (let first = 0; first < count; first += batchRecords) {
      const some = Math.min(batchRecords, count - first);
      const batch = new Float32Array(some * lengthSamples);
      await rows.read(first, batch);
      for (let row = 0; row < some; row++) {
        const lead = batch.subarray(row * lengthSamples, (row + 1) * lengthSamples);
        zScore(lead, lead);
      }
      await session.run({ [input]: new Tensor('float32', batch, [some, 1, lengthSamples]) }, [output]);
    }
    await rows.close();
  }
  await session.release();
}
