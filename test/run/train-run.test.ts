import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import type { TrainConfigInput } from '#lib/run/config.js';
import { evaluate } from '#lib/run/evaluate.js';
import { type RunEvent, type TrainRunOptions, trainRun } from '#lib/run/train-run.js';
import type { EcgClass } from '#lib/signal/classes.js';
import type { WindowSet } from '#lib/signal/window.js';
import { readCheckpoint, writeCheckpoint } from '#lib/train/checkpoint.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { modelEntries } from '../helpers/model-entries.js';
import { classSet, registerTinyArch, windowSet } from '../helpers/tiny-arch.js';
import { wrongEngine } from '../helpers/wrong-engine.js';

const config: TrainConfigInput = {
  task: 'af',
  setting: 'real',
  arch: 'tiny',
  preset: 'clinical',
  fsHz: 100,
  seconds: 4,
  seed: 5,
  batch: 8,
  epochs: 3,
  syntheticCount: 32,
  learningRate: 5e-3,
  validateEvery: 1,
};
const allFiles = ['checkpoint.bin', 'curve.csv', 'metrics.json', 'model.onnx', 'predictions.csv'];

let data: WindowSet;
beforeAll(async () => {
  registerTinyArch();
  data = await windowSet({ task: 'af', positive: 4, negative: 8 });
});

const hashOf = async (path: string) =>
  createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
/** Starts a run with `change` and aborts it at the first event for which `stop` returns true. */
async function interrupted(
  out: string,
  change: Partial<TrainConfigInput>,
  stop: (event: RunEvent) => boolean,
) {
  const abort = new AbortController();
  const options: TrainRunOptions = {
    out,
    data,
    signal: abort.signal,
    onEvent: (event) => {
      if (stop(event)) abort.abort(new Error('enough'));
    },
  };
  await expect(trainRun({ ...config, ...change }, options)).rejects.toThrow('enough');
}

