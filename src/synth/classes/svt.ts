// Supraventricular tachycardia by re-entry at the AV node or through an accessory pathway: regular, 115-240/min, narrow,
// with a retrograde P wave after the QRS or hidden in it.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const svtNumbers: ClassNumbers = {
  'rhythm.kind': 'junctional',
  'rhythm.rrS': lognormal(0.36, 0.14, 0.25, 0.52),
  'rhythm.cv': lognormal(0.01, 0.5, 0.002, 0.04),
  'rhythm.floorS': 0.22,
  'rhythm.driftFraction': uniform(0, 0.03),
  'rhythm.breathFraction': 0,
  'rhythm.pauseChance': 0,
  'rhythm.retrogradeChance': 0.6,
  'rhythm.retrogradeS': uniform(0.05, 0.16),
  'rhythm.episodeS': uniform(2, 30),
  'pac.chance': 0,
  'repolarisation.stMv': normal(-0.06, 0.06, -0.25, 0.06),
  'repolarisation.tRiseS': uniform(0.04, 0.06),
  'repolarisation.tFallS': uniform(0.03, 0.045),
  'qrs.durationS': lognormal(0.086, 0.12, 0.066, 0.115),
};
