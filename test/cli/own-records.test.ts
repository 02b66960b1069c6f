// The first hour with own records: a folder of WFDB files and a table of labels, from `pqrst data` to an evaluated model.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

const tiny = [
  '--fs',
  '50',
  '--seconds',
  '2',
  '--synthetic-count',
  '12',
  '--batch',
  '4',
  '--epochs',
  '1',
].concat(...[['--arch', 'lstm', '--arch-option', 'units=16', '--arch-option', 'layers=1']]);

let cwd = '';
/** Writes the table: record n has the n-th label of its class, in turn. */
async function label(normal: readonly string[], other: readonly string[]): Promise<void> {
  const rows = Array.from({ length: 24 }, (_, n) => {
    const words = n % 2 === 0 ? normal : other;
    return `00000/r${String(n).padStart(7, '0')},${words[Math.floor(n / 2) % words.length]},p${n}`;
  });
  await writeFile(join(cwd, 'mine/labels.csv'), `record,label,patient\n${rows.join('\n')}\n`);
}
const run = async (...args: string[]) => {
  const outcome = await runCli(args, { cwd });
  return { ...outcome, all: `${outcome.stdout}${outcome.stderr}` };
};

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pqrst-own-'));
  const synth = ['synth', '--classes', 'normal,af', '--count', '24', '--fs', '100', '--seconds', '4'];
  expect((await run(...synth, '--seed', '8', '--out', 'mine')).code).toBe(0);
  // Without the manifest, the folder is one of a user's own records.
  await rm(join(cwd, 'mine/manifest.json'));
});

afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('own records with labels of many spellings', () => {
  beforeAll(() =>
    label(
      ['NORM', 'SR', 'N', 'Normal', '426783006', 'sinus rhythm'],
      ['AF', 'AFIB', 'afib', 'A-Fib', '164889003', 'Atrial fibrillation'],
    ),
  );

  it('are shown with their classes, their unit and how to override a reading', async () => {
    const { code, stdout } = await run('data', 'mine', '--fs', '50', '--seconds', '2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^normal +12 +12 +24$/m);
    expect(stdout).toMatch(/^af +12 +12 +24$/m);
    expect(stdout).toMatch(/^unit +mV$/m);
    expect(stdout).toContain('label SR: read as normal; override with --map SR=CLASS\n');
    expect(stdout).toContain(
      'label Atrial fibrillation: read as af; override with --map "Atrial fibrillation=CLASS"\n',
    );
    expect(stdout).toContain('(--map LABEL=LABEL keeps a label as it is, without a class)');
    expect(stdout).toMatch(/^af +12 +12 +24 +12 +12 +24 +can be split by patients$/m);
  });

  it('follow --map, repeated or as a list, and name a label that no record has', async () => {
    const map = ['--map', 'SR=SR,N=lvh', '--map', 'XR=af'];
    const { code, stdout } = await run('data', 'mine', '--fs', '50', '--seconds', '2', ...map);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^normal +8 +8 +16$/m);
    expect(stdout).toMatch(/^lvh +2 +2 +4$/m);
    expect(stdout).toContain('label SR: kept as it is, as --map says\n');
    expect(stdout).toContain('label N: read as lvh, as --map says\n');
    expect(stdout).toContain('note: no record has the label XR, which --map names');
  });

  it.each([
    [['--map', 'SR'], '--map takes LABEL=CLASS'],
    [['--map', 'SR=normal', '--map', 'SR=af'], 'names the label "SR" twice'],
    [['--map', 'X=afib'], 'the label "X" as "afib", which is not a class; did you mean "af"?; write X=X'],
  ])('are not read with %j', async (map, message) => {
    expect(await run('data', 'mine', ...map)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message),
    });
  });

  it('train by the labels of the table, on synthetic records of the same classes, and agree when evaluated', async () => {
    const train = ['train', '--task', 'AF:SR', '--setting', 'syn-real', '--data', 'folder:mine', ...tiny];
    const trained = await run(...train, '--map', 'N=normal,Normal=normal', '--out', 'run');
    expect(trained).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/pretrain: \d+ steps?, 1 epoch, /),
    });
    expect(trained.stderr).toContain('note: labels are read as classes: NORM as normal, AF as af,');
    const metrics = JSON.parse(await readFile(join(cwd, 'run/metrics.json'), 'utf8'));
    expect([metrics.labels, metrics.config.labelMap]).toEqual([
      ['SR', 'AF'],
      { N: 'normal', Normal: 'normal' },
    ]);
    const sides = ['train', 'val', 'test'].map((side) => metrics.split[side].windows);
    expect(sides.reduce((sum, windows) => sum + windows, 0)).toBe(48);
    const info = await run('info', '--model', 'run/model.onnx', '--json');
    expect(JSON.parse(info.stdout).metadata['pqrst.labelMap']).toBe('{"N":"normal","Normal":"normal"}');
    const evaluated = await run('evaluate', '--model', 'run/model.onnx', '--data', 'folder:mine', '--json');
    expect(JSON.parse(evaluated.stdout)).toMatchObject({
      task: 'AF:SR',
      metrics: { windows: 48, positives: 24 },
    });
    const other = await run(
      'evaluate',
      '--model',
      'run/model.onnx',
      '--data',
      'folder:mine',
      '--map',
      'N=lvh',
    );
    expect(other.stdout).toContain('44 windows of 22 patients, 24 with AF');
    expect(other.stderr).toContain('states --map N=normal, Normal=normal; the given N=lvh is used instead');
    const data = ['--data', 'folder:mine'];
    const exported = await run('export', 'run', '--precision', 'float16', ...data, '--out', 'half.onnx');
    expect(exported.stdout).toContain('AUPRC on folder:mine (48 windows, 24 positive)');
    const again = await run(...train, '--out', 'run', '--resume');
    expect(again.stderr).toMatch(/belongs to a run with labelMap \{"N":"normal",.*\}, not undefined/);
    expect(
      (await run(...train, '--map', 'N=normal', '--map', 'Normal=normal', '--out', 'run', '--resume')).code,
    ).toBe(0);
  });
});

