// `pqrst info PATH`: says what each kind of file and folder is, and a command that takes it.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEdf } from '#lib/codecs/edf/writer.js';
import { encodeCheckpoint } from '#lib/train/checkpoint.js';
import { runCli } from './run-cli.js';

let cwd: string;
const info = (path: string, ...more: string[]) => runCli(['info', path, ...more], { cwd });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pqrst-'));
  const synth = ['synth', '--count', '8', '--classes', 'normal,af', '--seconds', '2'];
  await runCli([...synth, '--format', 'wfdb', '--out', 'my corpus'], { cwd });
  await runCli([...synth, '--format', 'npy', '--out', 'arrays'], { cwd });
  await runCli([...synth, '--format', 'parquet', '--out', 'table'], { cwd });
  const progress = {
    phase: 'train',
    epoch: 2,
    step: 9,
    stale: 0,
    best: { epoch: 1, valLoss: 0.5 },
    curve: [],
  };
  const current = new Map([['w', Float32Array.of(1)]]);
  await mkdir(join(cwd, 'run'));
  const config = { task: 'af', arch: 'lstm', setting: 'real' };
  await writeFile(
    join(cwd, 'run/checkpoint.bin'),
    encodeCheckpoint({ config, progress, current, best: current }),
  );
  const own = {
    ...{ name: 'coarse-af', title: 'Coarse AF', scp: ['AFIB'], snomed: ['164889003'], rhythm: '(AFIB' },
    ...{ parents: ['af'], numbers: {} },
  };
  await writeFile(join(cwd, 'coarse.json'), JSON.stringify(own));
  await writeFile(join(cwd, 'config.json'), JSON.stringify({ data: 'mitdb:mitdb', tasks: ['af'] }));
  await writeFile(join(cwd, 'rows.csv'), 'test,recordName,patientId,startS,label,p0,p1\na,b,c,0,1,0.2,0.8\n');
  await writeFile(join(cwd, 'other.csv'), 'a,b\n1,2\n');
  await writeFile(join(cwd, 'notes.md'), '# notes\n');
  await writeEdf(cwd, { name: 'x', fsHz: 250, leads: ['II'], signalsMv: [new Float32Array(500)] });
});

afterAll(() => rm(cwd, { recursive: true }));

describe('pqrst info PATH', () => {
  it.each([
    ['my corpus', /^my corpus: a corpus of synthetic records/, "pqrst verify 'my corpus'"],
    [
      'my corpus/manifest.json',
      /a corpus of synthetic records[\s\S]*records {2}8 \(4 normal, 4 af\)/,
      "pqrst data 'corpus:my corpus'",
    ],
    [
      'my corpus/00000/r0000000.hea',
      /a WFDB record[\s\S]*leads +II\n[\s\S]*2 s at 250 Hz/,
      "pqrst plot --record 'my corpus/00000/r0000000'",
    ],
    ['my corpus/00000/r0000000.dat', /a WFDB record/, "pqrst plot --record 'my corpus/00000/r0000000'"],
    ['arrays/00000/signals.npy', /a NumPy array of float32 \[8, 500\]/, 'pqrst info arrays/00000'],
    ['table/00000.parquet', /a Parquet file, \d+ bytes/, 'pqrst info table'],
    [
      'run',
      /a checkpoint[\s\S]*af, lstm, real[\s\S]*phase train, 2 epochs, 9 steps/,
      'pqrst train ... --out run --resume',
    ],
    ['run/checkpoint.bin', /epoch 1, validation loss 0\.5000/, 'pqrst train ... --out run --resume'],
    [
      'coarse.json',
      /a class file: the class "coarse-af" \(Coarse AF\)/,
      'pqrst plot --class coarse-af --class-file coarse.json',
    ],
    ['config.json', /the configuration of an experiment/, 'pqrst experiment --config config.json --out DIR'],
    [
      'rows.csv',
      /predictions of a model, one row per window[\s\S]*test, recordName, patientId/,
      'pqrst info .',
    ],
    ['other.csv', /a table[\s\S]*columns +a, b/, 'pqrst info .'],
    ['x.edf', /a recording in EDF or BDF[\s\S]*ECG II/, 'pqrst plot --record x.edf'],
  ])('%s', async (path, text, command) => {
    const { code, stdout, stderr } = await info(path);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(text);
    expect(stdout).toContain(command);
    const { path: given, what, next } = JSON.parse((await info(path, '--json')).stdout);
    expect([given, typeof what, next.length > 0]).toEqual([path, 'string', true]);
  });

  it('names commands that work', async () => {
    const { next } = JSON.parse((await info('my corpus', '--json')).stdout);
    for (const command of next) {
      const words = [...command.matchAll(/'([^']*)'|\S+/g)].map(([whole, quoted]) => quoted ?? whole);
      expect(await runCli(words.slice(1), { cwd })).toMatchObject({ code: 0 });
    }
  });

  it.each([
    ['nothing', 1, /ERR_NOT_FOUND/, /there is no such file or folder; check the path/],
    ['notes.md', 2, /ERR_OPTION/, /notes\.md is not a file that pqrst knows; it takes models/],
    ['/dev/zero', 1, /ERR_NOT_FOUND/, /could not read the file \/dev\/zero: it is a device; name a file/],
  ])('refuses %s', async (path, status, errorCode, message) => {
    const { code, stderr } = await info(path);
    expect(code).toBe(status);
    expect(stderr).toMatch(errorCode);
    expect(stderr).toMatch(message);
  });

  it('reports a circle of links', async () => {
    await symlink('b.json', join(cwd, 'a.json'));
    await symlink('a.json', join(cwd, 'b.json'));
    expect((await info('a.json')).stderr).toMatch(/a\.json: its links form a circle/);
  });

  it('takes one thing at a time', async () => {
    expect(await info('run', '--arch', 'lstm')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not both'),
    });
  });
});
