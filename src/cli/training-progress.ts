// Shows the events of a training: one progress bar (or lines) per phase, and one note per validation.

import type { RunEvent } from '../run/train-run.js';
import type { CurvePoint } from '../train/checkpoint.js';
import { engineLine } from './engine-options.js';
import { duration, Pace } from './progress.js';
import { type Skipped, skippedLines } from './skipped.js';
import type { Progress, Task } from './task.js';

/** The pace of this many steps says how long a training takes; the first step also loads the network. */
const adviceStep = 20;
/** A longer training is worth an advice. */
const longMs = 3_600_000;

const shorter = 'train with --arch s4 --fs 100 --epochs 5, which takes minutes';

/** An event of a run or of a generator's training. */
type ShownEvent = Exclude<RunEvent, { readonly kind: 'data' }> | ({ readonly kind: 'data' } & Skipped);

/** The display of a training. */
export interface TrainingProgress {
  onEvent(event: ShownEvent): void;
  stop(): void;
}

/**
 * Returns the display of a training. A command that trains several times gives each a `name`, shown before the phase.
 * `advice` says how a training that takes hours becomes shorter.
 */
export function trainingProgress(task: Task, name = '', advice = shorter): TrainingProgress {
  let progress: Progress | undefined;
  let label = '';
  let pace = new Pace();
  let isAdvised = false;
  /** Says once, after the first steps, that a training will take hours. */
  const advise = (done: number, total: number) => {
    pace.update(done, total);
    const leftMs = pace.leftMs();
    if (isAdvised || done < adviceStep || leftMs === undefined) return;
    isAdvised = true;
    if (leftMs <= longMs) return;
    task.say(
      `note: all epochs of this phase take about ${duration(leftMs)} at this pace. For a first result sooner, stop ` +
        `(Ctrl-C) and ${advice}`,
    );
  };
  const under = (phase: string): Progress => {
    if (progress === undefined || label !== phase) {
      progress?.stop();
      label = phase;
      pace = new Pace();
      progress = task.startProgress(`${name} ${phase}`.trim());
    }
    return progress;
  };
  return {
    onEvent(event) {
      if (event.kind === 'engine') task.say(engineLine(event));
      else if (event.kind === 'fresh')
        task.say(`note: no run was started in ${event.out}, so this one begins from the start`);
      else if (event.kind === 'loading') under('load').update(event.done, event.total);
      else if (event.kind === 'making') under('make records').update(event.done, event.total);
      else if (event.kind === 'data') {
        progress?.stop();
        progress = undefined;
        for (const line of skippedLines(event)) task.say(line);
      } else if (event.kind === 'step') {
        under(event.phase).update(event.step, event.steps);
        advise(event.step, event.steps);
      } else if (event.kind === 'validation') under(event.point.phase).note(line(event.point, event.isBest));
    },
    stop: () => progress?.stop(),
  };
}

function line({ epoch, trainLoss, valLoss, valF1 }: CurvePoint, isBest: boolean): string {
  const show = (value: number | null) => (value === null || Number.isNaN(value) ? '-' : value.toFixed(3));
  const losses = `loss ${show(trainLoss)}, validation ${show(valLoss)}`;
  const score = valF1 === null ? '' : `, F1 ${show(valF1)}`;
  return `epoch ${epoch}: ${losses}${score}${isBest ? ' (best so far)' : ''}`;
}
