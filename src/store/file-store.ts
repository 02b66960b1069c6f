// A store in a folder. An object is a file, which has a temporary name until it is on the disk.

import { randomUUID } from 'node:crypto';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { exists, isAbsent, makeFolder, resolveInside, syncFolder, writeError } from '../base/files.js';
import { openFile, readAt } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { checkName } from './address.js';
import { piecesOf } from './content.js';
import { rangeError } from './range.js';
import type { ByteRange, Content, ObjectHead, PutOptions, Store, StoredObject } from './store.js';

const pieceBytes = 2 ** 20;
const temporaryPattern = /\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/;
/** File systems without hard links answer so. */
const withoutLinks: readonly unknown[] = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A store in a folder, which the first `put` makes. */
export class FileStore implements Store {
  readonly address: string;
  readonly #folder: string;
  readonly #signal: AbortSignal | undefined;

  constructor(folder: string, signal: AbortSignal | undefined) {
    this.address = folder;
    this.#folder = resolve(folder);
    this.#signal = signal;
  }

  async put(name: string, content: Content, { ifAbsent = false }: PutOptions = {}): Promise<boolean> {
    const path = await this.#pathOf(name);
    if (ifAbsent && (await exists(path))) return false;
    const temporary = `${path}.${randomUUID()}.tmp`;
    try {
      await makeFolder(dirname(path));
      await this.#write(temporary, content);
      this.#signal?.throwIfAborted();
      const isWritten = ifAbsent ? await linkNew(temporary, path) : await replace(temporary, path);
      await syncFolder(dirname(path));
      return isWritten;
    } catch (cause) {
      this.#signal?.throwIfAborted();
      const isOfSystem = cause instanceof Error && 'syscall' in cause && !(cause instanceof PqrstError);
      throw isOfSystem ? writeError(path, cause) : cause;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async *get(name: string, range?: ByteRange): AsyncGenerator<Uint8Array, void, undefined> {
    const path = await this.#pathOf(name);
    const { file, found } = await openFile(path).catch((cause) => {
      throw unreadable(path, cause);
    });
    try {
      const { start, count } = range ?? { start: 0, count: found.size };
      if (start + count > found.size) throw rangeError(path, { start, count }, found.size);
      for (let done = 0; done < count; ) {
        this.#signal?.throwIfAborted();
        const piece = Buffer.allocUnsafe(Math.min(pieceBytes, count - done));
        const bytes = await readAt(file, piece, start + done);
        if (bytes < piece.length) throw rangeError(path, { start, count }, start + done + bytes);
        done += bytes;
        yield piece;
      }
    } finally {
      await file.close();
    }
  }

  async head(name: string): Promise<ObjectHead | undefined> {
    try {
      const found = await stat(await this.#pathOf(name));
      return found.isFile() ? { name, bytes: found.size } : undefined;
    } catch (error) {
      const cause = error instanceof PqrstError ? error.cause : error;
      if (isAbsent(cause) || (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOTDIR')
        return undefined;
      throw error instanceof PqrstError ? error : unreadable(name, error);
    }
  }

  async *list(prefix = ''): AsyncGenerator<StoredObject, void, undefined> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch((cause) => {
      if (isAbsent(cause)) return [];
      throw unreadable(this.#folder, cause);
    });
    const names = entries
      .filter((entry) => entry.isFile() && !temporaryPattern.test(entry.name))
      .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter((name) => name.startsWith(prefix));
    for (const name of names.sort()) {
      this.#signal?.throwIfAborted();
      const found = await this.head(name);
      if (found !== undefined) yield found;
    }
  }

  async remove(name: string): Promise<void> {
    const path = await this.#pathOf(name);
    await rm(path, { force: true }).catch((cause) => {
      throw writeError(path, cause);
    });
  }

  close(): void {
    // A folder has no connection.
  }

  async #pathOf(name: string): Promise<string> {
    this.#signal?.throwIfAborted();
    checkName(name, this.address);
    return resolveInside(this.#folder, name).catch((cause) => {
      throw cause instanceof PqrstError ? cause : unreadable(join(this.#folder, name), cause);
    });
  }

  async #write(path: string, content: Content): Promise<void> {
    const { file } = await openFile(path, 'wx');
    try {
      for await (const piece of piecesOf(content, pieceBytes)) {
        this.#signal?.throwIfAborted();
        await file.writeFile(piece);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

async function replace(temporary: string, path: string): Promise<true> {
  await rename(temporary, path);
  return true;
}

/** Gives a file its final name, unless the name exists. Returns whether it did. */
async function linkNew(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (!withoutLinks.includes(code)) throw error;
    // Two processes that arrive here at the same moment both write. Each object is complete in either case.
    return (await exists(path)) ? false : replace(temporary, path);
  }
}

function unreadable(path: string, cause: unknown): PqrstError {
  return new PqrstError('ERR_NOT_FOUND', `could not read ${path}: ${systemReason(cause)}`, { cause });
}
