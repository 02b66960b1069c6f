// `pqrst fidelity` and `pqrst calibrate`, run as a user runs them.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomStream } from '#lib/base/random.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { sharedFolder } from '../helpers/shared-folder.js';
import { runCli } from './run-cli.js';

const home = sharedFolder();
const records = ['--fs', '100', '--filter', '0.5-40'];
let cwd: string;

beforeAll(async () => {
  cwd = await home();
  const made = [
    'synth',
    '--classes',
    'normal',
    '--count',
    '48',
    '--fs',
    '250',
    '--format',
    'npy',
    '--unit',
    'mV',
  ];
  expect((await runCli([...made, '--seed', '4', '--out', 'real'], { cwd })).code).toBe(0);
});

describe('pqrst fidelity', () => {
  it('writes a page and a JSON file with the same measures', async () => {
    const words = [
      'fidelity',
      '--real',
      'corpus:real',
      '--synthetic',
      'preset:physiological',
      '--label',
      'normal',
    ];
    const { code, stdout } = await runCli([...words, ...records, '--out', 'page.html', '--json'], { cwd });
    expect(code).toBe(0);
    const printed = JSON.parse(stdout);
    const { page: _, file, ...facts } = printed;
    expect(file).toBe('page.json');
    expect(JSON.parse(await readFile(join(cwd, 'page.json'), 'utf8'))).toEqual(facts);
    expect(facts).toMatchObject({ label: 'normal', n: 24, patients: [24, 24] });
    const html = await readFile(join(cwd, 'page.html'), 'utf8');
    expect(html).toContain('corpus:real');
    expect(html).not.toMatch(/>NaN<|undefined/);
    expect(stdout).not.toContain('signals"');
  });

  it.each([
    ['preset:physiologica', /ERR_UNKNOWN_PRESET/],
    ['pre:x', /must be preset:NAME, class:FILE, corpus:DIR or generator:DIR, got "pre:x" \[ERR_OPTION\]/],
    ['class:none.json', /none\.json.*\[ERR_NOT_FOUND\]/],
    ['corpus:none', /none.*\[ERR_NOT_FOUND\]/],
  ])('refuses the synthetic records %s and writes nothing', async (synthetic, message) => {
    const words = ['fidelity', '--real', 'corpus:real', '--label', 'normal', '--out', 'bad.html'];
    const { code, stderr } = await runCli([...words, ...records, '--synthetic', synthetic], { cwd });
    expect(stderr).toMatch(message);
    expect(code).toBeGreaterThan(0);
    expect(await readdir(cwd)).not.toContain('bad.html');
  });

  it('overwrites nothing', async () => {
    const words = ['fidelity', '--real', 'corpus:real', '--synthetic', 'preset:paper', '--label', 'normal'];
    const { stderr } = await runCli([...words, ...records, '--out', 'page.html'], { cwd });
    expect(stderr).toMatch(/the output page\.html exists already; .*\[ERR_WRITE\]/);
  });

  it('names the classes of the data where no record has the label', async () => {
    const words = [
      'fidelity',
      '--real',
      'corpus:real',
      '--synthetic',
      'preset:physiological',
      '--label',
      'af',
    ];
    const { stderr } = await runCli([...words, ...records], { cwd });
    expect(stderr).toMatch(/has the label af; its classes are normal; .*\[ERR_DATA_EMPTY\]/);
  });
});

