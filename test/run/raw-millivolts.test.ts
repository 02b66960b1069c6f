// A model file with preprocessing answers raw millivolts in another program as `pqrst` answers prepared windows: 100 real
// records, read by Python's wfdb and computed by Python's onnxruntime. The filter is compared with that of scipy.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '#lib/datasets/dataset.js';
import { evaluate } from '#lib/run/evaluate.js';
import { exportRun } from '#lib/run/run-export.js';
import { trainRun } from '#lib/run/train-run.js';
import { filterSignal } from '#lib/signal/filter.js';
import { twelveLeads } from '#lib/signal/leads.js';
import { dataFolder, titleWithData } from '../helpers/data.js';
import { temporaryFolder } from '../helpers/folder.js';
import { judge } from '../helpers/judge.js';
import { pythonWith } from '../helpers/python.js';
import { registerTinyArch } from '../helpers/tiny-arch.js';

const ptbxl = dataFolder('ptb-xl');
const python = pythonWith('onnxruntime', 'wfdb', 'scipy');
const title = titleWithData('100 records of PTB-XL', 'ptb-xl');
const withPython = python === undefined ? `${title} (SKIPPED: no Python with onnxruntime and wfdb)` : title;

describe.skipIf(ptbxl === undefined || python === undefined)(withPython, () => {
  beforeAll(registerTinyArch);

  it.each([
    ['II', ['II'], '0.5-40'],
    ['twelve leads', twelveLeads, '0.5-40'],
    ['II without a filter', ['II'], undefined],
  ] as const)('answer raw millivolts alike in Python: %s', async (_, leads, filter) => {
    const folder = await temporaryFolder();
    const [run, raw] = [join(folder, 'run'), join(folder, 'raw.onnx')];
    const windows = { fsHz: 100, seconds: 10, leads, ...(filter !== undefined && { filter }) };
    const data = await openDataset(`ptb-xl:${ptbxl}`, windows);
    const short = { arch: 'tiny', batch: 32, epochs: 20, validateEvery: 20, learningRate: 0.02 };
    await trainRun({ ...windows, ...short, task: 'pvc', setting: 'real' }, { out: run, data });
    await exportRun({ run, out: raw, withPreprocessing: true });

    // The first 100 records of the task. The file of the run gets windows that pqrst has filtered and z-scored.
    const { rows } = await evaluate({ modelPath: join(run, 'model.onnx'), data });
    const first = rows.slice(0, 100);
    expect(first).toHaveLength(100);
    const records = first.map(({ recordName }) => join(ptbxl!, 'records100', '00000', recordName));
    const { metadata, logits } = judge<{ metadata: Record<string, string>; logits: number[] }>(
      python!,
      'onnxruntime_judge.py',
      { path: raw, records, leads },
    );
    const steps = filter === undefined ? 'zscore' : `filter ${filter},zscore`;
    expect(metadata).toMatchObject({
      ...{ 'pqrst.unit': 'mV', 'pqrst.scaling': 'none', 'pqrst.preprocessing': steps, 'pqrst.fsHz': '100' },
    });
    const expected = first.map(({ probabilities: [negative = 0, positive = 0] }) =>
      Math.log(positive / negative),
    );
    const differences = logits.map((logit, at) => Math.abs(logit - expected[at]!));
    expect(differences).toHaveLength(100);
    expect(Math.max(...differences)).toBeLessThan(1e-4);
    expect(Math.max(...logits) - Math.min(...logits)).toBeGreaterThan(1);

    // `evaluate` reads raw windows for the file, and prepares them no second time.
    const again = await evaluate({ modelPath: raw, data: `ptb-xl:${ptbxl}` });
    expect(again.rows).toHaveLength(rows.length);
    for (const [at, { probabilities }] of again.rows.entries())
      expect(Math.abs(probabilities[1]! - rows[at]!.probabilities[1]!)).toBeLessThan(1e-4);
  });

  it('are filtered nearly as by the Butterworth filter of scipy, forwards and backwards', async () => {
    const { windows } = await openDataset(`ptb-xl:${ptbxl}`, { fsHz: 250, seconds: 10 });
    const signals = windows.slice(0, 100).map(({ signal }) => signal);
    const reference = judge<number[][]>(python!, 'butterworth_judge.py', {
      signals: signals.map((signal) => [...signal]),
      ...{ fsHz: 250, lowHz: 0.5, highHz: 40 },
    });
    const shares = signals.map((signal, at) => {
      const ours = filterSignal(signal, 250, '0.5-40');
      const power = (values: readonly number[]) => values.reduce((sum, value) => sum + value * value, 0);
      const rest = reference[at]!.map((value, n) => value - ours[n]!);
      return Math.sqrt(power(rest) / power(reference[at]!));
    });
    const sorted = shares.sort((a, b) => a - b);
    // Root mean square of the difference, as a share of that of the filtered record.
    expect(sorted[50]).toBeLessThan(0.025);
    expect(sorted[95]).toBeLessThan(0.08);
  });
});
