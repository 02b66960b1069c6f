// clang-format over the C++ of native/ and bench/: complains, or with --fix formats. Skips with a line where
// clang-format is not installed.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const files = ['native', 'bench']
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, name)))
  .filter((name) => /\.(cc|h|inl)$/.test(name))
  .sort();
const mode = process.argv.includes('--fix') ? ['-i'] : ['--dry-run', '-Werror'];
const { status, error } = spawnSync('clang-format', [...mode, ...files], { cwd: root, stdio: 'inherit' });
if (error?.code === 'ENOENT') {
  console.log(
    'skip: clang-format is not installed, the C++ is not checked (Debian: sudo apt-get install clang-format)',
  );
} else if (error) {
  throw error;
} else {
  console.log(
    `clang-format: ${files.length} files ${status === 0 ? 'as they should be' : 'not as they should be'}`,
  );
  process.exitCode = status ?? 1;
}
