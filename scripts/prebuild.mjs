// npm run prebuilds: the addon for this machine under prebuilds/<platform>-<arch>/pqrst.<libc>.node, stripped, and
// proof that it loads. PREBUILD_ARCH builds for another architecture where the compiler can (macOS).

import { mkdirSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { installPackages, isMain, nativeEnvironment, root } from './setup.mjs';

const require = createRequire(import.meta.url);

/** Builds into prebuilds/; rejects where the build fails or the file does not load. */
export async function prebuild() {
  await installPackages();
  Object.assign(process.env, nativeEnvironment());
  process.chdir(root);
  // A build folder of its own, so the checkout's stays as it is; relative, as prebuildify's shell splits at blanks.
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
      console.log(`${join(folder, file)}: built, not loaded (this Node is ${arch()})`);
      continue;
    }
    const binding = require(join(root, folder, file));
    console.log(`${join(folder, file)}: loads; targets ${binding.targets().join(', ')}`);
  }
}

if (isMain(import.meta)) await prebuild();
