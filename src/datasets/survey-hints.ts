// The hints of a survey: what a user of the data set should know before a training. Opens no file.

import type { EcgClass } from '../signal/classes.js';
import { restLabel } from '../signal/tasks.js';
import type { LabelShare, RecordFacts } from './survey-counts.js';

const fewRecords = 10;

/** Returns sentences about the limits of a data set with these records, and about what its user can do. */
export function hintsOf(
  facts: readonly RecordFacts[],
  classes: readonly LabelShare[],
  unreadable: number,
  labels: readonly LabelShare[],
): string[] {
  const single = classes
    .filter(({ patients }) => patients === 1)
    .map(({ label }) => {
      const one = facts.find((fact) => shows(fact, label))!.entry.patientId;
      return `${label} comes from one patient (${one})`;
    });
  const small = classes
    .filter(({ patients, records }) => patients > 1 && records < fewRecords)
    .map(({ label, records, patients }) => {
      return `${label} has ${records} records${patients < records ? ` of ${patients} patients` : ''}`;
    });
  const hints: string[] = [];
  if (single.length > 0) {
    hints.push(`${single.join(', ')}; state this wherever you report a result of it`);
  }
  if (small.length > 0) {
    hints.push(`${small.join(', ')}; a result from fewer than ${fewRecords} records proves little`);
  }
  if (facts.length === 0) {
    hints.push('the folder has no record of this kind; check the folder, and the kind before the colon');
  } else if (unreadable === facts.length) {
    hints.push('no record can be read; the list of unreadable records has the reasons');
  } else if (classes.length === 0) {
    const task = exampleTask(labels.map(({ label }) => label));
    hints.push(
      'no shipped class occurs; use labels of the data set as a task, POSITIVE:NEGATIVE or LABEL:rest' +
        (task === undefined ? '' : `, such as \`task\` ${task}`),
    );
  }
  return hints;
}

/**
 * Returns a task of the two most frequent labels as an example. Numbers are compared by size, because 1 usually marks the
 * finding and 0 its absence.
 */
function exampleTask(labels: readonly string[]): string | undefined {
  const usable = labels.filter((label) => !/[:+,]/.test(label) && label !== restLabel).slice(0, 2);
  const [negative, positive] = usable.every((label) => /^\d+$/.test(label))
    ? usable.sort((a, b) => Number(a) - Number(b))
    : usable;
  return negative === undefined || positive === undefined ? undefined : `${positive}:${negative}`;
}

function shows({ entry, windows }: RecordFacts, name: EcgClass): boolean {
  return entry.classes.includes(name) || windows.some(({ classes }) => classes.includes(name));
}
