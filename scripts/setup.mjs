// Prepares a checkout: installs the npm packages, builds the native kernel and compiles the TypeScript. Does only what
// is missing or out of date, so a second run takes almost no time. Imports only modules of Node, because it runs before
// any package is installed.
//   npm run setup

import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const isWindows = process.platform === 'win32';
const at = (...parts) => join(root, ...parts);

/** Prepares the checkout; rejects with a message that says what to type. `compile: false` leaves dist/ as it is. */
export async function setup({ compile = true } = {}) {
  await installPackages();
  if (isStale('native', ['native', 'CMakeLists.txt'], 'build/Release/pqrst.node')) {
    await buildNative();
  }
  if (compile && isStale('typescript', ['src', 'tsconfig.json', 'package-lock.json'], 'dist/index.js')) {
    const started = new Date();
    // The compiler leaves the output of sources that no longer exist.
    rmSync(at('dist'), { recursive: true, force: true });
    const tsc = [process.execPath, binOf('typescript', 'tsc'), '-p', 'tsconfig.json'];
    await step('compiling the TypeScript', tsc);
    stamp('typescript', started);
  }
  // The service is a package of its own, which a copy of the checkout may lack.
  const service = ['packages/service/src', 'packages/service/tsconfig.json', 'dist', 'package-lock.json'];
  if (
    compile &&
    existsSync(at('packages', 'service')) &&
    isStale('service', service, 'packages/service/dist/main.js')
  ) {
    const started = new Date();
    rmSync(at('packages', 'service', 'dist'), { recursive: true, force: true });
    const tsc = [
      process.execPath,
      binOf('typescript', 'tsc'),
      '-p',
      join('packages', 'service', 'tsconfig.json'),
    ];
    await step('compiling the service', tsc);
    chmodSync(at('packages', 'service', 'dist', 'main.js'), 0o755);
    stamp('service', started);
  }
}

/** Returns true if the module of `meta` is the script with which Node was started. */
export function isMain(meta) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === meta.filename;
}

/** Returns the path of the script behind a command of a package. Node runs it without a shell or a .cmd file. */
export function binOf(packageName, command = packageName) {
  const folder = at('node_modules', ...packageName.split('/'));
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[command]);
}

/** Returns the words of a cmake-js command for this checkout. `out` is the build folder. */
export function cmakeJs(command, out) {
  const toolset = isWindows ? ['--toolset', 'ClangCL'] : [];
  return [process.execPath, binOf('cmake-js'), command, '--directory', root, '--out', out, ...toolset];
}

/** Runs a command without showing its output, and returns its stdout. If it fails, the error contains the output. */
export async function step(label, [file, ...args], options = {}) {
  console.error(`pqrst: ${label} ...`);
  const child = spawn(file, args, { cwd: root, shell: isWindows && file === 'npm', ...options });
  const printed = [];
  const all = [];
  child.stdout.on('data', (chunk) => printed.push(chunk) && all.push(chunk));
  child.stderr.on('data', (chunk) => all.push(chunk));
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => resolve(status ?? signal));
  });
  if (code !== 0)
    throw new Error(`${Buffer.concat(all)}\n${label}: failed (${code}); the output above shows the reason`);
  return Buffer.concat(printed).toString();
}

/** Runs npm ci if node_modules does not match package-lock.json. */
export async function installPackages() {
  if (packagesMatchLock()) return;
  const npm = process.env.npm_execpath;
  const npmCi = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  // Prevents that the install script of onnxruntime-node downloads its CUDA provider.
  const env = { ONNXRUNTIME_NODE_INSTALL: 'skip', ...process.env };
  const ci = [...npmCi, 'ci', '--include=dev', '--loglevel=error'];
  await step('installing the npm packages (npm ci)', ci, { env });
}

