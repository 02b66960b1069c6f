// Counts the records of a data set by class, label, rate, lead and fold, and finds the tasks that the data set supports.
// `survey-hints.ts` has the hints for its user. Opens no file.

import { classNames } from '../signal/class-table.js';
import { type EcgClass, ecgTasks } from '../signal/classes.js';
import { classTasks, labelOf, parseLabelTask, restLabel } from '../signal/tasks.js';
import type { SignalUnit, SkippedRecord } from '../signal/window.js';
import type { RecordEntry } from './kind.js';
import { type LeadFacts, plausibilityNotes } from './plausibility.js';
import { hintsOf } from './survey-hints.js';

/** Patients that a split by patients needs for each label: one each for the test, training and validation sides. */
const leastPatients = 3;

/** The facts about one record. */
export interface RecordFacts {
  readonly entry: RecordEntry;
  readonly fsHz?: number;
  readonly lengthS?: number;
  /** All leads of the recording. */
  readonly leads?: readonly string[];
  /** The leads that its windows consist of. */
  readonly leadsRead?: readonly string[];
  /** The usable windows. */
  readonly windows: readonly { readonly classes: readonly EcgClass[]; readonly labels?: readonly string[] }[];
  /** The unit of its samples; absent if it was not read. */
  readonly unit?: SignalUnit;
  /** True if its files do not state the unit. */
  readonly isUnitAssumed?: true;
  /** The facts about the leads that were read; absent if there are none. */
  readonly read?: LeadFacts;
  /** The reason why it cannot be read. */
  readonly unreadable?: string;
  /** The reasons why it gives no windows, or fewer than its length allows. */
  readonly leftOut: readonly string[];
  /** Contradictions inside its files that change no sample that is read. */
  readonly notes?: readonly string[];
}

/** The size of a part of a data set. */
export interface Share {
  /** Number of records of the part. For a label, a record counts even if it has no usable window. */
  readonly records: number;
  /** Number of different patients of these records. */
  readonly patients: number;
  /** Number of usable windows. */
  readonly windows: number;
}

/** The size of the part that shows a label. */
export interface LabelShare extends Share {
  /** The label in the words of the data set, or the name of a class. */
  readonly label: string;
}

/** The two sides of a task. */
export interface TaskShare {
  /** Name of the task: `af` (a class against normal) or `af:rest` (a class against all other labelled windows). */
  readonly task: string;
  /** The part with windows of the task's class. */
  readonly positives: Share;
  /** The part with the windows of the other side, which do not have the task's class. */
  readonly negatives: Share;
  /** True if both sides have enough patients for a split by patients. */
  readonly byPatients: boolean;
}

/** The counts of a data set. */
export interface DatasetCounts {
  /** Number of records, with those that cannot be read. */
  readonly records: number;
  /** Number of different patients of these records. */
  readonly patients: number;
  /** Number of usable windows. */
  readonly windows: number;
  /** The classes that occur: the shipped ones in the order of their table, then those of the user. */
  readonly classes: readonly LabelShare[];
  /** The labels in the words of the data set, the most frequent first. */
  readonly labels: readonly LabelShare[];
  /** Sampling rates of the recordings in Hz, each with its number of records; the most frequent first. */
  readonly rates: readonly { readonly fsHz: number; readonly records: number }[];
  /** Sets of leads of the recordings, each with its number of records; the most frequent first. */
  readonly leads: readonly { readonly leads: readonly string[]; readonly records: number }[];
  /** Sets of leads that the windows consist of, each with its number of records; the most frequent first. */
  readonly leadsRead: readonly { readonly leads: readonly string[]; readonly records: number }[];
  /**
   * Units of the samples, each with its number of records; the most frequent first. WFDB and EDF files state a unit of
   * voltage, which is converted to mV. `isAssumed` is true where no file states the unit.
   */
  readonly units: readonly {
    readonly unit: SignalUnit;
    readonly isAssumed: boolean;
    readonly records: number;
  }[];
  /** Lengths of the records in s; null if no record states its length. */
  readonly lengthS: { readonly least: number; readonly median: number; readonly most: number } | null;
  /** The folds; empty if the data set has no folds. */
  readonly folds: readonly { readonly fold: number; readonly records: number; readonly patients: number }[];
  /** Records that cannot be read, each with the reason. */
  readonly unreadable: readonly SkippedRecord[];
  /** Readable records that give no windows, or fewer than their length allows, with the reasons. */
  readonly leftOut: readonly SkippedRecord[];
  /** Notes on records that can be read: a checksum that does not fit, or a signal file that holds more samples. */
  readonly recordNotes: readonly { readonly recordName: string; readonly note: string }[];
  /**
   * The sizes of the two sides of the tasks of one class: af, aflt, pvc and wpw, each other class that occurs against
   * normal, and each class that occurs against all other windows.
   */
  readonly tasks: readonly TaskShare[];
  /** Sentences about the data: columns of the table that are not used, implausible amplitudes, padding. */
  readonly notes: readonly string[];
  /** Sentences about limits of the data set, for example that all records of a class come from one patient. */
  readonly hints: readonly string[];
}

/**
 * Counts the records of a data set.
 *
 * @param notes - sentences about the list of records.
 */
