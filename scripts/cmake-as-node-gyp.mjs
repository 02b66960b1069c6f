// Stands in for node-gyp where prebuildify calls it: `rebuild --target=... --arch=...` becomes a cmake-js build of
// the same CMakeLists.txt into `build/` of the folder it is called in. One build description for everything.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cmakeJs } from './setup.mjs';

const [command, ...flags] = process.argv.slice(2);
if (command !== 'rebuild') throw new Error(`only "rebuild" is understood, got "${command}"`);
const out = join(process.cwd(), 'build');
const arch = flags.filter((flag) => flag.startsWith('--arch='));
rmSync(out, { recursive: true, force: true });
const [file, ...args] = cmakeJs('build', out);
const { status, error } = spawnSync(file, [...args, ...arch], { stdio: 'inherit' });
if (error) throw error;
process.exitCode = status ?? 1;
