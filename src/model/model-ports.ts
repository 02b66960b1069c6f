// Finds the input and the output of a model file that an open model uses. One error names all options that are missing.

import { PqrstError } from '../base/errors.js';
import { withoutZipMap, zipMapsOf } from '../graph/adapt-model.js';
import { decodeModelHeader, type ModelHeader, type ModelPort } from '../graph/header.js';
import { samplesOf } from '../signal/samples.js';
import { inputLayout } from './input-layout.js';
import type { ModelMetadata } from './metadata.js';
import { readParts } from './model-file.js';
import { kindByName, scoreOutput } from './score-output.js';
import type { ModelOptions } from './session.js';

/** A model whose outputs are tensors. */
export interface Unzipped {
  readonly bytes: Uint8Array;
  readonly header: ModelHeader;
  /** The classes that a ZipMap of the file named. */
  readonly classes?: readonly string[];
  /** True if a ZipMap shows that the output is a probability. */
  readonly isProbability: boolean;
}

/** Removes a ZipMap, because the runtime cannot return its maps. */
export function unzipped(bytes: Uint8Array, header: ModelHeader, source: string): Unzipped {
  const isMap = ({ dtype }: ModelPort) => dtype === 'sequence';
  if (!header.outputs.some(isMap)) return { bytes, header, isProbability: false };
  const all = readParts(source, () => zipMapsOf(bytes));
  const maps = all.filter(({ output }) => header.outputs.some(({ name }) => name === output));
  const [zipMap] = maps;
  if (zipMap === undefined || maps.length > 1) return { bytes, header, isProbability: false };
  const tensors = withoutZipMap(bytes, zipMap);
  return {
    bytes: tensors,
    header: decodeModelHeader(tensors, source),
    classes: zipMap.classes,
    isProbability: true,
  };
}

/**
 * Returns a sentence on options that the caller needs besides those of the model; undefined if none is missing.
 *
 * @param asksFor - Returns whether the model itself already asks for an option.
 */
export type FurtherNeeds = (
  metadata: ModelMetadata,
  source: string,
  asksFor: (option: string) => boolean,
) => string | undefined;

/**
 * Returns the layout of the input, the output with the scores, and its kind.
 *
 * @throws PqrstError ERR_OPTION: when options are missing or contradict the file; one message states all of them.
 */
export function portsOf(
  { header, isProbability }: Unzipped,
  metadata: ModelMetadata,
  options: ModelOptions,
  source: string,
  needs: FurtherNeeds,
) {
  const problems: PqrstError[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof PqrstError) || error.code !== 'ERR_OPTION') throw error;
      problems.push(error);
      return undefined;
    }
  };
  const layout = attempt(() => inputLayout(header.inputs, windowFacts(metadata, options), source));
  const output = attempt(() => scoreOutput(header.outputs, metadata, metadata.output, source));
  const [sole, ...others] = header.outputs;
  const scores = output ?? (others.length === 0 ? sole : undefined);
  const stated = metadata.output ?? (isProbability ? 'probability' : undefined);
  const kind = stated ?? (scores && attempt(() => kindByName(scores, source)));
  const asksFor = (option: string) => problems.some(({ message }) => message.includes(`\`${option}\``));
  const further = needs(metadata, source, asksFor);
  if (further !== undefined) problems.push(new PqrstError('ERR_OPTION', further));
  const [first, ...rest] = problems;
  if (first === undefined && layout && output && kind) return { layout, output, kind };
  if (rest.length === 0) throw first;
  const shorter = rest.map(({ message }) =>
    message.startsWith(`${source} `) ? `the file${message.slice(source.length)}` : message,
  );
  throw new PqrstError('ERR_OPTION', [first!.message, ...shorter].join('; '));
}

function windowFacts(metadata: ModelMetadata, { seconds }: ModelOptions) {
  const { fsHz, leads, lengthSamples } = metadata;
  const asked =
    fsHz && seconds ? { samples: samplesOf(seconds, fsHz), text: `${seconds} s at ${fsHz} Hz` } : undefined;
  return { leads, lengthSamples, asked };
}
