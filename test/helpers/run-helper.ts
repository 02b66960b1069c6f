// Runs a helper script as a process of its own: a crash shows as its exit code, a handle left behind as the time limit.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/** Returns what the script printed, parsed as JSON; the process must end by itself, with code 0 and no complaint. */
export function runHelper<Answer>(name: string, args: readonly string[], timeout: number): Answer {
  const helper = fileURLToPath(new URL(name, import.meta.url));
  const child = spawnSync(process.execPath, ['--expose-gc', helper, ...args], { encoding: 'utf8', timeout });
  expect({ ...child, pid: 0 }).toMatchObject({ status: 0, signal: null, stderr: '' });
  return JSON.parse(child.stdout) as Answer;
}

/** Terminates Workers in the middle of their work; batches that stayed would hold 5-40 MB each. */
export function terminateWorkers(times: number): void {
  const modes = ['batch', 'stream', 'readable', 'ring', 'record'];
  const { grownMb, ...answer } = runHelper<{ times: number; labels: string; grownMb: number }>(
    'end-workers.mjs',
    [String(times), ...modes],
    290_000,
  );
  expect(answer).toEqual({ times, labels: '013' });
  // the ups and downs of the allocator stay below 30 MB
  expect(grownMb).toBeLessThan(64);
}
