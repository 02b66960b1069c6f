// Compares the time of a training step of pqrst with that of libtorch. Both have the same layers, loss, AdamW and
// number of threads, and take one step each in turn. A ratio is pqrst / libtorch within one turn; below 1 pqrst is
// faster.
//   node bench/peers/libtorch.mjs [--arch NAME]... [--batch N] [--length N]... [--threads 2] [--turns 20] [--json]
// Needs libtorch with its CMake files (Debian: libtorch-dev, and libopenblas0 for its matrix products), CMake and a
// C++20 compiler. If one of them is missing, it prints a message and exits with 0.

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

/** The architectures that the peer has, and the batch size for each. */
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
      say(`skipped ${arch}; expected one of ${Object.keys(peerBatch).join(', ')}`);
      continue;
    }
    const batch = Number(values.batch ?? peerBatch[arch]);
    for (const length of values.length) rows.push(await compare(arch, batch, Number(length)));
  }
  report(rows);
}

/** Builds the peer and returns the path of its program, or undefined if it cannot be built. */
function build() {
  const folder = join(fileURLToPath(new URL('../..', import.meta.url)), 'build', 'peers-libtorch');
  for (const args of [
    ['-S', join(import.meta.dirname, 'libtorch'), '-B', folder],
    ['--build', folder],
  ]) {
    const done = spawnSync('cmake', args, { encoding: 'utf8' });
    if (done.status === 0) continue;
    const why =
      done.error?.message ??
      (/Could not find.*"Torch"/.test(done.stderr) ? 'libtorch is missing' : done.stderr);
    say(`skipped; its program cannot be built (Debian: libtorch-dev, cmake, g++): ${why.trim()}`);
    return undefined;
  }
  return join(folder, 'libtorch_train');
}

/** Measures one architecture and returns its row of the table. */
async function compare(arch, batch, lengthSamples) {
  say(`${arch}, batch ${batch} x ${lengthSamples}, ${threads} threads, ${turns} turns`);
  const theirs = startPeer([arch, batch, lengthSamples, threads].map(String));
  const { parameters, libtorch } = await theirs.answer();
  if (parameters !== parameterCount(architectures[arch])) {
    theirs.stop();
    throw new Error(
      `${arch} has ${parameterCount(architectures[arch])} parameters in pqrst and ${parameters} in the peer; expected equal numbers`,
    );
  }
  const ours = await startOurs(arch, batch, lengthSamples);
  const rounds = [];
  // The first two turns warm up and are not counted.
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

/** Returns median, quartiles and minimum. */
function spread(values) {
  return { ...spreadOf(values), minimum: Math.min(...values) };
}

/** Starts the program of the peer. It answers each line with one line of JSON. */
function startPeer(args) {
  // Waiting threads of the peer sleep, as those of pqrst do. Otherwise they would use the cores during a step of pqrst.
  const env = { OMP_WAIT_POLICY: 'passive', ...process.env };
  const child = spawn(peer, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the libtorch program ended too early; its output above shows the reason');
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

/** Prepares training steps of pqrst with the same sizes. */
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
    `Milliseconds per step, ${threads} threads; medians (quartiles) of ${turns} turns; ratios are pqrst / libtorch.\n`,
  );
  console.log('| | parameters | pqrst | libtorch | ratio | ratio of CPU time |\n|---|---|---|---|---|---|');
  for (const { arch, batch, lengthSamples, parameters, ours, theirs, ratio, cpuRatio } of rows) {
    const cells = [cell(ours.ms), cell(theirs.ms), cell(ratio, 2), cell(cpuRatio, 2)];
    console.log(
      `| ${arch}, ${batch} x ${lengthSamples} | ${parameters.toLocaleString('en-US')} | ${cells.join(' | ')} |`,
    );
  }
}
