// predictions.csv of a run: test,recordName,patientId,startS,label and a probability a label (p0, p1, ...), read back
// to the last bit.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { PqrstError } from '../base/errors.js';
import { runFiles } from '../run/train-run.js';
import type { ScoredWindow } from '../score/predictions.js';
import type { TestSet } from './data.js';

const columns = ['test', 'recordName', 'patientId', 'startS', 'label'] as const;

/** Header line and a line per test set and window. */
export function predictionsCsv(
  judged: readonly { readonly test: TestSet; readonly windows: readonly ScoredWindow[] }[],
): string {
  const outputs = judged[0]?.windows[0]?.probabilities.length ?? 0;
  const head = [...columns, ...Array.from({ length: outputs }, (_, at) => `p${at}`)];
  const lines = judged.flatMap(({ test, windows }) =>
    windows.map(({ recordName, patientId, startS, label, probabilities }) =>
      [test.name, recordName, patientId, startS, label, ...probabilities].map(field).join(','),
    ),
  );
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

function field(value: string | number): string {
  return /[",\r\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
}

/** The `count` rows of one test set. ERR_CHECKPOINT where the file lacks some, or is missing or damaged. */
export async function readPredictions(folder: string, test: string, count: number): Promise<ScoredWindow[]> {
  const path = join(folder, runFiles.predictions);
  const refuse = (what: string, cause?: unknown) =>
    new PqrstError(
      'ERR_CHECKPOINT',
      `${path} ${what}; delete ${runFiles.metrics} beside it, and the run is tested again`,
      { cause },
    );
  let lines: string[][];
  try {
    lines = parse(await readFile(path), {
      on_record: (fields: string[]) => (fields[0] === test ? fields : null),
    });
  } catch (cause) {
    throw refuse(`cannot be read: ${(cause as Error).message}`, cause);
  }
  if (lines.length !== count) throw refuse(`holds ${lines.length} windows of ${test}, not ${count}`);
  return lines.map(([, recordName, patientId, startS, label, ...probabilities]) => ({
    recordName: recordName!,
    patientId: patientId!,
    startS: Number(startS),
    label: Number(label),
    probabilities: probabilities.map(Number),
  }));
}
