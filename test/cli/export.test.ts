// `pqrst export` on a tiny run: the file, the printed results and invalid arguments.

import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './run-cli.js';

const tiny = ['--fs', '50', '--seconds', '2', '--synthetic-count', '8', '--batch', '4', '--epochs', '1'];

describe('export', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'pqrst-export-'));
    const synth = ['synth', '--classes', 'normal,af', '--count', '6', '--fs', '100', '--seconds', '4'];
    expect((await runCli([...synth, '--out', 'records'], { cwd })).code).toBe(0);
    const training = ['train', '--task', 'af', '--setting', 'syn', '--arch', 'lstm', ...tiny, '--out', 'run'];
    expect((await runCli(training, { cwd })).code).toBe(0);
  });
  afterAll(() => rm(cwd, { recursive: true, force: true }));

  it('writes an int8 model and evaluates both files on the same windows', async () => {
    const args = [
      'export',
      'run',
      '--precision',
      'int8',
      '--out',
      'small/int8.onnx',
      '--data',
      'folder:records',
    ];
    const { code, stdout } = await runCli([...args, '--json'], { cwd });
    expect(code).toBe(0);
    const facts = JSON.parse(stdout);
    const { size } = await stat(join(cwd, 'small', 'int8.onnx'));
    expect(facts).toMatchObject({
      path: 'small/int8.onnx',
      precision: 'int8',
      sizeBytes: size,
      comparison: { source: 'folder:records', windows: 12, positives: 6 },
    });
    expect(size).toBeLessThan(0.4 * (await stat(join(cwd, 'run', 'model.onnx'))).size);
    expect(facts.maxProbabilityDifference).toBeLessThan(0.05);
    expect(facts.comparison.auprc.value).toBeGreaterThan(0);
    const { stdout: info } = await runCli(['info', '--model', 'small/int8.onnx', '--json'], { cwd });
    expect(JSON.parse(info).metadata).toMatchObject({
      ...{ 'pqrst.precision': 'int8', 'pqrst.task': 'af', 'pqrst.fsHz': '50' },
    });
  });

  it('writes the float32 model of the run again', async () => {
    const { code, stdout } = await runCli(['export', 'run', '--out', 'again.onnx'], { cwd });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^again\.onnx: float32, \d+ bytes\nagainst the network on \d+ windows: logits/,
      ),
    });
    const [again, model] = [join(cwd, 'again.onnx'), join(cwd, 'run', 'model.onnx')];
    expect((await readFile(again)).equals(await readFile(model))).toBe(true);
  });

  it('writes a file with preprocessing, which takes the raw records', async () => {
    const args = ['export', 'run', '--with-preprocessing', '--out', 'raw.onnx', '--data', 'folder:records'];
    const { code, stdout } = await runCli(args, { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^raw\.onnx: float32 with preprocessing, \d+ bytes/);
    const info = await runCli(['info', '--model', 'raw.onnx'], { cwd });
    expect(info.stdout).toMatch(/^pqrst\.scaling +none$/m);
    expect(info.stdout).toMatch(/^pqrst\.preprocessing +zscore$/m);
    const judged = await runCli(['evaluate', '--model', 'raw.onnx', '--data', 'folder:records'], { cwd });
    const plain = await runCli(['evaluate', '--model', 'run/model.onnx', '--data', 'folder:records'], {
      cwd,
    });
    expect([judged.code, judged.stdout]).toEqual([0, plain.stdout]);
  });

  it.each([
    [['nowhere', '--out', 'x.onnx'], 1, 'trained to its end [ERR_NOT_FOUND]'],
    [
      ['run', '--out', 'run/model.onnx'],
      2,
      'is a file of the run itself; choose another file to write [ERR_OPTION]',
    ],
    [['run', '--precision', 'int9', '--out', 'x.onnx'], 2, 'did you mean "int8"? [ERR_OPTION]'],
    [['run'], 2, '--out'],
    [['--out', 'x.onnx'], 2, "missing required argument 'run'"],
    [['run', '--out', 'x.onnx', '--data', 'folder:none'], 1, '[ERR_NOT_FOUND]'],
  ])('rejects %j with a message', async (args, code, sentence) => {
    const outcome = await runCli(['export', ...args], { cwd });
    expect(outcome).toMatchObject({ code, stderr: expect.stringContaining(sentence) });
    expect(await readdir(cwd)).not.toContain('x.onnx');
  });
});
