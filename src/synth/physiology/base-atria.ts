// The base of the atrial layers: rhythm, P wave, waves of fibrillation and flutter. See base.ts.

import { type BaseGroup, lognormal, normal, numbersFrom, uniform } from './law.js';
import { chou, dower, hrv, issa, macfarlane, open, pilot, saoudi, stridh } from './sources.js';

const chance = [0, 1] as const;
const degrees = [-360, 360] as const;

const ofRhythm = numbersFrom(pilot);

/** What starts the beats, and when. */
export const rhythm: BaseGroup = {
  kind: {
    ...ofRhythm('sinus', 'word', [0, 4], 'What starts the beats.', issa),
    words: { sinus: 0, fibrillation: 1, flutter: 2, junctional: 3, ventricular: 4 },
  },
  // Real normal recordings: 0.88 s [quartiles 0.77-0.97], from 0.45 to 1.4 s.
  rrS: ofRhythm(lognormal(0.85, 0.19, 0.45, 1.5), 's', [0.2, 3], 'Mean interval between beats of a record.'),
  cv: ofRhythm(
    lognormal(0.018, 0.6, 0.004, 0.1),
    'share of RR',
    [0, 0.6],
    'SD of the independent variation of each RR interval.',
  ),
  floorS: ofRhythm(0.36, 's', [0.15, 2], 'Shortest RR interval of the rhythm.'),
  driftFraction: ofRhythm(
    uniform(0, 0.035),
    'share of RR',
    [0, 0.5],
    'Amplitude of the slow drift of the mean RR interval.',
    hrv,
  ),
  driftHz: ofRhythm(uniform(0.03, 0.12), 'Hz', [0.001, 1], 'Frequency of the slow drift.', hrv),
  breathHz: ofRhythm(
    uniform(0.15, 0.4),
    'Hz',
    [0.05, 1],
    'Breathing frequency; it also moves the baseline and the size of the QRS.',
    hrv,
  ),
  // 12 % of the records exceed 0.05, as in the pilot.
  breathFraction: ofRhythm(
    lognormal(0.015, 0.9, 0, 0.16),
    'share of RR',
    [0, 0.5],
    'Amplitude of the respiratory sinus arrhythmia.',
  ),
  pauseChance: ofRhythm(0.02, 'chance', chance, 'The sinus node pauses after a tenth of the beats.', open),
  pauseFactor: ofRhythm(uniform(1.4, 2.4), 'of RR', [1, 6], 'Length of a pause.', open),
  retrogradeChance: ofRhythm(0.5, 'chance', chance, 'A junctional rhythm excites the atria backwards.', chou),
  retrogradeS: ofRhythm(
    uniform(0.06, 0.2),
    's',
    [-0.2, 0.5],
    'Peak of R to the peak of a retrograde P wave.',
    chou,
  ),
  fibrillationChance: ofRhythm(
    0,
    'chance',
    chance,
    'The atria fibrillate behind a ventricular or paced rhythm.',
    open,
  ),
  atrialRrS: ofRhythm(
    lognormal(0.8, 0.18, 0.45, 1.4),
    's',
    [0.2, 3],
    'Interval between P waves where the atria beat independently of a ventricular rhythm.',
  ),
  paced: ofRhythm(
    0,
    '0, 1, 2 or 3',
    [0, 3],
    'An electrode starts 1 the beats of a ventricular rhythm, 2 the P waves and QRS of sinus rhythm, 3 the P waves alone.',
    chou,
  ),
  episodeSpec: ofRhythm(
    -1,
    'index',
    [-1, 255],
    'The class of the table whose rhythm begins midway; -1: none. Names such as `normal>af` set it.',
    open,
  ),
  episodeStartS: ofRhythm(uniform(2.5, 7.5), 's', [0, 86_400], 'Start of the episode.', open),
  episodeS: ofRhythm(uniform(5, 60), 's', [0.5, 86_400], 'Length of an episode of this class.', open),
};

const ofP = numbersFrom(macfarlane);

