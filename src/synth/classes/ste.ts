// ST elevation, inferior to anterior by its direction, with ST depression in the opposite leads. Q may be deep.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const steNumbers: ClassNumbers = {
  'repolarisation.stMv': lognormal(0.26, 0.45, 0.12, 0.9),
  'repolarisation.stAxisDeg': uniform(15, 120),
  'repolarisation.stDepthDeg': uniform(-35, 60),
  'repolarisation.stSlope': uniform(-0.1, 0.6),
  'repolarisation.tInvertedChance': 0.12,
  'repolarisation.tFlatChance': 0.04,
  'qrs.q.chance': 0.85,
  'qrs.q.ofR': uniform(0.08, 0.45),
  'qrs.q.turnDeg': normal(170, 35, 90, 250),
};
