// Gives access to the records of a data set, whether its kind lists or streams them.

import { PqrstError } from '../base/errors.js';
import type { LabelMap } from '../signal/synonyms.js';
import type { LabelReading, WindowOptions } from '../signal/window.js';
import { withFetchAdvice } from './fetch-advice.js';
import type { CutRecord, DatasetKind, ListedKind, RecordEntry } from './kind.js';
import { readingsOf, unusedOfMap } from './own-labels.js';
import { mapSideBySide } from './side-by-side.js';

/** Processes one record. `read` returns its signals, or the reason why it gives no window. */
export type UseRecord<Made> = (entry: RecordEntry, read: () => Promise<CutRecord | string>) => Promise<Made>;

/** The records of an open data set. */
export interface RecordSource {
  readonly count: number;
  /** All files of the records, relative to the folder; empty if the records are streamed. */
  readonly files: readonly string[];
  /** Sentences about the list of records for its user. */
  readonly notes: readonly string[];
  /** How the labels of a user's own table are read as classes; absent for other kinds. */
  readonly readings?: readonly LabelReading[];
  /** Returns the results of `use` in the order of the records, and reports progress. Rejects with `signal.reason`. */
  map<Made>(use: UseRecord<Made>): Promise<Made[]>;
}

/** Returns whether a kind lists its records; otherwise it streams them. */
export function isListed(kind: DatasetKind): kind is ListedKind {
  return 'list' in kind;
}

/**
 * Opens the data set in `folder`. The errors are those of `list` or `stream` of its kind.
 *
 * @param names - the recordings to open; default all.
 */
export async function openRecords(
  kind: DatasetKind,
  folder: string,
  options: WindowOptions,
  names?: ReadonlySet<string>,
): Promise<RecordSource> {
  const isWanted = ({ recordName }: RecordEntry) => names?.has(recordName) ?? true;
  const { labelMap } = options;
  let done = 0;
  const counting =
    <Made>(use: UseRecord<Made>, count: number): UseRecord<Made> =>
    async (entry, read) => {
      const made = await use(entry, read);
      options.onProgress?.(++done, count);
      return made;
    };
  if (isListed(kind)) {
    const notes: string[] = [];
    const listed = await kind.list(folder, options, notes).catch((error) => {
      throw withFetchAdvice(error, folder, kind.kind);
    });
    const entries = listed.filter(isWanted);
    const count = entries.length;
    notes.push(...mapNotes(kind, listed, labelMap));
    return {
      count,
      notes,
      ...(kind.ownLabels && { readings: readingsOf(listed, labelMap) }),
      files: [...new Set(entries.flatMap((entry) => entry.files))],
      map: (use) => {
        const each = counting(use, count);
        const readOne = (entry: RecordEntry) =>
          each(entry, async () => {
            if (entry.flaw !== undefined) throw new PqrstError('ERR_CSV', entry.flaw);
            return kind.read(folder, entry, options);
          });
        return mapSideBySide(entries, readOne, options.signal);
      },
    };
  }
  const { count: whole, records } = await kind.stream(folder, options);
  const count = names?.size ?? whole;
  return {
    count,
    files: [],
    notes: mapNotes(kind, [], labelMap),
    map: async (use) => {
      const each = counting(use, count);
      const made = [];
      for await (const { entry, cut } of records) {
        if (isWanted(entry)) made.push(await each(entry, async () => cut));
      }
      return made;
    },
  };
}

/** Returns notes about the labels of a user's map that the data set does not have. */
function mapNotes(
  { kind, ownLabels }: DatasetKind,
  records: readonly RecordEntry[],
  map: LabelMap | undefined,
): string[] {
  if (map === undefined) return [];
  if (!ownLabels) return [`\`labelMap\` has no effect on the labels of ${kind}:, which the data set defines`];
  const unused = unusedOfMap(records, map);
  return unused.length === 0
    ? []
    : [`no record has the label ${unused.join(', ')}, which \`labelMap\` names; check its spelling`];
}
