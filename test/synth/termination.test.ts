// Workers that end while the kernel works for them, and a process that has left all its jobs unfinished.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Runs a helper in a separate process: a crash shows as its exit code, an open handle as a timeout. */
function run(name: string, args: string[], timeout: number) {
  const helper = fileURLToPath(new URL(`../helpers/${name}`, import.meta.url));
  const child = spawnSync(process.execPath, ['--expose-gc', helper, ...args], { encoding: 'utf8', timeout });
  expect({ ...child, pid: 0 }).toMatchObject({ status: 0, signal: null, stderr: '' });
  return JSON.parse(child.stdout);
}

describe('a process', () => {
  const modes = ['batch', 'stream', 'readable', 'ring', 'record'];
  it('survives 50 Workers terminated during a job, and frees their memory', { timeout: 300_000 }, () => {
    const { times, grownMb, labels } = run('end-workers.mjs', ['50', ...modes], 290_000);
    expect({ times, labels }).toEqual({ times: 50, labels: '013' });
    // Leaked batches would take 5-40 MB each, above 300 MB in total; the allocator itself varies by less than 30 MB.
    expect(grownMb).toBeLessThan(64);
  });

  it('exits on its own after leaving a stream, a Readable, a ring and a record', () => {
    expect(run('leave-streams.mjs', [], 50_000)).toEqual({ message: 'seen enough', awake: [] });
  });
});
