// Atrial fibrillation. Real records: median RR 0.68 s, a quarter of the patients above 0.8 s; CV of RR 0.20 [0.15-0.26],
// down to 0.07; f waves of 0.02-0.1 mV; T inverted in 29 %.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const afNumbers: ClassNumbers = {
  'rhythm.kind': 'fibrillation',
  'rhythm.rrS': lognormal(0.72, 0.24, 0.4, 1.4),
  'rhythm.cv': lognormal(0.19, 0.28, 0.07, 0.35),
  'rhythm.floorS': uniform(0.26, 0.34),
  'rhythm.driftFraction': uniform(0, 0.12),
  'rhythm.breathFraction': 0,
  'rhythm.pauseChance': 0,
  'av.aberrantChance': 0.02,
  'pac.chance': 0,
  'pvc.chance': 0.12,
  'pvc.rate': uniform(0.03, 0.15),
  'qrs.durationS': lognormal(0.09, 0.2, 0.07, 0.16),
  'repolarisation.tInvertedChance': 0.27,
  'repolarisation.tFlatChance': 0.25,
};
