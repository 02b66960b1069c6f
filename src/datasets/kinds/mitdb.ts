// Reads the MIT-BIH Arrhythmia Database as labelled windows of lead MLII. A window is completely inside one rhythm:
// each rhythm segment is cut into consecutive windows from its start. The classes follow from the rhythm and from every
// beat in the window: `(AFIB` with a V beat is af and pvc, `(N` with R beats is crbbb. `(N` with only N beats is
// normal. `(BII` states no type, so it gives both types of second-degree AV block. Windows with other rhythms and beats
// have no class.
// Source: Moody & Mark, IEEE Eng Med Biol 20(3), 2001; the directory of the database (records 201 and 202 are of one
// person).

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { unreadable } from '../../codecs/input.js';
import { beatSymbols } from '../../codecs/wfdb/annotations.js';
import { readAnnotations } from '../../codecs/wfdb/read.js';
import { classesOfCodes } from '../../signal/class-table.js';
import type { Annotation, WindowOptions } from '../../signal/window.js';
import type { ListedKind, Stretch } from '../kind.js';
import { readMillivolts } from '../wfdb-record.js';
import { tile } from '../windows.js';

const samePatient: Readonly<Record<string, string>> = { '202': '201' };

/** The kind `mitdb`. A patient has the name of the patient's first record. */
export const mitdb: ListedKind = {
  kind: 'mitdb',
  about:
    'MIT-BIH Arrhythmia 1.0.0: windows of lead MLII inside one rhythm; labels: its rhythm, such as (AFIB, and its beats',
  tables: [],
  version: 3,
  knowsPatients: true,
  recognizes: (names) => names.has('100.atr') || names.has('200.atr'),
  async list(folder) {
    const files = await readdir(folder).catch((cause) => {
      throw unreadable(folder, 'the folder', cause);
    });
    const names = files.filter((file) => file.endsWith('.hea')).map((file) => file.slice(0, -4));
    return names.sort().map((recordName) => ({
      recordName,
      patientId: samePatient[recordName] ?? recordName,
      classes: [],
      labels: [],
      files: ['hea', 'dat', 'atr'].map((extension) => `${recordName}.${extension}`),
    }));
  },
  async read(folder, { recordName }, options) {
    const path = join(folder, recordName);
    const record = await readMillivolts(path, { prefer: ['MLII'] }, options);
    if (typeof record === 'string') return record;
    const annotations = await readAnnotations(path, 'atr', record.fsHz);
    const stretches = rhythmStretches(annotations, record.signals[0]!.length, record.fsHz, options);
    if (stretches.length === 0) return `no stretch of ${options.seconds} s inside one rhythm`;
    return { ...record, stretches };
  },
};

/** Returns the windows inside each rhythm segment with their classes, rhythm and beats; times in samples at `fsHz`. */
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
      return {
        startSample,
        classes: classesOf(change.aux, symbols),
        labels: [change.aux, ...[...symbols].sort()],
      };
    });
  });
}

function classesOf(rhythm: string, beats: ReadonlySet<string>): string[] {
  if (rhythm === '(N' && beats.size === 1 && beats.has('N')) return ['normal'];
  return classesOfCodes([rhythm, ...beats], 'wfdb');
}
