// Selects the most confident mistakes of a model and draws them with the answer of every setting.

import { drawWindow, secondsText } from '../../report/class-strips.js';
import { figures, type Markup } from '../../report/html.js';
import type { BaseSetting } from '../../run/settings.js';
import type { Prediction, RunPredictions } from '../../score/predictions.js';
import { claimOf } from '../../score/sweep.js';
import type { LabelTask } from '../../signal/tasks.js';
import type { EcgWindow } from '../../signal/window.js';
import { fixed, labelWord, settingTitles } from './wording.js';

/** Number of drawn false positives, and of drawn false negatives. */
const mistakes = 4;

/** A test window with the probabilities of its labels, averaged over the runs. */
export interface MeanWindow extends Prediction {
  readonly runs: number;
}

/** Returns a key that identifies a window within a test set. */
export function windowKey({ recordName, startS }: Pick<Prediction, 'recordName' | 'startS'>): string {
  return `${startS} ${recordName}`;
}

/** Returns every test window once, by `windowKey`, with its probabilities averaged over the runs. */
export function meanOverRuns(runs: readonly RunPredictions[]): Map<string, MeanWindow> {
  const means = new Map<string, MeanWindow>();
  for (const window of runs.flatMap((run) => run.windows)) {
    const key = windowKey(window);
    const before = means.get(key);
    const count = (before?.runs ?? 0) + 1;
    const probabilities = window.probabilities.map((now, at) => {
      const mean = before?.probabilities[at] ?? 0;
      return mean + (now - mean) / count;
    });
    means.set(key, { ...window, probabilities, runs: count });
  }
  return means;
}

/** Mistakes of one kind. */
export interface Mistakes {
  readonly heading: string;
  readonly windows: readonly MeanWindow[];
}

/**
 * Returns the most confident wrong answers, from as many different patients as possible: false positives and false
 * negatives if the task has two labels, otherwise all wrong classes together.
 */
export function worstMistakes(means: Iterable<MeanWindow>, { labels }: LabelTask): Mistakes[] {
  const wrong = [...means].filter(({ label, probabilities }) => claimOf(probabilities) !== label);
  const sure = wrong.sort((a, b) => surety(b) - surety(a) || (windowKey(a) < windowKey(b) ? -1 : 1));
  if (labels.length > 2) {
    return [{ heading: 'Wrong class', windows: ofDifferentPatients(sure, 2 * mistakes) }];
  }
  const side = (label: number) =>
    ofDifferentPatients(
      sure.filter((one) => one.label === label),
      mistakes,
    );
  const [negative, positive] = labels.map(labelWord);
  return [
    { heading: `False positives: labelled ${negative}, called ${positive}`, windows: side(0) },
    { heading: `False negatives: labelled ${positive}, called ${negative}`, windows: side(1) },
  ];
}

function surety({ probabilities }: Prediction): number {
  return Math.max(...probabilities);
}

function ofDifferentPatients(sorted: readonly MeanWindow[], count: number): MeanWindow[] {
  const seen = new Set<string>();
  const first: MeanWindow[] = [];
  const rest: MeanWindow[] = [];
  for (const window of sorted) {
    (seen.has(window.patientId) ? rest : first).push(window);
    seen.add(window.patientId);
  }
  return [...first, ...rest].slice(0, count);
}

/** The windows of one test set, with the predictions of every setting. */
export interface JudgedTest {
  readonly task: LabelTask;
  /** The windows with their mean probabilities, by setting and `windowKey`. */
  readonly meansOf: ReadonlyMap<BaseSetting, ReadonlyMap<string, MeanWindow>>;
  /** Returns the signal of a window; undefined if it is not available. */
  readonly find: (window: Prediction) => EcgWindow | undefined;
  readonly fsHz: number;
}

/** Draws mistakes on ECG paper, with the answer of each setting to the same window. */
export function mistakeFigures(
  windows: readonly MeanWindow[],
  { task, meansOf, find, fsHz }: JudgedTest,
): Markup {
  const { labels } = task;
  const items = windows.map((window) => {
    const answers = [...meansOf].flatMap(([setting, means]) => {
      const own = means.get(windowKey(window));
      return own === undefined ? [] : [`${settingTitles[setting]} ${answer(own, task)}`];
    });
    const where = `Record ${window.recordName}, patient ${window.patientId}, from ${secondsText(window.startS)}`;
    const heading = labels.length === 2 ? `Probability of ${labelWord(labels[1]!)}` : 'Called';
    const signal = find(window);
    const { svg, note } =
      signal === undefined
        ? { svg: '', note: ' The window is not available to be drawn.' }
        : drawWindow(signal, fsHz);
    const caption = `${where}; labelled ${labelWord(labels[window.label]!)}. ${heading}: ${answers.join(', ')}.${note}`;
    return { svg, caption };
  });
  return figures(items, 'ecg');
}

function answer({ probabilities }: MeanWindow, { labels }: LabelTask): string {
  if (labels.length === 2) return fixed(probabilities[1]!);
  const best = claimOf(probabilities);
  return `${labelWord(labels[best]!)} ${fixed(probabilities[best]!)}`;
}
