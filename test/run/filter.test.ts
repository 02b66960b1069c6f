// The filter of a run: applied to real and synthetic windows, stated in the model file, applied by evaluations and
// exports, and never applied twice.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { filterWindows } from '#lib/datasets/windows.js';
import { parseConfig, type TrainConfigInput } from '#lib/run/config.js';
import { evaluate } from '#lib/run/evaluate.js';
import { exportRun } from '#lib/run/run-export.js';
import { syntheticSides } from '#lib/run/sides.js';
import { trainRun } from '#lib/run/train-run.js';
import { filterSignal } from '#lib/signal/filter.js';
import { standardize } from '#lib/signal/standardize.js';
import type { WindowSet } from '#lib/signal/window.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { modelEntries } from '../helpers/model-entries.js';
import { ownRecords } from '../helpers/own-records.js';
import { registerTinyArch, windowSet } from '../helpers/tiny-arch.js';

const filter = '0.5-40';
const config: TrainConfigInput = {
  ...{ task: 'af', setting: 'syn-real', arch: 'tiny', fsHz: 100, seconds: 4, seed: 5 },
  ...{ batch: 8, epochs: 2, syntheticCount: 16, learningRate: 5e-3, validateEvery: 1 },
};

let raw: WindowSet;
let filtered: WindowSet;
beforeAll(async () => {
  registerTinyArch();
  raw = await windowSet({ task: 'af', positive: 4, negative: 8 });
  filtered = filterWindows(raw, filter).filtered;
});

describe('a run with a filter', () => {
  it('states the filter in its folder and its model file, and evaluates filtered windows', async () => {
    const out = await temporaryFolder();
    const result = await trainRun({ ...config, filter: '0.50-40' }, { out, data: filtered });
    expect(JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8')).config.filter).toBe(filter);
    const modelPath = join(out, 'model.onnx');
    expect(await modelEntries(modelPath)).toMatchObject({ filter, scaling: 'zscore' });
    const { model, rows } = await evaluate({ modelPath, data: filtered });
    expect([model.filter, rows.length]).toEqual([filter, 36]);
    expect(await errorOf(evaluate({ modelPath, data: raw }))).toMatch(
      /^ERR_OPTION: the windows of test are not filtered, but those of .*model\.onnx are filtered with 0\.5-40; load them with `filter` 0\.5-40/,
    );
    // A run without a filter has no such key, so that its files are the same as ever.
    const plain = await temporaryFolder();
    const unfiltered = await trainRun(config, { out: plain, data: raw });
    expect(unfiltered.config).not.toHaveProperty('filter');
    expect(await modelEntries(join(plain, 'model.onnx'))).not.toHaveProperty('filter');
    expect(unfiltered.curve.map(({ valLoss }) => valLoss)).not.toEqual(
      result.curve.map(({ valLoss }) => valLoss),
    );
    expect(await errorOf(evaluate({ modelPath: join(plain, 'model.onnx'), data: filtered }))).toMatch(
      /^ERR_OPTION: .* are filtered with 0\.5-40, but those of .* are not filtered; load them without `filter`/,
    );
  });

  it('reads named data with the filter of the run and of the model file', async () => {
    const folder = await temporaryFolder();
    const data = await ownRecords(folder);
    const small = { ...config, setting: 'real', fsHz: 50, seconds: 2, filter: '1-20' } as const;
    const out = await temporaryFolder();
    await trainRun(small, { out, data });
    const given = { modelPath: join(out, 'model.onnx'), data };
    const { rows } = await evaluate(given);
    const path = join(out, 'raw.onnx');
    const { report, comparison } = await exportRun({ run: out, out: path, withPreprocessing: true, data });
    expect(report.windows).toBe(16 + 48);
    expect(comparison!.auprc.value).toBeCloseTo(comparison!.float32Auprc.value, 3);
    const { rows: ofRaw } = await evaluate({ ...given, modelPath: path });
    expect(ofRaw).toHaveLength(rows.length);
    for (const [at, { probabilities }] of ofRaw.entries())
      expect(probabilities[1]).toBeCloseTo(rows[at]!.probabilities[1]!, 4);
  });

  it('makes synthetic records in mV, filters them and z-scores them', async () => {
    const { training } = syntheticSides(
      parseConfig({ ...config, preset: 'paper', filter, shiftRate: 0, maskRate: 0 }),
    );
    const { signals, labels } = await training.batch(0, 0);
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 100, seconds: 4, seed: 5, unit: 'mV' });
    const { signals: all } = await synthesizer.batch({ classes: ['normal', 'af'], start: 0, count: 16 });
    const expected = Array.from({ length: 16 }, (_, at) => {
      const lead = filterSignal(all.subarray(at * 400, (at + 1) * 400), 100, filter);
      standardize(lead, lead, 'the record');
      return lead.join();
    });
    const found = Array.from(labels, (label, row) => {
      const at = expected.indexOf(signals.subarray(row * 400, (row + 1) * 400).join());
      expect(at % 2).toBe(label);
      return at;
    });
    expect(new Set(found).size).toBe(8);
  });

  it('refuses windows with another filter, and a resumed run with another filter', async () => {
    const out = await temporaryFolder();
    const start = (given: Partial<TrainConfigInput>, data: WindowSet) =>
      errorOf(trainRun({ ...config, ...given }, { out, data, resume: true }));
    expect(await errorOf(trainRun({ ...config, filter: '1-40' }, { out, data: filtered }))).toMatch(
      /^ERR_OPTION: the windows of test are filtered with 0\.5-40, but those of the run are filtered with 1-40/,
    );
    await trainRun({ ...config, filter }, { out, data: filtered });
    expect(await start({}, raw)).toMatch(/^ERR_CHECKPOINT: .*filter "0\.5-40", not undefined/);
    const narrow = filterWindows(raw, '1-30').filtered;
    expect(await start({ filter: '1-30' }, narrow)).toMatch(
      /^ERR_CHECKPOINT: .*filter "0\.5-40", not "1-30"/,
    );
  });

  it.each([
    ['0.5-50', /^ERR_RANGE: .*contain only frequencies below 50 Hz/],
    ['0.25-40', /^ERR_RANGE: .*reaches 4 s to each side/],
    ['40', /^ERR_OPTION: the filter "40" must be LOW-HIGH/],
    [40 as never, /^ERR_OPTION: train: filter must be a filter in Hz such as 0\.5-40, got 40/],
  ])('refuses the filter %s before data are read', async (given, message) => {
    const out = join(await temporaryFolder(), 'out');
    expect(await errorOf(trainRun({ ...config, filter: given }, { out, data: 'mitdb:none' }))).toMatch(
      message,
    );
  });
});

