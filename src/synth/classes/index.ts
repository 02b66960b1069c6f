// The numbers of every class that this package ships, one file per class.

import type { ClassNumbers } from '../physiology/law.js';
import { afNumbers } from './af.js';
import { afltNumbers } from './aflt.js';
import { avb1Numbers } from './avb1.js';
import { avb2m1Numbers } from './avb2m1.js';
import { avb2m2Numbers } from './avb2m2.js';
import { avb3Numbers } from './avb3.js';
import { bigeminyNumbers } from './bigeminy.js';
import { clbbbNumbers } from './clbbb.js';
import { crbbbNumbers } from './crbbb.js';
import { invtNumbers } from './invt.js';
import { irbbbNumbers } from './irbbb.js';
import { lafbNumbers } from './lafb.js';
import { lngqtNumbers } from './lngqt.js';
import { lvhNumbers } from './lvh.js';
import { lvoltNumbers } from './lvolt.js';
import { normalNumbers } from './normal.js';
import { pacNumbers } from './pac.js';
import { pacedNumbers } from './paced.js';
import { pvcNumbers } from './pvc.js';
import { sarrhNumbers } from './sarrh.js';
import { sbradNumbers } from './sbrad.js';
import { stachNumbers } from './stach.js';
import { stdNumbers } from './std.js';
import { steNumbers } from './ste.js';
import { svtNumbers } from './svt.js';
import { trigeminyNumbers } from './trigeminy.js';
import { vtNumbers } from './vt.js';
import { wpwNumbers } from './wpw.js';

/** The laws of each class that differ from the base. The first five have the codes of the paper's model. */
export const shippedNumbers = {
  normal: normalNumbers,
  af: afNumbers,
  aflt: afltNumbers,
  pvc: pvcNumbers,
  wpw: wpwNumbers,
  sbrad: sbradNumbers,
  stach: stachNumbers,
  sarrh: sarrhNumbers,
  pac: pacNumbers,
  svt: svtNumbers,
  avb1: avb1Numbers,
  avb2m1: avb2m1Numbers,
  avb2m2: avb2m2Numbers,
  avb3: avb3Numbers,
  bigeminy: bigeminyNumbers,
  trigeminy: trigeminyNumbers,
  vt: vtNumbers,
  clbbb: clbbbNumbers,
  crbbb: crbbbNumbers,
  irbbb: irbbbNumbers,
  lafb: lafbNumbers,
  paced: pacedNumbers,
  lvh: lvhNumbers,
  ste: steNumbers,
  std: stdNumbers,
  invt: invtNumbers,
  lngqt: lngqtNumbers,
  lvolt: lvoltNumbers,
} as const satisfies Readonly<Record<string, ClassNumbers>>;
