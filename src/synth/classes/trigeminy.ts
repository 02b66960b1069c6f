// Ventricular trigeminy: two sinus beats are followed by a premature ventricular beat.

import { type ClassNumbers, uniform } from '../physiology/law.js';

export const trigeminyNumbers: ClassNumbers = {
  'pvc.chance': 1,
  'pvc.required': 1,
  'pvc.isolatedWeight': 0,
  'pvc.bigeminyWeight': 0,
  'pvc.trigeminyWeight': 1,
  'pvc.quadrigeminyWeight': 0,
  'pvc.coupletWeight': 0,
  'pvc.runWeight': 0,
  'pvc.coupling': uniform(0.42, 0.74),
  'pvc.interpolatedChance': 0,
  'pvc.secondFocusChance': 0.05,
  'pvc.fusionChance': 0.02,
  'pac.chance': 0,
};
