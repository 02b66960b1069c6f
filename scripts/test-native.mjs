// Builds and runs the kernels' own test: for this machine; where it has no AVX-512, for that target's source lowered to
// AVX2; and where a cross compiler and qemu-user are installed, for AArch64 (NEON) under emulation. All check the same
// golden hashes.
//   node scripts/test-native.mjs [--sanitize] [--no-cross] [--write]
//   --sanitize  AddressSanitizer and UndefinedBehaviorSanitizer (this machine only)
//   --write     first rewrite native/test/*.inc: the presets (needs `npm run build`) and the golden hashes

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = new Set(process.argv.slice(2));
const known = ['--sanitize', '--no-cross', '--write'];
for (const flag of flags) {
  if (!known.includes(flag)) fail(`unknown option ${flag}; there are ${known.join(', ')}`, 2);
}

function fail(sentence, code = 1) {
  console.error(`test-native: ${sentence}`);
  process.exit(code);
}

function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.error) fail(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) fail(`${[command, ...args].join(' ')} failed\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

function build(name, options) {
  const folder = join('build', name);
  run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Release', ...options]);
  run('cmake', ['--build', folder, '--target', 'kernel_test', '--parallel', '2']);
  return join(root, folder, 'kernel_test');
}

async function write(test) {
  const { presets } = await import(new URL('../dist/synth/presets.js', import.meta.url).href);
  const { packSpec } = await import(new URL('../dist/synth/spec.js', import.meta.url).href);
  const fields = run(test, ['--fields']).trim().split('\n');
  for (const [name, spec] of Object.entries(presets)) {
    const lines = [...packSpec(spec, fields)].map((value, k) => `${value},  // ${fields[k]}\n`);
    writeFileSync(join(root, 'native', 'test', `preset_${name}.inc`), lines.join(''));
  }
  const rebuilt = build('kernels', []);
  writeFileSync(join(root, 'native', 'test', 'golden.inc'), run(rebuilt, ['--golden']));
}

if (!has('cmake')) fail('CMake is missing; install it (Debian: apt-get install cmake g++)');
if (flags.has('--write')) await write(build('kernels', []));
const sanitized = flags.has('--sanitize');
const host = sanitized ? build('kernels-sanitized', ['-DPQRST_SANITIZE=ON']) : build('kernels', []);
console.log(`== ${sanitized ? 'this machine, address and undefined-behaviour sanitizers' : 'this machine'}`);
const report = run(host, []);
process.stdout.write(report);

if (!sanitized && report.includes('avx2') && !report.includes('avx512')) {
  console.log('== the AVX-512 source lowered to AVX2 (this machine has no AVX-512)');
  process.stdout.write(run(build('kernels-lowered', ['-DPQRST_LOWER_AVX512=ON']), []));
}

if (!sanitized && !flags.has('--no-cross')) {
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
    process.stdout.write(run('qemu-aarch64', [test]));
  }
}
