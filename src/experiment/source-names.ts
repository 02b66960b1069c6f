// The names of the sources of synthetic records: `simulator`, `generator:DIR`, and `both:DIR`, whose records come from the
// simulator and from the generator in turns.

import { PqrstError } from '../base/errors.js';

/** The source that an experiment takes by default. */
export const simulator = 'simulator';

/** A source by its parts. */
export interface SourceParts {
  readonly hasSimulator: boolean;
  /** The folder of the generator; undefined without one. */
  readonly folder: string | undefined;
}

/**
 * Parses the name of a source.
 *
 * @throws PqrstError ERR_OPTION: when it has another form.
 */
export function sourceParts(name: string): SourceParts {
  if (name === simulator) return { hasSimulator: true, folder: undefined };
  const [, word, folder] = /^(generator|both):(.+)$/s.exec(name) ?? [];
  if (folder !== undefined) return { hasSimulator: word === 'both', folder };
  throw new PqrstError(
    'ERR_OPTION',
    `experiment: a source is simulator, generator:DIR or both:DIR, got "${name}"`,
  );
}
