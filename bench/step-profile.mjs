// Shows which kinds of operators use the time of a training step. ONNX Runtime profiles each node; the fastest of
// several steps counts for each node, so that other work of the machine does not matter. The time between nodes is not
// included.
//   node bench/step-profile.mjs [--arch NAME]... [--batch 32] [--length 1000] [--threads 2] [--steps 8] [--operators]
//   --operators    also prints the time of each operator

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { randomStream } from '../dist/base/random.js';
import { architectures } from '../dist/nn/models/index.js';
import { buildClassifierTraining } from '../dist/objectives/classify.js';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: Object.keys(architectures) },
    batch: { type: 'string', default: '32' },
    length: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    steps: { type: 'string', default: '8' },
    operators: { type: 'boolean', default: false },
  },
});
const [batch, lengthSamples, threads, steps] = [
  values.batch,
  values.length,
  values.threads,
  values.steps,
].map(Number);

const kinds = {
  products: /^(Conv|Gemm|MatMul|FusedMatMul|FusedGemm|FusedConv)$/,
  copies: /^(Transpose|Slice|Pad|Concat|Gather|Split|Expand|Reshape|Squeeze|Unsqueeze|Identity)$/,
  'norms and sums': /^(Reduce.*|BatchNormalization|LayerNormalization|Softmax|LogSoftmax|MaxPool)$/,
};
const kindOf = (operator) =>
  Object.keys(kinds).find((kind) => kinds[kind].test(operator)) ?? 'element by element';

console.log(
  `batch ${batch} x ${lengthSamples}, ${threads} threads; ms per kind of operator, with the fastest of ${steps} steps for each node`,
);
for (const arch of values.arch) {
  const fastest = await profile(arch);
  const [byKind, byOperator] = [new Map(), new Map()];
  for (const { operator, ms } of fastest) {
    byKind.set(kindOf(operator), (byKind.get(kindOf(operator)) ?? 0) + ms);
    byOperator.set(operator, (byOperator.get(operator) ?? 0) + ms);
  }
  const whole = [...byKind.values()].reduce((sum, ms) => sum + ms, 0);
  const cell = ([name, ms]) => `${name} ${ms.toFixed(1)} (${((100 * ms) / whole).toFixed(0)} %)`;
  const ordered = (map) => [...map].sort((a, b) => b[1] - a[1]);
  console.log(`${arch.padEnd(16)} ${whole.toFixed(1)}: ${ordered(byKind).map(cell).join(', ')}`);
  if (values.operators) console.log(`  ${ordered(byOperator).slice(0, 20).map(cell).join(', ')}`);
}

/** Returns the nodes of a step, each with its operator and the shortest time in ms. */
async function profile(arch) {
  const folder = await mkdtemp(join(tmpdir(), 'pqrst-profile-'));
  try {
    const { program, initialState, feeds } = buildClassifierTraining({ arch, batch, lengthSamples, seed: 1 });
    const session = await InferenceSession.create(program.bytes, {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // The same option as in src/engine/onnxruntime-worker.ts.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    const stream = randomStream(1, 'profile');
    const ecg = Float32Array.from({ length: batch * lengthSamples }, () => stream.normal());
    const label = Float32Array.from({ length: batch }, (_, row) => row % 2);
    const state = Object.fromEntries(
      program.state.map(({ name, shape }) => [name, new Tensor('float32', initialState.get(name), shape)]),
    );
    for (let step = 1; step <= steps; step++) {
      const given = Object.entries(feeds({ ecg, label, learningRate: 1e-3, step }));
      const tensors = given.map(([name, { data, shape }]) => [name, new Tensor('float32', data, shape)]);
      const results = await session.run({ ...state, ...Object.fromEntries(tensors) });
      for (const { name, next } of program.state) if (next !== undefined) state[name] = results[next];
    }
    session.endProfiling();
    await session.release();
    const [file] = await readdir(folder);
    const nodes = new Map();
    for (const { cat, name, dur, args } of JSON.parse(await readFile(join(folder, file), 'utf8'))) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      const ms = Math.min(nodes.get(name)?.ms ?? Number.POSITIVE_INFINITY, dur / 1000);
      nodes.set(name, { operator: args.op_name, ms });
    }
    return [...nodes.values()];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
