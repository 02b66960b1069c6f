// The answer for recordings: probabilities of each window, and of each recording.

import type { Answers } from 'pqrst/evaluate';
import { z } from 'zod';
import { factsOf, modelFacts } from '../http/routes.js';
import type { ServedModel } from '../model.js';
import { notice } from '../notice.js';
import type { CutRecording } from './recording.js';

const probabilities = z.record(z.string(), z.number()).describe('The probability of each class, 0-1.');

/** The JSON of the answer. */
export const classifyAnswer = z.object({
  notice: z.string(),
  model: modelFacts,
  recordings: z.array(
    z.object({
      name: z.string(),
      fsHz: z.number(),
      seconds: z.number(),
      leads: z.array(z.string()),
      usedLeads: z.array(z.string()),
      windows: z.array(
        z.object({
          startS: z.number(),
          endS: z.number(),
          probabilities,
          classes: z.array(z.string()).describe('The classes that the window is predicted to have.'),
        }),
      ),
      whole: z
        .object({
          windows: z.int(),
          meanProbabilities: probabilities,
          shares: z
            .record(z.string(), z.number())
            .describe('The share of the windows that are predicted to have each class.'),
        })
        .nullable()
        .describe('All windows of the recording together; null if it gave no window.'),
      skipped: z.array(z.string()).describe('Why windows are missing.'),
      notes: z.array(z.string()),
    }),
  ),
});

/** Returns the answer. `answers` has the windows of all recordings, in their order. */
export function answerFor(
  model: ServedModel,
  recordings: readonly CutRecording[],
  answers: Answers | undefined,
): z.output<typeof classifyAnswer> {
  const facts = factsOf(model);
  const { classes, threshold } = facts;
  const { width, outputs, lengthSamples, metadata } = model;
  const windowS = lengthSamples / metadata.fsHz!;
  let row = 0;
  const described = recordings.map(({ startsS, ...recording }) => {
    const windows = startsS.map((startS) => {
      const own = answers!.probability.subarray(row * width, (row + 1) * width);
      row++;
      const values = width === 1 ? [1 - own[0]!, own[0]!] : Array.from(own);
      return {
        ...{ startS, endS: startS + windowS },
        probabilities: Object.fromEntries(classes.map((name, at) => [name, values[at]!])),
        classes: predicted(classes, values, outputs.kind, threshold),
      };
    });
    return { ...recording, leads: [...recording.leads], windows, whole: wholeOf(classes, windows) };
  });
  return {
    notice,
    model: facts,
    recordings: described.map(({ usedLeads, skipped, notes, ...rest }) => ({
      ...rest,
      ...{ usedLeads: [...usedLeads], skipped: [...skipped], notes: [...notes] },
    })),
  };
}

function predicted(
  classes: readonly string[],
  values: readonly number[],
  kind: ServedModel['outputs']['kind'],
  threshold: number,
): string[] {
  if (kind === 'multilabel') return classes.filter((_, at) => values[at]! >= threshold);
  if (kind === 'binary') return [classes[values[1]! >= threshold ? 1 : 0]!];
  return [classes[values.indexOf(Math.max(...values))]!];
}

type AnswerWindow = z.output<typeof classifyAnswer>['recordings'][number]['windows'][number];

function wholeOf(classes: readonly string[], windows: readonly AnswerWindow[]) {
  if (windows.length === 0) return null;
  const meanOf = (value: (window: AnswerWindow) => number) =>
    windows.reduce((sum, window) => sum + value(window), 0) / windows.length;
  return {
    windows: windows.length,
    meanProbabilities: Object.fromEntries(
      classes.map((name) => [name, meanOf((one) => one.probabilities[name]!)]),
    ),
    shares: Object.fromEntries(
      classes.map((name) => [name, meanOf((one) => Number(one.classes.includes(name)))]),
    ),
  };
}