describe('own records of a rhythm that the simulator lacks', () => {
  beforeAll(() => label(['SR'], ['JUNC']));

  it('train after a pre-training on its classes, which the message proposes', async () => {
    const train = ['train', '--task', 'JUNC:SR', '--data', 'folder:mine', ...tiny, '--out', 'junctional'];
    const refused = await run(...train);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('(--pretrain normal+af+pvc)') });
    const trained = await run(...train, '--pretrain', 'normal+af+pvc');
    expect(trained).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/JUNC:SR, syn-real.*finetune: /s),
    });
    const { code, stdout } = await run(
      'evaluate',
      '--model',
      'junctional/model.onnx',
      '--data',
      'folder:mine',
    );
    expect([code, stdout]).toEqual([0, expect.stringContaining('48 windows of 24 patients, 24 with JUNC')]);
  });

  it('compare the settings in an experiment with a map', async () => {
    const { code, stdout, stderr } = await run(
      ...['experiment', '--task', 'JUNC:SR', '--data', 'folder:mine', '--map', 'JUNC=af', '--out', 'exp'],
      ...['--fs', '50', '--seconds', '2', '--synthetic-count', '8', '--batch', '4', '--epochs', '1'],
      ...['--arch', 'lstm', '--settings', 'real,syn', '--trials', '0', '--runs', '1'],
    );
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('labels are read as classes: SR as normal, JUNC as af;'),
    ]);
    expect(stdout).toContain('the report is');
  });
});

describe('own records with numbers as labels', () => {
  beforeAll(() => label(['0'], ['1']));

  it('get an example of a task', async () => {
    const { stdout } = await run('data', 'mine', '--fs', '50', '--seconds', '2');
    expect(stdout).toContain(
      'no shipped class occurs; use labels of the data set as a task, POSITIVE:NEGATIVE or LABEL:rest, such as --task 1:0',
    );
  });
});

describe('what a newcomer types', () => {
  it('names the preset that makes a class, and the class that a synonym means', async () => {
    const synth = ['synth', '--count', '2', '--out', 'x', '--preset', 'paper', '--classes'];
    expect(await run(...synth, 'vt')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not "vt"; choose --preset physiological, which makes it'),
    });
    expect((await run(...synth, 'AFIB')).stderr).toContain('unknown class "AFIB"; did you mean "af"?');
    const task = await run('train', '--task', 'afib', '--setting', 'syn', '--out', 'x');
    expect(task).toMatchObject({ code: 2, stderr: expect.stringContaining('; did you mean "af"?') });
    expect(task.stderr).not.toContain('aflt');
  });

  it('hears that a map has no effect on labels that the data set defines', async () => {
    const synth = ['synth', '--classes', 'normal,af', '--count', '4', '--format', 'npy', '--out', 'corpus'];
    expect((await run(...synth)).code).toBe(0);
    const { code, stdout } = await run('data', 'corpus:corpus', '--map', 'AF=af');
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining(
        'note: --map has no effect on the labels of corpus:, which the data set defines',
      ),
    ]);
  });

  it('gets exit code 1 for a folder without records', async () => {
    const empty = await temporaryFolder();
    const { code, stdout } = await run('data', `mitdb:${empty}`);
    expect([code, stdout]).toEqual([1, expect.stringContaining('the folder has no record of this kind')]);
  });

  it('hears that all positive test windows are of one patient', async () => {
    await label(['SR'], ['AF']);
    const table = join(cwd, 'mine/labels.csv');
    await writeFile(table, (await readFile(table, 'utf8')).replace(/AF,p\d+/g, 'AF,p1'));
    const train = [
      'train',
      '--task',
      'af',
      '--setting',
      'real',
      '--data',
      'folder:mine',
      ...tiny,
      '--split',
      'random',
    ];
    const { code, stderr } = await run(...train, '--out', 'one');
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/note: all \d+ test windows of af are of one patient \(p1\);/),
    ]);
  });
});
