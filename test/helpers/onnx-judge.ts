// Checks ONNX files with the onnx package of Python (test/judges/onnx_judge.py).

import { judge } from './judge.js';

/** The result for one file. */
export interface OnnxVerdict {
  /** The error of the checker or of the shape inference. If it is present, the other fields are missing. */
  readonly error?: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly domains: readonly string[];
  readonly operators: readonly string[];
  /** Type and dimensions of each input by its name. */
  readonly inputs: Readonly<Record<string, readonly [string, readonly (string | number)[]]>>;
  readonly outputs: Readonly<Record<string, readonly [string, readonly (string | number)[]]>>;
  /** The outputs of the reference evaluator, [N] or [N, count], as one list. */
  readonly logits: readonly number[];
}

/** Checks the files and evaluates each for `ecg`, whose shape is [N, leads, L]. */
export function onnxVerdicts(
  python: string,
  paths: readonly string[],
  ecg: Float32Array,
  shape: readonly number[],
): OnnxVerdict[] {
  return judge<OnnxVerdict[]>(python, 'onnx_judge.py', { paths, ecg: [...ecg], shape });
}
