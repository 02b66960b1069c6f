// Makes sure that one file of a release is in the folder. A file with the right hash is kept. Otherwise it is
// downloaded to `NAME.part`, its SHA-256 is checked, and it gets its name. A download with a wrong hash is repeated
// once.

import { existsSync, type Stats } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { hashFile, isAbsent, makeFolder, resolveInside, writeError } from '../base/files.js';
import { type Client, getFile, type Unreached } from './http.js';
import type { SumsEntry } from './sums.js';
import type { Verified } from './verified.js';

/** Where files come from and where they go. */
export interface Place {
  readonly folder: string;
  /** Address of the release, with a slash at its end. */
  readonly url: string;
  /** The error of an earlier attempt to reach the server. If it is set, no further attempt is made. */
  readonly offline: Unreached | undefined;
  readonly verified: Verified;
  readonly client: Client;
}

/**
 * Makes sure that the file `entry` is in the folder and has the right hash. Rejects with `signal.reason` after an
 * abort, and with `Unreached` if the server does not answer.
 *
 * @throws PqrstError ERR_FETCH: when the file is missing on the server or has a wrong hash twice.
 * @throws PqrstError ERR_PATH_OUTSIDE: when a link in the folder leads outside it.
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function bringFile(
  entry: SumsEntry,
  { folder, url, offline, verified, client }: Place,
): Promise<'kept' | 'fetched' | 'replaced'> {
  const { name, sha256 } = entry;
  client.signal.throwIfAborted();
  // A second run takes this fast path, which opens no file.
  const found = await statFile(join(folder, name));
  if (found !== undefined && verified.has(entry, found)) return 'kept';
  const path = await resolveInside(folder, name);
  if (found !== undefined && (await hashOf(path, client.signal)) === sha256) {
    await verified.add(entry, found);
    return 'kept';
  }
  const part = await resolveInside(folder, `${name}.part`);
  if (offline === undefined) await makeFolder(dirname(path));
  const address = url + name.split('/').map(encodeURIComponent).join('/');
  for (let tries = 1; ; tries++) {
    // An earlier run may have left a complete part, if it ended before the rename.
    const isWhole = tries === 1 && existsSync(part) && (await hashOf(part, client.signal)) === sha256;
    if (!isWhole && offline !== undefined) throw offline;
    if (!isWhole) await getFile(address, part, client);
    const got = await hashOf(part, client.signal);
    if (got === sha256) break;
    await removeFile(part);
    if (tries === 2) {
      const problem = `two downloads of ${address} had another SHA-256 than the release states: expected ${sha256}, got ${got}`;
      throw new PqrstError('ERR_FETCH', `${problem}; try again later, or use another mirror`);
    }
  }
  await moveTo(path, part);
  const now = await statFile(path);
  if (now !== undefined) await verified.add(entry, now);
  return found === undefined ? 'fetched' : 'replaced';
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  try {
    return (await hashFile(path, { signal })).sha256;
  } catch (cause) {
    signal.throwIfAborted();
    throw writeError(path, cause);
  }
}

async function statFile(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw writeError(path, cause);
  }
}

/**
 * Renames `part` to `path`.
 *
 * @throws PqrstError ERR_WRITE: when it cannot be renamed.
 */
export async function moveTo(path: string, part: string): Promise<void> {
  try {
    await rename(part, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/**
 * Removes a file if it exists.
 *
 * @throws PqrstError ERR_WRITE: when it cannot be removed.
 */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
}
