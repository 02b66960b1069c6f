// The names of the sources of synthetic records: `simulator`; `generator:DIR`; `refined:DIR`, records of the simulator that
// the generator refines; and `both:DIR`, records of the simulator and of the generator in turns.

import { PqrstError } from '../base/errors.js';

/** The source that an experiment takes by default. */
export const simulator = 'simulator';

/** A source by its parts. */
export type SourceParts =
  | { readonly kind: 'simulator' }
  | { readonly kind: 'generator' | 'refined' | 'both'; readonly folder: string };

/**
 * Parses the name of a source.
 *
 * @throws PqrstError ERR_OPTION: when it has another form.
 */
export function sourceParts(name: string): SourceParts {
  if (name === simulator) return { kind: simulator };
  const [, kind, folder] = /^(generator|refined|both):(.+)$/s.exec(name) ?? [];
  if (folder !== undefined) return { kind: kind as 'generator' | 'refined' | 'both', folder };
  throw new PqrstError(
    'ERR_OPTION',
    `experiment: a source is simulator, generator:DIR, refined:DIR or both:DIR, got "${name}"`,
  );
}

/** Returns whether a source reads records of the simulator. */
export function readsSimulator(name: string): boolean {
  return sourceParts(name).kind !== 'generator';
}
