// The presets. `paper` contains the numbers of Table A.1 of Nonaka and Seita 2026. Values that the paper does not state
// are marked OPEN, with the reason for the choice. `clinical` is the same model with narrower morphology, so that each
// recording looks like a lead II that a cardiologist would accept. `physiological` is another model, whose numbers are in
// the folder physiology (docs/simulator.md). No preset is fitted to a data set. Each number of a
// class rule has a source; books and guidelines that commonly give such a range are cited without a page.

import { PqrstError, suggest } from '../base/errors.js';
import { type PhysiologySpec, parsePhysiologySpec, physiologySpec } from './physiology/spec.js';
import { parseSpec, type SynthSpec } from './spec.js';

type Level = SynthSpec['beat']['lengthS'];
const level = (base: number, recordingSd: number, beatSd: number): Level => ({ base, recordingSd, beatSd });
const range = (min: number, max: number) => ({ min, max });

// The rules of the classes, which both presets share. `clinical` overrides a few of them below.

const af: SynthSpec['af'] = {
  // "Reduction in the RR interval" (the paper, section 4): 75-150/min. Untreated AF conducts at 90-170/min
  // (ESC Guidelines on atrial fibrillation 2020; Surawicz and Knilans, Chou's Electrocardiography).
  rrS: range(0.4, 0.8),
  // Irregularly irregular: coefficient of variation .15-.30 (Tateno and Glass 2001, on MIT-BIH AF).
  rrCv: range(0.15, 0.3),
  // OPEN: 200/min, the fastest that an AV node usually conducts (Chou's).
  rrFloorS: 0.3,
  // No P wave.
  pScale: 0,
  atrial: {
    // Fibrillatory rate 4-9 Hz (Bollmann et al., Europace 2006).
    rateHz: range(4, 9),
    // Fine to coarse f waves, 0.05-0.2 mV (coarse from 0.1 mV: Thurmann and Janney 1962; Chou's).
    peakToPeakMv: range(0.05, 0.2),
    // Harmonics like those of a sawtooth, and two modulating sines: Stridh and Soernmo, IEEE TBME 2001 (the rate varies
    // by a few tenths of a Hz at 0.1 Hz). A single sine would leave the waves too regular, so a faster one is added
    // (OPEN, chosen by eye).
    harmonic2: 0.35,
    harmonic3: 0.15,
    harmonic4: 0,
    slow: { hz: range(0.08, 0.4), rateHz: range(0.2, 0.8), size: range(0.2, 0.45) },
    fast: { hz: range(0.8, 2.2), rateHz: range(0.5, 1.5), size: range(0.15, 0.4) },
  },
};

const aflt: SynthSpec['aflt'] = {
  pScale: 0,
  atrial: {
    // Typical flutter 240-340/min (Saoudi et al., Eur Heart J 2001, classification of atrial flutter; Chou's).
    rateHz: range(4, 5.666666666666667),
    // 0.1-0.3 mV in lead II (Chou's).
    peakToPeakMv: range(0.1, 0.3),
    // Sum of sin(k x) / k: a steep rise and a slow fall, the sawtooth of the inferior leads.
    harmonic2: 0.5,
    harmonic3: 0.3333333333333333,
    harmonic4: 0.2,
    // Flutter is regular: the rate varies by up to 1 %, the size by a tenth with breathing (OPEN).
    slow: { hz: range(0.15, 0.35), rateHz: range(0, 0.04), size: range(0, 0.12) },
    fast: { hz: range(0.8, 1.5), rateHz: range(0, 0.04), size: range(0, 0.04) },
  },
  conduction: {
    // 2:1 conduction is most common, then 4:1; 3:1 is rare; treated flutter varies (Chou's). The shares are OPEN.
    weight2: 0.35,
    weight3: 0.1,
    weight4: 0.3,
    weightVariable: 0.25,
    share2: 0.4,
    share3: 0.25,
    share4: 0.35,
  },
  // OPEN: conduction through the AV node varies by some ms.
  jitterS: 0.006,
};

