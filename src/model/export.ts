// Makes the ONNX file of a trained state and compares its answers with those of the network before anything is written.
// Values that depend on the weights alone (S4's kernel, a convolution merged with its batch normalisation or its bias) are computed
// here, so the file holds the results and not the formulas.

import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { randomStream } from '../base/random.js';
import type { Engine, Program, State } from '../engine/engine.js';
import { toFloat16 } from '../graph/float16.js';
import { type Compute, foldConstants } from '../graph/fold-constants.js';
import { fuseConv } from '../graph/fuse-conv.js';
import type { Graph } from '../graph/graph.js';
import { toInt8 } from '../graph/int8.js';
import { encodeModel } from '../graph/proto.js';
import { binary, toProbabilities } from '../signal/outputs.js';
import { inputSteps } from './input-steps.js';
import { type ModelMetadata, metadataEntries, type Precision } from './metadata.js';
import { withNetwork } from './network.js';
import { preprocessingOf, preprocessWindows, rawMetadata, withPreprocessing } from './preprocessing.js';
import { buildConstantGraph, type ModelPlan } from './program.js';
import { loadModel } from './session.js';

/** The largest allowed difference between a logit of a float32 file and the logit of the network. */
export const parityTolerance = 1e-4;

/** The model to export, and the form of the file. */
export interface ExportOptions {
  readonly engine: Engine;
  readonly threads?: number | undefined;
  readonly plan: ModelPlan;
  /** Weights and statistics. Other slots are ignored. */
  readonly state: State;
  /** The export fills in `outputs` and `precision`. Several leads need `leads`, several outputs need `classes`. */
  readonly metadata: ModelMetadata;
  /** Windows [n, leads, L], as the file expects them. They are compared in addition to random windows. */
  readonly samples?: Float32Array | undefined;
  /** Whether the file takes raw windows, and filters and z-scores them as `metadata` states; default false. */
  readonly withPreprocessing?: boolean | undefined;
  /** Default float32. */
  readonly precision?: Precision | undefined;
}

/** An exported file and its comparison with the network. */
export interface ExportReport {
  /** Path of the file. */
  readonly path: string;
  /** Number format of the file. */
  readonly precision: Precision;
  /** Size of the file. */
  readonly sizeBytes: number;
  /** Largest |logit of the file - logit of the network in inference mode| over `windows` windows. */
  readonly maxDifference: number;
  /** The same for probabilities. */
  readonly maxProbabilityDifference: number;
  /** Number of compared windows. */
  readonly windows: number;
}

/** The bytes of a file that was compared with its network, and the result of the comparison. */
export interface CheckedModel {
  readonly bytes: Uint8Array;
  readonly report: ExportReport;
}

const randomWindows = 16;
const precisionRules: Readonly<Record<Precision, (graph: Graph) => Graph>> = {
  float32: (graph) => graph,
  float16: toFloat16,
  int8: toInt8,
};

/**
 * Writes a trained state as an ONNX file, after it has compared the outputs of the file with those of the network.
 *
 * @param path - The file to write. An error leaves no file there.
 * @returns The precision and size of the file, and its largest differences from the network.
 * @throws PqrstError ERR_EXPORT_PARITY: when a float32 file differs by more than `parityTolerance`, or a file of any
 * precision returns values that are not finite.
 * @throws PqrstError ERR_OPTION: when `metadata` and `plan` contradict each other.
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function exportModel(path: string, options: ExportOptions): Promise<ExportReport> {
  const { bytes, report } = await checkedModel(path, options);
  await writeFileAtomic(path, bytes);
  return report;
}

/**
 * Makes the bytes that `exportModel` writes and compares them with the network. It writes nothing, so a caller can test
 * the bytes before they become a file.
 *
 * @param path - Where the bytes will be written; for the report and the error messages.
 * @throws PqrstError The errors of `exportModel`, except ERR_WRITE.
 */
