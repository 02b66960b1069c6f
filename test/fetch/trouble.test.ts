// Downloads with unusual servers, proxies, other processes and links in the folder. download.test.ts has broken
// connections.

import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { fetchDataset } from '#lib/fetch/download.js';
import { hashesOf } from '../helpers/files.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { type Release, serveRelease, sha256, type Trouble } from './release-server.js';

const path = 'mitdb/1.0.0';
const signal = Uint8Array.from({ length: 30_000 }, (_, n) => (n * 7) >> 3);
const release: Release = { '100.hea': '100 2 360 650000\n', '100.dat': signal, '100.atr': 'x' };
const quick = { pauseMs: 1, silenceMs: 2000 };

/** Sends the bytes from `from` to before `end`, but states `statedFrom` as their start. */
function sendRange(response: ServerResponse, from: number, end: number, statedFrom = from): true {
  const range = `bytes ${statedFrom}-${end - 1}/${signal.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': end - from });
  response.end(signal.subarray(from, end));
  return true;
}

const startOf = (range: string | undefined) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);

describe('a server with unusual answers to Range', () => {
  it('receives a request for the rest if it sends less than requested', async () => {
    const trouble: Trouble = (name, _, response, { headers }) => {
      const from = startOf(headers.range);
      return (
        name === '100.dat' && from > 0 && sendRange(response, from, Math.min(from + 8000, signal.length))
      );
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    await writeFile(join(out, '100.dat.part'), signal.subarray(0, 10_000));
    const { bytes } = await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect(server.seen.filter(({ name }) => name === '100.dat').map(({ range }) => range)).toEqual([
      ...['bytes=10000-', 'bytes=18000-', 'bytes=26000-'],
    ]);
    expect(bytes).toBe(20_000 + 17 + 1);
    expect((await hashesOf(out))['100.dat']).toBe(sha256(signal));
  });

  it('receives a request for the whole file if it answers with another range', async () => {
    const trouble: Trouble = (name, _, response, { headers }) =>
      name === '100.dat' && headers.range !== undefined && sendRange(response, 0, 10, 5);
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    await writeFile(join(out, '100.dat.part'), signal.subarray(0, 10_000));
    await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect((await hashesOf(out))['100.dat']).toBe(sha256(signal));
  });
});

describe('a server that does not answer', () => {
  it('is reported after one silence, not after six', async () => {
    let asked = 0;
    const trouble: Trouble = () => ++asked > 0;
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    const message = await errorOf(
      fetchDataset('mitdb', { out, baseUrl: server.url, pauseMs: 1, silenceMs: 1000 }),
    );
    expect(message).toMatch(/^ERR_FETCH: could not reach .* \(no data arrived for 1 s\)/);
    expect(asked).toBe(1);
  });

  it('leads to a list of the files that are missing in a release placed by hand', async () => {
    const server = await serveRelease(path, release);
    const out = await temporaryFolder();
    const options = { out, baseUrl: server.url, ...quick };
    await fetchDataset('mitdb', options);
    await server.stop();
    await writeFile(join(out, '100.dat'), 'x');
    const message = await errorOf(fetchDataset('mitdb', options));
    expect(message).toContain(
      `1 of 3 files is missing or differs from the release: ${join(out, '100.dat')};`,
    );
    expect(message).toContain('https://physionet.org/content/mitdb/1.0.0/');
    // A complete part needs no network.
    await writeFile(join(out, '100.dat.part'), signal);
    expect(await fetchDataset('mitdb', options)).toMatchObject({ replaced: 1, bytes: 0 });
  });

  it('leads to a hint that Node.js uses a proxy only on request', async () => {
    const server = await serveRelease(path, release);
    await server.stop();
    const options = { out: await temporaryFolder(), baseUrl: server.url, ...quick };
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    vi.stubEnv('http_proxy', '');
    vi.stubEnv('https_proxy', '');
    vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128');
    vi.stubEnv('NODE_USE_ENV_PROXY', '');
    expect(await errorOf(fetchDataset('mitdb', options))).toContain(
      'the proxy of HTTPS_PROXY was not used; set NODE_USE_ENV_PROXY=1',
    );
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    expect(await errorOf(fetchDataset('mitdb', options))).not.toContain('NODE_USE_ENV_PROXY');
  });
});

it('follows no redirection from https to http', async () => {
  const answer = new Response('x');
  Object.defineProperty(answer, 'url', { value: 'http://example.org/list' });
  vi.stubGlobal('fetch', async () => answer);
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const message = await errorOf(fetchDataset('mitdb', { out: await temporaryFolder(), ...quick }));
  expect(message).toMatch(/^ERR_FETCH: https:.*SHA256SUMS\.txt is redirected to http:\/\/example\.org\/list/);
});

describe('the folder', () => {
  it('is used by one process at a time', async () => {
    let go: (() => void) | undefined;
    const trouble: Trouble = (name, _, response) => {
      if (name !== '100.dat') return false;
      go = () => response.end(signal);
      return true;
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    const options = { out, baseUrl: server.url, ...quick };
    const first = fetchDataset('mitdb', options);
    await vi.waitFor(() => expect(server.seen.map(({ name }) => name)).toContain('100.dat'));
    expect(await errorOf(fetchDataset('mitdb', options))).toMatch(
      new RegExp(`^ERR_WRITE: process ${process.pid} is at work in `),
    );
    go?.();
    expect(await first).toMatchObject({ fetched: 3 });
    expect(await fetchDataset('mitdb', options)).toMatchObject({ fetched: 0 });
    expect((await readdir(out)).sort()).toEqual([
      ...['.pqrst-verified', '100.atr', '100.dat', '100.hea', 'SHA256SUMS.txt'],
    ]);
  });

  it('must not lead elsewhere by a link to a folder, nor by a link to a missing target', async () => {
    const cinc = { 'training/REFERENCE.csv': 'A00001,N', 'training/A00/A00001.hea': 'A00001 1 300 9000' };
    const server = await serveRelease('challenge-2017/1.0.0', cinc);
    const elsewhere = await temporaryFolder();
    const [linked, dangling] = [await temporaryFolder(), await temporaryFolder()];
    await symlink(elsewhere, join(linked, 'training'));
    await mkdir(join(dangling, 'training'));
    await symlink(join(elsewhere, 'new'), join(dangling, 'training/REFERENCE.csv.part'));
    for (const out of [linked, dangling]) {
      const message = await errorOf(fetchDataset('cinc2017', { out, baseUrl: server.url, ...quick }));
      expect(message).toContain('ERR_PATH_OUTSIDE');
    }
    expect(await readdir(elsewhere)).toEqual([]);
  });
});
