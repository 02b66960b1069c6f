// The MIT-BIH Arrhythmia Database as labelled windows of lead MLII. A window lies wholly inside one rhythm: each
// rhythm segment is tiled from its start, without overlap. (N with only N beats is normal, (N with a V beat is pvc,
// (AFIB af, (AFL aflt, (PREX wpw; every other window is kept without a class.
// Source: Moody & Mark, IEEE Eng Med Biol 20(3), 2001; the database's directory (records 201 and 202: one person).

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EcgClass } from '../classes.js';
import { unreadable } from './input.js';
import type { Annotation, EcgWindow, SkippedRecord, WindowOptions, WindowSet } from './record.js';
import { beatSymbols } from './wfdb/annotations.js';
import { readAnnotations, readRecord } from './wfdb/read.js';
import { cutWindows, loadEach, notEmpty, type Stretch, tile, windowLength } from './windows.js';

const lead = 'MLII';
const rhythmClass: Readonly<Record<string, EcgClass>> = { '(AFIB': 'af', '(AFL': 'aflt', '(PREX': 'wpw' };
const samePatient: Readonly<Record<string, string>> = { '202': '201' };

/** The windows of the database in `folder`; patients are named by their (first) record. */
export async function loadMitdb(folder: string, options: WindowOptions): Promise<WindowSet> {
  const lengthSamples = windowLength(options);
  const files = await readdir(folder).catch((cause) => {
    throw unreadable(folder, 'the folder', cause);
  });
  const names = files.filter((file) => file.endsWith('.hea')).map((file) => file.slice(0, -4));
  const loaded = await loadEach(names.sort(), options, String, (name, skipped) =>
    loadRecord(folder, name, options, skipped),
  );
  return notEmpty({ source: `mitdb:${folder}`, fsHz: options.fsHz, lengthSamples, lead, ...loaded });
}

async function loadRecord(
  folder: string,
  recordName: string,
  options: WindowOptions,
  skipped: SkippedRecord[],
): Promise<EcgWindow[]> {
  const path = join(folder, recordName);
  const record = await readRecord(path, options);
  const annotations = await readAnnotations(path, 'atr');
  const index = record.leads.indexOf(lead);
  if (index < 0) {
    skipped.push({ recordName, reason: `no lead ${lead}; it has ${record.leads.join(', ')}` });
    return [];
  }
  const stretches = rhythmStretches(annotations, record.signalsMv[index]!.length, record.fsHz, options);
  if (stretches.length === 0) {
    skipped.push({ recordName, reason: `no stretch of ${options.seconds} s inside one rhythm` });
  }
  const patientId = samePatient[recordName] ?? recordName;
  return cutWindows({ record, lead: index, recordName, patientId }, stretches, options, skipped);
}

/** The windows inside each rhythm segment and their classes; times in samples at `fsHz`. */
export function rhythmStretches(
  annotations: readonly Annotation[],
  lengthSamples: number,
  fsHz: number,
  options: WindowOptions,
): Stretch[] {
  const changes = annotations.filter(({ symbol, aux }) => symbol === '+' && aux.startsWith('('));
  const beats = annotations.filter(({ symbol }) => beatSymbols.has(symbol));
  const windowSamples = options.seconds * fsHz;
  let beat = 0;
  return changes.flatMap((change, n) => {
    const end = Math.min(changes[n + 1]?.sample ?? lengthSamples, lengthSamples);
    return tile(change.sample, end, fsHz, options).map((startSample) => {
      while (beat < beats.length && beats[beat]!.sample < startSample) beat++;
      const symbols = new Set<string>();
      for (let at = beat; at < beats.length && beats[at]!.sample < startSample + windowSamples; at++) {
        symbols.add(beats[at]!.symbol);
      }
      return { startSample, classes: classesOf(change.aux, symbols) };
    });
  });
}

function classesOf(rhythm: string, beats: ReadonlySet<string>): EcgClass[] {
  if (rhythm === '(N') {
    if (beats.has('V')) return ['pvc'];
    return beats.size === 1 && beats.has('N') ? ['normal'] : [];
  }
  const found = rhythmClass[rhythm];
  return found === undefined ? [] : [found];
}
