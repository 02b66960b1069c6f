// The kinds of generators by name.

import { diffusionKind } from './diffusion-kind.js';
import type { GeneratorKind } from './kind.js';

/** The names of all kinds of generators. */
export const generatorNames = ['diffwave', 'time-diffusion'] as const;
/** The name of a kind of generator. */
export type GeneratorName = (typeof generatorNames)[number];

/** All kinds of generators by name. */
export const generatorKinds: Readonly<Record<GeneratorName, GeneratorKind>> = {
  diffwave: diffusionKind('diffwave'),
  'time-diffusion': diffusionKind('time-diffusion'),
};
