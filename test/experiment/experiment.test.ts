// Complete experiments on a few records: interrupted and resumed, with parallel jobs, extended, and refused.

import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { PqrstError } from '#lib/base/errors.js';
import { holdFolder } from '#lib/base/folder-lock.js';
import type { ExperimentConfigInput } from '#lib/experiment/config.js';
import type { ExperimentEvent } from '#lib/experiment/events.js';
import { runExperiment } from '#lib/experiment/experiment.js';
import { evaluate } from '#lib/run/evaluate.js';
import { exportRun } from '#lib/run/run-export.js';
import { readCheckpoint } from '#lib/train/checkpoint.js';
import { mainScript, spawnCli } from '../cli/run-cli.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { sharedFolder } from '../helpers/shared-folder.js';

const tiny = {
  tasks: ['af'],
  // Building its graphs takes a tenth of the time of the other architectures.
  archs: ['lstm'],
  archOptions: { lstm: { chunkSamples: 50, layers: 1, units: 16 } },
  fsHz: 50,
  seconds: 2,
  runs: 1,
  batch: 8,
  epochs: 3,
  validateEvery: 1,
  syntheticCount: 32,
  positives: [3],
  search: { trials: 2, epochs: 2 },
  seed: 5,
} satisfies Omit<ExperimentConfigInput, 'data'>;

