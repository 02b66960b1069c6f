// States in sentences whether synthetic pre-training helped: by how much, whether the effect is significant, and what
// limits the evidence. It uses the numbers of the summary and computes only plain means.

import { plural } from '../../base/text.js';
import { heldBack } from '../../run/predictions.js';
import { baseSettings } from '../../run/settings.js';
import type { Gain, MeanScore } from '../../score/statistics.js';
import type { LabelTask } from '../../signal/tasks.js';
import type { ExperimentConfig } from '../config.js';
import type { CellSummary, Comparison, ExperimentSummary } from '../summary.js';
import { change, few, fixed, level, percent, pText, settingTitles, taskTitle, testTitle } from './wording.js';

type ScoreName = 'f1' | 'auprc';
const scoreTitles: Readonly<Record<ScoreName, string>> = { f1: 'F1', auprc: 'AUPRC' };

/** The answer of one task on one test set: a claim, and the numbers that support it. */
export interface Answer {
  readonly claim: string;
  readonly numbers: string;
}

/** What the experiment shows for one task. */
export interface Verdict {
  /** One answer per test set: the effect, its size, its significance and the size of the test. */
  readonly answers: readonly Answer[];
  /** Details of the held-back test. */
  readonly sentences: readonly string[];
  /** Limits of the evidence. */
  readonly against: readonly string[];
}

/** Returns the sign of the effect if it is significant after correction: 1 improved, -1 worsened; 0 if not significant. */
export function sure(gain: Gain): number {
  return gain.pCorrected < level ? Math.sign(gain.difference) : 0;
}

/** Returns the answers of a task, their details and their limits, as sentences. */
export function verdictOf(
  task: LabelTask,
  config: ExperimentConfig,
  { cells, comparisons, gains }: ExperimentSummary,
): Verdict {
  const own = comparisons.filter((one) => one.task === task.name && one.positives === null);
  const inner = own.filter(({ test }) => test === heldBack);
  const whole = cells.filter((one) => one.task === task.name && one.positives === null);
  const tested = whole.filter(({ test }) => test === heldBack);
  const steps = gains.filter((one) => one.task === task.name && one.test === heldBack);
  const answers = [heldBack, ...config.outside].map((test): Answer => {
    const title = `${taskTitle(task)}, ${testTitle(test, config.outside)}`;
    const cell = whole.find((one) => one.test === test);
    if (cell === undefined) return { claim: `${title}: not tested.`, numbers: '' };
    const compared = own.filter((one) => one.test === test);
    const judged = ground(cell, config);
    const rules = otherRules(whole.filter((one) => one.test === test));
    if (compared.length === 0) {
      const claim = `${title}: Real and Syn→Real were not both run, so nothing is compared.`;
      return { claim, numbers: [...rules, judged].join(' ') };
    }
    return {
      claim: headlineOf(title, compared),
      numbers: [average('f1', compared), ...rules, judged].join(' '),
    };
  });
  return {
    answers,
    sentences:
      inner.length === 0
        ? alone(task, tested)
        : [...best(inner, tested), average('auprc', inner), ...alone(task, tested), ...downSized(steps)],
    against: weaknesses(tested, own, config),
  };
}

/** Returns a sentence about the size of the test behind an answer, and what weakens it. */
function ground(cell: CellSummary, { split }: ExperimentConfig): string {
  const { test, testWindows, testPatients, testPositives, testPositivePatients } = cell;
  const isThin = testPositives < few || testPositivePatients < few;
  const mixed = split === 'random' && test === heldBack;
  return (
    `Test: ${plural(testWindows, 'window')} of ${plural(testPatients, 'patient')}, ${testPositives} positive from ` +
    `${plural(testPositivePatients, 'patient')}${isThin ? ', so few that single patients can reverse the answer' : ''}` +
    `${mixed ? '; the same patients are in training and test, so all scores are too high' : ''}.`
  );
}

function headlineOf(title: string, inner: readonly Comparison[]): string {
  const ups = inner.filter(({ f1 }) => sure(f1) > 0).map(({ arch }) => arch);
  const downs = inner.filter(({ f1 }) => sure(f1) < 0).map(({ arch }) => arch);
  const of = inner.length === 1 ? inner[0]!.arch : `${inner.length} architectures`;
  const among = (names: readonly string[]) =>
    inner.length === 1 ? `with ${of}` : `with ${names.length} of ${of} (${names.join(', ')})`;
  if (ups.length > 0 && downs.length > 0) {
    return `${title}: mixed. Synthetic pre-training raised F1 ${among(ups)} and lowered it ${among(downs)}.`;
  }
  if (ups.length > 0) return `${title}: synthetic pre-training raised F1 ${among(ups)}.`;
  if (downs.length > 0) return `${title}: synthetic pre-training lowered F1 ${among(downs)}.`;
  const untested = inner.filter(({ f1 }) => Number.isNaN(f1.pCorrected));
  if (untested.length === inner.length) {
    return `${title}: these data cannot show whether synthetic pre-training helps (${untested[0]!.f1.reason}).`;
  }
  return `${title}: no significant effect of synthetic pre-training on F1 (${of}).`;
}