describe('trainRun', () => {
  it.each(['real', 'syn', 'syn-real'] as const)(
    'writes a complete run in the setting %s',
    async (setting) => {
      const out = await temporaryFolder();
      const events: RunEvent[] = [];
      const result = await trainRun(
        { ...config, setting },
        { out, data, onEvent: (event) => events.push(event) },
      );
      expect((await readdir(out)).sort()).toEqual(allFiles);
      expect(JSON.parse(await readFile(join(out, 'metrics.json'), 'utf8'))).toEqual(
        JSON.parse(JSON.stringify(result)),
      );

      const phases = { real: ['train'], syn: ['train'], 'syn-real': ['pretrain', 'finetune'] }[setting];
      expect(result.phases.map(({ phase }) => phase)).toEqual(phases);
      expect(result.phases.every(({ epochs }) => epochs === 3)).toBe(true);
      const curve = (await readFile(join(out, 'curve.csv'), 'utf8')).trim().split('\n');
      expect(curve).toHaveLength(1 + 3 * phases.length);
      expect(curve[0]).toBe('phase,epoch,step,trainLoss,valLoss,valF1,valAuprc,seconds');

      const { train, val, test } = result.split!;
      const patients = [train, val, test].flatMap((side) => side.patients);
      expect(new Set(patients).size).toBe(12);
      expect(patients).toHaveLength(12);
      expect([train.positives, val.positives, test.positives]).toEqual([6, 3, 3]);
      expect(result.test).toMatchObject({ on: 'real', metrics: { windows: test.windows, positives: 3 } });
      const rows = (await readFile(join(out, 'predictions.csv'), 'utf8')).trim().split('\n').slice(1);
      expect(new Set(rows.map((row) => row.split(',')[2]))).toEqual(new Set(test.patients));
      expect(new Set(rows.map((row) => row.split(',')[0]))).toEqual(new Set(['held-back']));
      expect(result).toMatchObject({ schema: 1, origin: { data: 'test', windows: [21, 6, 9] } });

      const { threshold } = result;
      const on = setting === 'syn' ? 'synthetic' : 'real';
      const counts = setting === 'syn' ? { windows: 8, positives: 4 } : { windows: 6, positives: 3 };
      expect(threshold).toMatchObject({ on, ...counts, reason: '' });
      expect(threshold!.f1).toBeGreaterThanOrEqual(0.5);
      const { metrics, decisions, calibration } = result.test;
      expect(decisions!.map((one) => [one.rule, one.threshold])).toEqual([
        ['half', 0.5],
        ['validation', threshold!.value],
      ]);
      expect(decisions![0]!.f1).toEqual(metrics.f1);
      expect(calibration!.bins.reduce((sum, { windows }) => sum + windows, 0)).toBe(test.windows);
      const { inputSteps, ...stated } = await modelEntries(join(out, 'model.onnx'));
      expect(JSON.parse(inputSteps!)).toHaveLength(4);
      expect(stated).toEqual({
        fsHz: '100',
        lengthSamples: '400',
        leads: 'II',
        unit: 'mV',
        scaling: 'zscore',
        output: 'logit',
        classes: 'normal,af',
        task: 'af',
        threshold: '0.5',
        validationThreshold: String(threshold!.value),
        trainPrior: '0.5',
        arch: 'tiny',
        setting,
        seed: '5',
        version: result.version,
      });
      expect(result.export.maxDifference).toBeLessThan(1e-4);
      const kinds = new Set(events.map(({ kind }) => kind));
      expect([...kinds]).toEqual(['data', 'engine', 'phase', 'step', 'validation', 'export', 'test']);
    },
  );

  it('trains, tests and resumes with several classes', async () => {
    const out = await temporaryFolder();
    const patients = [
      ...Array(8).fill('normal'),
      ...Array(4).fill('aflt'),
      ...Array(5).fill('af'),
    ] as EcgClass[];
    const set = await classSet(patients);
    const events: RunEvent[] = [];
    const given = { ...config, setting: 'syn-real', task: 'normal+af+aflt' } as const;
    const onEvent = (event: RunEvent) => events.push(event);
    const result = await trainRun(given, { out, data: set, onEvent });
    expect(result.labels).toEqual(['normal', 'af', 'aflt']);
    const { train, val, test } = result.split!;
    expect([train, val, test].map(({ labelCounts }) => labelCounts)).toEqual([
      [15, 9, 6],
      [3, 3, 3],
      [6, 3, 3],
    ]);
    expect(test.positives).toBe(6);
    expect(events.filter(({ kind }) => kind === 'phase')).toMatchObject([
      // 32 records, rounded to a multiple of the number of classes.
      { phase: 'pretrain', labelCounts: [11, 11, 11] },
      { phase: 'finetune', labelCounts: [15, 9, 6] },
    ]);
    const { metrics } = result.test;
    if (!('confusion' in metrics)) throw new Error('scores of two labels');
    expect(metrics.confusion.map((row) => row.reduce((sum, count) => sum + count))).toEqual([6, 3, 3]);
    const [header, ...rows] = (await readFile(join(out, 'predictions.csv'), 'utf8')).trim().split('\n');
    expect(header).toBe(
      'test,recordName,patientId,startS,label,logit_normal,logit_af,logit_aflt,' +
        'probability_normal,probability_af,probability_aflt',
    );
    expect(rows).toHaveLength(12);
    for (const row of rows) {
      const values = row.split(',').slice(5).map(Number);
      const [powers, shares] = [values.slice(0, 3).map(Math.exp), values.slice(3)];
      const sum = powers.reduce((total, power) => total + power);
      for (const [at, share] of shares.entries()) expect(share).toBeCloseTo(powers[at]! / sum, 5);
    }
    const model = await readFile(join(out, 'model.onnx'));
    const metadata = await modelEntries(join(out, 'model.onnx'));
    expect(metadata).toMatchObject({
      outputs: 'multiclass',
      classes: 'normal,af,aflt',
      task: 'normal+af+aflt',
    });
    for (const name of ['threshold', 'validationThreshold', 'trainPrior']) {
      expect(metadata).not.toHaveProperty(name);
    }
    expect(result.threshold).toBeNull();
    expect(result.test).not.toHaveProperty('decisions');

    const broken = await temporaryFolder();
    const abort = new AbortController();
    const stop = (event: RunEvent) => {
      if (event.kind === 'step' && event.phase === 'finetune' && event.step === 5)
        abort.abort(new Error('enough'));
    };
    const stopped = trainRun(given, { out: broken, data: set, signal: abort.signal, onEvent: stop });
    await expect(stopped).rejects.toThrow('enough');
    await trainRun(given, { out: broken, data: set, resume: true });
    expect((await readFile(join(broken, 'model.onnx'))).equals(model)).toBe(true);
  });

  it('trains one class against all other records, and evaluates the model on another set', async () => {
    const names: EcgClass[] = ['normal', 'aflt', 'pvc', 'wpw'];
    const set = await classSet([...Array(8).fill('af'), ...names, ...names, ...names]);
    // A few windows show two classes, and one shows nothing that is known.
    const windows = set.windows.map((window, at) => {
      return at === 35
        ? { ...window, classes: [], labels: [] }
        : window.classes.includes('af') && at % 3 === 0
          ? { ...window, classes: ['af', 'pvc'] }
          : window;
    });
    const out = await temporaryFolder();
    const events: RunEvent[] = [];
    const result = await trainRun(
      { ...config, setting: 'syn-real', task: 'af:rest' },
      { out, data: { ...set, windows }, onEvent: (event) => events.push(event) },
    );
    expect(result.labels).toEqual(['rest', 'af']);
    const { train, val, test } = result.split!;
    const total = (count: 'positives' | 'windows') =>
      [train, val, test].reduce((sum, side) => sum + side[count], 0);
    expect([total('positives'), total('windows')]).toEqual([8 * 3, 20 * 3 - 1]);
    expect(events.filter(({ kind }) => kind === 'phase')).toMatchObject([
      { phase: 'pretrain', labelCounts: [16, 16] },
      { phase: 'finetune', labelCounts: train.labelCounts },
    ]);
    const modelPath = join(out, 'model.onnx');
    const metadata = await modelEntries(modelPath);
    expect(metadata).toMatchObject({ task: 'af:rest', classes: 'rest,af', threshold: '0.5' });
    const judged = await evaluate({
      modelPath,
      data: await classSet(['af', 'af', ...names], { windowsEach: 1 }),
    });
    expect([judged.task, judged.labels]).toEqual(['af:rest', ['rest', 'af']]);
    expect(judged.rows.map(({ label }) => label)).toEqual([1, 1, 0, 0, 0, 0]);
    const other = await evaluate({ modelPath, data: set, task: 'af' });
    expect([other.labels, other.notes.join()]).toEqual([
      ['normal', 'af'],
      expect.stringMatching(/task.*af:rest.*af/),
    ]);
  });

  it('trains one label of the data against another', async () => {
    const windows = data.windows.map((window) => {
      return {
        ...window,
        classes: [],
        labels: window.classes.includes('af') ? ['LVH', 'SR'] : ['NORM', 'SR'],
      };
    });
    const named = { ...data, windows };
    const out = await temporaryFolder();
    const result = await trainRun({ ...config, epochs: 1, task: 'LVH:NORM' }, { out, data: named });
    expect(result.split!.test).toMatchObject({ positives: 3, labelCounts: [6, 3] });
    const metadata = await modelEntries(join(out, 'model.onnx'));
    expect(metadata).toMatchObject({ classes: 'NORM,LVH', task: 'LVH:NORM', threshold: '0.5' });
  });

  it('splits equally in all settings', async () => {
    const sides = await Promise.all(
      (['real', 'syn'] as const).map(async (setting) => {
        const { split } = await trainRun(
          { ...config, epochs: 1, setting },
          { out: await temporaryFolder(), data },
        );
        return split;
      }),
    );
    expect(sides[0]).toEqual(sides[1]);
  });

  it('tests on held-back synthetic records if there are no data', async () => {
    const out = await temporaryFolder();
    const result = await trainRun({ ...config, setting: 'syn' }, { out });
    expect(result).toMatchObject({
      split: null,
      data: { source: 'synthetic', leads: ['II'], unit: 'mV' },
      test: { on: 'synthetic', metrics: { windows: 8, positives: 4, patients: 8 } },
    });
    const rows = (await readFile(join(out, 'predictions.csv'), 'utf8')).trim().split('\n').slice(1);
    // 32 records for training and 8 for validation come first.
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual(
      Array.from({ length: 8 }, (_, at) => ['synthetic', `synthetic-${40 + at}`]),
    );
  });

  it('writes equal bytes for equal runs', async () => {
    const [a, b] = [await temporaryFolder(), await temporaryFolder()];
    for (const out of [a, b]) await trainRun({ ...config, setting: 'syn-real' }, { out, data });
    for (const name of ['model.onnx', 'predictions.csv']) {
      expect(await hashOf(join(a, name))).toBe(await hashOf(join(b, name)));
    }
  });

  it.each([
    ['pretrain', 7, 'pretrain'],
    ['finetune', 1, 'pretrain'],
    ['finetune', 7, 'finetune'],
  ])('resumes from %s, step %i, to the same model', async (phase, step, checkpointPhase) => {
    const [whole, broken] = [await temporaryFolder(), await temporaryFolder()];
    const change = { setting: 'syn-real' } as const;
    await trainRun({ ...config, ...change }, { out: whole, data });
    await interrupted(
      broken,
      change,
      (event) => event.kind === 'step' && event.phase === phase && event.step === step,
    );
    expect(await readdir(broken)).toEqual(['checkpoint.bin']);
    expect((await readCheckpoint(join(broken, 'checkpoint.bin'))).progress.phase).toBe(checkpointPhase);
    const resumed = await trainRun({ ...config, ...change }, { out: broken, data, resume: true });
    for (const name of ['model.onnx', 'predictions.csv']) {
      expect(await hashOf(join(broken, name))).toBe(await hashOf(join(whole, name)));
    }
    expect((await readdir(broken)).sort()).toEqual(allFiles);
    expect(resumed.curve.map(({ phase, epoch }) => `${phase} ${epoch}`)).toEqual([
      'pretrain 1',
      'pretrain 2',
      'pretrain 3',
      'finetune 1',
      'finetune 2',
      'finetune 3',
    ]);
  });

  it('resumes a run with schedules to the same model, and a checkpoint without them as constant', async () => {
    const [whole, broken, plain] = [
      await temporaryFolder(),
      await temporaryFolder(),
      await temporaryFolder(),
    ];
    const change = { setting: 'syn-real', schedule: 'one-cycle', fineTuneSchedule: 'cosine' } as const;
    const stop = (event: RunEvent) => event.kind === 'step' && event.phase === 'finetune' && event.step === 7;
    const result = await trainRun({ ...config, ...change }, { out: whole, data });
    expect(result.config).toMatchObject({ schedule: 'one-cycle', fineTuneSchedule: 'cosine' });
    await interrupted(broken, change, stop);
    const other = { ...config, ...change, fineTuneSchedule: 'constant' } as const;
    expect(await errorOf(trainRun(other, { out: broken, data, resume: true }))).toMatch(
      /^ERR_CHECKPOINT: .*fineTuneSchedule "cosine", not "constant"/,
    );
    await trainRun({ ...config, ...change }, { out: broken, data, resume: true });
    await trainRun({ ...config, setting: 'syn-real' }, { out: plain, data });
    const hashes = await Promise.all([whole, broken, plain].map((out) => hashOf(join(out, 'model.onnx'))));
    expect(hashes[1]).toBe(hashes[0]);
    expect(hashes[2]).not.toBe(hashes[0]);

    const path = join(await temporaryFolder(), 'checkpoint.bin');
    const out = dirname(path);
    await interrupted(out, {}, (event) => event.kind === 'validation');
    const { config: identity, ...rest } = await readCheckpoint(path);
    const { schedule, fineTuneSchedule, ...earlier } = identity;
    expect([schedule, fineTuneSchedule]).toEqual(['constant', 'constant']);
    await writeCheckpoint(path, { config: earlier, ...rest });
    expect((await trainRun(config, { out, data, resume: true })).phases[0]!.epochs).toBe(3);
  });

  it('refuses to resume under another configuration, or from a damaged checkpoint, and to overwrite a run', async () => {
    const out = await temporaryFolder();
    expect(await errorOf(trainRun(config, { out, data, resume: true }))).toMatch(
      /^ERR_NOT_FOUND: there is no checkp/,
    );
    await interrupted(out, {}, (event) => event.kind === 'validation');
    expect(await errorOf(trainRun({ ...config, seed: 6 }, { out, data, resume: true }))).toMatch(
      /^ERR_CHECKPOINT: .*seed 5, not 6/,
    );
    const fewer = { ...data, windows: data.windows.slice(0, -1) };
    expect(await errorOf(trainRun(config, { out, data: fewer, resume: true }))).toMatch(
      /^ERR_CHECKPOINT: .*windows \[21,6,9\], not/,
    );
    expect(await errorOf(trainRun(config, { out, data }))).toMatch(
      /^ERR_WRITE: .*checkpoint\.bin of an earlier run/,
    );
    const path = join(out, 'checkpoint.bin');
    const bytes = await readFile(path);
    bytes[1000] = bytes[1000]! ^ 1;
    await writeFile(path, bytes);
    expect(await errorOf(trainRun(config, { out, data, resume: true }))).toMatch(
      /^ERR_CHECKPOINT: .*damaged/,
    );
  });

  it('refuses the checkpoint of an earlier run format', async () => {
    const out = await temporaryFolder();
    await interrupted(out, {}, (event) => event.kind === 'validation');
    const path = join(out, 'checkpoint.bin');
    const { config: identity, ...rest } = await readCheckpoint(path);
    const { schema, ...earlier } = identity;
    expect(schema).toBe(1);
    await writeCheckpoint(path, { config: earlier, ...rest });
    expect(await errorOf(trainRun(config, { out, data, resume: true }))).toMatch(
      /^ERR_CHECKPOINT: .*checkpoint\.bin is of an earlier run format without a number.*, or resume with/,
    );
  });

  it('writes no model if the export or the test of it fails', async () => {
    const out = await temporaryFolder();
    const engine = onnxRuntimeEngine();
    const wrong = trainRun(config, { out, data, engine: wrongEngine(engine) });
    expect(await errorOf(wrong)).toMatch(/^ERR_EXPORT_PARITY/);
    expect(await readdir(out)).toEqual(['checkpoint.bin']);
    // The export loads the file twice, for random windows and for samples. The test loads it a third time.
    let files = 0;
    const load: Engine['load'] = (program, state, options) => {
      const isFile = program.state.length === 0 && program.outputs.some(({ name }) => name === 'logit');
      if (isFile && ++files === 3) return Promise.reject(new Error('no memory'));
      return engine.load(program, state, options);
    };
    const failing = trainRun(config, { out, data, engine: { ...engine, load }, resume: true });
    expect(await errorOf(failing)).toMatch(/no memory/);
    expect(files).toBe(3);
    expect(await readdir(out)).toEqual(['checkpoint.bin']);
    await trainRun(config, { out, data, engine, resume: true });
    expect((await readdir(out)).sort()).toEqual(allFiles);
    await engine.close();
  });

  it('refuses an invalid configuration before any work', async () => {
    const out = await temporaryFolder();
    const refuse = (change: object, options: object = { data }) =>
      errorOf(trainRun({ ...config, ...change }, { out, ...options }));
    expect(await refuse({ task: 'afl' })).toMatch(
      /^ERR_UNKNOWN_CLASS: unknown task "afl" .*POSITIVE:NEGATIVE.*did you mean "aflt"/,
    );
    expect(await refuse({ arch: 'resnet81' })).toMatch(/^ERR_UNKNOWN_ARCH: .*"resnet18"/);
    const heads = { arch: 'transformer', archOptions: { width: 16, heads: 64 } };
    expect(await refuse(heads, {})).toMatch(/^ERR_RANGE: heads must divide the 16 features/);
    expect(await refuse({ arch: 'resnet18', fsHz: 50, seconds: 0.5 }, {})).toMatch(
      /^ERR_RANGE: .*at least 32/,
    );
    expect(await refuse({ setting: 'fake' })).toMatch(/^ERR_OPTION: .*real, syn, syn-real/);
    expect(await refuse({ setting: 'syn', task: 'LVH:NORM' })).toMatch(
      /^ERR_OPTION: the simulator makes .*"LVH:NORM" asks for LVH; choose the setting real, or the `preset` physiological/,
    );
    expect(await refuse({ setting: 'syn', task: 'normal+af+aflt+pvc+wpw', syntheticCount: 4 })).toMatch(
      /^ERR_RANGE: .*at least 5/,
    );
    expect(await refuse({ task: 'LVH:NORM' })).toMatch(/^ERR_DATA_EMPTY: .*0 windows of LVH and 24 of NORM/);
    expect(await refuse({ epoch: 3 })).toMatch(/^ERR_OPTION: .*"epoch"; did you mean "epochs"/);
    expect(await refuse({ batch: 1 })).toMatch(/^ERR_RANGE: .*batch must be a whole number from 2, got 1/);
    expect(await refuse({ learningRate: -1 })).toMatch(/^ERR_RANGE: .*learningRate/);
    expect(await refuse({ setting: 'syn', preset: 'papr' })).toMatch(/^ERR_UNKNOWN_PRESET/);
    expect(await refuse({}, {})).toMatch(/^ERR_OPTION: the setting real trains on real records/);
    expect(await refuse({ fsHz: 200 })).toMatch(
      /^ERR_OPTION: .*400 samples at 100 Hz.*the run takes 800 samples at 200 Hz/,
    );
    expect(await refuse({ task: 'pvc' })).toMatch(/^ERR_DATA_EMPTY/);
    const two = await windowSet({ task: 'af', positive: 2, negative: 8, windowsEach: 1 });
    expect(await refuse({}, { data: two })).toMatch(/^ERR_DATA_EMPTY: .*2 af windows of 2 patients/);
    expect(await readdir(out)).toEqual([]);
  });
});
