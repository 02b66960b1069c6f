// Reads the labels of people's tables by the table of classes. A label states a class if it is the name of the class, one
// of its SCP-ECG or SNOMED CT codes, or one of its words (`class-words.ts`). Case, spaces, hyphens and underscores do not
// matter. Nothing else is similar enough: "afib" is atrial fibrillation, and never the flutter that is spelled almost
// alike.

import { z } from 'zod';
import { PqrstError, suggest } from '../base/errors.js';
import { classNames, classTable, shownClasses } from './class-table.js';
import { classWords } from './class-words.js';

/** What a user's own labels mean: a class, a mixture of classes, or the label itself, which then states no class. */
export type LabelMap = Readonly<Record<string, string>>;

/** Checks the types of a map; `parseLabelMap` checks its values. */
export const labelMapSchema = z.record(
  z.string(),
  z.string('a class per label, such as { SR: "normal" }'),
  'an object with a class per label, such as { SR: "normal" }',
);

/** Returns the form in which labels are compared: in lower case, with one space for spaces, hyphens and underscores. */
export function foldLabel(label: string): string {
  return label
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

/** The classes of each folded name, code and word. A code of several classes (2AVB) states them all. */
const stated: ReadonlyMap<string, readonly string[]> = classesByLabel();

function classesByLabel(): Map<string, string[]> {
  const byLabel = new Map<string, string[]>();
  for (const { name, scp, snomed } of classTable) {
    const words = classWords.get(name) ?? [];
    for (const label of new Set([name, ...scp, ...snomed, ...words].map(foldLabel))) {
      byLabel.set(label, [...(byLabel.get(label) ?? []), name]);
    }
  }
  return byLabel;
}

/** Returns the classes that a label states by itself, without mixtures; none for a label that the table lacks. */
export function classesOfLabel(label: string): readonly string[] {
  return stated.get(foldLabel(label)) ?? [];
}

/**
 * Returns the one class or mixture that a label of a task means in the simulator; undefined if it means none, or a code
 * of several classes.
 */
export function classOfLabel(label: string, map: LabelMap = {}): string | undefined {
  const target = targetOf(label, map);
  if (target !== undefined) return isClass(target) ? target : undefined;
  const classes = classesOfLabel(label);
  return classes.length === 1 ? classes[0] : undefined;
}

function targetOf(label: string, map: LabelMap): string | undefined {
  const folded = foldLabel(label);
  return Object.entries(map).find(([given]) => foldLabel(given) === folded)?.[1];
}

/** Returns whether a target of a map is a class or a mixture; otherwise it is the label itself, which is kept. */
function isClass(target: string): boolean {
  return target.split('+').every((part) => classNames.includes(part));
}

/** How a label of a table is read. */
export interface Reading {
  /** The classes that the label states; empty if it states none. */
  readonly classes: readonly string[];
  /** What states the classes: the label itself as a name, the table of synonyms, or the user's map. */
  readonly by: 'name' | 'table' | 'map';
}

/**
 * Reads one label. A mixture (`AF+PVC`) or an episode (`normal>af`) states the classes of all its parts, if each part
 * states one.
 */
export function readLabel(label: string, map: LabelMap = {}): Reading {
  const target = targetOf(label, map);
  if (target !== undefined) {
    return { classes: isClass(target) ? shownClasses(target) : [], by: 'map' };
  }
  const parts = label.split(/[+>]/);
  const perPart = parts.map(classesOfLabel);
  const classes = perPart.some((found) => found.length === 0) ? [] : perPart.flat();
  const isNamed = parts.every((part) => classNames.includes(foldLabel(part)));
  return {
    classes: [...new Set(classes.flatMap((name) => shownClasses(name)))],
    by: isNamed ? 'name' : 'table',
  };
}

/**
 * Checks a user's map of labels.
 *
 * @throws PqrstError ERR_OPTION: when a label is empty or named twice, or a target is neither the label itself nor a class.
 */
export function parseLabelMap(map: LabelMap): LabelMap {
  const seen = new Map<string, string>();
  for (const [label, target] of Object.entries(map)) {
    const folded = foldLabel(label);
    const twice = seen.get(folded);
    if (folded === '' || twice !== undefined) {
      const what = folded === '' ? 'an empty label' : `"${twice}" and "${label}", which are one label`;
      throw new PqrstError('ERR_OPTION', `\`labelMap\` has ${what}; name each label of the table once`);
    }
    seen.set(folded, label);
    if (!isClass(target) && foldLabel(target) !== folded) {
      const unknown = target.split('+').find((part) => !classNames.includes(part))!;
      throw new PqrstError(
        'ERR_OPTION',
        `\`labelMap\` reads the label "${label}" as "${target}", which is not a class${suggestClass(unknown, classNames)}; ` +
          `write ${label}=${label} to keep the label as it is`,
      );
    }
  }
  return map;
}

/**
 * Returns the ending of a message about an unknown class: the known class that the table of synonyms has for it, as in
 * `; did you mean "af"?` for "AFIB". Only a word that the table lacks gets a suggestion by its spelling.
 */
export function suggestClass(given: string, known: readonly string[]): string {
  const classes = classesOfLabel(given);
  const offered = classes.filter((name) => known.includes(name));
  if (offered.length > 0) return `; did you mean ${offered.map((name) => `"${name}"`).join(' or ')}?`;
  if (classes.length > 0) return `; expected one of ${known.join(', ')}`;
  return suggest(given, known);
}
