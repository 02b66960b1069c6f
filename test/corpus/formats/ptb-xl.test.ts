// PTB-XL corpora: the published example loader of PTB-XL reads them, and so does the data set `ptb-xl:DIR`.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scpCodesOf, statementLines } from '#lib/corpus/formats/ptb-xl/statements.js';
import { planCorpus } from '#lib/corpus/plan.js';
import { openDataset } from '#lib/datasets/dataset.js';
import { parseScpCodes } from '#lib/datasets/kinds/ptbxl.js';
import { classesOfCodes, classNames, shownClasses } from '#lib/signal/class-table.js';
import type { PaperClass } from '#lib/signal/classes.js';
import { resample } from '#lib/signal/resample.js';
import { dataFolder, titleWithData } from '../../helpers/data.js';
import { errorOf } from '../../helpers/folder.js';
import { judge } from '../../helpers/judge.js';
import { pythonWith } from '../../helpers/python.js';
import { batchOf, writeShards } from './write-shards.js';

interface Verdict {
  readonly shapes: Record<string, number[]>;
  readonly signals: Record<string, string>;
  readonly rates: Record<string, number>;
  readonly leads: string[];
  readonly columns: string[];
  readonly rows: [number, number, Record<string, number>, string[], number][];
  readonly test: number;
}

const python = pythonWith('wfdb', 'pandas');
const absent = python === undefined ? ' (SKIPPED: no python3 with wfdb and pandas)' : '';
const split = { train: 0.8, val: 0.1, test: 0.1 };

describe.skipIf(python === undefined)(`PTB-XL's own example loader${absent}`, () => {
  it('reads signals of both rates, codes, superclasses and folds', async () => {
    const { folder, plan } = await writeShards(
      { preset: 'paper', format: 'ptb-xl', count: 100, seconds: 10, seed: 11, start: 40, split },
      35,
    );
    const seen = judge<Verdict>(python!, 'ptbxl_judge.py', { path: `${folder}/` });
    expect(seen.shapes).toEqual({ 100: [100, 1000, 1], 500: [100, 5000, 1] });
    expect([seen.rates, seen.leads]).toEqual([{ 100: 100, 500: 500 }, ['II']]);

    const batch = await batchOf(plan, 'int16', 40, 100);
    const float64 = (text: string) => new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
    const [hr, lr] = [float64(seen.signals['500']!), float64(seen.signals['100']!)];
    expect(hr.findIndex((mv, n) => mv !== batch.signals[n]! / 1000)).toBe(-1);
    for (let k = 0; k < 100; k++) {
      const whole = Float32Array.from(batch.signals.subarray(k * 5000, (k + 1) * 5000));
      const expected = resample(whole, 500, 100);
      const got = lr.subarray(k * 1000, (k + 1) * 1000);
      expect(got.findIndex((mv, n) => Math.abs(mv * 1000 - expected[n]!) > 0.501)).toBe(-1);
    }

    const codes = { normal: 'NORM', af: 'AFIB', aflt: 'AFLT', pvc: 'PVC', wpw: 'WPW' };
    const superclass = { normal: ['NORM'], af: [], aflt: [], pvc: [], wpw: ['CD'] };
    seen.rows.forEach(([ecgId, patientId, scp, superclasses, fold], k) => {
      const name = plan.classes[(40 + k) % plan.classes.length] as PaperClass;
      expect([ecgId, patientId]).toEqual([k + 1, k + 1]);
      expect(Object.keys(scp)).toContain(codes[name]);
      expect(superclasses).toEqual(superclass[name]);
      expect([ecgId, fold <= 8, fold === 9, fold === 10]).toEqual([
        ecgId,
        k < 80,
        k >= 80 && k < 90,
        k >= 90,
      ]);
    });
    expect(seen.test).toBe(10);
  });
});

