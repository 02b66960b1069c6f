// Classes that show a label only if their name says so. Some classes show another one by chance: a sixth of the records of
// atrial fibrillation may have premature ventricular beats. As examples of records without such beats they would be wrong.

import { type ClassInfo, shownClasses } from '../../signal/class-table.js';
import type { EcgClass } from '../../signal/classes.js';
import type { ClassNumbers } from './law.js';
import type { PhysiologySpec } from './spec.js';

/**
 * Returns the spec in which no class shows `label` by chance. The chances that the class `label` sets to 1 (`pvc.chance`
 * for pvc) are 0 in every class that does not show it. Mixtures such as `af+pvc` keep their beats, because the larger
 * chance of the two counts. All other numbers, and so the records of all other classes, stay the same.
 *
 * @param own - the user's own classes, which may show the label too.
 */
export function withoutChanceOf(
  spec: PhysiologySpec,
  label: EcgClass,
  own: readonly ClassInfo[] = [],
): PhysiologySpec {
  const certain = Object.entries(spec.classes[label]?.numbers ?? {})
    .filter(([field, law]) => field.endsWith('.chance') && law === 1)
    .map(([field]) => field);
  const classes = Object.entries(spec.classes).map(([name, one]) => {
    if (shownClasses(name, own).includes(label)) return [name, one] as const;
    const never: ClassNumbers = Object.fromEntries(
      certain.filter((field) => (one.numbers[field] ?? spec.base[field]) !== 0).map((field) => [field, 0]),
    );
    return [name, { ...one, numbers: { ...one.numbers, ...never } }] as const;
  });
  return { ...spec, classes: Object.fromEntries(classes) };
}
