// Builds and runs the kernels' own test: for this machine; where it has no AVX-512, for that target's source lowered to
// AVX2; and where a cross compiler and qemu-user are installed, for AArch64 (NEON) under emulation. All check the same
// golden hashes.
//   node scripts/test-native.mjs [--sanitize[=address|thread]] [--fuzz=COUNT] [--no-cross] [--write]
//   --sanitize  AddressSanitizer and UndefinedBehaviorSanitizer, all tests; =thread: ThreadSanitizer, those with threads
//   --fuzz      then COUNT random specs, on two cores, in the same build (this machine's)
//   --write     first rewrite native/test/*.inc: presets and limits (need `npm run build`) and the golden hashes

import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, fail, has, root, run } from './kernel-build.mjs';

const { values: flags } = parseArgs({
  options: {
    sanitize: { type: 'string' },
    fuzz: { type: 'string' },
    'no-cross': { type: 'boolean' },
    write: { type: 'boolean' },
  },
  args: process.argv.slice(2).map((word) => (word === '--sanitize' ? '--sanitize=address' : word)),
});
const fuzzSeed = 1;
const sanitizers = { address: 'address,undefined,float-cast-overflow', thread: 'thread' };
const sanitize = flags.sanitize;
if (sanitize !== undefined && !(sanitize in sanitizers)) {
  fail(`--sanitize=${sanitize}; there are ${Object.keys(sanitizers).join(' and ')}`, 2);
}
if (flags.fuzz !== undefined && !/^[1-9][0-9]{0,8}$/.test(flags.fuzz)) {
  fail(`--fuzz=${flags.fuzz}; expected how many specs, 1 to 999999999`, 2);
}

// min, max of every field by the schema, and whether it is a whole number.
function limitsOf(schema, fields) {
  return fields.map((field) => {
    const leaf = field.split('.').reduce((node, key) => node.properties[key], schema);
    return `{${leaf.minimum}, ${leaf.maximum}, ${leaf.type === 'integer'}},  // ${field}\n`;
  });
}

async function write(test) {
  const { z } = await import('zod');
  const { presets } = await import(new URL('../dist/synth/presets.js', import.meta.url).href);
  const { packSpec, synthSpecSchema } = await import(new URL('../dist/synth/spec.js', import.meta.url).href);
  const fields = run(test, ['--fields']).trim().split('\n');
  const include = (name, text) => writeFileSync(join(root, 'native', 'test', `${name}.inc`), text);
  for (const [name, spec] of Object.entries(presets)) {
    const lines = [...packSpec(spec, fields)].map((value, k) => `${value},  // ${fields[k]}\n`);
    include(`preset_${name}`, lines.join(''));
  }
  include('ranges', limitsOf(z.toJSONSchema(synthSpecSchema), fields).join(''));
  include('golden', run(build('kernels', []), ['--golden']));
}

// Half of the specs on each of two cores, the second half under the same seed further on.
async function fuzz(test, count) {
  const half = Math.ceil(count / 2);
  const parts = [
    [half, 0],
    [count - half, half],
  ].filter(([size]) => size > 0);
  const outcomes = parts.map(
    ([size, first]) =>
      new Promise((resolve, reject) => {
        const child = spawn(test, ['--fuzz', `${size}`, `${fuzzSeed}`, `${first}`], { cwd: root });
        let text = '';
        for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data));
        child.on('error', reject);
        child.on('close', (code, signal) => resolve({ text, sound: code === 0, how: signal ?? code }));
      }),
  );
  for (const { text, sound, how } of await Promise.all(outcomes)) {
    process.stdout.write(text);
    if (!sound) fail(`the kernel does not stand random specs (${how})`);
  }
}

// The thread sanitizer wants its own places in memory, which kernels with much randomised addresses deny; setarch -R
// turns that off. Where it still does not start, there is nothing to judge by.
function underThreadSanitizer(test) {
  const refused = (done) => `${done.stderr}`.includes('FATAL: ThreadSanitizer');
  const start = (command, args) => spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  let done = start(test, ['threads']);
  if (refused(done)) done = start('setarch', ['-R', test, 'threads']);
  if (refused(done) || done.error) {
    console.log(
      `skip: the thread sanitizer does not start here: ${`${done.stderr ?? done.error}`.split('\n')[0]}`,
    );
    return;
  }
  if (done.status !== 0) fail(`threads, under the thread sanitizer\n${done.stdout}${done.stderr}`);
  process.stdout.write(done.stdout);
}

if (flags.write) await write(build('kernels', []));
const names = { address: 'address and undefined-behaviour sanitizers', thread: 'thread sanitizer' };
const host = sanitize
  ? build(`kernels-${sanitize}`, [`-DPQRST_SANITIZE=${sanitizers[sanitize]}`])
  : build('kernels', []);
console.log(`== this machine${sanitize ? `, ${names[sanitize]}` : ''}`);
if (sanitize === 'thread') {
  underThreadSanitizer(host);
} else {
  const report = run(host, []);
  process.stdout.write(report);
  if (flags.fuzz) await fuzz(host, Number(flags.fuzz));
  if (!sanitize) others(report);
}

function others(report) {
  if (report.includes('avx2') && !report.includes('avx512')) {
    console.log('== the AVX-512 source lowered to AVX2 (this machine has no AVX-512)');
    process.stdout.write(run(build('kernels-lowered', ['-DPQRST_LOWER_AVX512=ON']), ['--bits']));
  }

  if (!flags['no-cross']) {
    const missing = ['aarch64-linux-gnu-g++', 'qemu-aarch64'].filter((command) => !has(command));
    if (missing.length > 0) {
      console.log(
        `== skipped AArch64 (NEON): ${missing.join(' and ')} not installed (Debian: apt-get install g++-aarch64-linux-gnu qemu-user)`,
      );
    } else {
      const cross = ['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64'];
      const test = build('kernels-aarch64', [
        ...cross,
        '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
        '-DCMAKE_EXE_LINKER_FLAGS=-static',
      ]);
      console.log('== AArch64 (NEON) under qemu');
      process.stdout.write(run('qemu-aarch64', [test, '--bits']));
    }
  }
}
