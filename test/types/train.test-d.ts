// The configurations and the learning curve, whose types are written out, agree with the schemas that check them.

import { expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { configSchema as experimentSchema } from '#lib/experiment/config.js';
import type { configSchema as trainSchema } from '#lib/run/config.js';
import type { curvePointSchema } from '#lib/train/checkpoint.js';
import type { CurvePoint, ExperimentConfigInput, TrainConfigInput } from '#lib/train.js';

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;
// `preset`, `ownClasses` and `archOptions` have narrower types than their schemas, which other code checks further.
type Plain<T> = Omit<T, 'preset' | 'ownClasses' | 'archOptions'>;

it('describes every field of the configuration of a training', () => {
  type Checked = z.input<typeof trainSchema>;
  expectTypeOf<keyof TrainConfigInput>().toEqualTypeOf<keyof Checked>();
  expectTypeOf<Plain<TrainConfigInput>>().toEqualTypeOf<Plain<DeepReadonly<Checked>>>();
});

it('describes every field of the configuration of an experiment', () => {
  type Checked = z.input<typeof experimentSchema>;
  expectTypeOf<keyof ExperimentConfigInput>().toEqualTypeOf<keyof Checked>();
  expectTypeOf<Plain<ExperimentConfigInput>>().toEqualTypeOf<Plain<DeepReadonly<Checked>>>();
});

it('describes every field of a point of the learning curve', () => {
  expectTypeOf<CurvePoint>().toEqualTypeOf<DeepReadonly<z.output<typeof curvePointSchema>>>();
});