describe('a PTB-XL corpus', () => {
  it('opens as the data set ptb-xl:DIR at both rates', async () => {
    const { folder, plan } = await writeShards({
      format: 'ptb-xl',
      preset: 'paper',
      count: 10,
      seconds: 4,
      seed: 2,
    });
    for (const fsHz of [100, 500]) {
      const set = await openDataset(`ptb-xl:${folder}`, { fsHz, seconds: 4 });
      expect(set.skipped).toEqual([]);
      expect(set.windows.map(({ classes }) => classes)).toEqual(
        Array.from({ length: 10 }, (_, k) => [plan.classes[k % 5]]),
      );
      expect(set.windows.every(({ signal }) => signal.length === 4 * fsHz)).toBe(true);
    }
  });

  it('distributes each class evenly over all folds', async () => {
    const { folder } = await writeShards({ format: 'ptb-xl', preset: 'paper', count: 100, seconds: 1 });
    const rows = (await readFile(join(folder, 'ptbxl_database.csv'), 'utf8')).trim().split('\n').slice(1);
    const cells = rows.map((row) => row.split(','));
    const seen = new Map<string, number>();
    for (const row of cells) {
      const key = `${row.find((cell) => cell.startsWith('synthetic'))} ${row.at(-3)}`;
      seen.set(key, (seen.get(key) ?? 0) + 1);
    }
    expect(seen.size).toBe(5 * 10);
    expect(new Set(seen.values())).toEqual(new Set([2]));
  });

  it('makes each replica a separate database', async () => {
    const { folder } = await writeShards({ format: 'ptb-xl', count: 3, seconds: 1, replicas: 2 });
    for (const replica of ['replica-1', 'replica-2']) {
      const table = await readFile(join(folder, replica, 'ptbxl_database.csv'), 'utf8');
      expect(table.split('\n')[1]).toMatch(/^1,1\.0,.*records500\/00000\/00001_hr$/);
      const set = await openDataset(`ptb-xl:${join(folder, replica)}`, { fsHz: 500, seconds: 1 });
      expect(set.windows).toHaveLength(3);
    }
  });

  it('writes the codes that its reader reads back as the same classes, for every class and mixtures', () => {
    const read = (name: string) => {
      const codes = parseScpCodes(scpCodesOf(name));
      if (typeof codes === 'string') throw new Error(codes);
      return classesOfCodes(codes.keys(), 'scp');
    };
    expect(['normal', 'af', 'pvc'].map((name) => scpCodesOf(name))).toEqual([
      "{'NORM': 100.0, 'SR': 0.0}",
      "{'AFIB': 0.0}",
      "{'PVC': 100.0, 'SR': 0.0}",
    ]);
    expect(scpCodesOf('af+clbbb')).toBe("{'AFIB': 0.0, 'CLBBB': 100.0}");
    expect(scpCodesOf('vt')).toBe("{'PVC': 100.0}");
    // PTB-XL has no code of ventricular tachycardia, and none of the two types of second-degree AV block.
    const own = classNames.filter((name) => !['vt', 'avb2m1', 'avb2m2'].includes(name));
    for (const name of own) expect(read(name).sort()).toEqual(shownClasses(name).sort());
    expect(read('avb2m1')).toEqual(['avb2m1', 'avb2m2']);
    expect(read('normal>af')).toEqual(['normal', 'af']);
    expect(statementLines(['normal', 'af'])).toHaveLength(1 + 6);
    expect(statementLines(classNames)).toHaveLength(1 + 6 + 21);
    expect(() => scpCodesOf('unheard')).toThrow(/unknown class "unheard"/);
  });

  it('writes the codes of own classes, with a row for a code that the published table lacks', () => {
    const own = [
      { name: 'slow-af', title: 'Slow AF', scp: ['AFIB'], snomed: [], rhythm: '(AFIB' },
      { name: 'odd', title: 'Odd "T"', scp: ['ODD_'], snomed: [], rhythm: '(N' },
    ];
    expect(scpCodesOf('slow-af', own)).toBe("{'AFIB': 0.0}");
    expect(scpCodesOf('odd', own)).toBe("{'ODD_': 100.0, 'SR': 0.0}");
    const lines = statementLines(['slow-af', 'odd'], own);
    expect(lines).toHaveLength(1 + 6 + 1);
    expect(lines.at(-1)).toBe('ODD_,"Odd ""T""",1.0,,,,,,,,,,');
    expect(lines.at(-1)!.split(',')).toHaveLength(lines[0]!.split(',').length);
  });

  it('refuses other rates and units, and records that are too long', async () => {
    const request = { format: 'ptb-xl', count: 1 } as const;
    expect(await errorOf(planCorpus({ ...request, fsHz: 250 }))).toMatch(/^ERR_OPTION: .*500 Hz, not 250/);
    expect(await errorOf(planCorpus({ ...request, unit: 'zscore' }))).toMatch(/^ERR_OPTION: `unit` zscore/);
    expect(await errorOf(planCorpus({ ...request, seconds: 3600 }))).toMatch(/^ERR_OPTION: .*1800000/);
  });
});

const real = dataFolder('ptb-xl');
describe.skipIf(real === undefined)(
  titleWithData('a PTB-XL corpus compared with the real PTB-XL', 'ptb-xl'),
  () => {
    it('has the same columns and describes each statement in the same way', async () => {
      const { folder } = await writeShards({ format: 'ptb-xl', count: 1, seconds: 1 });
      const lines = async (from: string, name: string) =>
        (await readFile(join(from, name), 'utf8')).trim().split(/\r?\n/);
      const [ours, theirs] = [
        await lines(folder, 'ptbxl_database.csv'),
        await lines(real!, 'ptbxl_database.csv'),
      ];
      expect(ours[0]).toBe(theirs[0]);
      const published = new Set(await lines(real!, 'scp_statements.csv'));
      for (const line of await lines(folder, 'scp_statements.csv')) expect(published).toContain(line);
      for (const line of statementLines(classNames)) expect(published).toContain(line);
    });
  },
);
