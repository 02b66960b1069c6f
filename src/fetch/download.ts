// Downloads a release of a data set from PhysioNet or a mirror into a folder. Each file is checked against the
// release's SHA256SUMS.txt before it gets its final name. An unfinished file is called `NAME.part`; calling the
// function again resumes it.

import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { isInside, isOfSystem, makeFolder } from '../base/files.js';
import { holdFolder } from '../base/folder-lock.js';
import { fileLimits, readText } from '../base/open-file.js';
import { parseOptions } from '../base/options.js';
import { systemReason } from '../base/system-reason.js';
import { bringFile, moveTo, removeFile } from './file.js';
import { type Client, getFile, Unreached } from './http.js';
import { chooseParts, type FetchSource, findSource } from './sources.js';
import { parseSums, type SumsEntry } from './sums.js';
import { Verified } from './verified.js';

const physionetUrl = 'https://physionet.org/files';
const pagesUrl = 'https://physionet.org/content';
/** Lock file that names the process working in the folder. */
const heldName = '.pqrst-held';
const sumsName = 'SHA256SUMS.txt';
const connections = 4;
/** The download stops after this many failed files; fewer failures are reported at the end. */
const maxFailures = 10;

/** State of a running download. */
export interface FetchProgress {
  /** Number of files that are present and verified. */
  readonly done: number;
  /** Total number of files. */
  readonly files: number;
  /** Bytes received from the network in this run. */
  readonly bytes: number;
}

