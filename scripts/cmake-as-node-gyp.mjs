// Replaces node-gyp when prebuildify calls it: turns `rebuild --target=... --arch=...` into a cmake-js build of the
// CMakeLists.txt of the project. The result is in `build/` of the current folder. Thus every build of the addon uses
// the same CMakeLists.txt.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeJs } from './setup.mjs';

const [command, ...flags] = process.argv.slice(2);
if (command !== 'rebuild')
  throw new Error(`the command is "${command}"; expected "rebuild", the only one supported`);
const out = join(process.cwd(), 'build');
const arch = flags.filter((flag) => flag.startsWith('--arch='));
rmSync(out, { recursive: true, force: true });
const [file, ...args] = cmakeJs('build', out);
const { status, error } = spawnSync(file, [...args, ...arch], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
