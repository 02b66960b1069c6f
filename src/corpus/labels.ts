// Writes labels.csv of a set, row by row: the classes of every record, which follow from the plan alone. A record of
// several classes (`af+pvc`, `normal>af`) has them separated by `;`. Each record is of a synthetic patient of its own.

import { join } from 'node:path';
import { shownClasses } from '../signal/class-table.js';
import { labelAt } from '../signal/source.js';
import { type CorpusFile, type CorpusPlan, type CorpusSet, recordName } from './format.js';
import { writeLines } from './hashed-file.js';

/**
 * Writes the table `path` (record,label,patient) into `folder`. `nameOf` returns the path of a record.
 *
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function writeLabels(
  folder: string,
  plan: CorpusPlan,
  set: CorpusSet,
  nameOf: (index: number) => string = recordName,
  path = 'labels.csv',
): Promise<CorpusFile> {
  return { path, ...(await writeLines(join(folder, path), rows(plan, set, nameOf))) };
}

function* rows(
  { classes, ownClasses }: CorpusPlan,
  { start, count }: CorpusSet,
  nameOf: (index: number) => string,
): Generator<string> {
  yield 'record,label,patient';
  for (let index = start; index < start + count; index++) {
    const label = shownClasses(labelAt(classes, index), ownClasses).join(';');
    yield `${nameOf(index)},${label},${recordName(index)}`;
  }
}
