// Converts annotations, read from WFDB files or generated with a synthetic record, to marks on ECG paper: beats, waves
// between `(` and `)`, and rhythms in words.

import type { RecordAnnotations, WaveTimes } from '../signal/beats.js';
import type { Annotation } from '../signal/window.js';
import type { WaveKind } from './paper.js';
import type { PaperMarks, PaperWave } from './paper-marks.js';

/** WFDB codes of beats (PhysioBank's table). Every other annotation is a wave, a rhythm or a comment. */
const beatSymbols = new Set('NLRBAaJSVrFejnE/fQ?'.split(''));

const rhythmWords: Record<string, string> = {
  '(N': 'Sinus rhythm',
  '(AFIB': 'Atrial fibrillation',
  '(AFL': 'Atrial flutter',
  '(B': 'Ventricular bigeminy',
  '(T': 'Ventricular trigeminy',
  '(VT': 'Ventricular tachycardia',
  '(PREX': 'Pre-excitation (WPW)',
  '(SBR': 'Sinus bradycardia',
  '(SVTA': 'Supraventricular tachycardia',
  '(AB': 'Atrial bigeminy',
  '(BI': 'First-degree AV block',
  '(BII': 'Second-degree AV block',
  '(B3': 'Third-degree AV block',
  '(IVR': 'Idioventricular rhythm',
  '(NOD': 'Nodal rhythm',
  '(P': 'Paced rhythm',
};

/**
 * Returns the marks of the section [startS, startS + seconds) of a recording, with times relative to startS.
 * A beat between an onset and an offset is marked as a beat and as a QRS wave, as in LUDB.
 */
export function marksFromAnnotations(
  annotations: readonly Annotation[],
  fsHz: number,
  startS: number,
  seconds: number,
): PaperMarks {
  const at = (annotation: Annotation) => annotation.sample / fsHz - startS;
  const inside = (timeS: number) => timeS >= 0 && timeS < seconds;
  const beats: { timeS: number; type: string }[] = [];
  const waves: PaperWave[] = [];
  const rhythms: { startS: number; label: string }[] = [];
  let onsetS = Number.NaN;
  let open: { kind: WaveKind; peakS: number } | undefined;
  const close = (offsetS: number) => {
    if (open !== undefined && (inside(open.peakS) || inside(offsetS)))
      waves.push({ ...open, onsetS, offsetS });
    open = undefined;
    onsetS = Number.NaN;
  };
  const delineated = annotations.some(({ symbol }) => symbol === '(');
  for (const annotation of annotations) {
    const timeS = at(annotation);
    const { symbol, aux } = annotation;
    if (symbol === '(') onsetS = timeS;
    else if (symbol === ')') close(timeS);
    else if (symbol === 'p') open = { kind: 'P', peakS: timeS };
    else if (symbol === 't') open = { kind: 'T', peakS: timeS };
    else if (symbol === '+' && aux.startsWith('(')) {
      const label = rhythmWords[aux] ?? aux.slice(1);
      if (timeS <= 0) rhythms.splice(0, rhythms.length, { startS: 0, label });
      else if (timeS < seconds) rhythms.push({ startS: timeS, label });
    } else if (beatSymbols.has(symbol)) {
      if (inside(timeS)) beats.push({ timeS, type: symbol });
      if (delineated) open = { kind: 'QRS', peakS: timeS };
    }
  }
  return { beats, waves, rhythms };
}

/** Returns the marks of a synthetic record, exact to a fraction of a sample. */
export function recordMarks(record: RecordAnnotations): PaperMarks {
  const wave = (kind: WaveKind, times: WaveTimes | null) => (times === null ? [] : [{ kind, ...times }]);
  return {
    beats: record.beats.map(({ timeS, type }) => ({ timeS, type })),
    waves: record.beats.flatMap(({ p, qrs, t }) => [...wave('P', p), ...wave('QRS', qrs), ...wave('T', t)]),
    rhythms: record.rhythms.map(({ timeS, rhythm }) => {
      return { startS: timeS, label: rhythmWords[rhythm] ?? rhythm.slice(1) };
    }),
  };
}
