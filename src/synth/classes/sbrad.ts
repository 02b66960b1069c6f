// Sinus bradycardia: sinus rhythm below 60/min. Readers differ near the limit.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const sbradNumbers: ClassNumbers = {
  'rhythm.rrS': lognormal(1.13, 0.1, 0.98, 1.9),
  'rhythm.cv': lognormal(0.03, 0.5, 0.004, 0.1),
  'rhythm.pauseChance': 0.05,
  'av.prS': lognormal(0.15, 0.15, 0.105, 0.27),
  'qrs.durationS': lognormal(0.09, 0.15, 0.07, 0.14),
  'repolarisation.uChance': 0.3,
  'repolarisation.qtExponent': uniform(0.28, 0.38),
};
