// Workers that end while the kernel works for them, and a process that has left everything in the middle.
// termination.full.test.ts terminates more Workers.

import { describe, expect, it } from 'vitest';
import { runHelper, terminateWorkers } from '../helpers/run-helper.js';

describe('a process', () => {
  it('outlives 10 Workers terminated in the middle, and keeps nothing of them', { timeout: 300_000 }, () => {
    terminateWorkers(10);
  });

  it('ends by itself when it has left a stream, a Readable, a ring and a record', () => {
    expect(runHelper('leave-streams.mjs', [], 50_000)).toEqual({ message: 'seen enough', awake: [] });
  });
});
