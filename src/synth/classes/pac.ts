// Sinus rhythm with premature atrial beats.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const pacNumbers: ClassNumbers = {
  'pac.chance': 1,
  'pac.required': 1,
  'pac.rate': uniform(0.06, 0.35),
  'pac.bigeminyChance': 0.1,
  'pac.coupling': uniform(0.45, 0.82),
  'rhythm.breathFraction': lognormal(0.02, 0.7, 0, 0.1),
};
