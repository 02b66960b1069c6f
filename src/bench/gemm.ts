// Measures the rate of matrix products that the engine reaches: the upper limit of a training step.

import type { Engine, EngineOptions } from '../engine/engine.js';
import { Graph } from '../graph/graph.js';
import { matmul } from '../graph/ops/matmul.js';
import { slice } from '../graph/ops/slice.js';
import { encodeModel } from '../graph/proto.js';

const side = 1024;
/** The number of products per run, and the number of runs per measurement. */
const [products, runs] = [4, 3];

/** A matrix product that is loaded into an engine. */
export interface GemmBench {
  /** Measures again, and returns the GFLOP/s of the fastest run so far of float32 [1024, 1024] x [1024, 1024]. */
  measure(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Loads the product into the engine.
 *
 * @throws PqrstError ERR_ENGINE: when the engine fails.
 */
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
  // With these values, a product has values of the same size as its factors.
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
