// Asks a Python script of test/judges: JSON in, JSON out.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

export function judge<Verdict>(python: string, script: string, asked: unknown): Verdict {
  const path = resolve(import.meta.dirname, '../judges', script);
  const { stdout, stderr, status } = spawnSync(python, [path], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  if (status !== 0) throw new Error(`the judge ${script} failed: ${stderr}`);
  return JSON.parse(stdout) as Verdict;
}
