// `pqrst fidelity` and `pqrst calibrate`, run as a user runs them.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
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
    ['pre:x', /must be preset:NAME, class:FILE or corpus:DIR, got "pre:x" \[ERR_OPTION\]/],
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
