// One file of a release in its place: kept where it is the right one already, else fetched into `NAME.part`, judged by its
// SHA-256 and only then renamed. A wrong one is fetched anew once.

import { existsSync, type Stats } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PqrstError } from '../base/errors.js';
import { hashFile, isAbsent, resolveInside, writeError } from '../base/files.js';
import { type Client, getFile, type Unreached } from './http.js';
import type { SumsEntry } from './sums.js';
import type { Verified } from './verified.js';

export interface Place {
  readonly folder: string;
  /** Of the release, with a slash at its end. */
  readonly url: string;
  /** Nobody answered before, and nobody is asked again. */
  readonly offline: Unreached | undefined;
  readonly verified: Verified;
  readonly client: Client;
}

/**
 * The file `entry`, right and in its place when this resolves. Rejects with `signal.reason`; Unreached; ERR_FETCH, also
 * where it came with another hash twice; ERR_PATH_OUTSIDE (a link in the folder points elsewhere); ERR_WRITE.
 */
export async function bringFile(
  entry: SumsEntry,
  { folder, url, offline, verified, client }: Place,
): Promise<'kept' | 'fetched' | 'replaced'> {
  const { name, sha256 } = entry;
  client.signal.throwIfAborted();
  // Nothing is opened for this; it is the way of all files of a second run.
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
    // A part that is whole already was only not renamed.
    const isWhole = tries === 1 && existsSync(part) && (await hashOf(part, client.signal)) === sha256;
    if (!isWhole && offline !== undefined) throw offline;
    if (!isWhole) await getFile(address, part, client);
    const got = await hashOf(part, client.signal);
    if (got === sha256) break;
    await removeFile(part);
    if (tries === 2) {
      const problem = `${address} came twice with another SHA-256 than the release states: expected ${sha256}, got ${got}`;
      throw new PqrstError('ERR_FETCH', `${problem}; try later or another mirror`);
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

/** ERR_WRITE. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw writeError(folder, cause);
  }
}

/** Renames `part` to `path`. ERR_WRITE. */
export async function moveTo(path: string, part: string): Promise<void> {
  try {
    await rename(part, path);
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** ERR_WRITE; nothing where it is not there. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (cause) {
    throw writeError(path, cause);
  }
}
