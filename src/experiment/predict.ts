// What a trained state says of windows, by the network itself; a file of it is `pqrst export`'s.

import { type LabelledWindow, readAhead, realBatches } from '../batches/batches.js';
import type { State } from '../engine/engine.js';
import { buildInferenceProgram, pickState } from '../model/program.js';
import type { ScoredWindow } from '../score/predictions.js';
import { outputsOf } from '../signal/tasks.js';
import { displayNames } from '../signal/window.js';
import type { TrainingJob, Worker } from './training.js';

const batchSize = 64;

/** A row a window, in their order. */
export async function predict(
  { task, config, training: { leads, lengthSamples } }: TrainingJob,
  state: State,
  windows: readonly LabelledWindow[],
  { engine, threads }: Worker,
  signal: AbortSignal,
): Promise<ScoredWindow[]> {
  const { arch, archOptions: options, seed } = config;
  const outputs = outputsOf(task);
  const program = buildInferenceProgram({ arch, options, leads, lengthSamples, outputs });
  const execution = await engine.load(program, pickState(state, program), { threads });
  const source = realBatches(windows, lengthSamples, { batchSize, seed });
  const rows: ScoredWindow[] = [];
  try {
    for await (const { signals, count } of readAhead(source, 0, signal)) {
      const ecg = { data: signals, shape: [count, leads, lengthSamples] };
      const values = (await execution.run({ ecg })).probability!.data as Float32Array;
      signal.throwIfAborted();
      const width = values.length / count;
      for (let row = 0; row < count; row++) {
        const { window, label } = windows[rows.length]!;
        const own = Array.from(values.subarray(row * width, (row + 1) * width));
        const probabilities = width === 1 ? [1 - own[0]!, own[0]!] : own;
        rows.push({ ...displayNames(window), startS: window.startS, label, probabilities });
      }
    }
  } finally {
    await execution.close();
  }
  return rows;
}
