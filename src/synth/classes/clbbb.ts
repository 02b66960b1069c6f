// Complete left bundle branch block: QRS of at least 0.12 s; QS or rS in V1, a broad notched R in I and V6, no septal q.
// T and ST are discordant: T by the secondary gain, ST by its own direction.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const clbbbNumbers: ClassNumbers = {
  'qrs.type': 'L',
  'qrs.sizeMv': lognormal(2.1, 0.3, 0.9, 4.5),
  'qrs.axisDeg': normal(-8, 24, -60, 50),
  'qrs.depthDeg': normal(-54, 9, -75, -32),
  'qrs.durationS': lognormal(0.142, 0.08, 0.122, 0.185),
  'qrs.rSigma': uniform(0.105, 0.15),
  'qrs.q.chance': 0.15,
  'qrs.q.ofR': uniform(0.04, 0.12),
  'qrs.s.chance': 0.25,
  'qrs.s.ofR': uniform(0.1, 0.35),
  'qrs.notch.chance': 0.9,
  'qrs.notch.ofR': uniform(0.55, 1),
  'qrs.notch.turnDeg': normal(0, 14, -40, 40),
  'qrs.notch.depthDeg': normal(-36, 10, -60, -12),
  'qrs.notch.at': uniform(0.24, 0.38),
  'qrs.notch.sigma': uniform(0.11, 0.15),
  'qrs.terminal.chance': 0,
  'repolarisation.secondaryGain': uniform(0.52, 0.77),
  'repolarisation.tInvertedChance': 0.03,
  'repolarisation.tFlatChance': 0.05,
  'repolarisation.qtcS': normal(0.44, 0.022, 0.385, 0.5),
  'repolarisation.stMv': uniform(0.1, 0.32),
  'repolarisation.stAxisDeg': normal(200, 18, 150, 250),
  'repolarisation.stDepthDeg': normal(40, 10, 15, 65),
};
