// The folder of a generator: generator.json, which is written last, the ONNX files of its networks, and one checkpoint per
// phase of its training. Each file is complete or absent.

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { writeFileAtomic } from '../base/files.js';
import { readJson, writeJson } from '../base/json-file.js';
import { fileLimits, readBytes } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import { curvePointSchema } from '../train/checkpoint.js';
import { generatorNames, generatorSizes } from './kind.js';
import { type Rhythms, rhythmsSchema } from './rhythm.js';

/** The number of the folder's format. Readers refuse every other number. */
export const generatorSchema = 1;

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.object({
  schema: z.number(),
  version: z.string(),
  kind: z.enum(generatorNames),
  size: z.enum(generatorSizes),
  options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  parameters: z.int(),
  labels: z.array(z.string().min(1)).min(1).max(256),
  leads: z.array(z.string()).min(1),
  channels: z.array(z.string()).min(1),
  fsHz: z.number().positive(),
  lengthSamples: z.int().min(1),
  filter: z.string().optional(),
  config: z.looseObject({}),
  trainedOn: z.object({
    source: z.string(),
    patients: z.array(z.string().regex(/^[0-9a-f]{16}$/)),
    records: z.array(z.int()),
  }),
  files: z.record(z.string().regex(/^[a-z-]+$/), digest),
  /** Digest of rhythms.json, if the records follow the beats of training records. */
  rhythms: digest.optional(),
  curve: z.array(curvePointSchema),
  seconds: z.number(),
});

/** The content of generator.json. */
export type GeneratorFile = z.output<typeof fileSchema>;

/** The folder of one generator. */
export class GeneratorFolder {
  /** The path of the folder, which may not exist yet. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Returns the path of a file. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** The path of generator.json. */
  get description(): string {
    return this.file('generator.json');
  }

  /** Returns the path of the checkpoint of a phase. */
  checkpoint(phase: string): string {
    return this.file(`checkpoint-${phase}.bin`);
  }

  /** Returns the path of a network. */
  network(name: string): string {
    return this.file(`${name}.onnx`);
  }

  /** Writes generator.json. It makes the folder a generator, so it is written after all other files. */
  async finish(file: GeneratorFile): Promise<void> {
    await writeJson(this.description, file);
  }

  /**
   * Reads generator.json.
   *
   * @throws PqrstError ERR_NOT_FOUND: when the folder is not a finished generator.
   * @throws PqrstError ERR_CHECKPOINT: when the file is damaged, or was written in another format.
   */
  async read(): Promise<GeneratorFile> {
    const path = this.description;
    const remedy = 'restore it from a copy, or train the generator again';
    const parse = (value: unknown) => {
      const { schema } = z.looseObject({ schema: z.unknown().optional() }).parse(value);
      if (schema === generatorSchema) return fileSchema.parse(value);
      throw new PqrstError(
        'ERR_CHECKPOINT',
        `${path} is of generator format ${schema}, but this version of pqrst reads format ${generatorSchema}; use the ` +
          'version that wrote it',
      );
    };
    const file = await readJson(path, parse, remedy);
    if (file !== undefined) return file;
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `${this.path} is not a generator: it has no generator.json, which pqrst train-generator writes at its end; name the ` +
        'folder of a finished generator, or continue an unfinished one with `resume`',
    );
  }

  /**
   * Reads the networks, and compares each with its SHA-256 in generator.json.
   *
   * @throws PqrstError ERR_NOT_FOUND: when a file is missing.
   * @throws PqrstError ERR_MODEL: when a file is damaged.
   */
  async readNetworks({ files }: GeneratorFile): Promise<Map<string, Uint8Array>> {
    const networks = new Map<string, Uint8Array>();
    for (const [name, expected] of Object.entries(files)) {
      networks.set(name, await readWhole(this.network(name), expected));
    }
    return networks;
  }

  /** Writes the beats of the training records, and returns the digest of the file. */
  async writeRhythms(rhythms: Rhythms): Promise<string> {
    const text = JSON.stringify(rhythms);
    await writeFileAtomic(this.file(rhythmsName), text);
    return sha256(text);
  }

  /**
   * Reads the beats of the training records; undefined if the networks decide where the beats are.
   *
   * @throws PqrstError ERR_NOT_FOUND, ERR_MODEL: when the file is missing or damaged.
   */
  async readRhythms({ rhythms }: GeneratorFile): Promise<Rhythms | undefined> {
    if (rhythms === undefined) return undefined;
    const bytes = await readWhole(this.file(rhythmsName), rhythms);
    return rhythmsSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  }
}

const rhythmsName = 'rhythms.json';

/** Reads a file whose digest generator.json states. */
async function readWhole(path: string, expected: string): Promise<Uint8Array> {
  const bytes = await readBytes(path, fileLimits.model).catch((cause: unknown) => {
    throw new PqrstError(
      'ERR_NOT_FOUND',
      `could not read ${path}, which generator.json names: ${systemReason(cause)}; restore it from a copy, or train the generator again`,
      { cause },
    );
  });
  if (sha256(bytes) === expected) return bytes;
  throw new PqrstError(
    'ERR_MODEL',
    `${path} is damaged: its bytes do not match the SHA-256 in generator.json (cut short, or changed); restore it ` +
      'from a copy, or train the generator again',
  );
}

/** Returns the SHA-256 of bytes as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Returns the identity of a generator: a digest of all that its records depend on, besides seed, index, label and
 * sampling.
 */
export function generatorHash({
  kind,
  labels,
  leads,
  channels,
  fsHz,
  lengthSamples,
  files,
  rhythms,
}: GeneratorFile): string {
  return sha256(JSON.stringify({ kind, labels, leads, channels, fsHz, lengthSamples, files, rhythms }));
}