/** Returns a sentence about the change of one score over the architectures, with interval and significance. */
function average(name: ScoreName, compared: readonly Comparison[]): string {
  const known = compared.filter((one) => Number.isFinite(one[name].difference));
  const title = scoreTitles[name];
  if (known.length === 0) return `${title}: no difference can be computed.`;
  const sorted = [...known].sort((a, b) => a[name].difference - b[name].difference);
  const [least, most] = [sorted[0]!, sorted.at(-1)!];
  const mean = known.reduce((sum, one) => sum + one[name].difference, 0) / known.length;
  const percents = known.map((one) => one[name].percent).filter(Number.isFinite);
  const meanPercent = percents.reduce((sum, one) => sum + one, 0) / percents.length;
  const gain = percents.length > 0 ? `gain ${percent(meanPercent)}` : 'no gain in percent';
  if (known.length === 1) {
    const within = intervalText(least[name]);
    return `${title} changed by ${change(mean, 3)}${within} (${gain}); ${certainty(least[name])}.`;
  }
  const counted = known.filter((one) => sure(one[name]) !== 0).length;
  const corrected = known.map((one) => one[name].pCorrected).filter((p) => !Number.isNaN(p));
  const significance =
    corrected.length > 0
      ? `${counted === 0 ? 'none' : counted} of the differences ${counted === 1 ? 'is' : 'are'} significant after correction ` +
        `(smallest corrected ${pText(Math.min(...corrected))})`
      : 'there is no p-value';
  const end = (one: Comparison) =>
    `${change(one[name].difference, 3)} (${one.arch}${intervalText(one[name])})`;
  return (
    `${title} changed by ${change(mean, 3)} on average over ${known.length} architectures (${gain}), from ${end(least)} ` +
    `to ${end(most)}; ${significance}.`
  );
}

/** Returns a sentence about F1 by the other rules of the decision, with means over the architectures; or nothing. */
function otherRules(cells: readonly CellSummary[]): string[] {
  const known = cells.filter(({ decisions }) => Number.isFinite(decisions.f1AtPrior.mean));
  if (known.length === 0) return [];
  const means = (scoreOf: (cell: CellSummary) => number) =>
    baseSettings
      .flatMap((setting) => {
        const own = known.filter((cell) => cell.setting === setting).map(scoreOf);
        const mean = own.reduce((sum, one) => sum + one, 0) / own.length;
        return own.length === 0 ? [] : [`${settingTitles[setting]} ${fixed(mean, 3)}`];
      })
      .join(', ');
  return [
    `F1 at 0.5: ${means(({ f1 }) => f1.mean)}; at the threshold of the validation records: ` +
      `${means(({ decisions }) => decisions.f1AtValThreshold.mean)}; after the correction for the share of positives: ` +
      `${means(({ decisions }) => decisions.f1AtPrior.mean)}.`,
  ];
}

function intervalText({ low, high }: Gain): string {
  return Number.isFinite(low + high) ? `, 95 % interval ${change(low, 3)} to ${change(high, 3)}` : '';
}

/**
 * Returns sentences about the best pre-trained model, the same architecture without pre-training, and the best model
 * without pre-training.
 */
function best(inner: readonly Comparison[], tested: readonly CellSummary[]): string[] {
  const top = (setting: CellSummary['setting']) =>
    tested
      .filter((one) => one.setting === setting && Number.isFinite(one.f1.mean))
      .sort((a, b) => b.f1.mean - a.f1.mean)[0];
  const [both, real] = [top('syn-real'), top('real')];
  const gain = inner.find(({ arch }) => arch === both?.arch)?.f1;
  const twin = tested.find(({ arch, setting }) => arch === both?.arch && setting === 'real');
  if (both === undefined || real === undefined || gain === undefined || twin === undefined) return [];
  if (inner.length === 1) {
    return [
      `${both.arch} with pre-training: F1 ${scoreText(both.f1)}; with real records only: ${scoreText(twin.f1)}.`,
    ];
  }
  const sentences = [
    `The best pre-trained model on this test (selected by its test score, so its score is optimistic) is ${both.arch}: F1 ${scoreText(both.f1)}, ` +
      'with real records only ' +
      `${scoreText(twin.f1)}; difference ${change(gain.difference, 3)}, 95 % interval ${change(gain.low, 3)} to ` +
      `${change(gain.high, 3)}; ${certainty(gain)}.`,
  ];
  if (real.arch !== both.arch) {
    sentences.push(
      `The best model trained without synthetic records is ${real.arch}: F1 ${scoreText(real.f1)}.`,
    );
  }
  return sentences;
}

