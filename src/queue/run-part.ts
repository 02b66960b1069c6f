// Runs one checked part in this process: the body of the child process of a worker.

import type { JobOptions } from '../base/job.js';
import type { Part } from './part.js';
import { expectInRoots } from './roots.js';

/** The settings of a worker that its parts see. */
export interface PartOptions extends JobOptions {
  /** The folders that parts may read and write. */
  readonly roots: readonly string[];
  /** Threads of a training; default: the cores of the machine. */
  readonly threads?: number | undefined;
}

/**
 * Runs a part. A part that runs again finds what it has finished, and writes the same bytes.
 *
 * @returns the facts that the queue keeps about the part.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the part names a file outside the worker's folders.
 * @throws The errors of the work, and `options.signal.reason`.
 */
export async function runPart(part: Part, options: PartOptions): Promise<Record<string, unknown>> {
  await expectInRoots(part.out, options.roots);
  switch (part.kind) {
    case 'synth': {
      const { runSynthPart } = await import('./synth-parts.js');
      return runSynthPart(part, options);
    }
    case 'evaluate': {
      const { runEvaluatePart } = await import('./evaluate-parts.js');
      return runEvaluatePart(part, options);
    }
    case 'experiment': {
      const { runExperimentPartOf } = await import('./experiment-parts.js');
      return runExperimentPartOf(part, options);
    }
  }
}
