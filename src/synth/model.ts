// The model behind a preset: which classes it makes, and what the kernel receives for them. Both models are reached
// through this interface, so that a synthesizer does not depend on either.

import { PqrstError } from '../base/errors.js';
import type { KernelBinding } from '../kernel/binding.js';
import { classNames } from '../signal/class-table.js';
import { classCode, type EcgClass, ecgClasses, parseClass } from '../signal/classes.js';
import { paperRhythms, type RhythmName } from './annotations.js';
import { packClasses } from './physiology/pack.js';
import { type ResolvedClass, resolveClass } from './physiology/resolve.js';
import type { PhysiologySpec } from './physiology/spec.js';
import { isPhysiological, type ModelSpec } from './presets.js';
import { packSpec, type SynthSpec } from './spec.js';

/** What the kernel receives for a list of classes. */
export interface PackedModel {
  readonly model: 'paper' | 'physiological';
  /** The numbers of the spec, or a table of specs. */
  readonly spec: Float64Array;
  /** For each class of the list, its number in the kernel. */
  readonly classes: Uint8Array;
  /** For each number in the kernel, the class and the WFDB text of its rhythm. */
  readonly rhythms: readonly RhythmName[];
}

/** A model of the simulator. */
export interface SynthModel {
  /** The classes that it offers for training: the shipped ones, a user's own, and some mixtures. */
  readonly offered: readonly EcgClass[];
  /**
   * Checks names of classes, and returns them.
   *
   * @throws PqrstError ERR_UNKNOWN_CLASS, ERR_SPEC: when a name is unknown or contradicts itself.
   */
  parse(names: readonly string[]): EcgClass[];
  /** Returns the rhythm at the start of the records of a class. */
  rhythmOf(name: EcgClass): RhythmName;
  /** Packs classes for the kernel. */
  pack(names: readonly EcgClass[], native: KernelBinding): PackedModel;
}

/** Common mixtures, which a network should see: each has the labels of both parts. */
const mixtures = [
  'af+pvc',
  'af+clbbb',
  'af+crbbb',
  'af+lafb',
  'af+lvh',
  'af+std',
  'aflt+pvc',
  'aflt+crbbb',
  'avb1+crbbb',
  'avb1+clbbb',
  'lafb+crbbb',
  'lafb+pvc',
  'lvh+pvc',
  'clbbb+pvc',
  'crbbb+pvc',
  'std+pvc',
  'stach+pac',
  'sbrad+avb1',
];

/** Returns the model of a spec. */
export function modelOf(spec: ModelSpec): SynthModel {
  return isPhysiological(spec) ? physiological(spec) : paper(spec);
}

/**
 * Returns the classes of a list by their label bytes: the shipped classes in the order of the class table, then the other
 * classes of the list in their order. The classes of the paper have the codes 0 to 4.
 *
 * @throws PqrstError ERR_RANGE: when there are more than 256 classes.
 */
export function labelClasses(names: readonly EcgClass[]): EcgClass[] {
  const classes = [...new Set<EcgClass>([...classNames, ...names])];
  if (classes.length <= 256) return classes;
  throw new PqrstError(
    'ERR_RANGE',
    `the list has ${classes.length - classNames.length} classes besides the shipped ones; a label is one byte, so at ` +
      `most ${256 - classNames.length} are possible; ask for fewer at once`,
  );
}

function paper(spec: SynthSpec): SynthModel {
  let packed: Float64Array | undefined;
  return {
    offered: ecgClasses,
    parse: (names) => names.map(parseClass),
    rhythmOf: (name) => paperRhythms[classCode(name)]!,
    pack: (names, native) => {
      packed ??= packSpec(spec, native.specFields());
      return {
        model: 'paper',
        spec: packed,
        classes: Uint8Array.from(names, classCode),
        rhythms: paperRhythms,
      };
    },
  };
}

function physiological(spec: PhysiologySpec): SynthModel {
  const parse = (names: readonly string[]) => {
    for (const name of new Set(names)) resolveClass(name, spec);
    return [...names];
  };
  const has = (name: string) => name.split('+').every((part) => Object.hasOwn(spec.classes, part));
  // A training asks for the same classes batch after batch.
  let last: { readonly key: string; readonly packed: PackedModel } | undefined;
  return {
    offered: [...Object.keys(spec.classes), ...mixtures.filter(has)],
    parse,
    rhythmOf: (name) => rhythmNameOf(resolveClass(name, spec)),
    pack: (names, native) => {
      const key = names.join();
      if (last?.key === key) return last.packed;
      const { table, indexOf, classes } = packClasses(names, native.physiologyFields(), spec);
      const packed: PackedModel = {
        model: 'physiological',
        spec: table,
        classes: Uint8Array.from(names, (name) => indexOf.get(name)!),
        rhythms: classes.map(rhythmNameOf),
      };
      last = { key, packed };
      return packed;
    },
  };
}

/** An episode (`normal>af`) starts with the rhythm of its first class. */
function rhythmNameOf({ name, rhythm }: ResolvedClass): RhythmName {
  return { ecgClass: name.split('>')[0]!, rhythm };
}
