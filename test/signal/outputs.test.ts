import { expect, it } from 'vitest';
import { type Outputs, toLogits, toProbabilities } from '#lib/signal/outputs.js';

it.each<[Outputs, number[]]>([
  [{ kind: 'binary' }, [0.5, 0.01, 0.999]],
  [{ kind: 'multilabel', count: 3 }, [0.5, 0.01, 0.999]],
  [{ kind: 'multiclass', count: 3 }, [0.7, 0.2, 0.1, 0.25, 0.25, 0.5]],
])('toLogits gives logits with the same probabilities: %j', (outputs, values) => {
  const logits = toLogits(Float32Array.from(values), outputs);
  for (const [at, probability] of toProbabilities(logits, outputs).entries()) {
    expect(probability).toBeCloseTo(values[at]!, 6);
  }
});

it('toLogits of certain answers is infinite', () => {
  expect([...toLogits(Float32Array.of(0, 1), { kind: 'binary' })]).toEqual([
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
});
