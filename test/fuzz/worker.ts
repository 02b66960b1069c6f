// Tries damaged files on one parser, in a process of its own, so that the peak of its memory can be measured and a crash
// or an endless loop ends this process only. scripts/fuzz.mjs starts it, with the name of the parser, the seed, the
// number of inputs, the folder of the models and a folder for its files. The file `at` in that folder always has the
// number of the input that is being read. With a number as the last argument, it saves this input and reads nothing.

import { mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PqrstError } from '#lib/base/errors.js';
import { inputOf, type Parts, type Target } from './target.js';
import { groups } from './targets.js';

/** The bounds of one input: CPU time, and memory beyond that of the valid files. */
const mostMs = 1000;
const mostMib = 512;
/** A slow input is read again, because a busy machine delays some. */
const triesOfSlow = 3;
const longestMessage = 2100;

/** The result for one parser, which the process prints as JSON. */
interface Outcome {
  accepted: number;
  refused: number;
  slowestMs: number;
  slowest: number;
  peakMib: number;
  failure?: { readonly at: number; readonly reason: string };
}

const peakMibNow = () => process.resourceUsage().maxRSS / 1024;
const cpuMs = (since?: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

/** Reads an input. Returns the reason of a failure, otherwise whether it was accepted. */
async function outcomeOf(target: Target, parts: Parts): Promise<boolean | string> {
  try {
    await target.parse(parts);
    return true;
  } catch (error) {
    if (!(error instanceof PqrstError)) return `not a PqrstError: ${(error as Error)?.stack ?? error}`;
    if (error.message.length > longestMessage) return `a message of ${error.message.length} characters`;
    return false;
  }
}

async function runTarget(target: Target, seed: number, count: number, progress: number): Promise<Outcome> {
  const outcome: Outcome = { accepted: 0, refused: 0, slowestMs: 0, slowest: 0, peakMib: 0 };
  for (const original of target.originals) {
    const result = await outcomeOf(target, original);
    if (result !== true) throw new Error(`${target.name} refuses a valid file: ${result}`);
  }
  const startMib = peakMibNow();
  for (let n = 0; n < count; n++) {
    writeSync(progress, String(n).padEnd(16), 0);
    const parts = inputOf(target, seed, n);
    let ms = Number.POSITIVE_INFINITY;
    let result: boolean | string = false;
    for (let tries = 0; tries < triesOfSlow && ms > mostMs; tries++) {
      const since = process.cpuUsage();
      result = await outcomeOf(target, parts);
      ms = Math.min(ms, cpuMs(since));
    }
    if (ms > outcome.slowestMs) [outcome.slowestMs, outcome.slowest] = [ms, n];
    outcome.peakMib = peakMibNow() - startMib;
    const reason =
      typeof result === 'string'
        ? result
        : ms > mostMs
          ? `it takes ${Math.round(ms)} ms; at most ${mostMs} are allowed`
          : outcome.peakMib > mostMib
            ? `it takes ${Math.round(outcome.peakMib)} MiB; at most ${mostMib} are allowed`
            : undefined;
    if (reason !== undefined) return { ...outcome, failure: { at: n, reason } };
    if (result === true) outcome.accepted++;
    else outcome.refused++;
  }
  return outcome;
}

const [name, seedText, countText, models, folder, saved] = process.argv.slice(2);
if (name === 'list') {
  const names: string[] = [];
  for (const [group, make] of Object.entries(groups)) {
    names.push(...(await make(models!)).map((target) => `${group}/${target.name}`));
  }
  console.log(JSON.stringify(names));
} else {
  const [group, own] = name!.split('/');
  const target = (await groups[group!]!(models!)).find((one) => one.name === own)!;
  const seed = Number(seedText);
  if (saved !== undefined) {
    for (const [part, bytes] of Object.entries(inputOf(target, seed, Number(saved)))) {
      const path = join(folder!, part);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
    }
  } else {
    const progress = openSync(join(folder!, 'at'), 'w');
    console.log(JSON.stringify(await runTarget(target, seed, Number(countText), progress)));
  }
}
