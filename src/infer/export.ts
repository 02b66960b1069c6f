// A trained state as an ONNX file that was compared with the network it came from before it got its name.

import type { Engine, State } from '../engine/engine.js';
import { PqrstError } from '../errors.js';
import { writeFileAtomic } from '../files.js';
import { randomStream } from '../random.js';
import { buildExportModel, buildInferenceProgram, type ModelPlan, pickState } from '../train/program.js';
import { type ModelMetadata, metadataEntries } from './metadata.js';
import { loadModel } from './session.js';

/** The largest difference of a logit that is let pass. */
export const parityTolerance = 1e-4;

export interface ExportOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  readonly plan: ModelPlan;
  /** Weights and statistics; further slots are ignored. */
  readonly state: State;
  readonly metadata: ModelMetadata;
  /** Windows [n, L] as the model sees them, compared besides random ones. */
  readonly samples: Float32Array;
}

export interface ExportReport {
  readonly path: string;
  readonly sizeBytes: number;
  /** max |logit of the file - logit of the network in inference mode| over `windows` windows. */
  readonly maxDifference: number;
  readonly windows: number;
}

const randomWindows = 16;

/** Writes the file at `path`, or rejects with ERR_EXPORT_PARITY and writes nothing. */
export async function exportModel(path: string, options: ExportOptions): Promise<ExportReport> {
  const { plan, state, metadata, samples } = options;
  const bytes = buildExportModel({ ...plan, state, metadata: metadataEntries(metadata) });
  const inputs = [noise(plan.lengthSamples), samples];
  let maxDifference = 0;
  let windows = 0;
  for (const signals of inputs) {
    const [expected, got] = [await ofNetwork(signals, options), await ofFile(bytes, path, signals, options)];
    windows += expected.length;
    for (const [at, logit] of expected.entries()) {
      const difference = Math.abs(logit - got[at]!);
      // Not a number differs from everything.
      maxDifference = Math.max(difference, maxDifference);
      if (!(difference <= parityTolerance)) {
        throw new PqrstError(
          'ERR_EXPORT_PARITY',
          `the model exported for ${path} answers ${got[at]} where the trained network answers ${logit}; ` +
            `expected a difference of at most ${parityTolerance}: nothing was written, please report this`,
        );
      }
    }
  }
  await writeFileAtomic(path, bytes);
  return { path, sizeBytes: bytes.length, maxDifference, windows };
}

async function ofNetwork(signals: Float32Array, { engine, threads, plan, state }: ExportOptions) {
  const program = buildInferenceProgram(plan);
  const execution = await engine.load(
    program,
    pickState(state, program),
    threads === undefined ? {} : { threads },
  );
  try {
    const shape = [signals.length / plan.lengthSamples, 1, plan.lengthSamples];
    const outputs = await execution.run({ ecg: { data: signals, shape } });
    return outputs.logit!.data as Float32Array;
  } finally {
    await execution.close();
  }
}

/** The file's answers as any reader of it gets them, first one window alone, then the rest: N is free. */
async function ofFile(bytes: Uint8Array, path: string, signals: Float32Array, options: ExportOptions) {
  const model = await loadModel(bytes, path, { ...options, output: 'logit' });
  try {
    const first = await model.run(signals.subarray(0, model.lengthSamples));
    const rest = await model.run(signals.subarray(model.lengthSamples));
    return [...first, ...rest];
  } finally {
    await model.close();
  }
}

function noise(lengthSamples: number): Float32Array {
  const stream = randomStream(0, 'export');
  return Float32Array.from({ length: randomWindows * lengthSamples }, () => stream.normal());
}