function certainty(gain: Gain): string {
  if (Number.isNaN(gain.pCorrected)) return `no p-value: ${gain.reason}`;
  const p = `corrected ${pText(gain.pCorrected)}`;
  if (sure(gain) !== 0) return `significant (${p})`;
  const excludes = gain.low > 0 || gain.high < 0;
  return excludes
    ? `its interval excludes zero, but after correction for all comparisons it may be due to chance (${p})`
    : `not significant (${p})`;
}

function alone({ labels }: LabelTask, tested: readonly CellSummary[]): string[] {
  const syn = tested.filter(({ setting, auroc }) => setting === 'syn' && Number.isFinite(auroc.mean));
  const [top] = syn.sort((a, b) => b.auprc.mean - a.auprc.mean);
  const flattered = syn.length > 1 ? ', selected by its test score' : '';
  if (top === undefined) return [];
  // The mean of the class shares if there are several labels.
  const chance = labels.length > 2 ? 1 / labels.length : top.testPositives / top.testWindows;
  return [
    `Without any real record in training, the best Syn model (${top.arch}${flattered}) reaches F1 ${fixed(top.f1.mean)}, ` +
      `AUPRC ${fixed(top.auprc.mean)} (chance ${fixed(chance)}) and AUROC ${fixed(top.auroc.mean)} (chance 0.50).`,
  ];
}

function downSized(steps: ExperimentSummary['gains']): string[] {
  const [fewest] = steps
    .filter(({ positives, percent: gain }) => positives !== null && Number.isFinite(gain))
    .sort((a, b) => a.positives! - b.positives!);
  const all = steps.find(({ positives }) => positives === null);
  if (fewest === undefined) return [];
  const interval = Number.isFinite(fewest.low)
    ? ` (95 % interval${fewest.archs < 3 ? '' : ' over architectures'} ${percent(fewest.low)} to ${percent(fewest.high)})`
    : '';
  return [
    `With ${plural(fewest.positives!, 'positive')} in training the mean F1 gain is ${percent(fewest.percent)}${interval}` +
      `${all === undefined ? '' : `, with all of them ${percent(all.percent)}`}.`,
  ];
}

function weaknesses(
  tested: readonly CellSummary[],
  own: readonly Comparison[],
  config: ExperimentConfig,
): string[] {
  const found: string[] = [];
  const trained = tested.filter(({ setting }) => setting !== 'syn');
  const patients = Math.min(...trained.map(({ trainPositivePatients }) => trainPositivePatients));
  if (patients < few) {
    found.push(`In some runs the positives in training came from only ${plural(patients, 'patient')}.`);
  }
  if (config.runs < 5) found.push(`Only ${plural(config.runs, 'run')} per cell; the paper has five.`);
  const mean = (test: string, name: ScoreName) =>
    meanOf(
      own.filter((one) => one.test === test),
      name,
    );
  const [f1, auprc] = [mean(heldBack, 'f1'), mean(heldBack, 'auprc')];
  if (f1 * auprc < 0) {
    found.push(
      `F1 and AUPRC changed in opposite directions (${change(f1, 3)} and ${change(auprc, 3)} on average): part of the ` +
        'change in F1 comes from probabilities that moved across the threshold of 0.5, not from a better ranking.',
    );
  }
  for (const test of config.outside) {
    const outside = mean(test, 'f1');
    if (outside * f1 < 0) {
      found.push(
        `On the ${testTitle(test, config.outside)} the mean difference of F1 has the opposite sign (${change(outside, 3)}; ` +
          `${change(f1, 3)} on the held-back test).`,
      );
    }
  }
  if (config.outside.length === 0) {
    found.push(
      'No outside data set was tested. Other devices, labels and hospitals may give different results.',
    );
  }
  return found;
}

function meanOf(comparisons: readonly Comparison[], name: ScoreName): number {
  const known = comparisons.map((one) => one[name].difference).filter(Number.isFinite);
  return known.reduce((sum, one) => sum + one, 0) / known.length;
}

/** Returns a score with its interval, `0.78 (0.71 to 0.84)`. */
function scoreText({ mean, low, high }: MeanScore): string {
  return Number.isFinite(low) ? `${fixed(mean)} (${fixed(low)} to ${fixed(high)})` : fixed(mean);
}
