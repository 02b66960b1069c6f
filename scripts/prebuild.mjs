// Builds the addon for this machine, without debug symbols, as prebuilds/<platform>-<arch>/pqrst.<libc>.node, and
// checks that Node loads it. The variable PREBUILD_ARCH names another architecture if the compiler supports it (macOS).
//   npm run prebuilds

import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { installPackages, isMain, nativeEnvironment, root } from './setup.mjs';

const require = createRequire(import.meta.url);

/** Builds the addon into prebuilds/. Rejects if the build fails or if Node cannot load the file. */
export async function prebuild() {
  await installPackages();
  Object.assign(process.env, nativeEnvironment());
  process.chdir(root);
  // A separate build folder leaves build/ as it is. The path is relative because the shell that prebuildify starts
  // splits a path at each blank.
  const cwd = join('build', 'prebuild');
  mkdirSync(cwd, { recursive: true });
  const shim = relative(cwd, join('scripts', 'cmake-as-node-gyp.mjs'));
  await promisify(require('prebuildify'))({
    napi: true,
    strip: true,
    tagLibc: true,
    name: 'pqrst',
    cwd,
    out: '.',
    nodeGyp: `"${process.execPath}" "${shim}"`,
    shell: true,
  });
  const wanted = process.env.PREBUILD_ARCH ?? arch();
  const folder = join('prebuilds', `${platform()}-${wanted}`);
  for (const file of readdirSync(folder)) {
    if (wanted !== arch()) {
      console.log(`${join(folder, file)}: built, but not loaded, because this Node is for ${arch()}`);
      continue;
    }
    const binding = require(join(root, folder, file));
    console.log(`${join(folder, file)}: built, and Node loads it; targets ${binding.targets().join(', ')}`);
  }
}

if (isMain(import.meta)) await prebuild();
