// Measures the speed of the simulator and writes the tables into docs/performance.md, between their marks. Text outside
// the marks stays as it is; check afterwards that it still agrees with the tables.
//   node bench/performance.mjs [kernel] [stages] [javascript] [peers] [corpora]     (default: all five)
// Needs `npm run setup` and CMake; `stages` also needs valgrind, and `peers` needs Python (see bench/peers/README.md).
// Takes about ten minutes.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const bench = join('build', 'kernels', 'kernel_bench');
const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];
const page = join(root, 'docs', 'performance.md');

const sections = { kernel, stages, javascript, peers, corpora };
const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in sections));
if (unknown !== undefined) {
  console.error(
    `performance: there is no part "${unknown}"; expected one of ${Object.keys(sections).join(', ')}`,
  );
  process.exit(2);
}
run('cmake', ['-S', '.', '-B', 'build/kernels']);
run('cmake', ['--build', 'build/kernels', '--target', 'kernel_bench']);
put('machine', machine());
for (const name of asked.length > 0 ? asked : Object.keys(sections)) {
  console.error(`performance: ${name}`);
  for (const [mark, table] of Object.entries(sections[name]())) put(mark, table);
}

function machine() {
  const compiler = /CMAKE_CXX_COMPILER:\w+=(.*)/.exec(
    readFileSync(join(root, 'build/kernels/CMakeCache.txt'), 'utf8'),
  );
  const version = run(compiler[1], ['--version']).split('\n')[0];
  const names = Object.keys(JSON.parse(run(bench, ['--json', '--repetitions', '1'])).targets);
  return (
    `Last measured on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores of ${cpus()[0].model.trim()} ` +
    `(${names.join(', ')}), ${Math.round(totalmem() / 2 ** 30)} GiB,\n${process.platform}, ${version}, Node ${process.versions.node}.`
  );
}

function kernel() {
  const { targets } = JSON.parse(run(bench, ['--json']));
  const names = Object.keys(targets);
  const rows = Object.keys(targets[names[0]]).map((name) => [
    name,
    ...names.flatMap((target) => {
      const { median, low, high, ofNoise } = targets[target][name];
      return [`${fixed(median)} (${fixed(low)}-${fixed(high)})`, ofNoise.toFixed(2)];
    }),
  ]);
  return { kernel: table(['', ...names.flatMap((name) => [name, 'of its noise stage'])], rows) };
}

function stages() {
  const { ticksPerNs, targets } = JSON.parse(run(bench, ['--json', '--stages']));
  const [target, byStage] = Object.entries(targets)[0];
  const scale = ticksPerNs > 0 ? ticksPerNs : 1;
  const rows = Object.entries(byStage).map(([stage, of]) => [
    stage,
    ...classes.map((name) => {
      const { median, low, high } = of[name];
      return `${(median * scale).toFixed(2)} ± ${(((high - low) / 2) * scale).toFixed(2)}`;
    }),
  ]);
  const unit =
    ticksPerNs > 0
      ? `ticks of the time-stamp counter (${ticksPerNs.toFixed(3)} per ns, its nominal rate, which is not the clock of the core)`
      : 'ns';
  const counted = run(process.execPath, ['bench/instructions.mjs']);
  return {
    stages: `${target}, ${unit}; medians ± half the distance between the quartiles:\n\n${table(['', ...classes], rows)}\n\n${counted.trim()}`,
  };
}

function javascript() {
  const facts = JSON.parse(
    run(process.execPath, [
      'dist/cli/main.js',
      'bench',
      'synth',
      '--preset',
      'paper',
      '--seconds',
      '20',
      '--json',
    ]),
  );
  const { target, oneThread, ofKernel, ofKernelToMemory, threads } = facts.javascript;
  const rate = ({ median, low, high }) => `${giga(median)} (${giga(low)}-${giga(high)})`;
  const rows = [
    [
      'one thread',
      rate(oneThread),
      `${ofKernel.median.toFixed(3)} of the kernel that writes into one buffer, ${ofKernelToMemory.median.toFixed(3)} of the kernel that writes as much memory`,
    ],
    ...threads.map(({ threads: count, rate: reached, speedup, cores, cpuTime }) => [
      `${count} threads, by wall time`,
      rate(reached),
      `${speedup.median.toFixed(2)} times one thread, with ${cores.median.toFixed(2)} cores available and ${cpuTime.median.toFixed(2)} times the CPU time`,
    ]),
    [
      'int16 against float32 (kernel)',
      rate(facts.targets[target]['normal, int16']),
      facts.int16OfFloat32.median.toFixed(3),
    ],
  ];
  const goals = facts.goals.map(({ name, measured, goal, met }) => {
    const show = goal > 100 ? (value) => `${giga(value)} G` : (value) => value.toFixed(2);
    return [name, `>= ${show(goal)}`, show(measured), met ? 'met' : 'missed'];
  });
  return {
    javascript: table([target, 'G samples/s', 'ratio'], rows),
    goals: table(['', 'goal', 'measured', ''], goals),
  };
}

function peers() {
  return { peers: run(process.execPath, ['bench/peers/run.mjs']).trim() };
}

function corpora() {
  const facts = JSON.parse(run(process.execPath, ['bench/corpus-write.mjs', '--dir', 'build', '--json']));
  const rate = ({ median, low, high }) => `${median.toFixed(0)} MB/s (${low.toFixed(0)}-${high.toFixed(0)})`;
  const ratio = ({ median, low, high }) => `${median.toFixed(2)} (${low.toFixed(2)}-${high.toFixed(2)})`;
  const rows = [
    ['`dd bs=1M conv=fsync`', rate(facts.ddMbPerS)],
    ['corpus, npy int16', rate(facts.corpusMbPerS)],
    ['the same records, made but not written', rate(facts.kernelMbPerS)],
    ['corpus against dd (goal >= 0.80)', ratio(facts.corpusToDd)],
    ['corpus against not written', ratio(facts.corpusToKernel)],
    ['peak resident memory (goal < 300 MB)', `${facts.maxRssMb.toFixed(0)} MB`],
  ];
  return { corpora: table([`${facts.records} records, ${facts.megabytes.toFixed(0)} MB`, ''], rows) };
}

function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function fixed(value) {
  return value >= 10 ? value.toFixed(1) : value.toFixed(3);
}

function giga(value) {
  return (value / 1e9).toFixed(3);
}

/** Replaces the text between `<!-- mark -->` and `<!-- /mark -->` in the document. */
function put(mark, text) {
  const before = readFileSync(page, 'utf8');
  const [open, close] = [`<!-- ${mark} -->`, `<!-- /${mark} -->`];
  const [from, to] = [before.indexOf(open), before.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`${page} has no marks ${open} ... ${close}`);
  writeFileSync(page, `${before.slice(0, from + open.length)}\n${text}\n${before.slice(to)}`);
}

function run(file, args) {
  const done = spawnSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 26,
  });
  if (done.status !== 0)
    throw new Error(
      `${[file, ...args].join(' ')} failed: ${done.error?.message ?? `exit ${done.status ?? done.signal}`}`,
    );
  return done.stdout;
}
