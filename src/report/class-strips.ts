// Strips of the classes for figures, synthetic or recorded, drawn alike: the demo and the report of an experiment put
// them side by side. Signals in mV; nothing is scaled to look alike.

import { type EcgClass, ecgClasses } from '../signal/classes.js';
import type { Annotation } from '../signal/window.js';
import { toWfdbAnnotations } from '../synth/annotations.js';
import type { SynthSpec } from '../synth/spec.js';
import { Synthesizer } from '../synth/synthesizer.js';
import type { PaperStrip } from './ecg-paper.js';
import { marksFromAnnotations } from './marks.js';

export const classTitles: Readonly<Record<EcgClass, string>> = {
  normal: 'Normal sinus rhythm',
  af: 'Atrial fibrillation (AF)',
  aflt: 'Atrial flutter (AFLT)',
  pvc: 'Premature ventricular contraction (PVC)',
  wpw: 'Wolff-Parkinson-White (WPW)',
};

/** One of our classes by its title; a data set's own label as it is. */
export function labelTitle(label: string): string {
  const known = ecgClasses.find((name) => name === label);
  return known === undefined ? label : classTitles[known];
}

/** A stretch of a recording with what is annotated on it; sample 0 of the annotations is the signal's first. */
export interface Excerpt {
  readonly title: string;
  readonly lead: string;
  readonly fsHz: number;
  readonly signalMv: Float32Array;
  readonly annotations: readonly Annotation[];
  /** Of the first sample in the recording. */
  readonly startS: number;
}

export interface SyntheticOptions {
  readonly preset: string | SynthSpec;
  readonly fsHz: number;
  readonly seconds: number;
  readonly seed: number;
  /** Which record of the class; default 0. */
  readonly index?: number;
}

/** A record of the class in mV with its exact annotations. */
export async function syntheticExcerpt(
  ecgClass: EcgClass,
  { preset, fsHz, seconds, seed, index = 0 }: SyntheticOptions,
): Promise<Excerpt> {
  const synthesizer = new Synthesizer({ preset, fsHz, seconds, seed, unit: 'mV' });
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

/** `seconds` of the excerpt: its first ones, or those around its first ventricular beat. */
export function stripOf(excerpt: Excerpt, seconds: number): PaperStrip & { readonly startS: number } {
  const { title, lead, fsHz, signalMv, annotations, startS } = excerpt;
  const ectopic = annotations.find(({ symbol, sample }) => symbol === 'V' && sample >= 0);
  const wanted = ectopic === undefined ? 0 : Math.floor(ectopic.sample / fsHz - seconds / 2);
  const from = Math.max(0, Math.min(wanted, signalMv.length / fsHz - seconds));
  const first = Math.round(from * fsHz);
  return {
    title,
    lead,
    fsHz,
    unit: 'mV',
    signal: signalMv.subarray(first, first + Math.round(seconds * fsHz)),
    startS: startS + from,
    marks: marksFromAnnotations(annotations, fsHz, from, seconds),
  };
}
