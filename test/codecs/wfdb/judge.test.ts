// Compares with the Python package `wfdb`: it reads the files that this package writes, and both read real records in
// the same way, sample by sample and annotation by annotation.

import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readRecord } from '#lib/codecs/wfdb/read.js';
import { writeRecord } from '#lib/codecs/wfdb/writer.js';
import { ecgClasses } from '#lib/signal/classes.js';
import type { Annotation } from '#lib/signal/window.js';
import { toWfdbAnnotations } from '#lib/synth/annotations.js';
import { Synthesizer } from '#lib/synth/synthesizer.js';
import { dataFolder, titleWithData } from '../../helpers/data.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { pythonWith } from '../../helpers/python.js';
import { randomRecord } from '../../helpers/random-record.js';

interface Asked {
  readonly path: string;
  readonly annotators: readonly string[];
}

interface Seen {
  readonly fs: number;
  readonly leads: string[];
  readonly comments: string[];
  readonly signals: string[];
  readonly annotations: Record<string, unknown[][]>;
}

const python = pythonWith('wfdb');
const absent = python === undefined ? ' (SKIPPED: no python3 with the wfdb package; pip install wfdb)' : '';

function judge(asked: readonly Asked[]): Seen[] {
  const script = resolve(import.meta.dirname, '../../judges/wfdb_judge.py');
  const { stdout, stderr, status } = spawnSync(python!, [script], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 2 ** 29,
  });
  if (status !== 0) throw new Error(`the judge failed: ${stderr}`);
  return JSON.parse(stdout) as Seen[];
}

const float32 = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
const fields = (all: readonly Annotation[]) =>
  all.map(({ sample, symbol, subtype, channel, number, aux }) => [
    sample,
    symbol,
    subtype,
    channel,
    number,
    aux,
  ]);

/** Compares by bits: NaN equals NaN, and a difference in one of a million samples is reported. */
function expectSame(got: Float32Array, expected: Float32Array): void {
  expect(got.length).toBe(expected.length);
  expect(got.findIndex((mv, n) => !Object.is(mv, expected[n]) && mv !== expected[n])).toBe(-1);
}

/** `judged` are the same records, if the Python package must read them from another folder. */
async function expectAgreement(asked: readonly Asked[], judged = asked): Promise<void> {
  const verdicts = judge(judged);
  for (const [n, { path, annotators }] of asked.entries()) {
    const seen = verdicts[n]!;
    const record = await readRecord(path);
    expect([record.fsHz, record.leads]).toEqual([seen.fs, seen.leads]);
    record.signalsMv.forEach((signalMv, lead) => {
      expectSame(signalMv, float32(seen.signals[lead]!));
    });
    for (const extension of annotators) {
      expect(fields(await readAnnotations(path, extension))).toEqual(seen.annotations[extension]);
    }
  }
}

describe.skipIf(python === undefined)(`the wfdb package reads what we write${absent}`, () => {
  it('reads the same samples, annotations and comments', async () => {
    const folder = await temporaryFolder();
    const written = Array.from({ length: 25 }, (_, seed) => randomRecord(seed)).filter(
      ({ annotations }) => annotations.length > 0,
    );
    for (const { record, ...rest } of written) await writeRecord(folder, record, rest);
    const verdicts = judge(
      written.map(({ record }) => ({ path: join(folder, record.name), annotators: ['atr'] })),
    );
    written.forEach(({ record, annotations, comments }, n) => {
      const seen = verdicts[n]!;
      expect([seen.fs, seen.leads, seen.comments]).toEqual([record.fsHz, record.leads, comments]);
      record.signalsMv.forEach((signalMv, lead) => {
        expectSame(float32(seen.signals[lead]!), signalMv);
      });
      expect(seen.annotations.atr).toEqual(fields(annotations));
    });
  });

  it('reads the samples and marks of the synthesizer from a corpus of `pqrst synth --format wfdb`', async () => {
    const folder = join(await temporaryFolder(), 'out');
    const main = resolve(import.meta.dirname, '../../../dist/cli/main.js');
    const args = [
      'synth',
      '--preset',
      'paper',
      '--count',
      '10',
      '--seed',
      '7',
      '--fs',
      '360',
      '--format',
      'wfdb',
      '--out',
      folder,
    ];
    execFileSync(process.execPath, [main, ...args], { stdio: 'pipe' });
    const synthesizer = new Synthesizer({ preset: 'paper', fsHz: 360, seconds: 10, seed: 7, unit: 'mV' });
    const batch = await synthesizer.batch({ classes: [...ecgClasses], count: 10, annotations: true });
    const names = Array.from({ length: 10 }, (_, k) => `00000/r000000${k}`);
    const verdicts = judge(names.map((name) => ({ path: join(folder, name), annotators: ['atr'] })));
    for (const [k, { fs, leads, signals, annotations }] of verdicts.entries()) {
      const made = batch.signals.subarray(k * synthesizer.lengthSamples, (k + 1) * synthesizer.lengthSamples);
      expect([fs, leads]).toEqual([360, ['II']]);
      expectSame(
        float32(signals[0]!),
        made.map((mv) => Math.round(mv * 1000) / 1000),
      );
      expect(annotations.atr).toEqual(fields(toWfdbAnnotations(batch.annotations!.record(k), 360)));
      expect(annotations.atr!.length).toBeGreaterThan(20);
    }
  });
});

