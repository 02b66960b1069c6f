// Says what the outputs of a classifier mean, and converts its logits to probabilities and back.

/**
 * What the logits of B records mean:
 * - `binary`: [B], the positive label against the negative one;
 * - `multiclass`: [B, count], exactly one class per record;
 * - `multilabel`: [B, count], each label is present or absent.
 */
export type Outputs =
  | { readonly kind: 'binary' }
  | { readonly kind: 'multiclass' | 'multilabel'; readonly count: number };

/** The outputs of a binary classifier. */
export const binary: Outputs = { kind: 'binary' };

/** The answers of a classifier for N windows, [N] or [N, count] each. */
export interface Answers {
  readonly logit: Float32Array;
  readonly probability: Float32Array;
}

/** Converts the logits [B] or [B, count] of B records to probabilities: softmax for `multiclass`, otherwise sigmoid. */
export function toProbabilities(logits: Float32Array, outputs: Outputs): Float32Array {
  if (outputs.kind !== 'multiclass') return logits.map((logit) => 1 / (1 + Math.exp(-logit)));
  const { count } = outputs;
  const shares = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += count) {
    const row = logits.subarray(start, start + count);
    const largest = Math.max(...row);
    const powers = Array.from(row, (logit) => Math.exp(logit - largest));
    const sum = powers.reduce((total, power) => total + power, 0);
    shares.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return shares;
}

/**
 * Converts the probabilities [B] or [B, count] of a classifier that gives no logits: ln p for `multiclass`, otherwise
 * ln(p / (1 - p)). `toProbabilities` gives the probabilities again. A probability of 0 or 1 may give an infinite logit.
 */
export function toLogits(probabilities: Float32Array, outputs: Outputs): Float32Array {
  if (outputs.kind === 'multiclass') return probabilities.map(Math.log);
  return probabilities.map((probability) => Math.log(probability) - Math.log1p(-probability));
}
