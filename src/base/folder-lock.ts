// Locks a folder, so that only one process works in it at a time. Two experiments in one folder would train everything
// twice and delete each other's trials; two downloads would write into each other's files.
// The lock is a file that names its process. A killed process leaves the file behind, so a lock is taken over if its
// process has certainly ended: it ran on this machine, and it no longer exists, its number belongs to a process that
// started later, or the file is older than the last start of the machine. A process of another machine or container
// cannot be seen from here, and a copy of a virtual machine has the identity of the original. Such a lock stays until
// its process, or the user, removes it. Where the system states no identity (macOS, Windows), the host name stands for
// the machine.
// Of several processes that find the same ended lock, one takes it over. The danger is that one of them removes the new
// lock of another, because the file has changed since it was read. So a process removes the lock of another only while
// it holds a second lock, NAME.take, and reads the file again first. Every removal then has one actor: only the owner
// removes a lock that it holds, and only the holder of NAME.take removes a lock whose process has ended. Between its
// reading and its removal the file cannot change, since creating it fails while it exists. NAME.take is a lock of the
// same kind: one that a killed process leaves behind is taken over under NAME.take.take.

import { readlink, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { hostname, uptime } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PqrstError } from './errors.js';
import { isAbsent, isInside, makeFolder, writeError } from './files.js';
import { fileLimits, readText } from './open-file.js';
import { parseJson } from './parse-json.js';

export const heldName = 'held';
/** Locks of this process. */
const own = new Set<string>();
/** A lock file may stay empty for `maxWaits` intervals of this length while its process writes it. */
const waitMs = 50;
const maxWaits = 10;
/** Another process may take an ended lock over for this time. It needs milliseconds, unless it is suspended. */
const takeMs = 3000;

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
 * Locks `folder` by writing the lock file `name` into it. Creates the folder if it does not exist.
 * Returns a function that releases the lock, and removes the folder if this call created it and it is empty.
 *
 * @throws PqrstError ERR_WRITE: when another process holds the lock and has not certainly ended, or the folder is not
 *   writable.
 */
export async function holdFolder(folder: string, name = heldName): Promise<() => Promise<void>> {
  const path = resolve(join(folder, name));
  const self = await describeSelf();
  const text = `${JSON.stringify(self)}\n`;
  if (own.has(path))
    throw refusal(folder, path, { state: 'is at work here', holder: self, since: new Date() });
  own.add(path);
  let created: string | undefined;
  try {
    created = await makeFolder(folder);
    while (!(await create(path, text))) {
      const found = await readLock(path, self);
      if (found?.state === 'has ended') await removeEnded(folder, path, self);
      else if (found !== undefined) throw refusal(folder, path, found);
    }
  } catch (error) {
    own.delete(path);
    throw error instanceof PqrstError ? error : writeError(path, error);
  }
  return async () => {
    // If the user has removed the lock, another process may hold the folder now.
    if ((await readLock(path, self))?.text === text) await rm(path);
    own.delete(path);
    if (created !== undefined) await removeEmpty(folder, created);
  };
}

/** Removes the folders from `folder` up to `top` that are empty, so that work that fails at its start leaves no trace. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = resolve(folder); isInside(resolve(top), path); path = dirname(path)) {
    const [removal] = await Promise.allSettled([rmdir(path)]);
    if (removal.status === 'rejected') return;
  }
}

/** Removes the lock file `path` if its process has ended, while holding the lock `path`.take. */
async function removeEnded(folder: string, path: string, self: Holder): Promise<void> {
  const take = `${path}.take`;
  const end = performance.now() + takeMs;
  while (!(await create(take, `${JSON.stringify(self)}\n`))) {
    const found = await readLock(take, self);
    if (found?.state === 'has ended') await removeEnded(folder, take, self);
    else if (found !== undefined && performance.now() > end) throw refusal(folder, take, found);
    else await setTimeout(1 + 10 * Math.random());
  }
  try {
    if ((await readLock(path, self))?.state === 'has ended') await rm(path);
  } finally {
    await rm(take);
  }
}

type State = 'is at work here' | 'is elsewhere' | 'has ended' | 'is unknown';

/** A lock file as this process sees it. `since` is the time of its last change. */
interface Found {
  readonly text: string;
  readonly since: Date;
  readonly holder: Holder | undefined;
  readonly state: State;
}

/** Returns whether the process of a lock has certainly ended, as seen from the process `self`. */
async function stateOf(holder: Holder | undefined, since: Date, self: Holder): Promise<State> {
  if (holder === undefined) return 'is unknown';
  const { pid, host, machine, boot, space, started } = holder;
  if (host !== self.host || machine !== self.machine || space !== self.space) return 'is elsewhere';
  if (boot !== self.boot) {
    // A copy of a virtual machine has the same host name and identity, and runs at the same time.
    const bootMs = Date.now() - uptime() * 1000;
    const isEarlier = machine !== undefined && boot !== undefined && since.getTime() < bootMs;
    return isEarlier ? 'has ended' : 'is elsewhere';
  }
  if (!isAlive(pid)) return 'has ended';
  const now = await startOf(pid);
  if (started !== undefined && now !== undefined) return now === started ? 'is at work here' : 'has ended';
  // This process does not hold the lock, so its number in it is that of an earlier process.
  return pid === self.pid ? 'has ended' : 'is at work here';
}

function refusal(folder: string, path: string, { state, holder, since }: Omit<Found, 'text'>): PqrstError {
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

/** Reads a lock file; returns undefined if it no longer exists. A new file is empty for a short moment. */
async function readLock(path: string, self: Holder): Promise<Found | undefined> {
  for (let waits = 0; ; waits++) {
    try {
      const { mtime: since } = await stat(path);
      const text = await readText(path, fileLimits.lock);
      if (text !== '' || waits === maxWaits) {
        const holder = parseHolder(text);
        return { text, since, holder, state: await stateOf(holder, since, self) };
      }
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
    await setTimeout(waitMs);
  }
}

/** Returns the process that a lock file names, or undefined if it names no process. */
function parseHolder(text: string): Holder | undefined {
  // An earlier version wrote the process id and the host only.
  const [, number, name] = /^(\d{1,10}) (\S+)\s*$/.exec(text) ?? [];
  if (number !== undefined && name !== undefined) return { pid: Number(number), host: name };
  let given: unknown;
  try {
    given = parseJson(text);
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
