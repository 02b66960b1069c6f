// Builds and runs the C++ tests of the kernel, up to three times:
//   - for this machine
//   - if this machine has no AVX-512: for the AVX-512 source, compiled to AVX2 instructions
//   - if a cross compiler and qemu-user are installed: for AArch64 (NEON), in emulation
// All three compare with the same golden hashes.
//   node scripts/test-native.mjs [--sanitize[=address|thread]] [--fuzz=COUNT] [--no-cross] [--write]
//   node scripts/test-native.mjs --libcxx
//   --sanitize         all tests with AddressSanitizer and UndefinedBehaviorSanitizer, only on this machine
//   --sanitize=thread  the tests with threads, with ThreadSanitizer, only on this machine
//   --fuzz=COUNT       after the tests, COUNT random specs on two cores, in the build for this machine
//   --no-cross         no test for AArch64
//   --libcxx           only the golden hashes, in a build with clang and libc++, the C++ library of macOS and of WebAssembly
//   --write            first writes native/*.inc (limits) and native/test/*.inc: presets, classes (needs `npm run build`)
//                      and golden hashes

import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, fail, has, root, run } from './kernel-build.mjs';
import { writePhysiologyClasses } from './physiology-classes.mjs';

const { values: flags } = parseArgs({
  options: {
    sanitize: { type: 'string' },
    fuzz: { type: 'string' },
    'no-cross': { type: 'boolean' },
    libcxx: { type: 'boolean' },
    write: { type: 'boolean' },
  },
  args: process.argv.slice(2).map((word) => (word === '--sanitize' ? '--sanitize=address' : word)),
});
const fuzzSeed = 1;
const sanitizers = { address: 'address,undefined,float-cast-overflow', thread: 'thread' };
const sanitize = flags.sanitize;
if (sanitize !== undefined && !(sanitize in sanitizers)) {
  fail(`--sanitize is "${sanitize}"; expected ${Object.keys(sanitizers).join(' or ')}`, 2);
}
if (flags.fuzz !== undefined && !/^[1-9][0-9]{0,8}$/.test(flags.fuzz)) {
  fail(`--fuzz is "${flags.fuzz}"; expected the number of random specs, 1 to 999999999`, 2);
}

// Returns one line per field: its minimum and maximum in the schema, and whether it is a whole number.
function limitsOf(schema, fields) {
  return fields.map((field) => {
    const leaf = field.split('.').reduce((node, key) => node.properties[key], schema);
    return `{${leaf.minimum}, ${leaf.maximum}, ${leaf.type === 'integer'}},  // ${field}\n`;
  });
}

// Writes the files native/*.inc and native/test/*.inc. `test` is the path of kernel_test.
async function write(test) {
  const { z } = await import('zod');
  const { presets } = await import(new URL('../dist/synth/presets.js', import.meta.url).href);
  const { packSpec, synthSpecSchema } = await import(new URL('../dist/synth/spec.js', import.meta.url).href);
  const fields = run(test, ['--fields']).trim().split('\n');
  const include = (name, text) => writeFileSync(join(root, 'native', 'test', `${name}.inc`), text);
  writeFileSync(
    join(root, 'native', 'ranges.inc'),
    limitsOf(z.toJSONSchema(synthSpecSchema), fields).join(''),
  );
  for (const name of ['paper', 'clinical']) {
    const lines = [...packSpec(presets[name], fields)].map((value, k) => `${value},  // ${fields[k]}\n`);
    include(`preset_${name}`, lines.join(''));
  }
  await writePhysiologyClasses();
  const rebuilt = build('kernels', []);
  include('golden', run(rebuilt, ['--golden']));
  include('physiology_golden', run(rebuilt, ['--golden', 'physiology']));
}

// Tests half of the specs in each of two processes. Both use the same seed; the second starts after the first half.
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
    if (!sound) fail(`the kernel failed with a random spec (${how}); the output above names it`);
  }
}

