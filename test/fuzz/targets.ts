// All parsers of files, in groups that load only the modules that they need.

import type { Target } from './target.js';

/** Makes the parsers of each group. `models` is a folder of ONNX files. */
export const groups: Readonly<Record<string, (models: string) => Promise<Target[]>>> = {
  signals: async () => (await import('./signals.js')).signalTargets(),
  tables: async () => (await import('./tables.js')).tableTargets(),
  stored: async (models) => (await import('./stored.js')).storedTargets(models),
  corpora: async () => (await import('./corpora.js')).corpusTargets(),
};
