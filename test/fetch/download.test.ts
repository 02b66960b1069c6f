// Downloads from a local server, with typical failures of networks and servers.

import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { fetchDataset } from '#lib/fetch/download.js';
import { hashesOf } from '../helpers/files.js';
import { errorOf, temporaryFolder } from '../helpers/folder.js';
import { breakAfter, type Release, serveRelease, sha256, sumsOf, type Trouble } from './release-server.js';

const path = 'mitdb/1.0.0';
const bytesOf = (count: number, seed: number) =>
  Uint8Array.from({ length: count }, (_, n) => (n * seed) >> 3);
const signal = bytesOf(300_000, 7);
const release: Release = {
  RECORDS: '100\n101\n',
  '100.hea': '100 2 360 650000\n',
  '100.dat': signal,
  '100.atr': bytesOf(5000, 11),
  '101.hea': '101 2 360 650000\n',
  '101.dat': bytesOf(200_000, 13),
  '101.atr': bytesOf(5000, 17),
  'mitdbdir/index.htm': 'not wanted',
};
const wanted = Object.keys(release).filter((name) => !name.includes('/'));
const quick = { pauseMs: 1, silenceMs: 2000 };

/** Returns the files in `folder`, without the two files of the command itself. */
async function filesIn(folder: string): Promise<Record<string, string>> {
  const { '.pqrst-verified': _, 'SHA256SUMS.txt': __, ...files } = await hashesOf(folder);
  return files;
}

const whole = Object.fromEntries(wanted.sort().map((name) => [name, sha256(release[name]!)]));

