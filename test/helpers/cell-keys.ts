// Keys of cells of an experiment, complete where a test names only what it needs.

import type { CellKey } from '#lib/experiment/results.js';
import { type Setting, usesSynthetic } from '#lib/run/settings.js';

/** Returns the key of a cell: all records, and the simulator where the setting has synthetic records. */
export function keyOf(task: string, arch: string, setting: Setting, given: Partial<CellKey> = {}): CellKey {
  const source = usesSynthetic(setting) ? 'simulator' : null;
  return { task, arch, setting, positives: null, source, ratio: null, share: null, ...given };
}
