// Downloads one file over HTTP. Bytes that are already in its `.part` are kept, and only the rest is requested (Range).
// Requests to a busy or silent server are repeated after growing pauses. The caller verifies the bytes.

import { type FileHandle, rm, stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { PqrstError } from '../base/errors.js';
import { isAbsent, writeError } from '../base/files.js';
import { openFile } from '../base/open-file.js';

/** Settings of a download. */
export interface Client {
  readonly signal: AbortSignal;
  /** Pause before the first retry, in ms. Each further pause is twice as long. */
  readonly pauseMs: number;
  /** A connection on which nothing arrives for this time, in ms, counts as broken. */
  readonly silenceMs: number;
  /** Receives the number of bytes of each piece that arrives. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** The server could not be reached: there is no network, no such host or no server at that address. */
export class Unreached extends Error {}

/** A temporary failure; a retry may succeed. */
class Temporary extends Error {
  readonly afterMs: number;

  constructor(message: string, options: ErrorOptions = {}, afterMs = 0) {
    super(message, options);
    this.afterMs = afterMs;
  }
}

/** The server accepted the connection, but did not answer. */
class Silent extends Temporary {}

const repetitions = 5;
const longestPauseMs = 60_000;
const busy: ReadonlySet<number> = new Set([408, 425, 429]);

/**
 * Downloads `url` to the file `part` and resumes after the bytes that it holds. Rejects with `signal.reason` after an
 * abort, and with `Unreached` if the server does not answer: on `firstContact` at once, otherwise after all retries.
 *
 * @throws PqrstError ERR_FETCH: when the answer is not the file, or six attempts brought no further bytes.
 * @throws PqrstError ERR_WRITE: when `part` cannot be written.
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
      const isTemporary = error instanceof Temporary;
      if (!isTemporary && !(error instanceof Unreached && !firstContact)) throw error;
      const size = await sizeOf(part);
      tries = size > furthest ? 1 : tries + 1;
      furthest = Math.max(furthest, size);
      if (tries > repetitions) {
        if (!isTemporary) throw error;
        const problem = `could not fetch ${url}: ${error.message}, ${tries} times`;
        const advice = 'try again later; the same command resumes where it stopped';
        throw new PqrstError('ERR_FETCH', `${problem}; ${advice}`, { cause: error });
      }
      const waitMs = Math.max(client.pauseMs * 2 ** (tries - 1), isTemporary ? error.afterMs : 0);
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
    connection.abort(new Error(`no data arrived for ${client.silenceMs / 1000} s`));
  }, client.silenceMs);
  try {
    const start = await sizeOf(part);
    const response = await request(url, start, connection.signal);
    // The server has no further bytes.
    if (response.status === 416 && start > 0) return await response.body?.cancel();
    if (!response.ok) throw await refusal(url, response);
    refuseDowngrade(url, response.url);
    const span = response.status === 206 ? spanOf(response) : { from: 0, total: Number.NaN };
    if (response.status === 206 && span.from !== start) {
      // The next attempt requests the whole file.
      await onDisk(part, () => rm(part, { force: true }));
      throw new Temporary(`the request started at byte ${start}, but the server sent another range`);
    }
    const size = await receive(response, part, span.from, connection.signal, (bytes) => {
      silence.refresh();
      client.onBytes?.(bytes);
    });
    if (size < span.total) throw new Temporary(`the server sent ${size} of ${span.total} bytes`);
  } finally {
    clearTimeout(silence);
    client.signal.removeEventListener('abort', stop);
    connection.abort();
  }
}

async function request(url: string, start: number, signal: AbortSignal): Promise<Response> {
  const range = start > 0 ? { range: `bytes=${start}-` } : {};
  try {
    // Ranges count the stored bytes, so the answer must not be compressed.
    return await fetch(url, { signal, headers: { 'accept-encoding': 'identity', ...range } });
  } catch (cause) {
    if (signal.aborted) throw new Silent(reasonOf(signal.reason), { cause });
    throw new Unreached(reasonOf(cause), { cause });
  }
}

/** Writes the answer to `part` from position `from` and returns the resulting size of the file. */
async function receive(
  response: Response,
  part: string,
  from: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<number> {
  const body = (response.body ?? new Blob([]).stream())[Symbol.asyncIterator]();
  const next = () =>
    body.next().catch((cause: unknown) => {
      throw new Temporary(reasonOf(signal.aborted ? signal.reason : cause), { cause });
    });
  // When the connection breaks, a piece that has arrived is lost unless it is already requested.
  const starting = Promise.allSettled([next()]);
  const { file } = await onDisk(part, () => openFile(part, from > 0 ? 'r+' : 'w'));
  try {
    let at = from;
    const [first] = await starting;
    if (first.status === 'rejected') throw first.reason;
    for (let piece = first.value; piece.done !== true; piece = await next()) {
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

/** Returns the start of the bytes in a 206 answer and the size of the whole file; NaN if not stated. */
function spanOf(response: Response): { from: number; total: number } {
  const [, from, total] =
    /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? [];
  return { from: Number(from), total: Number(total) };
}

/** Rejects a redirection from https to http: the list of hashes must arrive over the requested protocol. */
function refuseDowngrade(url: string, answered: string): void {
  if (!url.startsWith('https:') || !answered.startsWith('http:')) return;
  throw new PqrstError(
    'ERR_FETCH',
    `${url} is redirected to ${answered}, which is not protected against changes on the way; check whether a login page answers instead of the server`,
  );
}

async function refusal(url: string, response: Response): Promise<Error> {
  await response.body?.cancel();
  const answer = `the server answers ${response.status} ${response.statusText}`.trimEnd();
  if (response.status >= 500 || busy.has(response.status)) {
    const after = Number(response.headers.get('retry-after') ?? 0);
    return new Temporary(answer, {}, Number.isFinite(after) ? after * 1000 : 0);
  }
  const advice =
    'check that PQRST_PHYSIONET, if set, is the address of a mirror; the file may have been removed';
  return new PqrstError('ERR_FETCH', `could not fetch ${url}: ${answer}; ${advice}`);
}

/** Returns the message of the cause, because the message of `fetch` itself is always "fetch failed". */
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
