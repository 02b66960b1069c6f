// First-degree AV block: PR above 0.2 s.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const avb1Numbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.92, 0.17, 0.6, 1.5),
  'av.prS': lognormal(0.245, 0.16, 0.206, 0.42),
  'av.prByRr': uniform(0, 0.06),
};
