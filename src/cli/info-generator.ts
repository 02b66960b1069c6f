// Describes the folder of a generator for `pqrst info PATH`.

import { plural } from '../base/text.js';
import { damageOf, type Found, word } from './info-found.js';

/** Describes a finished generator. */
export async function generatorInfo(folder: string): Promise<Found> {
  const { GeneratorFolder, generatorHash } = await import('../generators/folder.js');
  const files = new GeneratorFolder(folder);
  const file = await files.read();
  const damage = await damageOf(() => files.readNetworks(file));
  const { kind, size, parameters, labels, leads, fsHz, lengthSamples, trainedOn } = file;
  const counts = labels.map((label, at) => `${trainedOn.records[at]} ${label}`);
  return {
    what: `a learned generator (${kind}, ${size}, ${parameters} weights)`,
    facts: {
      records: `${lengthSamples} samples at ${fsHz} Hz, ${leads.length > 1 ? 'leads' : 'lead'} ${leads.join(', ')}`,
      learnt: `${counts.join(', ')} from ${trainedOn.source} (${plural(trainedOn.patients.length, 'patient')})`,
      hash: generatorHash(file),
    },
    next: [`pqrst generate ${word(folder)} --count 1000 --out made`],
    ...(damage !== undefined && { damage }),
  };
}

/** Describes a folder with checkpoints of a generator that is not finished. */
export function unfinishedGenerator(folder: string, names: readonly string[]): Found {
  const phases = names.flatMap((name) => /^checkpoint-(.+)\.bin$/.exec(name)?.[1] ?? []);
  return {
    what: 'an unfinished generator',
    facts: { phases: phases.join(', ') },
    next: [`pqrst train-generator ... --out ${word(folder)} --resume`],
  };
}
