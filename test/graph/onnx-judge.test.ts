// The onnx package of Python judges every operator with its gradient: the checker, strict shape inference, and the
// reference evaluator, which computes by the definitions of the operators alone.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { gradients } from '#lib/graph/autodiff.js';
import { Graph, sizeOf, type Value } from '#lib/graph/graph.js';
import { concat } from '#lib/graph/ops/concat.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { encodeModel } from '#lib/graph/proto.js';
import { draws, type OperatorCase, operatorCases } from '../engine/operator-cases.js';
import { onnxVerdicts } from '../helpers/onnx-judge.js';
import { pythonWith } from '../helpers/python.js';
import { compile } from './run-graph.js';

const python = pythonWith('onnx', 'numpy');

/** The evaluator fails with an IndexError for this MaxPool, whose window reaches into the padding at both ends. */
const failing = 'MaxPool of 3 taps, stride 1, padding 1, among equal taps';
const cases = operatorCases.filter(({ name }) => name !== failing);

/** The values and gradients of an operator as one list `logit`; the input `ecg` is a factor. */
function judged({ shapes, build, isPositive = false, forwardOnly = false }: OperatorCase): Graph {
  const graph = new Graph('operator');
  const factor = graph.input('ecg', 'float32', [1]);
  const inputs = shapes.map((shape, at) => {
    const values = draws(`x${at}`, sizeOf(shape));
    const data = isPositive ? values.map((value) => 0.5 + Math.abs(value)) : values;
    return graph.initializer(`x${at}`, data, shape as number[]);
  });
  const y = build(graph, ...inputs);
  const probe = graph.constant([...draws('probe', sizeOf(y.shape))], y.shape as number[]);
  const loss = mul(graph, reduceSum(graph, mul(graph, y, probe)), reshape(graph, factor, []));
  const parts: Value[] = [y, ...(forwardOnly ? [] : gradients(graph, loss, inputs))];
  const lists = parts.map((part) => reshape(graph, part, [sizeOf(part.shape)]));
  graph.output('logit', concat(graph, lists, 0));
  graph.output('probability', loss);
  return graph;
}

test.skipIf(python === undefined)(
  `onnx gives the values and gradients of every operator${python ? '' : ' (SKIPPED: no Python with onnx)'}`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pqrst-operators-'));
    const graphs = cases.map(judged);
    const paths = cases.map((_, at) => join(folder, `${at}.onnx`));
    await Promise.all(paths.map((path, at) => writeFile(path, encodeModel(graphs[at]!))));
    const verdicts = onnxVerdicts(python!, paths, Float32Array.of(1.5), [1]);
    await rm(folder, { recursive: true });
    expect(verdicts).toHaveLength(operatorCases.length - 1);
    for (const [at, { name }] of cases.entries()) {
      const { error, logits } = verdicts[at]!;
      expect(error, name).toBeUndefined();
      const runner = await compile(graphs[at]!);
      const { logit } = await runner.run({ ecg: Float32Array.of(1.5) });
      await runner.release();
      expect(logits.length, name).toBe(logit!.length);
      const scale = Math.max(1, ...logit!.map(Math.abs));
      for (const [place, value] of logit!.entries())
        expect(Math.abs(logits[place]! - value) / scale, `${name}[${place}]`).toBeLessThan(1e-5);
    }
  },
);
