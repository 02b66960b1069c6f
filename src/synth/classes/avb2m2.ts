// Second-degree AV block, Mobitz II and 2:1: P waves are not conducted, without a change of PR. The QRS is often broad.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const avb2m2Numbers: ClassNumbers = {
  'rhythm.rrS': lognormal(0.72, 0.16, 0.48, 1.1),
  'rhythm.cv': lognormal(0.02, 0.5, 0.003, 0.06),
  'rhythm.pauseChance': 0,
  'av.kind': 'mobitz2',
  'av.prS': lognormal(0.16, 0.17, 0.115, 0.28),
  'av.prBeatSdS': uniform(0.0005, 0.002),
  'av.cycle': uniform(2, 5),
  'pac.chance': 0.02,
  'qrs.durationS': lognormal(0.105, 0.2, 0.08, 0.16),
};
