// The addon survives what JavaScript can do to the memory of a job, and wild values. scripts/native-calls.mjs makes the
// calls in processes of their own; .ci/run makes more of them, and under AddressSanitizer.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/native-calls.mjs', import.meta.url));

function run(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...words], { encoding: 'utf8' });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: '' });
  return stdout;
}

it('survives the targeted cases: lost memory, getters, wild numbers, ended threads', {
  timeout: 600_000,
}, () => {
  const lines = run('--cases').trim().split('\n');
  expect(lines.length).toBeGreaterThan(15);
});

it('survives 1,500 random calls', { timeout: 600_000 }, () => {
  const [, calls, resolved, refused] =
    /^(\d+) calls in \d+ s: (\d+) resolved, \d+ cancelled, (\d+) refused, \d+ lost their array; 0 crashes, 0 hangs$/m.exec(
      run('--count', '1500', '--seed', '3'),
    )!;
  expect(Number(calls)).toBe(1500);
  expect(Number(resolved)).toBeGreaterThan(300);
  expect(Number(refused)).toBeGreaterThan(300);
});
