// Filters and z-scores the records of a source, as the windows of real recordings are filtered and z-scored.

import { PqrstError } from '../base/errors.js';
import { leadFilter } from '../signal/filter.js';
import type { SignalSource } from '../signal/source.js';
import { standardize } from '../signal/standardize.js';

/**
 * Returns a source of the same records, each lead filtered and then z-scored by itself.
 *
 * @param source - makes records in mV.
 * @param filter - `LOW-HIGH` in Hz, such as `0.5-40`.
 * @throws PqrstError The errors of `leadFilter`. A batch rejects with ERR_SIGNAL if a lead is flat after the filter.
 */
export function filteredSource(source: SignalSource, filter: string): SignalSource {
  const { lengthSamples, leads } = source;
  const apply = leadFilter(filter, source);
  return {
    ...source,
    unit: 'sd',
    batch: async (request) => {
      const { signals } = await source.batch(request);
      for (let row = 0; row < request.count; row++) {
        for (const [at, name] of leads.entries()) {
          const start = (row * leads.length + at) * lengthSamples;
          const lead = signals.subarray(start, start + lengthSamples);
          const title = `lead ${name} of the synthetic record ${request.start + row}`;
          if (!apply(lead, lead)) throw flat(title, filter);
          standardize(lead, lead, title);
        }
      }
      return { signals };
    },
  };
}

function flat(title: string, filter: string): PqrstError {
  return new PqrstError(
    'ERR_SIGNAL',
    `${title} is flat after the filter ${filter}; choose a filter that keeps a part of the ECG, such as 0.5-40`,
  );
}