/** Options of `fetchDataset`. */
export interface FetchOptions {
  /** Folder for the files of the release; default the name of the data set. */
  readonly out?: string;
  /** Names of the parts to download (`records500`); default all parts without `onlyByName` (see `fetchSources`). */
  readonly parts?: readonly string[];
  /** Address of the folder that holds `ptb-xl/1.0.3/SHA256SUMS.txt` and the other releases; default PhysioNet. */
  readonly baseUrl?: string;
  /** Pause before the first retry in ms; default 1000. Each further pause is twice as long. */
  readonly pauseMs?: number;
  /** A connection on which nothing arrives for this time counts as broken, in ms; default 60,000. */
  readonly silenceMs?: number;
  /** Aborts the download, which then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Receives the state of the download after each verified file. */
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

/** A completed download. */
export interface FetchResult {
  /** Name of the data set. */
  readonly name: string;
  /** Title of the release. */
  readonly title: string;
  /** Folder that holds the files. */
  readonly folder: string;
  /** KIND:DIR of the first part, as `openDataset` takes it. */
  readonly spec: string;
  /** Address of the release. */
  readonly url: string;
  /** Names of the downloaded parts. */
  readonly parts: readonly string[];
  /** Number of files in these parts. */
  readonly files: number;
  /** Number of files downloaded in this run. */
  readonly fetched: number;
  /** Number of downloaded files that replaced an existing file with another hash. */
  readonly replaced: number;
  /** Bytes received in this run. */
  readonly bytes: number;
  /** Licence of the data. */
  readonly licence: string;
  /** References to cite. */
  readonly cite: string;
}

const schema = z.strictObject({
  out: z.string('a folder').min(1, 'a folder').optional(),
  parts: z.array(z.string('names of parts'), 'names of parts').min(1, 'names of parts').optional(),
  baseUrl: z
    .url({ protocol: /^https?$/, error: 'an address that starts with http:// or https://' })
    .optional(),
  pauseMs: z.number('milliseconds from 0').min(0, 'milliseconds from 0').default(1000),
  silenceMs: z.number('milliseconds above 0').positive('milliseconds above 0').default(60_000),
  signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional(),
  onProgress: z.custom((given) => typeof given === 'function', 'a function').optional(),
});

/**
 * Downloads a data set and verifies every file. Correct files in the folder are kept, wrong ones are replaced. Without
 * a network, it verifies files that are already in the folder.
 *
 * @param name - a name in `fetchSources`: ptb-xl, mitdb, afdb, ltafdb, nsrdb, svdb, incartdb, icentia11k, ludb,
 *   cinc2017, cinc2021.
 * @param options - folder, parts, address and callbacks.
 * @returns the folder, its specification for `openDataset`, counts, licence and references.
 * @example
 * ```js
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { fetchDataset, PqrstError } from 'pqrst/records';
 *
 * try {
 *   const out = join(tmpdir(), 'ludb');
 *   const { spec, cite } = await fetchDataset('ludb', { out, signal: AbortSignal.timeout(2000) });
 *   console.log(spec, cite);
 * } catch (error) {
 *   console.log(error instanceof PqrstError ? error.message : 'stopped after 2 s; the next call resumes');
 * }
 * ```
 * @throws PqrstError ERR_OPTION, ERR_RANGE: when the name or an option is invalid.
 * @throws PqrstError ERR_FETCH: when the server cannot be reached, a file is missing there, or a file has a wrong hash
 *   twice.
 * @throws PqrstError ERR_PATH_OUTSIDE: when the release or a link in the folder leads outside the folder.
 * @throws PqrstError ERR_WRITE: when the folder is not writable, or another process downloads into it.
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchResult> {
  const { pauseMs, silenceMs } = parseOptions(schema, options, 'fetchDataset');
  const source = findSource(name);
  const parts = chooseParts(source, options.parts);
  const folder = options.out ?? source.name;
  const url = `${(options.baseUrl ?? physionetUrl).replace(/\/+$/, '')}/${source.path}/`;
  options.signal?.throwIfAborted();

  const created = await makeFolder(folder);
  const release = await holdFolder(folder, heldName);
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  let bytes = 0;
  const client: Client = {
    ...{ signal: stop.signal, pauseMs, silenceMs },
    onBytes: (more) => {
      bytes += more;
    },
  };
  try {
    const { entries: sums, offline } = await fetchSums(source, folder, url, client);
    const isWanted = [source.always, ...parts.map(({ files }) => files)];
    const wanted = sums.filter((entry) => isWanted.some((files) => files.test(entry.name)));
    const empty = parts.find(({ files }) => !sums.some((entry) => files.test(entry.name)));
    if (empty !== undefined) {
      const advice = 'check that this is the address of the release';
      throw new PqrstError(
        'ERR_FETCH',
        `${url}${sumsName} lists no file of the part ${empty.name}; ${advice}`,
      );
    }
    bytes = 0;
    const counts = { done: 0, fetched: 0, replaced: 0 };
    const failures: PqrstError[] = [];
    const absent: string[] = [];
    const verified = await Verified.open(folder);
    try {
      await inParallel(wanted, stop, async (entry) => {
        try {
          const way = await bringFile(entry, { folder, url, offline, verified, client });
          if (way !== 'kept') counts.fetched++;
          if (way === 'replaced') counts.replaced++;
          options.onProgress?.({ done: ++counts.done, files: wanted.length, bytes });
        } catch (error) {
          if (offline !== undefined && error === offline) return void absent.push(entry.name);
          if (error instanceof Unreached) throw unreached(source, folder, url, error);
          if (!(error instanceof PqrstError) || error.code !== 'ERR_FETCH') throw error;
          failures.push(error);
          if (failures.length >= maxFailures) throw missing(failures, wanted.length - counts.done);
        }
      });
    } finally {
      await verified.close();
    }
    if (offline !== undefined && absent.length > 0) {
      const problem = absent.length === 1 ? 'is missing or differs' : 'are missing or differ';
      const first = `${absent.length > 1 ? 'first ' : ''}${join(folder, absent[0]!)}`;
      const found = `${absent.length} of ${wanted.length} files ${problem} from the release: ${first}`;
      throw unreached(source, folder, url, offline, found);
    }
    if (failures.length > 0) throw missing(failures, failures.length);
    return {
      ...{ name: source.name, title: source.title, folder, url, parts: parts.map((part) => part.name) },
      spec: `${source.kind ?? source.name}:${join(folder, parts[0]?.readAt ?? '')}`,
      ...{ files: wanted.length, fetched: counts.fetched, replaced: counts.replaced, bytes },
      ...{ licence: source.licence, cite: source.cite },
    };
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await release();
    if (created !== undefined) await removeEmpty(folder, created);
  }
}

/** Removes the folders from `folder` up to `top` that are empty, so that a failed download leaves no trace. */
async function removeEmpty(folder: string, top: string): Promise<void> {
  for (let path = resolve(folder); isInside(resolve(top), path); path = dirname(path)) {
    const [removal] = await Promise.allSettled([rmdir(path)]);
    if (removal.status === 'rejected') return;
  }
}

/** Downloads the list of the release. If the server cannot be reached, uses a list that is already in the folder. */
async function fetchSums(
  source: FetchSource,
  folder: string,
  url: string,
  client: Client,
): Promise<{ entries: readonly SumsEntry[]; offline: Unreached | undefined }> {
  const path = join(folder, sumsName);
  const part = `${path}.part`;
  // An unfinished list may belong to another release.
  await removeFile(part);
  let offline: Unreached | undefined;
  try {
    await getFile(`${url}${sumsName}`, part, client, true);
  } catch (error) {
    if (!(error instanceof Unreached)) throw error;
    if (!existsSync(path)) throw unreached(source, folder, url, error);
    offline = error;
  }
  const isOffline = offline !== undefined;
  const from = isOffline ? path : `${url}${sumsName}`;
  const list = isOffline ? path : part;
  const text = await readText(list, fileLimits.sums).catch((cause: unknown) => {
    const why = `${from} is not the list of a release (${systemReason(cause)}); check the address`;
    throw isOfSystem(cause) ? new PqrstError('ERR_FETCH', why, { cause }) : cause;
  });
  const entries = parseSums(text, from);
  if (!isOffline) await moveTo(path, part);
  return { entries, offline };
}

/** Runs `work` on each item, a few in parallel. The first error stops the others and is thrown when they have ended. */
async function inParallel<T>(
  items: readonly T[],
  stop: AbortController,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const lanes = Array.from({ length: connections }, async () => {
    try {
      for (const item of queue) await work(item);
    } catch (error) {
      stop.abort(error);
    }
  });
  await Promise.all(lanes);
  stop.signal.throwIfAborted();
}

function unreached(
  { path, layout }: FetchSource,
  folder: string,
  url: string,
  cause: Unreached,
  found = '',
): PqrstError {
  const places = [sumsName, ...layout].map((name) => join(folder, name)).join('; ');
  return new PqrstError(
    'ERR_FETCH',
    `could not reach ${url} (${cause.message})${proxyHint()}${found && `; ${found}`}; run the command again on a machine with ` +
      `a network, or fetch the files on another machine from ${pagesUrl}/${path}/ and place them under ${folder} with the ` +
      `same paths (${places}); this command then verifies them`,
    { cause },
  );
}

/** Returns a hint about proxies: unlike other programs, Node.js uses no proxy by default. */
function proxyHint(): string {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => process.env[one]);
  if (name === undefined || process.env.NODE_USE_ENV_PROXY === '1') return '';
  return `; the proxy of ${name} was not used; set NODE_USE_ENV_PROXY=1 (Node.js 22.21, 24.5 or later)`;
}

function missing([first]: readonly PqrstError[], count: number): PqrstError {
  const message =
    count === 1 ? first!.message : `${count} files are missing, the first for this reason: ${first!.message}`;
  return new PqrstError('ERR_FETCH', message, { cause: first });
}
