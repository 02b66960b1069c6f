// Left ventricular hypertrophy: high voltage (S in V1 and R in V5 above 3.5 mV, Sokolow and Lyon), a QRS turned to the
// left and back, and strain in half of the records: ST down and T inverted in the lateral leads.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const lvhNumbers: ClassNumbers = {
  'p.notchChance': 0.4,
  'p.sigmaS': uniform(0.02, 0.033),
  'qrs.sizeMv': lognormal(2.5, 0.18, 1.8, 4.5),
  'qrs.axisDeg': normal(22, 18, -30, 65),
  'qrs.depthDeg': normal(-24, 10, -50, 0),
  'qrs.durationS': lognormal(0.1, 0.1, 0.08, 0.13),
  'qrs.s.ofR': uniform(0.25, 0.65),
  'repolarisation.tInvertedChance': 0.4,
  'repolarisation.tInvertedFactor': uniform(0.1, 0.5),
  'repolarisation.stMv': lognormal(0.1, 0.5, 0.02, 0.3),
  'repolarisation.stAxisDeg': normal(205, 20, 150, 260),
  'repolarisation.stDepthDeg': normal(48, 14, 10, 80),
  'repolarisation.secondaryGain': uniform(0.39, 0.66),
  'repolarisation.tSizeByR': lognormal(0.14, 0.5, 0.02, 0.45),
  'repolarisation.tDepthDeg': normal(36, 15, -5, 70),
  'qrs.s.depthDeg': normal(-62, 12, -85, -25),
};