describe('an experiment', () => {
  const home = sharedFolder();
  let config: ExperimentConfigInput;
  let out = '';
  const events: ExperimentEvent[] = [];
  beforeAll(async () => {
    const folder = await home();
    config = { ...tiny, data: await ownRecords(join(folder, 'records')) };
    out = join(folder, 'undisturbed');
    await runExperiment(config, { out, threads: 1, onEvent: (event) => events.push(event) });
  });
  const bytesOf = (folder: string) => readFile(join(folder, 'results.parquet'));

  it('writes one row per run and reports its progress', async () => {
    const file = await asyncBufferFromFile(join(out, 'results.parquet'));
    const rows = await parquetReadObjects({ file });
    const cells = rows.map(({ setting, positives, pair, test }) => `${setting} ${positives} ${pair} ${test}`);
    expect(cells).toEqual(
      ['real null', 'syn null', 'syn-real null', 'real 3', 'syn-real 3'].map((cell) => `${cell} 2 held-back`),
    );
    for (const row of rows) {
      expect(row).toMatchObject({ task: 'af', arch: 'lstm', seed: 5n, testPositives: 4 });
      expect(row.auprc).toBeGreaterThan(0);
    }
    const { trainPositives, trainWindows } = rows.find(({ positives }) => positives === 3)!;
    expect(trainPositives).toBe(3);
    expect(trainWindows).toBe(Number(rows[0]!.trainWindows) - Number(rows[0]!.trainPositives) + 3);
    const kinds = events.map(({ kind }) => kind);
    expect(events.find(({ kind }) => kind === 'plan')).toEqual({ kind: 'plan', searches: 3, runs: 5 });
    expect(kinds.filter((kind) => kind === 'trial')).toHaveLength(6);
    expect(kinds.filter((kind) => kind === 'run')).toHaveLength(5);
    const stages = kinds.filter((kind, at) => kind !== kinds[at - 1]);
    expect(stages.slice(0, 4)).toEqual(['loading', 'data', 'engine', 'plan']);
    expect(stages.slice(-3)).toEqual(['run', 'judging', 'report']);
    expect(events.findLast(({ kind }) => kind === 'judging')).toMatchObject({ done: 5, total: 5 });
  });

  it('writes run folders, tables and a report', async () => {
    const run = join(out, 'runs/af/lstm/syn-real/all/pair-2');
    expect((await readdir(run)).sort()).toEqual([
      'checkpoint.bin',
      'curve.csv',
      'metrics.json',
      'predictions.csv',
    ]);
    const { schema, config, labels, origin, data, phases, version } = JSON.parse(
      await readFile(join(run, 'metrics.json'), 'utf8'),
    );
    expect(config).toMatchObject({ arch: 'lstm', setting: 'syn-real', task: 'af', fsHz: 50 });
    expect(origin).toMatchObject({ pair: 2, positives: null, from: 'runs/af/lstm/syn/all/pair-2' });
    expect({ schema, labels, data }).toMatchObject({
      schema: 1,
      labels: ['normal', 'af'],
      data: { fsHz: 50 },
    });
    expect(phases).toMatchObject([{ phase: 'finetune', epochs: 3 }]);
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(await readFile(join(out, 'tables.md'), 'utf8')).toMatch(/lstm/i);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toMatch(/^<!doctype html>.*<\/html>\n$/s);
  });

  it('trains models that pqrst export and pqrst evaluate accept, with the same predictions', async () => {
    const run = join(out, 'runs/af/lstm/real/all/pair-2');
    const model = join(await temporaryFolder(), 'model.onnx');
    await exportRun({ run, out: model });
    const { rows } = await evaluate({ modelPath: model, data: `${config.data}` });
    const predictions = (await readFile(join(run, 'predictions.csv'), 'utf8')).trim().split('\n').slice(1);
    expect(predictions.length).toBeGreaterThan(5);
    for (const line of predictions) {
      const [, recordName, , startS, label, logit, probability] = line.split(',');
      const row = rows.find((one) => one.recordName === recordName && one.startS === Number(startS))!;
      expect(row.label).toBe(Number(label));
      expect(row.probabilities[1]).toBeCloseTo(Number(probability), 4);
      expect(row.logits[0]).toBeCloseTo(Number(logit), 3);
    }
    const half = join(await temporaryFolder(), 'half.onnx');
    const judged = await exportRun({ run, out: half, precision: 'float16', data: `${config.data}` });
    const { metrics } = await evaluate({ modelPath: model, data: `${config.data}` });
    expect(judged.comparison).toMatchObject({ windows: rows.length, float32Auprc: metrics.auprc });
    expect((await stat(half)).size).toBe(judged.report.sizeBytes);
  });

  it('gives the same bytes after it was killed twice and resumed', async () => {
    const folder = await temporaryFolder();
    const again = join(folder, 'killed');
    await writeFile(join(folder, 'exp.json'), JSON.stringify(config));
    const args = ['experiment', '--config', 'exp.json', '--out', again, '--jobs', '2', '--threads', '2'];
    // The first kill is in the second trial of a search, the second one between runs.
    for (const sign of [/trial 1 of 2/, /pair 2: held-back/]) {
      expect(await killedAt(args, folder, sign)).toBe('SIGKILL');
      await expect(stat(join(again, 'results.parquet'))).rejects.toThrow('ENOENT');
    }
    const { code, stdout, stderr } = await spawnCli(args, { cwd: folder });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/af, lstm, held-back: F1 .* real, .* syn-real/);
    expect((await bytesOf(again)).equals(await bytesOf(out))).toBe(true);
    const left = (await readdir(again, { recursive: true })).filter((name) => /trial-.*\.bin$/.test(name));
    expect(left.map((name) => name.split('/')[3])).toEqual(
      expect.arrayContaining(['real', 'syn', 'syn-real']),
    );
    expect(left).toHaveLength(3);
    const { current, best } = await readCheckpoint(join(again, left[0]!));
    expect([current.size, best.size > 0]).toEqual([0, true]);
  });

  it('gives the same bytes after a signal or an error of the listener stopped it at each stage', async () => {
    const again = join(await temporaryFolder(), 'stopped');
    let validations = 0;
    let stopped = '';
    const isFourth = (event: ExperimentEvent) => {
      if (event.kind !== 'training' || !event.folder.startsWith('runs')) return false;
      stopped = event.folder;
      return event.event.kind === 'validation' && ++validations === 4;
    };
    const stages: ((event: ExperimentEvent) => boolean)[] = [
      ...(['loading', 'data', 'engine', 'plan', 'training', 'trial', 'search'] as const).map(
        (kind) => (event: ExperimentEvent) => event.kind === kind,
      ),
      isFourth,
    ];
    for (const [at, isStage] of stages.entries()) {
      const stop = new AbortController();
      const reason = new Error(`enough at ${at}`);
      const onEvent = (event: ExperimentEvent) => {
        if (stop.signal.aborted || !isStage(event)) return;
        if (at % 2 === 0) throw reason;
        stop.abort(reason);
      };
      await expect(runExperiment(config, { out: again, signal: stop.signal, onEvent })).rejects.toBe(reason);
      await expect(stat(join(again, 'held'))).rejects.toThrow('ENOENT');
    }
    const seen: number[] = [];
    const stop = new AbortController();
    const reason = new Error('enough of judging');
    const judged = runExperiment(config, {
      out: again,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'judging') stop.abort(reason);
        if (event.kind !== 'training' || event.folder !== stopped) return;
        if (event.event.kind === 'step') seen.push(event.event.epoch);
      },
    });
    await expect(judged).rejects.toBe(reason);
    expect(seen[0]).toBeGreaterThan(0);
    await runExperiment(config, { out: again });
    expect((await bytesOf(again)).equals(await bytesOf(out))).toBe(true);
  });

  it('resumes a run that was interrupted before it wrote its results', async () => {
    const again = join(await temporaryFolder(), 'almost');
    await cp(out, again, { recursive: true });
    for (const run of ['syn/all', 'real/3']) {
      for (const name of ['predictions.csv', 'curve.csv', 'metrics.json']) {
        await rm(join(again, 'runs/af/lstm', run, 'pair-2', name));
      }
    }
    // A folder cannot be replaced by a file, so the write fails as on a full disk.
    await rm(join(again, 'results.parquet'));
    await mkdir(join(again, 'results.parquet'));
    const kinds: string[] = [];
    const options = { out: again, onEvent: ({ kind }: ExperimentEvent) => kinds.push(kind) };
    expect(await errorOf(runExperiment(config, options))).toMatch(/^ERR_WRITE: could not write .*results/);
    await rm(join(again, 'results.parquet'), { recursive: true });
    await runExperiment(config, options);
    expect(kinds).not.toContain('training');
    expect((await bytesOf(again)).equals(await bytesOf(out))).toBe(true);
  });

  it('refuses damaged files of a run', async () => {
    const again = join(await temporaryFolder(), 'damaged');
    await cp(out, again, { recursive: true });
    const run = join(again, 'runs/af/lstm/real/3/pair-2');
    const cut = async (name: string) => {
      const bytes = await readFile(join(run, name));
      await writeFile(join(run, name), bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length - 2) + 1));
    };
    const refused = () => errorOf(runExperiment(config, { out: again }));
    await cut('curve.csv');
    await cut('predictions.csv');
    expect(await refused()).toMatch(
      /^ERR_CHECKPOINT: .*predictions\.csv holds 7 windows of held-back, not 8; delete/,
    );
    await rm(join(run, 'predictions.csv'));
    expect(await refused()).toMatch(
      /^ERR_CHECKPOINT: .*predictions\.csv cannot be read: there is no such file.*; delete/,
    );
    await cut('metrics.json');
    expect(await refused()).toMatch(/^ERR_CHECKPOINT: .*metrics\.json is damaged \(.*\); delete it/);
    const whole = JSON.parse(await readFile(join(out, 'runs/af/lstm/real/3/pair-2/metrics.json'), 'utf8'));
    await writeFile(join(run, 'metrics.json'), JSON.stringify({ ...whole, schema: undefined }));
    expect(await refused()).toMatch(/^ERR_CHECKPOINT: .*metrics\.json is of an earlier run format/);
    await rm(join(run, 'metrics.json'));
    const checkpoint = join(run, 'checkpoint.bin');
    const { best } = await readCheckpoint(checkpoint);
    const bytes = await readFile(checkpoint);
    await writeFile(checkpoint, bytes.subarray(0, bytes.length - 4));
    expect(await refused()).toMatch(/^ERR_CHECKPOINT: .*checkpoint\.bin is damaged: .*; delete it and train/);
    await rm(checkpoint);
    await runExperiment(config, { out: again });
    expect((await bytesOf(again)).equals(await bytesOf(out))).toBe(true);
    expect((await readCheckpoint(checkpoint)).best).toEqual(best);
    const curve = await readFile(join(run, 'curve.csv'), 'utf8');
    expect(curve.trim().split('\n')).toHaveLength(4);
  });

  it('allows one process at a time in its folder, and ignores the lock of a killed process', async () => {
    const folder = await temporaryFolder();
    const held = join(folder, 'held');
    await writeFile(held, `${process.ppid} ${hostname()}\n`);
    expect(await errorOf(runExperiment(config, { out: folder }))).toMatch(
      new RegExp(`^ERR_WRITE: process ${process.ppid} is at work in .*or delete`),
    );
    expect(await readdir(folder)).toEqual(['held']);
    // A number that no process can have.
    await writeFile(held, `${2 ** 22 + 1} ${hostname()}`);
    await (await holdFolder(folder))();
    expect(await readdir(folder)).toEqual([]);
    expect(await readdir(out)).not.toContain('held');
  });

  it('computes added cells and keeps the finished ones', async () => {
    const again = join(await temporaryFolder(), 'grown');
    await cp(out, again, { recursive: true });
    const events: ExperimentEvent[] = [];
    await runExperiment(
      { ...config, positives: [3, 6] },
      { out: again, onEvent: (event) => events.push(event) },
    );
    const runs = events.filter((event) => event.kind === 'run');
    expect(runs.filter(({ earlier }) => earlier)).toHaveLength(5);
    expect(runs.filter(({ earlier }) => !earlier).map(({ key }) => key.positives)).toEqual([6, 6]);
  });

  it('refuses a folder of another experiment, other files and changed records', async () => {
    const other = runExperiment({ ...config, epochs: 5 }, { out });
    expect(await errorOf(other)).toMatch(/^ERR_OPTION: .* with epochs 3, not 5; give the same/);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'letter.txt'), 'dear');
    expect(await errorOf(runExperiment(config, { out: folder }))).toMatch(/^ERR_WRITE: .*holds letter.txt/);
    expect(await errorOf(runExperiment(config, { out, jobs: 3, threads: 2 }))).toMatch(/^ERR_RANGE: 3 jobs/);
    const records = join(folder, 'records');
    const copy = join(folder, 'copy');
    await cp(out, copy, { recursive: true });
    await rm(join(copy, 'cache'), { recursive: true });
    const { experiment } = { experiment: JSON.parse(await readFile(join(copy, 'experiment.json'), 'utf8')) };
    const data = await ownRecords(records, { seed: 77 });
    await writeFile(
      join(copy, 'experiment.json'),
      JSON.stringify({ ...experiment, config: { ...experiment.config, data: [data] } }),
    );
    expect(await errorOf(runExperiment({ ...config, data }, { out: copy }))).toMatch(
      /^ERR_CHECKPOINT: the records have changed/,
    );
  });
});

