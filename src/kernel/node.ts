// The only loader of the native addon. When no file loads, the error lists every place, what was found there and why it
// failed.

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PqrstError, suggest } from '../base/errors.js';
import { isAbsent } from '../base/files.js';
import { systemReason } from '../base/system-reason.js';
import type { KernelBinding } from './binding.js';

const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
let loaded: KernelBinding | undefined;

/**
 * Returns the kernel; the first call loads the addon of this package.
 *
 * @throws PqrstError ERR_NATIVE_LOAD: when no addon loads, or PQRST_FORCE_TARGET names an instruction set that is not
 * available. The message lists every attempt and the command that helps.
 */
export function loadKernel(): KernelBinding {
  loaded ??= withTarget(open(packageRoot));
  return loaded;
}

/**
 * Loads the addon of the package at `root`: `build/Release` in a checkout, else `prebuilds/<platform>-<arch>`.
 *
 * @throws PqrstError ERR_NATIVE_LOAD: when no addon loads.
 */
export function open(root: string): KernelBinding {
  const require = createRequire(import.meta.url);
  const resolver: { resolve(folder: string): string } = require('node-gyp-build');
  let found: string | undefined;
  try {
    found = resolver.resolve(root);
    return require(found) as KernelBinding;
  } catch (cause) {
    throw loadError(root, found, cause as Error);
  }
}

function loadError(root: string, found: string | undefined, cause: Error): PqrstError {
  const [why] = cause.message.split('\nRequire stack');
  const places = [
    join(root, 'build', 'Release'),
    join(root, 'prebuilds', `${process.platform}-${process.arch}`),
  ];
  const lines = [
    'the native kernel could not be loaded. Tried:',
    ...places.map((place) => `  ${place}: ${contents(place)}`),
    ...(found === undefined ? [] : [`  ${found}: ${why}`]),
    `on ${process.platform} ${process.arch}, ${libc()}, Node ${process.version} (Node-API ${process.versions.napi}).`,
    'Type: npm run setup (in a checkout; it builds the kernel and needs a C++20 compiler and CMake),',
    'or: npm install pqrst@latest (to fetch a package with a prebuilt kernel for this machine).',
  ];
  return new PqrstError('ERR_NATIVE_LOAD', lines.join('\n'), { cause });
}

function contents(folder: string): string {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.node'));
    return names.length > 0 ? `holds ${names.join(', ')}` : 'holds no .node file';
  } catch (error) {
    return isAbsent(error) ? 'no such folder' : systemReason(error);
  }
}

function libc(): string {
  if (process.platform !== 'linux') return 'the system C library';
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  const version = report.header.glibcVersionRuntime;
  return version === undefined ? 'musl' : `glibc ${version}`;
}

/** Checks PQRST_FORCE_TARGET, which the kernel reads: it ignores an unknown name. */
function withTarget(binding: KernelBinding): KernelBinding {
  const forced = process.env.PQRST_FORCE_TARGET;
  if (forced !== undefined && forced !== '' && !binding.selectTarget(forced)) {
    const targets = binding.targets();
    throw new PqrstError(
      'ERR_NATIVE_LOAD',
      `PQRST_FORCE_TARGET names "${forced}", an instruction set that this machine or build does not have` +
        `${suggest(forced, targets)} (there are: ${targets.join(', ')})`,
    );
  }
  return binding;
}
