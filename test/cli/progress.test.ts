// Progress lines on a stream that is not a terminal: one when the work starts, then one per minute with the time left.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { experimentProgress } from '#lib/cli/experiment-progress.js';
import { duration, Pace, progressOn } from '#lib/cli/progress.js';
import { trainingProgress } from '#lib/cli/training-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function linesOf() {
  const lines: string[] = [];
  const start = progressOn({ write: (text: string) => void lines.push(text.trimEnd()) });
  return { lines, start };
}

it('writes the first count at once and then one line per minute, with the time left', () => {
  const { lines, start } = linesOf();
  const progress = start('train');
  for (let step = 1; step <= 240; step++) {
    progress.update(step, 480);
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toEqual([
    'train: 1/480',
    'train: 60/480, 7 min left',
    'train: 120/480, 6 min left',
    'train: 180/480, 5 min left',
    'train: 240/480, 4 min left',
  ]);
  progress.stop();
});

it('advises once, after the first steps, on a training that takes hours', () => {
  const said: string[] = [];
  const { start } = linesOf();
  const task = {
    signal: new AbortController().signal,
    startProgress: start,
    say: (text: string) => void said.push(text),
  };
  const steps = (perStepMs: number, total: number) => {
    const progress = trainingProgress(task);
    for (let step = 1; step <= 40; step++) {
      progress.onEvent({ kind: 'step', phase: 'train', epoch: 1, step, steps: total, loss: 1 });
      vi.advanceTimersByTime(perStepMs);
    }
    progress.stop();
  };
  steps(100, 6400);
  expect(said).toEqual([]);
  steps(7000, 6400);
  expect(said).toEqual([
    expect.stringMatching(
      /take about 12 h 2\d min at this pace.*--arch s4 --fs 100 --epochs 5, which takes minutes$/,
    ),
  ]);
});

it('writes a line per minute while the work reports nothing', () => {
  const { lines, start } = linesOf();
  const progress = start('evaluate');
  vi.advanceTimersByTime(61_000);
  progress.update(0, 10);
  progress.activity('step 3');
  vi.advanceTimersByTime(120_000);
  expect(lines).toEqual([
    'evaluate: 1 min so far',
    'evaluate: 0/10',
    'evaluate: 0/10, 2 min so far, step 3',
    'evaluate: 0/10, 3 min so far, step 3',
  ]);
  progress.stop();
  vi.advanceTimersByTime(600_000);
  expect(lines).toHaveLength(4);
});

it('writes a due line for work that lets no timer run', () => {
  const { lines, start } = linesOf();
  const progress = start('load');
  progress.update(0, 4);
  vi.setSystemTime(Date.now() + 61_000);
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000);
  progress.update(1, 4);
  expect(lines).toEqual(['load: 0/4', 'load: 1/4, 3 min left']);
  vi.restoreAllMocks();
  progress.stop();
});

it('estimates the time left from the work of this process alone', () => {
  const pace = new Pace();
  expect(pace.leftMs()).toBeUndefined();
  pace.update(900, 1000);
  vi.advanceTimersByTime(10_000);
  pace.update(910, 1000);
  expect(pace.leftMs()).toBe(90_000);
  vi.advanceTimersByTime(30_000);
  expect(pace.text()).toBe('1 min left');
  vi.advanceTimersByTime(90_000);
  expect(pace.text()).toBe('2 min so far');
});

it('writes times in seconds, minutes and hours', () => {
  expect([0, 59_400, 60_000, 3_540_000, 3_600_000, 12_060_000].map(duration)).toEqual([
    '0 s',
    '59 s',
    '1 min',
    '59 min',
    '1 h 0 min',
    '3 h 21 min',
  ]);
});

it('shows the steps of a trial once a minute, and at most the time limit of its search', () => {
  const { lines, start } = linesOf();
  const task = { signal: new AbortController().signal, startProgress: start, say: () => undefined };
  const progress = experimentProgress(task, 4);
  progress.onEvent({ kind: 'plan', searches: 1, runs: 5 });
  for (let step = 1; step <= 130; step++) {
    progress.onEvent({
      kind: 'training',
      folder: 'search/af/lstm/real',
      event: { kind: 'step', phase: 'train', epoch: 0, step, steps: 3601, loss: 1 },
    });
    vi.advanceTimersByTime(1000);
  }
  expect(lines).toEqual([
    'runs: 0/5',
    'runs: 0/5, 1 min so far, search/af/lstm/real: step 60/3601, at most 3 min left',
    'runs: 0/5, 2 min so far, search/af/lstm/real: step 120/3601, at most 2 min left',
  ]);
  progress.stop();
});
