// Measures convolutions with a dilation, alone and with both gradients: x [32, 64, 250], 128 filters of 3 taps, as many
// samples out as in. Prints GFLOP/s of one thread by the CPU time of the process, the rate of a bare matrix product in
// the same rounds, and the shares of it.
//   node bench/dilation.mjs [--dilation 1 16 64] [--rounds 15] [--json]
// The cases take turns. Figures are medians over rounds, with quartiles.

import { parseArgs } from 'node:util';
import { spreadOf } from '../dist/bench/spread.js';
import { onnxRuntimeEngine } from '../dist/engine/onnxruntime.js';
import { gradients } from '../dist/graph/autodiff.js';
import { Graph, sizeOf } from '../dist/graph/graph.js';
import { multiplyAdds } from '../dist/graph/multiply-adds.js';
import { conv1d } from '../dist/graph/ops/conv1d.js';
import { matmul } from '../dist/graph/ops/matmul.js';
import { mul } from '../dist/graph/ops/mul.js';
import { reduceSum } from '../dist/graph/ops/reduce-sum.js';
import { reshape } from '../dist/graph/ops/reshape.js';
import { slice } from '../dist/graph/ops/slice.js';
import { encodeModel } from '../dist/graph/proto.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dilation: { type: 'string', multiple: true, default: ['1', '16', '64'] },
    rounds: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
});
const dilations = [...values.dilation, ...positionals].map(Number);
const rounds = Number(values.rounds);
/** Runs of a case per round, so that a round is long compared with the resolution of the CPU time. */
const runs = 6;

const engine = onnxRuntimeEngine();
const cases = [
  await load('matrix product', (graph) => [
    matmul(graph, graph.input('a', 'float32', [1024, 1024]), graph.input('b', 'float32', [1024, 1024])),
  ]),
];
for (const dilation of dilations) {
  cases.push(await load(`dilation ${dilation}, forward`, (graph) => [convolution(graph, dilation).y]));
  cases.push(
    await load(`dilation ${dilation}, both gradients`, (graph) => {
      const { x, w, y } = convolution(graph, dilation);
      const probe = graph.input('probe', 'float32', y.shape);
      return gradients(graph, reduceSum(graph, mul(graph, y, probe)), [x, w]);
    }),
  );
}

for (let round = 0; round < rounds; round++) for (const one of cases) one.rates.push(await rateOf(one));
for (const { execution } of cases) await execution.close();
await engine.close();

const [product] = cases;
const rows = cases.map(({ name, rates }) => ({
  name,
  gflops: spreadOf(rates),
  share: spreadOf(rates.map((rate, round) => rate / product.rates[round])),
}));
if (values.json) console.log(JSON.stringify(rows));
else {
  console.log('| | GFLOP/s | of the matrix product |');
  console.log('|---|---|---|');
  const text = ({ median, low, high }, digits) =>
    `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  for (const { name, gflops, share } of rows)
    console.log(`| ${name} | ${text(gflops, 1)} | ${text(share, 2)} |`);
}

function convolution(graph, dilation) {
  const x = graph.input('x', 'float32', [32, 64, 250]);
  const w = graph.input('w', 'float32', [128, 64, 3]);
  return { x, w, y: conv1d(graph, x, w, { dilation, padding: dilation }) };
}

/** Loads a graph whose inputs stay in the engine. Only the first value of each result leaves it. */
async function load(name, build) {
  const graph = new Graph('dilation');
  const results = build(graph);
  for (const [at, result] of results.entries()) {
    const flat = reshape(graph, result, [sizeOf(result.shape)]);
    graph.output(`y${at}`, slice(graph, flat, 0, 0, 1));
  }
  const program = {
    bytes: encodeModel(graph),
    inputs: [],
    outputs: results.map((_, at) => ({ name: `y${at}`, type: 'float32', shape: [1] })),
    state: graph.inputs.map(({ name: input, shape }) => ({ name: input, type: 'float32', shape })),
  };
  const state = new Map(
    graph.inputs.map(({ name: input, shape }) => [
      input,
      Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(at) / 16),
    ]),
  );
  const execution = await engine.load(program, state, { threads: 1 });
  await execution.run({});
  return { name, execution, gflop: 2e-9 * multiplyAdds(graph), rates: [] };
}

async function rateOf({ execution, gflop }) {
  const before = process.cpuUsage();
  for (let run = 0; run < runs; run++) await execution.run({});
  const { user, system } = process.cpuUsage(before);
  return (gflop * runs) / (1e-6 * (user + system));
}
