// predictions.csv of a run: test,recordName,patientId,startS,label and a probability a label (p0, p1, ...), read back
// to the last bit.

import { join } from 'node:path';
import { readCsv } from '../records/csv.js';
import { runFiles } from '../train/run.js';
import type { TestSet } from './data.js';
import type { ScoredWindow } from './results.js';

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

/** The rows of one test set; none where the run diverged. */
export async function readPredictions(folder: string, test: string): Promise<ScoredWindow[]> {
  const rows = await readCsv(join(folder, runFiles.predictions), columns);
  return rows
    .filter(({ fields }) => fields.test === test)
    .map(({ fields }) => ({
      recordName: fields.recordName!,
      patientId: fields.patientId!,
      startS: Number(fields.startS),
      label: Number(fields.label),
      probabilities: Object.entries(fields)
        .filter(([name]) => /^p\d+$/.test(name))
        .map(([, value]) => Number(value)),
    }));
}
