// `pqrst synth`: what stands in the folder is what the synthesizer made, or nothing stands there.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Synthesizer, toWfdbAnnotations } from '#lib/index.js';
import { openDataset } from '#lib/records/dataset.js';
import { readNpy } from '#lib/records/npy.js';
import { readAnnotations, readRecord } from '#lib/records/wfdb/read.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

describe('pqrst synth --format wfdb', () => {
  it('writes records, annotations, labels and a manifest that read back as they were made', async () => {
    const cwd = await temporaryFolder();
    const args = ['synth', '--classes', 'normal,pvc', '--count', '5', '--seed', '7', '--start', '3'];
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
      const record = await readRecord(join(folder, name));
      expect(record).toMatchObject({ name, fsHz: 250, leads: ['II'] });
      const made = batch.signals.subarray(k * 2500, (k + 1) * 2500);
      for (const [at, mv] of record.signalsMv[0]!.entries()) {
        expect(Math.abs(mv - made[at]!)).toBeLessThanOrEqual(0.000501);
      }
      const annotations = await readAnnotations(join(folder, name), 'atr');
      expect(annotations).toEqual(toWfdbAnnotations(batch.annotations!.record(k), 250));
    }
    const labels = await readFile(join(folder, 'labels.csv'), 'utf8');
    expect(labels.split('\n').slice(0, 3)).toEqual([
      'record,label,patient',
      'r0000003,pvc,r0000003',
      'r0000004,normal,r0000004',
    ]);
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
    expect(manifest.request).toMatchObject({ seed: 7, start: 3, preset: 'paper' });
    expect(manifest.spec).toEqual(synthesizer.spec);
    const set = await openDataset(`folder:${folder}`, { fsHz: 250, seconds: 10 });
    expect(set.windows.map(({ classes }) => classes[0])).toEqual(['pvc', 'normal', 'pvc', 'normal', 'pvc']);
  });

  it('refuses a folder that holds something, and leaves it as it was', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'records'));
    await writeFile(join(cwd, 'records', 'mine.txt'), 'mine');
    const { code, stderr } = await runCli(['synth', '--count', '2', '--out', 'records'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/records is not empty \(it holds mine.txt\).*\[ERR_WRITE\]/);
    expect(await readdir(join(cwd, 'records'))).toEqual(['mine.txt']);
    expect(await readdir(cwd)).toEqual(['records']);
  });

  it('takes an empty folder, and refuses a path through a file', async () => {
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'records'));
    expect((await runCli(['synth', '--count', '1', '--out', 'records'], { cwd })).code).toBe(0);
    const through = await runCli(['synth', '--count', '1', '--out', 'records/labels.csv/x'], { cwd });
    expect(through.code).toBe(1);
    expect(through.stderr).toContain('[ERR_WRITE]');
  });

  it('leaves nothing behind where it is interrupted', async () => {
    const cwd = await temporaryFolder();
    const { code, stderr } = await runCli(['synth', '--count', '100000', '--out', 'records'], {
      cwd,
      onStderr: (text, kill) => {
        if (/^synth: .*\n$/.test(text)) kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('[ERR_INTERRUPTED]');
    expect(await readdir(cwd)).toEqual([]);
  });

  // A limit on the size of a file fails a write in the middle of the work, as a full disk does.
  it.skipIf(process.platform === 'win32')('leaves nothing behind where a write fails', async () => {
    const cwd = await temporaryFolder();
    const args = ['synth', '--count', '200', '--format', 'npy', '--out', 'records'];
    const { code, stderr } = await runCli(args, { cwd, before: 'ulimit -f 1000' });
    expect(stderr).toContain('[ERR_WRITE]');
    expect(code).toBe(1);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('pqrst synth --format npy', () => {
  it('writes the arrays that the synthesizer makes, and a row a beat', async () => {
    const cwd = await temporaryFolder();
    const args = [
      'synth',
      '--count',
      '7',
      '--format',
      'npy',
      '--unit',
      'zscore',
      '--fs',
      '100',
      '--out',
      'a',
    ];
    expect((await runCli(args, { cwd })).code).toBe(0);
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 100, seconds: 10, seed: 0 });
    const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'] as const;
    const batch = await synthesizer.batch({ classes: [...classes], count: 7, annotations: true });
    const signals = await readNpy(join(cwd, 'a', 'signals.npy'));
    expect(signals.shape).toEqual([7, 1000]);
    expect(signals.data).toEqual(batch.signals);
    expect((await readNpy(join(cwd, 'a', 'labels.npy'))).data).toEqual(batch.labels);
    const beats = (await readFile(join(cwd, 'a', 'beats.csv'), 'utf8')).trimEnd().split('\n');
    const made = Array.from({ length: 7 }, (_, k) => batch.annotations!.record(k).beats.length);
    expect(beats.length - 1).toBe(made.reduce((sum, count) => sum + count, 0));
    const first = batch.annotations!.record(0).beats[0]!;
    expect(beats[1]!.split(',')[6]).toBe(first.qrs.peakS.toFixed(6));
  });
});
