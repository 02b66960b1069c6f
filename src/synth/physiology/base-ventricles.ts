// The base of conducted beats: QRS complex, and repolarisation with ST, T and U. See base.ts.

import { type BaseGroup, type Law, lognormal, normal, numbersFrom, uniform } from './law.js';
import { chou, macfarlane, open, pilot, recommendations, wilson } from './sources.js';

const chance = [0, 1] as const;
const degrees = [-360, 360] as const;
const depths = [-90, 90] as const;

const ofQrs = numbersFrom(macfarlane);

/** The words of the numbers of a deflection beside R. */
interface Deflection {
  readonly chance: Law;
  readonly ofR: Law;
  readonly turnDeg: Law;
  readonly depthDeg: Law;
  readonly at: Law;
  readonly sigma: Law;
}

function deflection(name: string, what: string, { chance: of, ...laws }: Deflection): BaseGroup {
  const number = numbersFrom(pilot);
  const named = (group: BaseGroup): BaseGroup =>
    Object.fromEntries(Object.entries(group).map(([key, value]) => [`${name}.${key}`, value]));
  return named({
    chance: number(of, 'chance', chance, `The record has ${what}.`),
    ofR: number(laws.ofR, 'of R', [0, 3], 'Its size.'),
    turnDeg: number(
      laws.turnDeg,
      'degrees',
      degrees,
      'Its frontal direction relative to R (180: opposite).',
      macfarlane,
    ),
    depthDeg: number(laws.depthDeg, 'degrees', depths, 'Its direction out of the frontal plane.', macfarlane),
    at: number(laws.at, 'of durationS', [-1, 1.5], 'Its time after the peak of R.'),
    sigma: number(laws.sigma, 'of durationS', [0.02, 0.5], 'Its width (SD).'),
  });
}

/** The QRS complex of a conducted beat. */
export const qrs: BaseGroup = {
  type: {
    ...ofQrs(
      'N',
      'word',
      [65, 90],
      'Type of the beat annotation: N, L (left) or R (right bundle branch block).',
    ),
    words: { N: 78, L: 76, R: 82 },
  },
  sizeMv: ofQrs(
    lognormal(1.5, 0.28, 0.5, 3.2),
    'mV',
    [0.05, 8],
    'Size of the vector of R; the median gives 0.9 mV in lead II.',
  ),
  axisDeg: ofQrs(
    normal(33, 20, -40, 90),
    'degrees',
    degrees,
    'Direction of R in the frontal plane of the vector cardiogram; 30 is about 50 on the electrocardiogram.',
  ),
  depthDeg: ofQrs(normal(-7, 12, -40, 25), 'degrees', depths, 'Direction of R out of the frontal plane.'),
  // 9 % of the records are broader than 0.12 s, so that no class is recognised by its width alone.
  durationS: ofQrs(lognormal(0.087, 0.24, 0.066, 0.165), 's', [0.04, 0.3], 'Duration of the QRS.', pilot),
  rSigma: ofQrs(uniform(0.105, 0.14), 'of durationS', [0.02, 0.5], 'Width (SD) of the rise of R.', pilot),
  rAsymmetry: ofQrs(1, 'of the rise', [0.2, 5], 'Width of the fall of R.', open),
  beatSd: ofQrs(
    lognormal(0.015, 0.7, 0.003, 0.08),
    'share',
    [0, 0.5],
    'SD of the size between beats.',
    pilot,
  ),
  breath: ofQrs(uniform(0, 0.12), 'share', [0, 0.5], 'Modulation of the size by breathing.', pilot),
  ...deflection('q', 'an initial septal deflection: q in I and V6, r in V1', {
    chance: 0.85,
    ofR: uniform(0.1, 0.36),
    turnDeg: normal(150, 25, 90, 210),
    depthDeg: normal(55, 12, 15, 80),
    at: -0.31,
    sigma: 0.112,
  }),
  ...deflection('s', 'a late basal deflection: S in V1-V4 and II', {
    chance: 0.92,
    ofR: uniform(0.3, 0.85),
    turnDeg: normal(160, 40, 60, 260),
    depthDeg: normal(-69, 10, -88, -35),
    at: uniform(0.27, 0.36),
    sigma: uniform(0.1, 0.14),
  }),
  ...deflection('notch', 'a second hump or a slur of R', {
    chance: 0.2,
    ofR: uniform(0.3, 0.95),
    turnDeg: normal(0, 20, -60, 60),
    depthDeg: normal(-15, 15, -50, 30),
    at: uniform(0.2, 0.42),
    sigma: uniform(0.1, 0.14),
  }),
  ...deflection('terminal', "a terminal deflection, such as r'", {
    chance: 0.06,
    ofR: uniform(0.12, 0.35),
    turnDeg: normal(100, 60, -60, 240),
    depthDeg: normal(20, 30, -50, 70),
    at: uniform(0.52, 0.65),
    sigma: uniform(0.11, 0.15),
  }),
};

