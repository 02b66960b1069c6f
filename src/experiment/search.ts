// Random search with median pruning, on pair 1. The best trial is the one with the lowest validation loss, which early
// stopping uses too; the papers state no other criterion. The trials of one search run one after the other, because
// pruning compares each trial with the earlier ones. Several searches can run in parallel.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { readJson, writeJson } from '../base/json-file.js';
import { quantile } from '../score/metrics.js';
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
  /** `pruned`: worse than the median of the earlier trials. `diverged`: the loss was no longer a number. */
  outcome: z.enum(['done', 'pruned', 'diverged']),
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
 * - `outcome`: `done`; `pruned`, if it was worse than the median of the earlier trials; or `diverged`, if the loss was
 * no longer a number.
 * - `valLoss`: lowest validation loss; null if the trial diverged.
 * - `lowestLosses`: lowest validation loss so far, at each validation.
 * - `seconds`: time of the trial in s.
 */
export type Trial = z.infer<typeof trialSchema>;

const searchSchema = z.object({ finished: z.boolean(), trials: z.array(trialSchema) });
type SearchFile = z.infer<typeof searchSchema>;

/** Number of first trials that are never pruned, because a median of fewer values is not reliable. */
const warmUp = 4;
const fileName = 'trials.json';

/** Ends a trial early; thrown by `judge`. */
export class Pruned extends Error {
  override readonly name = 'Pruned';
}

/** A search: its folder, its limits, and how it draws and trains. */
export interface SearchRequest {
  readonly folder: string;
  readonly trials: number;
  /** The time after which no further trial starts; at least one trial is trained. Default: no limit. */
  readonly minutes?: number | undefined;
  /** Returns the hyper-parameters of a trial; the first trial has the number 1. */
  draw(trial: number): Choice;
  /** Trains in `folder` and returns the curve. It calls `judge` after each validation; `judge` throws `Pruned`. */
  trainTrial(
    choice: Choice,
    folder: string,
    judge: (lowestLosses: readonly number[]) => void,
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
 * Trains the trials that trials.json does not have yet, and returns the best of all.
 *
 * @throws PqrstError ERR_DIVERGED: when every trial diverged.
 * @throws PqrstError ERR_CHECKPOINT: when trials.json is damaged.
 * @throws PqrstError The other errors of a training. They end the search; a later call resumes it.
 */
export async function search(request: SearchRequest): Promise<SearchResult> {
  const { folder, trials, minutes } = request;
  const path = join(folder, fileName);
  const found: SearchFile = (await readJson(
    path,
    (value) => searchSchema.parse(value),
    'delete it, and the search starts again',
  )) ?? { finished: false, trials: [] };
  const done = [...found.trials];
  const trialFolder = (trial: number) => join(folder, `trial-${String(trial).padStart(3, '0')}`);
  const save = (finished: boolean) => writeJson(path, { finished, trials: done });
  const isOver = () => {
    const spent = done.reduce((sum, { seconds }) => sum + seconds, 0);
    const isLate = minutes !== undefined && done.length > 0 && spent >= 60 * minutes;
    return found.finished || done.length >= trials || isLate;
  };
  for (;;) {
    const best = bestOf(done);
    // This also removes the folders that an interrupted search left.
    for (const { trial } of done) {
      if (trial !== best?.trial) await rm(trialFolder(trial), { recursive: true, force: true });
    }
    if (isOver()) break;
    const trial = await runTrial(request, done, trialFolder(done.length + 1));
    done.push(trial);
    await save(isOver());
    request.onTrial(trial);
  }
  const best = bestOf(done);
  if (best !== undefined) return { best, folder: trialFolder(best.trial) };
  throw new PqrstError(
    'ERR_DIVERGED',
    `all ${done.length} trials of the search in ${folder} diverged; check the records, or start an experiment with ` +
      'more trials in another folder',
  );
}

async function runTrial(request: SearchRequest, before: readonly Trial[], folder: string): Promise<Trial> {
  const trial = before.length + 1;
  const choice = request.draw(trial);
  let lowestLosses: readonly number[] = [];
  const began = performance.now();
  const ended = (outcome: Trial['outcome']): Trial => ({
    trial,
    choice: choice as Trial['choice'],
    outcome,
    valLoss: lowestLosses.at(-1) ?? null,
    lowestLosses: [...lowestLosses],
    seconds: (performance.now() - began) / 1000,
  });
  try {
    const curve = await request.trainTrial(choice, folder, (now) => {
      lowestLosses = now;
      if (isHopeless(now, before)) throw new Pruned('worse than the median');
    });
    lowestLosses = lowestSoFar(curve);
    return ended('done');
  } catch (error) {
    if (error instanceof Pruned) return ended('pruned');
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
