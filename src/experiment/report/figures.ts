// ECGs in the report of an experiment: real windows of each label beside synthetic records (figures 1-4 of Nonaka and
// Seita 2026), drawn on ECG paper in rows of five seconds.

import { drawExcerpt, drawWindow, labelTitle, secondsText } from '../../report/class-strips.js';
import { figures, type Markup, words } from '../../report/html.js';
import type { Prediction } from '../../score/predictions.js';
import type { EcgClass } from '../../signal/classes.js';
import { filterSignal } from '../../signal/filter.js';
import { labelAt } from '../../signal/source.js';
import { type LabelTask, simulatedClasses } from '../../signal/tasks.js';
import type { EcgWindow } from '../../signal/window.js';
import { specOf } from '../../synth/check.js';
import { syntheticExcerpt } from '../../synth/excerpt.js';
import { modelOf } from '../../synth/model.js';
import type { ExperimentConfig } from '../config.js';
import { sourceParts } from '../source-names.js';
import { labelWord } from './wording.js';

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
  const { preset, ownClasses, labelMap } = config;
  const { kind } = sourceParts(config.sources[0]!);
  const isSimulated = config.settings.includes('syn') && (kind === 'simulator' || kind === 'both');
  const simulated = isSimulated
    ? simulatedClasses(task, modelOf(specOf(preset, ownClasses)).offered, ownClasses, labelMap)
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
    drawn.push({ svg: drawExcerpt({ ...excerpt, signalMv }), caption });
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
