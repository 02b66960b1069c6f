// Second-degree AV block, Mobitz I (Wenckebach): PR grows until a P wave is not conducted.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const avb2m1Numbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.8, 0.16, 0.55, 1.25),
  'rhythm.cv': lognormal(0.02, 0.5, 0.003, 0.06),
  'rhythm.pauseChance': 0,
  'av.kind': 'mobitz1',
  'av.prS': lognormal(0.18, 0.17, 0.125, 0.28),
  'av.cycle': uniform(3, 6),
  'av.incrementS': uniform(0.03, 0.12),
  'pac.chance': 0.02,
};