describe('a file with preprocessing', () => {
  it('takes raw windows in every precision, and says so', async () => {
    const run = await temporaryFolder();
    await trainRun({ ...config, filter }, { out: run, data: filtered });
    for (const precision of ['float32', 'float16'] as const) {
      const out = join(run, `${precision}.onnx`);
      const exported = await exportRun({ run, out, precision, withPreprocessing: true, data: raw });
      expect(exported.comparison).toMatchObject({ windows: 36, positives: 12 });
      const { float32Auprc, auprc } = exported.comparison!;
      expect(Math.abs(float32Auprc.value - auprc.value)).toBeLessThan(0.05);
      expect(await modelEntries(out)).toMatchObject({
        ...{ unit: 'mV', scaling: 'none', preprocessing: 'filter 0.5-40,zscore' },
      });
      expect(await modelEntries(out)).not.toHaveProperty('filter');
    }
    const given = { run, out: join(run, 'out.onnx'), withPreprocessing: true, data: filtered };
    expect(await errorOf(exportRun(given))).toMatch(
      /^ERR_OPTION: the windows of test are filtered with 0\.5-40, but those of a file with preprocessing are not filtered/,
    );
    expect(await errorOf(evaluate({ modelPath: join(run, 'float32.onnx'), data: filtered }))).toMatch(
      /^ERR_OPTION: .*are not filtered; load them without/,
    );
    expect(await errorOf(exportRun({ ...given, withPreprocessing: 'yes' as never }))).toMatch(
      /^ERR_OPTION: exportRun: withPreprocessing must be true or false/,
    );
  });

  it('holds only the z-score if the run has no filter', async () => {
    const run = await temporaryFolder();
    await trainRun({ ...config, setting: 'real' }, { out: run, data: raw });
    const out = join(run, 'raw.onnx');
    const { report } = await exportRun({ run, out, withPreprocessing: true, data: raw });
    expect(report.maxDifference).toBeLessThan(1e-5);
    expect(await modelEntries(out)).toMatchObject({ scaling: 'none', preprocessing: 'zscore' });
    const [plain, whole] = await Promise.all(
      [join(run, 'model.onnx'), out].map((modelPath) => evaluate({ modelPath, data: raw })),
    );
    for (const [at, { probabilities }] of whole!.rows.entries())
      expect(probabilities[1]).toBeCloseTo(plain!.rows[at]!.probabilities[1]!, 5);
  });
});
