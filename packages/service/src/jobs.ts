// Long work behind the API. A queue is given to the service from outside; without one, the routes do not exist.

import { z } from 'zod';

/** The kinds of work that a queue takes. */
export const jobKinds = ['synth', 'evaluate', 'experiment'] as const;

/** The JSON of a job. */
export const jobSchema = z.strictObject({
  kind: z.enum(jobKinds),
  request: z
    .record(z.string(), z.unknown())
    .describe(
      'synth: `out` and the request of writeCorpus; evaluate: `model`, `data` (corpus:DIR), `out`, and the options of evaluateParts. Paths are below the folder of the jobs.',
    ),
});

/** A job to do. */
export type JobRequest = z.output<typeof jobSchema>;

/** The JSON of the state of a job. */
export const jobStatusSchema = z.looseObject({
  id: z.string(),
  state: z.enum(['waiting', 'running', 'done', 'failed']),
  parts: z.int().optional().describe('The parts into which the job was divided.'),
  partsDone: z.int().optional(),
  reason: z.string().optional().describe('Why the job failed, or what is missing.'),
});

/** The state of a job. */
export type JobStatus = z.output<typeof jobStatusSchema>;

/** What takes jobs: the queue of `openJobQueue`, or a queue of the caller. */
export interface JobQueue {
  /**
   * Takes a job and returns its name. The same request has the same name.
   *
   * @throws PqrstError ERR_OPTION, ERR_RANGE: when the request is wrong.
   */
  submit(request: JobRequest): Promise<string>;
  /** Returns the state of a job; undefined if no job has this name. */
  status(id: string): Promise<JobStatus | undefined>;
}
