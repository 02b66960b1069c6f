// The features of a network are the inputs of its last layer, of records that its training did not see. Networks that would
// make the comparison unfair are refused.

import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { openFeatureNetwork } from '#lib/fidelity/network-features.js';
import { openRecords, type RecordShape } from '#lib/fidelity/sources.js';
import { decodeGraph } from '#lib/graph/decode.js';
import { Graph } from '#lib/graph/graph.js';
import { lastLayer } from '#lib/graph/last-layer.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { encodeModel } from '#lib/graph/proto.js';
import { readModelFile } from '#lib/model/model-file.js';
import { openModel } from '#lib/model/session.js';
import { trainRun } from '#lib/run/train-run.js';
import { standardize } from '#lib/signal/standardize.js';
import type { WindowSet } from '#lib/signal/window.js';
import { errorOf, folderOf } from '../helpers/folder.js';
import { ownRecords } from '../helpers/own-records.js';
import { sharedFolder } from '../helpers/shared-folder.js';

const home = sharedFolder();
const shape: RecordShape = { fsHz: 50, seconds: 2, lead: 'II', filter: undefined };
const small = {
  ...{ task: 'af', arch: 'lstm', archOptions: { layers: 1, units: 16 }, fsHz: 50, seconds: 2 },
  ...{ epochs: 1, validateEvery: 1, batch: 8, syntheticCount: 16 },
} as const;
let engine: Engine;
let run: string;
let data: string;
let set: WindowSet;
let testPatients: ReadonlySet<string>;

beforeAll(async () => {
  engine = onnxRuntimeEngine();
  const folder = await home();
  run = join(folder, 'run');
  const records = join(folder, 'records');
  await mkdir(records);
  data = await ownRecords(records);
  const { split } = await trainRun({ ...small, setting: 'real' }, { out: run, data, engine });
  testPatients = new Set(split!.test.patients);
  set = await openRecords(data, shape);
});
afterAll(() => engine.close());

const open = (path: string, change: Partial<RecordShape> = {}) =>
  openFeatureNetwork(path, { ...shape, ...change }, engine);

it('gives the values from which the last layer computes the logit', async () => {
  const network = await open(run);
  const signals = set.windows.map(({ signal }) => signal);
  const features = await network.features(signals);
  await network.close();
  const bytes = await readModelFile(join(run, 'model.onnx'));
  const { input, width } = lastLayer(bytes, 'logit')!;
  expect(width).toBe(32);
  const { nodes, constants } = decodeGraph(bytes);
  const layer = nodes.find(({ inputs }) => inputs[0] === input)!;
  const [weights, bias] = layer.inputs.slice(1).map((name) => constants.get(name)!.data as Float32Array);
  const model = await openModel(join(run, 'model.onnx'), { engine });
  const scaled = Float32Array.from(
    signals.flatMap((signal) => {
      const row = new Float32Array(signal.length);
      standardize(signal, row, 'record');
      return [...row];
    }),
  );
  const logits = await model.run(scaled);
  await model.close();
  expect(features).toHaveLength(48);
  for (const [at, row] of features.entries()) {
    const logit = row.reduce((sum, value, dim) => sum + value * weights![dim]!, bias![0]!);
    expect(logit).toBeCloseTo(logits[at]!, 4);
  }
});

describe('withoutTrained', () => {
  it('leaves out the patients that trained or validated the network', async () => {
    const network = await open(run);
    const { set: left, facts } = network.withoutTrained(set);
    await network.close();
    expect(new Set(left.windows.map(({ origin }) => origin.patient))).toEqual(testPatients);
    expect(facts).toMatchObject({ arch: 'lstm', labels: ['normal', 'af'], features: 32, trainedOn: data });
    expect(facts.leftOutPatients).toBe(24 - testPatients.size);
  });

  it('leaves out no patient of data sets of another kind', async () => {
    const network = await open(run);
    const { set: left, facts } = network.withoutTrained({ ...set, source: 'mitdb:there' });
    await network.close();
    expect(left.windows).toHaveLength(48);
    expect(facts).toMatchObject({ trainedOn: data, leftOutPatients: 0 });
  });

  it('says that the patients of a file outside its run are not known', async () => {
    const alone = join(await home(), 'alone.onnx');
    await copyFile(join(run, 'model.onnx'), alone);
    const network = await open(alone);
    const { set: left, facts } = network.withoutTrained(set);
    await network.close();
    expect(left.windows).toHaveLength(48);
    expect(facts).toMatchObject({ trainedOn: null, leftOutPatients: 0 });
  });
});

describe('refuses', () => {
  it.each([
    [
      'another rate',
      { fsHz: 100, seconds: 1 },
      /^ERR_OPTION: .*sampling rate in Hz \(`fsHz`\) 50, .* have 100/,
    ],
    ['another length', { seconds: 4 }, /^ERR_OPTION: .*number of samples \(`seconds`\) 100, .* have 200/],
    ['another filter', { filter: '0.5-20' }, /^ERR_OPTION: .*filter in Hz \(`filter`\) none, .* have 0.5-20/],
  ] as const)('%s', async (_, change, message) => {
    expect(await errorOf(open(run, change))).toMatch(message);
  });

  it('another lead and several leads', async () => {
    const other = encodeModel(linear(), { ...stated, 'pqrst.leads': 'V1' });
    const twelve = encodeModel(linear(), { ...stated, 'pqrst.leads': 'I,II' });
    const folder = await folderOf({ 'v1.onnx': other, 'two.onnx': twelve });
    expect(await errorOf(open(`${folder}/v1.onnx`))).toMatch(
      /^ERR_OPTION: .*lead \(`leads`\) V1, .* have II/,
    );
    expect(await errorOf(open(`${folder}/two.onnx`))).toMatch(/^ERR_OPTION: .*number of leads 2, .* have 1/);
  });

  it('a network that was trained on synthetic records', async () => {
    const out = join(await home(), 'synthetic');
    await trainRun({ ...small, setting: 'syn', preset: 'paper' }, { out, engine });
    expect(await errorOf(open(out))).toMatch(/^ERR_OPTION: .*setting syn, which has synthetic records/);
  });

  it('a file that is not a classifier of pqrst, and one without a hidden layer', async () => {
    const folder = await folderOf({
      'foreign.onnx': encodeModel(linear()),
      'linear.onnx': encodeModel(linear(), stated),
    });
    expect(await errorOf(open(`${folder}/foreign.onnx`))).toMatch(/^ERR_MODEL: .*names no classes; give/);
    expect(await errorOf(open(`${folder}/linear.onnx`))).toMatch(/^ERR_MODEL: .*no hidden layer/);
    expect(await errorOf(open(`${folder}/none.onnx`))).toMatch(/^ERR_NOT_FOUND: /);
  });
});

const stated = {
  ...{ 'pqrst.setting': 'real', 'pqrst.classes': 'normal,af', 'pqrst.fsHz': '50', 'pqrst.scaling': 'zscore' },
  ...{ 'pqrst.lengthSamples': '100' },
};

/** A model without a dense layer. */
function linear(): Graph {
  const graph = new Graph('linear');
  const x = graph.input('ecg', 'float32', ['N', 1, 100]);
  graph.output('logit', reduceMean(graph, x, [1, 2]));
  return graph;
}
