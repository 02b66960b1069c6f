// Tests the random words of the kernel with dieharder (R. G. Brown; Debian package dieharder), which reads raw words
// from a pipe. The program native/test/bits.cc writes four streams:
//   lanes              the words of the noise, in the order in which the kernel uses them
//   records, pieces    the first word of each lane, for one record or piece after the other
//   philox             the uniform numbers of the plan of a record
// Each test has its own seed.
//   node scripts/dieharder.mjs [--quick]     all tests take some minutes on two cores; --quick takes about one minute
// Fails if dieharder says FAILED for a test (p within 1e-6 of 0 or 1). About one test in a hundred is WEAK by chance;
// the script reports it and does not fail.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { build, fail, has, root } from './kernel-build.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean' } } });
// The numbers of the tests, as `dieharder -l` lists them. Tests that dieharder itself calls suspect are left out, and
// so is GCD, which takes minutes.
const quick = {
  lanes: [0, 1, 4, 8, 15, 16, 100, 206],
  records: [0, 4, 8, 9, 15, 100, 206],
  philox: [0, 4, 15, 100],
};
const tests = [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13, 15, 16, 100, 101, 205, 206, 207, 208, 209];
const all = { lanes: [...tests, 102, 202], records: tests, pieces: tests, philox: tests };
const work = Object.entries(values.quick ? quick : all).flatMap(([stream, numbers]) =>
  numbers.map((number) => ({ stream, number })),
);

/** Runs one test on one stream and returns its result lines "name|ntup|tsamples|psamples|p|assessment" as objects. */
function judge(bits, { stream, number }) {
  const command = `"$0" ${stream} ${number + 1} | dieharder -g 200 -d ${number}`;
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command, bits], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (data) => (text += data));
    child.on('error', reject);
    child.on('close', () => {
      const rows = text.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
      const found = rows.filter((row) => ['PASSED', 'WEAK', 'FAILED'].includes(row.at(-1)));
      if (found.length === 0) fail(`test ${number} of ${stream} gave no verdict:\n${text}`);
      resolve(
        found.map(([name, ntuples, , samples, p, verdict]) => ({
          stream,
          name,
          ntuples,
          samples,
          p,
          verdict,
        })),
      );
    });
  });
}

async function judgeAll() {
  const bits = build('kernels', [], 'kernel_bits');
  const rows = [];
  const worker = async () => {
    for (let item = work.shift(); item !== undefined; item = work.shift()) {
      for (const row of await judge(bits, item)) {
        rows.push(row);
        const cells = [
          row.stream.padEnd(9),
          row.name.padEnd(22),
          row.ntuples.padStart(3),
          row.samples.padStart(5),
        ];
        console.log(`${cells.join(' ')}  p ${row.p}  ${row.verdict}`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  const of = (verdict) => rows.filter((row) => row.verdict === verdict).length;
  const closest = Math.min(...rows.map(({ p }) => Math.min(Number(p), 1 - Number(p))));
  console.log(
    `dieharder: ${rows.length} p-values, ${of('PASSED')} passed, ${of('WEAK')} weak, ${of('FAILED')} failed; the smallest distance of a p-value from 0 or 1 is ${closest.toPrecision(2)}`,
  );
  if (of('FAILED') > 0) fail('the random words failed at least one test; see the lines marked FAILED');
}

if (has('dieharder')) await judgeAll();
else console.log('skip: dieharder is not installed (Debian: sudo apt-get install dieharder)');
