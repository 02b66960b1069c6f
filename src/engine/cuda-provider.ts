// Takes the CUDA provider of ONNX Runtime from PyPI's wheel onnxruntime-gpu. npm and PyPI publish builds of one commit, so
// the provider of the wheel fits the library of onnxruntime-node if version, commit and platform are equal. All of them
// are checked before anything is written.

import { createHash, randomUUID } from 'node:crypto';
import { rename, rm, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { syncFolder, writeAt, writeError } from '../base/files.js';
import { openFile } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { openZip, type Zip } from '../base/zip.js';

/** The provider, and the bridge through which the runtime loads it. */
export const providerFiles = ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'];

/** The text before the commit in a library of the runtime: `ORT Build Info: git-branch=HEAD, git-commit-id=f2c39fe2f, ...`. */
const commitMark = 'git-commit-id=';
const mostTextBytes = 2 ** 22;
const readChunk = 2 ** 20;

/** The installed onnxruntime-node. */
export interface Runtime {
  /** Folder of its libraries. */
  readonly folder: string;
  readonly version: string;
  /** Names of Node: `linux`, `x64`. */
  readonly platform: string;
  readonly arch: string;
}

/** What `unpackCudaProvider` did, and what the provider needs besides. */
export interface CudaProvider {
  /** Folder of the new files. */
  readonly folder: string;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly version: string;
  readonly commit: string;
  /** Version of CUDA for which the provider was built, as the wheel states it: `13.0`. */
  readonly cuda: string;
  /** Requirements for pip that install the libraries of CUDA: `nvidia-cufft~=12.0`. */
  readonly libraries: readonly string[];
}

/**
 * Returns the installed onnxruntime-node.
 *
 * @throws PqrstError ERR_DEVICE: when it has no CUDA for this platform.
 */
export function installedRuntime(): Runtime {
  const require = createRequire(import.meta.url);
  const { platform, arch } = process;
  const { listSupportedBackends } = require('onnxruntime-node') as typeof import('onnxruntime-node');
  if (!listSupportedBackends().some(({ name }) => name === 'cuda')) {
    throw new PqrstError(
      'ERR_DEVICE',
      `onnxruntime-node has no CUDA for ${platform}-${arch}; use device cpu`,
    );
  }
  const home = join(dirname(require.resolve('onnxruntime-node')), '..');
  const { version } = require(join(home, 'package.json')) as { version: string };
  return { folder: join(home, 'bin/napi-v6', platform, arch), version, platform, arch };
}

/**
 * Checks that `wheel` is onnxruntime-gpu of the version, the commit and the platform of the installed runtime, and unpacks
 * its CUDA provider beside the library of the runtime. Each file is written under a temporary name and renamed after its
 * SHA-256 was compared with the list in the wheel; a failure leaves the folder as it was.
 *
 * @throws PqrstError ERR_NOT_FOUND, ERR_DATA_UNREADABLE or ERR_PATH_OUTSIDE: when the wheel cannot be read, is damaged or
 *   has names that lead outside.
 * @throws PqrstError ERR_DEVICE: when the wheel is another package or of another version, commit or platform.
 * @throws PqrstError ERR_WRITE: when the disk has no room for the files or cannot be written.
 */
export async function unpackCudaProvider(wheel: string, runtime: Runtime): Promise<CudaProvider> {
  const zip = await openZip(wheel);
  try {
    const { libraries, info } = await expectTwin(zip, wheel, runtime);
    const commit = await expectSameCommit(zip, wheel, runtime);
    const cuda = /^cuda_version *= *['"]([\d.]+)['"]/m.exec(
      await textOf(zip, wheel, 'onnxruntime/capi/build_and_package_info.py'),
    )?.[1];
    if (cuda === undefined) throw refused(wheel, 'states no version of CUDA', runtime);
    const record = await textOf(zip, wheel, `${info}/RECORD`);
    const files = providerFiles.map((name) => recorded(record, `onnxruntime/capi/${name}`, name, wheel));
    await expectRoom(runtime.folder, files);
    await unpackAll(zip, wheel, files, runtime.folder);
    const written = files.map(({ name, bytes }) => ({ name, bytes }));
    return { folder: runtime.folder, files: written, version: runtime.version, commit, cuda, libraries };
  } finally {
    await zip.close();
  }
}

/** Compares package, version and platform. Returns the folder of the metadata and the libraries that they name. */
async function expectTwin(
  zip: Zip,
  wheel: string,
  runtime: Runtime,
): Promise<{ readonly info: string; readonly libraries: readonly string[] }> {
  const info = zip.entries.map(({ name }) => /^([^/]+\.dist-info)\/METADATA$/.exec(name)?.[1]).find(Boolean);
  if (info === undefined) throw refused(wheel, 'is not a wheel (it has no METADATA)', runtime);
  const metadata = await textOf(zip, wheel, `${info}/METADATA`);
  const field = (name: string) => new RegExp(`^${name}: (.*?)\\r?$`, 'm').exec(metadata)?.[1] ?? 'unknown';
  if (field('Name') !== 'onnxruntime-gpu') {
    throw refused(wheel, `is the package ${field('Name')}, not onnxruntime-gpu`, runtime);
  }
  if (field('Version') !== runtime.version) {
    throw refused(
      wheel,
      `is version ${field('Version')}, but onnxruntime-node is ${runtime.version}`,
      runtime,
    );
  }
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[runtime.arch] ?? runtime.arch;
  const tags = [...(await textOf(zip, wheel, `${info}/WHEEL`)).matchAll(/^Tag: (.*?)\r?$/gm)].map(
    ([, tag]) => tag!,
  );
  if (!tags.some((tag) => tag.includes(runtime.platform) && tag.endsWith(`_${machine}`))) {
    const platform = `${runtime.platform}-${runtime.arch}`;
    throw refused(wheel, `is for ${tags.join(', ') || 'an unknown platform'}, not for ${platform}`, runtime);
  }
  const required = metadata.matchAll(/^Requires-Dist: *(nvidia-[^;\s]+)[^;]*;/gm);
  return { info, libraries: [...required].map(([, library]) => library!) };
}

/** Compares the commit of both runtimes and returns it. */
async function expectSameCommit(zip: Zip, wheel: string, runtime: Runtime): Promise<string> {
  const library = zip.entries.find(({ name }) =>
    /^onnxruntime\/capi\/libonnxruntime\.so\.[\d.]+$/.test(name),
  );
  if (library === undefined) throw refused(wheel, 'holds no libonnxruntime.so', runtime);
  const own = join(runtime.folder, 'libonnxruntime.so.1');
  const [theirs, ours] = [await commitIn(zip.pieces(library.name)), await commitIn(piecesOf(own))];
  if (ours === undefined) {
    throw new PqrstError(
      'ERR_DEVICE',
      `${own} states no commit of its build, so no provider can be compared with it; install onnxruntime-node again`,
    );
  }
  if (theirs !== ours) {
    throw refused(
      wheel,
      `was built from commit ${theirs ?? 'unknown'}, but onnxruntime-node from ${ours}`,
      runtime,
    );
  }
  return ours;
}

/** Returns the commit that the bytes of a library state, or undefined. */
async function commitIn(pieces: AsyncIterable<Uint8Array>): Promise<string | undefined> {
  // The end of a piece stays for the next one, because the text may lie across both.
  let text = '';
  for await (const piece of pieces) {
    text += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    const found = /git-commit-id=([0-9a-f]+)[^0-9a-f]/.exec(text)?.[1];
    if (found !== undefined) return found;
    text = text.slice(-commitMark.length - 64);
  }
  return undefined;
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const { file } = await openFile(path).catch((cause: unknown) => {
    throw new PqrstError('ERR_NOT_FOUND', `could not read ${path}: ${systemReason(cause)}`, { cause });
  });
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(readChunk));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Returns the text of an entry that every wheel of onnxruntime-gpu has. */
async function textOf(zip: Zip, wheel: string, name: string): Promise<string> {
  if (!zip.entries.some((entry) => entry.name === name)) throw incomplete(wheel, name);
  return zip.text(name, mostTextBytes);
}

interface Recorded {
  readonly entry: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Returns the size and the hash of an entry as the wheel's list RECORD states them: `name,sha256=...,272049904`. */
function recorded(record: string, entry: string, name: string, wheel: string): Recorded {
  const line = record.split(/\r?\n/).find((each) => each.startsWith(`${entry},`));
  const [, sha256, bytes] = /,sha256=([\w-]+),(\d+)$/.exec(line ?? '') ?? [];
  if (sha256 === undefined) throw incomplete(wheel, entry);
  return { entry, name, sha256, bytes: Number(bytes) };
}

async function expectRoom(folder: string, files: readonly Recorded[]): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw writeError(folder, cause);
  });
  if (bavail * bsize >= needed) return;
  throw new PqrstError(
    'ERR_WRITE',
    `the disk of ${folder} has ${bavail * bsize} bytes free, but the CUDA provider needs ${needed}; free some space and run the command again`,
  );
}

