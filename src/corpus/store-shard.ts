// Opens the files of a shard in a bucket for its reader. Each file is copied to a temporary folder of this machine and
// compared with its SHA-256 on the way. The copies of a shard are removed when its last record was read.

import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from '../base/files.js';
import { fileLimits } from '../base/open-file.js';
import { copyToFile, readObject } from '../store/copy.js';
import { makeScratch } from '../store/scratch.js';
import { openStore, type Store } from '../store/store.js';
import { damaged } from './formats/stored.js';
import { listName, type ManifestShard } from './manifest.js';
import { listedFiles, type OpenShard, type ShardFiles } from './shard-files.js';

/** Opens the shards of one corpus. */
export interface ShardSource {
  readonly open: OpenShard;
  /** Removes the temporary folder, and closes connections. */
  close(): Promise<void>;
}

/**
 * Opens the shards of the corpus at an address.
 *
 * @throws PqrstError ERR_WRITE: when there is no room for a temporary folder.
 */
export async function shardsInStore(address: string, signal: AbortSignal | undefined): Promise<ShardSource> {
  const store = await openStore(address, { signal });
  const scratch = await makeScratch();
  let shards = 0;
  return {
    open: (_, shard) => storedShard(store, join(scratch.folder, String(shards++)), shard),
    async close() {
      store.close();
      await scratch.remove();
    },
  };
}

type Shard = Pick<ManifestShard, 'path' | 'bytes' | 'sha256'>;

/** The files of one shard, with copies in `folder`. */
function storedShard(store: Store, folder: string, { path, bytes, sha256 }: Shard): ShardFiles {
  const copies = new Map<string, Promise<string>>();
  let listed: Promise<ReadonlyMap<string, string>> | undefined;
  const copy = async (name: string): Promise<string> => {
    const object = name === '' ? path : `${path}/${name}`;
    if (name !== '') listed ??= readList(store, path, sha256);
    const expected = name === '' ? sha256 : (await listed)?.get(name);
    if (expected === undefined) throw damaged(`${path}/${listName}`, `does not list ${name}`);
    const size = (await store.head(object))?.bytes;
    if (size !== undefined && (name === '' ? size !== bytes : size > bytes)) {
      const written = name === '' ? bytes : `at most ${bytes}, the size of its shard,`;
      throw damaged(object, `holds ${size} bytes, but ${written} were written`);
    }
    // The store has checked that the name does not lead outside.
    const target = join(folder, name === '' ? basename(path) : name);
    await makeFolder(dirname(target));
    const found = await copyToFile(store, object, target);
    if (found.sha256 === expected) return target;
    throw damaged(object, 'is not as it was written (its SHA-256 differs)');
  };
  return {
    open(name) {
      const known = copies.get(name);
      if (known !== undefined) return known;
      const made = copy(name);
      copies.set(name, made);
      return made;
    },
    async release() {
      await Promise.allSettled(copies.values());
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function readList(store: Store, shard: string, sha256: string): Promise<ReadonlyMap<string, string>> {
  const name = `${shard}/${listName}`;
  const list = await readObject(store, name, fileLimits.shardList, (size) =>
    damaged(name, `holds ${size} bytes, but a list of pqrst has at most ${fileLimits.shardList}`),
  );
  if (createHash('sha256').update(list).digest('hex') !== sha256) {
    throw damaged(name, 'is not as it was written (its SHA-256 differs), so its files cannot be checked');
  }
  return new Map(listedFiles(list).map((file) => [file.path, file.sha256]));
}
