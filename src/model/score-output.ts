// Finds the output of an ONNX file of any program that holds one logit or probability per window, or one per class.

import { PqrstError } from '../base/errors.js';
import { floatCodes } from '../graph/adapt-model.js';
import type { ModelPort } from '../graph/header.js';
import { binary, type Outputs } from '../signal/outputs.js';
import { portText } from './input-layout.js';
import type { ModelMetadata, OutputKind } from './metadata.js';

const logitName = /logit/i;
const probabilityName = /prob|sigmoid|softmax/i;

/** Returns what the outputs mean if a file gives `width` values per window; undefined if that does not fit its classes. */
export function outputsOfWidth(width: number, { outputs, classes = [] }: ModelMetadata): Outputs | undefined {
  const count = classes.length;
  if (outputs === 'multiclass' || outputs === 'multilabel') {
    return width === count ? { kind: outputs, count } : undefined;
  }
  if (width === 1 && (count === 0 || count === 2)) return binary;
  return width === count && count >= 2 ? { kind: 'multiclass', count } : undefined;
}

/**
 * Checks the classes of a file that states several.
 *
 * @throws PqrstError ERR_MODEL: when the file says multiclass or multilabel, and names too few classes.
 */
export function checkClasses({ outputs, classes = [] }: ModelMetadata, source: string): void {
  if (outputs === undefined || outputs === 'binary' || classes.length > (outputs === 'multiclass' ? 1 : 0)) {
    return;
  }
  throw new PqrstError(
    'ERR_MODEL',
    `${source} states that it is ${outputs}, and ${classes.length} classes; name the class of each output with \`classes\``,
  );
}

/** Returns the number of values per window; undefined if only a run shows it, and NaN if it is not one per class. */
export function widthOf({ shape }: ModelPort): number | undefined {
  if (shape.length === 0) return undefined;
  const inner = shape.slice(1).filter((dim) => dim !== 1);
  if (inner.length === 0) return 1;
  if (inner.length > 1) return Number.NaN;
  return typeof inner[0] === 'number' ? inner[0] : undefined;
}

/**
 * Returns the output that holds the scores. Among several candidates, the name decides: the stated kind, or a logit.
 *
 * @throws PqrstError ERR_OPTION: when the output has several values per window, and no classes are named.
 * @throws PqrstError ERR_MODEL: when no output fits the classes.
 */
export function scoreOutput(
  ports: readonly ModelPort[],
  metadata: ModelMetadata,
  stated: OutputKind | undefined,
  source: string,
): ModelPort {
  const floats = ports.filter(({ dtype }) => floatCodes[dtype] !== undefined);
  // A width that only a run shows is checked at the first run.
  const scores = floats.filter((port) => {
    const width = widthOf(port);
    return width === undefined || outputsOfWidth(width, metadata) !== undefined;
  });
  const found = choose(scores, stated);
  if (found !== undefined) return found;
  if (scores.length === 0) throw unfit(ports, floats, metadata, source);
  throw new PqrstError(
    'ERR_MODEL',
    `${source} gives ${ports.map(portText).join(' and ')}; each of ${scores.map(({ name }) => name).join(', ')} may hold ` +
      'the scores: export it with one of them, or with "logit" or "probability" in the name of that output',
  );
}

function choose(scores: readonly ModelPort[], stated: OutputKind | undefined): ModelPort | undefined {
  const named = (pattern: RegExp) => scores.find(({ name }) => pattern.test(name));
  const byName = { logit: () => named(logitName), probability: () => named(probabilityName) };
  const chosen = stated === undefined ? (byName.logit() ?? byName.probability()) : byName[stated]();
  return scores.length === 1 ? scores[0] : chosen;
}

function unfit(
  ports: readonly ModelPort[],
  floats: readonly ModelPort[],
  { classes = [] }: ModelMetadata,
  source: string,
): PqrstError {
  const found = `${source} gives ${ports.map(portText).join(' and ') || 'nothing'}`;
  const several = floats.find((port) => (widthOf(port) ?? 0) > 1);
  if (several === undefined) {
    return new PqrstError(
      'ERR_MODEL',
      `${found}; expected an output [N], [N, 1] or [N, classes] as ${Object.keys(floatCodes).join(', ')}, with logits or ` +
        'probabilities: export the model with such an output',
    );
  }
  if (classes.length === 0) {
    return new PqrstError(
      'ERR_OPTION',
      `${found}; which class is each of the ${widthOf(several)} values? Name the classes in this order with \`classes\``,
    );
  }
  return new PqrstError(
    'ERR_OPTION',
    `${found}, but ${classes.length} classes are named (${classes.join(', ')}); name the ${widthOf(several)} classes in the ` +
      'order of the values with `classes`',
  );
}

/**
 * Returns the kind of values of an output from its name.
 *
 * @throws PqrstError ERR_OPTION: when the name does not show it.
 */
export function kindByName({ name }: ModelPort, source: string): OutputKind {
  if (logitName.test(name)) return 'logit';
  if (probabilityName.test(name)) return 'probability';
  throw new PqrstError(
    'ERR_OPTION',
    `the output "${name}" of ${source} may be a logit or a probability; state which with \`output\``,
  );
}
