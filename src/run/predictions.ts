// predictions.csv: one row per test set and window, with its logits and probabilities. A task of two labels has the columns
// `logit` and `probability`, those of the positive label; a task of several labels has `logit_LABEL` and
// `probability_LABEL` for each label. A reader gets the same numbers to the last bit.

import { PqrstError } from '../base/errors.js';
import { fileLimits, readText } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { cellText, csvText } from '../codecs/csv.js';
import { parseRows } from '../codecs/table-text.js';
import type { Prediction } from '../score/predictions.js';
import type { PredictedWindow } from './predict.js';

/** The name of the test set that consists of a run's own real records, which are held back from training. */
export const heldBack = 'held-back';

/** The predictions of one model on one test set. */
export interface TestPredictions {
  readonly test: string;
  readonly rows: readonly PredictedWindow[];
}

const columns = ['recordName', 'patientId', 'startS', 'label'] as const;
/** The heads of probabilities. Files of earlier versions have p0, p1, ... */
const probabilityHead = /^(?:probability(?:_.+)?|p\d+)$/;

/**
 * Returns the text of a predictions file: a header line, then one line per test set and window.
 *
 * @param labels - The labels of the task.
 * @example
 * const row = { recordName: '100', patientId: '100', startS: 0, label: 1, logits: [1.5], probabilities: [0.18, 0.82] };
 * predictionsCsv(['normal', 'af'], [{ test: 'held-back', rows: [row] }]);
 * // test,recordName,patientId,startS,label,logit,probability
 * // held-back,100,100,0,1,1.5,0.82
 */
export function predictionsCsv(labels: readonly string[], tests: readonly TestPredictions[]): string {
  const lines = tests.flatMap(({ test, rows }) => rows.map((row) => [test, ...predictionCells(labels, row)]));
  return csvText([['test', ...predictionHeads(labels)], ...lines]);
}

/** Returns the heads of the columns of a prediction. */
export function predictionHeads(labels: readonly string[]): string[] {
  return [...columns, ...logitHeads(labels), ...probabilityHeads(labels)];
}

/** Returns the heads of the logits: one for two labels, otherwise one per label. */
export function logitHeads(labels: readonly string[]): string[] {
  return labels.length === 2 ? ['logit'] : labels.map((label) => `logit_${label}`);
}

/** Returns the heads of the probabilities: that of the positive label for two labels, otherwise one per label. */
export function probabilityHeads(labels: readonly string[]): string[] {
  return labels.length === 2 ? ['probability'] : labels.map((label) => `probability_${label}`);
}

/** Returns the values of a prediction, in the order of the heads. */
export function predictionCells(labels: readonly string[], row: PredictedWindow): (string | number)[] {
  const { recordName, patientId, startS, label, logits, probabilities } = row;
  const shown = labels.length === 2 ? probabilities.slice(1) : probabilities;
  return [recordName, patientId, startS, label, ...logits, ...shown];
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
  const [head = [], ...lines] = rows.map(({ cells }) => cells);
  const places = head.flatMap((name, at) => (probabilityHead.test(cellText(name)) ? [at] : []));
  const own = lines.filter(([name]) => cellText(name!) === test);
  if (own.length !== count) throw refuse(`holds ${own.length} windows of ${test}, not ${count}`);
  return own.map((cells) => {
    const [, recordName, patientId, startS, label] = cells;
    const values = places.map((at) => Number(cells[at]));
    return {
      recordName: cellText(recordName!),
      patientId: cellText(patientId!),
      startS: Number(startS),
      label: Number(label),
      probabilities: values.length === 1 ? [1 - values[0]!, values[0]!] : values,
    };
  });
}
