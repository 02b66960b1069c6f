// `pqrst plot`: draws waves at the right millimetre, refuses damaged records, and then writes nothing.

import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Synthesizer } from '#lib/index.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

const originMm = 15;

function qrsBands(svg: string): { x: number; width: number }[] {
  return [...svg.matchAll(/class="wave QRS" x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map((match) => ({
    x: Number(match[1]),
    width: Number(match[2]),
  }));
}

describe('pqrst plot --class', () => {
  it('draws SVG and PNG with each QRS from its onset to its offset', async () => {
    const cwd = await temporaryFolder();
    const args = ['plot', '--class', 'pvc', '--seed', '7', '--index', '3', '--preset', 'clinical'];
    const { code, stdout } = await runCli([...args, '--out', 'a.svg', 'a.png', '--json'], { cwd });
    expect(code).toBe(0);
    const synthesizer = new Synthesizer({ preset: 'clinical', fsHz: 500, seconds: 10, seed: 7, unit: 'mV' });
    const batch = await synthesizer.batch({ classes: ['pvc'], start: 3, count: 1, annotations: true });
    const { beats } = batch.annotations!.record(0);
    expect(JSON.parse(stdout)).toMatchObject({ files: ['a.svg', 'a.png'], beats: beats.length });
    const bands = qrsBands(await readFile(join(cwd, 'a.svg'), 'utf8'));
    const whole = beats.filter(({ qrs }) => qrs.onsetS >= 0 && qrs.offsetS <= 10);
    for (const { qrs } of whole) {
      const band = bands.find(({ x }) => Math.abs(x - (originMm + qrs.onsetS * 25)) < 0.01);
      expect(band?.width).toBeCloseTo((qrs.offsetS - qrs.onsetS) * 25, 1);
    }
    const png = await readFile(join(cwd, 'a.png'));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
  });

  it('draws the preset physiological by default, and says below the preset paper that it is schematic', async () => {
    const cwd = await temporaryFolder();
    const draw = async (...more: string[]) => {
      const { code, stdout } = await runCli(['plot', '--class', 'af', ...more, '--out', 'a.svg'], { cwd });
      expect(code).toBe(0);
      const svg = await readFile(join(cwd, 'a.svg'), 'utf8');
      const [, heightMm] = / height="([\d.]+)mm"/.exec(svg)!;
      const [, gridMm] = /<rect x="5" y="10" width="[\d.]+" height="([\d.]+)"/.exec(svg)!;
      return { stdout, belowMm: Number(heightMm) - 10 - Number(gridMm) };
    };
    const [first, clinical, paper] = [
      await draw(),
      await draw('--preset', 'clinical'),
      await draw('--preset', 'paper'),
    ];
    expect(first.stdout).toMatch(/^Synthetic AF, preset physiological, /);
    expect([first.belowMm, clinical.belowMm, paper.belowMm]).toEqual([5, 5, 7]);
    expect(paper.stdout).toMatch(/\nThe paper's simulator: a schematic ECG/);
    expect(clinical.stdout).not.toContain('schematic');
  });

  it('draws the filtered record and states the filter', async () => {
    const cwd = await temporaryFolder();
    const draw = (...more: string[]) =>
      runCli(['plot', '--class', 'normal', ...more, '--out', 'a.svg'], { cwd });
    await draw();
    const plain = await readFile(join(cwd, 'a.svg'), 'utf8');
    const { code, stdout } = await draw('--filter', '0.5-40');
    expect(code).toBe(0);
    expect(stdout).toContain('record 0, filter 0.5-40 Hz, lead II');
    const filtered = await readFile(join(cwd, 'a.svg'), 'utf8');
    expect(filtered).not.toBe(plain);
    expect(qrsBands(filtered)).toEqual(qrsBands(plain));
    const short = await draw('--filter', '0.1-40');
    expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining('reaches 10 s to each side') });
  });

  it('draws the requested noise and states it', async () => {
    const cwd = await temporaryFolder();
    const svgOf = async (...more: string[]) => {
      const { code } = await runCli(['plot', '--class', 'normal', ...more, '--out', 'a.svg'], { cwd });
      expect(code).toBe(0);
      return readFile(join(cwd, 'a.svg'), 'utf8');
    };
    const [plain, noisy] = [await svgOf(), await svgOf('--noise', 'powerline=0.2mV@60')];
    expect(plain).not.toContain('noise added');
    expect(noisy).toContain('noise added');
    expect(qrsBands(noisy)).toEqual(qrsBands(plain));
    expect(noisy.replace(', noise added', '')).not.toBe(plain);
  });
});

describe('pqrst plot --record', () => {
  let made = '';
  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'pqrst-cli-'));
    const synth = await runCli(['synth', '--classes', 'af', '--count', '1', '--fs', '500', '--out', 'r'], {
      cwd: made,
    });
    expect(synth).toMatchObject({ code: 0, stdout: expect.stringContaining('1 record') });
  });
  afterAll(() => rm(made, { recursive: true, force: true }));

  async function folderOfRecords() {
    const cwd = await temporaryFolder();
    await cp(made, cwd, { recursive: true });
    return { cwd, path: join(cwd, 'r', '00000', 'r0000000') };
  }

  it('draws a stretch of a record with its annotations', async () => {
    const { cwd } = await folderOfRecords();
    const args = [
      'plot',
      '--record',
      'r/00000/r0000000.hea',
      '--start',
      '2',
      '--seconds',
      '5',
      '--out',
      'a.svg',
    ];
    const { code, stderr } = await runCli(args, { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const svg = await readFile(join(cwd, 'a.svg'), 'utf8');
    expect(svg).toContain('lead II, 5 s at 500 Hz');
    expect(qrsBands(svg).length).toBeGreaterThan(3);
  });

  it('draws a stretch of an EDF+ file with its beats', async () => {
    const { cwd } = await folderOfRecords();
    const synth = ['synth', '--classes', 'af', '--count', '1', '--format', 'edf', '--out', 'e'];
    expect(await runCli(synth, { cwd })).toMatchObject({ code: 0 });
    const args = ['plot', '--record', 'e/00000/r0000000.edf', '--seconds', '5', '--out', 'a.svg'];
    const { code, stdout } = await runCli(args, { cwd });
    expect(code).toBe(0);
    expect(Number(/(\d+) beats marked/.exec(stdout)![1])).toBeGreaterThan(2);
    expect(await readFile(join(cwd, 'a.svg'), 'utf8')).toContain('lead II, 5 s at 250 Hz');
    const refused = await runCli([...args, '--annotations', 'atr'], { cwd });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('an EDF+ file contains its annotations'),
    });
  });

  const damaged: [string, string, (path: string) => Promise<void>, string[]][] = [
    ['a missing header', 'ERR_NOT_FOUND', async () => undefined, ['--record', 'r/none']],
    ['a truncated header', 'ERR_WFDB_HEADER', (path) => truncate(`${path}.hea`, 20), []],
    ['a truncated signal file', 'ERR_WFDB_SIGNAL', (path) => truncate(`${path}.dat`, 1000), []],
    ['truncated annotations', 'ERR_WFDB_ANNOTATION', (path) => truncate(`${path}.atr`, 5), []],
    [
      'a signal file outside the folder',
      'ERR_PATH_OUTSIDE',
      (path) => rewrite(path, (text) => text.replace('r0000000.dat', '../../x.dat')),
      [],
    ],
    [
      'an unknown format',
      'ERR_WFDB_FORMAT',
      (path) => rewrite(path, (text) => text.replace('.dat 16 ', '.dat 99 ')),
      [],
    ],
  ];

  it.each(damaged)('refuses %s', async (_, errorCode, damage, args) => {
    const { cwd, path } = await folderOfRecords();
    await damage(path);
    const record = args.length > 0 ? args : ['--record', 'r/00000/r0000000'];
    const { code, stderr } = await runCli(['plot', ...record, '--out', 'a.svg'], { cwd });
    expect(stderr).toContain(`[${errorCode}]`);
    expect(code).toBe(1);
    expect(await readdir(cwd)).toEqual(['r']);
  });

  it('refuses a missing lead and a start beyond the end', async () => {
    const { cwd } = await folderOfRecords();
    const base = ['plot', '--record', 'r/00000/r0000000', '--out', 'a.svg'];
    const lead = await runCli([...base, '--lead', 'III'], { cwd });
    expect(lead).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "II"?') });
    const late = await runCli([...base, '--start', '99'], { cwd });
    expect(late).toMatchObject({ code: 2, stderr: expect.stringContaining('lasts 10.0 s') });
  });

  it('leaves no partial picture if it cannot write', async () => {
    const { cwd } = await folderOfRecords();
    await writeFile(join(cwd, 'file'), '');
    const { code, stderr } = await runCli(['plot', '--class', 'af', '--out', 'file/a.svg'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('[ERR_WRITE]');
  });
});

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(`${path}.hea`, change(await readFile(`${path}.hea`, 'utf8')));
}