describe('an experiment on other tasks', () => {
  it('filters real and synthetic windows alike', async () => {
    const folder = await temporaryFolder();
    const data = await ownRecords(join(folder, 'records'));
    const base = { ...tiny, data, search: { trials: 0 }, positives: [], epochs: 1 };
    const out = join(folder, 'out');
    const { rows, report } = await runExperiment({ ...base, filter: '1-20' }, { out });
    expect(rows).toHaveLength(3);
    for (const setting of ['real', 'syn', 'syn-real']) {
      const run = join(out, `runs/af/lstm/${setting}/all/pair-2`);
      expect(JSON.parse(await readFile(join(run, 'metrics.json'), 'utf8')).config.filter).toBe('1-20');
      const { report: file } = await exportRun({
        run,
        out: join(folder, 'a.onnx'),
        withPreprocessing: true,
        data,
      });
      expect(file.maxDifference).toBeLessThan(1e-4);
    }
    expect(await readFile(report, 'utf8')).toContain('resampled to 50 Hz and filtered to 1-20 Hz');
    expect(await errorOf(runExperiment({ ...base, filter: '2-20' }, { out }))).toMatch(
      /^ERR_OPTION: .*with filter "1-20", not "2-20"/,
    );
    expect(await errorOf(runExperiment(base, { out }))).toMatch(
      /^ERR_OPTION: .*with filter "1-20", not undefined/,
    );
  });

  it('supports several classes, and labels that the simulator does not make', async () => {
    const folder = await temporaryFolder();
    const data = await ownRecords(join(folder, 'records'), { classes: ['normal', 'af', 'wpw'], count: 72 });
    const base = { ...tiny, data, search: { trials: 0 }, positives: [], runs: 1, epochs: 1 };
    const several = await runExperiment(
      { ...base, tasks: 'normal+af+wpw' },
      { out: join(folder, 'several') },
    );
    expect(several.rows.map(({ setting, f1 }) => [setting, f1 >= 0 && f1 <= 1])).toEqual([
      ['real', true],
      ['syn', true],
      ['syn-real', true],
    ]);
    const labels = (await readFile(join(folder, 'records/labels.csv'), 'utf8')).replaceAll(',wpw,', ',LVH,');
    await writeFile(join(folder, 'records/labels.csv'), labels);
    const pair = { ...base, tasks: 'LVH:normal', settings: ['real' as const] };
    const { rows, summary } = await runExperiment(pair, { out: join(folder, 'pair') });
    expect(rows.map(({ task, setting }) => `${task} ${setting}`)).toEqual(['LVH:normal real']);
    expect(summary.comparisons).toEqual([]);
  });
});