describe('fetchDataset', () => {
  it('downloads the files that the readers need, and nothing the second time', async () => {
    const server = await serveRelease(path, release);
    const out = join(await temporaryFolder(), 'new', 'mitdb');
    const steps: string[] = [];
    const first = await fetchDataset('mitdb', {
      ...{ out, baseUrl: `${server.url}/`, ...quick },
      onProgress: ({ done, files }) => steps.push(`${done}/${files}`),
    });
    const bytes = wanted.reduce((sum, name) => sum + Buffer.from(release[name]!).length, 0);
    expect(first).toMatchObject({
      files: 7,
      fetched: 7,
      replaced: 0,
      bytes,
      folder: out,
      parts: ['records'],
    });
    expect(first.licence).toContain('ODC-By 1.0');
    expect(steps).toEqual(['1/7', '2/7', '3/7', '4/7', '5/7', '6/7', '7/7']);
    expect(await filesIn(out)).toEqual(whole);
    server.seen.length = 0;
    expect(await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick })).toMatchObject({
      ...{ files: 7, fetched: 0, bytes: 0 },
    });
    expect(server.seen).toEqual([]);
  });

  it('resumes a download after a broken connection', async () => {
    const trouble: Trouble = (name, nth, response) =>
      name === '100.dat' && nth === 1 && breakAfter(100_000, signal, response);
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    expect(await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick })).toMatchObject({ fetched: 7 });
    const ranges = server.seen.filter(({ name }) => name === '100.dat').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
    expect(await filesIn(out)).toEqual(whole);
  });

  it('starts a file again if the server does not support Range', async () => {
    const trouble: Trouble = (name, nth, response) =>
      name === '100.dat' && nth === 1 && breakAfter(100_000, signal, response);
    const server = await serveRelease(path, release, { trouble, ignoresRange: true });
    const out = await temporaryFolder();
    await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect(server.seen.filter(({ name }) => name === '100.dat')).toHaveLength(2);
    expect(await filesIn(out)).toEqual(whole);
  });

  it('rejects with the reason of an abort, leaves a part and resumes it', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const trouble: Trouble = (name, nth, response) => {
      if (name !== '100.dat' || nth > 1) return false;
      response.writeHead(200, { 'content-length': signal.length });
      response.write(signal.subarray(0, 120_000));
      void vi.waitUntil(hasPart, { timeout: 20_000 }).then(() => abort.abort(reason));
      return true;
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    const hasPart = async () =>
      (await stat(join(out, '100.dat.part')).catch(() => undefined))?.size === 120_000;
    const options = { out, baseUrl: server.url, ...quick };
    await expect(fetchDataset('mitdb', { ...options, signal: abort.signal })).rejects.toBe(reason);
    expect(await hasPart()).toBe(true);
    await fetchDataset('mitdb', options);
    // Files are downloaded side by side, so other requests may follow this one.
    expect(server.seen).toContainEqual({ name: '100.dat', range: 'bytes=120000-' });
    expect(await filesIn(out)).toEqual(whole);
    await expect(fetchDataset('mitdb', { ...options, signal: abort.signal })).rejects.toBe(reason);
  });

  it('asks a silent server again', async () => {
    const trouble: Trouble = (name, nth) => name === '100.atr' && nth === 1;
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    await fetchDataset('mitdb', { out, baseUrl: server.url, pauseMs: 1, silenceMs: 1000 });
    expect(server.seen.filter(({ name }) => name === '100.atr')).toHaveLength(2);
    expect(await filesIn(out)).toEqual(whole);
  });

  it.each([
    [503, {}],
    [429, { 'retry-after': '0' }],
    [500, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }],
  ])('asks again after %i', async (status, head) => {
    const trouble: Trouble = (name, nth, response) => {
      if (name !== 'SHA256SUMS.txt' && nth > 2) return false;
      if (name === '100.hea') response.writeHead(status, head).end();
      return name === '100.hea';
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect(server.seen.filter(({ name }) => name === '100.hea')).toHaveLength(3);
  });

  it('gives up on a permanently busy server, and says that the same command resumes', async () => {
    const trouble: Trouble = (name, _, response) => {
      if (name === '100.hea') response.writeHead(503).end();
      return name === '100.hea';
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toMatch(/^ERR_FETCH: could not fetch .*100\.hea: the server answers 503 .*, 6 times/);
    expect(message).toContain('the same command resumes');
    const { '100.hea': _, ...rest } = whole;
    expect(await filesIn(out)).toEqual(rest);
  });

  it('downloads a file with a wrong hash a second time', async () => {
    const trouble: Trouble = (name, nth, response) => {
      if (name !== '101.dat' || nth > 1) return false;
      response.end(bytesOf(200_000, 14));
      return true;
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect(await filesIn(out)).toEqual(whole);
  });

  it('names the file, the expected hash and the received hash if it is wrong twice', async () => {
    const wrong = bytesOf(200_000, 14);
    const trouble: Trouble = (name, _, response) => {
      if (name === '101.dat') response.end(wrong);
      return name === '101.dat';
    };
    const server = await serveRelease(path, release, { trouble });
    const out = await temporaryFolder();
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toContain('ERR_FETCH');
    expect(message).toContain('101.dat had another SHA-256 than the release states');
    expect(message).toContain(`expected ${whole['101.dat']}, got ${sha256(wrong)}`);
    const { '101.dat': _, ...rest } = whole;
    expect(await filesIn(out)).toEqual(rest);
  });

  it('uses a complete part, and discards a part of another file', async () => {
    const server = await serveRelease(path, release);
    const out = await temporaryFolder();
    await writeFile(join(out, '100.dat.part'), signal);
    await writeFile(join(out, '101.dat.part'), bytesOf(1000, 3));
    await writeFile(join(out, '100.atr.part'), bytesOf(9000, 3));
    await fetchDataset('mitdb', { out, baseUrl: server.url, ...quick });
    expect(await filesIn(out)).toEqual(whole);
    const asked = (file: string) => server.seen.filter(({ name }) => name === file).map(({ range }) => range);
    expect([asked('100.dat'), asked('101.dat'), asked('100.atr')]).toEqual([
      [],
      ['bytes=1000-', undefined],
      ['bytes=9000-', undefined],
    ]);
  });

  it('verifies a file again if its size or time has changed, and replaces it if it is wrong', async () => {
    const server = await serveRelease(path, release);
    const out = await temporaryFolder();
    const options = { out, baseUrl: server.url, ...quick };
    await fetchDataset('mitdb', options);
    server.seen.length = 0;
    const later = new Date(Date.now() + 60_000);
    await utimes(join(out, '101.dat'), later, later);
    await writeFile(join(out, '100.hea'), '100 2 361 650000\n');
    await utimes(join(out, '100.hea'), later, later);
    expect(await fetchDataset('mitdb', options)).toMatchObject({ files: 7, fetched: 1, replaced: 1 });
    expect(server.seen.map(({ name }) => name)).toEqual(['100.hea']);
    expect(await filesIn(out)).toEqual(whole);
    // An incomplete line, as a killed process leaves it.
    const record = join(out, '.pqrst-verified');
    await writeFile(record, (await readFile(record, 'utf8')).slice(0, -20));
    expect(await fetchDataset('mitdb', options)).toMatchObject({ fetched: 0 });
    expect(await fetchDataset('mitdb', options)).toMatchObject({ fetched: 0 });
  });

  it('reports a missing file after the others are present', async () => {
    const { '100.atr': _, ...rest } = release;
    const server = await serveRelease(path, rest, { sums: sumsOf(release) });
    const out = await temporaryFolder();
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toMatch(/^ERR_FETCH: could not fetch .*100\.atr: the server answers 404/);
    expect(Object.keys(await filesIn(out))).toHaveLength(6);
  });

  it('stops after ten failed files', async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${100 + n}.hea`, `${n}`]));
    const server = await serveRelease(path, {}, { sums: sumsOf(many) });
    const out = await temporaryFolder();
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toContain('40 files are missing, the first for this reason: could not fetch');
    expect(server.seen.length).toBeLessThan(15);
  });

  it.each([
    ['../x.dat', '../x.dat'],
    ['an absolute path', '/etc/x.dat'],
    ['a drive', 'C:/x.dat'],
    ['a path with folders', 'records/../../100.dat'],
    ['backslashes', '..\\100.dat'],
  ])('rejects a list that names %s and downloads nothing', async (_, name) => {
    const server = await serveRelease(path, release, { sums: `${sumsOf(release)}${sha256('x')}  ${name}\n` });
    const out = await temporaryFolder();
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toContain('ERR_PATH_OUTSIDE');
    expect(message).toContain('points outside its folder');
    expect(server.seen).toEqual([]);
  });

  it('does not write through a link that leads out of the folder', async () => {
    const server = await serveRelease(path, release);
    const [out, elsewhere] = [await temporaryFolder(), await temporaryFolder()];
    await writeFile(join(elsewhere, 'mine'), 'mine');
    await symlink(join(elsewhere, 'mine'), join(out, '100.dat'));
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toContain('ERR_PATH_OUTSIDE');
    expect(await readFile(join(elsewhere, 'mine'), 'utf8')).toBe('mine');
    const other = await temporaryFolder();
    await symlink(join(elsewhere, 'mine'), join(other, '100.dat.part'));
    expect(await errorOf(fetchDataset('mitdb', { out: other, baseUrl: server.url, ...quick }))).toContain(
      'ERR_PATH_OUTSIDE',
    );
    expect(await readFile(join(elsewhere, 'mine'), 'utf8')).toBe('mine');
  });

  it.each([
    ['a login page', '<html>please log in</html>', /line 1, must be a SHA-256 and a name, got "<html>/],
    ['an empty list', '', /lists no file of the part records/],
    ['two hashes of a file', `${sha256('a')} 100.dat\n${sha256('b')} 100.dat\n`, /two hashes for "100\.dat"/],
  ])('rejects %s in place of the list', async (_, sums, sentence) => {
    const server = await serveRelease(path, release, { sums });
    const message = await errorOf(
      fetchDataset('mitdb', { out: await temporaryFolder(), baseUrl: server.url, ...quick }),
    );
    expect(message).toMatch(sentence);
    expect(message).toContain('ERR_FETCH');
  });

  it('reports that no server answers, and where the files belong', async () => {
    const server = await serveRelease(path, release);
    await server.stop();
    const out = join(await temporaryFolder(), 'mitdb');
    const message = await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }));
    expect(message).toMatch(
      /^ERR_FETCH: could not reach http:\/\/127\.0\.0\.1:\d+\/mitdb\/1\.0\.0\/ \(.*ECONNREFUSED/,
    );
    expect(message).toContain(join(out, '100.hea'));
  });

  it('reports the same if the network fails during the download, and resumes later', async () => {
    const server = await serveRelease(path, release, {
      trouble: (name) => {
        if (name !== 'SHA256SUMS.txt') void server.stop();
        return name !== 'SHA256SUMS.txt';
      },
    });
    const out = await temporaryFolder();
    expect(await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url, ...quick }))).toContain(
      'ERR_FETCH: could not reach',
    );
    const later = await serveRelease(path, release);
    expect(await fetchDataset('mitdb', { out, baseUrl: later.url, ...quick })).toMatchObject({ fetched: 7 });
  });

  it('verifies files that were placed by hand, without a network', async () => {
    const server = await serveRelease(path, release);
    const out = await temporaryFolder();
    const options = { out, baseUrl: server.url, ...quick };
    await fetchDataset('mitdb', options);
    await server.stop();
    expect(await fetchDataset('mitdb', options)).toMatchObject({ files: 7, fetched: 0 });
    await writeFile(join(out, '101.dat'), 'x');
    expect(await errorOf(fetchDataset('mitdb', options))).toContain('could not reach');
  });

  it('follows redirections', async () => {
    const server = await serveRelease(path, release);
    const front = await serveRelease(path, release, {
      trouble: (_, __, response, request) => {
        response.writeHead(302, { location: `${server.url}${request.url}` }).end();
        return true;
      },
    });
    const out = await temporaryFolder();
    await fetchDataset('mitdb', { out, baseUrl: front.url, ...quick });
    expect(await filesIn(out)).toEqual(whole);
  });

  it('downloads parts by name, into separate folders', async () => {
    const ptbxl: Release = {
      ...{ 'ptbxl_database.csv': 'ecg_id\n', 'scp_statements.csv': ',x\n', 'LICENSE.txt': 'CC BY' },
      ...{ 'records100/00000/00001_lr.hea': 'a', 'records100/00000/00001_lr.dat': 'b' },
      ...{ 'records500/00000/00001_hr.hea': 'c', 'records500/00000/00001_hr.dat': 'd' },
      'example_physionet.py': 'import ast',
    };
    const server = await serveRelease('ptb-xl/1.0.3', ptbxl);
    const out = await temporaryFolder();
    const options = { out, baseUrl: server.url, ...quick };
    expect(await fetchDataset('ptb-xl', { ...options, parts: ['records100'] })).toMatchObject({ files: 5 });
    expect((await readdir(out)).sort()).toEqual([
      ...['.pqrst-verified', 'LICENSE.txt', 'SHA256SUMS.txt'],
      ...['ptbxl_database.csv', 'records100', 'scp_statements.csv'],
    ]);
    expect(await fetchDataset('ptb-xl', options)).toMatchObject({ files: 7, fetched: 2 });
  });

  it('reports a folder that cannot be written', async () => {
    const server = await serveRelease(path, release);
    const out = join(await temporaryFolder(), 'file');
    await writeFile(out, '');
    expect(await errorOf(fetchDataset('mitdb', { out, baseUrl: server.url }))).toContain('ERR_WRITE');
    const folder = await temporaryFolder();
    await mkdir(join(folder, '100.dat'));
    expect(await errorOf(fetchDataset('mitdb', { out: folder, baseUrl: server.url }))).toContain('ERR_WRITE');
  });

  it.each<[string, object, string]>([
    ['mitbd', {}, 'ERR_OPTION: unknown data set "mitbd"; did you mean "mitdb"?'],
    [
      'ptb-xl',
      { parts: ['record500'] },
      'ERR_OPTION: ptb-xl has no part "record500"; did you mean "records500"?',
    ],
    ['mitdb', { baseUrl: 'physionet.org' }, 'ERR_OPTION: fetchDataset: baseUrl must be an address'],
    ['mitdb', { part: ['records'] }, 'ERR_OPTION: fetchDataset has no option "part"; did you mean "parts"?'],
    ['mitdb', { pauseMs: -1 }, 'ERR_RANGE: fetchDataset: pauseMs must be milliseconds from 0, got -1'],
  ])('rejects %s with %j', async (name, options, sentence) => {
    expect(await errorOf(fetchDataset(name, options))).toContain(sentence);
  });
});
