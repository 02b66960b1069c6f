// predictions.csv: one row per test set and window, with one probability per label (p0, p1, ...), in the order of the
// task's labels. A task of two labels has p0 = 1 - p1. A reader gets the same numbers to the last bit.

import { PqrstError } from '../base/errors.js';
import { fileLimits, readText } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { csvText } from '../codecs/csv.js';
import { parseRows } from '../codecs/table-text.js';
import type { Prediction } from '../score/predictions.js';

/** The name of the test set that consists of a run's own real records, which are held back from training. */
export const heldBack = 'held-back';

/** The predictions of one model on one test set. */
export interface TestPredictions {
  readonly test: string;
  readonly rows: readonly Prediction[];
}

const columns = ['test', 'recordName', 'patientId', 'startS', 'label'] as const;

/**
 * Returns the text of a predictions file: a header line, then one line per test set and window.
 *
 * @example
 * predictionsCsv([{ test: 'held-back', rows: [{ recordName: '100', patientId: '100', startS: 0, label: 1, probabilities: [0.2, 0.8] }] }]);
 * // test,recordName,patientId,startS,label,p0,p1
 * // held-back,100,100,0,1,0.2,0.8
 */
export function predictionsCsv(tests: readonly TestPredictions[]): string {
  const width = tests[0]?.rows[0]?.probabilities.length ?? 0;
  const names = Array.from({ length: width }, (_, at) => `p${at}`);
  const lines = tests.flatMap(({ test, rows }) =>
    rows.map(({ recordName, patientId, startS, label, probabilities }) => [
      ...[test, recordName, patientId, startS, label],
      ...probabilities,
    ]),
  );
  return csvText([[...columns, ...names], ...lines]);
}

/**
 * Reads the rows of one test set.
 *
 * @param count - The number of windows of that test set.
 * @param remedy - What the reader can do about an incomplete file; the end of the error message.
 * @throws PqrstError ERR_CHECKPOINT: when the file is missing, damaged or has another number of rows.
 */
export async function readPredictions(
  path: string,
  test: string,
  count: number,
  remedy: string,
): Promise<Prediction[]> {
  const refuse = (what: string, cause?: unknown) =>
    new PqrstError('ERR_CHECKPOINT', `${path} ${what}; ${remedy}`, { cause });
  let text: string;
  try {
    text = await readText(path, fileLimits.table);
  } catch (cause) {
    throw refuse(`cannot be read: ${systemReason(cause)}`, cause);
  }
  const { rows } = parseRows(text);
  const bad = rows.find(({ flaw, cells }) => flaw !== undefined || cells.length !== rows[0]!.cells.length);
  if (bad !== undefined) throw refuse(`cannot be read: line ${bad.line} is damaged`);
  const lines = rows.map(({ cells }) => cells).filter(([name]) => name === test);
  if (lines.length !== count) throw refuse(`holds ${lines.length} windows of ${test}, not ${count}`);
  return lines.map(([, recordName, patientId, startS, label, ...probabilities]) => ({
    recordName: recordName!,
    patientId: patientId!,
    startS: Number(startS),
    label: Number(label),
    probabilities: probabilities.map(Number),
  }));
}
