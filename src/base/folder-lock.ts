// Locks a folder, so that only one process works in it at a time. Two experiments in one folder would train everything
// twice and delete each other's trials; two downloads would write into each other's files.
// The lock is a file that names its process. A killed process leaves the file behind, so a lock is taken over if its
// process has certainly ended: it ran on this machine, and it no longer exists, its number belongs to a process that
// started later, or the machine has started again since. A process of another machine or container cannot be seen from
// here. Its lock stays until that process, or the user, removes it.

import { readlink, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PqrstError } from './errors.js';
import { isAbsent, makeFolder, writeError } from './files.js';
import { fileLimits, readText } from './open-file.js';

export const heldName = 'held';
/** Locks of this process. */
const own = new Set<string>();
/** A lock file may stay empty for `maxWaits` intervals of this length while its process writes it. */
const waitMs = 50;
const maxWaits = 10;

/** A process as its lock file names it. What the system does not state is absent; only Linux states all of it. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Identifies the installation of the system (/etc/machine-id). */
  readonly machine?: string | undefined;
  /** Identifies the time since the last start of the system. */
  readonly boot?: string | undefined;
  /** The name space of its process id: containers count their processes separately. */
  readonly space?: string | undefined;
  /** The start of the process, in ticks since the start of the system. */
  readonly started?: string | undefined;
}

/**
 * Locks `folder` by writing the lock file `name` into it. Returns a function that releases the lock.
 *
 * @throws PqrstError ERR_WRITE: when another process holds the lock and has not certainly ended, or the folder is not
 *   writable.
 */
export async function holdFolder(folder: string, name = heldName): Promise<() => Promise<void>> {
  const path = resolve(join(folder, name));
  const self = await describeSelf();
  const text = `${JSON.stringify(self)}\n`;
  if (own.has(path)) throw refusal(folder, path, 'is at work here', self, new Date());
  own.add(path);
  try {
    await makeFolder(folder);
    while (!(await create(path, text))) {
      const found = await readLock(path);
      if (found === undefined) continue;
      const holder = parseHolder(found.text);
      const state = await stateOf(holder, self);
      if (state !== 'has ended') throw refusal(folder, path, state, holder, found.since);
      await takeAway(path, found.text);
    }
  } catch (error) {
    own.delete(path);
    throw error instanceof PqrstError ? error : writeError(path, error);
  }
  return async () => {
    await takeAway(path, text);
    own.delete(path);
  };
}

type State = 'is at work here' | 'is elsewhere' | 'has ended' | 'is unknown';

/** Returns whether the process of a lock has certainly ended, as seen from the process `self`. */
async function stateOf(holder: Holder | undefined, self: Holder): Promise<State> {
  if (holder === undefined) return 'is unknown';
  const { pid, host, machine, boot, space, started } = holder;
  if (host !== self.host) return 'is elsewhere';
  // An earlier version wrote the process id and the host only.
  const isFull = machine !== undefined || boot !== undefined || space !== undefined;
  if (isFull) {
    if (machine !== self.machine || space !== self.space) return 'is elsewhere';
    if (boot !== self.boot) return machine === undefined ? 'is elsewhere' : 'has ended';
  }
  // This process holds no lock here, so its number in a lock is that of an earlier process.
  if (pid === self.pid || !isAlive(pid)) return 'has ended';
  const now = started === undefined ? undefined : await startOf(pid);
  return now !== undefined && now !== started ? 'has ended' : 'is at work here';
}

function refusal(
  folder: string,
  path: string,
  state: State,
  holder: Holder | undefined,
  since: Date,
): PqrstError {
  const time = since.toISOString().replace(/\.\d+Z$/, 'Z');
  const problem =
    holder === undefined
      ? `the lock file ${path} of ${time} names no process; delete it if no other process works in ${folder}`
      : state === 'is at work here'
        ? `process ${holder.pid} is at work in ${folder} since ${time}; wait until it ends, or delete ${path} if that process does something else`
        : `process ${holder.pid} of the host or container "${holder.host}" locked ${folder} at ${time}, and it cannot be seen from here; wait until it ends, or delete ${path} if it has ended`;
  return new PqrstError('ERR_WRITE', problem);
}

/** Creates the lock file; returns false if it already exists. */
async function create(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Returns the text of the lock file and the time of its last change, or undefined if it no longer exists. A new file is
 * empty for a short moment.
 */
async function readLock(path: string): Promise<{ text: string; since: Date } | undefined> {
  for (let waits = 0; ; waits++) {
    try {
      const { mtime } = await stat(path);
      const text = await readText(path, fileLimits.lock);
      if (text !== '' || waits === maxWaits) return { text, since: mtime };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    await setTimeout(waitMs);
  }
}

/**
 * Removes the lock file if it still contains `text`. If another process has locked the folder since, keeps its file.
 */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    if ((await readText(aside, fileLimits.lock)) === text) await rm(aside);
    else await rename(aside, path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** Returns the process that a lock file names, or undefined if it names no process. */
function parseHolder(text: string): Holder | undefined {
  const [, number, name] = /^(\d{1,10}) (\S+)\s*$/.exec(text) ?? [];
  if (number !== undefined && name !== undefined) return { pid: Number(number), host: name };
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof given !== 'object' || given === null) return undefined;
  const { pid, host, machine, boot, space, started } = given as Record<keyof Holder, unknown>;
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid < 1 || typeof host !== 'string')
    return undefined;
  const word = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    ...{ pid, host, machine: word(machine), boot: word(boot) },
    ...{ space: word(space), started: word(started) },
  };
}

async function describeSelf(): Promise<Holder> {
  return {
    pid: process.pid,
    host: hostname(),
    machine: await stated(() => readText('/etc/machine-id', fileLimits.lock)),
    boot: await stated(() => readText('/proc/sys/kernel/random/boot_id', fileLimits.lock)),
    space: await stated(() => readlink('/proc/self/ns/pid')),
    started: await startOf(process.pid),
  };
}

/** Returns the start of a process; undefined if the system does not state it. */
function startOf(pid: number): Promise<string | undefined> {
  // The name of the program, in brackets, may contain spaces; the start is the 20th word after it.
  return stated(
    async () =>
      /.*\)((?: \S+){20})/s
        .exec(await readText(`/proc/${pid}/stat`, fileLimits.lock))?.[1]
        ?.split(' ')
        .at(-1) ?? '',
  );
}

/** Returns what the system states in one of its files; undefined if it has no such file or the file is empty. */
async function stated(read: () => Promise<string>): Promise<string | undefined> {
  try {
    return (await read()).trim() || undefined;
  } catch (error) {
    if (
      ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')
    ) {
      return undefined;
    }
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process is alive and belongs to another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
