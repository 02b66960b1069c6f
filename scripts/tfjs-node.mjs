// Builds the addon of @tensorflow/tfjs-node, whose own install script downloads TensorFlow from a host that is not a
// package registry. Here TensorFlow comes from its wheel on PyPI: libtensorflow_cc.so.2 exports the C interface that the
// addon calls, so the sources of the package compile against it without a change. Linux x64 only.
//   npm install --no-save --save-dev --ignore-scripts @tensorflow/tfjs-node@4.22.0
//   node scripts/tfjs-node.mjs [--wheel FILE]
//   --wheel   the wheel, if it was downloaded before; without it, pip downloads 274 MB into build/tfjs-node
// The unpacked libraries (858 MB) stay in build/tfjs-node, where the addon looks for them.

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statfsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { findCompiler, isMain, root } from './setup.mjs';

const version = { tfjs: '4.22.0', tensorflow: '2.21.0' };
const wheelName = `tensorflow_cpu-${version.tensorflow}-cp312-cp312-manylinux_2_27_x86_64.whl`;
const wheelSha256 = 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb';
const pipDownload = [
  ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--implementation', 'cp'],
  ...['--python-version', '312', '--platform', 'manylinux_2_27_x86_64'],
];
/** The libraries, and the headers that tfjs_backend.cc includes. */
const wanted =
  /^tensorflow\/(?:libtensorflow[^/]*|include\/(?:tensorflow\/c|tsl|xla\/tsl|tensorflow\/core\/platform)\/.+[^/])$/;
const home = join(root, 'build', 'tfjs-node');
const install = `npm install --no-save --save-dev --ignore-scripts @tensorflow/tfjs-node@${version.tfjs}`;

/** Builds the addon and returns its path. Throws an error whose message says what to do. */
export async function buildTfjsNode({
  wheel,
  folder = join(root, 'node_modules', '@tensorflow', 'tfjs-node'),
  platform = `${process.platform}-${process.arch}`,
} = {}) {
  if (platform !== 'linux-x64') {
    throw new Error(
      `this system is ${platform}, and the wheel is for linux-x64; use --tf-backend wasm, or cpu`,
    );
  }
  expectPackage(folder);
  const compiler = findCompiler();
  const source = wheel ?? (await downloadedWheel());
  const tensorflow = await unpackedWheel(source);
  const addon = join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');
  compile(compiler, folder, tensorflow, addon);
  return addon;
}

function expectPackage(folder) {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest)) {
    throw new Error(`@tensorflow/tfjs-node is not installed in ${relative('', folder)}; run "${install}"`);
  }
  const { version: found } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (found === version.tfjs) return;
  throw new Error(
    `@tensorflow/tfjs-node is version ${found}, and this script is for ${version.tfjs}; run "${install}"`,
  );
}

/** Returns the path of the wheel in build/tfjs-node, which pip downloads if it is missing. */
async function downloadedWheel() {
  const path = join(home, wheelName);
  if (existsSync(path)) return path;
  console.error(`tfjs-node: downloading ${wheelName}, 274 MB ...`);
  const words = [...pipDownload, '--dest', home, `tensorflow-cpu==${version.tensorflow}`];
  const done = spawnSync('python3', words, { encoding: 'utf8' });
  if (done.status === 0 && existsSync(path)) return path;
  const reason = done.error?.message ?? (done.stderr.trim().split('\n').at(-1) || `status ${done.status}`);
  throw new Error(
    `pip could not download the wheel (${reason}); download ${wheelName} from https://pypi.org/project/tensorflow-cpu/${version.tensorflow}/#files and name it with --wheel`,
  );
}

