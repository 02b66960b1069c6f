// The file of a class.

import type { ClassNumbers } from './law.js';

/** A class of the simulator as data. */
export interface ClassFile {
  readonly name: string;
  readonly title: string;
  readonly scp: readonly string[];
  readonly snomed: readonly string[];
  readonly rhythm: string;
  readonly parents?: readonly string[] | undefined;
  readonly numbers: ClassNumbers;
}
