// The records of a data set, whether its kind lists or streams them. The order of the results is that of the records.

import type { WindowOptions } from '../signal/window.js';
import type { CutRecord, DatasetKind, ListedKind, RecordEntry } from './kind.js';
import { mapSideBySide } from './side-by-side.js';

/** Receives each record; `read` gives its signals, or the reason why it gives no window. */
export type UseRecord<Made> = (entry: RecordEntry, read: () => Promise<CutRecord | string>) => Promise<Made>;

/** The records of an open data set. */
export interface RecordSource {
  readonly count: number;
  /** Every file that the records are read from, relative to the folder; empty where they are streamed. */
  readonly files: readonly string[];
  /** Returns what `use` makes of each record. Reports progress, and throws `signal.reason` when aborted. */
  map<Made>(use: UseRecord<Made>): Promise<Made[]>;
}

/** Returns whether a kind lists its records; the records of others are streamed. */
export function isListed(kind: DatasetKind): kind is ListedKind {
  return 'list' in kind;
}

/** Opens the data set in `folder`. Throws the errors of its kind's `list` or `stream`. */
export async function openRecords(
  kind: DatasetKind,
  folder: string,
  options: WindowOptions,
): Promise<RecordSource> {
  let done = 0;
  const counting =
    <Made>(use: UseRecord<Made>, count: number): UseRecord<Made> =>
    async (entry, read) => {
      const made = await use(entry, read);
      options.onProgress?.(++done, count);
      return made;
    };
  if (isListed(kind)) {
    const entries = await kind.list(folder, options);
    const count = entries.length;
    return {
      count,
      files: [...new Set(entries.flatMap((entry) => entry.files))],
      map: (use) => {
        const each = counting(use, count);
        const readOne = (entry: RecordEntry) => each(entry, () => kind.read(folder, entry, options));
        return mapSideBySide(entries, readOne, options.signal);
      },
    };
  }
  const { count, records } = await kind.stream(folder, options);
  return {
    count,
    files: [],
    map: async (use) => {
      const each = counting(use, count);
      const made = [];
      for await (const { entry, cut } of records) made.push(await each(entry, async () => cut));
      return made;
    },
  };
}
