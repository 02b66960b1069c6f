// Random search with median pruning, on pair 1. The best trial is the one with the lowest validation loss, which early
// stopping uses too; the papers state no other criterion. The trials of one search run one after the other, because
// pruning compares each trial with the earlier ones. Several searches can run in parallel.
// A time limit also cuts the trial that is running. The trial keeps the lowest loss of its validations, as a pruned one
// does; without a validation it is not recorded.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { readJson, writeJson } from '../base/json-file.js';
import { quantile } from '../base/quantile.js';
import type { CurvePoint } from '../train/checkpoint.js';
import type { Choice } from './hyper-parameters.js';

const trialSchema = z.object({
  trial: z.int().min(1),
  choice: z.object({
    learningRate: z.number(),
    shiftRate: z.number(),
    maskRate: z.number(),
    archOptions: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  }),
  /**
   * `pruned`: worse than the median of the earlier trials. `diverged`: the loss was no longer a number. `cut`: the time
   * limit ended it.
   */
  outcome: z.enum(['done', 'pruned', 'diverged', 'cut']),
  /** The lowest validation loss; null if the trial diverged. */
  valLoss: z.number().nullable(),
  /** The lowest validation loss so far, at each validation. */
  lowestLosses: z.array(z.number()),
  seconds: z.number(),
});
/**
 * One trial of a search, as trials.json stores it.
 *
 * - `trial`: number of the trial within the search, from 1.
 * - `choice`: the drawn learning rate, `shiftRate` and `maskRate` (shares of the length of a window, 0-1) and
 * hyper-parameters of the architecture.
 * - `outcome`: `done`; `pruned`, if it was worse than the median of the earlier trials; `diverged`, if the loss was no
 * longer a number; or `cut`, if the time limit ended it after a validation.
 * - `valLoss`: lowest validation loss; null if the trial diverged.
 * - `lowestLosses`: lowest validation loss so far, at each validation.
 * - `seconds`: time of the trial in s.
 */
export type Trial = z.infer<typeof trialSchema>;

const searchSchema = z.object({
  finished: z.boolean(),
  trials: z.array(trialSchema),
  /** Time in s that an interruption spent on the trial after the last one, which is resumed. */
  unfinishedSeconds: z.number().default(0),
});
type SearchFile = z.infer<typeof searchSchema>;

/** Number of first trials that are never pruned, because a median of fewer values is not reliable. */
const warmUp = 4;
const fileName = 'trials.json';

/** The longest delay of a timer in ms. */
const longestDelayMs = 2 ** 31 - 1;

/** The reason of the signal that cuts a trial. */
class TimeIsUp extends Error {
  override readonly name = 'TimeIsUp';
}

/** Ends a trial early; thrown by `judge`. */
export class Pruned extends Error {
  override readonly name = 'Pruned';
}

/** A search: its folder, its limits, and how it draws and trains. */
export interface SearchRequest {
  readonly folder: string;
  readonly trials: number;
  /** The time after which the running trial is cut and no further one starts. Default: no limit. */
  readonly minutes?: number | undefined;
  /** Returns the hyper-parameters of a trial; the first trial has the number 1. */
  draw(trial: number): Choice;
  /**
   * Trains in `folder` and returns the curve. It calls `judge` after each validation; `judge` throws `Pruned`. It rejects
   * with the reason of `deadline`, which is aborted when the time of the search is over.
   */
  trainTrial(
    choice: Choice,
    folder: string,
    judge: (lowestLosses: readonly number[]) => void,
    deadline: AbortSignal,
  ): Promise<readonly CurvePoint[]>;
  /** Called after each trial. */
  onTrial(trial: Trial): void;
}

/** The best trial of a finished search. */
export interface SearchResult {
  readonly best: Trial;
  /** The folder of the best trial; its checkpoint holds the weights. */
  readonly folder: string;
}

/**
 * Trains the trials that trials.json does not have yet, and returns the best of all; undefined if the time limit ended the
 * search before its first validation.
 *
 * @throws PqrstError ERR_DIVERGED: when every trial diverged.
 * @throws PqrstError ERR_CHECKPOINT: when trials.json is damaged.
 * @throws PqrstError The other errors of a training. They end the search; a later call resumes it.
 */
