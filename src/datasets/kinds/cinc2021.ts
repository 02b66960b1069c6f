// Reads the sources of the PhysioNet/CinC Challenges 2020 and 2021 (CPSC 2018, INCART, PTB, PTB-XL, Georgia,
// Chapman-Shaoxing, Ningbo) as labelled windows of lead II. The folder has WFDB headers at any depth, whose `# Dx:`
// lines state the diagnoses as SNOMED CT codes. The codes and the challenge's abbreviations for them are the labels.
// - A window has each class of `class-table.ts` whose code the recording has. Sinus rhythm gives the class normal only
//   if it is the sole diagnosis. Some codes are labels without a class: atrial fibrillation AND flutter as one code
//   (195080001), pre-excitation without the pattern (195060002). Bigeminy and trigeminy are classes of their own and
//   not also pvc, because those of PTB-XL may be atrial.
// - Ningbo states flutter 7,615 times and fibrillation never (by the challenge's own counts), so its flutter probably
//   includes fibrillation.
// - A diagnosis holds for the whole recording. Recordings of up to 150 s (CPSC has 6-144 s, PTB 30-120 s) are cut into
//   windows, and each window has the diagnosis, even if the premature beat is in another window. In a longer recording
//   (INCART: 30 min) many windows do not show the diagnosis, so its windows have the labels but no class.
// - Headers name no patient, so each recording counts as one patient. A patient with several recordings (in PTB, PTB-XL
//   or INCART) may be on both sides of a split. The recordings of PTB-XL are also those of `ptb-xl:DIR`.
// - Links to folders are not followed.
// Source: Perez Alday et al., Physiological Measurement 41, 2020; Reyna et al., Computing in Cardiology 48, 2021.

import { readdir } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import { PqrstError } from '../../base/errors.js';
import { inputPath, unreadable } from '../../codecs/input.js';
import type { WfdbHeader } from '../../codecs/wfdb/header.js';
import { readHeader } from '../../codecs/wfdb/read.js';
import { classesOfCodes } from '../../signal/class-table.js';
import { flawedEntry, type ListedKind, type RecordEntry } from '../kind.js';
import { mapSideBySide } from '../side-by-side.js';
import { readMillivolts } from '../wfdb-record.js';
import { tileRecord } from '../windows.js';
import { snomedAbbreviations } from './snomed.js';

const sinusRhythm = '426783006';
/** Longest recording, in s, whose windows all have its diagnosis. */
const longestS = 150;
/**
 * Headers: A0001 (CPSC), Q0001 (CPSC extra), I0001 (INCART), S0001 (PTB), HR00001 (PTB-XL), E00001 (Georgia), JS00001.
 */
const sourceNames = /^(?:[AQIS]\d{4}|E\d{5}|HR\d{5}|JS\d{5})\.hea$/;
const sourceFolders =
  /^(?:cpsc_2018(?:_extra)?|st_petersburg_incart|ptb-xl|ptb|georgia|chapman_shaoxing|ningbo|WFDBRecords)$/;

/** The kind `cinc2021`: one source, or a folder of several. */
export const cinc2021: ListedKind = {
  kind: 'cinc2021',
  about:
    'sources of the CinC Challenges 2020 and 2021: lead II, SNOMED CT codes (each recording counts as a patient)',
  tables: [],
  version: 3,
  // A folder with a table of labels is of the kind `folder`.
  recognizes: (names) =>
    !names.has('labels.csv') && [...names].some((name) => sourceNames.test(name) || sourceFolders.test(name)),
  async list(folder, { signal }) {
    return mapSideBySide(await headersBelow(folder), (path) => entryOf(folder, path), signal);
  },
  async read(folder, entry, options) {
    const path = await inputPath(folder, entry.files[0]!, 'the header');
    const record = await readMillivolts(path, { prefer: ['II'] }, options);
    return typeof record === 'string' ? record : tileRecord(record, entry, options);
  },
};

/** Returns the paths of the headers in `folder` at any depth, relative to it and with `/`, sorted by name. */
async function headersBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause) => {
    throw unreadable(folder, 'the folder', cause);
  });
  return (
    found
      // Archives of macOS contain a file `._NAME` beside each file.
      .filter(({ name }) => name.endsWith('.hea') && !name.startsWith('._'))
      .filter((one) => !one.isDirectory())
      .map((one) => relative(folder, join(one.parentPath, one.name)).replaceAll(sep, '/'))
      .sort()
  );
}

async function entryOf(folder: string, path: string): Promise<RecordEntry> {
  const recordName = path.slice(0, -'.hea'.length);
  let header: WfdbHeader | undefined;
  try {
    header = await readHeader(await inputPath(folder, path, 'the header'));
  } catch (error) {
    if (!(error instanceof PqrstError)) throw error;
    if (error.code === 'ERR_PATH_OUTSIDE') return flawedEntry(recordName, error.message);
    // The reading of the recording reports a damaged header and skips the recording.
  }
  const codes = header === undefined ? [] : diagnosesOf(header);
  const isLong = header !== undefined && (header.lengthFrames ?? 0) / header.fsHz > longestS;
  const signalFiles = new Set(
    header?.signals.map(({ fileName }) => posix.join(posix.dirname(path), fileName)),
  );
  return {
    recordName,
    patientId: recordName,
    classes: isLong ? [] : classesOf(codes),
    labels: [...new Set(codes.flatMap((code) => [code, snomedAbbreviations.get(code) ?? code]))],
    files: [path, ...signalFiles],
  };
}

/** Returns the codes of the lines `# Dx: 426783006,59118001` or `#Dx: ...`, each once. */
function diagnosesOf({ comments }: WfdbHeader): string[] {
  const lists = comments.map((line) => /^Dx\s*:(.*)$/i.exec(line)?.[1] ?? '');
  return [...new Set(lists.flatMap((list) => list.match(/\d+/g) ?? []))];
}

function classesOf(codes: readonly string[]): string[] {
  if (codes.length === 1 && codes[0] === sinusRhythm) return ['normal'];
  return classesOfCodes(codes, 'snomed').filter((name) => name !== 'normal');
}
