// A local replacement for PhysioNet: serves a release and its SHA256SUMS.txt from memory, supports Range, and simulates
// failures of a network.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Release = Readonly<Record<string, string | Uint8Array>>;

export interface Seen {
  readonly name: string;
  readonly range: string | undefined;
}

export interface ReleaseServer {
  /** Value of the option `baseUrl`. */
  readonly url: string;
  /** All requests so far, except those of the list. */
  readonly seen: Seen[];
  stop(): Promise<void>;
}

/** Answers a request and returns true, or leaves it to the server. `nth` counts the requests of this file from 1. */
export type Trouble = (
  name: string,
  nth: number,
  response: ServerResponse,
  request: IncomingMessage,
) => boolean | undefined;

export interface ServerOptions {
  readonly trouble?: Trouble;
  readonly ignoresRange?: boolean;
  /** Replaces the correct list. */
  readonly sums?: string;
}

export const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

export const sumsOf = (release: Release) =>
  Object.entries(release)
    .map(([name, data]) => `${sha256(data)} ${name}\n`)
    .join('');

/** Serves `release` below `path` (`mitdb/1.0.0`) until the test ends. */
export async function serveRelease(
  path: string,
  release: Release,
  { trouble, ignoresRange = false, sums = sumsOf(release) }: ServerOptions = {},
): Promise<ReleaseServer> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').replace(`/${path}/`, ''));
    const { range } = request.headers;
    if (name !== 'SHA256SUMS.txt') seen.push({ name, range });
    const nth = seen.filter((one) => one.name === name).length;
    if (trouble?.(name, nth, response, request)) return;
    const data = name === 'SHA256SUMS.txt' ? sums : release[name];
    if (data === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    const bytes = Buffer.from(data);
    const from = ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= bytes.length) {
      response.writeHead(416).end();
      return;
    }
    const head = { 'content-length': bytes.length - from };
    const span = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...head, ...span } : head);
    response.end(bytes.subarray(from));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, stop };
}

/** Announces all of `data`, sends its first `count` bytes and closes the connection. */
export function breakAfter(count: number, data: string | Uint8Array, response: ServerResponse): true {
  const bytes = Buffer.from(data);
  response.writeHead(200, { 'content-length': bytes.length });
  response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 20));
  return true;
}
