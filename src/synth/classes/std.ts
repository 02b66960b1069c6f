// ST depression: ST points away from the lateral and inferior leads (I, II, V4-V6), and T is often flat or inverted.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const stdNumbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.8, 0.2, 0.42, 1.3),
  'repolarisation.stMv': lognormal(0.14, 0.4, 0.08, 0.4),
  'repolarisation.stAxisDeg': normal(205, 20, 150, 260),
  'repolarisation.stDepthDeg': normal(38, 16, -10, 75),
  'repolarisation.stSlope': uniform(-0.6, 0.5),
  'repolarisation.tInvertedChance': 0.3,
  'repolarisation.tFlatChance': 0.25,
  'repolarisation.tSizeByR': lognormal(0.16, 0.5, 0.02, 0.45),
  'repolarisation.tDepthDeg': normal(33, 15, -10, 70),
};
