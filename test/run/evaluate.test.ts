import { copyFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNpy } from '#lib/codecs/npy/read.js';
import { Graph } from '#lib/graph/graph.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { slice } from '#lib/graph/ops/slice.js';
import { encodeModel } from '#lib/graph/proto.js';
import { type ModelMetadata, metadataEntries } from '#lib/model/metadata.js';
import { type EvaluateOptions, evaluate } from '#lib/run/evaluate.js';
import { trainRun } from '#lib/run/train-run.js';
import { calibrationOf } from '#lib/score/calibration.js';
import { score } from '#lib/score/metrics.js';
import { correctPrior, estimatePrior } from '#lib/score/prior.js';
import { standardize } from '#lib/signal/standardize.js';
import type { WindowSet } from '#lib/signal/window.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { errorOf, folderOf, temporaryFolder } from '../helpers/folder.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';
import { setOf, windowOf } from '../helpers/windows.js';

const stated: ModelMetadata = {
  fsHz: 2,
  lengthSamples: 4,
  leads: ['II'],
  scaling: 'zscore',
  output: 'logit',
  task: 'pvc',
  threshold: 0.5,
};

/** Writes a model whose logit is the first sample of the window. Returns its path. */
async function modelFile(metadata: ModelMetadata = stated, lengthSamples = 4): Promise<string> {
  const graph = new Graph('first sample');
  const x = graph.input('ecg', 'float32', ['N', 1, lengthSamples]);
  graph.output('logit', reduceMean(graph, slice(graph, x, 2, 0, 1), [1, 2]));
  const folder = await folderOf({ 'model.onnx': encodeModel(graph, metadataEntries(metadata)) });
  return join(folder, 'model.onnx');
}

/** Evaluates a file with one logit. */
async function evaluateBinary(options: EvaluateOptions) {
  const result = await evaluate(options);
  if (result.kind !== 'binary') throw new Error(`the file is ${result.kind}`);
  return result;
}

let data: WindowSet;
beforeAll(() => {
  // Seven patients with 20 windows each. A positive window starts with a high sample, with two exceptions.
  const windows = Array.from({ length: 140 }, (_, at) => {
    const positive = at % 3 === 0;
    const high = positive !== (at === 9 || at === 50);
    return windowOf({
      signal: Float32Array.of(high ? 5 : -5, 0, 1, 0),
      record: `r${at % 7}`,
      patient: `p${at % 7}`,
      startS: 2 * Math.floor(at / 7),
      classes: [positive ? 'pvc' : at % 7 === 1 && at > 100 ? 'af' : 'normal'],
    });
  });
  data = setOf(windows, { fsHz: 2 });
});