const pvc: SynthSpec['pvc'] = {
  patterns: {
    // OPEN weights: isolated PVCs are the rule of the paper and the most common; the other patterns are rarer.
    // One isolated PVC every 4-12 beats gives one to three in ten seconds.
    isolated: { weight: 0.6, minSinusBeats: 4, maxSinusBeats: 12, run: 1 },
    bigeminy: { weight: 0.15, minSinusBeats: 1, maxSinusBeats: 1, run: 1 },
    trigeminy: { weight: 0.15, minSinusBeats: 2, maxSinusBeats: 2, run: 1 },
    couplet: { weight: 0.1, minSinusBeats: 4, maxSinusBeats: 10, run: 2 },
  },
  // The coupling is about 0.55-0.75 of the sinus interval and varies by some hundredths in a recording (Chou's).
  coupling: range(0.55, 0.75),
  couplingBeatSd: 0.015,
  // OPEN: not before the ventricle recovers, about 0.3 s (effective refractory period, Issa et al.).
  couplingFloorS: 0.3,
  // "Diminished P wave" (the paper): the remaining fraction of the sinus P wave under the ectopic beat.
  pScale: 0.1,
  // Lead II is positive for outflow-tract PVCs, the most common idiopathic ones, and mostly negative otherwise. The share
  // is OPEN.
  negativeProbability: 0.4,
  // OPEN: a PVC does not have a low voltage beside its sinus beats.
  amplitudeFloorMv: 0.6,
  widthFloorS: 0.015,
  // Broad and tall: 1.4 mV, SD 25 ms, hence a QRS of 130-190 ms with the terminal wave (Chou's).
  main: { amplitudeMv: level(1.4, 0.4, 0.06), widthS: level(0.025, 0.004, 0.0006) },
  terminal: { amplitudeMv: level(-0.35, 0.2, 0.03), widthS: level(0.021, 0.004, 0.0006) },
  // Discordant: opposite to the main deflection.
  t: { amplitudeMv: level(-0.45, 0.12, 0.03), widthS: level(0.055, 0.008, 0.002) },
  terminalDelayS: level(0.06, 0.008, 0.001),
  // The ST segment of a PVC is short or absent.
  stS: range(0, 0.03),
  // QRS at least 120 ms (Chou's; the limit of a broad QRS in the 2009 AHA/ACCF/HRS recommendations, part III).
  qrsMinS: 0.12,
};

const wpw: SynthSpec['wpw'] = {
  // PQ below 120 ms (WHO/ISFC task force 1985); P onset to QRS onset.
  pqS: range(0.07, 0.115),
  // OPEN: the P wave takes at most this share of the PQ interval, so that it ends before the delta wave.
  pShare: 0.95,
  // The delta wave replaces the septal q.
  qScale: 0,
  // OPEN: the delta wave remains visible (one small square) if R is low.
  deltaFloorMv: 0.1,
  // QRS at least 110 ms, the usual textbook limit (the 2009 AHA/ACCF/HRS recommendations ask for 120 ms in adults).
  qrsMinS: 0.11,
  // The slur reaches a quarter to a half of R over 30-60 ms (Chou's). It is so wide and near that it rises into R without
  // a dip.
  deltaRatio: level(0.4, 0.05, 0.01),
  deltaWidthS: level(0.022, 0.002, 0.0004),
  deltaLeadS: level(0.03, 0.003, 0.0006),
  // OPEN: R in the paper can be 1-2 ms wide, which is too narrow for a slur.
  rWidthFloorS: 0.013,
  // Secondary ST-T change: a flattened or inverted T wave (Chou's).
  tScale: range(-0.7, 0.5),
};

