// The base of conduction and of beats that are not conducted sinus beats: AV node, accessory pathway, premature beats,
// ventricular foci. See base.ts.

import { type BaseGroup, lognormal, normal, numbersFrom, uniform } from './law.js';
import { chou, issa, open, pilot, recommendations } from './sources.js';

const chance = [0, 1] as const;
const weight = [0, 1] as const;
const degrees = [-360, 360] as const;

const ofAv = numbersFrom(pilot);

/** How the AV node conducts. */
export const av: BaseGroup = {
  kind: {
    ...ofAv('normal', 'word', [0, 3], 'How the AV node conducts.', chou),
    words: { normal: 0, mobitz1: 1, mobitz2: 2, complete: 3 },
  },
  // The clinical PR interval, from onset to onset, is about 0.02 s longer. 7 % of the records have a first-degree block, so
  // that no class is recognised by its PR interval alone.
  prS: ofAv(
    lognormal(0.145, 0.15, 0.1, 0.3),
    's',
    [0.06, 0.6],
    'Interval from the middle of P to the peak of R.',
  ),
  prByRr: ofAv(
    uniform(0, 0.04),
    's per s',
    [0, 0.3],
    'Change of PR per second that RR differs from 0.85 s.',
    chou,
  ),
  prBeatSdS: ofAv(uniform(0.001, 0.004), 's', [0, 0.1], 'SD of PR between beats.', open),
  cycle: ofAv(
    uniform(3, 6),
    'P waves',
    [2, 20],
    'Second-degree block: P waves per dropped beat, rounded to a whole number.',
    chou,
  ),
  incrementS: ofAv(
    uniform(0.03, 0.1),
    's',
    [0, 0.4],
    'Mobitz I: growth of PR at the second beat of a cycle; later steps are smaller.',
    chou,
  ),
  escapeRrS: ofAv(lognormal(1.4, 0.15, 1, 2.2), 's', [0.5, 4], 'RR interval of the escape rhythm.', chou),
  escapeVentricularChance: ofAv(
    0.4,
    'chance',
    chance,
    'The escape beats are ventricular, not junctional.',
    open,
  ),
  weight2: ofAv(0.45, 'weight', weight, 'Flutter: weight of 2:1 conduction among the records.'),
  weight3: ofAv(0.08, 'weight', weight, 'Flutter: weight of 3:1 conduction.'),
  weight4: ofAv(0.22, 'weight', weight, 'Flutter: weight of 4:1 conduction.'),
  weightVariable: ofAv(0.25, 'weight', weight, 'Flutter: weight of variable conduction.'),
  share2: ofAv(0.42, 'weight', weight, 'Variable conduction: weight of 2:1 among the beats.'),
  share3: ofAv(0.25, 'weight', weight, 'Variable conduction: weight of 3:1.'),
  share4: ofAv(0.28, 'weight', weight, 'Variable conduction: weight of 4:1.'),
  share5: ofAv(0.05, 'weight', weight, 'Variable conduction: weight of 5:1.'),
  jitterS: ofAv(0.006, 's', [0, 0.1], 'Flutter: SD of the conduction time between beats.'),
  irregularChance: ofAv(0.15, 'chance', chance, 'Flutter: the conduction time varies much more.'),
  irregularS: ofAv(0.06, 's', [0, 0.3], 'Flutter: SD of the conduction time in such a record.'),
  aberrantChance: ofAv(
    0.005,
    'chance per beat',
    chance,
    'A beat after a long-short sequence is aberrant, with a broad QRS (Ashman).',
  ),
};

const ofPathway = numbersFrom(pilot);

/** The accessory pathway. */
export const pathway: BaseGroup = {
  chance: ofPathway(0, 'chance', chance, 'The record has an accessory pathway.'),
  prS: ofPathway(
    uniform(0.085, 0.14),
    's',
    [0.04, 0.2],
    'Interval from the middle of P to the peak of R of a pre-excited beat.',
    recommendations,
  ),
  deltaOfR: ofPathway(uniform(0.22, 0.75), 'of R', [0, 2], 'Height of the delta wave.'),
  deltaS: ofPathway(uniform(0.035, 0.075), 's', [0, 0.15], 'Onset of the delta wave before the QRS.'),
  turnDeg: ofPathway(
    normal(0, 50, -170, 170),
    'degrees',
    degrees,
    'Frontal direction of the delta wave relative to R.',
    chou,
  ),
  depthDeg: ofPathway(
    uniform(-55, 65),
    'degrees',
    [-90, 90],
    'Direction of the delta wave out of the frontal plane: left pathways point forward, right ones back.',
    chou,
  ),
  humpChance: ofPathway(0.3, 'chance', chance, 'The delta wave is a separate hump before R.'),
  intermittentChance: ofPathway(0.1, 'chance', chance, 'The pathway conducts only some of the beats.'),
  intermittentShare: ofPathway(
    uniform(0.3, 0.7),
    'share of beats',
    chance,
    'The beats that it then does not conduct.',
    open,
  ),
  septal: ofPathway(
    0,
    'share',
    [0, 1],
    'Share of the septal q wave that remains in a pre-excited beat.',
    chou,
  ),
};

const ofPac = numbersFrom(pilot);

