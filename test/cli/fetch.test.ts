// `pqrst fetch`, run as a user runs it, with a server on this machine.

import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Release, serveRelease } from '../fetch/release-server.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli, spawnCli } from './run-cli.js';

const path = 'mitdb/1.0.0';
const signal = Uint8Array.from({ length: 300_000 }, (_, n) => n >> 3);
const release: Release = {
  RECORDS: '100\n',
  '100.hea': '100 2 360 650000\n',
  '100.dat': signal,
  '100.atr': 'x',
};

function mirror(url: string): void {
  vi.stubEnv('PQRST_PHYSIONET', url);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
}

describe('pqrst fetch', () => {
  it('leaves no folder behind if it cannot reach the server, and keeps one that existed', async () => {
    mirror('http://127.0.0.1:9');
    const cwd = await temporaryFolder();
    await mkdir(join(cwd, 'mine'));
    expect(await runCli(['fetch', 'mitdb', '--out', 'data/mitdb'], { cwd })).toMatchObject({ code: 1 });
    expect(await runCli(['fetch', 'mitdb', '--out', 'mine'], { cwd })).toMatchObject({ code: 1 });
    expect(await readdir(cwd)).toEqual(['mine']);
    expect(await readdir(join(cwd, 'mine'))).toEqual([]);
  });

  it('fetches from the mirror that PQRST_PHYSIONET names, and prints licence and citation', async () => {
    const server = await serveRelease(path, release);
    mirror(server.url);
    const cwd = await temporaryFolder();
    const first = await runCli(['fetch', 'mitdb', '--json'], { cwd });
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ name: 'mitdb', folder: 'mitdb', files: 4, fetched: 4 });
    expect(first.stderr).toMatch(/^fetch mitdb \(files\): \d\/4$/m);
    const second = await runCli(['fetch', 'mitdb'], { cwd });
    expect(second.stdout).toContain('mitdb contains 4 files, all with the right SHA-256; 0 downloaded');
    expect(second.stdout).toContain('ODC-By 1.0');
    expect(second.stdout).toContain('Moody and Mark');
    expect(second.stdout).toContain('pqrst data mitdb:mitdb');
  });

  it('names the folder that the reader of the part needs', async () => {
    const cinc: Release = { 'validation/REFERENCE.csv': 'A00001,N', 'training/REFERENCE.csv': 'A00001,N' };
    const server = await serveRelease('challenge-2017/1.0.0', cinc);
    mirror(server.url);
    const words = ['fetch', 'cinc2017', '--part', 'validation'];
    const { stdout } = await runCli(words, { cwd: await temporaryFolder() });
    expect(stdout).toContain('cinc2017 contains 1 files');
    expect(stdout).toContain('pqrst data cinc2017:cinc2017/validation');
  });

  it.each([
    ['SIGINT', 130, /3 of 4 files are complete, .*\.part files; the same command resumes the download/],
    ['SIGKILL', null, /\d\/4/],
  ] as const)('leaves a part after %s and resumes it', async (ending, status, expectedStderr) => {
    let isSlow = true;
    const server = await serveRelease(path, release, {
      trouble: (name, _, response) => {
        if (name !== '100.dat' || !isSlow) return false;
        response.writeHead(200, { 'content-length': signal.length });
        response.write(signal.subarray(0, 100_000));
        return true;
      },
    });
    mirror(server.url);
    const cwd = await temporaryFolder();
    const part = join(cwd, 'mitdb/100.dat.part');
    const hasPart = async () => (await stat(part).catch(() => undefined))?.size === 100_000;
    const isLast = async () => {
      const names = await readdir(join(cwd, 'mitdb')).catch((): string[] => []);
      return Object.keys(release).every((name) => name === '100.dat' || names.includes(name)) && hasPart();
    };
    const outcome = await spawnCli(['fetch', 'mitdb'], {
      cwd,
      onStderr: (text, kill) => {
        if (text.includes('/4')) void vi.waitUntil(isLast, { timeout: 20_000 }).then(() => kill(ending));
      },
    });
    expect(outcome.code).toBe(status);
    expect(outcome.stderr).toMatch(expectedStderr);
    expect(await hasPart()).toBe(true);
    isSlow = false;
    expect((await runCli(['fetch', 'mitdb'], { cwd })).code).toBe(0);
    expect(server.seen.at(-1)).toEqual({ name: '100.dat', range: 'bytes=100000-' });
    expect(await readFile(join(cwd, 'mitdb/100.dat'))).toEqual(Buffer.from(signal));
  });

  it.skipIf(process.platform === 'win32')('reports that a file could not be written', async () => {
    const server = await serveRelease(path, release);
    mirror(server.url);
    const { code, stderr } = await spawnCli(['fetch', 'mitdb'], {
      cwd: await temporaryFolder(),
      before: 'ulimit -f 100',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/could not write .*100\.dat\.part: .*\[ERR_WRITE\]/);
  });

  it('reports in one line that no server answers', async () => {
    const server = await serveRelease(path, release);
    await server.stop();
    mirror(server.url);
    const { code, stderr, stdout } = await runCli(['fetch', 'mitdb', '--json'], {
      cwd: await temporaryFolder(),
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^pqrst: could not reach .* place them under mitdb .* \[ERR_FETCH\]\n$/);
    expect(JSON.parse(stdout).error.code).toBe('ERR_FETCH');
  });

  it('ignores an empty PQRST_PHYSIONET, and rejects one that is not an address', async () => {
    const cwd = await temporaryFolder();
    mirror('physionet.org');
    expect((await runCli(['fetch', 'mitdb'], { cwd })).stderr).toContain(
      'PQRST_PHYSIONET must be an address that starts with http:// or https://, got "physionet.org"',
    );
    mirror('');
    const { stderr } = await runCli(['fetch', 'mitdb', '--part', 'x'], { cwd });
    expect(stderr).toContain('mitdb has no part "x"');
  });

  it('lists the available data sets without a network', async () => {
    const { code, stdout } = await runCli(['fetch', '--list']);
    expect(code).toBe(0);
    for (const word of ['ptb-xl', 'records100', 'ludb', 'cinc2017', 'georgia', 'CC BY 4.0']) {
      expect(stdout).toContain(word);
    }
    const json = JSON.parse((await runCli(['fetch', '--list', '--json'])).stdout);
    expect(json.map(({ name }: { name: string }) => name)).toEqual([
      ...['ptb-xl', 'mitdb', 'afdb', 'ltafdb', 'nsrdb', 'svdb', 'incartdb', 'icentia11k'],
      ...['ludb', 'cinc2017', 'cinc2021'],
    ]);
  });

  it.each([
    [['fetch'], 'fetch takes the name of a data set'],
    [['fetch', 'ptbxl'], 'unknown data set "ptbxl"; did you mean "ptb-xl"?'],
    [['fetch', 'mitdb', '--parts', 'x'], 'pqrst fetch has no option --parts; did you mean "--part"?'],
  ])('rejects %j as a usage error', async (words, sentence) => {
    const { code, stderr } = await runCli(words, { cwd: await temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
