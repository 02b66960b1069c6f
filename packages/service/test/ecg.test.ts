// Recordings of every form get the answers that `evaluate` gives; hostile archives are refused and leave nothing behind.

import { mkdtempSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from 'pqrst/evaluate';
import { type EcgRecord, NpyWriter, readEdf, writeEdf, writeRecord } from 'pqrst/records';
import { Synthesizer } from 'pqrst/synth';
import { beforeAll, describe, expect, it } from 'vitest';
import { archiveOf } from '../../../test/helpers/archive.mjs';
import { type Body, fileFolder, fsHz, seconds, smallModel, testService } from './helpers.js';

let path: string;
let folder: string;
let record: EcgRecord;
/** The probabilities of af of the windows of `record`, from `evaluate`. */
let right: number[];

beforeAll(async () => {
  folder = await fileFolder();
  path = await smallModel(folder);
  const synth = new Synthesizer({ preset: 'paper', fsHz: 250, seconds: 15, seed: 3, unit: 'mV' });
  const { signals } = await synth.batch({ classes: ['normal', 'af'], count: 2 });
  // The file of each form stores the same values, so they are those of its integers.
  const signal = signals.subarray(0, 3750).map((value) => Math.round(value * 1000) / 1000);
  record = { name: 'r1', fsHz: 250, leads: ['V1', 'II'], signalsMv: [signals.subarray(3750), signal] };
  await writeRecord(folder, record);
  await writeEdf(folder, record);
  await writeFile(join(folder, 'labels.csv'), 'record,label\nr1,normal\n');
  const { rows } = await evaluate({ modelPath: path, data: `folder:${folder}`, device: 'cpu' });
  right = rows.map(({ probabilities }) => probabilities[1]!);
});

interface Answer {
  readonly notice: string;
  readonly error?: string;
  readonly code?: string;
  readonly recordings: readonly {
    readonly name: string;
    readonly usedLeads: readonly string[];
    readonly windows: readonly { readonly startS: number; readonly probabilities: { readonly af: number } }[];
    readonly whole: { readonly windows: number; readonly meanProbabilities: { readonly af: number } } | null;
    readonly skipped: readonly string[];
    readonly notes: readonly string[];
  }[];
}

async function classify(url: string, body: Body, query = ''): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(`${url}/v1/ecg:classify?${query}`, { method: 'POST', body });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const wfdbZip = async (at = '') =>
  archiveOf(
    await Promise.all(
      ['r1.hea', 'r1.dat'].map(async (name) => ({
        name: `${at}${name}`,
        content: await readFile(join(folder, name)),
      })),
    ),
  );

function expectRight({ recordings: [found], notice }: Answer, digits = 4) {
  expect(notice).toMatch(/Not a medical device/);
  expect(found!.windows.map(({ startS }) => startS)).toEqual(right.map((_, n) => n * seconds));
  for (const [n, { probabilities }] of found!.windows.entries())
    expect(probabilities.af).toBeCloseTo(right[n]!, digits);
  const mean = right.reduce((sum, one) => sum + one, 0) / right.length;
  expect(found!.whole!.meanProbabilities.af).toBeCloseTo(mean, digits);
}

// A folder of its own, because the services of other test files make temporary folders at the same time.
process.env.TMPDIR = mkdtempSync(join(tmpdir(), 'pqrst-service-test-'));
const temporary = () => readdirSync(tmpdir()).filter((name) => /^pqrst-service-(?!test-)/.test(name));

describe('recordings', () => {
  it('get the answers of evaluate as WFDB, EDF, CSV, npy, JSON and forms', async () => {
    const { url } = await testService(path);
    const signal = record.signalsMv[1]!;
    const wfdb = await classify(url, await wfdbZip('some folder/'));
    expect(wfdb.answer.recordings[0]).toMatchObject({
      name: 'some folder/r1',
      usedLeads: ['II'],
      skipped: [],
      notes: [],
    });
    expectRight(wfdb.answer);
    expectRight((await classify(url, await readFile(join(folder, 'r1.edf')))).answer, 2);
    expect((await readEdf(join(folder, 'r1.edf'))).leads).toEqual(['V1', 'II']);

    const rows = Array.from(signal, (value, n) => `${(n / 250).toFixed(3)},0,${value.toFixed(3)}`);
    expectRight((await classify(url, `time,V1,II\n${rows.join('\n')}\n`)).answer);
    const bare = Array.from(signal, (value) => (value * 1000).toFixed(0)).join('\r\n');
    expectRight((await classify(url, bare, 'fsHz=250&unit=uV')).answer);
    const physio = Array.from(signal, (value, n) => `'0:${(n / 250).toFixed(3)}'\t${value.toFixed(3)}`);
    expectRight(
      (await classify(url, `'Elapsed time'\t'MLII'\n'hh:mm:ss.mmm'\t'mV'\n${physio.join('\n')}`)).answer,
    );

    const npy = join(folder, 'signal.npy');
    const writer = await NpyWriter.open(npy, 'float32', [3750]);
    await writer.append(record.signalsMv[0]!);
    await writer.append(signal);
    await writer.close();
    const array = await readFile(npy);
    expectRight((await classify(url, array, 'fsHz=250&names=V1,II')).answer);
    const other = (await classify(url, array, 'fsHz=250&names=V1,II&leads=V1')).answer.recordings[0]!;
    expect(other.usedLeads).toEqual(['V1']);
    expect(other.windows[0]!.probabilities.af).not.toBeCloseTo(right[0]!, 4);

    const json = { name: 'mine', fsHz: 250, leads: ['ECG'], signals: [[...signal]] };
    const only = (await classify(url, JSON.stringify(json))).answer;
    expectRight(only);
    expect(only.recordings[0]!.notes).toEqual(['the only lead ECG is taken as the lead II of the model']);

    const form = new FormData();
    for (const name of ['r1.hea', 'r1.dat'])
      form.append('file', new Blob([await readFile(join(folder, name))]), name);
    expectRight((await classify(url, form)).answer);
    expect(temporary()).toEqual([]);
  });

  it('say why windows are missing', async () => {
    const { url } = await testService(path);
    const signals = [Array.from({ length: 1000 }, (_, n) => (n === 450 ? null : Math.sin(n / 5)))];
    const { answer } = await classify(url, JSON.stringify({ fsHz, leads: ['II'], signals }));
    expect(answer.recordings[0]!.windows.map(({ startS }) => startS)).toEqual([0]);
    expect(answer.recordings[0]!.skipped).toEqual(['1 of 2 windows: missing samples, the first at 4.0 s']);
    const short = await classify(url, JSON.stringify({ fsHz, leads: ['II'], signals: [[1, 2, 3]] }));
    expect([short.status, short.answer.recordings[0]!.whole]).toEqual([200, null]);
  });

  it('are drawn on ECG paper', async () => {
    const { url } = await testService(path);
    const draw = async (query: string) =>
      fetch(`${url}/v1/ecg:paper?${query}`, { method: 'POST', body: await readFile(join(folder, 'r1.edf')) });
    const drawn = await draw('startS=4&seconds=4&leads=V1');
    expect(drawn.headers.get('content-type')).toBe('image/svg+xml');
    expect(await drawn.text()).toMatch(/^<svg [^>]*aria-label="recording, lead V1, 4 s at 250 Hz/);
    expect((await draw('startS=400')).status).toBe(400);
    expect((await draw('leads=aVR')).status).toBe(400);
  });
});

describe('hostile uploads', () => {
  it('are refused with a reason, leave nothing behind, and do not end the service', async () => {
    const { url } = await testService(path, { limits: { timeoutS: 60 } });
    const header = Buffer.from('r1 1 250 1000\nr1.dat 16 200 16 0 0 0 0 II\n');
    const good = await wfdbZip();
    const bomb = archiveOf([{ name: 'r1.dat', content: Buffer.alloc(300 * 2 ** 20) }]);
    const wrong: [string, Body, number, string?][] = [
      ['empty', '', 400],
      ['text', 'hello', 400],
      ['bytes', Buffer.from([0, 1, 2, 3]), 400],
      ['a path outside', archiveOf([{ name: '../../tmp/evil', content: Buffer.from('x') }]), 400],
      ['an absolute path', archiveOf([{ name: '/tmp/evil', content: Buffer.from('x') }]), 400],
      ['backslashes', archiveOf([{ name: '..\\evil', content: Buffer.from('x') }]), 400],
      ['one name twice', archiveOf([1, 2].map(() => ({ name: 'r1.hea', content: header }))), 400],
      ['a bomb', bomb, 413],
      ['a hidden bomb', archiveOf([{ name: 'a', content: Buffer.alloc(2 ** 24), statedBytes: 10 }]), 400],
      ['a wrong checksum', archiveOf([{ name: 'r1.hea', content: header, statedCrc: 1 }]), 400],
      [
        '3000 files',
        archiveOf(Array.from({ length: 3000 }, (_, n) => ({ name: `f${n}`, content: header }))),
        413,
      ],
      ['a cut archive', good.subarray(0, good.length - 30), 400],
      ['no recording', archiveOf([{ name: 'readme.txt', content: header }]), 400],
      ['no signal file', archiveOf([{ name: 'r1.hea', content: header }]), 400],
      [
        'a signal outside',
        archiveOf([
          {
            name: 'r1.hea',
            content: Buffer.from(header.toString().replace('r1.dat', '../../../etc/passwd')),
          },
        ]),
        400,
      ],
      [
        'too many samples',
        archiveOf([
          { name: 'r1.hea', content: Buffer.from('r1 1 250 100000000\nr1.dat 16 200 16 0 0 0 0 II\n') },
        ]),
        413,
      ],
      ['a slow rate', JSON.stringify({ fsHz: 0.001, leads: ['II'], signals: [Array(5000).fill(1)] }), 413],
      ['deep JSON', `{"a":${'['.repeat(100_000)}`, 400],
      ['a table of words', 'a,b\nc,d\n', 400],
      ['a table of one line', '1,2,3', 400],
      [
        'npy of 2^60 values',
        Buffer.from(
          `\x93NUMPY\x01\x00\x76\x00${"{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,), }".padEnd(117)}\n`,
          'latin1',
        ),
        400,
        'fsHz=100',
      ],
      ['an unknown option', '1\n2\n', 400, 'rate=100'],
      ['an unknown model', '1\n2\n', 404, 'model=x'],
    ];
    for (const [what, body, status, query] of wrong) {
      const { status: found, answer } = await classify(url, body, query);
      expect([what, found]).toEqual([what, status]);
      expect(answer.error).not.toMatch(/pqrst-service-/);
    }
    expectRight((await classify(url, good)).answer);
    expect(temporary()).toEqual([]);
  });

  it('end when they take too long, and when their client leaves', async () => {
    const { url } = await testService(path, { limits: { timeoutS: 1 } });
    // The windows of a day at 500 Hz are cut in more than the time limit.
    const long = Buffer.concat([
      Buffer.from(
        `\x93NUMPY\x01\x00\x76\x00${"{'descr': '<i1', 'fortran_order': False, 'shape': (43200000,), }".padEnd(117)}\n`,
        'latin1',
      ),
      Buffer.alloc(43_200_000, 1).map((_, n) => n % 50),
    ]);
    expect([408, 504]).toContain((await classify(url, long, 'fsHz=500')).status);
    const leave = new AbortController();
    const left = fetch(`${url}/v1/ecg:classify?fsHz=500`, {
      method: 'POST',
      body: long,
      signal: leave.signal,
    });
    setTimeout(() => leave.abort(), 700);
    await expect(left).rejects.toThrow();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await fetch(`${url}/v2/health/live`)).status).toBe(200);
    expect(temporary()).toEqual([]);
  });
});
