// `pqrst synth`: the folder holds the records of the synthesizer, or finished shards that a second call completes.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { readAnnotations, readRecord } from '#lib/codecs/wfdb/read.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { presets, Synthesizer, toWfdbAnnotations } from '#lib/index.js';
import { hashesOf } from '../helpers/files.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli, spawnCli } from './run-cli.js';

describe('pqrst synth --format wfdb', () => {
  it('writes records, annotations, labels and a manifest that can be read back unchanged', async () => {
    const cwd = await temporaryFolder();
    const args = [
      'synth',
      '--classes',
      'normal,pvc',
      '--count',
      '5',
      '--seed',
      '7',
      '--start',
      '3',
      '--preset',
      'paper',
    ];
    const { code, stdout } = await runCli([...args, '--fs', '250', '--out', 'records', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      count: 5,
      counts: { normal: 2, pvc: 3 },
      lengthSamples: 2500,
    });
    const folder = join(cwd, 'records');
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 10, seed: 7, unit: 'mV' });
    const batch = await synthesizer.batch({
      classes: ['normal', 'pvc'],
      start: 3,
      count: 5,
      annotations: true,
    });
    for (let k = 0; k < 5; k++) {
      const name = `r000000${3 + k}`;
      const record = await readRecord(join(folder, '00000', name));
      expect(record).toMatchObject({ name, fsHz: 250, leads: ['II'] });
      const made = batch.signals.subarray(k * 2500, (k + 1) * 2500);
      for (const [at, mv] of record.signalsMv[0]!.entries()) {
        expect(Math.abs(mv - made[at]!)).toBeLessThanOrEqual(0.000501);
      }
      const annotations = await readAnnotations(join(folder, '00000', name), 'atr');
      expect(annotations).toEqual(toWfdbAnnotations(batch.annotations!.record(k), 250));
    }
    const labels = await readFile(join(folder, 'labels.csv'), 'utf8');
    expect(labels.split('\n').slice(0, 3)).toEqual([
      'record,label,patient',
      '00000/r0000003,pvc,r0000003',
      '00000/r0000004,normal,r0000004',
    ]);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest.request).toMatchObject({ seed: 7, start: 3, preset: 'paper' });
    expect(manifest.spec).toEqual(synthesizer.spec);
    const set = await openDataset(`folder:${folder}`, { fsHz: 250, seconds: 10 });
    expect(set.windows.map(({ classes }) => classes[0])).toEqual(['pvc', 'normal', 'pvc', 'normal', 'pvc']);
  });

  it('refuses a folder that holds other files, and does not change it', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'records'));
    await writeFile(join(cwd, 'records', 'mine.txt'), 'mine');
    const { code, stderr } = await runCli(['synth', '--count', '2', '--out', 'records'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/records is not empty \(it contains mine.txt\).*\[ERR_WRITE\]/);
    expect(await readdir(join(cwd, 'records'))).toEqual(['mine.txt']);
    expect(await readdir(cwd)).toEqual(['records']);
  });

  it('accepts an empty folder, and refuses a path through a file', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'records'));
    expect((await runCli(['synth', '--count', '1', '--out', 'records'], { cwd })).code).toBe(0);
    const through = await runCli(['synth', '--count', '1', '--out', 'records/labels.csv/x'], { cwd });
    expect(through.code).toBe(1);
    expect(through.stderr).toContain('[ERR_WRITE]');
    expect(through.stderr).not.toContain('--resume');
  });

  it('refuses a folder without a name, and does not write to the working directory', async () => {
    const cwd = await temporaryFolder();
    const { code, stderr } = await runCli(['synth', '--count', '1', '--out', ''], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/name of the output folder is empty.*\[ERR_OPTION\]/);
    expect(await readdir(cwd)).toEqual([]);
  });

  it('can be interrupted, states how to resume, and resumes', async () => {
    const cwd = await temporaryFolder();
    const args = ['synth', '--count', '100', '--replicas', '40', '--format', 'npy', '--out', 'records'];
    let wasKilled = false;
    const { code, stderr } = await spawnCli(args, {
      cwd,
      onStderr: (text, kill) => {
        if (wasKilled || !/^synth: \d+\/4000$/m.test(text)) return;
        wasKilled = true;
        kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(/interrupted; finished shards are kept: .*--resume.*\[ERR_INTERRUPTED\]/);
    expect(await readdir(join(cwd, 'records', '.pqrst', 'work'))).toEqual([]);
    const again = await runCli(args, { cwd });
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/records contains an unfinished corpus; add --resume.*\[ERR_WRITE\]/);
    const other = await runCli([...args, '--seed', '1', '--resume'], { cwd });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('--seed 0, but 1 is requested');
    expect((await runCli([...args, '--resume'], { cwd })).code).toBe(0);
    await runCli([...args.slice(0, -1), 'whole'], { cwd });
    expect(await hashesOf(join(cwd, 'records'))).toEqual(await hashesOf(join(cwd, 'whole')));
    expect((await runCli(['verify', 'records'], { cwd })).code).toBe(0);
  }, 60_000);

  // A limit on the size of files makes a write fail in the middle of the work, as a full disk does.
  it.skipIf(process.platform === 'win32')('resumes after a failed write', async () => {
    const cwd = await temporaryFolder();
    const args = ['synth', '--count', '200', '--format', 'npy', '--out', 'records'];
    const { code, stderr } = await spawnCli(args, { cwd, before: 'ulimit -f 1000' });
    expect(stderr).toMatch(/could not write .*; finished shards are kept: .*--resume.*\[ERR_WRITE\]/);
    expect(code).toBe(1);
    expect(await readdir(join(cwd, 'records'))).toEqual(['.pqrst']);
    expect(await readdir(join(cwd, 'records', '.pqrst', 'work'))).toEqual([]);
    expect((await runCli([...args, '--resume'], { cwd })).code).toBe(0);
    expect(await readdir(join(cwd, 'records'))).toEqual(['00000', 'labels.csv', 'manifest.json']);
  });
});

