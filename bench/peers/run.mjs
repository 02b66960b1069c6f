// Compares the speed of `pqrst bench synth` with that of two peers: the same model in NumPy, and the two simulators of
// NeuroKit2. Peer and pqrst run in turn, each on one core; CPU time counts. Ratios are taken within a repetition.
//   node bench/peers/run.mjs [--repetitions 5] [--json]
// Needs a Python with numpy and neurokit2: the one that PQRST_PYTHON names, or build/peers-venv, which this script
// makes with pip, or python3. Skips a peer whose module is missing, with a message.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Synthesizer } from 'pqrst';

const here = import.meta.dirname;
const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: { repetitions: { type: 'string', default: '5' }, json: { type: 'boolean', default: false } },
});
const repetitions = Number(values.repetitions);
if (!(Number.isInteger(repetitions) && repetitions > 0)) {
  console.error(
    `--repetitions is "${values.repetitions}"; expected a whole number above 0\n` +
      'usage: node bench/peers/run.mjs [--repetitions 5] [--json]',
  );
  process.exit(2);
}
const lengthSamples = 5000;
const oneThread = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
const say = (sentence) => console.error(`peers: ${sentence}`);

const peers = await findPeers();
const rounds = [];
let latest;
for (let repetition = 1; repetition <= repetitions; repetition++) {
  say(`repetition ${repetition} of ${repetitions}`);
  const round = {};
  for (const { python, script } of peers) {
    const found = runJson(python, [join(here, script)]);
    const ours = runJson(process.execPath, [
      join(root, 'dist/cli/main.js'),
      ...['bench', 'synth', '--preset', 'paper', '--seconds', '2', '--json'],
    ]);
    const rates =
      typeof found.recordsPerS === 'number' ? { 'NumPy, same model': found.recordsPerS } : found.recordsPerS;
    const kernel = ours.targets[ours.javascript.target].normal.median / lengthSamples;
    const batch = ours.javascript.oneThread.median / lengthSamples;
    for (const [name, rate] of Object.entries(rates)) {
      const title = found.neurokit2 === undefined ? name : `NeuroKit2, "${name}"`;
      round[title] = { rate, kernel: kernel / rate, batch: batch / rate };
    }
    round['pqrst, kernel'] ??= { rate: kernel };
    round['pqrst, batch from JavaScript'] ??= { rate: batch };
    latest = { ...latest, ...found, cpu: ours.cpu, node: ours.node, target: ours.javascript.target };
  }
  rounds.push(round);
}
if (rounds.length > 0 && peers.length > 0) await report();

