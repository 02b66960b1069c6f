// Compares the marks of `delineate` with those of experts and with the truth of synthetic records, beside NeuroKit2.
//   node bench/delineation.mjs --data FOLDER [--python PATH] [--lead ii] [--methods dwt,cwt] [--records 100]
// FOLDER contains mitdb and ludb as PhysioNet publishes them; PATH is a Python with neurokit2. Prints Markdown tables.
// - Beats of MIT-BIH: matched one to one within 75 ms. As in ANSI/AAMI EC57, the first five minutes and the stretches of
//   ventricular flutter ([ to ]) are omitted.
// - LUDB: the marks of one lead. A wave is found if its peak is within 150 ms of that of the experts, as usual. A found wave counts
//   as false only between the first and the last mark, because the experts leave out waves at the ends.
// - Synthetic records, preset physiological, lead II: without faults, and as the preset makes them.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readAnnotations, readRecord } from '../dist/codecs/wfdb/read.js';
import { delineate } from '../dist/delineate/delineate.js';
import { presets } from '../dist/synth/presets.js';
import { Synthesizer } from '../dist/synth/synthesizer.js';

const { values: given } = parseArgs({
  options: {
    data: { type: 'string' },
    python: { type: 'string' },
    lead: { type: 'string', default: 'ii' },
    methods: { type: 'string', default: 'dwt,cwt' },
    records: { type: 'string', default: '100' },
  },
});
const waves = ['P', 'QRS', 'T'];
const parts = ['onset', 'peak', 'offset'];
const toleranceS = { beat: 0.075, wave: 0.15 };
const scratch = mkdtempSync(join(tmpdir(), 'delineation-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** Returns pairs of indices, each truth with the nearest free found time within the tolerance. */
function matched(truth, found) {
  const pairs = [];
  for (const [n, time] of truth.entries()) {
    for (const [m, other] of found.entries()) {
      const distance = Math.abs(other - time);
      if (distance <= toleranceS.wave) pairs.push({ n, m, distance });
    }
  }
  pairs.sort((a, b) => a.distance - b.distance);
  const [usedTruth, usedFound] = [new Set(), new Set()];
  return pairs.filter(({ n, m }) => {
    if (usedTruth.has(n) || usedFound.has(m)) return false;
    usedTruth.add(n);
    usedFound.add(m);
    return true;
  });
}

/** Counts and errors of waves. */
class Score {
  counts = waves.map(() => ({ hit: 0, missed: 0, wrong: 0 }));
  errors = waves.flatMap(() => parts.map(() => []));

  /** Adds a record: rows of [onset, peak, offset] in s for each wave; `isCounted` says which found waves can be wrong. */
  add(truth, found, isCounted) {
    for (const w of waves.keys()) {
      const pairs = matched(
        truth[w].map((row) => row[1]),
        found[w].map((row) => row[1]),
      );
      const used = new Set(pairs.map(({ m }) => m));
      this.counts[w].hit += pairs.length;
      this.counts[w].missed += truth[w].length - pairs.length;
      this.counts[w].wrong += found[w].filter((row, m) => !used.has(m) && isCounted(row[1])).length;
      for (const { n, m } of pairs) {
        for (const part of parts.keys()) {
          const error = 1000 * (found[w][m][part] - truth[w][n][part]);
          if (!Number.isNaN(error)) this.errors[3 * w + part].push(error);
        }
      }
    }
  }

  rows(name) {
    return waves.map((wave, w) => {
      const { hit, missed, wrong } = this.counts[w];
      const share = (all) => (all === 0 ? '-' : ((100 * hit) / all).toFixed(2));
      const errors = parts.map((_, part) => {
        const all = this.errors[3 * w + part];
        if (all.length < 2) return '-';
        const mean = all.reduce((sum, error) => sum + error, 0) / all.length;
        const sd = Math.sqrt(all.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (all.length - 1));
        return `${mean.toFixed(1)} ± ${sd.toFixed(1)}`;
      });
      return [name, wave, share(hit + missed), share(hit + wrong), ...errors];
    });
  }
}

const heads = ['', 'wave', 'sensitivity %', 'precision %', ...parts.map((part) => `${part} ms`)];
function table(title, head, rows) {
  console.log(`\n${title}\n\n| ${head.join(' | ')} |\n|${head.map(() => '---|').join('')}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
}

/** Turns flat fiducials, nine per beat, into rows of [onset, peak, offset] for each wave. */
function rowsOf(flat) {
  return waves.map((_, w) => {
    const rows = [];
    for (let at = 3 * w; at < flat.length; at += 9) {
      if (!Number.isNaN(flat[at + 1])) rows.push([...flat.slice(at, at + 3)]);
    }
    return rows;
  });
}

/** Returns the fiducials in s that NeuroKit2 finds in records of one length at 500 Hz. */
function neurokit(records, method) {
  const [fsHz, signals] = [500, records.map(({ signal }) => signal)];
  const path = join(scratch, 'signals.f32');
  const [{ length }] = signals;
  writeFileSync(path, new Uint8Array(Float32Array.from(signals.flatMap((one) => [...one])).buffer));
  const judge = join(import.meta.dirname, '../test/judges/neurokit_judge.py');
  const { status, stdout, stderr } = spawnSync(given.python, [judge, path, fsHz, length, method], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`NeuroKit2 failed: ${stderr}`);
  return JSON.parse(stdout).map((beats) =>
    (beats ?? []).flat().map((sample) => (sample === null ? Number.NaN : sample / fsHz)),
  );
}
const methods = given.python === undefined ? [] : given.methods.split(',');

const beatSymbols = new Set('NLRaVFJASEj/QB?enfr');
async function mitBih(folder) {
  const rows = {};
  const worst = [];
  const names = readdirSync(folder).filter((file) => file.endsWith('.atr'));
  let searchMs = 0;
  for (const file of names) {
    const name = file.slice(0, -4);
    const record = await readRecord(join(folder, name));
    const marks = await readAnnotations(join(folder, name), 'atr');
    const start = 300;
    const flutter = [];
    for (const { symbol, sample } of marks) {
      if (symbol === '[') flutter.push([sample / record.fsHz, Number.POSITIVE_INFINITY]);
      if (symbol === ']') flutter.at(-1)[1] = sample / record.fsHz;
    }
    const counts = (timeS) =>
      timeS >= start &&
      !flutter.some(([from, to]) => timeS >= from - toleranceS.beat && timeS <= to + toleranceS.beat);
    const truth = marks
      .filter(({ symbol }) => beatSymbols.has(symbol))
      .map(({ sample }) => sample / record.fsHz);
    const first = Math.max(0, record.leads.indexOf('MLII'));
    for (const [which, leads] of [
      ['MLII, or V5', [record.signalsMv[first]]],
      ['both leads', record.signalsMv],
    ]) {
      const before = performance.now();
      const { fiducialsS, count } = delineate(leads, record);
      if (leads.length === 1) searchMs += performance.now() - before;
      const found = Array.from({ length: count }, (_, k) => fiducialsS[9 * k + 4]);
      const pairs = near(truth, found);
      const [usedTruth, usedFound] = [new Set(pairs.map(([n]) => n)), new Set(pairs.map(([, m]) => m))];
      const hit = pairs.filter(([n]) => counts(truth[n])).length;
      const missed = truth.filter((time, n) => !usedTruth.has(n) && counts(time)).length;
      const wrong = found.filter((time, m) => !usedFound.has(m) && counts(time)).length;
      const half = Number(name) % 2 === 0 ? 'even' : 'odd';
      for (const row of [which, `${which}: ${half} numbers`]) {
        const sums = rows[row] ?? [0, 0, 0];
        rows[row] = sums.map((sum, n) => sum + [hit, missed, wrong][n]);
      }
      if (missed + wrong > 10)
        worst.push(`${name}, ${leads.length === 1 ? 'one lead' : 'both'}: ${missed} missed, ${wrong} wrong`);
    }
  }
  table(
    `Beats of ${names.length} records of MIT-BIH, within 75 ms`,
    ['leads', 'beats', 'missed', 'wrong', 'sensitivity %', 'precision %'],
    Object.entries(rows).map(([which, [hit, missed, wrong]]) => [
      ...[which, hit + missed, missed, wrong],
      ...[(100 * hit) / (hit + missed), (100 * hit) / (hit + wrong)].map((share) => share.toFixed(3)),
    ]),
  );
  console.log(`\nMore than ten errors: ${worst.join('; ')}.`);
  console.log(`One lead of 30 min took ${(searchMs / names.length).toFixed(0)} ms.`);
}

/** Matches two long sorted lists of times, each with the nearest one of the other. */
function near(truth, found) {
  const nearest = (list, time) => {
    let [low, high] = [0, list.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (list[middle] < time) low = middle;
      else high = middle;
    }
    return Math.abs(list[low] - time) <= Math.abs(list[high] - time) ? low : high;
  };
  return truth
    .map((time, n) => [n, nearest(found, time)])
    .filter(([n, m]) => Math.abs(found[m] - truth[n]) <= toleranceS.beat && nearest(truth, found[m]) === n);
}

async function ludb(folder) {
  const records = [];
  for (const file of readdirSync(join(folder, 'data')).filter((name) => name.endsWith('.hea'))) {
    const path = join(folder, 'data', file.slice(0, -4));
    const record = await readRecord(path);
    const signal = record.signalsMv[record.leads.findIndex((lead) => lead.toLowerCase() === given.lead)];
    const marks = await readAnnotations(path, given.lead);
    const truth = waves.map(() => []);
    for (const [at, { sample, symbol }] of marks.entries()) {
      const wave = symbol === 'p' ? 0 : symbol === 't' ? 2 : '()'.includes(symbol) ? -1 : 1;
      if (wave < 0) continue;
      const onset = marks[at - 1]?.symbol === '(' ? marks[at - 1].sample : Number.NaN;
      const offset = marks[at + 1]?.symbol === ')' ? marks[at + 1].sample : Number.NaN;
      truth[wave].push([onset, sample, offset].map((one) => one / record.fsHz));
    }
    const times = marks.map(({ sample }) => sample / record.fsHz);
    const [from, to] = [Math.min(...times), Math.max(...times)];
    records.push({ record, signal, truth, isCounted: (timeS) => timeS >= from && timeS <= to });
  }
  const own = new Score();
  for (const { record, signal, truth, isCounted } of records) {
    own.add(truth, rowsOf(delineate(signal, record).fiducialsS), isCounted);
  }
  const rows = own.rows('pqrst');
  for (const method of methods) {
    const score = new Score();
    const found = neurokit(records, method);
    for (const [k, { truth, isCounted }] of records.entries()) score.add(truth, rowsOf(found[k]), isCounted);
    rows.push(...score.rows(`NeuroKit2 ${method}`));
  }
  const cse = [10.2, '-', 12.7, 6.5, '-', 11.6, '-', '-', 30.6];
  rows.push(...waves.map((wave, w) => ['CSE tolerance (SD)', wave, '', '', ...cse.slice(3 * w, 3 * w + 3)]));
  table(`LUDB, ${records.length} records, lead ${given.lead}: mean error ± SD`, heads, rows);
}

async function synthetic() {
  const quiet = structuredClone(presets.physiological);
  for (const name of Object.keys(quiet.base)) {
    if (/^faults\..*(OfR|Chance|PerMinute)$/.test(name) && name !== 'faults.clipOfR') quiet.base[name] = 0;
  }
  const rows = [];
  const count = Number(given.records);
  for (const [noise, preset] of [
    ['noise off', quiet],
    ['noise on', presets.physiological],
  ]) {
    const options = { preset, fsHz: 500, seconds: 10, seed: 11, unit: 'mV' };
    const { signals, annotations } = await new Synthesizer(options).batch({
      ...{ classes: ['normal'], count, annotations: true },
    });
    const records = Array.from({ length: count }, (_, k) => {
      const { beats } = annotations.record(k);
      const truth = ['p', 'qrs', 't'].map((wave) =>
        beats.flatMap((beat) => {
          const times = beat[wave];
          return times === null || times.peakS < 0.15 || times.peakS > 9.8
            ? []
            : [[times.onsetS, times.peakS, times.offsetS]];
        }),
      );
      return { signal: signals.slice(5000 * k, 5000 * (k + 1)), truth };
    });
    const isCounted = (timeS) => timeS > 0.5 && timeS < 9.3;
    const own = new Score();
    for (const { signal, truth } of records)
      own.add(truth, rowsOf(delineate(signal, options).fiducialsS), isCounted);
    rows.push(...own.rows(`pqrst, ${noise}`));
    for (const method of methods.slice(0, 1)) {
      const score = new Score();
      const found = neurokit(records, method);
      for (const [k, { truth }] of records.entries()) score.add(truth, rowsOf(found[k]), isCounted);
      rows.push(...score.rows(`NeuroKit2 ${method}, ${noise}`));
    }
  }
  table(`${count} synthetic records of normal, lead II: mean error ± SD`, heads, rows);
}

async function speed() {
  const rows = [];
  for (const fsHz of [100, 250, 500]) {
    const count = 200;
    const { signals } = await new Synthesizer({ preset: 'physiological', fsHz, seconds: 10, seed: 2 }).batch({
      ...{ classes: ['normal', 'af'], count },
    });
    const before = process.cpuUsage();
    for (let k = 0; k < count; k++) {
      delineate(signals.subarray(10 * fsHz * k, 10 * fsHz * (k + 1)), { fsHz });
    }
    const { user, system } = process.cpuUsage(before);
    rows.push([fsHz, (((user + system) / 1e6 / count) * 10_000).toFixed(1)]);
  }
  table('CPU time of 10,000 records of 10 s', ['Hz', 's'], rows);
}

if (given.data !== undefined) {
  await mitBih(join(given.data, 'mitdb'));
  await ludb(join(given.data, 'ludb'));
}
await synthetic();
await speed();