describe('pqrst synth --shard', () => {
  it('makes one part, and completes the corpus with the last part', async () => {
    const cwd = await temporaryFolder();
    const part = (i: number) =>
      spawnCli(['synth', '--count', '10', '--format', 'npy', '--shard', `${i}/3`, '--out', 'a', '--json'], {
        cwd,
      });
    const first = await part(3);
    expect(JSON.parse(first.stdout)).toMatchObject({ part: 3, parts: 3, complete: false });
    expect(await readdir(join(cwd, 'a'))).not.toContain('manifest.json');
    const [second, third] = await Promise.all([part(1), part(2)]);
    const results = [first, second, third].map(({ stdout }) => JSON.parse(stdout));
    expect(results.reduce((sum, { records }) => sum + records, 0)).toBe(10);
    expect(results.some(({ complete }) => complete)).toBe(true);
    expect((await runCli(['verify', 'a'], { cwd })).code).toBe(0);
  });
});

describe('pqrst synth --format npy', () => {
  it('accepts weights, splits, replicas, noise and a spec from a file', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'spec.json'), JSON.stringify(presets.clinical));
    const words =
      '--count 8 --classes normal:3,af:1 --split train:0.75,val:0.25 --replicas 2 --noise wander=6dB';
    const args = [
      'synth',
      ...words.split(' '),
      '--format',
      'npy',
      '--type',
      'float16',
      '--preset',
      'spec.json',
    ];
    const { code, stdout } = await runCli([...args, '--out', 'a', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ records: 16, counts: { normal: 12, af: 4 }, type: 'float16' });
    const batch = await new Synthesizer({
      preset: 'clinical',
      fsHz: 250,
      seconds: 10,
      seed: 0,
      unit: 'mV',
      type: 'float16',
      noise: { wander: { snrDb: 6 } },
    }).batch({ classes: ['normal', 'normal', 'af', 'normal'], start: 14, count: 2 });
    const last = await readNpy(join(cwd, 'a', 'replica-2', 'val', '00000', 'signals.npy'));
    expect(last).toEqual({ type: 'float16', shape: [2, 2500], data: batch.signals });
    const manifest = JSON.parse(await readFile(join(cwd, 'a', 'manifest.json'), 'utf8'));
    expect(manifest.request).toMatchObject({ preset: 'custom', split: { train: 0.75, val: 0.25 } });
    expect(manifest.spec).toEqual(presets.clinical);
  });
});
