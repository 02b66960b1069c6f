// Long QT: QTc from 0.465 s, with broad, flat or late T waves.

import { type ClassNumbers, normal, uniform } from '../physiology/law.js';

export const lngqtNumbers: ClassNumbers = {
  'repolarisation.qtcS': normal(0.505, 0.028, 0.466, 0.64),
  'repolarisation.tFlatChance': 0.2,
  'repolarisation.tInvertedChance': 0.12,
  'repolarisation.tBiphasicChance': 0.06,
  'repolarisation.tRiseS': uniform(0.055, 0.11),
  'repolarisation.uChance': 0.3,
};