export async function search(request: SearchRequest): Promise<SearchResult | undefined> {
  const { folder, trials, minutes } = request;
  const path = join(folder, fileName);
  const found = (await readSearch(folder)) ?? { finished: false, trials: [], unfinishedSeconds: 0 };
  const done = [...found.trials];
  const trialFolder = (trial: number) => join(folder, `trial-${String(trial).padStart(3, '0')}`);
  const save = (finished: boolean, unfinishedSeconds = 0) =>
    writeJson(path, { finished, trials: done, unfinishedSeconds } satisfies SearchFile);
  let { finished, unfinishedSeconds } = found;
  const leftSeconds = () =>
    60 * (minutes ?? Number.POSITIVE_INFINITY) - done.reduce((sum, { seconds }) => sum + seconds, 0);
  for (;;) {
    const best = bestOf(done);
    // This also removes the folders that an interrupted search left.
    for (const { trial } of done) {
      if (trial !== best?.trial) await rm(trialFolder(trial), { recursive: true, force: true });
    }
    if (finished || done.length >= trials) break;
    const began = performance.now() - 1000 * unfinishedSeconds;
    const spentSeconds = () => (performance.now() - began) / 1000;
    const limit = deadlineIn(leftSeconds() - unfinishedSeconds);
    const place = trialFolder(done.length + 1);
    const trial = await runTrial(request, {
      before: done,
      folder: place,
      spentSeconds,
      deadline: limit.signal,
    })
      .catch(async (error: unknown) => {
        // Its checkpoint stays. The next call resumes it with the time that is left. A failure of the trial is reported
        // rather than one of this file.
        await Promise.allSettled([save(false, spentSeconds())]);
        throw error;
      })
      .finally(limit.clear);
    unfinishedSeconds = 0;
    if (trial !== undefined) done.push(trial);
    // The folder of a trial without a validation holds nothing to use.
    else await rm(place, { recursive: true, force: true });
    finished = done.length >= trials || trial === undefined || trial.outcome === 'cut' || leftSeconds() <= 0;
    await save(finished);
    if (trial !== undefined) request.onTrial(trial);
  }
  const best = bestOf(done);
  if (best !== undefined) return { best, folder: trialFolder(best.trial) };
  if (done.length === 0) return undefined;
  throw new PqrstError(
    'ERR_DIVERGED',
    `all ${done.length} trials of the search in ${folder} diverged; check the records, or start an experiment with ` +
      'more trials in another folder',
  );
}

/** Reads trials.json of the search in `folder`; returns undefined if there is no such file. */
function readSearch(folder: string): Promise<SearchFile | undefined> {
  return readJson(
    join(folder, fileName),
    (value) => searchSchema.parse(value),
    'delete it, and the search starts again',
  );
}

/** Returns whether the search in `folder` is finished. */
export async function isFinishedSearch(folder: string): Promise<boolean> {
  return (await readSearch(folder))?.finished === true;
}

/** Returns whether the time limit ended the search in `folder` before its first validation. */
export async function hasFoundNothing(folder: string): Promise<boolean> {
  const found = await readSearch(folder);
  return found?.finished === true && found.trials.length === 0;
}

/** Returns a signal that is aborted after `seconds`, and a function that stops its timer. */
function deadlineIn(seconds: number): { readonly signal: AbortSignal; readonly clear: () => void } {
  const controller = new AbortController();
  const delayMs = Math.min(Math.max(1000 * seconds, 0), longestDelayMs);
  const timer = setTimeout(() => controller.abort(new TimeIsUp('the time of the search is over')), delayMs);
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}

interface TrialPlan {
  readonly before: readonly Trial[];
  readonly folder: string;
  readonly spentSeconds: () => number;
  readonly deadline: AbortSignal;
}

/** Trains one trial; returns undefined if the time was over before its first validation. */
async function runTrial(
  request: SearchRequest,
  { before, folder, spentSeconds, deadline }: TrialPlan,
): Promise<Trial | undefined> {
  const trial = before.length + 1;
  const choice = request.draw(trial);
  let lowestLosses: readonly number[] = [];
  const ended = (outcome: Trial['outcome']): Trial => ({
    trial,
    choice: choice as Trial['choice'],
    outcome,
    valLoss: lowestLosses.at(-1) ?? null,
    lowestLosses: [...lowestLosses],
    seconds: spentSeconds(),
  });
  try {
    const judge = (now: readonly number[]) => {
      lowestLosses = now;
      if (isHopeless(now, before)) throw new Pruned('worse than the median');
    };
    const curve = await request.trainTrial(choice, folder, judge, deadline);
    lowestLosses = lowestSoFar(curve);
    return ended('done');
  } catch (error) {
    if (error instanceof Pruned) return ended('pruned');
    if (error instanceof TimeIsUp) return lowestLosses.length === 0 ? undefined : ended('cut');
    if (!(error instanceof PqrstError && error.code === 'ERR_DIVERGED')) throw error;
    lowestLosses = [];
    return ended('diverged');
  }
}

/** Returns the lowest validation loss so far, at each validation. */
export function lowestSoFar(curve: readonly CurvePoint[]): number[] {
  let low = Number.POSITIVE_INFINITY;
  return curve.flatMap(({ valLoss }) => {
    if (valLoss === null) return [];
    low = Math.min(low, valLoss);
    return [low];
  });
}

/**
 * Returns whether a trial is worse than the median of the earlier trials at the same validation (Golovin et al., Google
 * Vizier, 2017).
 */
export function isHopeless(lowestLosses: readonly number[], before: readonly Trial[]): boolean {
  const at = lowestLosses.length - 1;
  const others = before.flatMap((trial) => trial.lowestLosses[at] ?? []);
  if (at < 0 || before.length < warmUp || others.length < warmUp) return false;
  return lowestLosses[at]! > quantile(Float64Array.from(others).sort(), 0.5);
}

function bestOf(trials: readonly Trial[]): Trial | undefined {
  const valued = trials.filter(({ valLoss }) => valLoss !== null);
  return valued.length === 0
    ? undefined
    : valued.reduce((best, one) => (one.valLoss! < best.valLoss! ? one : best));
}
