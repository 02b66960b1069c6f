// Builds C++ programs of the kernel with CMake, for the scripts that run them.

import { spawnSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Prints `NAME OF THE SCRIPT: sentence` on stderr and ends this process. */
export function fail(sentence, code = 1) {
  console.error(`${basename(process.argv[1], '.mjs')}: ${sentence}`);
  process.exit(code);
}

/** Returns true if the command can be started. */
export function has(command) {
  return !spawnSync(command, ['--version'], { stdio: 'ignore' }).error;
}

/** Runs a command and returns what it prints on stdout. Ends this process if the command fails. */
export function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.error) fail(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0) {
    fail(
      `${[command, ...args].join(' ')} failed (${done.signal ?? done.status})\n${done.stdout}${done.stderr}`,
    );
  }
  return done.stdout;
}

/** Builds the program `target` in build/`name` with the given CMake options, and returns its path. */
export function build(name, options, target = 'kernel_test') {
  if (!has('cmake')) fail('CMake is not installed (Debian: sudo apt-get install cmake g++)');
  const folder = join('build', name);
  run('cmake', ['-S', '.', '-B', folder, '-DCMAKE_BUILD_TYPE=Release', ...options]);
  run('cmake', ['--build', folder, '--target', target, '--parallel', '2']);
  return join(root, folder, target);
}
