// Workers that end while the kernel works for them, and a process that has left all its jobs unfinished.
// termination.full.test.ts terminates more Workers.

import { describe, expect, it } from 'vitest';
import { runHelper, terminateWorkers } from '../helpers/run-helper.js';

describe('a process', () => {
  it('survives 10 Workers terminated during a job, and frees their memory', { timeout: 300_000 }, () => {
    terminateWorkers(10);
  });

  it('exits on its own after leaving a stream, a Readable, a ring and a record', () => {
    expect(runHelper('leave-streams.mjs', [], 50_000)).toEqual({ message: 'seen enough', awake: [] });
  });
});