export function countDataset(facts: readonly RecordFacts[], notes: readonly string[]): DatasetCounts {
  const words = facts.map(wordsOf);
  const found = new Set(
    facts.flatMap(({ entry, windows }) => [entry, ...windows].flatMap((one) => one.classes)),
  );
  const isClass = new Set([...classNames, ...found]);
  const classes = [...isClass].filter((name) => found.has(name)).map((name) => labelShare(name, words));
  const labels = labelShares(words).filter(({ label }) => !isClass.has(label));
  const tasks = taskNames(found).map((task) => taskShare(task, facts));
  const unreadable = facts.flatMap(({ entry, unreadable: reason }) =>
    reason === undefined ? [] : [{ recordName: entry.recordName, reason }],
  );
  return {
    records: facts.length,
    patients: distinct(facts.flatMap(({ entry }) => (entry.flaw === undefined ? [entry.patientId] : []))),
    windows: facts.reduce((sum, { windows }) => sum + windows.length, 0),
    ...{ classes, labels },
    rates: tally(facts, ({ fsHz }) => fsHz).map(([fsHz, of]) => ({ fsHz, records: of.length })),
    leads: tally(facts, ({ leads }) => leads?.join()).map(([, of]) => ({
      ...{ leads: of[0]!.leads!, records: of.length },
    })),
    leadsRead: tally(facts, ({ leadsRead }) => leadsRead?.join()).map(([, of]) => ({
      ...{ leads: of[0]!.leadsRead!, records: of.length },
    })),
    units: tally(facts, ({ unit, isUnitAssumed = false }) => unit && `${unit} ${isUnitAssumed}`).map(
      ([, of]) => ({
        ...{ unit: of[0]!.unit!, isAssumed: of[0]!.isUnitAssumed ?? false, records: of.length },
      }),
    ),
    lengthS: spread(facts.flatMap(({ lengthS }) => lengthS ?? [])),
    folds: tally(facts, ({ entry }) => entry.fold)
      .map(([fold, of]) => ({
        ...{ fold, records: of.length, patients: distinct(of.map(({ entry }) => entry.patientId)) },
      }))
      .sort((a, b) => a.fold - b.fold),
    unreadable,
    leftOut: facts.flatMap(({ entry, leftOut }) =>
      leftOut.map((reason) => ({ recordName: entry.recordName, reason })),
    ),
    recordNotes: facts.flatMap(({ entry, notes = [] }) =>
      notes.map((note) => ({ recordName: entry.recordName, note })),
    ),
    tasks,
    notes: [...notes, ...plausibilityNotes(facts.flatMap(({ read }) => read ?? []))],
    hints: hintsOf(facts, classes, unreadable.length, labels),
  };
}

/** The labels of one record. */
interface Words {
  readonly patientId: string;
  /** The number of windows that show each label; 0 if only the record as a whole has it. */
  readonly windows: ReadonlyMap<string, number>;
}

/** Returns all labels of a record and of its windows. */
function wordsOf({ entry, windows }: RecordFacts): Words {
  const counts = new Map<string, number>();
  for (const word of [...entry.classes, ...entry.labels]) counts.set(word, 0);
  for (const { classes, labels = [] } of windows) {
    for (const word of new Set([...classes, ...labels])) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { patientId: entry.patientId, windows: counts };
}

function labelShares(words: readonly Words[]): LabelShare[] {
  const byLabel = new Map<string, Words[]>();
  for (const record of words) {
    for (const label of record.windows.keys()) {
      const of = byLabel.get(label);
      if (of === undefined) byLabel.set(label, [record]);
      else of.push(record);
    }
  }
  const shares = [...byLabel].map(([label, of]) => labelShare(label, of));
  return shares.sort(
    (a, b) => b.records - a.records || b.windows - a.windows || (a.label < b.label ? -1 : 1),
  );
}

function labelShare(label: string, words: readonly Words[]): LabelShare {
  const shown = words.filter(({ windows }) => windows.has(label));
  return {
    label,
    records: shown.length,
    patients: distinct(shown.map(({ patientId }) => patientId)),
    windows: shown.reduce((sum, { windows }) => sum + windows.get(label)!, 0),
  };
}

/** Returns the tasks to count in a data set with these classes: each class against normal, then against the rest. */
function taskNames(found: ReadonlySet<string>): string[] {
  const paper: readonly string[] = ecgTasks;
  return [
    ...classTasks.filter((name) => paper.includes(name) || found.has(name)),
    ...classNames.filter((name) => found.has(name)).map((name) => `${name}:${restLabel}`),
  ];
}

function taskShare(name: string, facts: readonly RecordFacts[]): TaskShare {
  const task = parseLabelTask(name);
  const side = (label: number): Share => {
    const shown = facts.flatMap(({ entry, windows }) => {
      const count = windows.filter((window) => labelOf(task, window) === label).length;
      return count === 0 ? [] : [{ patientId: entry.patientId, count }];
    });
    return {
      records: shown.length,
      patients: distinct(shown.map(({ patientId }) => patientId)),
      windows: shown.reduce((sum, { count }) => sum + count, 0),
    };
  };
  const [negatives, positives] = [side(0), side(1)];
  const byPatients = Math.min(positives.patients, negatives.patients) >= leastPatients;
  return { task: name, positives, negatives, byPatients };
}

/** Groups records by their key, the largest group first; records without a key are ignored. */
function tally<K extends string | number>(
  facts: readonly RecordFacts[],
  keyOf: (fact: RecordFacts) => K | undefined,
): [K, RecordFacts[]][] {
  const groups = new Map<K, RecordFacts[]>();
  for (const fact of facts) {
    const key = keyOf(fact);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [fact]);
    else group.push(fact);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

function spread(values: readonly number[]): DatasetCounts['lengthS'] {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return null;
  const middle = (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
  return { least, median: middle, most };
}

function distinct(values: readonly string[]): number {
  return new Set(values).size;
}