describe.skipIf(python === undefined)(`we read oddities of headers as the wfdb package does${absent}`, () => {
  it('gains, baselines, rates and line ends', async () => {
    const folder = await temporaryFolder();
    const headers: Record<string, string> = {
      inverted: '1 500 4\nr.dat 16 -1000(0)/mV 16 0 0 0 0 II\n',
      beside: '2 500 2\nr.dat 16 -200.5(-7)/mV 16 0 0 0 0 I\nr.dat 16 200 16 0 0 0 0 II\n',
      bare: '1 500 4\nr.dat 16\n',
      zero: '1 500 4\nr.dat 16 0(100)/mV 16 0 0 0 0 II\n',
      adczero: '1 500 4\nr.dat 16 200/mV 11 1024 0 0 0 II\n',
      counter: '1 62.4725/1000(7) 4\nr.dat 16 200/mV 16 0 0 0 0 II\n',
      crlf: '1 500 4 12:00:00\r\n\r\n# x\r\nr.dat 16 2e2/mV 16 0 0 0 0 II',
    };
    await writeFile(join(folder, 'r.dat'), new Uint8Array(Int16Array.of(203, -5, 1100, 32767).buffer));
    const names = Object.keys(headers);
    for (const name of names) await writeFile(join(folder, `${name}.hea`), `${name} ${headers[name]}`);
    const verdicts = judge(names.map((name) => ({ path: join(folder, name), annotators: [] })));
    for (const [n, name] of names.entries()) {
      const record = await readRecord(join(folder, name));
      expect([name, record.fsHz]).toEqual([name, verdicts[n]!.fs]);
      record.signalsMv.forEach((signalMv, lead) => {
        expectSame(signalMv, float32(verdicts[n]!.signals[lead]!));
      });
    }
  });
});

const sources = ['mitdb', 'ptb-xl', 'ludb', 'cinc2017', 'cinc2021'];
const skip = python === undefined || sources.some((source) => dataFolder(source) === undefined);
const title = titleWithData(`we read real records as the wfdb package does${absent}`, ...sources);
describe.skipIf(skip)(title, () => {
  const perLead = ['i', 'ii', 'iii', 'avr', 'avl', 'avf', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6'];
  it.each([
    ['MIT-BIH, format 212', 'mitdb', ['100', '114', '203', '230'], ['atr']],
    ['PTB-XL, format 16', 'ptb-xl', ['records500/00000/00001_hr', 'records100/00000/00001_lr'], []],
    ['LUDB, annotations by lead', 'ludb', ['data/1', 'data/17', 'data/150'], perLead],
    ['CinC 2021, .mat', 'cinc2021', ['HR06009', 'E07503'], []],
  ])('%s', async (_, source, names, annotators) => {
    await expectAgreement(names.map((name) => ({ path: join(dataFolder(source)!, name), annotators })));
  });

  it('CinC 2017, .mat', async () => {
    // The Python package fails on the date in these headers (2014-05-08), so it reads copies without the date.
    const folder = await temporaryFolder();
    const names = ['A00001', 'A00005', 'A00020'];
    for (const name of names) {
      const [source, copy] = [join(dataFolder('cinc2017')!, name), join(folder, name)];
      await copyFile(`${source}.mat`, `${copy}.mat`);
      const header = await readFile(`${source}.hea`, 'utf8');
      await writeFile(`${copy}.hea`, header.replace(/^((?:\S+ ){3}\S+).*/, '$1'));
    }
    const at = (place: string) => names.map((name) => ({ path: join(place, name), annotators: [] }));
    await expectAgreement(at(dataFolder('cinc2017')!), at(folder));
  });
});
