// Draws the pictures of the demo: five seconds of each class, a synthetic record beside a real one.

import { join } from 'node:path';
import { readAnnotations, readRecord } from '../../codecs/wfdb/read.js';
import { labelTitle, stripOf } from '../../report/class-strips.js';
import { ecgPaper } from '../../report/ecg-paper.js';
import { figures, type Markup } from '../../report/html.js';
import { type EcgClass, ecgClasses } from '../../signal/classes.js';
import { samplesOf } from '../../signal/samples.js';
import { displayNames, type EcgWindow, type WindowSet } from '../../signal/window.js';
import { syntheticExcerpt } from '../../synth/excerpt.js';

/** The real records that were found. */
export interface RealRecords {
  readonly set: WindowSet;
  /** Folder of the MIT-BIH database, whose files have annotated beats. */
  readonly mitdbFolder?: string | undefined;
}

const seconds = 5;
const fsHz = 500;

/**
 * Returns one row per class with a synthetic and a real picture; without the real one if no real record shows the
 * class. Without real records, all pictures are in one grid.
 */
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
  const preset = 'physiological';
  const excerpt = await syntheticExcerpt(ecgClass, { preset, fsHz, seconds: 2 * seconds, seed });
  return {
    svg: ecgPaper(stripOf(excerpt, seconds)),
    caption: `${labelTitle(ecgClass)}: synthetic (preset ${preset}, seed ${seed})`,
  };
}

async function realPicture(ecgClass: EcgClass, { set, mitdbFolder }: RealRecords) {
  const shown = set.windows.filter(({ classes }) => classes.length === 1 && classes[0] === ecgClass);
  const window = shown[Math.floor(0.75 * shown.length)];
  if (window === undefined) return undefined;
  const strip =
    mitdbFolder === undefined ? plainStrip(window, set.fsHz) : await mitdbStrip(window, mitdbFolder);
  const where = `${set.source}, record ${displayNames(window).recordName}, from ${strip.startS.toFixed(0)} s`;
  return { svg: ecgPaper(strip), caption: `${labelTitle(ecgClass)}: real (${where})` };
}

/** Returns the strip of a window at the rate of the training, without marks. */
function plainStrip(window: EcgWindow, rateHz: number) {
  const { signal: signalMv, leads, startS } = window;
  const title = `Record ${displayNames(window).recordName}`;
  const excerpt = { title, lead: leads[0]!, fsHz: rateHz, signalMv, annotations: [], startS };
  return stripOf(excerpt, seconds);
}

/** Returns the strip of a window from the original file of the MIT-BIH database, with its beats. */
async function mitdbStrip(window: EcgWindow, folder: string) {
  const [lead] = window.leads as [string];
  const path = join(folder, window.origin.record);
  const record = await readRecord(path);
  const annotations = await readAnnotations(path, 'atr');
  const signal = record.signalsMv[record.leads.indexOf(lead)]!;
  const first = samplesOf(window.startS, record.fsHz);
  const last = first + samplesOf(2 * seconds, record.fsHz);
  const inside = annotations.map((one) => ({ ...one, sample: one.sample - first }));
  const excerpt = {
    title: `Record ${window.origin.record}`,
    lead,
    fsHz: record.fsHz,
    signalMv: signal.subarray(first, last),
    annotations: inside,
    startS: window.startS,
  };
  return stripOf(excerpt, seconds);
}
