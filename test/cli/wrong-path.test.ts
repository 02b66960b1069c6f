// What a command says about a path of the wrong kind: it names the reason of the system, and the file or command that
// the user needs.

import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchedNames } from '#lib/datasets/fetch-advice.js';
import { fetchSources } from '#lib/fetch/sources.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli, spawnCli } from './run-cli.js';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'pqrst-'));
  await mkdir(join(cwd, 'empty'));
  await writeFile(join(cwd, 'file.txt'), 'text');
  const words = ['synth', '--count', '2', '--classes', 'normal', '--seconds', '2', '--out', 'corpus'];
  await runCli([...words, '--format', 'wfdb'], { cwd });
});

const errorOf = async (...args: string[]) => (await runCli(args, { cwd })).stderr;

afterAll(() => rm(cwd, { recursive: true }));

describe('pqrst verify', () => {
  it.each([
    [
      'empty',
      /the folder empty is not a corpus: it contains no manifest\.json; name a folder that pqrst synth wrote/,
    ],
    ['nothing', /could not read the corpus nothing: there is no such file or folder/],
    ['file.txt', /could not read the corpus file\.txt: it or a part of its path is a file, not a folder/],
  ])('%s', async (path, message) => {
    expect(await errorOf('verify', path)).toMatch(message);
  });
});

describe('pqrst plot --record', () => {
  it.each([
    [
      'corpus/00000/r0000000.dat',
      /r0000000\.dat is a part of a record; name the record: --record corpus\/00000\/r0000000 /,
    ],
    ['corpus/00000', /corpus\/00000 is a folder; name one record: --record corpus\/00000\/r0000000 /],
    ['empty', /empty is a folder; name one record: the path of a header/],
    ['file.txt', /file\.txt is not a WFDB header, and there is no file\.hea beside it; name a WFDB record/],
    ['nothing', /could not read the header nothing\.hea: there is no such file/],
  ])('%s', async (path, message) => {
    expect(await errorOf('plot', '--record', path, '--out', 'x.svg')).toMatch(message);
  });
});

describe('a data set that pqrst fetch downloads', () => {
  it.each([
    [
      'mitdb:data',
      /could not read the data set data: there is no such file.*or download the data set with pqrst fetch mitdb /,
    ],
    ['data/mitdb', /there is no such file.*or download the data set with pqrst fetch mitdb /],
    [
      'ptb-xl:empty',
      /could not read the table empty\/ptbxl_database\.csv: there is no such file.*with pqrst fetch ptb-xl /,
    ],
    ['rhythm:nsrdb', /with pqrst fetch nsrdb /],
    ['rhythm:data', /with pqrst fetch NAME \(afdb, .*icentia11k\) /],
  ])('is named: %s', async (data, message) => {
    expect(await errorOf('data', data)).toMatch(message);
  });

  it('is not named for other data', async () => {
    expect(await errorOf('data', 'folder:empty')).not.toContain('pqrst fetch');
    expect(await errorOf('data', 'nothing')).not.toContain('pqrst fetch');
  });

  it('is each one of pqrst fetch', () => {
    const byKind = fetchSources.map(({ name, kind = name }) => [kind, name]);
    const expected = Object.entries(fetchedNames).flatMap(([kind, names]) =>
      names.map((name) => [kind, name]),
    );
    expect(expected.sort()).toEqual(byKind.sort());
  });
});

describe('what people type', () => {
  it('help COMMAND, version and -v', async () => {
    expect((await runCli(['help', 'synth'])).stdout).toBe((await runCli(['synth', '--help'])).stdout);
    const version = await runCli(['--version']);
    expect(await runCli(['version'])).toEqual(version);
    expect(await runCli(['-v'])).toEqual(version);
    expect(await runCli(['help', 'snyth'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('unknown command "snyth"; did you mean "synth"?'),
    });
  });

  it('long values are cut', async () => {
    const long = 'x'.repeat(30_000);
    for (const args of [
      ['data', `${long}:dir`],
      ['synth', `--${long}`],
      [long],
      ['plot', '--record', long, '--out', 'x.svg'],
      ['info', `${long}.onnx`],
      ['synth', '--classes', long, '--count', '1', '--out', 'o'],
    ]) {
      expect((await errorOf(...args)).length).toBeLessThan(1100);
    }
  });
});

describe.runIf(process.platform === 'linux')('a pipe or a device in place of a file', () => {
  it.each([
    ['evaluate', '--model', 'PATH', '--data', 'corpus:corpus'],
    ['info', '--model', 'PATH'],
    ['info', 'PATH'],
    ['experiment', '--config', 'PATH', '--out', 'q'],
    ['synth', '--preset', 'PATH.json', '--count', '1', '--out', 'q'],
    ['plot', '--class', 'x', '--class-file', 'PATH', '--preset', 'physiological', '--out', 'x.svg'],
    ['plot', '--record', 'PATH.hea', '--out', 'x.svg'],
    ['plot', '--record', 'PATH.edf', '--out', 'x.svg'],
    ['verify', 'PATH.corpus'],
    ['export', 'PATH.run', '--out', 'x.onnx'],
  ])('%s %s %s', async (...args) => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'p');
    const made = ['', '.json', '.hea', '.edf'].map((ending) => `${pipe}${ending}`);
    await mkdir(`${pipe}.corpus`);
    await mkdir(`${pipe}.run`);
    spawnSync('mkfifo', [...made, `${pipe}.corpus/manifest.json`, `${pipe}.run/metrics.json`]);
    const words = args.map((word) => word.replace('PATH', pipe));
    const { code, stderr } = await spawnCli(words, { cwd, before: 'ulimit -t 20' });
    expect([1, 2]).toContain(code);
    expect(stderr).toMatch(/it is a pipe; name a file/);
  });
});