/** The P wave. */
export const p: BaseGroup = {
  sizeMv: ofP(lognormal(0.133, 0.37, 0.03, 0.35), 'mV', [0, 1], 'Size of the P vector.', pilot),
  axisDeg: ofP(normal(43, 16, -5, 85), 'degrees', degrees, 'Direction of P in the frontal plane.'),
  depthDeg: ofP(normal(7, 10, -20, 35), 'degrees', [-90, 90], 'Direction of P out of the frontal plane.'),
  sigmaS: ofP(uniform(0.02, 0.033), 's', [0.004, 0.1], 'Width (SD) of each hump of P.', pilot),
  notchChance: ofP(0.2, 'chance', chance, 'P has two humps.', pilot),
  notchS: ofP(uniform(0.028, 0.042), 's', [0, 0.1], 'Distance between the two humps.', pilot),
  beatSd: ofP(uniform(0.03, 0.08), 'share', [0, 0.5], 'SD of the size of P between beats.', pilot),
};

const ofWaves = numbersFrom(stridh);

/** The waves of fibrillating or fluttering atria. */
export const atrialWaves: BaseGroup = {
  rateHz: ofWaves(uniform(4.2, 9), 'Hz', [1, 15], 'Rate of the atrial waves.', pilot),
  sizeMv: ofWaves(
    lognormal(0.055, 0.65, 0.012, 0.3),
    'mV',
    [0, 2],
    'Amplitude (half of peak to peak) of the fundamental wave.',
    pilot,
  ),
  sizeByR: ofWaves(
    0,
    'of R',
    [0, 2],
    'A part of the amplitude that is proportional to R; added to sizeMv.',
    pilot,
  ),
  axisDeg: ofWaves(normal(60, 25, 0, 110), 'degrees', degrees, 'Direction in the frontal plane.', chou),
  depthDeg: ofWaves(
    normal(45, 15, 0, 75),
    'degrees',
    [-90, 90],
    'Direction out of the frontal plane.',
    dower,
  ),
  rise: ofWaves(
    0,
    'share of a period',
    [0, 1],
    'Share of a period in which the wave rises; 0.5: a triangle; 0: the two harmonics as given.',
    pilot,
  ),
  smoothness: ofWaves(
    uniform(0.02, 0.22),
    'exponent',
    [0, 2],
    'Damps harmonic k of a wave with a rise by exp(-smoothness (k^2 - 1)).',
    pilot,
  ),
  harmonic2: ofWaves(uniform(0, 0.6), 'of the fundamental', [-1, 1], 'Second harmonic.'),
  harmonic3: ofWaves(uniform(0, 0.3), 'of the fundamental', [-1, 1], 'Third harmonic.'),
  slowHz: ofWaves(uniform(0.1, 0.5), 'Hz', [0.01, 10], 'Frequency of the slow modulation.'),
  slowRate: ofWaves(uniform(0.02, 0.1), 'of the rate', [0, 0.5], 'Slow modulation of the rate.', pilot),
  slowSize: ofWaves(uniform(0.15, 0.45), 'of the size', [0, 1], 'Slow modulation of the size.', pilot),
  fastHz: ofWaves(uniform(0.6, 1.8), 'Hz', [0.01, 10], 'Frequency of the fast modulation.'),
  fastRate: ofWaves(uniform(0.02, 0.12), 'of the rate', [0, 0.5], 'Fast modulation of the rate.', pilot),
  fastSize: ofWaves(uniform(0.1, 0.4), 'of the size', [0, 1], 'Fast modulation of the size.', pilot),
  pulsedChance: ofWaves(
    0,
    'chance',
    chance,
    'Flutter consists of separate waves with a flat line between them.',
    saoudi,
  ),
  pulseRiseS: ofWaves(
    uniform(0.025, 0.05),
    's',
    [0.004, 0.2],
    'Width (SD) of the rise of a separate wave.',
    open,
  ),
  pulseFallS: ofWaves(
    uniform(0.025, 0.07),
    's',
    [0.004, 0.2],
    'Width (SD) of the fall of a separate wave.',
    open,
  ),
};
