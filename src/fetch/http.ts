// One file over HTTP: what is already in its `.part` is kept and the rest asked for (Range), a server that is busy or
// falls silent is asked again with growing pauses. Whether the bytes are the right ones is the caller's to judge.

import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { PqrstError } from '../base/errors.js';
import { isAbsent, writeError } from '../base/files.js';

export interface Client {
  readonly signal: AbortSignal;
  /** Before the first repetition; doubled before each further one. */
  readonly pauseMs: number;
  /** Without a byte for so long, a connection counts as broken. */
  readonly silenceMs: number;
  /** Called with the bytes of each piece that came. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Nobody answered at all: no network, no such host, no server at that address. */
export class Unreached extends Error {}

/** It may go better the next time. */
class Passing extends Error {
  readonly afterMs: number;

  constructor(message: string, options: ErrorOptions = {}, afterMs = 0) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

/** The server took the connection and answered nothing. */
class Silent extends Passing {}

const repetitions = 5;
const longestPauseMs = 60_000;
const busy: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Brings `url` into the file `part`, after what that holds. On first contact, that nobody answers is told at once.
 * Rejects with `signal.reason`; Unreached; ERR_FETCH (an answer that is not the file, or six tries that brought nothing
 * new); ERR_WRITE.
 */
export async function getFile(
  url: string,
  part: string,
  client: Client,
  firstContact = false,
): Promise<void> {
  let furthest = await sizeOf(part);
  let tries = 0;
  for (;;) {
    try {
      return await attempt(url, part, client);
    } catch (error) {
      client.signal.throwIfAborted();
      if (firstContact && error instanceof Silent) throw new Unreached(error.message, { cause: error });
      const isPassing = error instanceof Passing;
      if (!isPassing && !(error instanceof Unreached && !firstContact)) throw error;
      const size = await sizeOf(part);
      tries = size > furthest ? 1 : tries + 1;
      furthest = Math.max(furthest, size);
      if (tries > repetitions) {
        if (!isPassing) throw error;
        const problem = `could not fetch ${url}: ${error.message}, ${tries} times`;
        const advice = 'try later, the same command goes on where it stopped';
        throw new PqrstError('ERR_FETCH', `${problem}; ${advice}`, { cause: error });
      }
      const waitMs = Math.max(client.pauseMs * 2 ** (tries - 1), isPassing ? error.afterMs : 0);
      await pause(Math.min(waitMs, longestPauseMs), undefined, { signal: client.signal }).catch(() =>
        client.signal.throwIfAborted(),
      );
    }
  }
}

async function attempt(url: string, part: string, client: Client): Promise<void> {
  const connection = new AbortController();
  const stop = () => connection.abort(client.signal.reason);
  if (client.signal.aborted) stop();
  client.signal.addEventListener('abort', stop, { once: true });
  const silence = setTimeout(() => {
    connection.abort(new Error(`nothing came for ${client.silenceMs / 1000} s`));
  }, client.silenceMs);
  try {
    const start = await sizeOf(part);
    const response = await request(url, start, connection.signal);
    // The server has no more than what is here.
    if (response.status === 416 && start > 0) return await response.body?.cancel();
    if (!response.ok) throw await refusal(url, response);
    refuseDowngrade(url, response.url);
    const span = response.status === 206 ? spanOf(response) : { from: 0, total: Number.NaN };
    if (response.status === 206 && span.from !== start) {
      // The next try asks for all of it.
      await onDisk(part, () => rm(part, { force: true }));
      throw new Passing(`asked from byte ${start}, the server sent another range`);
    }
    const size = await receive(response, part, span.from, connection.signal, (bytes) => {
      silence.refresh();
      client.onBytes?.(bytes);
    });
    if (size < span.total) throw new Passing(`the server sent ${size} of ${span.total} bytes`);
  } finally {
    clearTimeout(silence);
    client.signal.removeEventListener('abort', stop);
    connection.abort();
  }
}

async function request(url: string, start: number, signal: AbortSignal): Promise<Response> {
  const range = start > 0 ? { range: `bytes=${start}-` } : {};
  try {
    // Bytes are counted as they are stored, so none may come compressed.
    return await fetch(url, { signal, headers: { 'accept-encoding': 'identity', ...range } });
  } catch (cause) {
    if (signal.aborted) throw new Silent(reasonOf(signal.reason), { cause });
    throw new Unreached(reasonOf(cause), { cause });
  }
}

/** Returns the size of the file then. */
async function receive(
  response: Response,
  part: string,
  from: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const file = await onDisk(part, () => open(part, from > 0 ? 'r+' : 'w'));
  try {
    let at = from;
    const body = (response.body ?? new Blob([]).stream())[Symbol.asyncIterator]();
    for (;;) {
      const piece = await body.next().catch((cause: unknown) => {
        throw new Passing(reasonOf(signal.aborted ? signal.reason : cause), { cause });
      });
      if (piece.done === true) break;
      const bytes: Uint8Array = piece.value;
      await onDisk(part, () => writeAll(file, bytes, at));
      at += bytes.length;
      onBytes(bytes.length);
    }
    await onDisk(part, () => file.datasync());
    return at;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw writeError(path, cause);
  }
}

/** Where the bytes of a 206 start, and how many the whole file has; NaN where that is not said. */
function spanOf(response: Response): { from: number; total: number } {
  const [, from, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return { from: Number(from), total: Number(total) };
}

/** What says which bytes are right must come as it was asked for. */
function refuseDowngrade(url: string, answered: string): void {
  if (!url.startsWith('https:') || !answered.startsWith('http:')) return;
  throw new PqrstError(
    'ERR_FETCH',
    `${url} is redirected to ${answered}, which anybody on the way could change; is there a login page in between?`,
  );
}

async function refusal(url: string, response: Response): Promise<Error> {
  await response.body?.cancel();
  const said = `the server answers ${response.status} ${response.statusText}`.trimEnd();
  if (response.status >= 500 || busy.has(response.status)) {
    const after = Number(response.headers.get('retry-after') ?? 0);
    return new Passing(said, {}, Number.isFinite(after) ? after * 1000 : 0);
  }
  const advice = 'is PQRST_PHYSIONET the address of a mirror, or was the file taken away?';
  return new PqrstError('ERR_FETCH', `could not fetch ${url}: ${said}; ${advice}`);
}

/** fetch's own message is always "fetch failed"; what failed stands below it. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const below = cause instanceof AggregateError ? cause.errors[0] : cause;
  return below instanceof Error ? below.message || String((below as NodeJS.ErrnoException).code) : message;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    if (isAbsent(cause)) return 0;
    throw writeError(path, cause);
  }
}
