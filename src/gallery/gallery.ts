// The gallery: every class of the simulator in every preset, as strips of lead II and as a page of twelve leads, with the
// intervals of many records, and real records of the same label beside them. The result is one HTML file whose bytes
// follow from the options and the data.

import type { EcgClass } from '../signal/classes.js';
import { specOf } from '../synth/check.js';
import { modelOf, type SynthModel } from '../synth/model.js';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { resolveClass } from '../synth/physiology/resolve.js';
import { isPhysiological, type ModelSpec, presetNames } from '../synth/presets.js';
import { counts, fsHz, type GalleryClass, type PresetRecords, seconds } from './contents.js';
import { expectedOf } from './expected.js';
import { galleryPage } from './page.js';
import { chooseRealWindows, type RealRecords } from './real-windows.js';
import { syntheticClass } from './synthetic-class.js';

/** What a gallery shows. */
export interface GalleryOptions {
  /** Names of presets; default all, `physiological` first. */
  readonly presets?: readonly string[] | undefined;
  /** Classes, mixtures and episodes; default all classes of the presets. */
  readonly classes?: readonly EcgClass[] | undefined;
  /** Classes of the user's own, for the preset `physiological`. */
  readonly ownClasses?: readonly ClassFile[] | undefined;
  /** Data sets as `KIND:DIR`, for real records. */
  readonly data: readonly string[];
  /** Chooses the synthetic and the real records. */
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Called after each real record that is read. */
  readonly onRead?: ((done: number, total: number) => void) | undefined;
  /** Called after each class that is drawn. */
  readonly onClass?: ((done: number, total: number) => void) | undefined;
}

/** A finished gallery. */
export interface Gallery {
  readonly html: string;
  readonly presets: readonly string[];
  readonly classes: readonly EcgClass[];
  /** The real records; undefined without data sets. */
  readonly real: RealRecords | undefined;
}

/**
 * Makes a gallery.
 *
 * @throws PqrstError ERR_UNKNOWN_PRESET, ERR_UNKNOWN_CLASS, ERR_SPEC, ERR_CLASS_FILE, ERR_OPTION: when an option is
 *   invalid.
 * @throws PqrstError The errors of `openDataset`.
 */
export async function makeGallery(options: GalleryOptions): Promise<Gallery> {
  const { data, seed, signal, ownClasses = [], onRead, onClass } = options;
  const { presets = [...presetNames].reverse() } = options;
  const models = modelsOf(presets, ownClasses);
  const names = namesOf(models, options.classes);
  const real =
    data.length === 0
      ? undefined
      : await chooseRealWindows(data, names, {
          ...{ fsHz, seconds, seed, ownClasses, count: counts.real },
          ...(signal && { signal }),
          ...(onRead && { onProgress: onRead }),
        });
  const classes: GalleryClass[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    classes.push(await classOf(name, models, options));
    onClass?.(classes.length, names.length);
  }
  const html = galleryPage({ presets, seed, ownClasses, classes, real });
  return { html, presets, classes: names, real };
}

interface PresetModel {
  readonly preset: string;
  readonly spec: ModelSpec;
  readonly model: SynthModel;
}

function modelsOf(presets: readonly string[], ownClasses: readonly ClassFile[]): PresetModel[] {
  const models = presets.map((preset) => {
    const spec = specOf(preset);
    const whole = isPhysiological(spec) ? specOf(preset, ownClasses) : spec;
    return { preset, spec: whole, model: modelOf(whole) };
  });
  // Reports own classes that none of the presets takes.
  if (!models.some(({ spec }) => isPhysiological(spec))) specOf(presets[0]!, ownClasses);
  return models;
}

/** Returns the classes to show, in the order given; by default those of all presets without mixtures. */
function namesOf(models: readonly PresetModel[], given: readonly EcgClass[] | undefined): EcgClass[] {
  const widest = models.find(({ spec }) => isPhysiological(spec)) ?? models[0]!;
  if (given !== undefined) return widest.model.parse(given);
  return widest.model.offered.filter((name) => !name.includes('+'));
}

async function classOf(
  name: EcgClass,
  models: readonly PresetModel[],
  { seed, ownClasses = [], signal }: GalleryOptions,
): Promise<GalleryClass> {
  const presets: PresetRecords[] = [];
  for (const { preset, spec, model } of models) {
    const wide = isPhysiological(spec) ? spec : undefined;
    if (wide === undefined && !model.offered.includes(name)) continue;
    const made = await syntheticClass(name, {
      ...{ preset, ownClasses: wide === undefined ? [] : ownClasses, fsHz, seconds, seed, signal },
      ...{ strips: wide === undefined ? counts.paper : counts.synthetic, measured: counts.measured },
    });
    presets.push({ preset, made, expected: wide === undefined ? {} : expectedOf(resolveClass(name, wide)) });
  }
  return { name, presets };
}
