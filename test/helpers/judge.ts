// Runs the Python scripts of test/judges.

import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Runs a script with `input` as JSON on stdin, and returns the JSON that it prints. Throws if the script fails. */
export function judge<Verdict>(python: string, script: string, input: unknown): Verdict {
  const path = resolve(import.meta.dirname, '../judges', script);
  const { stdout, stderr, status } = spawnSync(python, [path], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  if (status !== 0) throw new Error(`the judge ${script} failed: ${stderr}`);
  return JSON.parse(stdout) as Verdict;
}
