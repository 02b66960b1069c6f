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
 * The numbers that the least-squares fit moves, all together: the middle and the spread of a law, or a chance. A number
 * that changes how many beats a record has changes every number that is drawn after its beats too, so the fit looks for
 * its effect in the rhythm alone.
 */
export const freeNumbers: readonly { readonly field: string; readonly shows: 'all' | 'rhythm' }[] = [
  ...[
    'rhythm.rrS',
    'rhythm.cv',
    'rhythm.driftFraction',
    'rhythm.breathFraction',
    'rhythm.pauseChance',
    'pac.chance',
    'pac.rate',
    'pvc.chance',
  ].map((field) => ({ field, shows: 'rhythm' as const })),
  ...[
    'av.prS',
    'p.sizeMv',
    'p.axisDeg',
    'p.sigmaS',
    'p.notchChance',
    'atrialWaves.sizeMv',
    'atrialWaves.rateHz',
    'qrs.sizeMv',
    'qrs.axisDeg',
    'qrs.depthDeg',
    'qrs.durationS',
    'qrs.rSigma',
    'qrs.beatSd',
    'qrs.breath',
    'qrs.q.ofR',
    'qrs.s.chance',
    'qrs.s.ofR',
    'qrs.s.turnDeg',
    'qrs.s.at',
    'qrs.s.sigma',
    'qrs.notch.chance',
    'qrs.terminal.chance',
    'repolarisation.tSizeMv',
    'repolarisation.tSizeByR',
    'repolarisation.tTurnDeg',
    'repolarisation.tInvertedChance',
    'repolarisation.tFlatChance',
    'repolarisation.tBiphasicChance',
    'repolarisation.tRiseS',
    'repolarisation.tFallS',
    'repolarisation.tBeatSd',
    'repolarisation.secondaryGain',
    'repolarisation.qtcS',
    'repolarisation.stMv',
    'repolarisation.stAxisDeg',
    'repolarisation.stSlope',
    'faults.whiteOfR',
    'faults.burstChance',
    'faults.burstOfR',
    'faults.wanderOfR',
    'faults.breathOfR',
    'faults.swayOfR',
    'faults.stepChance',
    'faults.tremorChance',
    'faults.mainsChance',
    'faults.invertedChance',
    'faults.clipChance',
    'faults.flatChance',
  ].map((field) => ({ field, shows: 'all' as const })),
];
