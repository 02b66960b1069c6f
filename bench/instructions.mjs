// Counts the instructions per sample of each stage of the kernel with valgrind. The stages are differences between
// variants of the work, as in `kernel_bench --stages`. The counts are exact and do not depend on other work of the
// machine. They are not times, because instructions take different times.
//   node bench/instructions.mjs [--bench build/kernels/kernel_bench] [--target avx2] [--records 100]

import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    bench: { type: 'string', default: 'build/kernels/kernel_bench' },
    target: { type: 'string' },
    records: { type: 'string', default: '100' },
  },
});
const records = Number(values.records);
const lengthSamples = 5000;
const classes = ['normal', 'af', 'aflt', 'pvc', 'wpw'];

/** Returns the number of instructions to make `made` records of a variant. */
function count(what, made) {
  const target = values.target === undefined ? [] : ['--target', values.target];
  const bench = [values.bench, '--make', what, '--records', String(made), ...target];
  const done = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', ...bench], {
    encoding: 'utf8',
  });
  const [, counted] = /Collected\s*:\s*(\d+)/.exec(done.stderr ?? '') ?? [];
  if (counted === undefined) {
    const absent =
      done.error?.code === 'ENOENT'
        ? 'valgrind is not installed (Debian: sudo apt-get install valgrind)'
        : undefined;
    throw new Error(absent ?? done.error?.message ?? done.stderr);
  }
  return Number(counted);
}

/** Returns the instructions per record: those of `records` + 1 records less those of one, divided by `records`. */
const each = (what) => (count(what, records + 1) - count(what, 1)) / records;

const noise = each('noise');
const rows = classes.map((name) => {
  const [whole, millivolt, waveless, bare, sparse] = ['whole', 'millivolt', 'waveless', 'bare', 'sparse'].map(
    (variant) => each(`${name}/${variant}`),
  );
  const plan = (10 * sparse - bare) / 9;
  return [
    noise,
    plan,
    waveless - bare,
    bare - plan - noise,
    millivolt - waveless,
    whole - millivolt,
    whole,
  ].map((perRecord) => (perRecord / lengthSamples).toFixed(2));
});
console.log(
  `| instructions per sample | ${classes.join(' | ')} |\n|---|${classes.map(() => '---|').join('')}`,
);
for (const [at, stage] of [
  'noise',
  'plan',
  'baseline',
  'atrial',
  'Gaussians',
  'scaling',
  'whole',
].entries()) {
  console.log(`| ${stage} | ${rows.map((row) => row[at]).join(' | ')} |`);
}
