// What a user can write where a task names a label that pqrst does not know: the labels of the user's own data.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { frequentLabels, openDataset } from '../datasets/dataset.js';
import { defaultFsHz, defaultSeconds } from '../signal/defaults.js';
import type { WindowSet } from '../signal/window.js';

/** The values of a configuration that decide which windows a data set gives. */
export interface GivenWindows {
  readonly task: string;
  readonly fsHz?: number | undefined;
  readonly seconds?: number | undefined;
}

/**
 * Returns the error of a configuration; if it refuses the task, with the labels of the data and their numbers of windows.
 * An error of the data leaves the first error as it is: the user must change the task first.
 */
export async function withKnownLabels(
  error: unknown,
  { task, fsHz = defaultFsHz, seconds = defaultSeconds }: GivenWindows,
  data: string | WindowSet | undefined,
  { signal, onProgress }: JobOptions,
): Promise<unknown> {
  if (data === undefined || !(error instanceof PqrstError) || !error.message.includes(`task "${task}"`)) {
    return error;
  }
  try {
    const set =
      typeof data === 'string'
        ? await openDataset(data, {
            ...{ fsHz, seconds },
            ...(signal && { signal }),
            ...(onProgress && { onProgress }),
          })
        : data;
    return new PqrstError(
      error.code,
      `${error.message}. The data are ${set.source}. ${frequentLabels(set)}`,
      {
        cause: error,
      },
    );
  } catch (other) {
    if (other instanceof PqrstError) return error;
    throw other;
  }
}
