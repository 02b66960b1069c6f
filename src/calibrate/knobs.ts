// Which laws of a class move which measured quantities.

import type { QuantityKey } from '../fidelity/quantities.js';

/** A law whose middle and spread follow the middle and spread of one quantity. */
export interface Knob {
  readonly field: string;
  readonly quantity: QuantityKey;
  /** `ratio`: the law is multiplied as the quantity must be; `sum`: a difference is added, in the same unit. */
  readonly by: 'ratio' | 'sum';
  /** True for a quantity in mV, which a signal in other units does not show. */
  readonly needsMv?: boolean;
}

/** The laws that are matched directly, in every rhythm. */
export const knobs: readonly Knob[] = [
  { field: 'rhythm.rrS', quantity: 'rrMeanS', by: 'ratio' },
  { field: 'rhythm.cv', quantity: 'rmssdS', by: 'ratio' },
  { field: 'av.prS', quantity: 'prS', by: 'sum' },
  { field: 'p.sigmaS', quantity: 'pS', by: 'ratio' },
  { field: 'p.sizeMv', quantity: 'pAmplitude', by: 'ratio' },
  { field: 'qrs.durationS', quantity: 'qrsS', by: 'ratio' },
  { field: 'qrs.sizeMv', quantity: 'rAmplitude', by: 'ratio', needsMv: true },
  { field: 'qrs.beatSd', quantity: 'rVariation', by: 'ratio' },
  { field: 'repolarisation.qtcS', quantity: 'qtcS', by: 'sum' },
  { field: 'repolarisation.tFallS', quantity: 'tPeakEndS', by: 'ratio' },
  { field: 'repolarisation.tSizeByR', quantity: 'tAmplitude', by: 'ratio' },
  { field: 'repolarisation.stMv', quantity: 'stLevel', by: 'sum', needsMv: true },
];

/**
 * Numbers that no single quantity shows, such as the share of records with muscle noise. A search multiplies each of
 * them by the factor that brings all quantities together closest to the real ones.
 */
export const searched: readonly string[] = [
  'faults.whiteOfR',
  'faults.burstOfR',
  'faults.burstChance',
  'faults.wanderOfR',
  'faults.breathOfR',
  'faults.swayOfR',
  'faults.stepChance',
  'faults.tremorChance',
  'faults.mainsChance',
  'faults.invertedChance',
  'faults.clipChance',
  'faults.flatChance',
  'rhythm.driftFraction',
  'rhythm.breathFraction',
  'rhythm.pauseChance',
  'pac.chance',
  'pvc.chance',
  'atrialWaves.sizeMv',
  'qrs.s.ofR',
  'qrs.notch.chance',
  'qrs.breath',
  'repolarisation.tInvertedChance',
  'repolarisation.tFlatChance',
  'repolarisation.tBiphasicChance',
  'repolarisation.tSizeMv',
  'repolarisation.secondaryGain',
  'repolarisation.tRiseS',
  'qrs.rSigma',
  'repolarisation.tBeatSd',
  'p.notchChance',
];