const paper: SynthSpec = {
  // Table A.1: base, inter-sample SD, beat-level SD. The table prints magnitudes; Q and S deflect downward. Each wave's
  // shift is relative to the previous wave and varies with its SD, so the waves move together (the authors' related
  // public code). Draws are not clipped: with these SDs some waves are inverted, and Q may come before P, as in the
  // paper.
  waves: {
    p: { amplitudeMv: level(0.3, 0.2, 0.1), width: level(0.03, 0.02, 0.005), shift: level(0.2, 0.15, 0.02) },
    q: {
      amplitudeMv: level(-0.1, 0.15, 0.016),
      width: level(0.05, 0.05, 0.0125),
      shift: level(0.1, 0.1, 0.01),
    },
    r: {
      amplitudeMv: level(1.5, 0.75, 0.25),
      width: level(0.0075, 0.01, 0.00187),
      shift: level(0.045, 0.02, 0.0045),
    },
    s: {
      amplitudeMv: level(-0.5, 0.7, 0.05),
      width: level(0.04, 0.04, 0.01),
      shift: level(0.14, 0.05, 0.015),
    },
    t: {
      amplitudeMv: level(0.45, 0.5, 0.07),
      width: level(0.03, 0.03, 0.0075),
      shift: level(0.15, 0.06, 0.015),
    },
  },
  // OPEN: 2 ms of a beat of 0.8 s, one sampling interval at 500 Hz. The height of a narrower wave would depend on where
  // the samples fall.
  widthFloor: 0.0025,
  // Waves are defined in normalised beat time, so they stretch with the beat.
  stretch: { p: 1, qrs: 1, t: 1 },
  beat: {
    // A beat lasts 0.8 s, with an SD of 0.25 s between recordings and 0.1 s between beats (the authors' related public
    // code).
    referenceS: 0.8,
    lengthS: level(0.8, 0.25, 0.1),
    // OPEN: 200/min, so that no draw gives a beat without length. Takes effect at -2 SD.
    floorS: 0.3,
    // OPEN: the same minimum for the value of the recording. The maximum corresponds to 30/min, at 4.8 SD.
    recordingMinS: 0.3,
    recordingMaxS: 2,
    // The paper has no respiratory variation.
    respiratoryHz: range(0.2, 0.2),
    respiratoryFraction: range(0, 0),
  },
  // OPEN: the recording starts after at least one beat, anywhere within the next two beats.
  cut: { startS: range(0.8, 2.4) },
  // White noise of 0.005-0.01 of full scale (the related code). Full scale is 2 mV, the height of R above S in Table A.1.
  noiseMv: range(0.01, 0.02),
  // OPEN: "sinusoidal baseline fluctuation": slower than the heart rate, up to a tenth of the R wave.
  baselineHz: range(0.05, 0.5),
  baselineMv: range(0, 0.15),
  // exp(-5.8^2 / 2) = 5e-8, below the resolution of a float32 at 1 mV.
  supportSigmas: 5.8,
  // 20 uV, the smallest deflection that counts as a wave (CSE working party, Eur Heart J 1985).
  thresholdMv: 0.02,
  af,
  aflt,
  pvc,
  wpw,
};

