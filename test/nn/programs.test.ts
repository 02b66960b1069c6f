// One network built three times: the training program, the inference program and the exported file agree.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { decodeModelHeader } from '#lib/graph/header.js';
import { encodeModel } from '#lib/graph/proto.js';
import { buildConstantGraph, buildInferenceProgram, pickState } from '#lib/model/program.js';
import { resolveArch } from '#lib/nn/models/index.js';
import { buildClassifierTraining } from '#lib/objectives/classify.js';

const plan = { arch: 'resnet18', lengthSamples: 100 };
const engine = onnxRuntimeEngine();
const [batch, records] = [8, 5];
const stream = randomStream(3, 'records');
const ecg = Float32Array.from({ length: records * 100 }, () => stream.normal());
const training = buildClassifierTraining({ ...plan, batch, seed: 1 });
const losses: number[] = [];
let state = new Map<string, Float32Array>();

beforeAll(async () => {
  const execution = await engine.load(training.program, training.initialState, { threads: 1 });
  const label = Float32Array.from({ length: batch }, (_, at) => at % 2);
  const waves = Float32Array.from({ length: batch * 100 }, (_, at) =>
    Math.sin(at / (Math.floor(at / 100) % 2 === 0 ? 3 : 7)),
  );
  for (let step = 1; step <= 12; step++) {
    const { loss } = await execution.run(training.feeds({ ecg: waves, label, learningRate: 1e-3, step }));
    losses.push(loss!.data[0] as number);
  }
  state = await execution.getState();
  await execution.close();
});
afterAll(() => engine.close());

test('training lowers the loss', () => {
  expect(losses.at(-1)!).toBeLessThan(0.3 * losses[0]!);
});

test('the exported file gives the logits of the inference program for every batch size', async () => {
  const program = buildInferenceProgram(plan);
  const execution = await engine.load(program, pickState(state, program), { threads: 1 });
  const inferred = await execution.run({ ecg: { data: ecg, shape: [records, 1, 100] } });
  const session = await InferenceSession.create(encodeModel(buildConstantGraph(plan, state)));
  const whole = await session.run({ ecg: new Tensor('float32', ecg, [records, 1, 100]) });
  expect(whole.logit!.dims).toEqual([records]);
  for (let record = 0; record < records; record++) {
    const one = new Tensor('float32', ecg.subarray(record * 100, record * 100 + 100), [1, 1, 100]);
    const alone = (await session.run({ ecg: one })).logit!.data[0] as number;
    const logit = inferred.logit!.data[record] as number;
    expect(Math.abs((whole.logit!.data[record] as number) - logit)).toBeLessThan(1e-4);
    expect(Math.abs(alone - logit)).toBeLessThan(1e-4);
    expect(inferred.probability!.data[record]).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
  }
  await session.release();
  await execution.close();
});

test('the exported file states its inputs', () => {
  const header = decodeModelHeader(encodeModel(buildConstantGraph(plan, state), { fsHz: '250' }));
  expect(header.metadata).toEqual({ fsHz: '250' });
  expect(header.inputs).toEqual([{ name: 'ecg', dtype: 'float32', shape: ['N', 1, 100] }]);
  expect(header.outputs.map(({ name, shape }) => [name, shape])).toEqual([
    ['logit', ['N']],
    ['probability', ['N']],
  ]);
});

test('a state of another network is rejected by name', () => {
  expect(() => buildConstantGraph(plan, new Map())).toThrow(
    expect.objectContaining({ code: 'ERR_CHECKPOINT', message: expect.stringMatching(/"stem.conv.weight"/) }),
  );
});

test('an unknown architecture is reported with the nearest name', () => {
  expect(() => resolveArch('resnet81')).toThrow(/unknown architecture "resnet81"; did you mean "resnet18"\?/);
  expect(() => resolveArch('toString')).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_ARCH' }));
});

test.each([
  ['batch', { batch: 1, lengthSamples: 96 }, /batch must be/],
  ['length', { batch: 2, lengthSamples: 8 }, /at least 32 samples, got 8/],
  ['backboneOut', { batch: 2, lengthSamples: 96, options: { backboneOut: 3 } }, /16-1024, got 3/],
])('refuses a %s out of range', (_name, plan, sentence) => {
  expect(() => buildClassifierTraining({ arch: 'resnet18', seed: 1, ...plan })).toThrow(sentence);
});

const hasOnnx = spawnSync('python3', ['-c', 'import onnx']).status === 0;

test.skipIf(!hasOnnx)(
  'onnx.checker accepts the exported graph and the training graph (skipped without Python onnx)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'pqrst-onnx-'));
    const files = {
      'export.onnx': encodeModel(buildConstantGraph(plan, state)),
      'training.onnx': training.program.bytes,
    };
    const script = [
      'import onnx, sys',
      'for path in sys.argv[1:]:',
      '  model = onnx.load(path)',
      '  onnx.checker.check_model(model, full_check=True)',
      '  inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)',
      '  print(len(model.graph.node), [o.name for o in inferred.graph.output][:2])',
    ].join('\n');
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
    const paths = Object.keys(files).map((name) => join(folder, name));
    const checked = spawnSync('python3', ['-c', script, ...paths], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(checked.stderr).toBe('');
    expect(checked.stdout).toContain("['logit', 'probability']");
    expect(checked.stdout).toContain("['loss', 'logit']");
  },
);
