// `pqrst gallery`: writes the page, states what it did, and overwrites nothing.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

const few = ['gallery', '--preset', 'physiological', '--classes', 'vt,af+pvc'];

describe('pqrst gallery', () => {
  it('writes the same bytes again, and states the classes', async () => {
    const cwd = await temporaryFolder();
    const first = await runCli([...few, '--seed', '5', '--json'], { cwd });
    expect(first.code).toBe(0);
    const html = await readFile(join(cwd, 'gallery.html'));
    expect(JSON.parse(first.stdout)).toEqual({
      ...{ file: 'gallery.html', bytes: html.length, presets: ['physiological'], seed: 5 },
      classes: ['vt', 'af+pvc'],
    });
    const again = await runCli([...few, '--seed', '5', '--out', 'pages/again.html'], { cwd });
    expect(again).toMatchObject({ code: 0, stdout: '2 classes in pages/again.html (0.2 MB)\n' });
    expect(await readFile(join(cwd, 'pages/again.html'))).toEqual(html);
  });

  it('overwrites nothing', async () => {
    const cwd = await temporaryFolder();
    await writeFile(join(cwd, 'gallery.html'), 'mine');
    const { code, stderr } = await runCli(few, { cwd });
    expect(stderr).toBe(
      'pqrst: the output gallery.html exists already; choose another file, or delete this one first [ERR_WRITE]\n',
    );
    expect(code).toBe(1);
    expect(await readFile(join(cwd, 'gallery.html'), 'utf8')).toBe('mine');
  });

  it('reads real records of several data sets, and a class of the user', async () => {
    const cwd = await temporaryFolder();
    const corpus = (classes: string, out: string) =>
      runCli(
        [
          'synth',
          '--preset',
          'physiological',
          '--classes',
          classes,
          '--count',
          '2',
          '--format',
          'npy',
          '--out',
          out,
        ],
        { cwd },
      );
    await corpus('vt', 'one');
    await corpus('avb3', 'two');
    const own = {
      name: 'slow-vt',
      title: 'Slow VT',
      scp: [],
      snomed: ['164895002'],
      rhythm: '(VT',
      parents: ['vt'],
    };
    await writeFile(join(cwd, 'own.json'), JSON.stringify({ ...own, numbers: { 'rhythm.rrS': 0.5 } }));
    const words = [
      'gallery',
      '--preset',
      'physiological',
      '--class-file',
      'own.json',
      '--classes',
      'slow-vt,vt,svt',
    ];
    const { code, stdout, stderr } = await runCli(
      [...words, '--data', 'corpus:one', '--data', 'corpus:two', '--json'],
      { cwd },
    );
    expect(stderr).toContain('read the data sets (records)');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).real).toEqual({
      ...{ sources: ['corpus:one', 'corpus:two'], classes: ['vt'], skipped: [] },
    });
    const html = await readFile(join(cwd, 'gallery.html'), 'utf8');
    expect(html).toContain('<h2>Slow VT</h2>');
    expect(html).toContain('Real: record corpus1:');
  });

  it('writes nothing if a data set cannot be read', async () => {
    const cwd = await temporaryFolder();
    const { code, stderr } = await runCli([...few, '--data', 'mitdb:missing'], { cwd });
    expect(stderr).toMatch(/missing.*\[ERR_NOT_FOUND\]\n$/);
    expect(code).toBe(1);
    expect(await readdir(cwd)).toEqual([]);
  });
});
