// Opens the files of a shard for its reader. Before a file is opened for the first time, all of its bytes are compared
// with the SHA-256 of the manifest, or of the SHA256SUMS in the shard, whose own SHA-256 is in the manifest. A damaged
// file therefore never gives a record. A file that is too large is not read for this. Files that the reader does not open are not compared; verify.ts compares all.

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hashFile } from '../base/files.js';
import { fileLimits } from '../base/open-file.js';
import { inputPath, readInput, unreadable } from '../codecs/input.js';
import { damaged } from './formats/stored.js';
import { listName, type ManifestShard } from './manifest.js';

/** The files of one shard. */
export interface ShardFiles {
  /**
   * Returns the path of the file `name` of the shard ('' if the shard is one file), which has the bytes that were
   * written. `what` names it in messages.
   *
   * @throws PqrstError ERR_CORPUS: when its bytes differ from those that were written.
   * @throws PqrstError ERR_NOT_FOUND, ERR_PATH_OUTSIDE: when it is missing, or outside the corpus.
   */
  open(name: string, what: string): Promise<string>;
  /** Removes the copies of files that were made for the reading. */
  release(): Promise<void>;
}

/** Makes the files of a shard of the corpus in `folder`. */
export type OpenShard = (
  folder: string,
  shard: Pick<ManifestShard, 'path' | 'bytes' | 'sha256'>,
  signal: AbortSignal | undefined,
) => ShardFiles;

/** Compares each file with its SHA-256 before it is opened. */
export const checkedShard: OpenShard = (folder, { path, bytes, sha256 }, signal) => {
  const opened = new Map<string, Promise<string>>();
  let listed: Promise<Listed> | undefined;
  const check = async (name: string, what: string): Promise<string> => {
    const file = name === '' ? path : `${path}/${name}`;
    if (name !== '') listed ??= readList(folder, path, sha256);
    const { hashes, plain } = (await listed) ?? single(sha256);
    const expected = hashes.get(name);
    if (expected === undefined) throw damaged(`${path}/${listName}`, `does not list ${name}`);
    // A plain file in the folder of the shard is inside the corpus.
    const isPlain = plain.has(name);
    const target = isPlain ? join(folder, file) : await inputPath(folder, file, what);
    const size = await sizeOf(target, what);
    // A list states no sizes, but the manifest states the size of the whole shard.
    if (size !== undefined && (name === '' ? size !== bytes : size > bytes)) {
      const written = name === '' ? bytes : `at most ${bytes}, the size of its shard,`;
      throw damaged(file, `holds ${size} bytes, but ${written} were written`);
    }
    if ((await hashOf(target, what, signal)) === expected) return target;
    throw damaged(file, 'is not as it was written (its SHA-256 differs)');
  };
  return {
    open(name, what) {
      const known = opened.get(name);
      if (known !== undefined) return known;
      const checked = check(name, what);
      opened.set(name, checked);
      return checked;
    },
    release: () => Promise.resolve(),
  };
};

/** The files of a shard as its list states them. */
interface Listed {
  readonly hashes: ReadonlyMap<string, string>;
  /** Names of the plain files in the folder of the shard, which is inside the corpus. A link may lead outside. */
  readonly plain: ReadonlySet<string>;
}

function single(sha256: string): Listed {
  return { hashes: new Map([['', sha256]]), plain: new Set() };
}

async function sizeOf(target: string, what: string): Promise<number | undefined> {
  try {
    const found = await stat(target);
    // Opening something else than a file reports what it is.
    return found.isFile() ? found.size : undefined;
  } catch (cause) {
    throw unreadable(target, what, cause);
  }
}

async function hashOf(target: string, what: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return (await hashFile(target, { signal })).sha256;
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreadable(target, what, cause);
  }
}

async function readList(folder: string, shard: string, sha256: string): Promise<Listed> {
  const what = 'the list of hashes';
  const name = `${shard}/${listName}`;
  const path = await inputPath(folder, name, what);
  const list = await readInput(path, what, fileLimits.shardList, (size) =>
    damaged(name, `holds ${size} bytes, but a list of pqrst has at most ${fileLimits.shardList}`),
  );
  if (createHash('sha256').update(list).digest('hex') !== sha256) {
    throw damaged(name, 'is not as it was written (its SHA-256 differs), so its files cannot be checked');
  }
  const entries = await readdir(dirname(path), { withFileTypes: true });
  return {
    hashes: new Map(listedFiles(list).map((file) => [file.path, file.sha256])),
    plain: new Set(entries.filter((entry) => entry.isFile()).map((entry) => entry.name)),
  };
}

/** Returns the entries of a list of hashes, as `sha256sum -c` reads them: the hash, two characters, the path. */
export function listedFiles(list: Buffer): { readonly path: string; readonly sha256: string }[] {
  const lines = list.toString('utf8').trimEnd().split('\n');
  return lines.map((line) => ({ sha256: line.slice(0, 64), path: line.slice(66) }));
}
