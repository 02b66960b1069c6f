// Runs the commands of docs/corpora.md, with fewer records and parts, and checks that they do what the page says.

import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mainScript } from '../cli/run-cli.js';
import { temporaryFolder } from '../helpers/folder.js';

const page = await readFile(new URL('../../docs/corpora.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind, text]) => ({
  kind,
  text: text!,
}));
const block = (sign: string) => blocks.find(({ text }) => text.includes(sign))!.text;
const fewer = (text: string) =>
  text
    .replaceAll(/--count \d+/g, '--count 40')
    .replaceAll(/--index \d+/g, '--index 12')
    .replaceAll(/\b64\b/g, '4');

/** Runs a script in which `pqrst` is this build and `srun` starts its command immediately. */
function shell(script: string, cwd: string, variables: Record<string, string> = {}): void {
  const commands = `pqrst() { "${process.execPath}" "${mainScript}" "$@"; }\nsrun() { "$@"; }\n`;
  const env = { ...process.env, ...variables };
  const { status, stdout, stderr } = spawnSync('sh', ['-ec', commands + script], {
    cwd,
    env,
    encoding: 'utf8',
  });
  expect({ status, text: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, text: '' });
}

describe.skipIf(process.platform === 'win32')('docs/corpora.md', () => {
  it('makes, checks and regenerates a corpus', async () => {
    const cwd = await temporaryFolder();
    shell(fewer(block('pqrst verify corpus\n')), cwd);
    expect((await readFile(join(cwd, 'r0012345.npy'))).subarray(1, 6).toString()).toBe('NUMPY');
  });

  it('makes a corpus of EDF+ files, surveys it and draws a record', async () => {
    const cwd = await temporaryFolder();
    shell(fewer(block('--format edf')), cwd);
    expect(await readFile(join(cwd, 'af.svg'), 'utf8')).toContain('lead II, 10 s at 250 Hz');
  });

  it('makes a corpus of classes, splits and replicas', async () => {
    const cwd = await temporaryFolder();
    shell(fewer(block('--replicas 6')), cwd);
    const manifest = JSON.parse(await readFile(join(cwd, 'sets', 'manifest.json'), 'utf8'));
    expect(manifest.counts).toEqual({ normal: 192, af: 48 });
    expect(manifest.sets[0]).toMatchObject({ folder: 'replica-1/train', count: 32 });
    expect(manifest.sets).toHaveLength(12);
  });

  it('makes the same corpus as a Slurm array and as a Kubernetes indexed Job, in any order', async () => {
    const cwd = await temporaryFolder();
    const slurm = block('#SBATCH');
    expect(slurm).toContain('--array=1-64');
    for (const task of [3, 1, 4, 2]) {
      shell(fewer(slurm), cwd, { SLURM_ARRAY_TASK_ID: String(task), SCRATCH: cwd });
    }
    const job = block('completionMode: Indexed');
    expect(job).toContain('completions: 64');
    const [, args] = /- >-\n(.*?) {10}resources:/s.exec(job)!;
    const command = fewer(args!)
      .trim()
      .replaceAll(/\s+/g, ' ')
      .replace('exec ', '')
      .replace('/corpus/ecg', join(cwd, 'job'));
    for (const index of [1, 0, 2, 3]) shell(command, cwd, { JOB_COMPLETION_INDEX: String(index) });
    const manifests = await Promise.all(
      ['ecg-corpus', 'job'].map((folder) => readFile(join(cwd, folder, 'manifest.json'), 'utf8')),
    );
    expect(JSON.parse(manifests[0]!)).toMatchObject({ records: 40, request: { parts: 4 } });
    expect(manifests[1]).toBe(manifests[0]);
    shell('pqrst verify ecg-corpus && pqrst verify job', cwd);
  });
});
