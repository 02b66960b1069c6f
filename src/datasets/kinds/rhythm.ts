// Reads the other PhysioNet databases in the layout of the MIT-BIH Arrhythmia Database as labelled windows: a header, its
// signals and the annotations .atr per record, at any depth. Lead II, otherwise MLII, otherwise the first. Windows and
// classes follow from the rhythms and beats (`rhythm-windows.ts`). Differences between the databases:
// - A record without rhythm changes (SVDB, most of INCART) is cut from its start. Its windows have the labels and classes
//   of their beats, and none is normal, because no one states the rhythm. In a record with rhythm changes, the part
//   before the first one is in no window.
// - All subjects of NSRDB are in sinus rhythm, so its records have the rhythm `(N`.
// - AFDB marks no beats in .atr. Its beats come from .qrsc (corrected by hand), otherwise from .qrs (a detector), where
//   each beat is N. Its `(N` means every rhythm but fibrillation, flutter and junctional rhythm. Therefore these windows
//   are not normal; the tasks `af:rest` and `(N:(AFIB` distinguish them. Records 00735 and 03665 have no signals.
// - A rhythm of Icentia11k ends at `)`, and what follows has no rhythm. Its patient is the first part of the name:
//   p00000_s00. A patient has up to 50 records of 70 min.
// - A header of INCART states its patient (75 records of 32 patients). Records 201 and 202 at 360 Hz are those of the
//   MIT-BIH Arrhythmia Database, of one person. Otherwise each record counts as one patient. SVDB names no patients.
// Sources: the pages of afdb, ltafdb, nsrdb, svdb, incartdb (1.0.0) and icentia11k-continuous-ecg (1.0) on PhysioNet;
// Tan et al., Computing in Cardiology 48, 2021.

import { join } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { isAbsent } from '../../base/files.js';
import { inputPath } from '../../codecs/input.js';
import { readAnnotations, readHeader } from '../../codecs/wfdb/read.js';
import type { Annotation } from '../../signal/window.js';
import { headersBelow } from '../header-files.js';
import type { ListedKind, RecordEntry } from '../kind.js';
import { beatsOf, type RhythmSegment, rhythmSegments, stretchesOf } from '../rhythm-windows.js';
import { mapSideBySide } from '../side-by-side.js';
import { readMillivolts } from '../wfdb-record.js';
import { isMitdb } from './mitdb.js';

/** The records of NSRDB. */
const sinusRecords = new Set(
  '16265 16272 16273 16420 16483 16539 16773 16786 16795 17052 17453 18177 18184 19088 19090 19093 19140 19830'.split(
    ' ',
  ),
);
const sinusHz = 128;
/** Annotators of beats, the preferred one first. */
const beatAnnotators = ['qrsc', 'qrs'];
const extensions = ['hea', 'dat', 'atr', ...beatAnnotators];

/** The kind `rhythm`. */
export const rhythm: ListedKind = {
  kind: 'rhythm',
  about:
    'AFDB, LTAFDB, NSRDB, SVDB, INCART, Icentia11k: windows of lead II, else MLII, else the first lead, inside one rhythm',
  tables: [],
  version: 1,
  knowsPatients: true,
  recognizes: (names) =>
    !names.has('labels.csv') &&
    !isMitdb(names) &&
    [...names].some((name) => isAnnotated(name, names) || /^p(?:0\d|10)$|^p\d{5}$/.test(name)),
  async list(folder, { signal }) {
    return mapSideBySide(await headersBelow(folder), (path) => entryOf(folder, path), signal);
  },
  async read(folder, { recordName }, options) {
    const path = (await inputPath(folder, `${recordName}.hea`, 'the header')).slice(0, -'.hea'.length);
    const { signals, fsHz } = await readHeader(path);
    if (signals.length === 0) {
      return 'its header lists no signals, so it has annotations only (in AFDB, 00735 and 03665 are published so)';
    }
    const record = await readMillivolts(path, { prefer: ['II', 'MLII'], orFirst: true }, options);
    if (typeof record === 'string') return record;
    const annotations = await readAnnotations(path, 'atr', record.fsHz);
    const { length } = record.signals[0]!;
    const segments = segmentsOf(recordName, annotations, length, fsHz);
    const typed = beatsOf(annotations);
    const beats = typed.length > 0 ? typed : await detectedBeats(path, record.fsHz);
    const stretches = stretchesOf(segments, beats, record.fsHz, options, typed.length > 0);
    if (stretches.length === 0) return `no stretch of ${options.seconds} s inside one rhythm`;
    return { ...record, stretches };
  },
};

/** Returns whether `name` is a header that has annotations .atr beside it. */
function isAnnotated(name: string, names: ReadonlySet<string>): boolean {
  return name.endsWith('.hea') && names.has(`${name.slice(0, -'.hea'.length)}.atr`);
}

async function entryOf(folder: string, path: string): Promise<RecordEntry> {
  const recordName = path.slice(0, -'.hea'.length);
  return {
    recordName,
    patientId: await patientOf(folder, recordName),
    classes: [],
    labels: [],
    files: extensions.map((extension) => `${recordName}.${extension}`),
  };
}

async function patientOf(folder: string, recordName: string): Promise<string> {
  const name = recordName.split('/').at(-1)!;
  const icentia = /^(p\d{5})_s\d+$/.exec(name)?.[1];
  if (icentia !== undefined) return icentia;
  if (!/^I\d\d$/.test(name) && name !== '202') return recordName;
  try {
    const { comments, fsHz } = await readHeader(join(folder, recordName));
    if (name === '202') return fsHz === 360 ? recordName.replace(/202$/, '201') : recordName;
    const patient = comments.map((line) => /^patient\s+(\d+)$/i.exec(line)?.[1]).find(Boolean);
    return patient === undefined ? recordName : `patient ${patient}`;
  } catch (error) {
    // The reading of the recording reports a damaged header and skips the recording.
    if (error instanceof PqrstError) return recordName;
    throw error;
  }
}

function segmentsOf(
  recordName: string,
  annotations: readonly Annotation[],
  lengthSamples: number,
  fsHz: number,
): RhythmSegment[] {
  if (annotations.some(({ symbol }) => symbol === '+')) return rhythmSegments(annotations, lengthSamples);
  const isSinus = fsHz === sinusHz && sinusRecords.has(recordName.split('/').at(-1)!);
  return [{ startSample: 0, endSample: lengthSamples, rhythm: isSinus ? '(N' : undefined }];
}

/** Returns the beats of the best other annotator, times in samples at `fsHz`; none if there is no other annotator. */
async function detectedBeats(path: string, fsHz: number): Promise<Annotation[]> {
  for (const annotator of beatAnnotators) {
    try {
      return beatsOf(await readAnnotations(path, annotator, fsHz));
    } catch (error) {
      if (!(error instanceof PqrstError) || !isAbsent(error.cause)) throw error;
    }
  }
  return [];
}
