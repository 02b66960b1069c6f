// The windows that a run or an evaluation works on: opened by name, or handed over and checked.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { openDataset } from '../datasets/dataset.js';
import { samplesOf } from '../signal/samples.js';
import type { WindowSet } from '../signal/window.js';

/**
 * Opens a data set at a rate and a window length, or checks that windows at hand have them.
 *
 * @param data - As `openDataset` takes it (`mitdb:DIR`), or windows.
 * @param at - The sampling rate in Hz and the window length in s.
 * @param who - What takes the windows, for the error message: `the run`, or a model file.
 * @throws PqrstError ERR_OPTION: when windows at hand have another rate or length. Otherwise as `openDataset`.
 */
export async function openWindowsAt(
  data: string | WindowSet,
  { fsHz, seconds }: { readonly fsHz: number; readonly seconds: number },
  who: string,
  { signal, onProgress }: JobOptions = {},
): Promise<WindowSet> {
  if (typeof data === 'string') {
    return openDataset(data, { fsHz, seconds, ...(signal && { signal }), ...(onProgress && { onProgress }) });
  }
  const lengthSamples = samplesOf(seconds, fsHz);
  if (data.fsHz === fsHz && data.lengthSamples === lengthSamples) return data;
  throw new PqrstError(
    'ERR_OPTION',
    `the windows of ${data.source} are ${data.lengthSamples} samples at ${data.fsHz} Hz, but ${who} takes ` +
      `${lengthSamples} samples at ${fsHz} Hz; load them at that rate and length`,
  );
}
