// A separate program that tests a device: `node device-probe.js cuda` runs a graph with one node on it and exits with
// status 0 if the sum is correct. It is never imported, because a broken driver may end the process that tests it.

import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../graph/graph.js';
import { add } from '../graph/ops/add.js';
import { encodeModel } from '../graph/proto.js';

const graph = new Graph('probe');
const x = graph.input('x', 'float32', [2]);
graph.output('y', add(graph, x, x));
try {
  const session = await InferenceSession.create(encodeModel(graph), {
    executionProviders: [process.argv[2]!],
    logSeverityLevel: 3,
  });
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2), [2]) });
  await session.release();
  if (String(y!.data) !== '2,4') throw new Error(`the device adds 1 + 1, 2 + 2 to ${y!.data}`);
} catch (error) {
  console.error((error as Error).message.trim());
  process.exitCode = 1;
}
