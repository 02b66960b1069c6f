// `pqrst info PATH`: says what each kind of file and folder is, and a command that takes it.

import { copyFile, cp, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeEdf } from '#lib/codecs/edf/writer.js';
import { encodeCheckpoint } from '#lib/train/checkpoint.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

let cwd: string;
const info = (path: string, ...more: string[]) => runCli(['info', path, ...more], { cwd });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pqrst-'));
  const synth = ['synth', '--count', '8', '--classes', 'normal,af', '--seconds', '2'];
  await runCli([...synth, '--format', 'wfdb', '--out', 'my corpus'], { cwd });
  await runCli([...synth, '--format', 'npy', '--out', 'arrays'], { cwd });
  await runCli([...synth, '--format', 'parquet', '--out', 'table'], { cwd });
  const split = ['--split', 'train:0.75,val:0.25'];
  await runCli([...synth, '--format', 'npy', ...split, '--out', 'sets'], { cwd });
  await mkdir(join(cwd, 'trial'));
  const tasks = [
    { name: 'af', labels: ['normal', 'af'] },
    { name: 'LVH:NORM', labels: ['NORM', 'LVH'] },
  ];
  const stored = { data: ['mitdb:mitdb'], tasks, archs: ['lstm'], archOptions: {} };
  await writeFile(
    join(cwd, 'trial/experiment.json'),
    JSON.stringify({ version: '0.1.0', config: stored, fingerprint: '0' }),
  );
  await writeFile(join(cwd, 'trial/report.html'), '<!doctype html><title>AF & co</title>');
  await writeFile(join(cwd, 'trial/learning-curve.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
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
  await writeFile(join(cwd, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0' }));
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
    ['my corpus/00000/r0000000', /a WFDB record/, "pqrst plot --record 'my corpus/00000/r0000000'"],
    ['my corpus/00000/r0000000.dat', /a WFDB record/, "pqrst plot --record 'my corpus/00000/r0000000'"],
    ['arrays/00000/signals.npy', /a NumPy array of float32 \[8, 500\]/, 'pqrst info arrays'],
    ['arrays/00000', /a shard of the corpus arrays\nrecords {2}0 to 7\n/, 'pqrst info arrays'],
    ['sets/train', /a set of the corpus sets\nrecords {2}0 to 5\n/, 'pqrst data corpus:sets'],
    ['sets/val/00000', /a shard of the corpus sets\nrecords {2}6 to 7\n/, 'pqrst info sets'],
    ['table', /a corpus of synthetic records[\s\S]*records {2}8 \(4 normal, 4 af\)/, 'pqrst verify table'],
    ['table/_manifest.json', /a corpus of synthetic records/, 'pqrst verify table'],
    [
      'trial',
      /an experiment, started by pqrst 0\.1\.0[\s\S]*tasks +af, LVH:NORM\narchitectures +lstm\n/,
      'pqrst experiment ... --out trial',
    ],
    ['trial/report.html', /a report[\s\S]*title +AF & co/, 'pqrst info trial'],
    ['trial/learning-curve.svg', /a chart of pqrst: the learning curve of a run/, 'pqrst info trial'],
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
    ['package.json', 2, /ERR_OPTION/, /package\.json is not a file that pqrst knows; it takes models/],
    ['notes.md', 2, /ERR_OPTION/, /notes\.md is not a file that pqrst knows; it takes models/],
    ['/dev/zero', 1, /ERR_NOT_FOUND/, /could not read the file \/dev\/zero: it is a device; name a file/],
  ])('refuses %s', async (path, status, errorCode, message) => {
    const { code, stderr } = await info(path);
    expect(code).toBe(status);
    expect(stderr).toMatch(errorCode);
    expect(stderr).toMatch(message);
  });

  it('reports files that are cut short, with exit code 1', async () => {
    const folder = await temporaryFolder();
    const at = (name: string) => join(folder, name);
    for (const name of ['r0000000.hea', 'r0000000.dat']) {
      await copyFile(join(cwd, 'my corpus/00000', name), at(name));
    }
    await truncate(at('r0000000.dat'), 300);
    await copyFile(join(cwd, 'table/00000.parquet'), at('cut.parquet'));
    await truncate(at('cut.parquet'), 1000);
    await writeFile(at('empty.csv'), '');
    await writeFile(at('empty.npy'), '');
    await cp(join(cwd, 'table'), at('table'), { recursive: true });
    await truncate(at('table/00000.parquet'), 1000);
    for (const [name, damage] of [
      ['r0000000.hea', /r0000000\.dat holds 300 bytes, but its header requires 1000 .*cut short/],
      ['cut.parquet', /no Parquet footer/],
      ['empty.csv', /holds no bytes/],
      ['empty.npy', /holds no bytes/],
      ['table', /00000\.parquet holds 1000 bytes, and the manifest states \d+/],
    ] as const) {
      const { code, stdout } = await info(at(name));
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stdout).toMatch(damage);
      expect(JSON.parse((await info(at(name), '--json')).stdout).damage).toMatch(damage);
    }
  });

  it('reports a MATLAB file of signals that is cut short', async () => {
    const folder = await temporaryFolder();
    const matrix = Buffer.alloc(24 + 2 * 500);
    for (const [n, value] of [30, 1, 500, 0, 4].entries()) matrix.writeUInt32LE(value, 4 * n);
    matrix.write('val\0', 20, 'latin1');
    await writeFile(join(folder, 'm.mat'), matrix);
    await writeFile(join(folder, 'm.hea'), 'm 1 250 500\nm.mat 16+24 200/mV 16 0 0 0 0 II\n');
    expect(await info(join(folder, 'm.mat'))).toMatchObject({ code: 0 });
    await truncate(join(folder, 'm.mat'), 300);
    const { code, stdout } = await info(join(folder, 'm.mat'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/damage .*m\.mat.*cut short/);
    expect(stdout).not.toContain('pqrst plot');
  });

  it('reports a run whose checkpoint is cut short', async () => {
    const sizes = [
      '--fs',
      '50',
      '--seconds',
      '2',
      '--synthetic-count',
      '16',
      '--batch',
      '8',
      '--epochs',
      '1',
    ];
    const args = ['train', '--task', 'af', '--setting', 'syn', '--arch', 'lstm', ...sizes, '--out', 'done'];
    expect(await runCli(args, { cwd })).toMatchObject({ code: 0 });
    expect(await info('done')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('pqrst export done'),
    });
    await truncate(join(cwd, 'done/checkpoint.bin'), 1000);
    const { code, stdout } = await info('done');
    expect(code).toBe(1);
    expect(stdout).toMatch(/a finished run with a damaged file[\s\S]*damage .*checkpoint\.bin is damaged/);
    expect(stdout).not.toContain('pqrst export');
  });

  it('names no command for a file that no command takes', async () => {
    const folder = await temporaryFolder();
    await copyFile(join(cwd, 'arrays/00000/signals.npy'), join(folder, 'r3.npy'));
    await writeFile(join(folder, 'a.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    for (const name of ['r3.npy', 'a.svg']) {
      expect(JSON.parse((await info(join(folder, name), '--json')).stdout).next).toEqual([]);
    }
  });

  it('states that the gain of an uncalibrated record is assumed', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'u.dat'), new Uint8Array(1000));
    await writeFile(join(folder, 'u.hea'), 'u 1 250 500\nu.dat 16 0(0)/mV 16 0 0 0 0 II\n');
    const { stdout } = await info(join(folder, 'u.hea'));
    expect(stdout).toMatch(/gain +II: .*uncalibrated; 200 ADC units per mV are assumed/);
  });

  it('reports a circle of links', async () => {
    await symlink('b.json', join(cwd, 'a.json'));
    await symlink('a.json', join(cwd, 'b.json'));
    expect((await info('a.json')).stderr).toMatch(/a\.json: its links form a circle/);
  });

  it('takes one thing at a time', async () => {
    expect(await info('run', '--arch', 'lstm')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('takes only one of a path, --model, --arch'),
    });
  });
});