/** Checks the wheel and returns the folder of its libraries and headers, which is complete if it exists. */
async function unpackedWheel(wheel) {
  const target = join(home, `tensorflow-${version.tensorflow}`);
  const { hashFile } = await fromBuild('base/files.js');
  const { openZip } = await fromBuild('base/zip.js');
  const { sha256 } = await hashFile(wheel).catch((error) => {
    throw new Error(`could not read the wheel ${wheel} (${error.message}); name it with --wheel`);
  });
  if (sha256 !== wheelSha256) {
    throw new Error(
      `${wheel} has the SHA-256 ${sha256}, but ${wheelName} has ${wheelSha256}; delete it and run the script again without --wheel`,
    );
  }
  if (existsSync(target)) return join(target, 'tensorflow');
  const temporary = `${target}.${randomUUID()}.tmp`;
  const zip = await openZip(wheel);
  try {
    const entries = zip.entries.filter(({ name }) => wanted.test(name));
    const needed = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    mkdirSync(temporary, { recursive: true });
    const { bavail, bsize } = statfsSync(temporary);
    if (bavail * bsize < needed) {
      throw new Error(
        `the disk of ${home} has ${bavail * bsize} bytes free, and the libraries need ${needed}; free some space`,
      );
    }
    console.error(`tfjs-node: unpacking ${entries.length} files, ${needed} bytes ...`);
    for (const { name } of entries) await unpack(zip, name, join(temporary, name));
    renameSync(temporary, target);
  } finally {
    await zip.close();
    rmSync(temporary, { recursive: true, force: true });
  }
  return join(target, 'tensorflow');
}

async function unpack(zip, name, path) {
  const { openFile } = await fromBuild('base/open-file.js');
  mkdirSync(dirname(path), { recursive: true });
  const { file } = await openFile(path, 'wx');
  try {
    for await (const piece of zip.pieces(name)) await file.writeFile(piece);
  } finally {
    await file.close();
  }
}

function fromBuild(name) {
  const url = new URL(`../dist/${name}`, import.meta.url);
  if (!existsSync(url)) throw new Error('the TypeScript is not compiled; run "npm run setup"');
  return import(url.href);
}

/** Compiles the two sources of the package. The addon gets its name after it is complete. */
function compile(compiler, folder, tensorflow, addon) {
  console.error('tfjs-node: compiling the addon ...');
  const temporary = `${addon}.${randomUUID()}.tmp`;
  const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  const [command, ...words] = compiler.split(' ');
  mkdirSync(dirname(addon), { recursive: true });
  const done = spawnSync(
    command,
    [
      ...[...words, '-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
      `-I${join(root, 'node_modules', 'node-api-headers', 'include')}`,
      `-I${join(tensorflow, 'include')}`,
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(folder, 'binding', name)),
      ...['-o', temporary],
      ...libraries.map((name) => join(tensorflow, name)),
      `-Wl,-rpath,${tensorflow}`,
    ],
    { encoding: 'utf8' },
  );
  if (done.status === 0) return renameSync(temporary, addon);
  rmSync(temporary, { force: true });
  throw new Error(
    `${done.stderr ?? ''}\n${compiler} could not compile the addon (${done.error?.message ?? done.status}); the output above shows the reason`,
  );
}

/** Computes a sum with the addon, so that a library that does not load is found here. */
async function compute() {
  const { openTensorflow } = await fromBuild('engine/tensorflow/backend.js');
  const tf = await openTensorflow('tensorflow');
  const [sum] = tf.add(tf.tensor1d([1]), tf.tensor1d([2])).dataSync();
  if (sum !== 3)
    throw new Error(`the addon computes 1 + 2 = ${sum}; delete ${home} and run the script again`);
  return `tfjs-node ${version.tfjs} computes with TensorFlow ${tf.backend().binding.TF_Version}`;
}

if (isMain(import.meta)) {
  try {
    const { values } = parseArgs({ options: { wheel: { type: 'string' } } });
    const addon = await buildTfjsNode(values);
    console.log(`${relative('', addon)}: ${await compute()}`);
  } catch (error) {
    console.error(`tfjs-node: ${error.message}`);
    process.exitCode = 1;
  }
}
