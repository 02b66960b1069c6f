// Random search with median pruning on pair 1. A trial's value is its lowest validation loss, which early stopping
// watches too; the papers name no other. Trials of one search come one after the other, because each is judged by
// those before it; several searches go side by side.

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
  /** pruned: worse than the median of the trials before; diverged: the loss stopped being a number. */
  outcome: z.enum(['done', 'pruned', 'diverged']),
  /** Lowest validation loss; null where it diverged. */
  valLoss: z.number().nullable(),
  /** Lowest validation loss so far at each validation. */
  lowestLosses: z.array(z.number()),
  seconds: z.number(),
});
export type Trial = z.infer<typeof trialSchema>;

const searchSchema = z.object({ finished: z.boolean(), trials: z.array(trialSchema) });
type SearchFile = z.infer<typeof searchSchema>;

/** Trials that are never pruned: a median of fewer says little. */
const warmUp = 4;
const fileName = 'trials.json';

/** Thrown by a trial's judge to end it. */
export class Pruned extends Error {
  override readonly name = 'Pruned';
}

export interface SearchRequest {
  readonly folder: string;
  readonly trials: number;
  readonly minutes?: number | undefined;
  draw(trial: number): Choice;
  /** Trains in `folder`; `judge` throws Pruned after a validation. */
  trainTrial(
    choice: Choice,
    folder: string,
    judge: (lowestLosses: readonly number[]) => void,
  ): Promise<readonly CurvePoint[]>;
  onTrial(trial: Trial): void;
}

export interface SearchResult {
  readonly best: Trial;
  /** The folder of the best trial; its checkpoint holds the weights. */
  readonly folder: string;
}

/** Goes on from the trials that are written down. ERR_DIVERGED where no trial has a loss. */
export async function search(request: SearchRequest): Promise<SearchResult> {
  const { folder, trials, minutes } = request;
  const path = join(folder, fileName);
  const found: SearchFile = (await readJson(
    path,
    (value) => searchSchema.parse(value),
    'delete it, and the search is done again',
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
    // Also those that an interruption has left.
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
    `all ${done.length} trials of the search in ${folder} diverged; look at the records, or begin with more trials in another folder`,
  );
}

async function runTrial(request: SearchRequest, before: readonly Trial[], folder: string): Promise<Trial> {
  const trial = before.length + 1;
  const choice = request.draw(trial);
  let lowestLosses: readonly number[] = [];
  const began = performance.now();
  const told = (outcome: Trial['outcome']): Trial => ({
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
    return told('done');
  } catch (error) {
    if (error instanceof Pruned) return told('pruned');
    if (!(error instanceof PqrstError && error.code === 'ERR_DIVERGED')) throw error;
    lowestLosses = [];
    return told('diverged');
  }
}

/** Lowest validation loss so far at each validation. */
export function lowestSoFar(curve: readonly CurvePoint[]): number[] {
  let low = Number.POSITIVE_INFINITY;
  return curve.flatMap(({ valLoss }) => {
    if (valLoss === null) return [];
    low = Math.min(low, valLoss);
    return [low];
  });
}

/** Worse than the median of the earlier trials at the same validation (Golovin et al., Google Vizier, 2017). */
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