/** Prints the tables, or all numbers as JSON. */
async function report() {
  const rows = Object.keys(rounds[0]).map((name) => {
    const of = (key) => rounds.map((round) => round[name][key]);
    const peer = of('kernel')[0] !== undefined;
    return {
      name,
      recordsPerS: spread(of('rate')),
      samplesPerS: spread(of('rate').map((rate) => rate * lengthSamples)),
      ...(peer && { kernelAgainstIt: spread(of('kernel')), batchAgainstIt: spread(of('batch')) }),
    };
  });
  rows.sort((a, b) => b.recordsPerS.median - a.recordsPerS.median);
  const looks = latest.looks === undefined ? undefined : { numpy: latest.looks, pqrst: await ourLooks() };
  const { cpu, node, target, numpy, neurokit2 } = latest;
  const result = { cpu, node, target, numpy, neurokit2, repetitions, rows, looks };
  if (values.json) {
    console.log(JSON.stringify(result));
    return;
  }
  console.log(
    `${cpu}, ${target}, Node ${node}, NumPy ${numpy}, NeuroKit2 ${neurokit2}; ten seconds at 500 Hz,`,
  );
  console.log(`one core, medians (quartiles) of ${repetitions} repetitions\n`);
  console.log('| | records/s | M samples/s | kernel / peer | batch / peer |\n|---|---|---|---|---|');
  for (const row of rows) {
    const ratios = [row.kernelAgainstIt, row.batchAgainstIt].map((ratio) =>
      ratio === undefined ? '' : `${cell(ratio)} x`,
    );
    const rate = (row.samplesPerS.median / 1e6).toPrecision(3);
    console.log(`| ${row.name} | ${cell(row.recordsPerS)} | ${rate} | ${ratios.join(' | ')} |`);
  }
  if (looks === undefined) return;
  console.log('\nNormal records of both models; medians over records, which must agree:\n');
  console.log(
    '| | mean RR, s | SD of RR, s | SD, mV | peak to peak, mV | fourth moment |\n|---|---|---|---|---|---|',
  );
  for (const [name, { meanRrS, sdRrS, sdMv, peakToPeakMv, fourthMoment }] of Object.entries(looks)) {
    const cells = [meanRrS, sdRrS, sdMv, peakToPeakMv, fourthMoment].map((value) => value.toPrecision(3));
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}

/** Returns the same statistics for records of pqrst as numpy_model.py does for its own. */
async function ourLooks() {
  const count = 4096;
  const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
  const { signals, annotations } = await synthesizer.batch({ classes: ['normal'], count, annotations: true });
  const each = Array.from({ length: count }, (_, k) => {
    const record = signals.subarray(k * lengthSamples, (k + 1) * lengthSamples);
    const centre = mean(record);
    const variance = mean(record, (x) => (x - centre) ** 2);
    const peaks = annotations.record(k).beats.map(({ qrs }) => qrs.peakS);
    const rr = peaks.slice(1).map((peak, at) => peak - peaks[at]);
    return {
      rr,
      sdMv: Math.sqrt(variance),
      peakToPeakMv: Math.max(...record) - Math.min(...record),
      fourthMoment: mean(record, (x) => (x - centre) ** 4) / variance ** 2,
    };
  });
  const beating = each.map(({ rr }) => rr).filter((rr) => rr.length > 1);
  const sd = (rr) => Math.sqrt(mean(rr, (x) => (x - mean(rr)) ** 2));
  return {
    records: count,
    meanRrS: spread(beating.map((rr) => mean(rr))).median,
    sdRrS: spread(beating.map(sd)).median,
    ...Object.fromEntries(
      ['sdMv', 'peakToPeakMv', 'fourthMoment'].map((key) => [
        key,
        spread(each.map((one) => one[key])).median,
      ]),
    ),
  };
}

function mean(values, of = (x) => x) {
  return values.reduce((sum, x) => sum + of(x), 0) / values.length;
}

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

function cell({ median, low, high }) {
  const show = (value) => Number(value.toPrecision(3)).toLocaleString('en-US');
  return `${show(median)} (${show(low)}-${show(high)})`;
}

/** Returns the scripts that can run, each with its Python. */
async function findPeers() {
  const venv = join(root, 'build', 'peers-venv');
  const ours = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const system = process.env.PQRST_PYTHON ?? 'python3';
  const wanted = [
    { module: 'numpy', script: 'numpy_model.py' },
    { module: 'neurokit2', script: 'neurokit.py' },
  ];
  const hasAll = (python) => wanted.every(({ module }) => imports(python, module));
  if (process.env.PQRST_PYTHON === undefined && !hasAll(ours)) {
    if (!existsSync(ours)) spawnSync(system, ['-m', 'venv', venv], { stdio: 'ignore' });
    say(`installing numpy and neurokit2 into ${venv} through pip`);
    const pip = spawnSync(
      ours,
      ['-m', 'pip', 'install', '--quiet', '--prefer-binary', 'numpy', 'neurokit2'],
      {
        encoding: 'utf8',
      },
    );
    if (pip.status !== 0) {
      const why = pip.error?.message ?? pip.stderr.trim().split('\n').at(-1);
      say(`pip failed (${why}); trying ${system} instead`);
    }
  }
  const pythons = process.env.PQRST_PYTHON === undefined ? [ours, system] : [system];
  return wanted.flatMap(({ module, script }) => {
    const python = pythons.find((one) => imports(one, module));
    if (python !== undefined) return [{ python, script }];
    say(
      `skipped ${script}: no Python with ${module} was found (pip install ${module}, or set PQRST_PYTHON to a Python that has it)`,
    );
    return [];
  });
}

function imports(python, module) {
  return spawnSync(python, ['-c', `import ${module}`], { stdio: 'ignore' }).status === 0;
}

function runJson(file, args) {
  const done = spawnSync(file, args, { encoding: 'utf8', env: { ...process.env, ...oneThread } });
  if (done.status !== 0) {
    throw new Error(`${[file, ...args].join(' ')} failed: ${done.error?.message ?? done.stderr}`);
  }
  return JSON.parse(done.stdout);
}
