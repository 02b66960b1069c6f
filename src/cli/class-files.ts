// The option --class-file of the commands that make synthetic records, and the reading of its files.

import { Option } from 'commander';
import type { ClassFile } from '../synth/physiology/class-file.js';
import { repeated } from './options.js';

/** The values of the option. */
export interface ClassFileFlags {
  classFile?: readonly string[];
}

/** Returns the option, which may be repeated. `use` states what the class is for. */
export function classFileOption(use = 'for the preset physiological'): Option {
  return new Option(
    '--class-file <file>',
    `JSON file with a class of your own, ${use}; may be repeated (see docs/simulator.md)`,
  ).argParser(repeated);
}

/** Reads the files; the key `ownClasses` is absent if there are no files. */
export async function ownClassesOf({ classFile }: ClassFileFlags): Promise<{ ownClasses?: ClassFile[] }> {
  if (classFile === undefined) return {};
  const { readClassFile } = await import('../synth/physiology/class-file.js');
  const ownClasses: ClassFile[] = [];
  for (const path of classFile) ownClasses.push(await readClassFile(path));
  return { ownClasses };
}
