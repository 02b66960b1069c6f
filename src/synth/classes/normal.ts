// Normal sinus rhythm. PR, QRS and QTc stay within their normal limits. Rates from 40 to 133/min occur in recordings that
// cardiologists call normal, so the rate alone does not show the class. A few records have premature atrial beats.

import { type ClassNumbers, lognormal, normal } from '../physiology/law.js';

export const normalNumbers: ClassNumbers = {
  'rhythm.breathFraction': lognormal(0.02, 0.7, 0, 0.09),
  'av.prS': lognormal(0.14, 0.13, 0.1, 0.183),
  'qrs.axisDeg': normal(36, 20, -22, 90),
  'qrs.durationS': lognormal(0.088, 0.12, 0.07, 0.12),
  'qrs.terminal.chance': 0.04,
  'repolarisation.tInvertedChance': 0.05,
  'repolarisation.tFlatChance': 0.08,
  'repolarisation.qtcS': normal(0.405, 0.02, 0.35, 0.45),
  'pac.chance': 0.06,
};
