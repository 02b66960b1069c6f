// Ventricular bigeminy: each sinus beat is followed by a premature ventricular beat.

import { type ClassNumbers, uniform } from '../physiology/law.js';

export const bigeminyNumbers: ClassNumbers = {
  'pvc.chance': 1,
  'pvc.required': 1,
  'pvc.isolatedWeight': 0,
  'pvc.bigeminyWeight': 1,
  'pvc.trigeminyWeight': 0,
  'pvc.quadrigeminyWeight': 0,
  'pvc.coupletWeight': 0,
  'pvc.runWeight': 0,
  'pvc.coupling': uniform(0.42, 0.72),
  'pvc.interpolatedChance': 0,
  'pvc.secondFocusChance': 0.05,
  'pvc.fusionChance': 0.02,
  'pac.chance': 0,
};
