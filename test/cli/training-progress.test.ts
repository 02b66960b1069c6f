// The note of a validation: a training without F1 shows its losses alone.

import { expect, it } from 'vitest';
import { progressOn } from '#lib/cli/progress.js';
import type { Task } from '#lib/cli/task.js';
import { trainingProgress } from '#lib/cli/training-progress.js';

it.each([
  [0.8125, 'epoch 2: loss 0.500, validation 0.250, F1 0.813 (best so far)'],
  [null, 'epoch 2: loss 0.500, validation 0.250 (best so far)'],
])('with F1 %s it is "%s"', (valF1, expected) => {
  const lines: string[] = [];
  const task = { startProgress: progressOn({ write: (text: string) => void lines.push(text.trimEnd()) }) };
  const losses = { trainLoss: 0.5, valLoss: 0.25, valF1, valAuprc: null };
  trainingProgress(task as Task).onEvent({
    kind: 'validation',
    isBest: true,
    point: { phase: 'train', epoch: 2, step: 8, seconds: 1, ...losses },
  });
  expect(lines).toEqual([`train: ${expected}`]);
});
