// The kinds of generators by name.

import { diffusionKind } from './diffusion-kind.js';
import type { GeneratorKind, GeneratorName } from './kind.js';
import { tokenKind } from './token-kind.js';

/** All kinds of generators by name. */
export const generatorKinds: Readonly<Record<GeneratorName, GeneratorKind>> = {
  diffwave: diffusionKind('diffwave'),
  'time-diffusion': diffusionKind('time-diffusion'),
  'time-vqvae': tokenKind,
};
