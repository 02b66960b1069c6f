// Checks the format of the C++ files with clang-format: native/ and the libtorch peer of the benchmarks. With --fix it
// formats them. Prints a line and ends without an error if clang-format is not installed.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const files = ['native', 'bench/peers/libtorch']
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
  .filter((name) => /\.(cc|h|inl)$/.test(name))
  .sort();
const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '-Werror'];
const { status, error } = spawnSync('clang-format', [...mode, ...files], { cwd: root, stdio: 'inherit' });
if (error?.code === 'ENOENT') {
  console.log(
    'skip: clang-format is not installed; the format of the C++ files is not checked (Debian: sudo apt-get install clang-format)',
  );
} else if (error) {
  throw error;
} else {
  const advice = 'some are not formatted; run npm run format';
  console.log(`clang-format: ${files.length} C++ files: ${status === 0 ? 'all are formatted' : advice}`);
  process.exitCode = status ?? 1;
}
