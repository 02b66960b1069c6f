// bench/device.mjs on the processor, with small sizes. It prints the same on a graphics card. Times are not checked.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../bench/device.mjs', import.meta.url));
const small = ['--device', 'cpu', '--length', '64', '--batch', '2', '--runs', '1'];
const bench = (...words: string[]) => promisify(execFile)(process.execPath, [script, ...small, ...words]);

test('prints one row of the table, with several steps per run', async () => {
  const { stdout } = await bench('--archs', 'gru', '--steps', '2');
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\d, .+, device cpu; batch 2, length 64\n/);
  expect(stdout).toMatch(/\| gru \| 0\.0e\+0 \(-\) \| \d\.\de-\d \| \d+\.\d \| 2 \| \d+ \|\n$/);
});

test('prints the error of an architecture in its row, and exits with 1', async () => {
  const failure = await bench('--archs', 'resnet19').then(
    () => undefined,
    (error: { code: number; stdout: string }) => error,
  );
  expect(failure).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('unknown architecture "resnet19"'),
  });
});
