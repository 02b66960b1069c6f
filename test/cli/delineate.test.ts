// `pqrst delineate`, run as a user runs it.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { temporaryFolder } from '../helpers/folder.js';
import { runCli } from './run-cli.js';

const fsHz = 250;

/** Beats every 0.8 s from 0.5 s on, each with P, R and T. */
const beatsMv = Float32Array.from({ length: 10 * fsHz }, (_, n) => {
  const s = ((n / fsHz + 0.3) % 0.8) + 0;
  const wave = (mv: number, atS: number, sigmaS: number) =>
    mv * Math.exp(-0.5 * ((s - 0.4 - atS + 0.4) / sigmaS) ** 2);
  return wave(0.1, 0.64, 0.02) + wave(1, 0.0, 0.012) + wave(1, 0.8, 0.012) + wave(0.25, 0.26, 0.04);
});

async function folderOf(signals: Readonly<Record<string, Float32Array>>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, signalMv] of Object.entries(signals)) {
    await writeRecord(folder, { name, fsHz, leads: ['II'], signalsMv: [signalMv] });
  }
  await writeFile(
    join(folder, 'labels.csv'),
    `record,label\n${Object.keys(signals)
      .map((name) => `${name},normal\n`)
      .join('')}`,
  );
  return folder;
}

const flat = new Float32Array(10 * fsHz).fill(0.2);
const missing = new Float32Array(10 * fsHz).fill(Number.NaN);
let state = 1;
const onlyNoise = Float32Array.from({ length: 10 * fsHz }, () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 31 - 1;
});

describe('pqrst delineate', () => {
  it('writes annotations and a table of the beats, and names the records without beats', async () => {
    const folder = await folderOf({
      a: beatsMv,
      flat,
      missing,
      noise: onlyNoise,
      short: beatsMv.subarray(0, 300),
    });
    const out = join(await temporaryFolder(), 'waves');
    const { code, stdout } = await runCli(['delineate', folder, '--out', out, '--json']);
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as {
      records: { record: string; beats: number; rrMs: number; pShare: number }[];
      skipped: { recordName: string; reason: string }[];
    };
    expect(result.records).toMatchObject([{ record: 'a', rrMs: 800 }]);
    const { beats } = result.records[0]!;
    expect(beats).toBeGreaterThan(10);
    expect(result.skipped.map(({ recordName }) => recordName)).toEqual(['flat', 'missing', 'noise', 'short']);
    expect(result.skipped.map(({ reason }) => reason).join('\n')).toMatch(
      /no beat.*\n.*finite number.*\n.*quality.*noise.*\n.*too short: 1.2 s/,
    );
    expect((await readdir(out)).sort()).toEqual(['a.fid', 'beats.csv']);

    await writeFile(join(folder, 'a.fid'), await readFile(join(out, 'a.fid')));
    const marks = await readAnnotations(join(folder, 'a'), 'fid');
    const symbols = marks.map(({ symbol }) => symbol).join('');
    expect(symbols).toContain('(p)(N)(t)');
    expect(marks.filter(({ symbol }) => symbol === 'N')).toHaveLength(beats);
    const rows = (await readFile(join(out, 'beats.csv'), 'utf8')).trim().split('\n');
    expect(rows).toHaveLength(beats + 1);
    expect(rows[0]).toMatch(/^record,beat,rS,quality,pOnsetS,.*,qtMs$/);
    for (const [k, row] of rows.slice(1).entries())
      expect(row).toMatch(new RegExp(`^a,${k + 1},\\d+\\.\\d{4},`));
  });

  it('writes the same bytes again', async () => {
    const folder = await folderOf({ a: beatsMv, b: beatsMv.subarray(60) });
    const outs = [join(await temporaryFolder(), 'one'), join(await temporaryFolder(), 'two')];
    for (const out of outs) expect((await runCli(['delineate', folder, '--out', out])).code).toBe(0);
    for (const name of ['a.fid', 'b.fid', 'beats.csv']) {
      const [one, two] = await Promise.all(outs.map((out) => readFile(join(out, name))));
      expect(one!.equals(two!)).toBe(true);
    }
  });

  it('leaves nothing behind when no record shows beats, and refuses a folder that is not empty', async () => {
    const folder = await folderOf({ flat });
    const parent = await temporaryFolder();
    const none = await runCli(['delineate', folder, '--out', join(parent, 'waves')]);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/flat: it shows no beat.*ERR_DATA_EMPTY/s),
    });
    expect(await readdir(parent)).toEqual([]);

    const full = await runCli(['delineate', folder, '--out', folder]);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/not empty.*ERR_WRITE/s) });
    const absent = await runCli(['delineate', join(parent, 'x'), '--out', join(parent, 'y')]);
    expect(absent).toMatchObject({ code: 1, stderr: expect.stringContaining('ERR_NOT_FOUND') });
    const lead = await runCli(['delineate', folder, '--lead', 'V9', '--out', join(parent, 'y')]);
    expect(lead).toMatchObject({ code: 1, stderr: expect.stringMatching(/no lead V9.*ERR_DATA_EMPTY/s) });
  });
});
