// Wolff-Parkinson-White: a delta wave of 0.22-0.75 of R over 35-75 ms and a short PR, by pathways on all sides. A tenth
// of the records is pre-excited in some beats only.

import { type ClassNumbers, uniform } from '../physiology/law.js';

export const wpwNumbers: ClassNumbers = {
  'pathway.chance': 1,
  'pathway.prS': uniform(0.085, 0.14),
  'pac.chance': 0.04,
  'qrs.q.chance': 0.5,
  'qrs.terminal.chance': 0.02,
  'repolarisation.secondaryGain': uniform(0.42, 0.7),
  'repolarisation.tInvertedChance': 0.15,
};
