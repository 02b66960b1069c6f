// Complete right bundle branch block: QRS of at least 0.12 s; rsR' in V1, a broad S in I and V6. The first part of the
// QRS is normal; a slow last part points to the right and forward.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const crbbbNumbers: ClassNumbers = {
  'qrs.type': 'R',
  'qrs.durationS': lognormal(0.136, 0.08, 0.12, 0.175),
  'qrs.rSigma': uniform(0.085, 0.11),
  'qrs.q.at': -0.24,
  'qrs.q.sigma': 0.08,
  'qrs.s.ofR': uniform(0.15, 0.5),
  'qrs.s.at': uniform(0.2, 0.25),
  'qrs.s.sigma': uniform(0.07, 0.09),
  'qrs.notch.chance': 0.05,
  'qrs.terminal.chance': 1,
  'qrs.terminal.ofR': uniform(0.32, 0.75),
  'qrs.terminal.turnDeg': normal(150, 22, 90, 210),
  'qrs.terminal.depthDeg': normal(45, 10, 20, 70),
  'qrs.terminal.at': uniform(0.42, 0.52),
  'qrs.terminal.sigma': uniform(0.13, 0.17),
  'repolarisation.secondaryGain': uniform(0.7, 1.1),
  'repolarisation.qtcS': normal(0.425, 0.022, 0.37, 0.48),
  'repolarisation.tDepthDeg': normal(4, 12, -30, 40),
};