/** Returns true if node_modules has the packages that package-lock.json lists. Optional packages may be missing. */
function packagesMatchLock() {
  const installedLock = at('node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  const { packages: wanted } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8'));
  const { packages: installed } = JSON.parse(readFileSync(installedLock, 'utf8'));
  return Object.entries(wanted).every(([path, { version, optional, peer, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    return found === undefined ? optional || peer || devOptional : found.version === version;
  });
}

async function buildNative() {
  const started = new Date();
  const env = nativeEnvironment();
  dropForeignCache();
  await step('building the native kernel (cmake-js)', cmakeJs('build', at('build')), { env });
  stamp('native', started);
}

/** Returns the environment for the build. If a tool is missing, throws an error that says what to type. */
export function nativeEnvironment() {
  const compiler = isWindows ? undefined : findCompiler();
  checkCMake();
  return compiler === undefined ? process.env : { ...process.env, CXX: compiler };
}

/** Returns the command of a C++20 compiler. Throws an error that says what to type if there is none. */
export function findCompiler() {
  const program =
    '#include <bit>\n#include <span>\nint main() { return std::span<int>{}.size() == 0 ? 0 : 1; }\n';
  const tried = [];
  for (const name of [process.env.CXX, 'c++', 'g++', 'clang++']) {
    if (!name) continue;
    const [file, ...args] = name.split(' ');
    const test = spawnSync(file, [...args, '-std=c++20', '-x', 'c++', '-fsyntax-only', '-'], {
      input: program,
    });
    if (test.status === 0) return name;
    tried.push(`${name}: ${test.error?.code === 'ENOENT' ? 'not found' : 'does not compile C++20'}`);
  }
  throw new Error(
    advice(`pqrst needs a C++20 compiler to build its kernel; no compiler was found (${tried.join('; ')})`, {
      'Debian, Ubuntu': 'sudo apt-get install g++',
      Fedora: 'sudo dnf install gcc-c++',
      macOS: 'xcode-select --install',
      Windows:
        'winget install Microsoft.VisualStudio.2022.BuildTools (with "C++ Clang tools for Windows" selected)',
    }),
  );
}

function checkCMake() {
  const [, needed] = /cmake_minimum_required\(VERSION ([\d.]+)/.exec(
    readFileSync(at('CMakeLists.txt'), 'utf8'),
  );
  const found = versionOf('cmake');
  const number = (version) => version.split('.').reduce((sum, part, i) => sum + Number(part) / 1000 ** i, 0);
  if (found === undefined || number(found) < number(needed)) {
    const state = found === undefined ? 'there is no cmake on the PATH' : `found ${found}`;
    throw new Error(
      advice(`pqrst needs CMake ${needed} or newer to build its kernel; ${state}`, {
        'Debian, Ubuntu': 'sudo apt-get install cmake',
        Fedora: 'sudo dnf install cmake',
        macOS: 'brew install cmake',
        Windows: 'winget install Kitware.CMake',
      }),
    );
  }
  if (!isWindows && versionOf('ninja') === undefined && versionOf('make') === undefined) {
    throw new Error(
      advice('pqrst needs make or Ninja to build its kernel; neither is on the PATH', {
        'Debian, Ubuntu': 'sudo apt-get install make',
        Fedora: 'sudo dnf install make',
        macOS: 'xcode-select --install',
      }),
    );
  }
}

function versionOf(command) {
  const run = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? /\d+(\.\d+)+/.exec(run.stdout)?.[0] : undefined;
}

function advice(sentence, commands) {
  const lines = Object.entries(commands).map(([system, command]) => `  ${`${system}:`.padEnd(16)}${command}`);
  return [`${sentence}. To install it, type:`, ...lines, 'Then run the same command again.'].join('\n');
}

/** Deletes a CMake cache of another folder, as in a copied checkout: CMake would refuse to build with it. */
function dropForeignCache() {
  const cache = at('build', 'CMakeCache.txt');
  if (!existsSync(cache)) return;
  const [, home] = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(readFileSync(cache, 'utf8')) ?? [];
  if (home !== undefined && join(home, '.') === join(root, '.')) return;
  rmSync(cache);
  rmSync(at('build', 'CMakeFiles'), { recursive: true, force: true });
}

/** Returns true if the product is missing, or if a source or its folder changed since the step last succeeded. */
function isStale(name, sources, product) {
  const stampFile = at('build', `.${name}-stamp`);
  if (!existsSync(at(product)) || !existsSync(stampFile)) return true;
  const built = statSync(stampFile).mtimeMs;
  return sources.some((source) => newest(at(source)) > built);
}

/** Returns the latest modification time in a file or folder, in ms. */
function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((time, name) => Math.max(time, newest(join(path, name))), stat.mtimeMs);
}

/** Writes a stamp file with the start time of the step, so that a source saved during the step counts as newer. */
function stamp(name, started) {
  const stampFile = at('build', `.${name}-stamp`);
  mkdirSync(at('build'), { recursive: true });
  writeFileSync(stampFile, '');
  utimesSync(stampFile, started, started);
}

if (isMain(import.meta)) {
  try {
    await setup();
    console.error('pqrst: ready');
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
