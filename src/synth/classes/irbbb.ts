// Incomplete right bundle branch block: rSr' in V1 with a QRS of 0.095-0.12 s.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const irbbbNumbers: ClassNumbers = {
  'qrs.durationS': lognormal(0.107, 0.06, 0.095, 0.12),
  'qrs.rSigma': uniform(0.1, 0.13),
  'qrs.q.at': -0.3,
  'qrs.q.sigma': 0.095,
  'qrs.s.ofR': uniform(0.2, 0.6),
  'qrs.s.at': uniform(0.26, 0.31),
  'qrs.s.sigma': uniform(0.08, 0.1),
  'qrs.notch.chance': 0.05,
  'qrs.terminal.chance': 1,
  'qrs.terminal.ofR': uniform(0.25, 0.5),
  'qrs.terminal.turnDeg': normal(150, 22, 90, 210),
  'qrs.terminal.depthDeg': normal(48, 10, 20, 70),
  'qrs.terminal.at': uniform(0.48, 0.58),
  'qrs.terminal.sigma': uniform(0.1, 0.13),
};
