// What a trained state says of windows, by the network itself; a file of it is `pqrst export`'s.

import { type LabelledWindow, readAhead, realBatches } from '../batches/batches.js';
import type { State } from '../engine/engine.js';
import { buildInferenceProgram, pickState } from '../model/program.js';
import type { ScoredWindow } from '../score/predictions.js';
import { outputsOf } from '../signal/tasks.js';
import type { TrainingJob, Worker } from './training.js';

const batchSize = 64;

/** A row a window, in their order. */
export async function predict(
  { task, config, training: { lengthSamples } }: TrainingJob,
  state: State,
  windows: readonly LabelledWindow[],
  { engine, threads }: Worker,
  signal: AbortSignal,
): Promise<ScoredWindow[]> {
  const { arch, archOptions: options, seed } = config;
  const program = buildInferenceProgram({ arch, options, lengthSamples, outputs: outputsOf(task) });
  const execution = await engine.load(program, pickState(state, program), { threads });
  const source = realBatches(windows, lengthSamples, { batchSize, seed });
  const rows: ScoredWindow[] = [];
  try {
    for await (const { signals, count } of readAhead(source, 0, signal)) {
      const ecg = { data: signals, shape: [count, 1, lengthSamples] };
      const values = (await execution.run({ ecg })).probability!.data as Float32Array;
      signal.throwIfAborted();
      const outputs = values.length / count;
      for (let row = 0; row < count; row++) {
        const { window, label } = windows[rows.length]!;
        const own = Array.from(values.subarray(row * outputs, (row + 1) * outputs));
        const probabilities = outputs === 1 ? [1 - own[0]!, own[0]!] : own;
        const { recordName, patientId, startS } = window;
        rows.push({ recordName, patientId, startS, label, probabilities });
      }
    }
  } finally {
    await execution.close();
  }
  return rows;
}
