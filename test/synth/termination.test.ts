// Workers that end while the kernel works for them, and a process that has left everything in the middle.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Runs a helper as a process of its own: a crash shows as its exit code, a handle left behind as the time limit. */
function run(name: string, args: string[], timeout: number) {
  const helper = fileURLToPath(new URL(`../helpers/${name}`, import.meta.url));
  const child = spawnSync(process.execPath, ['--expose-gc', helper, ...args], { encoding: 'utf8', timeout });
  expect({ ...child, pid: 0 }).toMatchObject({ status: 0, signal: null, stderr: '' });
  return JSON.parse(child.stdout);
}

describe('a process', () => {
  const modes = ['batch', 'stream', 'readable', 'ring', 'record'];
  it('outlives 50 Workers terminated in the middle, and keeps nothing of them', { timeout: 300_000 }, () => {
    const { times, grownMb, labels } = run('end-workers.mjs', ['50', ...modes], 290_000);
    expect({ times, labels }).toEqual({ times: 50, labels: '013' });
    // kept batches would be 5-40 MB each, above 300 MB together; the allocator's own ups and downs stay below 30
    expect(grownMb).toBeLessThan(64);
  });

  it('ends by itself when it has left a stream, a Readable, a ring and a record', () => {
    expect(run('leave-streams.mjs', [], 50_000)).toEqual({ message: 'seen enough', awake: [] });
  });
});