describe('records that cannot be compared', () => {
  const length = 1000;
  const folderNames = ['one', 'flat', 'noise', 'gaps', 'chest', 'paced', 'mixed'] as const;

  beforeAll(async () => {
    const synth = new Synthesizer({
      preset: 'physiological',
      ...{ fsHz: 100, seconds: 10, seed: 5, unit: 'mV', leads: ['II'] },
    });
    const { signals } = await synth.batch({ classes: ['normal'], count: 24 });
    const ecgs = Array.from({ length: 24 }, (_, at) => signals.slice(at * length, (at + 1) * length));
    const noise = ecgs.map((_, at) => {
      const random = randomStream(at, 'noise');
      return Float32Array.from({ length }, () => random.normal());
    });
    const flat = ecgs.map(() => new Float32Array(length).fill(0.2));
    const gaps = ecgs.map((ecg) => ecg.map((value, at) => (at === 500 ? Number.NaN : value)));
    // A spike of the pacemaker before each of regular beats.
    const paced = ecgs.map((ecg) => ecg.map((value, at) => value + (at % 80 === 20 ? 3 : 0)));
    const mixed = [...ecgs.slice(0, 16), ...flat.slice(0, 2), ...noise.slice(0, 4), ...gaps.slice(0, 2)];
    const all = { one: ecgs.slice(0, 1), flat, noise, gaps, chest: ecgs, paced, mixed };
    for (const name of folderNames) {
      const folder = join(cwd, name);
      await mkdir(folder);
      for (const [at, signalMv] of all[name].entries()) {
        const leads = [name === 'chest' ? 'V1' : 'II'];
        await writeRecord(folder, { name: `r${at}`, fsHz: 100, leads, signalsMv: [signalMv] });
      }
      const rows = all[name].map((_, at) => `r${at},normal,p${at}`);
      await writeFile(join(folder, 'labels.csv'), ['record,label,patient', ...rows, ''].join('\n'));
    }
  });

  const compare = (real: string, synthetic = 'preset:physiological', ...more: string[]) => {
    const out = `${real.replace(':', '-')}.html`;
    const words = ['fidelity', '--real', real, '--label', 'normal', '--fs', '100', '--out', out];
    return runCli([...words, '--synthetic', synthetic, ...more], { cwd });
  };
  const noBeats = /none of 12 real records shows a clear beat.*\[ERR_SIGNAL\]/;
  const otherLead = /are of lead V1, but lead II is compared; choose the lead V1 .*\[ERR_OPTION\]/;

  it.each([
    ['one', /at least 6 .* 1 and 0 real records of 1 patients.*\[ERR_DATA_EMPTY\]/],
    ['flat', /24 skipped; r0: 1 of 1 windows: flat.*\[ERR_DATA_EMPTY\]/],
    ['gaps', /24 skipped; r0: 1 of 1 windows: missing samples.*\[ERR_DATA_EMPTY\]/],
    ['noise', noBeats],
    ['chest', otherLead],
  ])('fidelity refuses %s', async (name, message) => {
    const { code, stderr } = await compare(`folder:${name}`);
    expect(stderr).toMatch(message);
    expect(code).toBeGreaterThan(0);
    expect(await readdir(cwd)).not.toContain(`folder-${name}.html`);
  });

  it.each([
    ['one', /at least 20 records of normal, got 1;.*\[ERR_DATA_EMPTY\]/],
    ['flat', /24 skipped; r0: 1 of 1 windows: flat.*\[ERR_DATA_EMPTY\]/],
    ['gaps', /24 skipped; r0: 1 of 1 windows: missing samples.*\[ERR_DATA_EMPTY\]/],
    ['noise', noBeats],
    ['chest', otherLead],
    ['mixed', /^(?:.*\n)*fitted to 8 records of 8 patients; held back: 12 records of 12 patients/],
  ])('calibrate answers %s', async (name, message) => {
    const words = [
      'calibrate',
      '--data',
      `folder:${name}`,
      '--label',
      'normal',
      '--fs',
      '100',
      '--budget',
      '2',
    ];
    const { stdout, stderr } = await runCli([...words, '--out', `${name}.json`], { cwd });
    expect(stdout + stderr).toMatch(message);
  });

  it('fidelity leaves out flat records and gaps, and counts records without beats', async () => {
    const { code, stderr } = await compare('folder:mixed', 'preset:physiological', '--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/4 records are skipped or cut:\n {2}r16: 1 of 1 windows: flat/);
    expect(stderr).toMatch(/note: \d of 10 (other )?real records show no clear beat/);
  });

  it('delineate finds the beats of paced records, and one record is enough', async () => {
    const { code, stdout } = await runCli(['delineate', 'folder:paced', '--out', 'waves', '--json'], { cwd });
    expect(code).toBe(0);
    const { records: found } = JSON.parse(stdout) as { records: { beats: number }[] };
    expect(found.length).toBe(24);
    expect(found.every(({ beats }) => beats >= 8)).toBe(true);
    const one = await runCli(['delineate', 'folder:one', '--out', 'one-waves'], { cwd });
    expect(one.stdout).toMatch(/beats of 1 record in one-waves/);
  });

  it('a corpus that is made of the real records is found out', async () => {
    const { code, stdout, stderr } = await compare('corpus:real', 'corpus:real', '--json');
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: 24 of 24 synthetic records equal a real record of the comparison/);
    const { memorisation, notes } = JSON.parse(stdout);
    expect(memorisation).toMatchObject({ n: 24, copies: 24, heldCopies: 0 });
    expect(notes.at(-1)).toMatch(/^24 of 24 synthetic records equal/);
    expect(await readFile(join(cwd, 'corpus-real.html'), 'utf8')).toContain(
      '24 of 24 synthetic records equal',
    );
  });

  it('a label that no record has is refused with the classes of the data', async () => {
    const words = ['calibrate', '--data', 'corpus:real', '--label', 'af', '--fs', '100'];
    const { stderr } = await runCli(words, { cwd });
    expect(stderr).toMatch(/has the label af; its classes are normal; .*\[ERR_DATA_EMPTY\]/);
  });
});

describe('pqrst calibrate', () => {
  it('writes a class file that synth takes', async () => {
    const words = [
      'calibrate',
      '--data',
      'corpus:real',
      '--label',
      'normal',
      '--budget',
      '2',
      '--out',
      'mine.json',
    ];
    const { code, stdout, stderr } = await runCli([...words, ...records], { cwd });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^fitted to 24 records of 24 patients; held back: 24 records of 24 patients\n/);
    expect(JSON.parse(await readFile(join(cwd, 'mine.json'), 'utf8'))).toMatchObject({
      name: 'mine',
      parents: ['normal'],
    });
    const synth = [
      'synth',
      '--classes',
      'mine',
      '--class-file',
      'mine.json',
      '--count',
      '2',
      '--out',
      'more',
    ];
    expect((await runCli(synth, { cwd })).code).toBe(0);
  });

  it('refuses a name that a class cannot have, and a label that is not a class', async () => {
    const words = ['calibrate', '--data', 'corpus:real', '--label', 'normal', '--budget', '2'];
    const named = await runCli([...words, ...records, '--out', 'My Class.json'], { cwd });
    expect(named.stderr).toMatch(/name.*lower-case letters.*\[ERR_CLASS_FILE\]/);
    const other = await runCli([...words, ...records, '--class', 'xyz'], { cwd });
    expect(other.stderr).toMatch(/"xyz" is not one.*\[ERR_UNKNOWN_CLASS\]/);
  });
});
