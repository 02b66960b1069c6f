// A training step of ours against libtorch's: the same layers, loss and AdamW on the same number of threads, in turns in
// one run (theirs, ours, theirs, ours, a step each). Ratios are ours / theirs within a turn; below 1 ours is faster.
//   node bench/peers/libtorch.mjs [--arch NAME]... [--batch n] [--length n]... [--threads 2] [--turns 20] [--json]
// Needs libtorch with its CMake files (Debian: libtorch-dev, and libopenblas0 for its matrix products), CMake and a C++20
// compiler; where they are missing it says so in a sentence and ends without a failure.

import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { spreadOf } from '../../dist/bench/spread.js';
import { onnxRuntimeEngine } from '../../dist/engine/onnxruntime.js';
import { architectures, parameterCount } from '../../dist/nn/models/index.js';
import { buildClassifierTraining } from '../../dist/objectives/classify.js';

/** What the peer has, and the batch it is compared at. */
const peerBatch = {
  ...{ resnet18: 32, resnet34: 32, resnet50: 32, 'efficientnet-b0': 32 },
  ...{ lstm: 256, gru: 256, transformer: 256 },
};

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: Object.keys(peerBatch) },
    batch: { type: 'string' },
    length: { type: 'string', multiple: true, default: ['1000'] },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    turns: { type: 'string', default: '20' },
    json: { type: 'boolean', default: false },
  },
});
const threads = Number(values.threads);
const turns = Number(values.turns);
const say = (sentence) => console.error(`libtorch: ${sentence}`);

const peer = build();
if (peer !== undefined) {
  const rows = [];
  for (const arch of values.arch) {
    if (architectures[arch] === undefined || peerBatch[arch] === undefined) {
      say(`skipped ${arch}: one of the two has no such network`);
      continue;
    }
    const batch = Number(values.batch ?? peerBatch[arch]);
    for (const length of values.length) rows.push(await compare(arch, batch, Number(length)));
  }
  report(rows);
}

/** The path of the program, or undefined where it cannot be built. */
function build() {
  const folder = join(fileURLToPath(new URL('../..', import.meta.url)), 'build', 'peers-libtorch');
  for (const args of [
    ['-S', join(import.meta.dirname, 'libtorch'), '-B', folder],
    ['--build', folder],
  ]) {
    const done = spawnSync('cmake', args, { encoding: 'utf8' });
    if (done.status === 0) continue;
    const why =
      done.error?.message ?? (/Could not find.*"Torch"/.test(done.stderr) ? 'no libtorch' : done.stderr);
    say(`skipped, the program could not be built (Debian: libtorch-dev, cmake, g++): ${why.trim()}`);
    return undefined;
  }
  return join(folder, 'libtorch_train');
}

async function compare(arch, batch, lengthSamples) {
  say(`${arch}, batch ${batch} x ${lengthSamples}, ${threads} threads, ${turns} turns`);
  const theirs = startPeer([arch, batch, lengthSamples, threads].map(String));
  const { parameters, libtorch } = await theirs.answer();
  if (parameters !== parameterCount(architectures[arch])) {
    theirs.stop();
    throw new Error(`${arch} has ${parameterCount(architectures[arch])} parameters, the peer ${parameters}`);
  }
  const ours = await startOurs(arch, batch, lengthSamples);
  const rounds = [];
  // The first two warm up.
  for (let turn = -2; turn < turns; turn++) {
    const round = { theirs: await theirs.step(), ours: await ours.step() };
    if (turn >= 0) rounds.push(round);
  }
  const gemmGflops = await theirs.gemm();
  theirs.stop();
  await ours.stop();
  const sideOf = (side) => ({
    ms: spread(rounds.map((round) => round[side].ms)),
    cpuMs: spread(rounds.map((round) => round[side].cpuMs)),
  });
  const ratioOf = (key) => spread(rounds.map((round) => round.ours[key] / round.theirs[key]));
  return {
    ...{ arch, batch, lengthSamples, threads, turns, parameters, libtorch, gemmGflops },
    ...{ theirs: sideOf('theirs'), ours: sideOf('ours'), ratio: ratioOf('ms'), cpuRatio: ratioOf('cpuMs') },
  };
}

/** Median, quartiles, minimum. */
function spread(values) {
  return { ...spreadOf(values), minimum: Math.min(...values) };
}

function startPeer(args) {
  // Threads that wait sleep, as ours do: else they would take the cores from our step.
  const env = { OMP_WAIT_POLICY: 'passive', ...process.env };
  const child = spawn(peer, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the libtorch program ended early; what it said stands above');
    return JSON.parse(value);
  };
  const ask = (line) => {
    child.stdin.write(`${line}\n`);
    return answer();
  };
  return {
    answer,
    step: () => ask('step'),
    gemm: async () => (await ask('gemm')).gflops,
    stop: () => child.stdin.end(),
  };
}

async function startOurs(arch, batch, lengthSamples) {
  const { program, initialState, feeds } = buildClassifierTraining({ arch, batch, lengthSamples, seed: 1 });
  const engine = onnxRuntimeEngine();
  const execution = await engine.load(program, initialState, { threads });
  const ecg = Float32Array.from(
    { length: batch * lengthSamples },
    (_, at) => Math.sin(0.37 * at) + Math.cos(0.011 * at),
  );
  const label = Float32Array.from({ length: batch }, (_, row) => Number(row % 4 === 0));
  let step = 0;
  return {
    async step() {
      step++;
      const [start, cpuStart] = [performance.now(), process.cpuUsage()];
      await execution.run(feeds({ ecg, label, positiveWeight: 3, learningRate: 1e-3, step }));
      const { user, system } = process.cpuUsage(cpuStart);
      return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
    },
    async stop() {
      await execution.close();
      await engine.close();
    },
  };
}

function report(rows) {
  if (values.json) {
    console.log(JSON.stringify(rows));
    return;
  }
  const cell = ({ median, low, high }, digits = 0) =>
    `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
  console.log(
    `A step in milliseconds, ${threads} threads; medians (quartiles) of ${turns} turns, ratios ours / theirs.\n`,
  );
  console.log('| | parameters | pqrst | libtorch | ratio | of processor time |\n|---|---|---|---|---|---|');
  for (const { arch, batch, lengthSamples, parameters, ours, theirs, ratio, cpuRatio } of rows) {
    const cells = [cell(ours.ms), cell(theirs.ms), cell(ratio, 2), cell(cpuRatio, 2)];
    console.log(
      `| ${arch}, ${batch} x ${lengthSamples} | ${parameters.toLocaleString('en-US')} | ${cells.join(' | ')} |`,
    );
  }
}
