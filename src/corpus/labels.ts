// labels.csv of a set: the class of every record, from the plan alone, written row by row. A synthetic patient has one
// record.

import { join } from 'node:path';
import { labelAt } from '../signal/source.js';
import { type CorpusFile, type CorpusPlan, type CorpusSet, recordName } from './format.js';
import { writeLines } from './hashed-file.js';

/** Writes `labels.csv` (record,label,patient) into `folder`; `nameOf` returns the path of a record. ERR_WRITE. */
export async function writeLabels(
  folder: string,
  plan: CorpusPlan,
  set: CorpusSet,
  nameOf: (index: number) => string = recordName,
): Promise<CorpusFile> {
  const path = 'labels.csv';
  return { path, ...(await writeLines(join(folder, path), rows(plan, set, nameOf))) };
}

function* rows(
  { classes }: CorpusPlan,
  { start, count }: CorpusSet,
  nameOf: (index: number) => string,
): Generator<string> {
  yield 'record,label,patient';
  for (let index = start; index < start + count; index++) {
    yield `${nameOf(index)},${labelAt(classes, index)},${recordName(index)}`;
  }
}
