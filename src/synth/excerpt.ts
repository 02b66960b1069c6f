// Makes a synthetic record in millivolts, with its exact annotations, for figures.

import type { EcgClass } from '../signal/classes.js';
import type { Excerpt } from '../signal/excerpt.js';
import { toWfdbAnnotations } from './annotations.js';
import type { ClassFile } from './physiology/class-file.js';
import type { ModelSpec } from './presets.js';
import { Synthesizer } from './synthesizer.js';

/** The record that `syntheticExcerpt` makes. */
export interface SyntheticOptions {
  readonly preset: string | ModelSpec;
  /** Classes of the user's own. */
  readonly ownClasses?: readonly ClassFile[];
  readonly fsHz: number;
  readonly seconds: number;
  readonly seed: number;
  /** Index of the record; default 0. */
  readonly index?: number;
}

/** Makes a record of the class in mV, with its exact annotations. */
export async function syntheticExcerpt(
  ecgClass: EcgClass,
  { preset, ownClasses, fsHz, seconds, seed, index = 0 }: SyntheticOptions,
): Promise<Excerpt> {
  const synthesizer = new Synthesizer({ preset, ownClasses, fsHz, seconds, seed, unit: 'mV' });
  const batch = await synthesizer.batch({ classes: [ecgClass], start: index, count: 1, annotations: true });
  const annotations = toWfdbAnnotations(batch.annotations!.record(0), fsHz);
  const name = ecgClass === 'normal' ? 'normal' : ecgClass.toUpperCase();
  return {
    title: `Synthetic ${name}`,
    lead: 'II',
    fsHz,
    signalMv: batch.signals,
    annotations,
    startS: 0,
  };
}
