// `pqrst generate`: writes records of a generator as a corpus.

import type { JobOptions } from '../base/job.js';
import { LearnedBlocks } from '../corpus/learned-blocks.js';
import { type GeneratedRequest, planGenerated } from '../corpus/plan-learned.js';
import { type WriteCorpusOptions, type WrittenCorpus, writePlanned } from '../corpus/write.js';
import { type OpenGeneratorOptions, openGenerator } from './open-generator.js';

/** The options of `writeGenerated`. */
export interface WriteGeneratedOptions
  extends JobOptions,
    Pick<WriteCorpusOptions, 'part' | 'resume'>,
    Omit<OpenGeneratorOptions, 'seed'> {}

/**
 * Writes the requested corpus of a generator, or one part of it, into `folder`. The manifest names the generator by a
 * hash, and the patients that it was trained on by digests. If the work is interrupted, `resume` continues it, and the
 * bytes are those of an undisturbed run.
 *
 * @param generator - the folder of the generator
 * @param folder - the output folder
 * @param request - format, number of records, labels, splits and seed
 * @param options - sampling, engine, part, whether to resume, signal and progress
 * @returns the plan, the records of this part per label, and whether the corpus is complete
 * @example
 * ```ts
 * import { trainGenerator, writeGenerated } from 'pqrst/train';
 *
 * const tiny = { options: { blocks: 5, cycle: 5, channels: 8 }, syntheticCount: 16, batch: 8, steps: 2 };
 * await trainGenerator({ kind: 'diffwave', task: 'af', setting: 'syn', seconds: 2, ...tiny }, { out: 'generator' });
 * const { counts } = await writeGenerated('generator', 'made', { format: 'npy', count: 10 }, { sampling: { steps: 2 } });
 * console.log(counts); // { normal: 5, af: 5 }
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE, ERR_UNKNOWN_CLASS: when the request is invalid.
 * @throws PqrstError ERR_WRITE: when the disk is full or the folder holds something else.
 * @throws PqrstError The errors of `openGenerator`.
 * @throws `signal.reason` when the signal is aborted.
 */
export async function writeGenerated(
  generator: string,
  folder: string,
  request: GeneratedRequest,
  options: WriteGeneratedOptions = {},
): Promise<WrittenCorpus> {
  const { part, resume, signal, onProgress, ...opening } = options;
  const source = await openGenerator(generator, { ...opening, seed: request.seed });
  try {
    const planned = await planGenerated(request, source.spec, source);
    return await writePlanned(folder, planned, new LearnedBlocks(planned.plan, source, signal), {
      ...{ part, resume, signal, onProgress },
    });
  } finally {
    await source.close();
  }
}
