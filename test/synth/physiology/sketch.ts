// One conducted beat in twelve leads, straight from the numbers of a class and independent of the kernel: the vectors of
// PHYSIOLOGY's waves times the matrix of Dower. It judges the numbers, not the kernel.

import { typicalOf } from '#lib/synth/physiology/law-values.js';
import type { ResolvedClass } from '#lib/synth/physiology/resolve.js';

type Vector = readonly [number, number, number];

/** Rows of Dower's matrix: leads from x (left), y (down), z (back). */
const dower: Readonly<Record<string, Vector>> = {
  I: [0.632, -0.235, 0.059],
  II: [0.235, 1.066, -0.132],
  V1: [-0.515, 0.157, -0.917],
  V2: [0.044, 0.164, -1.387],
  V3: [0.882, 0.098, -1.277],
  V4: [1.213, 0.127, -0.601],
  V5: [1.125, 0.127, -0.086],
  V6: [0.831, 0.076, 0.23],
};

const radians = Math.PI / 180;

/** The least and the greatest deflection of P, QRS and T in each lead, in mV. */
export type Sketch = Readonly<Record<string, { p: Range; qrs: Range; t: Range }>>;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** Draws a number of a class. */
export type Draw = (field: string) => number;

/** Returns the typical value of each number: the beat in the middle of a class. */
export function typicalDraw({ numbers }: ResolvedClass): Draw {
  return (field) => typicalOf(numbers.get(field)!);
}

/** Returns random values, from uniform numbers in [0, 1). */
export function randomDraw({ numbers }: ResolvedClass, random: () => number): Draw {
  const drawn = new Map<string, number>();
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const drawOne = (field: string) => {
    const law = numbers.get(field)!;
    if (typeof law === 'number') return law;
    const value =
      law.law === 'uniform'
        ? law.min + (law.max - law.min) * random()
        : law.law === 'normal'
          ? law.mean + law.sd * gauss()
          : law.median * Math.exp(law.sdLog * gauss());
    return Math.min(Math.max(value, law.min), law.max);
  };
  return (field) => {
    if (!drawn.has(field)) drawn.set(field, drawOne(field));
    return drawn.get(field)!;
  };
}

/** Sketches one conducted beat; `has` decides about each chance. */
export function sketch(draw: Draw, has: (chance: number) => boolean): Sketch {
  const direction = (axis: number, depth: number): Vector => [
    Math.cos(depth * radians) * Math.cos(axis * radians),
    Math.cos(depth * radians) * Math.sin(axis * radians),
    -Math.sin(depth * radians),
  ];
  const times = ([x, y, z]: Vector, k: number): Vector => [x * k, y * k, z * k];
  const lead = ([x, y, z]: Vector, name: string) => {
    const [a, b, c] = dower[name]!;
    return a * x + b * y + c * z;
  };
  const durationS = draw('qrs.durationS');
  const sizeMv = draw('qrs.sizeMv');
  const axis = draw('qrs.axisDeg');
  const sigma = draw('qrs.rSigma') * durationS;
  const waves = [
    {
      at: 0,
      rise: sigma,
      fall: sigma * draw('qrs.rAsymmetry'),
      vector: times(direction(axis, draw('qrs.depthDeg')), sizeMv),
    },
    ...['q', 's', 'notch', 'terminal']
      .filter((name) => has(draw(`qrs.${name}.chance`)))
      .map((name) => {
        const of = (key: string) => draw(`qrs.${name}.${key}`);
        const width = of('sigma') * durationS;
        const vector = times(direction(axis + of('turnDeg'), of('depthDeg')), of('ofR') * sizeMv);
        return { at: of('at') * durationS, rise: width, fall: width, vector };
      }),
  ];
  const half = Math.sqrt(Math.PI / 2);
  const area = waves.reduce<Vector>(
    ([x, y, z], { rise, fall, vector: [a, b, c] }) => {
      const k = half * (rise + fall);
      return [x + a * k, y + b * k, z + c * k];
    },
    [0, 0, 0],
  );
  const unit = half * (draw('repolarisation.tRiseS') + draw('repolarisation.tFallS'));
  const inverted = has(draw('repolarisation.tInvertedChance'));
  const flat = !inverted && has(draw('repolarisation.tFlatChance'));
  const factor = inverted
    ? -draw('repolarisation.tInvertedFactor')
    : flat
      ? draw('repolarisation.tFlatFactor')
      : 1;
  const primaryMv = draw('repolarisation.tSizeMv') + draw('repolarisation.tSizeByR') * sizeMv;
  const primary = times(
    direction(axis + draw('repolarisation.tTurnDeg'), draw('repolarisation.tDepthDeg')),
    primaryMv * factor,
  );
  const secondary = times(area, draw('repolarisation.secondaryGain') / unit);
  const t: Vector = [primary[0] - secondary[0], primary[1] - secondary[1], primary[2] - secondary[2]];
  const p = times(direction(draw('p.axisDeg'), draw('p.depthDeg')), draw('p.sizeMv'));

  const bump = (deltaS: number, rise: number, fall: number) =>
    Math.exp(-0.5 * (deltaS / (deltaS < 0 ? rise : fall)) ** 2);
  const one = (value: number): Range => ({ min: Math.min(value, 0), max: Math.max(value, 0) });
  const qrsOf = (name: string): Range => {
    const samples = Array.from({ length: 400 }, (_, k) => {
      const time = (k - 200) / 1000;
      return waves.reduce(
        (sum, { at, rise, fall, vector }) => sum + lead(vector, name) * bump(time - at, rise, fall),
        0,
      );
    });
    return { min: Math.min(...samples), max: Math.max(...samples) };
  };
  return Object.fromEntries(
    Object.keys(dower).map((name) => [
      name,
      { p: one(lead(p, name)), qrs: qrsOf(name), t: one(lead(t, name)) },
    ]),
  );
}
