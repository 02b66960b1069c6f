// ECGs in the report of an experiment: each label's real windows beside synthetic records (figures 1-4 of Nonaka and
// Seita 2026), and how a window is drawn: on ECG paper in rows of five seconds, in mV where its amplitudes are mV.

import { standardize } from '../../batches/augment.js';
import { describeWindow } from '../../batches/batches.js';
import { readerNamed } from '../../datasets/kinds.js';
import { splitSpecs } from '../../datasets/specs.js';
import { labelTitle, stripOf } from '../../report/class-strips.js';
import { ecgPaper, type PaperStrip } from '../../report/ecg-paper.js';
import { figures, type Markup, words } from '../../report/html.js';
import type { Prediction } from '../../score/predictions.js';
import { ecgClasses } from '../../signal/classes.js';
import type { Excerpt } from '../../signal/excerpt.js';
import type { EcgWindow } from '../../signal/window.js';
import { syntheticExcerpt } from '../../synth/excerpt.js';
import type { ExperimentConfig } from '../config.js';
import { labelWord } from './wording.js';

const rowS = 5;
/** Of a window no more is drawn. */
const mostS = 10;
const examples = 2;

/** Of each of the task's labels that is wanted two synthetic records where the simulator knows it, and two of the judged windows. */
export async function classFigures(
  labels: readonly string[],
  wanted: readonly string[],
  config: ExperimentConfig,
  judged: readonly Prediction[],
  find: (window: Prediction) => EcgWindow | undefined,
): Promise<Markup[]> {
  const parts: Markup[] = [];
  for (const [at, label] of labels.entries()) {
    if (!wanted.includes(label)) continue;
    const synthetic = config.settings.includes('syn') ? await syntheticFigures(label, config) : [];
    const own = judged.filter((window) => window.label === at);
    const real = spread(own, examples).flatMap((window) => {
      const found = find(window);
      if (found === undefined) return [];
      const { svg, note } = drawWindow(found, config.fsHz, config.data);
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

async function syntheticFigures(label: string, { preset, fsHz, seconds: wholeS, seed }: ExperimentConfig) {
  const ecgClass = ecgClasses.find((name) => name === label);
  if (ecgClass === undefined) return [];
  const drawn = [];
  for (let index = 0; index < examples; index++) {
    const length = Math.min(wholeS, mostS);
    const excerpt = await syntheticExcerpt(ecgClass, { preset, fsHz, seconds: length, seed, index });
    const made = typeof preset === 'string' ? `preset ${preset}` : 'own spec';
    const caption = `Synthetic, ${labelWord(label)}: ${made}, seed ${seed}, record ${index}.`;
    drawn.push({ svg: draw(excerpt), caption });
  }
  return drawn;
}

/** `count` windows of different patients, far apart in the set. */
function spread(windows: readonly Prediction[], count: number): Prediction[] {
  const patients = [...new Set(windows.map(({ patientId }) => patientId))];
  const kept = Math.min(count, patients.length);
  return Array.from({ length: kept }, (_, at) => {
    const patient = patients[Math.floor(((at + 0.5) * patients.length) / kept)];
    const own = windows.filter(({ patientId }) => patientId === patient);
    return own[own.length >> 1]!;
  });
}

/** A window on paper, and what must be said of its scale and length; `sources` are the data sets it may be of. */
export function drawWindow(
  window: EcgWindow,
  fsHz: number,
  sources: readonly string[],
): { readonly svg: string; readonly note: string } {
  const { recordName, signalMv, startS, lead = 'lead not named' } = window;
  const isMv = !hasScaledAmplitudes(recordName, sources) && !isZScored(signalMv);
  const drawn = isMv ? signalMv : new Float32Array(signalMv.length);
  if (!isMv) standardize(signalMv, drawn, describeWindow(window));
  const excerpt = { title: `Record ${recordName}`, lead, fsHz, signalMv: drawn, annotations: [], startS };
  const wholeS = signalMv.length / fsHz;
  const notes = [
    ...(isMv ? [] : [' Drawn 5 mm/SD: its amplitudes are no millivolts.']),
    ...(wholeS > mostS ? [` The first ${mostS} s of ${Number(wholeS.toFixed(1))} s.`] : []),
  ];
  return { svg: draw(excerpt, isMv ? 'mV' : 'zscore'), note: notes.join('') };
}

/** Of merged sets a record's name begins with its kind. */
function hasScaledAmplitudes(recordName: string, sources: readonly string[]): boolean {
  const all = sources.flatMap(splitSpecs);
  return readerNamed(all.length === 1 ? all[0]! : recordName)?.hasScaledAmplitudes === true;
}

/** As a z-scored corpus or array gives it. A recording in mV hardly ever has a mean of 0 and an SD of 1 as close. */
function isZScored(signal: Float32Array): boolean {
  const mean = signal.reduce((sum, value) => sum + value, 0) / signal.length;
  const square = signal.reduce((sum, value) => sum + (value - mean) ** 2, 0) / signal.length;
  return Math.abs(mean) < 0.002 && Math.abs(Math.sqrt(square) - 1) < 0.02;
}

function draw(excerpt: Excerpt, unit: PaperStrip['unit'] = 'mV'): string {
  const wholeS = Math.min(mostS, excerpt.signalMv.length / excerpt.fsHz);
  return ecgPaper({ ...stripOf(excerpt, wholeS), rowS, unit });
}

export function secondsText(startS: number): string {
  return `${Math.round(startS * 10) / 10} s`;
}
