// Ventricular tachycardia: broad beats at 105-240/min, nearly regular; the atria beat independently. As an episode
// (`normal>vt`) it is a run of seconds.

import { type ClassNumbers, lognormal, uniform } from '../physiology/law.js';

export const vtNumbers: ClassNumbers = {
  'rhythm.kind': 'ventricular',
  'rhythm.rrS': lognormal(0.39, 0.17, 0.25, 0.57),
  'rhythm.cv': lognormal(0.015, 0.5, 0.003, 0.06),
  'rhythm.floorS': 0.23,
  'rhythm.driftFraction': uniform(0, 0.03),
  'rhythm.breathFraction': 0,
  'rhythm.pauseChance': 0,
  'rhythm.fibrillationChance': 0.05,
  'rhythm.atrialRrS': lognormal(0.7, 0.17, 0.48, 1.1),
  'rhythm.episodeS': uniform(1.5, 6),
  'focus.riseS': uniform(0.02, 0.034),
  'focus.qtS': lognormal(0.36, 0.08, 0.3, 0.44),
  'pac.chance': 0,
};
