// Atrial flutter. F waves from peak to peak a third to the whole of R in most records, saw-tooth or sine, with either
// polarity; 2:1 conduction is the rule, so that every second F wave hides in QRS and T. The QRS is often small. In four of
// ten records the conduction varies from beat to beat, as it does in MIT-BIH 203, and some F waves are hardly visible.

import { type ClassNumbers, lognormal, normal, uniform } from '../physiology/law.js';

export const afltNumbers: ClassNumbers = {
  'rhythm.kind': 'flutter',
  'rhythm.floorS': 0.26,
  'rhythm.pauseChance': 0,
  'rhythm.breathFraction': 0,
  // 216-342/min.
  'atrialWaves.rateHz': uniform(3.6, 5.7),
  'atrialWaves.sizeMv': 0.02,
  'atrialWaves.sizeByR': lognormal(0.2, 0.8, 0.02, 0.7),
  'atrialWaves.axisDeg': normal(82, 14, 40, 125),
  'atrialWaves.depthDeg': normal(20, 12, -15, 50),
  'atrialWaves.rise': uniform(0.18, 0.85),
  'atrialWaves.slowHz': uniform(0.15, 0.4),
  'atrialWaves.slowRate': uniform(0, 0.01),
  'atrialWaves.slowSize': uniform(0, 0.1),
  'atrialWaves.fastRate': uniform(0, 0.006),
  'atrialWaves.fastSize': uniform(0, 0.05),
  'atrialWaves.pulsedChance': 0.2,
  'av.irregularChance': 0.4,
  'av.irregularS': uniform(0.03, 0.2),
  'av.aberrantChance': 0.08,
  'pac.chance': 0,
  'pvc.chance': 0.3,
  'pvc.rate': uniform(0.03, 0.15),
  'qrs.sizeMv': lognormal(1.15, 0.33, 0.4, 2.8),
  'qrs.durationS': lognormal(0.09, 0.2, 0.07, 0.16),
  'repolarisation.tSizeByR': lognormal(0.21, 0.45, 0.04, 0.7),
};
