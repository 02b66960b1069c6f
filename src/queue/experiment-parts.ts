// An experiment as parts: its searches, its runs, and the part that gathers them into the results.

import { resolve } from 'node:path';
import { packageVersion } from '../base/version.js';
import { parseDatasetRefs } from '../datasets/refs.js';
import { type ExperimentConfigInput, parseExperimentConfig } from '../experiment/config.js';
import { sourceParts } from '../experiment/source-names.js';
import { type ExperimentPart, type Part, partNames } from './part.js';
import { expectInRoots } from './roots.js';
import type { PartOptions } from './run-part.js';

/** An experiment that is cut into parts. */
export interface ExperimentWork {
  readonly config: ExperimentConfigInput;
  /** The folder of the experiment. */
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the records of an experiment, claims its folder, and cuts it into parts. Folders in the configuration become
 * absolute paths, which every worker must find.
 *
 * @throws PqrstError The errors of `runExperiment` before its first training.
 */
export async function experimentParts({ config: given, out, signal }: ExperimentWork): Promise<Part[]> {
  const { listExperimentParts } = await import('../experiment/parts.js');
  const { data, outside, sources } = parseExperimentConfig(given);
  const absolute = (names: readonly string[]) =>
    parseDatasetRefs(names).map(({ kind, folder }) => `${kind.kind}:${resolve(folder)}`);
  const config: ExperimentConfigInput = {
    ...given,
    ...{ data: absolute(data), outside: absolute(outside) },
    sources: sources.map((name) => {
      const source = sourceParts(name);
      return source.kind === 'simulator' ? name : `${source.kind}:${resolve(source.folder)}`;
    }),
  };
  const folder = resolve(out);
  const list = await listExperimentParts(config, { out: folder, signal });
  const json = JSON.parse(JSON.stringify(config));
  const names = partNames('experiment', [json, folder], list.length);
  const nameOf = new Map(list.map(({ name }, at) => [name, names[at]!]));
  return list.map(({ name, after }, at) => ({
    ...{ kind: 'experiment', pqrst: packageVersion(), name: names[at]!, part: at + 1, parts: list.length },
    ...{ after: after.map((one) => nameOf.get(one)!), out: folder, step: name, config: json },
  }));
}

/** Computes one part of an experiment. */
export async function runExperimentPartOf(
  part: ExperimentPart,
  { roots, threads, signal, onProgress }: PartOptions,
): Promise<Record<string, unknown>> {
  const { runExperimentPart } = await import('../experiment/parts.js');
  const given = part.config as unknown as ExperimentConfigInput;
  const { data, outside, sources } = parseExperimentConfig(given);
  for (const { folder } of parseDatasetRefs([...data, ...outside])) await expectInRoots(folder, roots);
  for (const name of sources) {
    const source = sourceParts(name);
    if (source.kind !== 'simulator') await expectInRoots(source.folder, roots);
  }
  return runExperimentPart(given, part.step, {
    ...{ out: part.out, threads, signal },
    onEvent: (event) => {
      if (event.kind === 'loading') onProgress?.(event.done, event.total);
    },
  });
}
