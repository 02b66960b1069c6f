// Opens the windows of a run or an evaluation. The caller names a data set, or gives windows, which this file then checks.

import { PqrstError } from '../base/errors.js';
import type { JobOptions } from '../base/job.js';
import { openDataset } from '../datasets/dataset.js';
import { parseDatasetRefs } from '../datasets/refs.js';
import { expectReadable } from '../datasets/windows.js';
import { samplesOf } from '../signal/samples.js';
import type { LabelMap } from '../signal/synonyms.js';
import type { WindowSet } from '../signal/window.js';
import { expectLeads } from './leads.js';

/** The windows that a run or a model takes. */
export interface WindowShape {
  readonly fsHz: number;
  /** Length of a window in seconds. */
  readonly seconds: number;
  /** The requested leads; default one lead, as `openDataset` reads it. */
  readonly leads?: readonly string[] | undefined;
  /** The filter of the windows, in its usual spelling; default no filter. */
  readonly filter?: string | undefined;
  /** What labels of own tables mean; default: the table of synonyms decides. Given windows are labelled already. */
  readonly labelMap?: LabelMap | undefined;
  /** The number of leads that given windows must have if no leads are requested; default any number. */
  readonly leadCount?: number;
}

/**
 * Opens a data set at a rate and a window length, or checks that given windows have this rate, length, filter and
 * leads.
 *
 * @param data - As `openDataset` takes it (`mitdb:DIR`), or windows.
 * @param who - What takes the windows, for the error message: `the run`, or a model file.
 * @throws PqrstError ERR_OPTION: when given windows have another rate, length, filter or leads.
 * @throws PqrstError ERR_DATA_UNREADABLE: with `strict`, when a row, path or record cannot be read.
 * @throws PqrstError The errors of `openDataset`.
 */
export async function openWindowsAt(
  data: string | WindowSet,
  { fsHz, seconds, leads, leadCount, filter, labelMap }: WindowShape,
  who: string,
  { signal, onProgress, strict = false }: JobOptions & { readonly strict?: boolean | undefined } = {},
): Promise<WindowSet> {
  if (typeof data === 'string') {
    const set = await openDataset(data, {
      ...{ fsHz, seconds },
      ...(leads && { leads }),
      ...(filter !== undefined && { filter }),
      ...(labelMap && { labelMap }),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    return strict ? expectReadable(set) : set;
  }
  if (strict) expectReadable(data);
  const expected = leads ?? leadCount;
  if (expected !== undefined) expectLeads(data, expected, who);
  if (data.filter !== filter) {
    const [found, taken] = [data.filter, filter].map((one) =>
      one === undefined ? 'not filtered' : `filtered with ${one}`,
    );
    throw new PqrstError(
      'ERR_OPTION',
      `the windows of ${data.source} are ${found}, but those of ${who} are ${taken}; load them ` +
        `${filter === undefined ? 'without `filter`' : `with \`filter\` ${filter}`}`,
    );
  }
  const lengthSamples = samplesOf(seconds, fsHz);
  if (data.fsHz === fsHz && data.lengthSamples === lengthSamples) return data;
  throw new PqrstError(
    'ERR_OPTION',
    `the windows of ${data.source} are ${data.lengthSamples} samples at ${data.fsHz} Hz, but ${who} takes ` +
      `${lengthSamples} samples at ${fsHz} Hz; load them at that rate and length`,
  );
}

/** Returns the map of labels of a model, if a data set has labels of a user's own table; other kinds define theirs. */
export function mapFor(data: string | WindowSet, labelMap: LabelMap | undefined): LabelMap | undefined {
  if (labelMap === undefined || typeof data !== 'string') return undefined;
  return parseDatasetRefs([data]).some(({ kind }) => kind.ownLabels) ? labelMap : undefined;
}
