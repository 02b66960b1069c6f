// Statistics that are not those of batch norm: a codebook that follows the batches (van den Oord, Vinyals and Kavukcuoglu
// 2017, arXiv 1711.00937, appendix A.1) beside one trained weight. It trains, resumes, and reaches the inference program.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import type { BatchSource } from '#lib/batches/batches.js';
import type { Engine, State } from '#lib/engine/engine.js';
import { onnxRuntimeEngine } from '#lib/engine/onnxruntime.js';
import { Graph, type Value } from '#lib/graph/graph.js';
import { add } from '#lib/graph/ops/add.js';
import { cast } from '#lib/graph/ops/cast.js';
import { div } from '#lib/graph/ops/div.js';
import { matmul } from '#lib/graph/ops/matmul.js';
import { mul } from '#lib/graph/ops/mul.js';
import { reduceMean } from '#lib/graph/ops/reduce-mean.js';
import { reduceSum } from '#lib/graph/ops/reduce-sum.js';
import { reshape } from '#lib/graph/ops/reshape.js';
import { sub } from '#lib/graph/ops/sub.js';
import { transpose } from '#lib/graph/ops/transpose.js';
import { slotInput, toProgram } from '#lib/model/program.js';
import { buildTrainingProgram } from '#lib/model/training.js';
import { Net } from '#lib/nn/net.js';
import type { Objective } from '#lib/objectives/objective.js';
import { decodeCheckpoint, encodeCheckpoint } from '#lib/train/checkpoint.js';
import { type TrainerPlan, type TrainingSnapshot, train } from '#lib/train/trainer.js';
import { expectEqualBits } from '../helpers/several-steps.js';

const [batchSize, batchesPerEpoch, codes, dims, keep] = [32, 8, 4, 2, 0.8];
const centres = [
  [3, 3],
  [-3, 3],
  [-3, -3],
  [3, -3],
] as const;

/** Points around four centres, with a standard deviation of 0.3. */
const source: BatchSource = {
  leads: 1,
  lengthSamples: dims,
  count: batchSize * batchesPerEpoch,
  labelCounts: [],
  batchesPerEpoch,
  batch: async (epoch, index) => {
    const signals = randomStream(1, 'points', epoch, index).fillNormal(new Float32Array(batchSize * dims));
    const points = signals.map(
      (value, at) => 0.3 * value + centres[Math.floor(at / dims) % codes]![at % dims]!,
    );
    return { signals: points, labels: new Float32Array(batchSize), count: batchSize };
  },
};

const zeros = (_seed: number | bigint, _name: string, size: number) => new Float32Array(size);
const ones = (_seed: number | bigint, _name: string, size: number) => new Float32Array(size).fill(1);
const drawn = (seed: number | bigint, name: string, size: number) =>
  randomStream(seed, name).fillNormal(new Float32Array(size));

/** Returns the codebook [K, D] and the squared distances [N, K] of the points x [N, D]. */
function distances(net: Net, x: Value, rows: number | string) {
  const { graph } = net;
  const codebook = net.statistic('codebook', [codes, dims], drawn);
  const square = (value: Value) => reduceSum(graph, mul(graph, value, value), [1], true);
  const cross = mul(graph, matmul(graph, x, transpose(graph, codebook, [1, 0])), graph.constant(-2));
  const norms = reshape(graph, square(codebook), [1, codes]);
  return { codebook, squares: add(graph, add(graph, { ...square(x), shape: [rows, 1] }, cross), norms) };
}

interface Points {
  readonly x: Float32Array;
  readonly step: number;
}

/** The steps whose numbers the objective received. */
const steps: number[] = [];

