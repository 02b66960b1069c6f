// A release of a data set brought from PhysioNet, or from a mirror of it, into a folder, each file judged by the release's
// own SHA256SUMS.txt before it takes its name. What is under way stands as `NAME.part`; the same call goes on with it.

import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { holdFolder } from '../base/folder-lock.js';
import { parseOptions } from '../base/options.js';
import { bringFile, moveTo, removeFile } from './file.js';
import { type Client, getFile, Unreached } from './http.js';
import { chooseParts, type FetchSource, findSource } from './sources.js';
import { parseSums, type SumsEntry } from './sums.js';
import { Verified } from './verified.js';

const physionetUrl = 'https://physionet.org/files';
const pagesUrl = 'https://physionet.org/content';
/** Names the process that works in the folder. */
const heldName = '.pqrst-held';
const sumsName = 'SHA256SUMS.txt';
const maxSumsBytes = 2 ** 28;
const connections = 4;
/** So many files that cannot be had end it; fewer are told when the others are there. */
const maxFailures = 10;

export interface FetchProgress {
  /** Found right, of `files`. */
  readonly done: number;
  readonly files: number;
  /** Come over the network in this run. */
  readonly bytes: number;
}

export interface FetchOptions {
  /** Folder that becomes the release's; default: the data set's name. */
  readonly out?: string;
  /** Names of parts (`records500`); default: those that are not marked as only by name. */
  readonly parts?: readonly string[];
  /** Where `ptb-xl/1.0.3/SHA256SUMS.txt` and the others stand; default PhysioNet. */
  readonly baseUrl?: string;
  /** Pause before the first repetition, 1000 ms; each further one waits twice as long. */
  readonly pauseMs?: number;
  /** Without a byte for so long, a connection counts as broken; 60,000 ms. */
  readonly silenceMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
}

export interface FetchResult {
  readonly name: string;
  readonly title: string;
  readonly folder: string;
  /** KIND:DIR of the first part, as readers take it. */
  readonly spec: string;
  readonly url: string;
  readonly parts: readonly string[];
  readonly files: number;
  /** Of them, those that came in this run. */
  readonly fetched: number;
  /** Of those, the ones that took the place of a file that was not the release's. */
  readonly replaced: number;
  /** That came in this run. */
  readonly bytes: number;
  readonly licence: string;
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
 * Fetches the data set `name` (ptb-xl, mitdb, ludb, cinc2017, cinc2021). Files that are there and right stay; a wrong one
 * is replaced. Rejects with `signal.reason`. Errors: ERR_OPTION, ERR_RANGE; ERR_FETCH where nobody can be reached, a file
 * cannot be had or has another hash twice; ERR_PATH_OUTSIDE where the release, or a link in the folder, leads outside it;
 * ERR_WRITE, also while another process fetches into that folder.
 */
export async function fetchDataset(name: string, options: FetchOptions = {}): Promise<FetchResult> {
  const { pauseMs, silenceMs } = parseOptions(schema, options, 'fetchDataset');
  const source = findSource(name);
  const parts = chooseParts(source, options.parts);
  const folder = options.out ?? source.name;
  const url = `${(options.baseUrl ?? physionetUrl).replace(/\/+$/, '')}/${source.path}/`;
  options.signal?.throwIfAborted();

  const letGo = await holdFolder(folder, heldName);
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
      const advice = 'is its address that of the release?';
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
      const are = absent.length === 1 ? 'is' : 'are';
      const first = `${absent.length > 1 ? 'first ' : ''}${join(folder, absent[0]!)}`;
      const found = `of ${wanted.length} files ${absent.length} ${are} missing or not the release's: ${first}`;
      throw unreached(source, folder, url, offline, found);
    }
    if (failures.length > 0) throw missing(failures, failures.length);
    return {
      ...{ name: source.name, title: source.title, folder, url, parts: parts.map((part) => part.name) },
      spec: `${source.name}:${join(folder, parts[0]?.readAt ?? '')}`,
      ...{ files: wanted.length, fetched: counts.fetched, replaced: counts.replaced, bytes },
      ...{ licence: source.licence, cite: source.cite },
    };
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
    await letGo();
  }
}

/** The release's list, fetched anew; where nobody can be reached, the one that an earlier run or a person left. */
async function fetchSums(
  source: FetchSource,
  folder: string,
  url: string,
  client: Client,
): Promise<{ entries: readonly SumsEntry[]; offline: Unreached | undefined }> {
  const path = join(folder, sumsName);
  const part = `${path}.part`;
  // A part of a list could be of another release.
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
  const { size } = await stat(list);
  if (size > maxSumsBytes)
    throw new PqrstError('ERR_FETCH', `${from} holds ${size} bytes; no release lists so much`);
  const entries = parseSums(await readFile(list, 'utf8'), from);
  if (!isOffline) await moveTo(path, part);
  return { entries, offline };
}

/** `work` on each of `items`, a few at a time; the first error stops the others and is told when they have ended. */
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
    `could not reach ${url} (${cause.message})${proxyHint()}${found && `; ${found}`}; run it again where there is a ` +
      `network, or fetch the files on another machine from ${pagesUrl}/${path}/ and place them under ${folder} as they ` +
      `stand there (${places}), where this command checks them`,
    { cause },
  );
}

/** Node.js asks no proxy by itself, other programs do. */
function proxyHint(): string {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => process.env[one]);
  if (name === undefined || process.env.NODE_USE_ENV_PROXY === '1') return '';
  return `; the proxy of ${name} was not asked; set NODE_USE_ENV_PROXY=1 (Node.js 22.21, 24.5 or later)`;
}

function missing([first]: readonly PqrstError[], count: number): PqrstError {
  const message =
    count === 1 ? first!.message : `${count} files are missing, one for this reason: ${first!.message}`;
  return new PqrstError('ERR_FETCH', message, { cause: first });
}