describe('evaluate', () => {
  it('returns one row per window of the task and the metrics of the rows', async () => {
    const progress: [number, number][] = [];
    const result = await evaluateBinary({
      modelPath: await modelFile(),
      data,
      onProgress: (done, total) => progress.push([done, total]),
    });
    const used = data.windows.filter(({ classes }) => classes[0] !== 'af');
    expect(result.rows.map(({ recordName, startS }) => [recordName, startS])).toEqual(
      used.map(({ origin, startS }) => [origin.record, startS]),
    );
    const [negative, probability] = result.rows[0]!.probabilities as [number, number];
    expect(negative).toBe(1 - probability);
    expect(probability).toBeCloseTo(
      1 / (1 + Math.exp(-(5 - 1.5) / Math.sqrt((12.25 + 2.25 * 2 + 0.25) / 4))),
      6,
    );
    const plain = score(
      result.rows.map(({ patientId, label, probabilities }) => {
        return { patientId, positive: label === 1, probability: probabilities[1]! };
      }),
    );
    expect(result.metrics.f1.value).toBe(plain.f1);
    expect(result.metrics).toMatchObject({ patients: 7, windows: used.length, threshold: 0.5 });
    expect(result.metrics.falseNegatives.value + result.metrics.falsePositives.value).toBe(2);
    expect(progress.at(-1)).toEqual([used.length, used.length]);
    expect(JSON.parse(JSON.stringify(result)).rows).toEqual(result.rows);
    expect(result).toMatchObject({
      task: 'pvc',
      data: { source: 'test', fsHz: 2, leads: ['II'], unit: 'mV' },
    });
  });

  it('compares F1 at 0.5, at the threshold of the validation records and after the correction for the prior', async () => {
    const modelPath = await modelFile({ ...stated, validationThreshold: 0.1, trainPrior: 0.5 });
    const result = await evaluateBinary({ modelPath, data, prior: 0.2, threshold: 0.9 });
    const scored = result.rows.map(({ patientId, label, probabilities }) => {
      return { patientId, positive: label === 1, probability: probabilities[1]! };
    });
    const corrected = scored.map((one) => ({ ...one, probability: correctPrior(one.probability, 0.2) }));
    expect(result.decisions.map(({ rule, threshold, f1 }) => [rule, threshold, f1.value])).toEqual([
      ['half', 0.5, score(scored).f1],
      ['validation', 0.1, score(scored, 0.1).f1],
      ['prior', expect.closeTo(0.8, 12), score(corrected).f1],
    ]);
    expect(result.metrics).toMatchObject({ threshold: 0.9, f1: { value: score(scored, 0.9).f1 } });
    expect(result.calibration).toEqual(calibrationOf(scored));
    expect(result.prior).toEqual({
      ...{ value: 0.2, isEstimate: false, trainPrior: 0.5 },
      calibration: calibrationOf(corrected),
    });
    const plain = await evaluateBinary({ modelPath, data });
    expect(plain.decisions.map(({ rule }) => rule)).toEqual(['half', 'validation']);
    expect(plain).not.toHaveProperty('prior');
    expect(plain.rows).toEqual(result.rows);
  });

  it('estimates the prior from the probabilities', async () => {
    const modelPath = await modelFile({ ...stated, trainPrior: 0.5 });
    const { prior, rows, decisions } = await evaluateBinary({ modelPath, data, prior: 'estimate' });
    const value = estimatePrior(rows.map(({ probabilities }) => probabilities[1]!));
    expect(prior).toMatchObject({ value, isEstimate: true });
    expect(value).toBeGreaterThan(0.2);
    expect(value).toBeLessThan(0.5);
    expect(decisions.map(({ rule }) => rule)).toEqual(['half', 'prior']);
  });

  it('needs the share of positives of the training for a prior, and refuses one for several classes', async () => {
    const modelPath = await modelFile();
    expect(await errorOf(evaluate({ modelPath, data, prior: 0.2 }))).toMatch(
      /^ERR_OPTION: .*does not state its trainPrior; give it with `trainPrior`/,
    );
    const { prior } = await evaluateBinary({ modelPath, data, prior: 0.2, trainPrior: 0.3 });
    expect(prior).toMatchObject({ value: 0.2, trainPrior: 0.3 });
    for (const [wrong, code] of [
      [0, 'ERR_RANGE'],
      [1, 'ERR_RANGE'],
      [Number.NaN, 'ERR_OPTION'],
    ] as const) {
      expect(await errorOf(evaluate({ modelPath, data, prior: wrong, trainPrior: 0.5 }))).toContain(
        `${code}: evaluate: prior must be a number above 0 and below 1`,
      );
    }
    expect(await errorOf(evaluate({ modelPath: await threeClasses(), data, prior: 0.2 }))).toMatch(
      /^ERR_OPTION: .*distinguishes 3 classes, but a prior .*leave `prior` out/,
    );
  });

  it('requires the values that the file does not state as options', async () => {
    const modelPath = await modelFile({});
    expect(await errorOf(evaluate({ modelPath, data, prior: 0.2 }))).toMatch(
      /^ERR_OPTION: .*does not state its task, fsHz, scaling and trainPrior; give them with `task`, `fsHz`, `scaling` and `trainPrior`$/,
    );
    expect(await errorOf(evaluate({ modelPath, data, task: 'pvc' }))).toMatch(
      /does not state its fsHz and scaling; give them with `fsHz` and `scaling`$/,
    );
    expect(await errorOf(evaluate({ modelPath, data, task: 'pvc', fsHz: 2 }))).toMatch(
      /does not state its scaling/,
    );
    const given = { modelPath, data, task: 'pvc', fsHz: 2, scaling: 'none' } as const;
    expect((await evaluateBinary(given)).rows[0]!.probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-5)), 6);
  });

  it('names all missing options of a file of another program in one message', async () => {
    const fixture = (name: string) =>
      fileURLToPath(new URL(`../fixtures/onnx/${name}.onnx`, import.meta.url));
    const twelve = await errorOf(evaluate({ modelPath: fixture('torch-dynamo'), data }));
    expect(twelve).toMatch(/^ERR_OPTION: .*with `leads`.*; .*with `classes`; .*with `fsHz` and `scaling`$/);
    // Classes make a task.
    expect(twelve).not.toContain('`task`');
    expect(await errorOf(evaluate({ modelPath: fixture('keras-conv'), data }))).toMatch(
      /^ERR_OPTION: the output "Identity:0".*with `output`; .*with `task`, `fsHz` and `scaling`$/,
    );
    const free = await errorOf(
      evaluate({ modelPath: fixture('torch-12-leads-free'), data, scaling: 'none' }),
    );
    expect(free).toMatch(
      /give `fsHz` and `seconds`, and `leads` if it takes several; the file gives .*with `classes`$/,
    );
    expect(free.match(/`fsHz`/g)).toHaveLength(1);
  });

  it('writes the inputs of the model in the order of the rows, and nothing after an error', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'windows.npy');
    const { rows } = await evaluateBinary({ modelPath: await modelFile(), data, dumpInputs: path });
    const { shape, data: inputs } = await readNpy(path);
    expect(shape).toEqual([rows.length, 1, 4]);
    for (const [at, { logits, recordName, startS }] of rows.entries()) {
      const window = data.windows.find((one) => one.origin.record === recordName && one.startS === startS)!;
      const expected = new Float32Array(4);
      standardize(window.signal, expected, 'window');
      expect(inputs.slice(4 * at, 4 * at + 4)).toEqual(expected);
      // The logit of the model is the first sample of its input.
      expect(logits).toEqual([expected[0]]);
    }
    const flat = {
      ...data,
      windows: [...data.windows, windowOf({ signal: new Float32Array(4), classes: ['pvc'] })],
    };
    const other = join(folder, 'other.npy');
    expect(await errorOf(evaluate({ modelPath: await modelFile(), data: flat, dumpInputs: other }))).toMatch(
      /^ERR_SIGNAL/,
    );
    expect(await readdir(folder)).toEqual(['windows.npy']);
  });

  it('replaces statements of the file by options, with a note', async () => {
    const modelPath = await modelFile();
    const other = await evaluateBinary({ modelPath, data, task: 'af', scaling: 'none' });
    expect(other).toMatchObject({ task: 'af', labels: ['normal', 'af'], metrics: { positives: 4 } });
    expect(other.rows[0]!.probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(5)), 6);
    expect(other.notes).toEqual([
      `${modelPath} states \`task\` pvc; the given af is used instead`,
      `${modelPath} states \`scaling\` zscore; the given none is used instead`,
      expect.stringMatching(/^all 4 test windows of af are of one patient \(p1\);/),
    ]);
    expect((await evaluate({ modelPath, data, task: 'pvc', fsHz: 2 })).notes).toEqual([]);
  });

  it('names the metadata of a file whose task is not a task, and takes the option instead', async () => {
    const modelPath = await modelFile({ ...stated, task: 'classify' });
    expect(await errorOf(evaluate({ modelPath, data }))).toMatch(
      /^ERR_MODEL: the metadata of .*model\.onnx state the task "classify".*`task`/,
    );
    expect((await evaluateBinary({ modelPath, data, task: 'pvc' })).notes).toHaveLength(1);
  });

  it('refuses unknown options, and options that contradict the shapes of the file', async () => {
    const modelPath = await modelFile();
    expect(await errorOf(evaluate({ modelPath, data, seconds: 3 }))).toMatch(
      /^ERR_OPTION: .*ecg float32 \[N, 1, 4\], windows of 4 samples, not 6 \(3 s at 2 Hz\)/,
    );
    expect(await errorOf(evaluate({ modelPath, data, task: 'pcv' }))).toMatch(/^ERR_UNKNOWN_CLASS/);
    expect(await errorOf(evaluate({ modelPath, data, fs: 2 } as never))).toMatch(/^ERR_OPTION: .*"fs"/);
    expect(await errorOf(evaluate({ modelPath, data, threshold: 2 }))).toMatch(/^ERR_RANGE/);
    expect(await errorOf(evaluate({ modelPath, data: { ...data, fsHz: 3 } }))).toMatch(
      /^ERR_OPTION: .*at 3 Hz/,
    );
    expect(await errorOf(evaluate({ modelPath, data: 'nowhere' }))).toMatch(/^ERR_OPTION/);
  });

  it('evaluates records of one label, and refuses records of no label of the task', async () => {
    const modelPath = await modelFile();
    const only = (name: string) => ({
      ...data,
      windows: data.windows.filter(({ classes }) => classes[0] === name),
    });
    const positive = await evaluateBinary({ modelPath, data: only('pvc') });
    expect(positive.metrics).toMatchObject({ windows: 47, positives: 47, falsePositives: { value: 0 } });
    expect(positive.metrics.f1.value).toBeCloseTo((2 * 46) / (2 * 46 + 1), 12);
    expect(positive.metrics.auroc.value).toBeNaN();
    const negative = await evaluateBinary({ modelPath, data: only('normal') });
    expect(negative.metrics.positives).toBe(0);
    expect(negative.metrics.auprc.value).toBeNaN();
    expect(negative.calibration.brier).toBeGreaterThan(0);
    expect(await errorOf(evaluate({ modelPath, data: only('af') }))).toMatch(
      /^ERR_DATA_EMPTY: .*holds 0 windows of pvc and 0 of normal; the task needs windows of a label/,
    );
  });

  it('refuses a file of several labels per window', async () => {
    const graph = new Graph('two leads');
    const x = graph.input('ecg', 'float32', ['N', 2, 4]);
    graph.output('logit', reduceMean(graph, x, [2]));
    const several = { ...stated, leads: ['I', 'II'], outputs: 'multilabel', classes: ['af', 'pvc'] } as const;
    const folder = await folderOf({ 'model.onnx': encodeModel(graph, metadataEntries(several)) });
    expect(await errorOf(evaluate({ modelPath: join(folder, 'model.onnx'), data }))).toMatch(
      /^ERR_MODEL: .*is multilabel; an evaluation judges one label per window/,
    );
  });

  /** Writes a model whose three logits are the first three samples of the window. Returns its path. */
  async function threeClasses(metadata: Partial<ModelMetadata> = {}): Promise<string> {
    const graph = new Graph('first three samples');
    const x = graph.input('ecg', 'float32', ['N', 1, 4]);
    graph.output('logit', reduceMean(graph, slice(graph, x, 2, 0, 3), [1]));
    const { task: _, threshold: __, ...rest } = stated;
    const several = {
      ...rest,
      outputs: 'multiclass',
      classes: ['normal', 'pvc', 'af'],
      ...metadata,
    } as const;
    const folder = await folderOf({ 'model.onnx': encodeModel(graph, metadataEntries(several)) });
    return join(folder, 'model.onnx');
  }

  it('evaluates several classes: one probability per class, and a confusion matrix', async () => {
    const result = await evaluate({ modelPath: await threeClasses(), data });
    if (result.kind !== 'multiclass') throw new Error(result.kind);
    expect(result).toMatchObject({ task: 'normal+pvc+af', labels: ['normal', 'pvc', 'af'] });
    expect(result.rows).toHaveLength(data.windows.length);
    for (const [at, { label, probabilities }] of result.rows.entries()) {
      const { classes, signal } = data.windows[at]!;
      expect(classes).toEqual([result.labels[label]]);
      expect(probabilities.reduce((sum, share) => sum + share)).toBeCloseTo(1, 6);
      // 5, 0, 1 or -5, 0, 1 before scaling: the highest of the three.
      expect(probabilities.indexOf(Math.max(...probabilities))).toBe(signal[0] === 5 ? 0 : 2);
    }
    const high = (name: string, sign: number) =>
      data.windows.filter(({ classes, signal }) => classes[0] === name && signal[0] === sign).length;
    const counts = ['normal', 'pvc', 'af'].map((name) => [high(name, 5), 0, high(name, -5)]);
    expect(result.metrics.confusion).toEqual(counts);
    const given = { modelPath: await threeClasses(), data, task: 'af+pvc+normal' };
    expect((await evaluate(given)).labels).toEqual(['normal', 'pvc', 'af']);
  });

  it('refuses a task with other labels than the file, or with more labels than its output', async () => {
    const modelPath = await threeClasses();
    expect(await errorOf(evaluate({ modelPath, data, task: 'normal+pvc+aflt' }))).toMatch(
      /^ERR_OPTION: .*distinguishes normal, pvc, af, not/,
    );
    const other = await threeClasses({ task: 'normal+pvc+wpw' });
    expect(await errorOf(evaluate({ modelPath: other, data }))).toMatch(/^ERR_OPTION: .*"normal\+pvc\+wpw"/);
    const single = await modelFile({ ...stated, task: 'normal+pvc+af' });
    expect(await errorOf(evaluate({ modelPath: single, data }))).toMatch(
      /^ERR_OPTION: .*one number per window/,
    );
  });

  /** Writes a model of two columns: the first two samples of the window as logits. Returns its path. */
  async function twoColumns(metadata: Partial<ModelMetadata> = {}): Promise<string> {
    const graph = new Graph('first two samples');
    const x = graph.input('ecg', 'float32', ['N', 1, 4]);
    graph.output('logits', reduceMean(graph, slice(graph, x, 2, 0, 2), [1]));
    const folder = await folderOf({ 'model.onnx': encodeModel(graph, metadataEntries(metadata)) });
    return join(folder, 'model.onnx');
  }

  it('evaluates two columns as two labels, in any order of the classes', async () => {
    const shared = { data, fsHz: 2, scaling: 'none', task: 'pvc' } as const;
    const modelPath = await twoColumns();
    const first = await evaluateBinary({ ...shared, modelPath, classes: ['pvc', 'normal'] });
    // A window with a high first sample has the logits 5 and 0.
    expect(first.labels).toEqual(['normal', 'pvc']);
    expect(first.rows[0]!.probabilities[1]).toBeCloseTo(1 / (1 + Math.exp(-5)), 6);
    expect(first.rows[0]!.logits).toEqual([5]);
    expect(first.metrics.auroc.value).toBeGreaterThan(0.9);
    const second = await evaluateBinary({ ...shared, modelPath, classes: ['normal', 'pvc'] });
    expect(second.rows[0]!.logits).toEqual([-5]);
    expect(second.rows[0]!.probabilities[0]).toBeCloseTo(first.rows[0]!.probabilities[1]!, 6);
    expect(second.metrics.auroc.value).toBeCloseTo(1 - first.metrics.auroc.value, 9);
    const named = await twoColumns({ classes: ['pvc', 'normal'], threshold: 0.9 });
    const third = await evaluateBinary({ ...shared, modelPath: named, prior: 0.3, trainPrior: 0.5 });
    expect(third.metrics).toMatchObject({ threshold: 0.5, auroc: first.metrics.auroc });
    expect(await errorOf(evaluate({ ...shared, modelPath }))).toMatch(
      /^ERR_OPTION: .*which class is each of the 2 values/,
    );
    expect(await errorOf(evaluate({ ...shared, modelPath, classes: ['a', 'b'] }))).toMatch(
      /^ERR_OPTION: .*distinguishes a, b, not the labels of the task "pvc"/,
    );
    const single = await modelFile({ ...stated, classes: ['pvc', 'normal'] });
    expect(await errorOf(evaluate({ data, modelPath: single }))).toMatch(
      /^ERR_OPTION: .*gives the value of normal, but the positive label of the task "pvc" is pvc/,
    );
  });

  it('notes that a model answers one class for all windows', async () => {
    const modelPath = await modelFile();
    expect((await evaluate({ modelPath, data, threshold: 0 })).notes).toEqual([
      'the model answers one class, pvc, for all 140 windows at the threshold 0; AUROC shows whether another one helps'.replace(
        '140',
        String(data.windows.filter(({ classes }) => classes[0] !== 'af').length),
      ),
    ]);
    expect((await evaluate({ modelPath, data, threshold: 1 })).notes[0]).toMatch(
      /one class, normal, for all/,
    );
    const flat = setOf(data.windows.map((window) => ({ ...window, signal: Float32Array.of(9, 0, 1, 0) })));
    const three = await evaluate({ modelPath: await threeClasses(), data: { ...flat, fsHz: 2 } });
    expect(three.notes).toEqual([
      'the model answers one class, normal, for all 140 windows',
      expect.stringContaining('of af are of one patient (p1)'),
    ]);
    const only = { ...data, windows: data.windows.filter(({ classes }) => classes[0] === 'pvc') };
    expect((await evaluate({ modelPath, data: only, threshold: 0 })).notes).toEqual([]);
  });

  it('evaluates any pair of labels that a file states as its classes', async () => {
    const windows = data.windows.map((window) => ({ ...window, labels: [`is ${window.classes[0]}`] }));
    const { task: _, ...rest } = stated;
    const modelPath = await modelFile({ ...rest, classes: ['is normal', 'is pvc'] });
    const result = await evaluateBinary({ modelPath, data: { ...data, windows } });
    expect(result).toMatchObject({ task: 'is pvc:is normal', labels: ['is normal', 'is pvc'] });
    const { metrics } = await evaluateBinary({ modelPath: await modelFile(), data });
    expect(result.metrics).toEqual(metrics);
  });

  it('rejects with the reason of an abort', async () => {
    const abort = new AbortController();
    const work = evaluate({
      modelPath: await modelFile(),
      data,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('enough')),
    });
    await expect(work).rejects.toThrow('enough');
  });
});

