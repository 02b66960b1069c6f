// The contract of a parser under test: valid inputs, and the call that reads one. Input n of a parser depends on the seed
// and n alone, so any of them can be made again.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type RandomStream, randomStream } from '#lib/base/random.js';
import { mutantOf } from '../helpers/mutants.js';

/** The bytes of each part of an input by its name: the files of a record, or the one file of a parser. */
export type Parts = Readonly<Record<string, Uint8Array>>;

/** A parser under test. */
export interface Target {
  readonly name: string;
  /** Valid inputs. */
  readonly originals: readonly Parts[];
  /** The parts that are damaged; default all. */
  readonly damaged?: readonly string[];
  /** Texts that mean something in the format. */
  readonly words?: readonly string[];
  /** Repairs what a damaged part would be refused for at once, such as its hash. Applied to every other input. */
  readonly repair?: (part: Buffer) => Uint8Array;
  /** Reads an input, or throws a PqrstError. */
  readonly parse: (parts: Parts) => unknown;
}

/** Texts that mean something in JSON, or that a parser of JSON may stumble over. */
export const jsonWords = [
  ...['null', 'true', '[', ']', '{', '}', '"', ':', ',', '""', '[[[['],
  ...['1e999', '-0', '\\u0000', '"__proto__":1,', '{"__proto__":1}'],
];

/** Returns input `n` of a target. */
export function inputOf(target: Target, seed: number, n: number): Parts {
  const { name, originals, damaged, words = [], repair } = target;
  const random: RandomStream = randomStream(seed, name, n);
  const original = originals[random.below(originals.length)]!;
  const parts: Record<string, Uint8Array> = { ...original };
  const names = damaged?.filter((one) => original[one] !== undefined) ?? Object.keys(parts);
  for (let times = random.below(4) === 0 ? 2 : 1; times > 0; times--) {
    const part = names[random.below(names.length)]!;
    const others = originals.flatMap((one) => one[part] ?? []);
    const changed = random.below(2) === 0 ? { changed: 512 } : {};
    const mutant = mutantOf(parts[part]!, random, { ...changed, words }, others);
    parts[part] = repair !== undefined && n % 2 === 0 ? repair(mutant) : mutant;
  }
  return parts;
}

/** Returns a `parse` that writes the parts to a folder and calls `read` with its path. */
export function inFolder(read: (folder: string) => Promise<unknown>): Target['parse'] {
  const folder = mkdtempSync(join(process.env.PQRST_FUZZ_FOLDER ?? tmpdir(), 'fuzz-'));
  const written = new Map<string, Uint8Array>();
  return async (parts) => {
    for (const [name, bytes] of Object.entries(parts)) {
      if (written.get(name) === bytes) continue;
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, bytes);
      written.set(name, bytes);
    }
    await read(folder);
  };
}

/** Returns the valid input of a parser of one file. */
export function oneFile(bytes: Uint8Array | string): Parts {
  return { file: typeof bytes === 'string' ? Buffer.from(bytes) : bytes };
}
