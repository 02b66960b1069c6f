// ST depression: ST points away from the lateral and inferior leads (I, II, V4-V6), and T is often flat or inverted.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const stdNumbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.8, 0.2, 0.42, 1.3),
  'repolarisation.stMv': lognormal(0.13, 0.4, 0.07, 0.4),
  'repolarisation.stAxisDeg': normal(222, 18, 180, 265),
  'repolarisation.stDepthDeg': normal(-22, 20, -60, 30),
  'repolarisation.stSlope': uniform(-0.6, 0.5),
  'repolarisation.tInvertedChance': 0.3,
  'repolarisation.tFlatChance': 0.25,
};
