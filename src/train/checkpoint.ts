// The checkpoint file: the state of a training, from which it can be resumed. A reader refuses a file that is damaged or
// of another version. The format is not meant for other programs; a model is exchanged as an ONNX file.
// The file contains the parts below. The header is JSON: the configuration, the progress, and name, place and length of each
// tensor. The tensors are raw little-endian float32. The SHA-256 covers everything before it.
//
//   0  "PQRSTCKP"   8  uint32 version   12  uint32 header bytes   16  header   (padded to 4)  tensors   SHA-256 [32]

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { PqrstError } from '../base/errors.js';
import { isAbsent, writeFileAtomic } from '../base/files.js';
import { fileLimits, readBytes } from '../base/open-file.js';
import { systemReason } from '../base/system-reason.js';
import type { State } from '../engine/engine.js';

const magic = 'PQRSTCKP';
const version = 1;
const headerAt = 16;
const hashBytes = 32;

const number = z.number().nullable();

/** The schema of one validation. An undefined number is null. */
export const curvePointSchema = z.object({
  phase: z.string(),
  epoch: z.int().min(0),
  step: z.int().min(0),
  trainLoss: number,
  valLoss: number,
  valF1: number,
  valAuprc: number,
  seconds: z.number().min(0),
});
/** One validation of a training: epoch, step, losses and scores. An undefined score is null. */
export interface CurvePoint {
  /** The phase of the training: the only one, or pre-training and fine-tuning of syn-real. */
  readonly phase: string;
  /** Number of finished epochs. */
  readonly epoch: number;
  /** Number of finished optimiser steps. */
  readonly step: number;
  /** Mean loss of the training batches since the last validation. */
  readonly trainLoss: number | null;
  /** Mean loss of the validation records. */
  readonly valLoss: number | null;
  /** F1 of the validation records; with several labels the mean over them. */
  readonly valF1: number | null;
  /** Average precision of the validation records; with several labels the mean over them. */
  readonly valAuprc: number | null;
  /** Time since the phase started, in s. */
  readonly seconds: number;
}

const progressSchema = z.object({
  /** The phase of the run; pre-training and fine-tuning share a checkpoint file. */
  phase: z.string(),
  /** Number of finished epochs. */
  epoch: z.int().min(0),
  /** Number of finished optimiser steps. */
  step: z.int().min(0),
  /** Number of validations since the last one with a lower loss. */
  stale: z.int().min(0),
  best: z.object({ epoch: z.int().min(0), valLoss: z.number() }).nullable(),
  curve: z.array(curvePointSchema),
});
/** The progress of a training after a validation. */
export type TrainingProgress = z.infer<typeof progressSchema>;

const headerSchema = z.object({
  config: z.record(z.string(), z.json()),
  progress: progressSchema,
  tensors: z.array(
    z.object({
      group: z.enum(['current', 'best']),
      name: z.string(),
      /** Number of bytes from the start of the first tensor. */
      offset: z.int().min(0).multipleOf(4),
      /** Number of float32 values. */
      length: z.int().min(0),
    }),
  ),
});

/** The content of a checkpoint file. */
export interface Checkpoint {
  /** The requested configuration. The caller refuses to resume with another one. */
  readonly config: z.infer<typeof headerSchema>['config'];
  readonly progress: TrainingProgress;
  /** Weights, moments and running statistics, from which the training resumes. */
  readonly current: State;
  /** Weights and running statistics at the lowest validation loss; empty before the first validation. */
  readonly best: State;
}

