// `pqrst train` and `pqrst evaluate` on tiny runs: the files of a run, the printed results and invalid arguments.

import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { runCli, spawnCli } from './run-cli.js';

const tiny = ['--fs', '50', '--seconds', '2', '--synthetic-count', '8', '--batch', '4', '--epochs', '1'];
const small = ['--arch', 'lstm', '--arch-option', 'units=16'];
const training = ['train', '--task', 'af', '--setting', 'syn', ...tiny, '--seed', '3'];

describe('train, then evaluate', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'pqrst-cli-'));
    const synth = ['synth', '--classes', 'normal,af', '--count', '6', '--fs', '100', '--seconds', '4'];
    expect((await runCli([...synth, '--out', 'records'], { cwd })).code).toBe(0);
    const { code, stdout, stderr } = await runCli([...training, '--out', 'run', '--json'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('train: epoch 1: loss') });
    expect(JSON.parse(stdout)).toMatchObject({ out: 'run', config: { seed: 3 }, test: { on: 'synthetic' } });
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  it('writes a model, scores, and the learning curve as numbers and as a picture', async () => {
    const files = await readdir(join(cwd, 'run'));
    const expected = ['curve.csv', 'learning-curve.svg', 'metrics.json', 'model.onnx', 'predictions.csv'];
    expect(files).toEqual(expect.arrayContaining(expected));
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await readFile(join(cwd, 'run', 'learning-curve.svg'), 'utf8')).toMatch(/^<svg.*validation loss/s);
  });

  it('writes a model that states its inputs and metadata', async () => {
    const { stdout } = await runCli(['info', '--model', 'run/model.onnx', '--json'], { cwd });
    const { inputs, metadata } = JSON.parse(stdout);
    expect(inputs).toMatchObject([{ dtype: 'float32', shape: [expect.any(String), 1, 100] }]);
    expect(metadata).toMatchObject({
      'pqrst.fsHz': '50',
      'pqrst.task': 'af',
      'pqrst.seed': '3',
      'pqrst.classes': 'normal,af',
    });
  });

  it('evaluates a folder of records and writes one CSV row per window', async () => {
    const args = ['evaluate', '--model', 'run/model.onnx', '--data', 'folder:records'];
    const { code, stdout } = await runCli([...args, '--predictions', 'rows.csv', '--json'], { cwd });
    expect(code).toBe(0);
    const { task, metrics } = JSON.parse(stdout);
    expect(task).toBe('af');
    expect(metrics).toMatchObject({ windows: 12, positives: 6, patients: 6 });
    const rows = (await readFile(join(cwd, 'rows.csv'), 'utf8')).trimEnd().split('\n');
    expect(rows).toHaveLength(13);
    const printed = await runCli(args, { cwd });
    expect(printed.stdout).toMatch(/12 windows of 6 patients, 6 with af\n {2}F1 at 0.5 /);
    expect(printed.stdout).toMatch(
      /\n {2}F1 at 0\.\d+ +\d\.\d{3}.* {2}threshold chosen on validation records\n/,
    );
    expect(printed.stdout).toMatch(
      /\n {2}calibration Brier 0\.\d{3}, ECE 0\.\d{3} {2}\(\d+ bins of 1(-2)? windows\)/,
    );
    expect(printed.stdout).not.toContain('corrected');
  });

  it('skips what cannot be read, with reasons and exit code 3; --strict refuses it', async () => {
    const table = await readFile(join(cwd, 'records/labels.csv'), 'utf8');
    const bad = await mkdtemp(join(cwd, 'bad-'));
    await cp(join(cwd, 'records'), bad, { recursive: true });
    await writeFile(join(bad, 'labels.csv'), `${table}gone,af,p\n"broken,af\n`);
    const data = ['--data', `folder:${bad}`];
    const evaluation = ['evaluate', '--model', 'run/model.onnx', ...data];
    const evaluated = await runCli(evaluation, { cwd });
    expect(evaluated.code).toBe(3);
    expect(evaluated.stderr).toMatch(
      /2 records cannot be read and are skipped:\n {2}gone: could not read the header/,
    );
    expect(evaluated.stderr).toContain('the quote of cell 1 is not closed');
    const real = ['train', '--task', 'af', '--setting', 'real', ...small, ...tiny, ...data];
    const trained = await runCli([...real, '--out', 'skipping'], { cwd });
    expect([trained.code, trained.stderr]).toEqual([3, expect.stringContaining('2 records cannot be read')]);
    for (const command of [evaluation, [...real, '--out', 'strict']]) {
      const { code, stderr } = await runCli([...command, '--strict'], { cwd });
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /has 2 records that cannot be read \(gone: .*leave --strict out.*\[ERR_DATA_UNREADABLE\]/,
      );
    }
  });

  it('corrects the probabilities for a prior', async () => {
    const args = ['evaluate', '--model', 'run/model.onnx', '--data', 'folder:records', '--prior'];
    const { stdout } = await runCli([...args, '0.05'], { cwd });
    expect(stdout).toMatch(/\n {2}F1 at 0\.95 .*corrected for the prior/);
    expect(stdout).toMatch(/\n {2}corrected {3}Brier .* \(for the prior 0\.05\)\n/);
    const estimated = await runCli([...args, 'estimate', '--json'], { cwd });
    expect(JSON.parse(estimated.stdout).prior).toMatchObject({ isEstimate: true, trainPrior: 0.5 });
    for (const wrong of ['0', '1', 'rare', '']) {
      const { code, stderr } = await runCli([...args, wrong], { cwd });
      expect({ code, stderr }, wrong).toEqual({
        code: 2,
        stderr: expect.stringMatching(
          /--prior takes a number above 0 and below 1, or estimate, got ".*\[ERR_RANGE\]/,
        ),
      });
    }
  });

  it('trains with schedules, and states on which records the threshold was chosen', async () => {
    const options = ['--schedule', 'one-cycle', '--fine-tune-schedule', 'cosine', '--fine-tune-lr', '0.001'];
    const { code, stdout } = await runCli([...training, ...small, ...options, '--out', 'cycle'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /\n {2}threshold \S+: the highest F1 \(.*\) of 2 SYNTHETIC validation records, 1 of them positive/,
    );
    const { config } = JSON.parse(await readFile(join(cwd, 'cycle', 'metrics.json'), 'utf8'));
    const { schedule, fineTuneSchedule, fineTuneLearningRate } = config;
    expect([schedule, fineTuneSchedule, fineTuneLearningRate]).toEqual(['one-cycle', 'cosine', 0.001]);
    const wrong = await runCli([...training, '--schedule', 'cosin', '--out', 'none'], { cwd });
    expect(wrong.stderr).toMatch(/--schedule cannot be "cosin".*"cosine".*\[ERR_OPTION\]/);
  });

  it('accepts hyper-parameters of the architecture', async () => {
    const options = ['--arch', 'lstm', '--arch-option', 'layers=1', '--arch-option', 'units=16'];
    const { code, stdout } = await runCli([...training, ...options, '--out', 'small', '--json'], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).config.archOptions).toMatchObject({ layers: 1, units: 16, chunkSamples: 50 });
  });

  it('trains and evaluates several classes, with macro scores and a confusion matrix', async () => {
    const task = training.with(2, 'normal+af+aflt');
    const { code, stdout } = await runCli([...task, ...small, '--out', 'three'], { cwd });
    expect(code).toBe(0);
    // A quarter of 8 records, rounded to the same number for each class.
    expect(stdout).toMatch(
      /test on 3 windows of 3 SYNTHETIC records that training never saw: 1 normal, 1 af, 1 aflt/,
    );
    expect(stdout).toMatch(/macro F1 .*\n {2}macro AUPRC .*\n {2}macro AUROC /);
    expect(stdout).toMatch(
      /confusion matrix .*\n {2} +normal +af +aflt\n {2}normal( +\d){3}\n {2}af( +\d){3}\n {2}aflt/,
    );
    const synth = ['synth', '--classes', 'normal,af,aflt', '--count', '6', '--fs', '100', '--seconds', '4'];
    expect((await runCli([...synth, '--out', 'more'], { cwd })).code).toBe(0);
    const args = ['evaluate', '--model', 'three/model.onnx', '--data', 'folder:more'];
    const files = ['--predictions', 'three.csv', '--dump-inputs', 'three.npy'];
    const evaluated = await runCli([...args, ...files, '--json'], { cwd });
    expect(evaluated.code).toBe(0);
    const { labels, metrics, dumpInputs, predictions } = JSON.parse(evaluated.stdout);
    expect([predictions, dumpInputs]).toEqual(['three.csv', 'three.npy']);
    expect((await readNpy(join(cwd, 'three.npy'))).shape).toEqual([12, 1, 100]);
    const same = await runCli([...args, '--dump-inputs', './three/model.onnx'], { cwd });
    expect([same.code, same.stderr]).toEqual([
      2,
      expect.stringContaining(
        '--model and --dump-inputs both name ./three/model.onnx; choose different files',
      ),
    ]);
    expect(labels).toEqual(['normal', 'af', 'aflt']);
    expect(metrics.classes.map(({ windows }: { windows: number }) => windows)).toEqual([4, 4, 4]);
    const [header, ...rows] = (await readFile(join(cwd, 'three.csv'), 'utf8')).trimEnd().split('\n');
    expect(header).toBe(
      'test,recordName,patientId,startS,label,logit_normal,logit_af,logit_aflt,' +
        'probability_normal,probability_af,probability_aflt',
    );
    expect(rows[0]).toMatch(/^folder:more,|^[^,]*more,/);
    expect(rows).toHaveLength(12);
  });

  it('distinguishes any two labels, and rejects impossible tasks', async () => {
    const pair = await runCli([...training.with(2, 'aflt:af'), ...small, '--out', 'pair'], { cwd });
    expect(pair.stdout).toMatch(/test on 2 windows .*, 1 with aflt\n {2}F1 at 0.5 /);
    for (const [task, sentence] of [
      [
        'QWAVE:NORM',
        /the simulator makes .*"QWAVE:NORM" asks for QWAVE; choose the setting real.* \[ERR_OPTION\]/,
      ],
      ['af:', /must be POSITIVE:NEGATIVE, or three or more labels A\+B\+C.*\[ERR_OPTION\]/],
      ['afl', /POSITIVE:NEGATIVE.*did you mean "aflt"\? \[ERR_UNKNOWN_CLASS\]/],
    ] as const) {
      const { code, stderr } = await runCli([...training.with(2, task), '--out', 'none'], { cwd });
      expect({ code, stderr }, task).toEqual({
        code: expect.any(Number),
        stderr: expect.stringMatching(sentence),
      });
      expect(code).not.toBe(0);
    }
  });

  it('refuses to overwrite a run', async () => {
    const { code, stderr } = await runCli([...training, '--out', 'run'], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('[ERR_WRITE]') });
  });

  it('refuses a corrupted checkpoint', async () => {
    const checkpoint = join(cwd, 'run', 'checkpoint.bin');
    const bytes = await readFile(checkpoint);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(checkpoint, bytes);
    const { code, stderr } = await runCli([...training, '--resume', '--out', 'run'], { cwd });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/damaged.*\[ERR_CHECKPOINT\]/),
    });
  });

  it('refuses a file that is not a model, and a truncated model', async () => {
    await writeFile(join(cwd, 'text.onnx'), 'not a model');
    await writeFile(join(cwd, 'cut.onnx'), await readFile(join(cwd, 'run', 'model.onnx')));
    await truncate(join(cwd, 'cut.onnx'), 5000);
    for (const name of ['text.onnx', 'cut.onnx']) {
      const { code, stderr } = await runCli(['evaluate', '--model', name, '--data', 'folder:records'], {
        cwd,
      });
      expect({ code, stderr }, name).toEqual({ code: 1, stderr: expect.stringContaining('[ERR_MODEL]') });
    }
  });

  it('leaves no model after an interruption', async () => {
    const long = training.with(training.indexOf('--epochs') + 1, '100000');
    const { code } = await spawnCli([...long, '--out', 'stopped'], {
      cwd,
      onStderr: (text, kill) => {
        if (/^train: 1\/.*\n$/m.test(text)) kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    const files = await readdir(join(cwd, 'stopped')).catch(() => []);
    expect(files.filter((name) => name !== 'checkpoint.bin')).toEqual([]);
  });
});
