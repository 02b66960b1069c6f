// Sinus rhythm, as data sets label it. Many of them state the rhythm alone, so that a record with a bundle branch block, a
// long PR interval or an inverted T wave is labelled normal too; such records are a part of this class. A network that
// never saw them takes every broad QRS for another rhythm. Rates from 40 to 133/min occur in recordings that
// cardiologists call normal, so the rate alone does not show the class. A few records have premature atrial beats.

import { type ClassNumbers, lognormal, normal } from '../physiology/law.js';

export const normalNumbers: ClassNumbers = {
  'rhythm.breathFraction': lognormal(0.015, 0.8, 0, 0.09),
  'qrs.axisDeg': normal(33, 21, -45, 95),
  'repolarisation.qtcS': normal(0.383, 0.021, 0.33, 0.44),
  'pac.chance': 0.06,
  'repolarisation.tInvertedChance': 0.03,
};