/** Returns the bytes of a checkpoint file. */
export function encodeCheckpoint({ config, progress, current, best }: Checkpoint): Buffer {
  let offset = 0;
  const blocks = Object.entries({ current, best }).flatMap(([group, state]) =>
    [...state].map(([name, data]) => {
      const block = { group, name, offset, length: data.length, data };
      offset += data.byteLength;
      return block;
    }),
  );
  const tensors = blocks.map(({ data: _, ...entry }) => entry);
  const header = Buffer.from(JSON.stringify({ config, progress, tensors }));
  const dataAt = align(headerAt + header.length);
  const file = Buffer.alloc(dataAt + offset + hashBytes);
  file.write(magic, 'latin1');
  file.writeUInt32LE(version, 8);
  file.writeUInt32LE(header.length, 12);
  header.copy(file, headerAt);
  for (const block of blocks) {
    const { buffer, byteOffset, byteLength } = block.data;
    file.set(new Uint8Array(buffer, byteOffset, byteLength), dataAt + block.offset);
  }
  digest(file).copy(file, file.length - hashBytes);
  return file;
}

/**
 * Decodes the bytes of a checkpoint file.
 *
 * @param path - The path of the file, for the error message.
 * @throws PqrstError ERR_CHECKPOINT: when the bytes are not a complete checkpoint of this version.
 */
export function decodeCheckpoint(file: Buffer, path: string): Checkpoint {
  const refuse = (what: string, cause?: unknown) =>
    new PqrstError('ERR_CHECKPOINT', `${path} ${what}; delete it and train from the start`, { cause });
  if (file.toString('latin1', 0, magic.length) !== magic) throw refuse('is not a checkpoint of pqrst');
  if (file.length < headerAt + hashBytes) throw refuse(`is cut short: it holds only ${file.length} bytes`);
  const found = file.readUInt32LE(8);
  if (found !== version) {
    throw refuse(`is a checkpoint of version ${found}, and this pqrst reads version ${version}`);
  }
  if (!digest(file).equals(file.subarray(file.length - hashBytes))) {
    throw refuse('is damaged: its bytes do not match its own SHA-256 (cut short, or changed)');
  }
  const headerEnd = headerAt + file.readUInt32LE(12);
  const dataAt = align(headerEnd);
  const room = file.length - hashBytes - dataAt;
  const header = parseHeader(file.toString('utf8', headerAt, headerEnd), refuse);
  const states: Record<'current' | 'best', State> = { current: new Map(), best: new Map() };
  for (const { group, name, offset, length } of header.tensors) {
    if (offset + 4 * length > room)
      throw refuse(`is inconsistent: tensor "${name}" ends after the end of the file`);
    const data = new Float32Array(length);
    const at = file.byteOffset + dataAt + offset;
    new Uint8Array(data.buffer).set(new Uint8Array(file.buffer, at, 4 * length));
    states[group].set(name, data);
  }
  return { config: header.config, progress: header.progress, ...states };
}

/**
 * Writes a checkpoint file completely or not at all.
 *
 * @throws PqrstError ERR_WRITE: when the file cannot be written.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomic(path, encodeCheckpoint(checkpoint));
}

/**
 * Reads a checkpoint file.
 *
 * @throws PqrstError ERR_NOT_FOUND: when the file does not exist.
 * @throws PqrstError ERR_CHECKPOINT: when it cannot be read, or is not a complete checkpoint of this version.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  let file: Buffer;
  try {
    file = await readBytes(path, fileLimits.checkpoint);
  } catch (cause) {
    const missing = isAbsent(cause);
    throw new PqrstError(
      missing ? 'ERR_NOT_FOUND' : 'ERR_CHECKPOINT',
      missing
        ? `there is no checkpoint ${path}; train from the start, or give the folder of a run`
        : `${path} cannot be read: ${systemReason(cause)}`,
      { cause },
    );
  }
  return decodeCheckpoint(file, path);
}

function parseHeader(text: string, refuse: (what: string, cause?: unknown) => PqrstError) {
  try {
    return headerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw refuse('has a header that this pqrst cannot read', cause);
  }
}

function digest(file: Buffer): Buffer {
  return createHash('sha256')
    .update(file.subarray(0, file.length - hashBytes))
    .digest();
}

function align(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}
