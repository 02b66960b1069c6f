// ECGs in the report of an experiment: real windows of each label beside synthetic records (figures 1-4 of Nonaka and
// Seita 2026), drawn on ECG paper in rows of five seconds.

import { describeWindow } from '../../batches/batches.js';
import { labelTitle, stripOf } from '../../report/class-strips.js';
import { ecgPaper, type PaperStrip } from '../../report/ecg-paper.js';
import { figures, type Markup, words } from '../../report/html.js';
import type { Prediction } from '../../score/predictions.js';
import type { EcgClass } from '../../signal/classes.js';
import type { Excerpt } from '../../signal/excerpt.js';
import { filterSignal } from '../../signal/filter.js';
import { canonicalLead } from '../../signal/leads.js';
import { labelAt } from '../../signal/source.js';
import { standardize } from '../../signal/standardize.js';
import { type LabelTask, simulatedClasses } from '../../signal/tasks.js';
import { displayNames, type EcgWindow } from '../../signal/window.js';
import { specOf } from '../../synth/check.js';
import { syntheticExcerpt } from '../../synth/excerpt.js';
import { modelOf } from '../../synth/model.js';
import type { ExperimentConfig } from '../config.js';
import { labelWord } from './wording.js';

const rowS = 5;
/** The largest drawn length of a window, in seconds. */
const mostS = 10;
const examples = 2;

/**
 * Draws two real windows of each wanted label and, if the simulator makes the label, two synthetic records beside them. The
 * synthetic records of the rest are of two different classes.
 *
 * @param wanted - The labels to draw.
 * @param tested - The windows of the held-back test; `find` returns the signal of a window, or undefined if it is not
 * available.
 */
export async function classFigures(
  task: LabelTask,
  wanted: readonly string[],
  config: ExperimentConfig,
  tested: readonly Prediction[],
  find: (window: Prediction) => EcgWindow | undefined,
): Promise<Markup[]> {
  const parts: Markup[] = [];
  const { preset, ownClasses } = config;
  const simulated = config.settings.includes('syn')
    ? simulatedClasses(task, modelOf(specOf(preset, ownClasses)).offered, ownClasses)
    : undefined;
  for (const [at, label] of task.labels.entries()) {
    if (!wanted.includes(label)) continue;
    const synthetic = await syntheticFigures(simulated?.[at] ?? [], config);
    const own = tested.filter((window) => window.label === at);
    const real = spread(own, examples).flatMap((window) => {
      const found = find(window);
      if (found === undefined) return [];
      const { svg, note } = drawWindow(found, config.fsHz);
      const where = `record ${window.recordName}, patient ${window.patientId}, from ${secondsText(window.startS)}`;
      return [{ svg, caption: `Real, ${labelWord(label)}: ${where}.${note}` }];
    });
    if (synthetic.length + real.length === 0) continue;
    parts.push(words(labelTitle(label), 'label'));
    for (let row = 0; row < examples; row++) {
      const pair = [synthetic[row], real[row]].filter((one) => one !== undefined);
      if (pair.length > 0) parts.push(figures(pair, 'ecg'));
    }
  }
  return parts;
}

async function syntheticFigures(classes: readonly EcgClass[], config: ExperimentConfig) {
  const { preset, ownClasses, fsHz, seconds: wholeS, seed, filter } = config;
  const drawn = [];
  for (let index = 0; index < examples && classes.length > 0; index++) {
    const ecgClass = labelAt(classes, index);
    const seconds = filter === undefined ? Math.min(wholeS, mostS) : wholeS;
    const options = { preset, ...(ownClasses && { ownClasses }), fsHz, seconds, seed, index };
    const excerpt = await syntheticExcerpt(ecgClass, options);
    const made = typeof preset === 'string' ? `preset ${preset}` : 'own spec';
    const caption = `Synthetic, ${labelWord(ecgClass)}: ${made}, seed ${seed}, record ${index}.`;
    const signalMv = filter === undefined ? excerpt.signalMv : filterSignal(excerpt.signalMv, fsHz, filter);
    drawn.push({ svg: draw({ ...excerpt, signalMv }), caption });
  }
  return drawn;
}

/** Returns `count` windows of different patients, far apart in the set. */
function spread(windows: readonly Prediction[], count: number): Prediction[] {
  const patients = [...new Set(windows.map(({ patientId }) => patientId))];
  const kept = Math.min(count, patients.length);
  return Array.from({ length: kept }, (_, at) => {
    const patient = patients[Math.floor(((at + 0.5) * patients.length) / kept)];
    const own = windows.filter(({ patientId }) => patientId === patient);
    return own[own.length >> 1]!;
  });
}

/**
 * Draws a window on ECG paper: its lead II, or its first lead if it has no lead II. Amplitudes that are not mV are drawn in
 * SD.
 *
 * @returns The drawing, and a note on its lead, scale and length.
 */
export function drawWindow(window: EcgWindow, fsHz: number): { readonly svg: string; readonly note: string } {
  const { unit, leads, startS } = window;
  const shown = Math.max(0, leads.map(canonicalLead).indexOf('II'));
  const length = window.signal.length / leads.length;
  const signal = window.signal.subarray(shown * length, (shown + 1) * length);
  const isMv = unit === 'mV';
  const drawn = isMv ? signal : new Float32Array(length);
  if (!isMv) standardize(signal, drawn, describeWindow(window));
  const title = `Record ${displayNames(window).recordName}`;
  const excerpt = { title, lead: leads[shown]!, fsHz, signalMv: drawn, annotations: [], startS };
  const wholeS = length / fsHz;
  const notes = [
    ...(leads.length > 1 ? [` Lead ${leads[shown]} of ${leads.length}.`] : []),
    ...(isMv ? [] : [' Drawn 5 mm/SD: its amplitudes are not millivolts.']),
    ...(wholeS > mostS ? [` The first ${mostS} s of ${Number(wholeS.toFixed(1))} s.`] : []),
  ];
  return { svg: draw(excerpt, isMv ? 'mV' : 'zscore'), note: notes.join('') };
}

function draw(excerpt: Excerpt, unit: PaperStrip['unit'] = 'mV'): string {
  const wholeS = Math.min(mostS, excerpt.signalMv.length / excerpt.fsHz);
  return ecgPaper({ ...stripOf(excerpt, wholeS), rowS, unit });
}

/** Returns a time as `12.3 s`. */
export function secondsText(startS: number): string {
  return `${Math.round(startS * 10) / 10} s`;
}
