// Low voltage: no QRS above 0.5 mV in the limb leads.

import { type ClassNumbers, lognormal } from '../physiology/law.js';

export const lvoltNumbers: ClassNumbers = {
  'qrs.sizeMv': lognormal(0.53, 0.2, 0.3, 0.72),
  'p.sizeMv': lognormal(0.085, 0.4, 0.03, 0.2),
  'repolarisation.tSizeMv': lognormal(0.06, 0.5, 0.01, 0.2),
};
