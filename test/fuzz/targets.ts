// All parsers of files.

import { signalTargets } from './signals.js';
import { storedTargets } from './stored.js';
import { tableTargets } from './tables.js';
import type { Target } from './target.js';

/** Makes the parsers. `models` is a folder of ONNX files. */
export async function allTargets(models: string): Promise<Target[]> {
  return [...(await signalTargets()), ...tableTargets(), ...(await storedTargets(models))];
}
