// Judges the kernel's random words with dieharder (R. G. Brown; Debian: dieharder), which reads raw words from a pipe.
// Streams, by native/test/bits.cc: `lanes`, the noise's words as the kernel uses them; `records` and `pieces`, the
// first word of every lane of one after the other; `philox`, the plan's uniforms. A test has its own seed.
//   node scripts/dieharder.mjs [--quick]     all streams, some minutes on two cores; --quick: about a minute, for .ci/run
// Fails where a test says FAILED (p within 1e-6 of 0 or 1); one in a hundred is WEAK by chance and is only told.

import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { build, fail, has, root } from './kernel-build.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean' } } });
// By dieharder's numbers (dieharder -l): without those it calls suspect, and without GCD, which takes minutes.
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

/** The lines "name|ntup|tsamples|psamples|p|assessment" of one test over one stream. */
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
    `dieharder: ${rows.length} p-values, ${of('PASSED')} passed, ${of('WEAK')} weak, ${of('FAILED')} failed; the nearest to 0 or 1 is within ${closest.toPrecision(2)}`,
  );
  if (of('FAILED') > 0) fail('the random words failed a test');
}

if (has('dieharder')) await judgeAll();
else console.log('skip: dieharder is not installed (Debian: sudo apt-get install dieharder)');
