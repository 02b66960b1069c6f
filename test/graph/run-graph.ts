// Runs a graph under construction with the runtime, for the tests of graph and nn.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Graph, Shape } from '#lib/graph/graph.js';
import { encodeModel } from '#lib/graph/proto.js';

export type Values = Record<string, Float32Array>;

export interface GraphRunner {
  run(feeds: Values): Promise<Values>;
  release(): Promise<void>;
}

/** Compiles and runs `graph`. Feeds and results are float32 by name, with the declared shapes; `free` is the free dimension. */
export async function compile(graph: Graph, free = 1): Promise<GraphRunner> {
  const session = await InferenceSession.create(encodeModel(graph), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const fix = (shape: Shape) => shape.map((dim) => (typeof dim === 'number' ? dim : free));
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(
        graph.inputs.map(({ name, shape }) => [name, new Tensor('float32', feeds[name]!, fix(shape))]),
      );
      const results = await session.run(tensors);
      return Object.fromEntries(
        graph.outputs.map(({ name }) => [name, Float32Array.from(results[name]!.data as Float32Array)]),
      );
    },
    release: () => session.release(),
  };
}