/** Premature supraventricular beats. */
export const pac: BaseGroup = {
  chance: ofPac(0.05, 'chance', chance, 'The record may have premature supraventricular beats.'),
  rate: ofPac(
    uniform(0.05, 0.3),
    'chance per beat',
    chance,
    'A premature beat follows a beat of such a record.',
  ),
  bigeminyChance: ofPac(0.08, 'chance', chance, 'Such a record is atrial bigeminy.', open),
  coupling: ofPac(
    uniform(0.5, 0.85),
    'of RR',
    [0.2, 0.95],
    'Interval from the P wave before; in a record it varies by 0.03.',
  ),
  reset: ofPac(uniform(1, 1.25), 'of RR', [0.5, 2], 'Interval to the next sinus beat.'),
  pFactor: ofPac(uniform(-0.6, 1.4), 'of P', [-2, 3], 'Size of its P wave; below 0 it is inverted.'),
  prShiftS: ofPac(uniform(-0.03, 0.05), 's', [-0.1, 0.2], 'Change of its PR interval.'),
  junctionalChance: ofPac(
    0.08,
    'chance per beat',
    chance,
    'It comes from the AV junction, without a P wave.',
    open,
  ),
  aberrantChance: ofPac(0.1, 'chance per beat', chance, 'Its QRS is aberrant.'),
  blockedChance: ofPac(0.04, 'chance per beat', chance, 'Its P wave is not conducted.', chou),
  required: ofPac(0, '0 or 1', chance, '1: a record has at least one.', open),
};

const ofPvc = numbersFrom(pilot);

/** Premature ventricular beats. */
export const pvc: BaseGroup = {
  chance: ofPvc(0, 'chance', chance, 'The record may have premature ventricular beats.'),
  rate: ofPvc(
    uniform(0.04, 0.3),
    'chance per beat',
    chance,
    'They follow a beat by chance, unless the pattern is bigeminy, trigeminy or quadrigeminy.',
  ),
  isolatedWeight: ofPvc(0.62, 'weight', weight, 'Weight of single beats among the records.'),
  bigeminyWeight: ofPvc(0.12, 'weight', weight, 'Weight of bigeminy.'),
  trigeminyWeight: ofPvc(0.1, 'weight', weight, 'Weight of trigeminy.'),
  quadrigeminyWeight: ofPvc(0.06, 'weight', weight, 'Weight of quadrigeminy.'),
  coupletWeight: ofPvc(0.08, 'weight', weight, 'Weight of couplets.'),
  runWeight: ofPvc(0.02, 'weight', weight, 'Weight of runs.'),
  runBeats: ofPvc(uniform(3, 6), 'beats', [3, 100], 'Beats of a run, rounded to a whole number.', chou),
  runRrS: ofPvc(uniform(0.32, 0.5), 's', [0.2, 1.2], 'RR interval inside a couplet or a run.'),
  coupling: ofPvc(
    uniform(0.42, 0.78),
    'of RR',
    [0.2, 0.95],
    'Interval from the beat before, fixed in a record.',
  ),
  couplingSdS: ofPvc(uniform(0.004, 0.02), 's', [0, 0.2], 'SD of this interval between beats.', chou),
  couplingMinS: ofPvc(0.3, 's', [0.15, 1], 'Shortest interval from the beat before.'),
  interpolatedChance: ofPvc(
    0.12,
    'chance per beat',
    chance,
    'The beat is interpolated: no compensatory pause follows.',
  ),
  secondFocusChance: ofPvc(0.2, 'chance', chance, 'The record has two foci.'),
  fusionChance: ofPvc(0.04, 'chance per beat', chance, 'A late beat fuses with the sinus beat.', chou),
  required: ofPvc(0, '0 or 1', chance, '1: a record has at least one.', open),
};

const ofFocus = numbersFrom(pilot);

/** A beat of a ventricular focus or of an electrode. */
export const focus: BaseGroup = {
  sizeOfR: ofFocus(lognormal(1.5, 0.25, 0.95, 2.6), 'of R', [0.1, 6], 'Size of the main deflection.'),
  // From the outflow tract (down) over the free wall to the apex (up); isoelectric in lead II in few records.
  axisDeg: ofFocus(uniform(-115, 115), 'degrees', degrees, 'Frontal direction of the main deflection.', issa),
  depthDeg: ofFocus(
    normal(0, 30, -70, 70),
    'degrees',
    [-90, 90],
    'Its direction out of the frontal plane.',
    issa,
  ),
  riseS: ofFocus(uniform(0.019, 0.046), 's', [0.008, 0.12], 'Width (SD) of its rise.'),
  fallRatio: ofFocus(uniform(0.8, 1.3), 'of the rise', [0.3, 3], 'Width of its fall.'),
  secondOfMain: ofFocus(
    uniform(0, 0.65),
    'of the main deflection',
    [0, 1.5],
    'Size of the deflection after it.',
  ),
  secondDelayS: ofFocus(uniform(0.05, 0.1), 's', [0.01, 0.2], 'Time of this deflection after the main one.'),
  secondTurnDeg: ofFocus(
    normal(180, 35, 80, 280),
    'degrees',
    degrees,
    'Its frontal direction, relative to the main one.',
    open,
  ),
  firstChance: ofFocus(0.3, 'chance', chance, 'A small opposite deflection comes first.', open),
  firstOfMain: ofFocus(uniform(0.08, 0.25), 'of the main deflection', [0, 1], 'Its size.', open),
  notchChance: ofFocus(0.3, 'chance', chance, 'The main deflection is notched.', chou),
  qtS: ofFocus(
    lognormal(0.46, 0.08, 0.38, 0.58),
    's',
    [0.2, 0.9],
    'QT interval of such a beat, shorter where RR is short.',
  ),
  spikeMv: ofFocus(
    uniform(0.3, 2),
    'mV',
    [0, 10],
    'Size of the spike of an electrode, which lasts 2 ms.',
    chou,
  ),
  beatSd: ofFocus(uniform(0.02, 0.06), 'share', [0, 0.5], 'SD of the size between beats.'),
};
