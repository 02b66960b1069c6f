// `pqrst data`, run as a user runs it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

async function twoRecords(): Promise<string> {
  const folder = await temporaryFolder();
  const signalMv = Float32Array.from({ length: 3000 }, (_, n) => Math.round(1000 * Math.sin(n / 9)) / 1000);
  for (const name of ['a', 'b']) {
    await writeRecord(folder, { name, fsHz: 100, leads: ['II'], signalsMv: [signalMv] });
  }
  await writeFile(join(folder, 'b.dat'), 'x');
  const words = Array.from({ length: 25 }, (_, n) => `word${n}`).join(';');
  await writeFile(join(folder, 'labels.csv'), `record,label\na,af;${words}\nb,normal\n`);
  return folder;
}

describe('pqrst data', () => {
  it('reports the contents of a folder whose kind is not given', async () => {
    const folder = await twoRecords();
    const { code, stdout, stderr } = await runCli(['data', folder]);
    expect(code).toBe(3); // b cannot be read
    expect(stderr).toMatch(/^read folder:.* \(records\): [012]\/2$/m);
    for (const text of [
      `folder:${folder}`,
      '2 of 2 patients, 1 unreadable',
      '3 of 10 s at 250 Hz',
      '100 Hz (2)',
      'and 5 more (--json lists all)',
      'cannot be read:\n  b: ',
      'af comes from one patient (a)',
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toMatch(/^class +records +patients +windows$/m);
    expect(stdout).toMatch(/^af +1 +1 +3$/m);
    expect(stdout).toMatch(/^af +1 +1 +3 +0 +0 +0 +too few patients/m);
  });

  it('counts filtered windows, and refuses a filter that does not fit them', async () => {
    const folder = await twoRecords();
    const { code, stdout } = await runCli(['data', folder, '--fs', '100', '--filter', '0.50-40']);
    expect(code).toBe(3);
    expect(stdout).toContain('3 of 10 s at 100 Hz, filtered to 0.5-40 Hz');
    const refused = await runCli(['data', folder, '--fs', '100', '--filter', '0.5-50']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('choose a lower HIGH') });
    const unknown = await runCli(['data', folder, '--filter', 'ecg']);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('must be LOW-HIGH in Hz') });
  });

  it('reports a record whose samples contradict its header, and still reads it', async () => {
    const folder = await twoRecords();
    const header = join(folder, 'a.hea');
    const stated = (await readFile(header, 'utf8')).replace(/-?\d+ 0 II/, '1234 0 II');
    await writeFile(header, stated);
    const { code, stdout } = await runCli(['data', folder]);
    expect(code).toBe(3); // The other record is damaged.
    expect(stdout).toContain('3 of 10 s at 250 Hz');
    expect(stdout).toMatch(
      /read, with notes:\n {2}a: the checksum of II is not the one that the header states \(1234\)/,
    );
  });

  it('lets no control byte of a file reach the terminal, in no stream', async () => {
    const folder = await twoRecords();
    await writeFile(join(folder, 'a.hea'), 'r\u001b[2J\u009b31m 1 500 10\n');
    await writeFile(join(folder, 'b.hea'), 'b 1 500 10\nb\u001b[31m.dat\n');
    const hasControls = (text: string) => /[^\P{Cc}\n]/u.test(text);
    for (const flags of [[], ['--json']]) {
      const { stdout, stderr } = await runCli(['data', folder, ...flags]);
      expect(stdout).toContain('\\u001b[2J');
      expect([hasControls(stdout), hasControls(stderr)]).toEqual([false, false]);
    }
    const plot = await runCli(['plot', '--record', join(folder, 'a'), '--out', join(folder, 'a.svg')]);
    expect(plot.stderr).toContain('\\u009b31m');
    expect(hasControls(plot.stderr)).toBe(false);
  });

  it('prints each label on one line and escapes its control sequences', async () => {
    const folder = await twoRecords();
    await writeFile(join(folder, 'labels.csv'), 'record,label\na,"long\nQT;\u001b[31mred"\nb,\n');
    const { stdout } = await runCli(['data', folder]);
    expect(stdout).toMatch(/^long QT +1 +1 +3$/m);
    expect(stdout).not.toContain('\u001b');
    await writeFile(join(folder, 'a.hea'), '\u001b[2J\u009b\u0000 1 100 3000\n');
    const unreadable = await runCli([
      'train',
      '--task',
      'af',
      '--data',
      `folder:${folder}`,
      '--out',
      'x',
      '--json',
    ]);
    expect([unreadable.code, unreadable.stderr]).toEqual([1, expect.stringContaining('gives no window')]);
    for (const text of [unreadable.stdout, unreadable.stderr]) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('prints the complete results of several data sets as JSON', async () => {
    const folder = await twoRecords();
    const { code, stdout } = await runCli([
      ...['data', `folder:${folder},folder:${folder}`],
      ...['--fs', '100', '--seconds', '5', '--json'],
    ]);
    expect(code).toBe(3);
    const { sets } = JSON.parse(stdout);
    expect(sets).toHaveLength(2);
    expect(sets[0]).toMatchObject({ kind: 'folder', records: 2, windows: 6, fsHz: 100, seconds: 5 });
    expect(sets[0].labels).toHaveLength(25);
  });

  it('states unusual columns, amplitudes and padding, and its exit code states skipped rows', async () => {
    const folder = await temporaryFolder();
    const wave = Float32Array.from({ length: 3000 }, (_, n) => Math.round(1000 * Math.sin(n / 9)) / 1000);
    const signalsOf: Record<string, Float32Array> = {
      a: wave,
      b: wave.map((mv) => 30 * mv),
      c: wave.map((mv, n) => (n < 2500 ? mv : 0)),
    };
    for (const [name, signalMv] of Object.entries(signalsOf)) {
      await writeRecord(folder, { name, fsHz: 100, leads: ['Lead II'], signalsMv: [signalMv] });
    }
    const table = (...rows: string[]) => writeFile(join(folder, 'labels.csv'), rows.join('\n'));
    await table('record;label;patient_id;age', 'a;AF;p1;71', 'b;normal;p1;71', 'c;;p2;80');
    const whole = await runCli(['data', folder, '--strict']);
    expect(whole.code).toBe(0);
    for (const text of [
      'records    3 of 2 patients, 0 unreadable',
      'note: labels.csv has columns that are not used: age',
      'note: 1 record is above 20 mV (b: 30 mV)',
      'note: 1 record is constant for 1 s or more at the start or end (c: 5 s)',
      'label AF: read as af; override with --map AF=CLASS',
    ]) {
      expect(whole.stdout).toContain(text);
    }
    await table('record,label', 'a,af', '"b,normal', 'c,');
    const { code, stdout } = await runCli(['data', folder]);
    expect(code).toBe(3);
    expect(stdout).toContain('labels.csv line 3: the quote of cell 1 is not closed');
    expect((await runCli(['data', folder, '--strict'])).code).toBe(1);
    await table('record,label', 'x,af');
    expect((await runCli(['data', folder])).code).toBe(1); // no record can be read
  });

  it.each([
    ['mitbd:x', 2, 'did you mean "mitdb"?'],
    ['no/such', 1, 'could not read the data set no/such'],
    ['', 1, 'could not read the data set'],
  ])('exits for %j with code %i', async (data, status, sentence) => {
    const { code, stderr } = await runCli(['data', data], { cwd: await temporaryFolder() });
    expect(stderr).toContain(sentence);
    expect(code).toBe(status);
  });

  it('reports an empty folder, and lists the data-set kinds for an unknown folder', async () => {
    const folder = await temporaryFolder();
    expect(await runCli(['data', folder])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is empty'),
    });
    await writeFile(join(folder, 'notes.txt'), '');
    const { code, stderr } = await runCli(['data', folder]);
    expect(code).toBe(2);
    expect(stderr).toContain('\n  ptb-xl ');
  });
});
