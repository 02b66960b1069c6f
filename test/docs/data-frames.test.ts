// Runs the Python examples of docs/corpora.md on a corpus that the command of the page writes, and compares what they
// print with the comment behind each `print`.

import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';
import { pythonWith } from '../helpers/python.js';

const page = await readFile(new URL('../../docs/corpora.md', import.meta.url), 'utf8');
const section = /^## Data frames\n(.*?)^## /ms.exec(page)![1]!;
const command = /^pqrst (synth .*)$/m.exec(section)![1]!;
const examples = [...section.matchAll(/^```python\n(.*?)^```$/gms)].map(([, code]) => {
  const modules = [...code!.matchAll(/^import (\w+)/gm)].map(([, name]) => name!);
  const printed = [...code!.matchAll(/^print\(.*\) {2}# (.*)$/gm)].map(([, text]) => text!);
  const python = pythonWith(...modules);
  const absent = python === undefined ? ` (SKIPPED: no python3 with ${modules.join(' and ')})` : '';
  return { title: `${modules.join(' and ')}${absent}`, code: code!, printed, python };
});

describe('the examples of data frames in docs/corpora.md', () => {
  it('write a corpus with the command of the page', async () => {
    const cwd = await temporaryFolder();
    const { code } = await runCli(command.replace('--count 1000', '--count 4').split(' '), { cwd });
    expect(code).toBe(0);
    expect((await readdir(join(cwd, 'frames'))).sort()).toEqual([
      '00000.parquet',
      '_labels.csv',
      '_manifest.json',
    ]);
    expect(examples.map(({ printed }) => printed.length)).toEqual([3, 1, 1, 1]);
  });

  for (const { title, code, printed, python } of examples) {
    it.skipIf(python === undefined)(
      `print what the page says: ${title}`,
      async () => {
        const cwd = await temporaryFolder();
        await runCli(command.split(' '), { cwd });
        const { stdout, stderr } = spawnSync(python!, ['-c', code], { cwd, encoding: 'utf8' });
        expect(stdout.trimEnd().split('\n'), stderr).toEqual(printed);
      },
      120_000,
    ); // Loading PyTorch takes long on a busy machine.
  }
});
