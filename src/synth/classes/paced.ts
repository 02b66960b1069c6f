// Ventricular pacing: a spike, then a broad beat from the apex of the right ventricle (QS in V1, up and left). The atria
// beat independently or fibrillate.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const pacedNumbers: ClassNumbers = {
  'rhythm.kind': 'ventricular',
  'rhythm.paced': 1,
  'rhythm.rrS': lognormal(0.9, 0.12, 0.6, 1.2),
  'rhythm.cv': lognormal(0.002, 0.6, 0.0005, 0.01),
  'rhythm.driftFraction': 0,
  'rhythm.breathFraction': 0,
  'rhythm.pauseChance': 0,
  'rhythm.fibrillationChance': 0.4,
  'focus.axisDeg': normal(-72, 22, -115, 10),
  'focus.depthDeg': normal(-38, 15, -70, 10),
  'focus.sizeOfR': lognormal(1.1, 0.25, 0.6, 2),
  'focus.riseS': uniform(0.019, 0.031),
  'focus.secondOfMain': uniform(0, 0.35),
  'focus.firstChance': 0.1,
  'focus.qtS': lognormal(0.45, 0.06, 0.39, 0.54),
  'focus.beatSd': uniform(0.008, 0.03),
  'pac.chance': 0,
  'focus.secondDelayS': uniform(0.05, 0.075),
};
