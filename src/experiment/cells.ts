// The cells of an experiment, and the search that gives each its hyper-parameters.

import { hasRatio, usesSynthetic } from '../run/settings.js';
import type { ExperimentConfig } from './config.js';
import type { SearchKey } from './folder.js';
import type { CellKey } from './results.js';

/**
 * Returns the cells of a task and architecture: every setting with all positives, then with fewer positives, then with shares
 * of the real records. A setting with synthetic records has a cell per source, and one that adds records a cell per ratio.
 */
export function cellsOf(
  { settings, sources, ratios, shares, positives }: ExperimentConfig,
  { name, most }: { readonly name: string; readonly most: number },
  arch: string,
): CellKey[] {
  // A count that reaches the available positives equals the cell of all positives, so it is not run again.
  const counts = positives.filter((count) => count < most).reverse();
  const levels = [
    { positives: null, share: null, taken: settings },
    ...counts.map((count) => {
      return { positives: count, share: null, taken: settings.filter((setting) => setting !== 'syn') };
    }),
    ...[...shares].reverse().map((share) => {
      return {
        positives: null,
        share,
        taken: settings.filter((one) => one === 'real' || one === 'syn-real'),
      };
    }),
  ];
  return levels.flatMap(({ taken, ...level }) =>
    taken.flatMap((setting) =>
      (usesSynthetic(setting) ? sources : [null]).flatMap((source) =>
        (hasRatio(setting) ? ratios : [null]).map((ratio): CellKey => {
          return { task: name, arch, setting, ...level, source, ratio };
        }),
      ),
    ),
  );
}

/** Returns the search whose hyper-parameters a cell uses. */
export function searchOf({ task, arch, setting, source }: CellKey): SearchKey {
  return hasRatio(setting) ? { task, arch, setting: 'real', source: null } : { task, arch, setting, source };
}