export async function checkedModel(path: string, options: ExportOptions): Promise<CheckedModel> {
  const { plan, precision = 'float32', samples = new Float32Array() } = options;
  const outputs = plan.outputs ?? binary;
  const bytes = await modelFile(options);
  let [maxDifference, maxProbabilityDifference, windows] = [0, 0, 0];
  for (const signals of [noise(plan), samples].filter(({ length }) => length > 0)) {
    const prepared = options.withPreprocessing
      ? preprocessWindows(signals, plan.lengthSamples, preprocessingOf(options.metadata))
      : signals;
    const [expected, got] = [await logitsOf(prepared, options), await ofFile(bytes, path, signals, options)];
    const likely = [toProbabilities(expected, outputs), toProbabilities(got, outputs)] as const;
    windows += signals.length / ((plan.leads ?? 1) * plan.lengthSamples);
    for (const [at, logit] of expected.entries()) {
      const difference = Math.abs(logit - got[at]!);
      maxDifference = Math.max(difference, maxDifference);
      maxProbabilityDifference = Math.max(
        Math.abs(likely[0][at]! - likely[1][at]!),
        maxProbabilityDifference,
      );
      // A comparison with NaN is false, so a NaN is refused in every precision.
      if (!(difference <= (precision === 'float32' ? parityTolerance : Number.MAX_VALUE))) {
        throw differs(path, precision, logit, got[at]!);
      }
    }
  }
  const sizeBytes = bytes.length;
  return {
    bytes,
    report: { path, precision, sizeBytes, maxDifference, maxProbabilityDifference, windows },
  };
}

/** Returns the bytes of the file, without comparing them with the network. */
export async function modelFile(options: Omit<ExportOptions, 'samples'>): Promise<Uint8Array> {
  const metadata = completeMetadata(options);
  const graph = await exportGraph(options);
  const whole = options.withPreprocessing
    ? withPreprocessing(graph, preprocessingOf(options.metadata))
    : graph;
  return encodeModel(whole, metadataEntries(metadata));
}

/** Returns the graph of the file: `ecg` [N, leads, L] to `logit` and `probability`, [N] or [N, count]. */
export async function exportGraph(
  options: Pick<ExportOptions, 'plan' | 'state' | 'engine' | 'precision'>,
): Promise<Graph> {
  const { plan, state, engine, precision = 'float32' } = options;
  return precisionRules[precision](await simplifyGraph(buildConstantGraph(plan, state), engine));
}

/** Merges the layers around convolutions into them, and computes what depends on constants alone. */
export async function simplifyGraph(graph: Graph, engine: Engine): Promise<Graph> {
  return foldConstants(fuseConv(graph), computeBy(engine));
}

function completeMetadata(options: Omit<ExportOptions, 'samples'>): ModelMetadata {
  const { plan, metadata, withPreprocessing: isRaw, precision = 'float32' } = options;
  const { leads = 1, outputs = binary } = plan;
  if ((metadata.leads?.length ?? 1) !== leads) {
    throw new PqrstError(
      'ERR_OPTION',
      `the model takes ${leads} leads, but its metadata name ${metadata.leads?.length ?? 'none'}; name every lead in leads`,
    );
  }
  if (outputs.kind !== 'binary' && metadata.classes?.length !== outputs.count) {
    throw new PqrstError(
      'ERR_OPTION',
      `the model gives ${outputs.count} outputs, but its metadata name ${metadata.classes?.length ?? 0} classes; ` +
        'name the class of every output',
    );
  }
  const stated = isRaw ? rawMetadata(metadata) : metadata;
  const steps = inputSteps(stated);
  return {
    ...stated,
    ...(steps && { inputSteps: steps }),
    ...(outputs.kind !== 'binary' && { outputs: outputs.kind }),
    ...(precision !== 'float32' && { precision }),
  };
}

/** Computes a graph without inputs on one thread, so that processors of one kind give the same bits. */
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

function logitsOf(signals: Float32Array, options: ExportOptions): Promise<Float32Array> {
  return withNetwork(options, async (run) => (await run(signals)).logit);
}

/** Runs the file as any program would: the first window alone, then the rest, which shows that N is free. */
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
