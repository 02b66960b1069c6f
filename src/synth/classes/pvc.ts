// Sinus rhythm with premature ventricular beats in any pattern. The main wave is 0.95-2.8 of R, so that each is seen.

import { type ClassNumbers, uniform } from '../physiology/law.js';

export const pvcNumbers: ClassNumbers = {
  'pvc.chance': 1,
  'pvc.required': 1,
  'pvc.rate': uniform(0.04, 0.3),
  'pac.chance': 0.04,
};