const codebookObjective: Objective<Points> = {
  buildTraining: (options) =>
    buildTrainingProgram<Points>(options, {
      build: (net) => {
        const { graph } = net;
        const x = graph.input('x', 'float32', [batchSize, dims]);
        const { codebook, squares } = distances(net, x, batchSize);
        const next = graph.unrecorded(() => {
          const column = { dtype: 'float32' as const, shape: [batchSize, 1] };
          const least = graph.emitOne('ReduceMin', [squares, graph.integers([1])], column, { keepdims: 1 });
          const isLeast = graph.emitOne('Equal', [squares, least], { dtype: 'bool', shape: squares.shape });
          const chosen = cast(graph, isLeast, 'float32');
          const follow = (before: Value, now: Value) =>
            add(graph, mul(graph, before, graph.constant(keep)), mul(graph, now, graph.constant(1 - keep)));
          const counts = follow(net.statistic('counts', [codes], ones), reduceSum(graph, chosen, [0]));
          const sumNow = matmul(graph, transpose(graph, chosen, [1, 0]), x);
          const sums = follow(net.statistic('sums', [codes, dims], zeros), sumNow);
          return { counts, sums, chosen };
        });
        net.nextStatistics.set('counts', next.counts);
        net.nextStatistics.set('sums', next.sums);
        net.nextStatistics.set(
          'codebook',
          graph.unrecorded(() => div(graph, next.sums, reshape(graph, next.counts, [codes, 1]))),
        );
        // The weight learns the mean difference between a point and its code.
        const quantised = matmul(graph, next.chosen, codebook);
        const shifted = add(graph, quantised, net.weight('shift', [1, dims], zeros));
        const difference = sub(graph, x, shifted);
        return { loss: reduceMean(graph, mul(graph, difference, difference), [0, 1]), outputs: {} };
      },
      feeds: ({ x }) => ({ x: { data: x, shape: [batchSize, dims] } }),
    }),
  buildInference: () => {
    const graph = new Graph('codes');
    const net = new Net(graph, 'inference', slotInput);
    const { squares } = distances(net, graph.input('x', 'float32', ['N', dims]), 'N');
    graph.output('squares', squares);
    return toProgram(
      graph,
      net.slots.map(({ name, shape }) => ({ name, shape, type: 'float32' as const })),
    );
  },
  inputs: ({ signals }, step) => {
    steps.push(step);
    return { x: signals, step };
  },
  validate: async (execution, points) => {
    const { signals, count } = await points.batch(0, 0);
    const { squares } = await execution.run({ x: { data: signals, shape: [count, dims] } });
    const values = squares!.data as Float32Array;
    let sum = 0;
    for (let row = 0; row < count; row++) sum += Math.min(...values.subarray(row * codes, (row + 1) * codes));
    return { loss: sum / count, scores: {} };
  },
};

const plan: TrainerPlan = {
  ...{ phase: 'tokenize', batchSize, seed: 3, learningRate: 1e-3, weightDecay: 0 },
  ...{ epochs: 6, validateEvery: 2, patience: 6, emaDecay: 0.9 },
};
/** A start from data, as k-means takes it: one point of each cluster is a code. */
const start: State = new Map([
  ['codebook', Float32Array.from([0, 1, 2, 3].flatMap((row) => centres[row]!.map((value) => value / 2)))],
]);

let engine: Engine;
beforeAll(() => {
  engine = onnxRuntimeEngine();
});
afterAll(() => engine.close());

const run = (given: { resume?: TrainingSnapshot; weights?: State; stepsPerRun?: number } = {}) => {
  const snapshots: TrainingSnapshot[] = [];
  const { stepsPerRun = 1, ...rest } = given;
  const input = { engine: { ...engine, stepsPerRun }, objective: codebookObjective, plan };
  const onSnapshot = async (snapshot: TrainingSnapshot) => void snapshots.push(structuredClone(snapshot));
  return train({ ...input, training: source, validation: source, onSnapshot, ...rest }).then((last) => ({
    last,
    snapshots,
  }));
};

