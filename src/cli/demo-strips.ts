// The pictures of the demo: five seconds of each class, synthetic beside real.

import { join } from 'node:path';
import { type EcgClass, ecgClasses } from '../classes.js';
import type { Annotation, EcgWindow, WindowSet } from '../records/record.js';
import { readAnnotations, readRecord } from '../records/wfdb/read.js';
import { ecgPaper } from '../report/ecg-paper.js';
import { figures, type Markup } from '../report/html.js';
import { marksFromAnnotations } from '../report/marks.js';
import { toWfdbAnnotations } from '../synth/annotations.js';
import { Synthesizer } from '../synth/synthesizer.js';

/** Real records at hand: their windows, and the folder where MIT-BIH's own files with their beats stand. */
export interface RealRecords {
  readonly set: WindowSet;
  readonly mitdbFolder?: string | undefined;
}

export const classTitles: Readonly<Record<EcgClass, string>> = {
  normal: 'Normal sinus rhythm',
  af: 'Atrial fibrillation (AF)',
  aflt: 'Atrial flutter (AFLT)',
  pvc: 'Premature ventricular contraction (PVC)',
  wpw: 'Wolff-Parkinson-White (WPW)',
};

const seconds = 5;
const fsHz = 500;

/** Two pictures a class in a row (one where no real record shows it); without real records all in one grid. */
export async function classPictures(seed: number, real: RealRecords | undefined): Promise<Markup[]> {
  const synthetic = [];
  for (const ecgClass of ecgClasses) synthetic.push(await syntheticPicture(ecgClass, seed));
  if (real === undefined) return [figures(synthetic, 'ecg')];
  const rows: Markup[] = [];
  for (const [at, ecgClass] of ecgClasses.entries()) {
    const recorded = await realPicture(ecgClass, real);
    rows.push(figures([synthetic[at]!, ...(recorded === undefined ? [] : [recorded])], 'ecg'));
  }
  return rows;
}

async function syntheticPicture(ecgClass: EcgClass, seed: number) {
  const synthesizer = new Synthesizer({ preset: 'clinical', fsHz, seconds: 2 * seconds, seed, unit: 'mV' });
  const batch = await synthesizer.batch({ classes: [ecgClass], count: 1, annotations: true });
  const annotations = toWfdbAnnotations(batch.annotations!.record(0), fsHz);
  const name = ecgClass === 'normal' ? 'normal' : ecgClass.toUpperCase();
  const strip = cut(`Synthetic ${name}`, 'II', batch.signals, annotations, fsHz, 0);
  return {
    svg: ecgPaper(strip),
    caption: `${classTitles[ecgClass]}: synthetic (preset clinical, seed ${seed})`,
  };
}

async function realPicture(ecgClass: EcgClass, { set, mitdbFolder }: RealRecords) {
  const shown = set.windows.filter(({ classes }) => classes.length === 1 && classes[0] === ecgClass);
  const window = shown[Math.floor(0.75 * shown.length)];
  if (window === undefined) return undefined;
  const strip =
    mitdbFolder === undefined ? plainStrip(window, set) : await mitdbStrip(window, mitdbFolder, set.lead);
  const where = `${set.source}, record ${window.recordName}, from ${strip.startS.toFixed(0)} s`;
  return { svg: ecgPaper(strip), caption: `${classTitles[ecgClass]}: real (${where})` };
}

/** The window at the rate that training sees, where no beats are annotated. */
function plainStrip(window: EcgWindow, set: WindowSet) {
  return cut(`Record ${window.recordName}`, set.lead, window.signalMv, [], set.fsHz, window.startS);
}

async function mitdbStrip(window: EcgWindow, folder: string, lead: string) {
  const path = join(folder, window.recordName);
  const record = await readRecord(path);
  const annotations = await readAnnotations(path, 'atr');
  const signal = record.signalsMv[record.leads.indexOf(lead)]!;
  const first = Math.round(window.startS * record.fsHz);
  const last = first + Math.round(2 * seconds * record.fsHz);
  const inside = annotations.map((one) => ({ ...one, sample: one.sample - first }));
  const name = `Record ${window.recordName}`;
  return cut(name, lead, signal.subarray(first, last), inside, record.fsHz, window.startS);
}

/** Five of the window's ten seconds: its first ones, or those around its first ventricular beat. */
function cut(
  title: string,
  lead: string,
  signal: Float32Array,
  annotations: readonly Annotation[],
  rateHz: number,
  windowStartS: number,
) {
  const ectopic = annotations.find(({ symbol, sample }) => symbol === 'V' && sample >= 0);
  const wanted = ectopic === undefined ? 0 : Math.floor(ectopic.sample / rateHz - seconds / 2);
  const from = Math.min(Math.max(0, wanted), signal.length / rateHz - seconds);
  const first = Math.round(from * rateHz);
  return {
    title,
    lead,
    fsHz: rateHz,
    unit: 'mV' as const,
    signal: signal.subarray(first, first + seconds * rateHz),
    startS: windowStartS + from,
    marks: marksFromAnnotations(annotations, rateHz, from, seconds),
  };
}
