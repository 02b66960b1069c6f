// A trained state as an ONNX file that was compared with the network it came from before it got its name. What
// depends on weights alone is computed here, so that the file holds results (S4's kernel, a convolution with its batch
// normalisation) and no formulas of them.

import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { randomStream } from '../base/random.js';
import type { Engine, Program, State } from '../engine/engine.js';
import { toFloat16 } from '../graph/float16.js';
import { type Compute, foldConstants } from '../graph/fold-constants.js';
import { fuseBatchNorm } from '../graph/fuse-batch-norm.js';
import type { Graph } from '../graph/graph.js';
import { toInt8 } from '../graph/int8.js';
import { encodeModel } from '../graph/proto.js';
import { binary, toProbabilities } from '../signal/outputs.js';
import { type ModelMetadata, metadataEntries, type Precision } from './metadata.js';
import { buildConstantGraph, buildInferenceProgram, type ModelPlan, pickState } from './program.js';
import { loadModel } from './session.js';

/** The largest difference of a logit that a file of float32 may show. */
export const parityTolerance = 1e-4;

export interface ExportOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  readonly plan: ModelPlan;
  /** Weights and statistics; further slots are ignored. */
  readonly state: State;
  /** `outputs` and `precision` are filled in. Several leads and outputs need `leads` and `classes`. */
  readonly metadata: ModelMetadata;
  /** Windows [n, leads, L] as the model sees them, compared besides random ones. */
  readonly samples: Float32Array;
  /** Default float32. */
  readonly precision?: Precision | undefined;
}

export interface ExportReport {
  readonly path: string;
  readonly precision: Precision;
  readonly sizeBytes: number;
  /** max |logit of the file - logit of the network in inference mode| over `windows` windows. */
  readonly maxDifference: number;
  /** The same of probabilities. */
  readonly maxProbabilityDifference: number;
  readonly windows: number;
}

const randomWindows = 16;
const precisionRules: Readonly<Record<Precision, (graph: Graph) => Graph>> = {
  float32: (graph) => graph,
  float16: toFloat16,
  int8: toInt8,
};

/**
 * Writes the file at `path`, or rejects and writes nothing: ERR_EXPORT_PARITY where float32 answers otherwise than the
 * network, or any precision not in numbers; ERR_OPTION where metadata and plan do not fit.
 */
export async function exportModel(path: string, options: ExportOptions): Promise<ExportReport> {
  const { plan, precision = 'float32', samples } = options;
  const outputs = plan.outputs ?? binary;
  const bytes = await modelFile(options);
  let [maxDifference, maxProbabilityDifference, windows] = [0, 0, 0];
  for (const signals of [noise(plan), samples].filter(({ length }) => length > 0)) {
    const [expected, got] = [await ofNetwork(signals, options), await ofFile(bytes, path, signals, options)];
    const likely = [toProbabilities(expected, outputs), toProbabilities(got, outputs)] as const;
    windows += signals.length / ((plan.leads ?? 1) * plan.lengthSamples);
    for (const [at, logit] of expected.entries()) {
      const difference = Math.abs(logit - got[at]!);
      maxDifference = Math.max(difference, maxDifference);
      maxProbabilityDifference = Math.max(
        Math.abs(likely[0][at]! - likely[1][at]!),
        maxProbabilityDifference,
      );
      // Not a number differs from everything.
      if (!(difference <= (precision === 'float32' ? parityTolerance : Number.MAX_VALUE))) {
        throw differs(path, precision, logit, got[at]!);
      }
    }
  }
  await writeFileAtomic(path, bytes);
  return { path, precision, sizeBytes: bytes.length, maxDifference, maxProbabilityDifference, windows };
}

/** The bytes of the file, unchecked. */
export async function modelFile(options: Omit<ExportOptions, 'samples'>): Promise<Uint8Array> {
  const metadata = completeMetadata(options);
  return encodeModel(await exportGraph(options), metadataEntries(metadata));
}

/** What is in the file: `ecg` [N, leads, L] -> `logit`, `probability`, [N] or [N, count]. */
export async function exportGraph(
  options: Pick<ExportOptions, 'plan' | 'state' | 'engine' | 'precision'>,
): Promise<Graph> {
  const { plan, state, engine, precision = 'float32' } = options;
  const graph = await foldConstants(fuseBatchNorm(buildConstantGraph(plan, state)), computeBy(engine));
  return precisionRules[precision](graph);
}

function completeMetadata({ plan, metadata, precision = 'float32' }: Omit<ExportOptions, 'samples'>) {
  const { leads = 1, outputs = binary } = plan;
  if ((metadata.leads?.length ?? 1) !== leads) {
    throw new PqrstError(
      'ERR_OPTION',
      `the model takes ${leads} leads, its metadata name ${metadata.leads?.length ?? 'none'}; name each in leads`,
    );
  }
  if (outputs.kind !== 'binary' && metadata.classes?.length !== outputs.count) {
    throw new PqrstError(
      'ERR_OPTION',
      `the model gives ${outputs.count} outputs, its metadata name ${metadata.classes?.length ?? 0} classes; ` +
        'name the class of each',
    );
  }
  return {
    ...metadata,
    ...(outputs.kind !== 'binary' && { outputs: outputs.kind }),
    ...(precision !== 'float32' && { precision }),
  };
}

/** The values of a graph without inputs, by one thread: the same bits on every machine of a kind. */
function computeBy(engine: Engine): Compute {
  return async (constants) => {
    const outputs = constants.outputs.map(({ name, value: { dtype, shape } }) => ({
      name,
      type: dtype,
      shape,
    }));
    const program: Program = { bytes: encodeModel(constants), inputs: [], outputs, state: [] };
    const execution = await engine.load(program, new Map(), { threads: 1 });
    try {
      const values = await execution.run({});
      return Object.fromEntries(Object.entries(values).map(([name, { data }]) => [name, data]));
    } finally {
      await execution.close();
    }
  };
}

function differs(path: string, precision: Precision, expected: number, got: number): PqrstError {
  const bound =
    precision === 'float32'
      ? `a difference of at most ${parityTolerance}: nothing was written, please report this`
      : 'a number: nothing was written; export as float32';
  return new PqrstError(
    'ERR_EXPORT_PARITY',
    `the model exported for ${path} (${precision}) answers ${got} where the trained network answers ${expected}; ` +
      `expected ${bound}`,
  );
}

async function ofNetwork(signals: Float32Array, { engine, threads, plan, state }: ExportOptions) {
  const program = buildInferenceProgram(plan);
  const execution = await engine.load(
    program,
    pickState(state, program),
    threads === undefined ? {} : { threads },
  );
  try {
    const { leads = 1, lengthSamples } = plan;
    const shape = [signals.length / (leads * lengthSamples), leads, lengthSamples];
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
    const size = model.leads * model.lengthSamples;
    const first = await model.run(signals.subarray(0, size));
    const rest = await model.run(signals.subarray(size));
    return Float32Array.of(...first, ...rest);
  } finally {
    await model.close();
  }
}

function noise({ leads = 1, lengthSamples }: ModelPlan): Float32Array {
  const stream = randomStream(0, 'export');
  return Float32Array.from({ length: randomWindows * leads * lengthSamples }, () => stream.normal());
}
