// The types of arrays read from files, and of results with two shapes.

import { expectTypeOf, it } from 'vitest';
import type { Evaluation } from '#lib/evaluate.js';
import type { NpyArrays, NpyData, readNpy } from '#lib/records.js';
import type { ClassMetrics, Metrics } from '#lib/train.js';

it('gives the numbers of a .npy file as one of the six arrays', () => {
  expectTypeOf<Awaited<ReturnType<typeof readNpy>>['data']>().toEqualTypeOf<NpyData>();
  expectTypeOf<NpyArrays['float64']>().toEqualTypeOf<Float64Array>();
});

it('distinguishes the scores of two labels from those of several by `kind`', () => {
  expectTypeOf<Extract<Evaluation, { kind: 'binary' }>['metrics']>().toEqualTypeOf<Metrics>();
  expectTypeOf<Extract<Evaluation, { kind: 'multiclass' }>['metrics']>().toEqualTypeOf<ClassMetrics>();
});
