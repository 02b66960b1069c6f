// Sinus arrhythmia: the RR interval follows the breathing, by more than 0.12 s or a tenth of the mean.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const sarrhNumbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.88, 0.17, 0.55, 1.4),
  'rhythm.cv': lognormal(0.04, 0.4, 0.01, 0.1),
  'rhythm.breathHz': uniform(0.1, 0.33),
  'rhythm.breathFraction': uniform(0.08, 0.28),
  'rhythm.driftFraction': uniform(0, 0.1),
  'rhythm.pauseChance': 0.08,
  'pac.chance': 0.02,
  'qrs.durationS': lognormal(0.088, 0.15, 0.07, 0.14),
};