describe('a run that diverges', () => {
  it('has no scores and no model, and neither has a run that starts from it', async () => {
    const folder = await temporaryFolder();
    const data = await ownRecords(join(folder, 'records'));
    const out = join(folder, 'out');
    const { rows, summary } = await runExperiment(
      { ...tiny, data, search: { trials: 0 }, positives: [], epochs: 2 },
      {
        out,
        // The trainer writes the checkpoint before it reports the validation, so a checkpoint exists.
        onEvent: (event) => {
          if (event.kind !== 'training' || !event.folder.includes('syn/all')) return;
          if (event.event.kind === 'validation') throw new PqrstError('ERR_DIVERGED', 'the loss became NaN');
        },
      },
    );
    expect(rows.map(({ setting, f1, epochs }) => [setting, Number.isNaN(f1), epochs])).toEqual([
      ['real', false, 2],
      ['syn', true, 0],
      ['syn-real', true, 0],
    ]);
    expect(summary.warnings.join()).toMatch(
      /some runs ended without a model \(lstm .* 0 of 1; lstm .* 0 of 1\)/,
    );
    for (const setting of ['syn', 'syn-real']) {
      const files = await readdir(join(out, 'runs/af/lstm', setting, 'all/pair-2'));
      expect(files.sort()).toEqual(['curve.csv', 'metrics.json', 'predictions.csv']);
    }
  });
});

/** Runs the command line and kills it when stderr contains `sign`. Returns the signal that ended the process. */
function killedAt(args: readonly string[], cwd: string, sign: RegExp): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [mainScript, ...args], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      if (sign.test(stderr)) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (_, signal) => resolve(signal));
  });
}
