// First-degree AV block: PR above 0.2 s, which is 0.182 s from the middle of P to the peak of R.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const avb1Numbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.92, 0.17, 0.6, 1.5),
  'av.prS': lognormal(0.232, 0.16, 0.2, 0.4),
  'av.prByRr': uniform(0, 0.06),
};