async function unpackAll(zip: Zip, wheel: string, files: readonly Recorded[], folder: string): Promise<void> {
  const temporary = new Map(files.map(({ name }) => [name, join(folder, `${name}.${randomUUID()}.tmp`)]));
  try {
    for (const file of files) await unpack(zip, wheel, file, temporary.get(file.name)!);
    for (const [name, path] of temporary) {
      await rename(path, join(folder, name)).catch((cause: unknown) => {
        throw writeError(join(folder, name), cause);
      });
    }
    await syncFolder(folder);
  } finally {
    // Report the original failure, even if a temporary file cannot be removed.
    await Promise.allSettled([...temporary.values()].map((path) => rm(path, { force: true })));
  }
}

/** Writes an entry to `path`, flushes it to the disk, and compares its size and its hash. */
async function unpack(
  zip: Zip,
  wheel: string,
  { entry, bytes, sha256 }: Recorded,
  path: string,
): Promise<void> {
  if (!zip.entries.some(({ name }) => name === entry)) throw incomplete(wheel, entry);
  const hash = createHash('sha256');
  let done = 0;
  try {
    const { file } = await openFile(path, 'wx');
    try {
      for await (const piece of zip.pieces(entry)) {
        if (done + piece.length > bytes) throw incomplete(wheel, entry);
        await writeAt(file, piece, done);
        hash.update(piece);
        done += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw cause instanceof PqrstError ? cause : writeError(path, cause);
  }
  if (done !== bytes || hash.digest('base64url') !== sha256) throw incomplete(wheel, entry);
}

function incomplete(wheel: string, entry: string): PqrstError {
  return new PqrstError(
    'ERR_DATA_UNREADABLE',
    `${wheel}: ${entry} is missing or is not what the wheel's list of files states; download the wheel again`,
  );
}

function refused(wheel: string, problem: string, runtime: Runtime): PqrstError {
  return new PqrstError(
    'ERR_DEVICE',
    `${wheel} ${problem}; take the wheel of this machine: ${downloadCommand(runtime.version)}`,
  );
}

/** Returns the command that downloads the wheel whose provider fits. */
export function downloadCommand(version: string): string {
  return `pip download --no-deps onnxruntime-gpu==${version}`;
}
