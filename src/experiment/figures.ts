// ECGs in the report of an experiment: each label's real windows beside synthetic records (figures 1-4 of Nonaka and
// Seita 2026), and the windows that the models got most wrong. Drawn in mV on ECG paper, in rows of five seconds.

import { ecgClasses } from '../classes.js';
import type { EcgWindow } from '../records/record.js';
import { type Excerpt, labelTitle, stripOf, syntheticExcerpt } from '../report/class-strips.js';
import { ecgPaper } from '../report/ecg-paper.js';
import { figures, type Markup, words } from '../report/html.js';
import type { LabelTask } from '../tasks.js';
import type { Setting } from '../train/config.js';
import { claimOf } from '../train/ranking.js';
import type { ExperimentConfig } from './config.js';
import type { RunPredictions, ScoredWindow } from './results.js';
import { fixed, settingTitles } from './wording.js';

const rowS = 5;
/** Of a window no more is drawn. */
const mostS = 10;
const examples = 2;
/** False positives, and as many false negatives. */
const mistakes = 4;

/** Of each of the task's labels that is wanted two synthetic records where the simulator knows it, and two of the judged windows. */
export async function classFigures(
  labels: readonly string[],
  wanted: readonly string[],
  config: ExperimentConfig,
  judged: readonly ScoredWindow[],
  find: (window: ScoredWindow) => EcgWindow | undefined,
): Promise<Markup[]> {
  const parts: Markup[] = [];
  for (const [at, label] of labels.entries()) {
    if (!wanted.includes(label)) continue;
    const synthetic = config.settings.includes('syn') ? await syntheticFigures(label, config) : [];
    const own = judged.filter((window) => window.label === at);
    const real = spread(own, examples).flatMap((window) => {
      const found = find(window);
      if (found === undefined) return [];
      const caption = `Real, ${label}: record ${window.recordName}, patient ${window.patientId}, from ${seconds(window.startS)}.`;
      return [{ svg: draw(excerptOf(found, config.fsHz)), caption }];
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
    const caption = `Synthetic, ${label}: ${made}, seed ${seed}, record ${index}.`;
    drawn.push({ svg: draw(excerpt), caption });
  }
  return drawn;
}

/** `count` windows of different patients, far apart in the set. */
function spread(windows: readonly ScoredWindow[], count: number): ScoredWindow[] {
  const patients = [...new Set(windows.map(({ patientId }) => patientId))];
  const kept = Math.min(count, patients.length);
  return Array.from({ length: kept }, (_, at) => {
    const patient = patients[Math.floor(((at + 0.5) * patients.length) / kept)];
    const own = windows.filter(({ patientId }) => patientId === patient);
    return own[own.length >> 1]!;
  });
}

function excerptOf(window: EcgWindow, fsHz: number): Excerpt {
  const { recordName, signalMv, startS } = window;
  return { title: `Record ${recordName}`, lead: 'II', fsHz, signalMv, annotations: [], startS };
}

function draw(excerpt: Excerpt): string {
  const wholeS = Math.min(mostS, excerpt.signalMv.length / excerpt.fsHz);
  return ecgPaper({ ...stripOf(excerpt, wholeS), rowS });
}

/** A test window with the probabilities of its labels, averaged over the runs. */
export interface MeanWindow extends ScoredWindow {
  readonly runs: number;
}

export function windowKey({ recordName, startS }: Pick<ScoredWindow, 'recordName' | 'startS'>): string {
  return `${startS} ${recordName}`;
}

/** Every test window once, by `windowKey`. */
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

export interface Mistakes {
  readonly heading: string;
  readonly windows: readonly MeanWindow[];
}

/** The surest wrong answers, from as many patients as there are: false positives and negatives in a task of two. */
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
  return [
    { heading: `False positives: labelled ${labels[0]}, called ${labels[1]}`, windows: side(0) },
    { heading: `False negatives: labelled ${labels[1]}, called ${labels[0]}`, windows: side(1) },
  ];
}

function surety({ probabilities }: ScoredWindow): number {
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

/** The mistakes on paper, with what each setting said of the same window. */
export function mistakeFigures(
  windows: readonly MeanWindow[],
  task: LabelTask,
  said: ReadonlyMap<Setting, ReadonlyMap<string, MeanWindow>>,
  find: (window: ScoredWindow) => EcgWindow | undefined,
  fsHz: number,
): Markup {
  const items = windows.map((window) => {
    const answers = [...said].flatMap(([setting, means]) => {
      const own = means.get(windowKey(window));
      return own === undefined ? [] : [`${settingTitles[setting]} ${answer(own, task)}`];
    });
    const where = `Record ${window.recordName}, patient ${window.patientId}, from ${seconds(window.startS)}`;
    const shown = task.labels.length > 2 ? `; labelled ${task.labels[window.label]}` : '';
    const signal = find(window);
    return {
      svg: signal === undefined ? '' : draw(excerptOf(signal, fsHz)),
      caption: `${where}${shown}. ${answers.join(', ')}.${signal === undefined ? ' The window is not at hand to be drawn.' : ''}`,
    };
  });
  return figures(items, 'ecg');
}

function answer({ probabilities }: MeanWindow, { labels }: LabelTask): string {
  if (labels.length === 2) return fixed(probabilities[1]!);
  const best = probabilities.indexOf(Math.max(...probabilities));
  return `${labels[best]} ${fixed(probabilities[best]!)}`;
}

function seconds(startS: number): string {
  return `${Math.round(startS * 10) / 10} s`;
}