const ptbxl = dataFolder('ptb-xl');
const mitdb = dataFolder('mitdb');
describe.skipIf(ptbxl === undefined || mitdb === undefined)(
  titleWithData('a model that no real record trained', 'ptb-xl', 'mitdb'),
  () => {
    it('is trained without any data, and evaluated on real data sets and on a single real record', async () => {
      registerTinyArch();
      const out = await temporaryFolder();
      const shape = { fsHz: 100, seconds: 10, arch: 'tiny', epochs: 2, validateEvery: 1 } as const;
      const trained = await trainRun(
        { task: 'af', setting: 'syn', preset: 'clinical', syntheticCount: 64, batch: 16, ...shape },
        { out },
      );
      expect(trained).toMatchObject({ split: null, data: { source: 'synthetic', leads: ['II'] } });
      const modelPath = join(out, 'model.onnx');
      for (const data of [`ptb-xl:${ptbxl}`, `mitdb:${mitdb}`]) {
        const result = await evaluateBinary({ modelPath, data });
        expect(result).toMatchObject({
          task: 'af',
          labels: ['normal', 'af'],
          data: { fsHz: 100, lengthSamples: 1000 },
          model: { setting: 'syn', validationThreshold: trained.threshold!.value, trainPrior: 0.5 },
        });
        expect(result.metrics.positives).toBeGreaterThan(5);
        expect(result.decisions.map(({ rule }) => rule)).toEqual(['half', 'validation']);
      }
      const one = await folderOf({ 'labels.csv': 'record,label\n210,af\n' });
      for (const name of ['210.hea', '210.dat']) await copyFile(join(mitdb!, name), join(one, name));
      const single = await evaluateBinary({ modelPath, data: `folder:${one}` });
      expect(single.metrics).toMatchObject({ windows: 180, positives: 180, patients: 1 });
      expect(single.metrics.truePositives.value + single.metrics.falseNegatives.value).toBe(180);
    });
  },
);

describe.skipIf(ptbxl === undefined)(titleWithData('evaluate on PTB-XL', 'ptb-xl'), () => {
  it('loads the windows at the rate and length that the file states', async () => {
    const modelPath = await modelFile({ ...stated, fsHz: 100, lengthSamples: 1000, task: 'af' }, 1000);
    const result = await evaluateBinary({ modelPath, data: `ptb-xl:${ptbxl}` });
    expect(result.metrics.positives).toBeGreaterThan(0);
    expect(result.data).toMatchObject({ fsHz: 100, lengthSamples: 1000 });
  });
});
