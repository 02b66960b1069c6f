// Marks of `delineate` beside those of the experts of LUDB and MIT-BIH, and beside NeuroKit2. bench/delineation.mjs prints
// the tables of all records; here are a few records, with limits that the measured values keep well.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readAnnotations, readRecord } from '../../src/codecs/wfdb/read.js';
import { delineate } from '../../src/delineate/delineate.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { temporaryFolder } from '../helpers/folder.js';
import { pythonWith } from '../helpers/python.js';

const ludb = dataFolder('ludb');
const mitdb = dataFolder('mitdb');
const python = pythonWith('neurokit2');
const records = Array.from({ length: 40 }, (_, n) => n + 1);

interface Marked {
  readonly signal: Float32Array;
  readonly fsHz: number;
  /** Rows [onset, peak, offset] in s of P, QRS and T. */
  readonly waves: readonly (readonly (readonly number[])[])[];
}

async function readMarked(record: number): Promise<Marked> {
  const path = join(ludb!, 'data', String(record));
  const { leads, signalsMv, fsHz } = await readRecord(path);
  const marks = await readAnnotations(path, 'ii');
  const waves: number[][][] = [[], [], []];
  for (const [at, { symbol, sample }] of marks.entries()) {
    if (symbol === '(' || symbol === ')') continue;
    const row = [marks[at - 1]?.sample ?? Number.NaN, sample, marks[at + 1]?.sample ?? Number.NaN];
    waves[symbol === 'p' ? 0 : symbol === 't' ? 2 : 1]!.push(row.map((one) => one / fsHz));
  }
  return { signal: signalsMv[leads.findIndex((lead) => lead.toLowerCase() === 'ii')]!, fsHz, waves };
}

/** Returns the share of waves that are found within 150 ms, and the errors of onset, peak and offset in ms, per wave. */
function compare(marked: readonly Marked[], found: readonly ArrayLike<number>[]) {
  return [0, 1, 2].map((wave) => {
    let [hit, all] = [0, 0];
    const errors: number[][] = [[], [], []];
    for (const [k, { waves }] of marked.entries()) {
      const times = found[k]!;
      for (const row of waves[wave]!) {
        all++;
        let best: number | undefined;
        for (let at = 3 * wave; at < times.length; at += 9) {
          const distance = Math.abs(times[at + 1]! - row[1]!);
          if (distance <= 0.15 && !(distance >= Math.abs((times[(best ?? -1) + 1] ?? 99) - row[1]!)))
            best = at;
        }
        if (best === undefined) continue;
        hit++;
        for (let n = 0; n < 3; n++) {
          const error = 1000 * (times[best + n]! - row[n]!);
          if (!Number.isNaN(error)) errors[n]!.push(error);
        }
      }
    }
    return { share: hit / all, spreads: errors.map(spread), biases: errors.map((one) => mean(one)) };
  });
}

const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const spread = (values: readonly number[]) => Math.sqrt(mean(values.map((one) => (one - mean(values)) ** 2)));

describe.skipIf(ludb === undefined)(titleWithData('delineate and the experts of LUDB', 'ludb'), () => {
  it('finds their waves, with small errors', async () => {
    const marked = await Promise.all(records.map(readMarked));
    const [p, qrs, t] = compare(
      marked,
      marked.map(({ signal, fsHz }) => delineate(signal, { fsHz }).fiducialsS),
    );
    expect(p!.share).toBeGreaterThan(0.95);
    expect(qrs!.share).toBeGreaterThan(0.99);
    expect(t!.share).toBeGreaterThan(0.94);
    for (const { biases } of [p!, qrs!]) for (const bias of biases) expect(Math.abs(bias)).toBeLessThan(8);
    for (const one of p!.spreads) expect(one).toBeLessThan(20);
    for (const one of qrs!.spreads) expect(one).toBeLessThan(20);
    expect(t!.spreads[2]).toBeLessThan(35);
  });

  const withPython =
    'has smaller errors of the QRS bounds than NeuroKit2' +
    (python === undefined ? ' (SKIPPED: no Python with neurokit2)' : '');
  it.skipIf(python === undefined)(withPython, async () => {
    const marked = await Promise.all(records.slice(0, 12).map(readMarked));
    const path = join(await temporaryFolder(), 'signals.f32');
    const joined = new Float32Array(marked.length * 5000);
    for (const [k, { signal }] of marked.entries()) joined.set(signal, 5000 * k);
    writeFileSync(path, new Uint8Array(joined.buffer));
    const script = resolve(import.meta.dirname, '../judges/neurokit_judge.py');
    const { stdout, stderr, status } = spawnSync(python!, [script, path, '500', '5000', 'dwt'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    expect(status, stderr).toBe(0);
    const judged = JSON.parse(stdout) as ((number | null)[][] | null)[];
    const theirs = compare(
      marked,
      judged.map((beats) => (beats ?? []).flat().map((one) => (one === null ? Number.NaN : one / 500))),
    );
    const ours = compare(
      marked,
      marked.map(({ signal, fsHz }) => delineate(signal, { fsHz }).fiducialsS),
    );
    expect(theirs[1]!.share).toBeGreaterThan(0.9);
    expect(ours[1]!.share).toBeGreaterThanOrEqual(theirs[1]!.share);
    for (const n of [0, 2]) expect(ours[1]!.spreads[n]!).toBeLessThan(theirs[1]!.spreads[n]!);
  });
});

describe.skipIf(mitdb === undefined)(titleWithData('delineate and the beats of MIT-BIH', 'mitdb'), () => {
  it.each(['100', '200', '231'])('finds the beats of %s', async (name) => {
    const { signalsMv, fsHz } = await readRecord(join(mitdb!, name));
    const truth = (await readAnnotations(join(mitdb!, name), 'atr'))
      .filter(({ symbol }) => 'NLRaVFJASEj/QB?enfr'.includes(symbol))
      .map(({ sample }) => sample / fsHz);
    const { count, fiducialsS } = delineate(signalsMv[0]!, { fsHz });
    const found = Array.from({ length: count }, (_, k) => fiducialsS[9 * k + 4]!);
    const hits = truth.filter((time) => found.some((one) => Math.abs(one - time) <= 0.075)).length;
    expect(hits / truth.length).toBeGreaterThan(0.995);
    expect(hits / count).toBeGreaterThan(0.995);
  });
});
