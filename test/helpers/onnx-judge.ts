// What Python's onnx says of files, and what its reference evaluator answers: test/judges/onnx_judge.py.

import { judge } from './judge.js';

export interface OnnxVerdict {
  /** Why the checker or the shape inference refused it; nothing else is there then. */
  readonly error?: string;
  readonly opsets: Readonly<Record<string, number>>;
  readonly domains: readonly string[];
  readonly operators: readonly string[];
  /** Type and dimensions by name. */
  readonly inputs: Readonly<Record<string, readonly [string, readonly (string | number)[]]>>;
  readonly outputs: Readonly<Record<string, readonly [string, readonly (string | number)[]]>>;
  /** One after the other, [N] or [N, count]. */
  readonly logits: readonly number[];
}

/** `ecg` is of `shape` [N, leads, L]. */
export function onnxVerdicts(
  python: string,
  paths: readonly string[],
  ecg: Float32Array,
  shape: readonly number[],
): OnnxVerdict[] {
  return judge<OnnxVerdict[]>(python, 'onnx_judge.py', { paths, ecg: [...ecg], shape });
}
