// Finds the options that an evaluation needs because the model file does not state them, so that one message names them all.

import type { ModelMetadata } from '../model/metadata.js';
import type { JudgeOptions } from './evaluate.js';

/**
 * Returns which options an evaluation needs and lacks; undefined if none is missing.
 *
 * @param asksFor - Returns whether the model already asks for an option. With `classes` no task is needed.
 */
export function missingOptions(
  { task, fsHz, scaling, prior, trainPrior }: JudgeOptions,
  metadata: ModelMetadata,
  source: string,
  asksFor: (option: string) => boolean = () => false,
): string | undefined {
  const { classes = [] } = metadata;
  const known: Readonly<Record<string, unknown>> = {
    task: task ?? metadata.task ?? (asksFor('classes') || classes.length > 1 ? classes : undefined),
    fsHz: fsHz ?? metadata.fsHz,
    scaling: scaling ?? metadata.scaling,
    trainPrior:
      prior === undefined || classes.length > 2 ? 'not needed' : (trainPrior ?? metadata.trainPrior),
  };
  const names = Object.keys(known).filter((name) => known[name] === undefined && !asksFor(name));
  if (names.length === 0) return undefined;
  const options = listed(names.map((name) => `\`${name}\``));
  return `${source} does not state its ${listed(names)}; give ${names.length === 1 ? 'it' : 'them'} with ${options}`;
}

/** Returns words as a list: `a, b and c`. */
function listed(words: readonly string[]): string {
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' and ');
}