// ThreadSanitizer needs certain address ranges. A Linux kernel that randomises addresses strongly may not grant them;
// setarch -R turns the randomisation off. If ThreadSanitizer still does not start, the test is skipped.
function underThreadSanitizer(test) {
  const refused = (done) => `${done.stderr}`.includes('FATAL: ThreadSanitizer');
  const start = (command, args) => spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  let done = start(test, ['threads']);
  if (refused(done)) done = start('setarch', ['-R', test, 'threads']);
  if (refused(done) || done.error) {
    console.log(
      `skip: ThreadSanitizer does not start on this machine: ${`${done.stderr ?? done.error}`.split('\n')[0]}`,
    );
    return;
  }
  if (done.status !== 0)
    fail(`the tests with threads failed in ThreadSanitizer\n${done.stdout}${done.stderr}`);
  process.stdout.write(done.stdout);
}

// Builds with clang and libc++, and compares with the golden hashes. Every folder of native/ is on the include path: a
// header there with the name of a header of the C library would hide it from libc++, whose own headers include it.
function withLibcxx() {
  const probe = spawnSync('clang++', ['-stdlib=libc++', '-std=c++20', '-x', 'c++', '-', '-o', '/dev/null'], {
    input: '#include <span>\n#include <cmath>\nint main() { return std::span<int>{}.size() == 0 ? 0 : 1; }\n',
  });
  if (probe.status !== 0) {
    console.log(
      '== skip: libc++: clang++ -stdlib=libc++ does not build a program here (Debian: sudo apt-get install clang libc++-dev libc++abi-dev)',
    );
    return;
  }
  const folders = readdirSync(join(root, 'native'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `"-I${join(entry.parentPath, entry.name)}"`);
  const test = build('kernels-libcxx', [
    '-DCMAKE_CXX_COMPILER=clang++',
    `-DCMAKE_CXX_FLAGS=-stdlib=libc++ ${folders.join(' ')}`,
  ]);
  console.log('== this machine, with clang and libc++');
  process.stdout.write(run(test, ['golden']));
}

if (flags.libcxx) {
  withLibcxx();
  process.exit();
}
if (flags.write) await write(build('kernels', []));
const names = { address: 'AddressSanitizer and UndefinedBehaviorSanitizer', thread: 'ThreadSanitizer' };
const host = sanitize
  ? build(`kernels-${sanitize}`, [`-DPQRST_SANITIZE=${sanitizers[sanitize]}`])
  : build('kernels', []);
console.log(`== this machine${sanitize ? `, with ${names[sanitize]}` : ''}`);
if (sanitize === 'thread') {
  underThreadSanitizer(host);
} else {
  const report = run(host, []);
  process.stdout.write(report);
  if (flags.fuzz) await fuzz(host, Number(flags.fuzz));
  if (!sanitize) others(report);
}

// Runs the tests of the targets that this machine does not have. `report` is the output of the test of this machine.
function others(report) {
  if (report.includes('avx2') && !report.includes('avx512')) {
    console.log('== the AVX-512 source, compiled to AVX2 (this machine has no AVX-512)');
    process.stdout.write(run(build('kernels-lowered', ['-DPQRST_LOWER_AVX512=ON']), ['--bits']));
  }

  if (!flags['no-cross']) {
    const missing = ['aarch64-linux-gnu-g++', 'qemu-aarch64'].filter((command) => !has(command));
    if (missing.length > 0) {
      console.log(
        `== skip: AArch64 (NEON): not installed: ${missing.join(', ')} (Debian: sudo apt-get install g++-aarch64-linux-gnu qemu-user)`,
      );
    } else {
      const cross = ['-DCMAKE_SYSTEM_NAME=Linux', '-DCMAKE_SYSTEM_PROCESSOR=aarch64'];
      const test = build('kernels-aarch64', [
        ...cross,
        '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
        '-DCMAKE_EXE_LINKER_FLAGS=-static',
      ]);
      console.log('== AArch64 (NEON), emulated by qemu');
      process.stdout.write(run('qemu-aarch64', [test, '--bits']));
    }
  }
}
