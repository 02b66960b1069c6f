// Measures the rate of matrix products that the engine reaches: the upper limit of a training step.

import type { Engine, EngineOptions } from '../engine/engine.js';
import { Graph } from '../graph/graph.js';
import { matmul } from '../graph/ops/matmul.js';
import { slice } from '../graph/ops/slice.js';
import { encodeModel } from '../graph/proto.js';

const side = 1024;
/** Products per run, and runs per measurement. */
const [products, runs] = [4, 3];

export interface GemmBench {
  /** GFLOP/s of float32 [1024, 1024] x [1024, 1024], the fastest run of all measurements so far. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/** Loads the product into the engine. Rejects with ERR_ENGINE. */
export async function openGemm(engine: Engine, options: EngineOptions): Promise<GemmBench> {
  const graph = new Graph('gemm');
  const first = graph.input('first', 'float32', [side, side]);
  const factor = graph.input('factor', 'float32', [side, side]);
  let product = first;
  for (let at = 0; at < products; at++) product = matmul(graph, product, factor);
  // Only a corner of the result leaves the engine.
  const corner = slice(graph, slice(graph, product, 0, 0, 1), 1, 0, 1);
  graph.output('corner', corner);
  const slot = (name: string) => ({ name, type: 'float32' as const, shape: [side, side] });
  const program = {
    bytes: encodeModel(graph),
    inputs: [],
    outputs: [{ name: 'corner', type: corner.dtype, shape: corner.shape }],
    state: [slot('first'), slot('factor')],
  };
  // Each product keeps the size of the values.
  const values = Float32Array.from({ length: side * side }, (_, at) => Math.sin(at) * Math.sqrt(2 / side));
  const state = new Map([first, factor].map(({ name }) => [name, values]));
  const execution = await engine.load(program, state, options);
  const run = async () => {
    const before = await execution.spentMs();
    await execution.run({});
    return (await execution.spentMs()) - before;
  };
  await run();
  let bestMs = Number.POSITIVE_INFINITY;
  return {
    async measure() {
      for (let at = 0; at < runs; at++) bestMs = Math.min(bestMs, await run());
      return (2e-6 * side ** 3 * products) / bestMs;
    },
    close: () => execution.close(),
  };
}
