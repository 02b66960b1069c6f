// Shows the events of an experiment: bars (or lines) for records, runs and statistics, with the steps of the training that
// runs, and one line per trial and run.

import { plural } from '../base/text.js';
import type { ExperimentEvent } from '../experiment/events.js';
import type { CellKey } from '../experiment/results.js';
import { simulator } from '../experiment/source-names.js';
import { engineLine } from './engine-options.js';
import { duration, Pace } from './progress.js';
import { skippedLines } from './skipped.js';
import type { Progress, Task } from './task.js';

/** The display of an experiment. */
export interface ExperimentProgress {
  onEvent(event: ExperimentEvent): void;
  /** Returns `3 of 6 runs are done, `, or nothing before the number of runs is known. */
  done(): string;
  stop(): void;
}

/**
 * Shows progress bars for records, runs and statistics, one line per trial and run, and the steps of the training that runs.
 * `minutes` is the time limit of each search.
 */
export function experimentProgress(task: Task, minutes = Number.POSITIVE_INFINITY): ExperimentProgress {
  const activityOf = trainingActivity(60_000 * minutes);
  let [doneRuns, allRuns] = [0, 0];
  let loading: Progress | undefined;
  let runs: Progress | undefined;
  let judging: Progress | undefined;
  let soFar = '';
  const note = (text: string) => (runs === undefined ? task.say(text) : runs.note(text));
  const show = (event: ExperimentEvent): void => {
    switch (event.kind) {
      case 'loading':
        loading ??= task.startProgress('load');
        loading.update(event.done, event.total);
        return;
      case 'data':
        loading?.stop();
        task.say(
          `${plural(event.windows, 'window')} of ${plural(event.patients, 'patient')}; ${plural(event.skipped, 'record')} skipped or cut`,
        );
        for (const line of skippedLines({ skipped: event.unreadable, notes: event.notes })) task.say(line);
        for (const sentence of event.left) task.say(sentence);
        return;
      case 'engine':
        task.say(engineLine(event));
        return;
      case 'plan':
        task.say(`${plural(event.searches, 'search', 'searches')}, ${plural(event.runs, 'run')}`);
        soFar = `0 of ${event.runs} runs are done, `;
        allRuns = event.runs;
        runs = task.startProgress('runs');
        return;
      case 'making':
        runs?.update(doneRuns, allRuns);
        runs?.activity(`${event.folder}: synthetic record ${event.done}/${event.total}`);
        return;
      case 'training':
        // Runs that were finished earlier do not count for the time left, so the first count comes with the first step.
        runs?.update(doneRuns, allRuns);
        if (event.event.kind === 'step') runs?.activity(activityOf(event.folder, event.event));
        return;
      case 'search': {
        if (event.best !== null) return;
        const { task: name, arch } = event;
        note(
          `${name} ${arch} ${trainedOn(event)}: the search ended before its first validation; its runs use the defaults`,
        );
        return;
      }
      case 'trial': {
        const { trial, outcome, valLoss } = event.trial;
        const loss = valLoss === null ? '' : `, validation loss ${valLoss.toFixed(4)}`;
        note(
          `${event.task} ${event.arch} ${trainedOn(event)}: trial ${trial} of ${event.trials} ${outcome}${loss}`,
        );
        return;
      }
      case 'run': {
        const { key, pair, rows, done, earlier } = event;
        const scores = rows
          .map(({ test, f1, valThreshold, f1AtValThreshold }) => {
            const atThreshold = Number.isNaN(f1AtValThreshold)
              ? ''
              : ` (${f1AtValThreshold.toFixed(3)} from ${valThreshold.toFixed(3)})`;
            return `${test} F1 ${Number.isNaN(f1) ? '-' : f1.toFixed(3)}${atThreshold}`;
          })
          .join(', ');
        const part = key.share === null ? '' : `, ${key.share} %`;
        const cut = key.positives === null ? part : `, ${key.positives} positives`;
        if (!earlier) note(`${key.task} ${key.arch} ${trainedOn(key)}${cut}, pair ${pair}: ${scores}`);
        doneRuns = done;
        if (!earlier) runs?.update(done, event.runs);
        soFar = `${done} of ${event.runs} runs are done, `;
        return;
      }
      case 'judging':
        runs?.stop();
        runs = undefined;
        judging ??= task.startProgress('statistics');
        judging.update(event.done, event.total);
        return;
      default:
        return;
    }
  };
  return {
    onEvent: show,
    done: () => soFar,
    stop: () => {
      for (const one of [loading, runs, judging]) one?.stop();
    },
  };
}

/** Returns a setting with its ratio and its source: `real+syn 0.5 generator:af`. The simulator is not named. */
function trainedOn({
  setting,
  ratio = null,
  source,
}: Pick<CellKey, 'setting' | 'source'> & Partial<Pick<CellKey, 'ratio'>>): string {
  const from = source === null || source === simulator ? [] : [source];
  return [setting, ...(ratio === null ? [] : [ratio]), ...from].join(' ');
}

/**
 * Returns a function that describes a training by the folder of its search or run, with the steps of all epochs. Early
 * stopping and pruning can end it earlier. A search ends `limitMs` after its first step.
 */
function trainingActivity(limitMs: number): (folder: string, at: { step: number; steps: number }) => string {
  const known = new Map<string, { readonly pace: Pace; readonly sinceMs: number }>();
  return (folder, { step, steps }) => {
    const found = known.get(folder) ?? { pace: new Pace(), sinceMs: performance.now() };
    known.set(folder, found);
    found.pace.update(step, steps);
    const isSearch = folder.startsWith('search');
    const untilLimitMs = isSearch ? limitMs - (performance.now() - found.sinceMs) : Number.POSITIVE_INFINITY;
    const leftMs = Math.min(found.pace.leftMs() ?? Number.POSITIVE_INFINITY, Math.max(0, untilLimitMs));
    const left = Number.isFinite(leftMs) ? `, at most ${duration(leftMs)} left` : '';
    return `${folder}: step ${step}/${steps}${left}`;
  };
}
