// Third-degree AV block: P waves and a slow escape rhythm, independent of each other. The escape beats are junctional
// (40-60/min, narrow) or ventricular (broad).

import { type ClassNumbers, lognormal } from '../physiology/law.js';

export const avb3Numbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.76, 0.17, 0.48, 1.2),
  'rhythm.cv': lognormal(0.02, 0.5, 0.003, 0.06),
  'rhythm.pauseChance': 0,
  'av.kind': 'complete',
  'av.escapeRrS': lognormal(1.45, 0.18, 1, 2.3),
  'av.escapeVentricularChance': 0.5,
  'pac.chance': 0,
};
