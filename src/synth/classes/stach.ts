// Sinus tachycardia: sinus rhythm above 100/min, with little variation, short PR and P waves near the T waves.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const stachNumbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.53, 0.13, 0.33, 0.62),
  'rhythm.cv': lognormal(0.012, 0.5, 0.003, 0.05),
  'rhythm.floorS': 0.3,
  'rhythm.breathFraction': lognormal(0.01, 0.7, 0, 0.05),
  'rhythm.pauseChance': 0,
  'p.sizeMv': lognormal(0.145, 0.35, 0.05, 0.35),
  'p.axisDeg': normal(55, 13, 10, 85),
  'av.prS': lognormal(0.12, 0.12, 0.085, 0.18),
  'qrs.durationS': lognormal(0.086, 0.15, 0.07, 0.14),
  'repolarisation.stMv': normal(-0.02, 0.035, -0.1, 0.08),
  'repolarisation.tFallS': uniform(0.03, 0.05),
  'repolarisation.qtcS': normal(0.387, 0.02, 0.34, 0.43),
};