describe('statistics of a codebook', () => {
  it('follow the batches from given values to the centres of the clusters', async () => {
    const { last } = await run({ weights: start });
    const codebook = last.best.get('codebook')!;
    for (const [code, centre] of centres.entries())
      for (const [dim, value] of centre.entries())
        expect(Math.abs(codebook[code * dims + dim]! - value), `code ${code}`).toBeLessThan(0.2);
    // Two dimensions with a variance of 0.09 each.
    expect(last.progress.best!.valLoss).toBeLessThan(0.25);
    const counts = [...last.current.get('counts')!];
    const share = batchSize / codes;
    const expected = share + (1 - share) * keep ** (plan.epochs * batchesPerEpoch);
    for (const count of counts) expect(count).toBeCloseTo(expected, 5);
  });

  it('equal the closed form of the moving average after two epochs', async () => {
    const { snapshots } = await run({ weights: start });
    const { current } = snapshots[0]!;
    let [counts, sums] = [Array<number>(codes).fill(1), Array<number>(codes * dims).fill(0)];
    let codebook = [...start.get('codebook')!];
    for (let at = 0; at < 2 * batchesPerEpoch; at++) {
      const { signals } = await source.batch(Math.floor(at / batchesPerEpoch), at % batchesPerEpoch);
      const [n, m] = [Array<number>(codes).fill(0), Array<number>(codes * dims).fill(0)];
      for (let row = 0; row < batchSize; row++) {
        const [a, b] = [signals[row * dims]!, signals[row * dims + 1]!];
        const far = [0, 1, 2, 3].map(
          (code) => (a - codebook[code * dims]!) ** 2 + (b - codebook[code * dims + 1]!) ** 2,
        );
        const code = far.indexOf(Math.min(...far));
        n[code]!++;
        m[code * dims]! += a;
        m[code * dims + 1]! += b;
      }
      counts = counts.map((value, code) => keep * value + (1 - keep) * n[code]!);
      sums = sums.map((value, place) => keep * value + (1 - keep) * m[place]!);
      codebook = sums.map((value, place) => value / counts[Math.floor(place / dims)]!);
    }
    for (const [name, wanted] of Object.entries({ counts, sums, codebook }))
      for (const [place, value] of wanted.entries())
        expect(Math.abs(current.get(name)![place]! - value), `${name}[${place}]`).toBeLessThan(1e-4);
  });

  it('reach the inference program, which holds the codebook alone', async () => {
    const { last } = await run({ weights: start });
    expect([...last.best.keys()]).toEqual(['codebook']);
    expect([...last.current.keys()].sort()).toEqual(
      ['adam.first.shift', 'adam.second.shift', 'codebook', 'counts', 'ema.shift', 'shift', 'sums'].sort(),
    );
  });

  it('resume from a checkpoint to the same bits, with the same step numbers', async () => {
    const { last, snapshots } = await run({ weights: start });
    steps.length = 0;
    const resume = decodeCheckpoint(encodeCheckpoint({ config: {}, ...snapshots[0]! }), 'checkpoint.bin');
    const resumed = await run({ resume });
    expect(steps).toEqual(Array.from({ length: 4 * batchesPerEpoch }, (_, at) => 17 + at));
    expectEqualBits(resumed.last.current, last.current);
    expectEqualBits(resumed.last.best, last.best);
  });

  it('have the same bits with several steps per run', async () => {
    steps.length = 0;
    const several = await run({ weights: start, stepsPerRun: 3 });
    expect(steps).toEqual(Array.from({ length: 6 * batchesPerEpoch }, (_, at) => 1 + at));
    expectEqualBits(several.last.current, (await run({ weights: start })).last.current);
  });
});

it('a statistic without a next value is refused by its name', () => {
  const build = (net: Net) => {
    net.statistic('codebook', [codes, dims], drawn);
    const weight = net.weight('shift', [1, dims], zeros);
    return { loss: reduceMean(net.graph, mul(net.graph, weight, weight), [0, 1]), outputs: {} };
  };
  expect(() => buildTrainingProgram({ batch: 2, seed: 1 }, { build, feeds: () => ({}) })).toThrow(
    expect.objectContaining({ code: 'ERR_GRAPH', message: expect.stringContaining('codebook') }),
  );
});