const clinical: SynthSpec = {
  // Lead II of adults: P 0.05-0.25 mV and 80-110 ms, q below 0.1 mV, R 0.5-1.8 mV, S below 0.5 mV, QRS 70-105 ms,
  // T 0.1-0.5 mV (Macfarlane and Lawrie, Comprehensive Electrocardiology, normal limits; Rijnbeek et al. 2014).
  // PQ 120-200 ms, QT about 380 ms at 75/min. Widths are SDs: a wave is visible for about four of them.
  waves: {
    p: {
      amplitudeMv: level(0.13, 0.035, 0.008),
      width: level(0.025, 0.003, 0.0008),
      shift: level(0.15, 0.01, 0.002),
    },
    q: {
      amplitudeMv: level(-0.07, 0.035, 0.006),
      width: level(0.01, 0.0015, 0.0004),
      shift: level(0.155, 0.018, 0.002),
    },
    r: {
      amplitudeMv: level(1.1, 0.3, 0.04),
      width: level(0.0125, 0.0015, 0.0003),
      shift: level(0.034, 0.003, 0.0004),
    },
    s: {
      amplitudeMv: level(-0.2, 0.11, 0.012),
      width: level(0.0115, 0.002, 0.0004),
      shift: level(0.07, 0.004, 0.0005),
    },
    t: {
      amplitudeMv: level(0.3, 0.08, 0.012),
      width: level(0.05, 0.006, 0.001),
      shift: level(0.3, 0.02, 0.003),
    },
  },
  // 3 ms at 75/min: no physiological wave of the surface ECG is narrower.
  widthFloor: 0.004,
  // At higher rates PQ becomes a little shorter, QRS does not change, and QT follows the square root (Bazett 1920).
  stretch: { p: 0.25, qrs: 0, t: 0.5 },
  beat: {
    referenceS: 0.8,
    // Sinus rhythm 60-100/min (Goldberger's Clinical Electrocardiography). The mean of a recording is kept inside.
    lengthS: level(0.8, 0.1, 0.012),
    floorS: 0.4,
    recordingMinS: 0.6,
    recordingMaxS: 1,
    // Slight respiratory arrhythmia at 9-20 breaths/min (Task Force on heart rate variability, 1996).
    respiratoryHz: range(0.15, 0.33),
    respiratoryFraction: range(0.01, 0.05),
  },
  cut: { startS: range(0.8, 2.4) },
  // A good recording has 5-20 uV of noise, and breathing moves its baseline.
  noiseMv: range(0.005, 0.02),
  baselineHz: range(0.12, 0.4),
  baselineMv: range(0, 0.1),
  supportSigmas: 5.8,
  thresholdMv: 0.02,
  af,
  // From 0.15 mV, so that the sawtooth is visible beside the T wave.
  aflt: { ...aflt, atrial: { ...aflt.atrial, peakToPeakMv: range(0.15, 0.3) } },
  // The sinus P wave under a PVC is not visible.
  pvc: { ...pvc, pScale: 0 },
  wpw,
};

/** The names of all presets. */
export const presetNames = ['paper', 'clinical', 'physiological'] as const;
/** The name of a preset. */
export type PresetName = (typeof presetNames)[number];
/** All numbers of the simulator: those of the paper's model, or those of the physiological model. */
export type ModelSpec = SynthSpec | PhysiologySpec;

/** The spec of each preset, as read-only data. */
export const presets: Readonly<
  Record<'paper' | 'clinical', SynthSpec> & Record<'physiological', PhysiologySpec>
> = { paper, clinical, physiological: physiologySpec() };

/**
 * Returns the spec of a preset, or validates a custom spec.
 *
 * @throws PqrstError ERR_UNKNOWN_PRESET: when no preset has this name.
 * @throws PqrstError ERR_SPEC: when the spec is invalid.
 */
export function resolvePreset(nameOrSpec: string | ModelSpec): ModelSpec {
  if (typeof nameOrSpec !== 'string') return parseModelSpec(nameOrSpec);
  const name = presetNames.find((known) => known === nameOrSpec);
  if (name === undefined) {
    throw new PqrstError(
      'ERR_UNKNOWN_PRESET',
      `unknown preset "${nameOrSpec}"${suggest(nameOrSpec, presetNames)}`,
    );
  }
  return presets[name];
}

/**
 * Validates the spec of either model.
 *
 * @throws PqrstError ERR_SPEC: when the spec is invalid.
 */
export function parseModelSpec(given: unknown): ModelSpec {
  const isPhysiological = typeof given === 'object' && given !== null && 'model' in given;
  return isPhysiological ? parsePhysiologySpec(given) : parseSpec(given);
}

/** Returns whether a spec is one of the physiological model. */
export function isPhysiological(spec: ModelSpec): spec is PhysiologySpec {
  return 'model' in spec;
}
