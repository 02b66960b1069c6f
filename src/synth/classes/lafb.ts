// Left anterior fascicular block: the axis points to the left and up (-45 to -90 degrees on the electrocardiogram), with
// qR in I and aVL and rS in II, III and aVF. The QRS starts downwards, so the inferior leads have a small r.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const lafbNumbers: ClassNumbers = {
  'qrs.axisDeg': normal(-36, 8, -60, -24),
  'qrs.depthDeg': normal(-12, 10, -40, 15),
  'qrs.durationS': lognormal(0.102, 0.1, 0.085, 0.14),
  'qrs.q.chance': 1,
  'qrs.q.ofR': uniform(0.12, 0.38),
  'qrs.q.turnDeg': normal(135, 14, 105, 165),
  'qrs.q.depthDeg': normal(20, 12, -5, 50),
  'qrs.s.turnDeg': normal(-135, 28, -200, -60),
  'qrs.s.ofR': uniform(0.3, 0.8),
  'repolarisation.tTurnDeg': normal(60, 22, 0, 120),
  'qrs.s.depthDeg': normal(-38, 15, -75, 0),
  'qrs.sizeMv': lognormal(1.25, 0.3, 0.5, 3),
};
