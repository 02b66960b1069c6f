// The base of noise and faults of a recording, the same for every class. R is the size of the R vector of the record.
// See base.ts.

import { type BaseGroup, lognormal, normal, numbersFrom, uniform } from './law.js';
import { open, pilot } from './sources.js';

const chance = [0, 1] as const;
const size = [0, 5] as const;

const of = numbersFrom(pilot);

/** Noise and faults. */
export const faults: BaseGroup = {
  whiteOfR: of(lognormal(0.004, 0.8, 0.0005, 0.05), 'of R', size, 'SD of the white noise.'),
  burstChance: of(0.4, 'chance', chance, 'Muscles disturb the record.'),
  burstOfR: of(
    lognormal(0.007, 1.1, 0.0005, 0.15),
    'of R',
    size,
    'SD of the noise of muscles (12-40 Hz and above).',
  ),
  burstS: of(uniform(0.5, 10), 's', [0.05, 3600], 'Length of a burst of muscle noise.', open),
  breathOfR: of(lognormal(0.025, 0.8, 0.002, 0.3), 'of R', size, 'Amplitude of the baseline of breathing.'),
  wanderOfR: of(lognormal(0.018, 0.9, 0.002, 0.4), 'of R', size, 'SD of the slow wander of the baseline.'),
  wanderHz: of(uniform(0.1, 0.7), 'Hz', [0.01, 2], 'Highest frequency of this wander.'),
  swayOfR: of(
    lognormal(0.12, 0.7, 0.01, 1),
    'of R',
    size,
    'Size of a slow shift of the baseline by a movement.',
    open,
  ),
  swayPerMinute: of(uniform(0, 1.5), 'per minute', [0, 60], 'Number of such shifts.', open),
  stepChance: of(0.1, 'chance', chance, 'The baseline jumps and decays.'),
  stepOfR: of(normal(0, 0.5, -1.6, 1.6), 'of R', [-5, 5], 'Size of such a step.'),
  popChance: of(0.03, 'chance', chance, 'An electrode loses contact for an instant.', open),
  popOfR: of(normal(0, 0.9, -3, 3), 'of R', [-10, 10], 'Size of the pop.', open),
  tremorChance: of(0.06, 'chance', chance, 'A tremor imitates flutter for some seconds.'),
  tremorOfR: of(uniform(0.03, 0.12), 'of R', size, 'Amplitude of the tremor.'),
  tremorHz: of(uniform(4, 9), 'Hz', [1, 20], 'Frequency of the tremor.'),
  tremorS: of(uniform(1, 4), 's', [0.1, 3600], 'Length of the tremor.'),
  mainsChance: of(0.06, 'chance', chance, 'The mains disturb the record.', open),
  mainsOfR: of(lognormal(0.012, 0.7, 0.001, 0.1), 'of R', size, 'Amplitude of the mains.', open),
  mainsHz: of(uniform(50, 60), 'Hz', [16, 61], 'Frequency of the mains: 50 Hz below 55, else 60 Hz.', open),
  armsReversedChance: of(0.02, 'chance', chance, 'The electrodes of the arms are exchanged (twelve leads).'),
  invertedChance: of(0.03, 'chance', chance, 'The polarity of the record is inverted.'),
  clipChance: of(0.015, 'chance', chance, 'The amplifier clips.', open),
  clipOfR: of(uniform(0.35, 1), 'of R', [0.05, 10], 'Level at which it clips.', open),
  flatChance: of(0.015, 'chance', chance, 'The line is flat for a while.', open),
  flatS: of(uniform(0.1, 1.2), 's', [0.01, 3600], 'Length of the flat line.', open),
};
