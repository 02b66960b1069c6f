// T inversion without another cause in the record.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const invtNumbers: ClassNumbers = {
  'repolarisation.tInvertedChance': 1,
  'repolarisation.tInvertedFactor': uniform(0.1, 0.7),
  'repolarisation.tFlatChance': 0,
  'repolarisation.tBiphasicChance': 0.05,
  'repolarisation.tTurnDeg': normal(0, 22, -60, 60),
  'qrs.durationS': lognormal(0.088, 0.12, 0.068, 0.12),
};