const ofT = numbersFrom(pilot);

/** ST, T and U. */
export const repolarisation: BaseGroup = {
  tSizeMv: ofT(
    lognormal(0.14, 0.45, 0.02, 0.5),
    'mV',
    [0, 3],
    'Size of the primary T vector; the T wave is the primary T minus the secondary part.',
  ),
  tSizeByR: ofT(
    lognormal(0.28, 0.25, 0.1, 0.6),
    'of R',
    [0, 2],
    'A part of this size that is proportional to R; added to tSizeMv.',
  ),
  tTurnDeg: ofT(
    normal(0, 18, -60, 60),
    'degrees',
    degrees,
    'Frontal direction of the primary T relative to R.',
    macfarlane,
  ),
  tDepthDeg: ofT(
    normal(22, 12, -20, 60),
    'degrees',
    depths,
    'Its direction out of the frontal plane.',
    macfarlane,
  ),
  tInvertedChance: ofT(0.06, 'chance', chance, 'The primary T is inverted.'),
  tInvertedFactor: ofT(
    uniform(0, 0.35),
    'of T',
    [0, 2],
    'Size of an inverted primary T, which points the opposite way.',
  ),
  tFlatChance: ofT(0.1, 'chance', chance, 'The T wave is flat.'),
  tFlatFactor: ofT(uniform(0.4, 0.6), 'of T', [0, 1], 'Size of the primary T of a flat T wave.'),
  tBiphasicChance: ofT(0.03, 'chance', chance, 'The T wave has two phases of opposite sign.', chou),
  tRiseS: ofT(uniform(0.035, 0.065), 's', [0.01, 0.2], 'Width (SD) of the rise of T.'),
  tFallS: ofT(uniform(0.023, 0.042), 's', [0.01, 0.2], 'Width (SD) of the fall of T.'),
  tBeatSd: ofT(uniform(0.02, 0.06), 'share', [0, 0.5], 'SD of the size of T between beats.'),
  secondaryGain: ofT(
    uniform(0.35, 0.6),
    'factor',
    [0, 2],
    'Part of the area of the QRS that the area of T compensates; a broad QRS gets a discordant T.',
    wilson,
  ),
  qtcS: ofT(
    normal(0.394, 0.022, 0.335, 0.45),
    's',
    [0.25, 0.75],
    'QT interval at an RR interval of 1 s.',
    recommendations,
  ),
  qtExponent: ofT(
    uniform(0.28, 0.42),
    'exponent',
    [0, 1],
    'QT changes with this power of RR (Fridericia: 1/3).',
    recommendations,
  ),
  qtHysteresis: ofT(
    uniform(0.6, 0.9),
    'share',
    [0, 0.99],
    'Share of the mean RR so far that the mean RR behind QT keeps at each beat.',
    macfarlane,
  ),
  stMv: ofT(normal(0.085, 0.04, -0.02, 0.22), 'mV', [-2, 2], 'Level of ST along its direction.'),
  stAxisDeg: ofT(normal(20, 30, -60, 120), 'degrees', degrees, 'Direction of ST in the frontal plane.', open),
  stDepthDeg: ofT(
    normal(62, 12, 30, 88),
    'degrees',
    depths,
    'Direction of ST out of the frontal plane.',
    open,
  ),
  stSlope: ofT(uniform(-0.2, 0.4), 'of stMv', [-2, 3], 'Change of the level from the J point to T.', open),
  uChance: ofT(0.2, 'chance', chance, 'The record has U waves.'),
  uOfT: ofT(uniform(0.03, 0.18), 'of T', [0, 1], 'Size of U.', macfarlane),
};
